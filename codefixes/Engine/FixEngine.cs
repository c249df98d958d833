using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>A place that was left as it is, and why.</summary>
internal sealed class LeftAlone
{
    public LeftAlone(DocumentId documentId, Location location, string id, string reason)
    {
        DocumentId = documentId;
        Location = location;
        Id = id;
        Reason = reason;
    }

    public DocumentId DocumentId { get; }

    /// <summary>Where it was before any fix.</summary>
    public Location Location { get; }

    public string Id { get; }

    public string Reason { get; }
}

/// <summary>A place that was fixed, and how.</summary>
internal sealed class FixedPlace
{
    public FixedPlace(Location location, string id, string action)
    {
        Location = location;
        Id = id;
        Action = action;
    }

    /// <summary>Where it was before any fix.</summary>
    public Location Location { get; }

    public string Id { get; }

    /// <summary>The title of the action that was taken.</summary>
    public string Action { get; }
}

/// <summary>What became of the findings of one document.</summary>
internal sealed class DocumentFixResult
{
    public DocumentFixResult(Document document, ImmutableArray<FixedPlace> fixedPlaces, ImmutableArray<LeftAlone> leftAlone)
    {
        Document = document;
        Fixed = fixedPlaces;
        LeftAlone = leftAlone;
    }

    public Document Document { get; }

    public ImmutableArray<FixedPlace> Fixed { get; }

    public ImmutableArray<LeftAlone> LeftAlone { get; }
}

/// <summary>An action that is legal for some sites, and the document as it would be.</summary>
internal sealed class OfferedFix
{
    public OfferedFix(FixAction action, FunctionEdit edit, Document document, SourceText text, ImmutableArray<TextChange> changes, ImmutableDictionary<string, int> counts)
    {
        Action = action;
        Edit = edit;
        Document = document;
        Text = text;
        Changes = changes;
        Counts = counts;
    }

    public FixAction Action { get; }

    public FunctionEdit Edit { get; }

    public Document Document { get; }

    public SourceText Text { get; }

    /// <summary>All changes, those to the <c>using</c> directives included, in order.</summary>
    public ImmutableArray<TextChange> Changes { get; }

    public ImmutableDictionary<string, int> Counts { get; }

    /// <summary>The same, under another title.</summary>
    public OfferedFix Titled(string title) => new(Action, new FunctionEdit(title, Edit.Changes, Edit.Sites, Edit.Others), Document, Text, Changes, Counts);
}

/// <summary>
/// The pipeline for dropped tasks: find the sites of a function → try the actions in order → check that the result compiles → rewrite. Each function is rewritten
/// once, whatever the number of its sites.
/// </summary>
internal static class FixEngine
{
    private static readonly FixAction InScope = new NurseryInScopeAction();
    private static readonly FixAction Await = new AwaitAction(discardsMustEnd: false);
    private static readonly FixAction AwaitWhatEnds = new AwaitAction(discardsMustEnd: true);
    private static readonly FixAction AwaitWhatMayNotEnd = new AwaitAction(discardsMustEnd: false);
    private static readonly FixAction AwaitAtTheEnd = new AwaitAction(discardsMustEnd: true, isLast: true);
    private static readonly FixAction Open = new OpenNurseryAction();
    private static readonly FixAction Owned = new OwnedNurseryAction();
    private static readonly FixAction Application = new ApplicationNurseryAction();
    private static readonly FixAction Unwrap = new UnwrapAction(mustEnd: true);
    private static readonly FixAction UnwrapWhatMayNotEnd = new UnwrapAction(mustEnd: false);

    /// <summary>The actions in the order in which they are offered; the first that is legal is the one that fix-all takes.</summary>
    public static IEnumerable<FixAction> ActionsFor(DropSite site)
    {
        // To start it elsewhere would lose the wait for its beginning, which may matter to what follows.
        if (site.Dropped.WaitsForBeginning)
            return [Unwrap, UnwrapWhatMayNotEnd];
        if (site.Function.Kind == FunctionKind.TaskReturning && site.IsBareCall)
            return [Await, InScope, Owned, Application];
        if (site.Function.Kind != FunctionKind.Async && !AsyncModifier.IsAwaitedByItsCaller(site.Function))
            return [InScope, Owned, Application];
        // Where the function ends with it, a nursery would be there for one child alone (SC4001).
        if (!site.IsBareCall && site.IsLast)
            return [InScope, AwaitAtTheEnd, Open, Owned, Application, AwaitWhatMayNotEnd];
        // A call that stands alone was forgotten; a discard and queued work were meant to overlap.
        return site.IsBareCall ? [Await, InScope, Open, Owned, Application] : [InScope, Open, AwaitWhatEnds, Owned, Application, AwaitWhatMayNotEnd];
    }

