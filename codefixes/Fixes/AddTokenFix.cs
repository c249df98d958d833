using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Gives the private function around a finding a token, handed down from callers that have one, so that what could only be seen by the surrounding scope observes
/// the token as well. It changes signatures, so it is only done when it is chosen, one place at a time.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(AddTokenFix))]
public sealed class AddTokenFix : SignatureFix
{
    private static readonly ImmutableArray<PlaceFix> Places = ImmutableArray.Create<PlaceFix>(
        new SC2001LoopWithoutCheckpointFix(),
        new SC3001ThreadSleepInAsyncCodeFix(),
        new SC3003BlockingWaitInAsyncCodeFix(),
        new SC3004BlockingIoInAsyncCodeFix());

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.LoopWithoutCheckpoint, RuleIds.ThreadSleepInAsyncCode, RuleIds.BlockingWaitInAsyncCode, RuleIds.BlockingIoInAsyncCode);

    private protected override string Key => "structured.add-token";

    private protected override async Task<(string? Title, Solution? Solution)> OfferAsync(Document document, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken cancellationToken)
    {
        // Where a token is in reach, the fix of the rule uses it.
        if (!TokensInReach.At(node, model, KnownSymbols.For(model.Compilation), cancellationToken).IsEmpty
            || TokenClosure.FunctionAt(node, model, cancellationToken) is not { } function
            || await TokenClosure.OfAsync(document, function, cancellationToken).ConfigureAwait(false) is not { } closure)
        {
            return default;
        }

        var fix = Places.First(each => each.FixableDiagnosticIds.Contains(diagnostic.Id));
        var withToken = closure.Changed.GetDocument(document.Id)!;
        var counts = await Verification.CountAsync(document, cancellationToken).ConfigureAwait(false);
        var (what, changed) = await fix.OfferAsync(withToken, diagnostic, closure.Changes.Moved(document.Id, diagnostic.Location.SourceSpan), counts, cancellationToken).ConfigureAwait(false);
        // An asynchronous twin that takes no token would leave the new parameter without a use.
        if (what is null || changed is null || await UsesAsync(changed, closure.Token, cancellationToken).ConfigureAwait(false) <= await UsesAsync(withToken, closure.Token, cancellationToken).ConfigureAwait(false))
            return default;
        if (!await closure.Changes.IsNoWorseAsync(changed.Project.Solution).ConfigureAwait(false))
            return default;
        return (Title($"Give '{function.Name}'{closure.Others} the token of the callers", what), changed.Project.Solution);
    }

    private static async Task<int> UsesAsync(Document document, string name, CancellationToken cancellationToken)
    {
        var root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        return root!.DescendantNodes().OfType<IdentifierNameSyntax>().Count(each => each.Identifier.ValueText == name);
    }
}
