using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
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
        foreach (var (what, solution) in await FixesAsync(changed, diagnostic, closure.Changes.Moved(document.Id, diagnostic.Location.SourceSpan), cancellationToken).ConfigureAwait(false))
        {
            if (await closure.Changes.IsNoWorseAsync(solution).ConfigureAwait(false))
                return (Title($"Make '{symbol.Name}'{closure.Others} async", what), solution);
        }

        return default;
    }

    /// <summary>The fixes that become possible, best first.</summary>
    private static async Task<IEnumerable<(string Title, Solution Solution)>> FixesAsync(Document document, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        foreach (var fix in Places)
        {
            if (fix.FixableDiagnosticIds.Contains(diagnostic.Id))
                return await fix.OfferAsync(document, diagnostic, span, cancellationToken).ConfigureAwait(false) is ({ } title, { } changed) ? new[] { (title, changed.Project.Solution) } : [];
        }

        var offers = await FixEngine.OffersAsync(document, span, cancellationToken).ConfigureAwait(false);
        return offers.Where(static offer => offer.Action is AwaitAction or OpenNurseryAction).Select(static offer => (offer.Edit.Title, offer.Document.Project.Solution));
    }
}