    /// <summary>Fixes what stands at <paramref name="places"/> of one document.</summary>
    /// <param name="document">The document.</param>
    /// <param name="places">SC1001, SC1002, SC1007 and CS4014 found in this version of it.</param>
    /// <param name="preferredKey">The action to take where it is legal; null for the first that is.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <returns>The changed document, and what became of each place.</returns>
    public static async Task<DocumentFixResult> FixDocumentAsync(Document document, ImmutableArray<FoundPlace> places, string? preferredKey, CancellationToken cancellationToken)
    {
        var leftAlone = ImmutableArray.CreateBuilder<LeftAlone>();
        var done = ImmutableArray.CreateBuilder<FixedPlace>();
        var pending = places.OrderBy(static each => each.Span.Start).ToList();
        var counts = await Verification.CountAsync(document, cancellationToken).ConfigureAwait(false);
        for (var index = 0; index < pending.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var place = pending[index];
            if (!TimerLoop.IsTimer((await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false))!, place.Span))
            {
                index++;
                continue;
            }

            pending.RemoveAt(index);
            var refusals = new Refusals();
            var offers = await TimerOffersAsync(document, place.Span, counts, refusals, cancellationToken).ConfigureAwait(false);
            if ((offers.FirstOrDefault(offer => offer.Action.EquivalenceKey == preferredKey) ?? offers.FirstOrDefault(static offer => offer.Action != Application)) is not { } loop)
            {
                leftAlone.Add(new LeftAlone(document.Id, place.Diagnostic.Location, place.Diagnostic.Id, refusals.ToString()));
                continue;
            }

            done.Add(new FixedPlace(place.Diagnostic.Location, place.Diagnostic.Id, loop.Edit.Title));
            var changes = (await loop.Document.GetTextChangesAsync(document, cancellationToken).ConfigureAwait(false)).ToImmutableArray();
            pending = pending.Select(each => each with { Span = TextEdits.Moved(each.Span, changes) }).ToList();
            document = loop.Document;
            counts = loop.Counts;
        }

        while (pending.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var drops = await DropsAsync(document, pending.Select(static each => each.Span), cancellationToken).ConfigureAwait(false);
            var first = drops?.Sites.FirstOrDefault();
            if (drops is null || first is null)
            {
                leftAlone.AddRange(pending.Select(each => new LeftAlone(document.Id, each.Diagnostic.Location, each.Diagnostic.Id, drops is null ? "the package is not referenced" : DropSite.WhyNone(each.Span, drops, drops.Settings, cancellationToken))));
                break;
            }

            var ofFunction = drops.With(drops.Sites.Where(site => site.Function.Node == first.Function.Node && site.Dropped.WaitsForBeginning == first.Dropped.WaitsForBeginning).ToImmutableArray());
            var firstAlone = ofFunction.With(ImmutableArray.Create(first));
            if (await BestAsync(ofFunction, firstAlone, counts, preferredKey, cancellationToken).ConfigureAwait(false) is not { } offered)
            {
                var gone = pending.FindIndex(each => Covers(first, each.Span));
                leftAlone.Add(new LeftAlone(document.Id, pending[gone].Diagnostic.Location, pending[gone].Diagnostic.Id, firstAlone.Refusals.ToString()));
                pending.RemoveAt(gone);
                continue;
            }

            var treated = pending.Where(each => offered.Edit.Sites.Any(site => Covers(site, each.Span))).ToList();
            done.AddRange(treated.Select(each => new FixedPlace(each.Diagnostic.Location, each.Diagnostic.Id, offered.Edit.Title)));
            pending.RemoveAll(treated.Contains);
            pending = pending.Select(each => each with { Span = TextEdits.Moved(each.Span, offered.Changes) }).ToList();
            document = offered.Document;
            counts = offered.Counts;
        }

