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

/// <summary>The fix for SC1003: the function returns a task, and its callers await it. Not offered where a caller is synchronous, or a delegate wants nothing back.</summary>
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
        if (returnType is null || context.Model.GetDeclaredSymbol(declaration!, cancellationToken) is not IMethodSymbol method || !IsFree(method))
            return null;

        var changes = new List<TextChange> { new(returnType.Span, "Task") };
        var isCalled = false;
        var references = await SymbolFinder.FindReferencesAsync(method, document.Project.Solution, cancellationToken).ConfigureAwait(false);
        foreach (var location in references.SelectMany(static referenced => referenced.Locations))
        {
            if (await location.Document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root)
                return null;
            if (IsOfAnotherProject(location.Document, document) || FunctionReference.IsOnlyNamed(location, root))
                continue;
            // One file is changed; a use in another one has to be looked at by a person.
            if (root != context.Root)
                return context.Refuse($"'{method.Name}' is used in another file");
            if (FunctionReference.CallOf(location, context, cancellationToken) is not { } call || !AddAwait(call, declaration!, context, changes, cancellationToken))
                return context.Refuse($"'{method.Name}' is called where nothing can await it");
            isCalled = true;
        }

        // A caller that goes on today would wait for ever.
        if (isCalled && Termination.OfFunction(declaration!, context.Model, context.Symbols, cancellationToken) == Ending.NeedsHelp)
            return null;
        return new PlaceEdit("Return 'Task'", Key, changes, Needed.Task);
    }

    /// <summary>Nothing but its own declaration says what it returns.</summary>
    private static bool IsFree(IMethodSymbol method)
        => !method.IsVirtual && !method.IsOverride && !method.IsAbstract && method.ExplicitInterfaceImplementations.IsEmpty
           && method.PartialDefinitionPart is null && method.PartialImplementationPart is null
           && (method.MethodKind == MethodKind.LocalFunction || !method.ContainingType.AllInterfaces.SelectMany(static contract => contract.GetMembers())
               .Any(member => SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(member), method)));

    /// <summary>A file that several projects share is looked at once.</summary>
    private static bool IsOfAnotherProject(Document document, Document own) => document.Id != own.Id && document.FilePath is not null && document.FilePath == own.FilePath;

    private static bool AddAwait(InvocationExpressionSyntax call, SyntaxNode declaration, PlaceContext context, List<TextChange> changes, CancellationToken cancellationToken)
    {
        if (call.Parent is not ExpressionStatementSyntax statement)
            return false;
        // A call of itself would pile up callers.
        if (declaration.Span.Contains(call.Span))
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
