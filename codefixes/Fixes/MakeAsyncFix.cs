using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Makes the function around a finding async, with its callers and overrides through the solution, so that what could not be awaited can be. It changes signatures,
/// so it is only done when it is chosen, one place at a time.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(MakeAsyncFix))]
public sealed class MakeAsyncFix : CodeFixProvider
{
    private const string Key = "structured.make-async";

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
        var function = FunctionContext.Of(root.FindNode(span, getInnermostNodeForTie: true), model, KnownSymbols.For(model.Compilation), cancellationToken);
        if (function.Kind != FunctionKind.Sync || function.Role == FunctionRole.EntryPoint || function.Symbol is not { } symbol
            || await AsyncClosure.OfAsync(document, symbol, cancellationToken).ConfigureAwait(false) is not { } closure)
        {
            return default;
        }

        var changed = closure.Changed.GetDocument(document.Id)!;
        foreach (var (what, solution) in await FixesAsync(changed, diagnostic, closure.Changes.Moved(document.Id, span), cancellationToken).ConfigureAwait(false))
        {
            if (!await closure.Changes.IsNoWorseAsync(solution).ConfigureAwait(false))
                continue;
            var others = closure.Count == 1 ? "" : closure.Count == 2 ? " and one other" : $" and {closure.Count - 1} others";
            return ($"Make '{symbol.Name}'{others} async; {char.ToLowerInvariant(what[0])}{what.Substring(1)}", solution);
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