        return new DocumentFixResult(document, done.ToImmutable(), leftAlone.ToImmutable());
    }

    /// <summary>Every action that is legal for the task at <paramref name="span"/> alone, in order.</summary>
    public static async Task<ImmutableArray<OfferedFix>> OffersAsync(Document document, TextSpan span, CancellationToken cancellationToken)
    {
        var counts = await Verification.CountAsync(document, cancellationToken).ConfigureAwait(false);
        if (TimerLoop.IsTimer((await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false))!, span))
            return await TimerOffersAsync(document, span, counts, new Refusals(), cancellationToken).ConfigureAwait(false);
        return await OffersAsync(document, span, counts, new Refusals(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Every action that is legal for the loop that a timer stands for. The timer is at <paramref name="span"/>, or its callback is.</summary>
    public static async Task<ImmutableArray<OfferedFix>> TimerOffersAsync(Document document, TextSpan span, ImmutableDictionary<string, int> counts, Refusals refusals, CancellationToken cancellationToken)
    {
        if (await TimerLoop.QueuedAsync(document, span, refusals, cancellationToken).ConfigureAwait(false) is not var (queued, place))
            return ImmutableArray<OfferedFix>.Empty;
        var offers = await OffersAsync(queued, place, counts, refusals, cancellationToken).ConfigureAwait(false);
        return offers.Select(static offer => offer.Titled($"Make it a loop whose runs never overlap; {char.ToLowerInvariant(offer.Edit.Title[0])}{offer.Edit.Title.Substring(1)}")).ToImmutableArray();
    }

    private static async Task<ImmutableArray<OfferedFix>> OffersAsync(Document document, TextSpan span, ImmutableDictionary<string, int> counts, Refusals refusals, CancellationToken cancellationToken)
    {
        var drops = await DropsAsync(document, [span], cancellationToken).ConfigureAwait(false);
        if (drops is null || drops.Sites.IsEmpty)
            return ImmutableArray<OfferedFix>.Empty;
        var offers = ImmutableArray.CreateBuilder<OfferedFix>();
        foreach (var action in ActionsFor(drops.Sites[0]))
        {
            if (offers.All(offer => offer.Action.EquivalenceKey != action.EquivalenceKey) && await TryAsync(action, drops, counts, cancellationToken).ConfigureAwait(false) is { } offered)
                offers.Add(offered);
        }

        if (offers.Count == 0)
            refusals.Add(drops.Refusals.ToString());
        return offers.ToImmutable();
    }

    /// <summary>The first of the legal actions that is as asked for; no other is compiled.</summary>
    /// <param name="document">The document.</param>
    /// <param name="span">Where the task is dropped.</param>
    /// <param name="counts">What the compiler may have to say afterwards.</param>
    /// <param name="isWanted">Tells actions that are in question.</param>
    /// <param name="isGood">Looks at what an action has done.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <returns>Null where there is none.</returns>
    public static async Task<OfferedFix?> FirstAsync(Document document, TextSpan span, ImmutableDictionary<string, int> counts, Func<FixAction, bool> isWanted, Func<OfferedFix, Task<bool>> isGood, CancellationToken cancellationToken)
    {
        if (await DropsAsync(document, [span], cancellationToken).ConfigureAwait(false) is not { Sites.IsEmpty: false } drops)
            return null;
        foreach (var action in ActionsFor(drops.Sites[0]).Where(isWanted))
        {
            if (await TryAsync(action, drops, counts, cancellationToken).ConfigureAwait(false) is { } offered && await isGood(offered).ConfigureAwait(false))
                return offered;
        }

        return null;
    }

    private static async Task<FunctionDrops?> DropsAsync(Document document, IEnumerable<TextSpan> spans, CancellationToken cancellationToken)
    {
        var model = await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
        var root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        if (model is null || root is null)
            return null;
        var symbols = KnownSymbols.For(model.Compilation);
        if (!symbols.HasRuntime)
            return null;
        var settings = AnalyzerSettings.For(model.Compilation, document.Project.AnalyzerOptions.AnalyzerConfigOptionsProvider);
        var sites = spans.Select(span => DropSite.Find(root, span, model, symbols, settings, cancellationToken)).OfType<DropSite>()
            .GroupBy(static site => site.Call).Select(static group => group.First()).OrderBy(static site => site.Call.SpanStart).ToImmutableArray();
        return new FunctionDrops(document, model, root, await document.GetTextAsync(cancellationToken).ConfigureAwait(false), settings, sites);
    }

    /// <summary>The best action for all sites of a function together or, where none fits, for the first alone, which then says why it was turned down.</summary>
    private static async Task<OfferedFix?> BestAsync(FunctionDrops drops, FunctionDrops firstAlone, ImmutableDictionary<string, int> counts, string? preferredKey, CancellationToken cancellationToken)
    {
        var all = ActionsFor(drops.Sites[0]).ToList();
        var actions = all.Where(action => preferredKey == action.EquivalenceKey || !IsForPeopleToChoose(action, drops.Function)).OrderBy(action => action.EquivalenceKey == preferredKey ? 0 : 1).ToList();
        if (actions.Count < all.Count && TestMethod.MayReturnTask(drops.Function.Symbol))
            firstAlone.Refuse("the test does not look at how it ends, and may fail once it does");
        foreach (var action in actions)
        {
            // All of the function together; where that is not legal, perhaps the first alone is.
            if (drops.Sites.Length > 1 && await TryAsync(action, drops, counts, cancellationToken).ConfigureAwait(false) is { } together && together.Edit.Sites.Contains(drops.Sites[0]))
                return together;
            if (await TryAsync(action, firstAlone, counts, cancellationToken).ConfigureAwait(false) is { } one)
                return one;
        }

        return null;
    }

    /// <summary>
    /// Whether an action is never taken by itself: one that needs something done elsewhere as well, one that awaits what was let go on purpose, and one that turns a test red which drops a task
    /// because that fails.
    /// </summary>
    private static bool IsForPeopleToChoose(FixAction action, FunctionContext function)
        => action == Application || action == AwaitWhatMayNotEnd || action == UnwrapWhatMayNotEnd || action == AwaitWhatEnds || action != InScope && TestMethod.MayReturnTask(function.Symbol);

    private static async Task<OfferedFix?> TryAsync(FixAction action, FunctionDrops drops, ImmutableDictionary<string, int> counts, CancellationToken cancellationToken)
    {
        if (action.Rewrite(drops, cancellationToken) is not { } edit || !await action.LeavesOthersAloneAsync(drops, cancellationToken).ConfigureAwait(false))
            return null;
        var all = edit.Changes.Concat(UnusedLocals.Declarations(drops, edit.Sites, cancellationToken)).Concat(Usings.Missing(drops.Root, drops.Text, drops.Model, edit.Sites[0].Call.SpanStart, edit.Changes.Needs, cancellationToken));
        if (TextEdits.Apply(drops.Text, all, out var changes) is not { } text)
            return null;
        var document = WithParts(drops.Document.WithText(text), edit.Others, cancellationToken);
        if (document is null)
            return null;
        if (FunctionDepth.IsExceeded(drops.Root, (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false))!))
        {
            drops.Refuse(FunctionDepth.Reason(edit.Title));
            return null;
        }

        var after = await Verification.CountAsync(document, cancellationToken).ConfigureAwait(false);
        if (!Verification.IsNoWorse(counts, after))
            drops.Refuse(Verification.Reason(edit.Title, counts, after));
        else if (action is AwaitAction or OpenNurseryAction && await FirstParts.GrowShorterAsync([drops.Sites[0].Call], drops.Model, drops.Root, document, cancellationToken).ConfigureAwait(false))
            drops.Refuse(FirstParts.Reason);
        else if (!Verification.ParsesWithOtherSymbols(drops.Root, text, cancellationToken))
            drops.Refuse(Verification.BreaksOtherSymbols);
        else if (!await AreNoWorseAsync(drops.Document.Project, document.Project, edit.Others, cancellationToken).ConfigureAwait(false))
            drops.Refuse($"\"{edit.Title}\" would break another file of the type");
        else
            return new OfferedFix(action, edit, document, text, changes, after);
        return null;
    }

    /// <summary>The document, with the changes to the other parts of the type; null where two of them touch the same code.</summary>
    private static Document? WithParts(Document document, IReadOnlyCollection<DocumentChanges> others, CancellationToken cancellationToken)
    {
        var solution = document.Project.Solution;
        foreach (var (context, changes, _) in others)
        {
            var all = changes.Concat(Usings.Missing(context.Root, context.Text, context.Model, changes[0].Span.Start, changes.Needs, cancellationToken));
            if (TextEdits.Apply(context.Text, all, out var _) is not { } text || document.Project.Solution.GetDocumentIdsWithFilePath(context.Root.SyntaxTree.FilePath) is not { IsEmpty: false } ids)
                return null;
            foreach (var id in ids)
                solution = solution.WithDocumentText(id, text);
        }

        return solution.GetDocument(document.Id);
    }

    private static async Task<bool> AreNoWorseAsync(Project before, Project after, IReadOnlyCollection<DocumentChanges> others, CancellationToken cancellationToken)
    {
        foreach (var (context, _, _) in others)
        {
            var id = before.GetDocument(context.Root.SyntaxTree)!.Id;
            var counts = await Verification.CountAsync(before.GetDocument(id)!, cancellationToken).ConfigureAwait(false);
            if (!Verification.IsNoWorse(counts, await Verification.CountAsync(after.GetDocument(id)!, cancellationToken).ConfigureAwait(false)))
                return false;
        }

        return true;
    }

    private static bool Covers(DropSite site, TextSpan span) => site.Call.Span.Contains(span) || site.Expression.Span == span || site.Owner.Span.Contains(span) && span.Contains(site.Call.Span);
}
