using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>One version of a document, as a fix looks at it.</summary>
internal class PlaceContext
{
    public PlaceContext(SemanticModel model, SyntaxNode root, SourceText text)
    {
        Model = model;
        Root = root;
        Text = text;
        Symbols = KnownSymbols.For(model.Compilation);
        Layout = new SourceLayout(text, root, model.Compilation);
    }

    public SemanticModel Model { get; }

    public SyntaxNode Root { get; }

    public SourceText Text { get; }

    public KnownSymbols Symbols { get; }

    public SourceLayout Layout { get; }

    public Refusals Refusals { get; } = new();

    /// <summary>Notes why a fix does not fit.</summary>
    /// <returns>Null, which says that it does not.</returns>
    public PlaceEdit? Refuse(string reason)
    {
        Refusals.Add(reason);
        return null;
    }

    /// <summary>A name that means nothing yet at <paramref name="position"/> or anywhere inside <paramref name="scope"/>.</summary>
    public string FreshName(string wanted, int position, SyntaxNode scope)
    {
        for (var number = 0; ; number++)
        {
            var name = number == 0 ? wanted : wanted + number;
            if (Model.LookupSymbols(position, name: name).IsEmpty && !scope.DescendantTokens().Any(token => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText == name))
                return name;
        }
    }
}

/// <summary>What a fix would do at one place.</summary>
internal sealed class PlaceEdit
{
    public PlaceEdit(string title, string equivalenceKey, IEnumerable<TextChange> changes, params (string Namespace, string Type)[] needs)
    {
        Title = title;
        EquivalenceKey = equivalenceKey;
        Changes = changes.ToImmutableArray();
        Needs = needs;
    }

    public string Title { get; }

    public string EquivalenceKey { get; }

    public ImmutableArray<TextChange> Changes { get; }

    /// <summary>Types the new code names, by namespace: a <c>using</c> is added for each that is not in scope.</summary>
    public IReadOnlyList<(string Namespace, string Type)> Needs { get; }
}

/// <summary>
/// The base of fixes that change one place each. A fix says only what it would change; whether that compiles, the <c>using</c> directives and fix-all are decided
/// here.
/// </summary>
public abstract class PlaceFix : CodeFixProvider, IDocumentFix
{
    private static readonly bool[] OnlyTheFirst = [false];
    private static readonly bool[] Both = [false, true];

