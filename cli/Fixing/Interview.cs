using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Structured.Cli.Checking;
using Structured.Cli.Text;

namespace Structured.Cli.Fixing;

/// <summary>An action that could be taken at a place, and what it would change.</summary>
internal sealed record Offer(string Title, string Diff, Solution Result);

/// <summary>What the user wants at a place.</summary>
internal enum Answer
{
    /// <summary>The action whose number comes along.</summary>
    Take,

    /// <summary>Leave it alone.</summary>
    Skip,

    /// <summary>The first action here and everywhere else, without asking again.</summary>
    All,

    /// <summary>Leave the rest alone; what was taken so far holds.</summary>
    Quit,
}

/// <summary>Decides, place by place.</summary>
internal interface IChooser
{
    public (Answer Answer, int Action) Choose(Finding finding, string shownPath, IReadOnlyList<Offer> offers);

    /// <summary>Tells the user of something that came of the last answer.</summary>
    public void Say(string message);
}

/// <summary>Goes through the findings one by one. Each diff is against the code as it is by then, so that what is shown is what will be written.</summary>
internal sealed class Interview(Fixer fixer, IChooser chooser, ImmutableArray<CodeFixProvider> providers)
{
    private readonly HashSet<(string, string, int, int)> _withoutOffer = [];

    public async Task RunAsync()
    {
        while (fixer.Remaining().FirstOrDefault(finding => fixer.IsToBeFixed(finding) && !_withoutOffer.Contains(finding.Key)) is { } finding)
        {
            fixer.CancellationToken.ThrowIfCancellationRequested();
            var offers = await OffersAsync(finding).ConfigureAwait(false);
            if (offers.Count == 0)
            {
                _withoutOffer.Add(finding.Key);
                continue;
            }

            var (answer, action) = chooser.Choose(finding, System.IO.Path.GetRelativePath(fixer.Folder, finding.Path).Replace('\\', '/'), offers);
            switch (answer)
            {
                case Answer.Take:
                    if (await fixer.AdoptAsync(offers[action].Result).ConfigureAwait(false))
                    {
                        fixer.Count(finding, offers[action].Title);
                        _withoutOffer.Clear();
                    }
                    else
                    {
                        chooser.Say("That would break the build; left alone.");
                    }

                    break;
                case Answer.Skip:
                    fixer.Skip(finding);
                    break;
                case Answer.All:
                    await fixer.FixAllAsync().ConfigureAwait(false);
                    return;
                default:
                    foreach (var rest in fixer.Remaining().Where(fixer.IsToBeFixed))
                        fixer.Refuse(rest, "it was not decided on");
                    return;
            }
        }
    }

    private async Task<List<Offer>> OffersAsync(Finding finding)
    {
        var offers = new List<Offer>();
        var id = finding.Project.GetDocument(finding.Diagnostic.Location.SourceTree)?.Id;
        if (id is null || fixer.Current.GetDocument(id) is not { } document)
            return offers;
        foreach (var provider in providers.Where(provider => provider.FixableDiagnosticIds.Contains(finding.Id)))
        {
            var actions = new List<CodeAction>();
            try
            {
                await provider.RegisterCodeFixesAsync(new CodeFixContext(document, finding.Diagnostic, (action, _) => actions.Add(action), fixer.CancellationToken)).ConfigureAwait(false);
                foreach (var action in actions)
                {
                    var operations = await action.GetOperationsAsync(fixer.CancellationToken).ConfigureAwait(false);
                    if (operations.OfType<ApplyChangesOperation>().FirstOrDefault() is not { } apply)
                        continue;
                    var (result, diff) = await ShownAsync(apply.ChangedSolution).ConfigureAwait(false);
                    if (diff.Length > 0)
                        offers.Add(new Offer(action.Title, diff, result));
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                fixer.Refuse(finding, $"the fix failed ({exception.GetType().Name}: {exception.Message})");
            }
        }

        return offers;
    }

    /// <summary>The change as a diff, in every project that shares the file.</summary>
    private async Task<(Solution Result, string Diff)> ShownAsync(Solution changed)
    {
        var result = fixer.Current;
        var diff = "";
        foreach (var document in changed.GetChanges(fixer.Current).GetProjectChanges().SelectMany(static project => project.GetChangedDocuments(onlyGetDocumentsWithTextChanges: true)).Select(each => changed.GetDocument(each)!).DistinctBy(static document => document.FilePath))
        {
            var before = await fixer.Current.GetDocument(document.Id)!.GetTextAsync(fixer.CancellationToken).ConfigureAwait(false);
            var after = await document.GetTextAsync(fixer.CancellationToken).ConfigureAwait(false);
            if (before.ContentEquals(after))
                continue;
            diff += UnifiedDiff.Create(System.IO.Path.GetRelativePath(fixer.Folder, document.FilePath!).Replace('\\', '/'), before.ToString(), after.ToString());
            foreach (var id in result.GetDocumentIdsWithFilePath(document.FilePath))
                result = result.WithDocumentText(id, after);
        }

        return (result, diff);
    }
}
