using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FindSymbols;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC1003: the function returns a task, and its callers await it or start it in a nursery. Not offered where neither is possible, or a delegate wants nothing back.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC1003AsyncVoidFix))]
public sealed class SC1003AsyncVoidFix : PlaceFix
{
    private const string Key = "structured.async-task";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.AsyncVoid);

    private protected override async Task<PlaceEdit?> RewriteAsync(Document document, PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        var declaration = context.Root.FindToken(span.Start).Parent;
        var returnType = declaration switch
        {
            MethodDeclarationSyntax each => each.ReturnType,
            LocalFunctionStatementSyntax each => each.ReturnType,
            _ => null,
        };
        if (await OfTimerAsync(document, context, span, cancellationToken).ConfigureAwait(false) is { } loop)
            return loop;
        // What is said of the timer that calls it back says more.
        if (returnType is null)
            return context.Refusals.IsEmpty ? context.Refuse("it is given to a delegate that returns nothing: use one that returns a task, such as 'Func<Task>'") : null;
        if (context.Model.GetDeclaredSymbol(declaration!, cancellationToken) is not IMethodSymbol method)
            return null;
        if (!IsFree(method))
            return context.Refuse($"what '{method.Name}' returns is said elsewhere as well, by a base, an override, an interface or another part: change it there, too");

        var changes = new List<TextChange> { new(returnType.Span, "Task") };
        var isAwaited = false;
        var dropped = new List<InvocationExpressionSyntax>();
        var references = await SymbolFinder.FindReferencesAsync(method, document.Project.Solution, cancellationToken).ConfigureAwait(false);
        foreach (var location in references.SelectMany(static referenced => referenced.Locations))
        {
            if (await location.Document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root)
                return null;
            if (IsOfAnotherProject(location.Document, document) || FunctionReference.IsOnlyNamed(location, root))
                continue;
            // One file is changed; a use in another one has to be looked at by a person.
            if (root != context.Root)
                return context.Refuse($"'{method.Name}' is used in another file, which has to be looked at");
            if (FunctionReference.CallOf(location, context, cancellationToken) is not { } call)
                return context.Refuse($"'{method.Name}' is used as a delegate, and whoever calls that would not wait for the task");
            // A call of itself would pile up callers.
            if (declaration!.Span.Contains(call.Span))
                return context.Refuse($"'{method.Name}' calls itself, and every call would wait for the next");
            if (AddAwait(call, context, changes, cancellationToken))
                isAwaited = true;
            else
                dropped.Add(call);
        }

        // A caller that goes on today would wait for ever.
        if (isAwaited && Termination.OfFunction(declaration!, context.Model, context.Symbols, cancellationToken) == Ending.NeedsHelp)
            return context.Refuse($"'{method.Name}' does not end by itself, and an async caller, which goes on today, would wait for it: start it in a nursery there");
        return dropped.Count == 0
            ? new PlaceEdit("Return 'Task'", Key, changes, Needed.Task)
            : await WithOwnersAsync(document, context, method, changes, dropped, diagnostic, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Callers that cannot await would now drop the task: it is given an owner as any other.</summary>
    private static async Task<PlaceEdit?> WithOwnersAsync(
        Document document,
        PlaceContext context,
        IMethodSymbol method,
        List<TextChange> changes,
        List<InvocationExpressionSyntax> dropped,
        Diagnostic diagnostic,
        CancellationToken cancellationToken)
    {
        changes.AddRange(Usings.Missing(context.Root, context.Text, context.Model, changes[0].Span.Start, [Needed.Task], cancellationToken).ToList());
        if (TextEdits.Apply(context.Text, changes, out var ordered) is not { } text)
            return null;
        var places = dropped.Select(call => new FoundPlace(diagnostic, TextEdits.Moved(call.Span, ordered))).ToImmutableArray();
        var result = await FixEngine.FixDocumentAsync(document.WithText(text), places, preferredKey: null, cancellationToken).ConfigureAwait(false);
        if (result.LeftAlone.FirstOrDefault() is { } left)
            return context.Refuse($"'{method.Name}' is called where nothing can await it: {left.Reason}");
        return new PlaceEdit("Return 'Task', which callers that cannot await start in a nursery", Key, await result.Document.GetTextChangesAsync(document, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>What a timer calls back becomes a loop that waits for each call.</summary>
    private static async Task<PlaceEdit?> OfTimerAsync(Document document, PlaceContext context, TextSpan span, CancellationToken cancellationToken)
    {
        var counts = await Verification.CountAsync(document, cancellationToken).ConfigureAwait(false);
        var offers = await FixEngine.TimerOffersAsync(document, span, counts, context.Refusals, cancellationToken).ConfigureAwait(false);
        if (offers.FirstOrDefault() is not { } best)
            return null;
        var changes = await best.Document.GetTextChangesAsync(document, cancellationToken).ConfigureAwait(false);
        return new PlaceEdit(best.Edit.Title, best.Action.EquivalenceKey, changes);
    }

    /// <summary>Nothing but its own declaration says what it returns.</summary>
    private static bool IsFree(IMethodSymbol method)
        => !method.IsVirtual && !method.IsOverride && !method.IsAbstract && method.ExplicitInterfaceImplementations.IsEmpty
           && method.PartialDefinitionPart is null && method.PartialImplementationPart is null
           && (method.MethodKind == MethodKind.LocalFunction || !method.ContainingType.AllInterfaces.SelectMany(static contract => contract.GetMembers())
               .Any(member => SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(member), method)));

    /// <summary>A file that several projects share is looked at once.</summary>
    private static bool IsOfAnotherProject(Document document, Document own) => document.Id != own.Id && document.FilePath is not null && document.FilePath == own.FilePath;

    private static bool AddAwait(InvocationExpressionSyntax call, PlaceContext context, List<TextChange> changes, CancellationToken cancellationToken)
    {
        if (call.Parent is not ExpressionStatementSyntax statement)
            return false;
        var caller = FunctionContext.Of(call, context.Model, context.Symbols, cancellationToken);
        // An `await` in an `async void` caller that nobody awaits either is still an improvement.
        if (caller.Kind != FunctionKind.Async)
            return false;
        changes.Add(new TextChange(new TextSpan(statement.SpanStart, 0), "await "));
        if (context.Layout.Configured.Length > 0)
            changes.Add(new TextChange(new TextSpan(call.Span.End, 0), context.Layout.Configured));
        return true;
    }
}