    /// <inheritdoc/>
    public sealed override FixAllProvider GetFixAllProvider() => DocumentFixAllProvider.Instance;

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var counts = await Verification.CountAsync(context.Document, context.CancellationToken).ConfigureAwait(false);
        foreach (var diagnostic in context.Diagnostics)
        {
            foreach (var isSecond in SecondKey is null ? OnlyTheFirst : Both)
            {
                var (done, _) = await TryAsync(context.Document, [new FoundPlace(diagnostic, diagnostic.Location.SourceSpan)], isSecond, counts, context.CancellationToken).ConfigureAwait(false);
                if (done is not null)
                    context.RegisterCodeFix(CodeAction.Create(done.Edits[0].Title, token => AwaitUsing.UpgradeAsync(context.Document, done.Document, token), done.Edits[0].EquivalenceKey), diagnostic);
            }
        }
    }

    async Task<DocumentFixResult> IDocumentFix.FixAsync(Document document, ImmutableArray<FoundPlace> places, string? equivalenceKey, CancellationToken cancellationToken)
    {
        var pending = places.OrderBy(static place => place.Span.Start).ToList();
        var isSecond = equivalenceKey is not null && equivalenceKey == SecondKey;
        var counts = await Verification.CountAsync(document, cancellationToken).ConfigureAwait(false);
        var done = ImmutableArray.CreateBuilder<FixedPlace>();
        var leftAlone = ImmutableArray.CreateBuilder<LeftAlone>();
        if (equivalenceKey is null && await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false) is { } model)
        {
            foreach (var place in pending.ToList())
            {
                if (ForPeopleToChoose(model, place.Span, cancellationToken) is { } reason)
                {
                    pending.Remove(place);
                    leftAlone.Add(new LeftAlone(document.Id, place.Diagnostic.Location, place.Diagnostic.Id, reason));
                }
            }
        }

        // Nearly always everything can be done at once; where it cannot, one after the other shows which.
        var (all, _) = await TryAsync(document, pending, isSecond, counts, cancellationToken).ConfigureAwait(false);
        if (all is not null)
        {
            return new DocumentFixResult(
                all.Document,
                pending.Zip(all.Edits, static (place, edit) => new FixedPlace(place.Diagnostic.Location, place.Diagnostic.Id, edit.Title)).ToImmutableArray(),
                leftAlone.ToImmutable());
        }

        while (pending.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = pending[0];
            pending.RemoveAt(0);
            var (one, reason) = await TryAsync(document, [next], isSecond, counts, cancellationToken).ConfigureAwait(false);
            if (one is not null)
            {
                done.Add(new FixedPlace(next.Diagnostic.Location, next.Diagnostic.Id, one.Edits[0].Title));
                document = one.Document;
                counts = one.Counts;
                pending = pending.Select(each => each with { Span = TextEdits.Moved(each.Span, one.Changes) }).ToList();
            }
            else
            {
                leftAlone.Add(new LeftAlone(document.Id, next.Diagnostic.Location, next.Diagnostic.Id, reason));
            }
        }

        return new DocumentFixResult(document, done.ToImmutable(), leftAlone.ToImmutable());
    }

    /// <summary>The fix of one place, in a version of the document where it may be elsewhere than the diagnostic says; <paramref name="counts"/> is what the compiler may have to say afterwards.</summary>
    internal async Task<(string? Title, Document? Document)> OfferAsync(Document document, Diagnostic diagnostic, TextSpan span, ImmutableDictionary<string, int> counts, CancellationToken cancellationToken)
    {
        var (done, _) = await TryAsync(document, [new FoundPlace(diagnostic, span)], isSecond: false, counts, cancellationToken).ConfigureAwait(false);
        return done is null ? default : (done.Edits[0].Title, done.Document);
    }

    /// <summary>What to change for the diagnostic at <paramref name="span"/>; null where it should be left alone.</summary>
    private protected virtual PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken) => null;

    /// <summary>The same for a fix that has to look at the rest of the solution.</summary>
    private protected virtual Task<PlaceEdit?> RewriteAsync(Document document, PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
        => Task.FromResult(Rewrite(context, diagnostic, span, cancellationToken));

    /// <summary>The key of the second action; null where there is only one.</summary>
    private protected virtual string? SecondKey => null;

    /// <summary>What the second action would change. Fix-all takes it only where it was the one chosen.</summary>
    private protected virtual PlaceEdit? RewriteSecond(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken) => null;

    /// <summary>Why the fix is not taken at a place unless somebody chose it; null where it is.</summary>
    private protected virtual string? ForPeopleToChoose(SemanticModel model, TextSpan span, CancellationToken cancellationToken) => null;

    private sealed record Done(IReadOnlyList<PlaceEdit> Edits, Document Document, ImmutableArray<TextChange> Changes, ImmutableDictionary<string, int> Counts);

    private async Task<(Done? Done, string Reason)> TryAsync(
        Document document,
        IReadOnlyList<FoundPlace> places,
        bool isSecond,
        ImmutableDictionary<string, int> counts,
        CancellationToken cancellationToken)
    {
        var model = await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
        var root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        if (model is null || root is null || places.Count == 0)
            return (null, Refusals.Unknown);
        var context = new PlaceContext(model, root, await document.GetTextAsync(cancellationToken).ConfigureAwait(false));
        var edits = new List<PlaceEdit>();
        foreach (var (diagnostic, span) in places)
        {
            if (span.End > root.FullSpan.End)
                return (null, context.Refusals.ToString());
            var edit = isSecond ? RewriteSecond(context, diagnostic, span, cancellationToken) : await RewriteAsync(document, context, diagnostic, span, cancellationToken).ConfigureAwait(false);
            if (edit is null)
                return (null, context.Refusals.ToString());
            edits.Add(edit);
        }

        var changes = edits.SelectMany(static edit => edit.Changes).Distinct()
            .Concat(Usings.Missing(root, context.Text, model, places[0].Span.Start, edits.SelectMany(static edit => edit.Needs).Distinct(), cancellationToken));
        if (TextEdits.Apply(context.Text, changes, out var ordered) is not { } text)
            return (null, "its changes overlap others");
        var changed = document.WithText(text);
        if (FunctionDepth.IsExceeded(root, (await changed.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false))!))
            return (null, FunctionDepth.Reason(edits[0].Title));
        var after = await Verification.CountAsync(changed, cancellationToken).ConfigureAwait(false);
        if (!Verification.IsNoWorse(counts, after))
            return (null, Verification.Reason(edits[0].Title, counts, after));
        if (await FirstParts.GrowShorterAsync(places.Select(place => root.FindNode(place.Span)), model, root, changed, cancellationToken).ConfigureAwait(false))
            return (null, FirstParts.Reason);
        return Verification.ParsesWithOtherSymbols(root, text, cancellationToken) ? (new Done(edits, changed, ordered, after), "") : (null, Verification.BreaksOtherSymbols);
    }
}
