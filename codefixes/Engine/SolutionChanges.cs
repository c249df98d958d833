using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>What is to be changed in one document of a solution.</summary>
/// <param name="Context">The document as it is.</param>
/// <param name="Changes">The changes so far.</param>
/// <param name="IsCopy">Whether another project has the same file, which is changed there.</param>
internal sealed record DocumentChanges(PlaceContext Context, CodeChanges Changes, bool IsCopy);

/// <summary>Changes that span a solution; a file that several projects share is changed once.</summary>
internal sealed class SolutionChanges
{
    private readonly Solution _solution;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<DocumentId, DocumentChanges> _documents = new();
    private readonly HashSet<string> _files = new(System.StringComparer.Ordinal);

    public SolutionChanges(Solution solution, CancellationToken cancellationToken)
    {
        _solution = solution;
        _cancellationToken = cancellationToken;
    }

    public IEnumerable<DocumentId> Changed => _documents.Where(static pair => pair.Value.Changes.Count > 0).Select(static pair => pair.Key);

    /// <summary>The changes of a document; null where it cannot be changed.</summary>
    public async Task<DocumentChanges?> OfAsync(Document document)
    {
        if (_documents.TryGetValue(document.Id, out var known))
            return known;
        if (document is SourceGeneratedDocument
            || await document.GetSemanticModelAsync(_cancellationToken).ConfigureAwait(false) is not { } model
            || await document.GetSyntaxRootAsync(_cancellationToken).ConfigureAwait(false) is not { } root)
        {
            return null;
        }

        var changes = new DocumentChanges(
            new PlaceContext(model, root, await document.GetTextAsync(_cancellationToken).ConfigureAwait(false)),
            new CodeChanges(),
            IsCopy: document.FilePath is { } path && !_files.Add(path));
        _documents.Add(document.Id, changes);
        return changes;
    }

    /// <summary>The solution with all changes; null where two of them touch the same code.</summary>
    public Solution? Apply()
    {
        var solution = _solution;
        foreach (var id in Changed)
        {
            var (context, changes, isCopy) = _documents[id];
            if (isCopy)
                continue;
            changes.AddRange(Usings.Missing(context.Root, context.Text, context.Model, changes[0].Span.Start, changes.Needs, _cancellationToken).ToList());
            if (TextEdits.Apply(context.Text, changes, out _) is not { } text)
                return null;
            foreach (var linked in solution.GetDocument(id)!.GetLinkedDocumentIds().Add(id))
                solution = solution.WithDocumentText(linked, text, PreservationMode.PreserveValue);
        }

        return solution;
    }

    /// <summary>Where a span of a document is after the change.</summary>
    public TextSpan Moved(DocumentId document, TextSpan span)
        => _documents.TryGetValue(document, out var changed) && TextEdits.Apply(changed.Context.Text, changed.Changes, out var ordered) is not null ? TextEdits.Moved(span, ordered) : span;

    /// <summary>Whether everything that was changed compiles as before.</summary>
    public async Task<bool> IsNoWorseAsync(Solution after)
    {
        foreach (var id in Changed)
        {
            var counts = await Verification.CountAsync(_solution.GetDocument(id)!, _cancellationToken).ConfigureAwait(false);
            if (!Verification.IsNoWorse(counts, await Verification.CountAsync(after.GetDocument(id)!, _cancellationToken).ConfigureAwait(false)))
                return false;
        }

        return true;
    }
}
