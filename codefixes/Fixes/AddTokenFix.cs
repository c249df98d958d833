using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Gives the private function around a finding a token, handed down from callers that have one, so that what could only be seen by the surrounding scope observes
/// the token as well. It changes signatures, so it is only done when it is chosen, one place at a time.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(AddTokenFix))]
public sealed class AddTokenFix : CodeFixProvider
{
    private const string Key = "structured.add-token";

    private static readonly ImmutableArray<PlaceFix> Places = ImmutableArray.Create<PlaceFix>(
        new SC2001LoopWithoutCheckpointFix(),
        new SC3001ThreadSleepInAsyncCodeFix(),
        new SC3003BlockingWaitInAsyncCodeFix(),
        new SC3004BlockingIoInAsyncCodeFix());

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.LoopWithoutCheckpoint, RuleIds.ThreadSleepInAsyncCode, RuleIds.BlockingWaitInAsyncCode, RuleIds.BlockingIoInAsyncCode);

    /// <summary>None: every place is a decision of its own.</summary>
    public override FixAllProvider? GetFixAllProvider() => null;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics)
        {
            if (await OfferAsync(context.Document, diagnostic, context.CancellationToken).ConfigureAwait(false) is ({ } title, { } solution))
                context.RegisterCodeFix(CodeAction.Create(title, _ => Task.FromResult(solution), Key), diagnostic);
        }
    }

    private static async Task<(string? Title, Solution? Solution)> OfferAsync(Document document, Diagnostic diagnostic, CancellationToken cancellationToken)
    {
        var model = await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
        var root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        if (model is null || root is null)
            return default;
        var span = diagnostic.Location.SourceSpan;
        var node = root.FindNode(span, getInnermostNodeForTie: true);
        // Where a token is in reach, the fix of the rule uses it.
        if (!TokensInReach.At(node, model, KnownSymbols.For(model.Compilation), cancellationToken).IsEmpty
            || TokenClosure.FunctionAt(node, model, cancellationToken) is not { } function
            || await TokenClosure.OfAsync(document, function, cancellationToken).ConfigureAwait(false) is not { } closure)
        {
            return default;
        }

        var fix = Places.First(each => each.FixableDiagnosticIds.Contains(diagnostic.Id));
        var withToken = closure.Changed.GetDocument(document.Id)!;
        var (what, changed) = await fix.OfferAsync(withToken, diagnostic, closure.Changes.Moved(document.Id, span), cancellationToken).ConfigureAwait(false);
        // An asynchronous twin that takes no token would leave the new parameter without a use.
        if (what is null || changed is null || await UsesAsync(changed, closure.Token, cancellationToken).ConfigureAwait(false) <= await UsesAsync(withToken, closure.Token, cancellationToken).ConfigureAwait(false))
            return default;
        if (!await closure.Changes.IsNoWorseAsync(changed.Project.Solution).ConfigureAwait(false))
            return default;
        var others = closure.Count == 1 ? "" : closure.Count == 2 ? " and one other" : $" and {closure.Count - 1} others";
        return ($"Give '{function.Name}'{others} the token of the callers; {char.ToLowerInvariant(what[0])}{what.Substring(1)}", changed.Project.Solution);
    }

    private static async Task<int> UsesAsync(Document document, string name, CancellationToken cancellationToken)
    {
        var root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        return root!.DescendantNodes().OfType<IdentifierNameSyntax>().Count(each => each.Identifier.ValueText == name);
    }
}
