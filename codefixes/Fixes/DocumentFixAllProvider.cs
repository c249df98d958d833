using System;
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

/// <summary>A finding, and where it is in a version of its document that may be newer.</summary>
internal sealed record FoundPlace(Diagnostic Diagnostic, TextSpan Span);

/// <summary>A fix that knows how to treat all the findings of one document together.</summary>
internal interface IDocumentFix
{
    /// <summary>Fixes what can be fixed; the rest is named with its reason.</summary>
    Task<DocumentFixResult> FixAsync(Document document, ImmutableArray<FoundPlace> places, string? equivalenceKey, CancellationToken cancellationToken);
}

/// <summary>Fix-all in document, project and solution: one pass per document, a file that several projects share once.</summary>
internal sealed class DocumentFixAllProvider : FixAllProvider
{
    public static readonly DocumentFixAllProvider Instance = new();

    public override IEnumerable<FixAllScope> GetSupportedFixAllScopes() => [FixAllScope.Document, FixAllScope.Project, FixAllScope.Solution];

    public override async Task<CodeAction?> GetFixAsync(FixAllContext context)
    {
        if (context.CodeFixProvider is not IDocumentFix)
            return null;
        var found = ImmutableArray.CreateBuilder<(Document, ImmutableArray<Diagnostic>)>();
        switch (context.Scope)
        {
            case FixAllScope.Document when context.Document is { } document:
                found.Add((document, await context.GetDocumentDiagnosticsAsync(document).ConfigureAwait(false)));
                break;
            case FixAllScope.Project:
                await AddAsync(context, context.Project, found).ConfigureAwait(false);
                break;
            case FixAllScope.Solution:
                foreach (var project in context.Solution.Projects)
                    await AddAsync(context, project, found).ConfigureAwait(false);
                break;
            default:
                return null;
        }

        var fix = (IDocumentFix)context.CodeFixProvider;
        var solution = context.Solution;
        var todo = found.ToImmutable();
        return CodeAction.Create(
            "Fix all",
            async token => (await FixAsync(fix, solution, todo, context.CodeActionEquivalenceKey, token).ConfigureAwait(false)).Solution,
            context.CodeActionEquivalenceKey);
    }

    /// <summary>Fixes the given documents, one after the other, each seeing what was done to those before it.</summary>
    /// <remarks><paramref name="isToBeLeftOut"/> is asked when a fix fails on a document; on true that document stays as it is and the others go on.</remarks>
    public static async Task<(Solution Solution, ImmutableArray<FixedPlace> Fixed, ImmutableArray<LeftAlone> LeftAlone)> FixAsync(
        IDocumentFix fix,
        Solution solution,
        IEnumerable<(Document Document, ImmutableArray<Diagnostic> Diagnostics)> found,
        string? equivalenceKey,
        CancellationToken cancellationToken,
        Func<Document, Exception, bool>? isToBeLeftOut = null)
    {
        var leftAlone = ImmutableArray.CreateBuilder<LeftAlone>();
        var places = ImmutableArray.CreateBuilder<FixedPlace>();
        var done = new HashSet<string>(StringComparer.Ordinal);
        var touched = new List<Document>();
        foreach (var (document, diagnostics) in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (diagnostics.IsEmpty || (document.FilePath is { } path && !done.Add(path)))
                continue;
            Document changed;
            try
            {
                var current = solution.GetDocument(document.Id)!;
                var result = await fix.FixAsync(current, await PlacesAsync(document, current, diagnostics, cancellationToken).ConfigureAwait(false), equivalenceKey, cancellationToken).ConfigureAwait(false);
                changed = result.Document;
                places.AddRange(result.Fixed);
                leftAlone.AddRange(result.LeftAlone);
            }
            catch (Exception exception) when (exception is not OperationCanceledException && isToBeLeftOut?.Invoke(document, exception) == true)
            {
                continue;
            }

            var text = await changed.GetTextAsync(cancellationToken).ConfigureAwait(false);
            // Other documents may have changed with it.
            solution = changed.Project.Solution;
            foreach (var id in changed.GetLinkedDocumentIds())
                solution = solution.WithDocumentText(id, text, PreservationMode.PreserveValue);
            if (text != await document.GetTextAsync(cancellationToken).ConfigureAwait(false))
                touched.Add(document);
        }

        // Last, because it reaches into other documents, whose own findings are then done with.
        foreach (var document in touched)
            solution = await AwaitUsing.UpgradeAsync(document, solution.GetDocument(document.Id)!, cancellationToken).ConfigureAwait(false);

        return (solution, places.ToImmutable(), leftAlone.ToImmutable());
    }

    /// <summary>Where the findings are now: a fix of another document may have changed this one.</summary>
    private static async Task<ImmutableArray<FoundPlace>> PlacesAsync(Document document, Document current, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        var before = await document.GetTextAsync(cancellationToken).ConfigureAwait(false);
        var now = await current.GetTextAsync(cancellationToken).ConfigureAwait(false);
        var changes = now.GetTextChanges(before).ToImmutableArray();
        return diagnostics.Select(diagnostic => new FoundPlace(diagnostic, TextEdits.Moved(diagnostic.Location.SourceSpan, changes))).ToImmutableArray();
    }

    private static async Task AddAsync(FixAllContext context, Project project, ImmutableArray<(Document, ImmutableArray<Diagnostic>)>.Builder found)
    {
        var diagnostics = await context.GetAllDiagnosticsAsync(project).ConfigureAwait(false);
        foreach (var group in diagnostics.Where(static diagnostic => diagnostic.Location.IsInSource).GroupBy(diagnostic => project.GetDocument(diagnostic.Location.SourceTree)))
        {
            if (group.Key is { } document && document is not SourceGeneratedDocument)
                found.Add((document, group.ToImmutableArray()));
        }
    }
}
