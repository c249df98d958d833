using System;
using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Makes the function around a finding async, with its callers and overrides through the solution, so that what could not be awaited can be. It changes signatures,
/// so it is only done when it is chosen, one place at a time.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(MakeAsyncFix))]
public sealed class MakeAsyncFix : SignatureFix
{
    private static readonly ImmutableArray<PlaceFix> Places = ImmutableArray.Create<PlaceFix>(
        new SC3001ThreadSleepInAsyncCodeFix(),
        new SC3002SyncOverAsyncFix(),
        new SC3003BlockingWaitInAsyncCodeFix());

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(
        RuleIds.TaskRunIsFireAndForget,
        RuleIds.TaskIsDiscarded,
        RuleIds.ThreadSleepInAsyncCode,
        RuleIds.SyncOverAsync,
        RuleIds.BlockingWaitInAsyncCode);

    private protected override string Key => "structured.make-async";

    private protected override async Task<(string? Title, Solution? Solution)> OfferAsync(Document document, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken cancellationToken)
    {
        var function = FunctionContext.Of(node, model, KnownSymbols.For(model.Compilation), cancellationToken);
        if (function.Kind != FunctionKind.Sync || function.Role == FunctionRole.EntryPoint || function.Symbol is not { } symbol
            || await AsyncClosure.OfAsync(document, symbol, cancellationToken).ConfigureAwait(false) is not { } closure)
        {
            return default;
        }

        var changed = closure.Changed.GetDocument(document.Id)!;
        var span = closure.Changes.Moved(document.Id, diagnostic.Location.SourceSpan);
        // What counts is what the two steps bring together.
        var counts = await Verification.CountAsync(document, cancellationToken).ConfigureAwait(false);
        var (what, result) = await FixAsync(changed, diagnostic, span, counts, offer => closure.Changes.IsNoWorseAsync(offer.Project.Solution), cancellationToken).ConfigureAwait(false);
        return what is null ? default : (Title($"Make '{symbol.Name}'{closure.Others} async", what), result!.Project.Solution);
    }

    /// <summary>The best of the fixes that become possible.</summary>
    private static async Task<(string? Title, Document? Document)> FixAsync(
        Document document, Diagnostic diagnostic, TextSpan span, ImmutableDictionary<string, int> counts, Func<Document, Task<bool>> isGood, CancellationToken cancellationToken)
    {
        foreach (var fix in Places)
        {
            if (!fix.FixableDiagnosticIds.Contains(diagnostic.Id))
                continue;
            var offered = await fix.OfferAsync(document, diagnostic, span, counts, cancellationToken).ConfigureAwait(false);
            return offered.Document is not null && await isGood(offered.Document).ConfigureAwait(false) ? offered : default;
        }

        var first = await FixEngine.FirstAsync(document, span, counts, static action => action is AwaitAction or OpenNurseryAction, offer => isGood(offer.Document), cancellationToken).ConfigureAwait(false);
        return (first?.Edit.Title, first?.Document);
    }
}
