using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Text;
using Structured.Analyzers.CodeFixes;
using Structured.Cli.Checking;

namespace Structured.Cli.Fixing;

/// <summary>A file that the fixes change.</summary>
internal sealed record ChangedFile(string Path, SourceText Before, SourceText After);

/// <summary>A finding that was left as it is, and why.</summary>
internal sealed record LeftFinding(string Path, int Line, string Id, string Reason);

/// <summary>What fixing would do. Nothing has been written.</summary>
internal sealed record FixResult(ImmutableArray<ChangedFile> Files, int FixedCount, ImmutableArray<LeftFinding> LeftAlone, ImmutableArray<string> ProjectsWithoutPackage, CheckResult FirstCheck);

/// <summary>Applies every fix to a whole solution in memory, and keeps only what leaves it compiling as before.</summary>
internal static class Fixer
{
    private const int MostRounds = 10;

    private static readonly ImmutableArray<CodeFixProvider> Providers = typeof(DroppedTaskFix).Assembly.GetTypes()
        .Where(static type => !type.IsAbstract && typeof(CodeFixProvider).IsAssignableFrom(type) && typeof(IDocumentFix).IsAssignableFrom(type))
        .OrderBy(static type => type.Name, StringComparer.Ordinal)
        .Select(static type => (CodeFixProvider)Activator.CreateInstance(type)!)
        .ToImmutableArray();

    public static async Task<FixResult> FixAsync(Solution solution, string folder, CheckOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        options = options with { WithCompilerWarning = true };
        progress("Preparing");
        var (current, withoutPackage) = await RuntimeReference.AddAsync(solution, cancellationToken).ConfigureAwait(false);
        var original = current;
        var before = await CountAsync(current, current.ProjectIds, cancellationToken).ConfigureAwait(false);
        var untouchable = new Dictionary<string, string>(StringComparer.Ordinal);
        var leftAlone = new Dictionary<(string, string, int), LeftFinding>();
        CheckResult? first = null;
        CheckResult check;
        for (var round = 0; ; round++)
        {
            check = await Checker.CheckAsync(current, options, progress, cancellationToken).ConfigureAwait(false);
            first ??= check;
            var fixable = check.Findings.Where(finding => IsFixable(finding) && IsWritable(finding.Path, folder) && !untouchable.ContainsKey(finding.Path)).ToList();
            if (fixable.Count == 0 || round == MostRounds)
                break;
            var (next, left) = await ApplyAsync(current, fixable, untouchable, progress, cancellationToken).ConfigureAwait(false);
            leftAlone.Clear();
            foreach (var each in left)
            {
                var place = each.Location.GetLineSpan();
                var finding = new LeftFinding(place.Path, place.StartLinePosition.Line + 1, each.Id, each.Reason);
                leftAlone[(finding.Path, finding.Id, finding.Line)] = finding;
            }

            next = await WithoutWhatBreaksAsync(current, next, before, untouchable, progress, cancellationToken).ConfigureAwait(false);
            var changed = ChangedDocuments(current, next).Count > 0;
            current = next;
            if (!changed)
                break;
        }

        var files = await ChangedFilesAsync(original, current, cancellationToken).ConfigureAwait(false);
        var remaining = check.Findings
            .Select(finding => leftAlone.TryGetValue((finding.Path, finding.Diagnostic.Id, finding.Line), out var known)
                ? known
                : new LeftFinding(finding.Path, finding.Line, finding.Diagnostic.Id, ReasonFor(finding, folder, untouchable)))
            .ToImmutableArray();
        var remainingCount = check.Findings.Length;
        return new FixResult(files, Math.Max(0, first.Findings.Length - remainingCount), remaining, await NeedingPackageAsync(original, current, withoutPackage, cancellationToken).ConfigureAwait(false), first);
    }

    private static string ReasonFor(Finding finding, string folder, Dictionary<string, string> untouchable)
        => untouchable.TryGetValue(finding.Path, out var reason) ? reason
            : !IsFixable(finding) ? "the rule has no fix"
            : !IsWritable(finding.Path, folder) ? "the file is generated or lies outside the solution's folder"
            : Refusals.Unknown;

    private static bool IsFixable(Finding finding) => Providers.Any(provider => provider.FixableDiagnosticIds.Contains(finding.Diagnostic.Id));

    private static bool IsWritable(string path, string folder)
        => path.StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
           && !path.Contains(Path.DirectorySeparatorChar + "obj" + Path.DirectorySeparatorChar, StringComparison.Ordinal)
           && File.Exists(path);

    private static async Task<(Solution Solution, List<LeftAlone> LeftAlone)> ApplyAsync(Solution solution, List<Finding> findings, Dictionary<string, string> untouchable, Action<string> progress, CancellationToken cancellationToken)
    {
        var left = new List<LeftAlone>();
        foreach (var provider in Providers)
        {
            // One provider after the other; what the first moved, the next round finds again.
            var mine = findings.Where(finding => provider.FixableDiagnosticIds.Contains(finding.Diagnostic.Id)).ToList();
            var documents = mine.GroupBy(static finding => finding.Path, StringComparer.Ordinal)
                .Select(group => (Document: solution.GetDocument(group.First().Project.GetDocument(group.First().Diagnostic.Location.SourceTree)?.Id), Findings: group.ToList()))
                .Where(static each => each.Document is not null)
                .ToList();
            var untouched = documents.Where(each => ReferenceEquals(each.Findings[0].Project.Solution.GetDocument(each.Document!.Id)?.TryGetText(out var old) == true ? old : null, each.Document.TryGetText(out var now) ? now : null)).ToList();
            foreach (var (document, _) in untouched)
                progress("Fixing " + document!.Name);
            var (next, alone) = await DocumentFixAllProvider.FixAsync(
                (IDocumentFix)provider,
                solution,
                untouched.Select(static each => (each.Document!, each.Findings.Select(static finding => finding.Diagnostic).ToImmutableArray())),
                equivalenceKey: null,
                cancellationToken,
                (document, exception) => document.FilePath is { } path && untouchable.TryAdd(path, $"the fix failed ({exception.GetType().Name}: {exception.Message})")).ConfigureAwait(false);
            solution = next;
            left.AddRange(alone);
        }

        return (solution, left);
    }

    /// <summary>Compiles every project that a change can reach, and takes back the files whose change makes one worse.</summary>
    private static async Task<Solution> WithoutWhatBreaksAsync(
        Solution current,
        Solution next,
        ImmutableDictionary<(ProjectId, string), int> before,
        Dictionary<string, string> untouchable,
        Action<string> progress,
        CancellationToken cancellationToken)
    {
        progress("Compiling the result");
        var changed = ChangedDocuments(current, next);
        if (changed.Count == 0 || await IsNoWorseAsync(next, changed, before, cancellationToken).ConfigureAwait(false))
            return next;

        var kept = current;
        foreach (var file in changed.GroupBy(id => next.GetDocument(id)!.FilePath, StringComparer.Ordinal))
        {
            var attempt = kept;
            foreach (var id in file)
                attempt = attempt.WithDocumentText(id, await next.GetDocument(id)!.GetTextAsync(cancellationToken).ConfigureAwait(false));
            if (await IsNoWorseAsync(attempt, file.ToList(), before, cancellationToken).ConfigureAwait(false))
                kept = attempt;
            else if (file.Key is { } path)
                untouchable[path] = "the fix would break the build";
        }

        return kept;
    }

    private static async Task<bool> IsNoWorseAsync(Solution solution, List<DocumentId> changed, ImmutableDictionary<(ProjectId, string), int> before, CancellationToken cancellationToken)
    {
        var graph = solution.GetProjectDependencyGraph();
        var reached = changed.Select(static id => id.ProjectId).Distinct().SelectMany(id => graph.GetProjectsThatTransitivelyDependOnThisProject(id).Append(id)).Distinct();
        var after = await CountAsync(solution, reached, cancellationToken).ConfigureAwait(false);
        return after.All(pair => pair.Value <= before.GetValueOrDefault(pair.Key));
    }

    private static async Task<ImmutableDictionary<(ProjectId, string), int>> CountAsync(Solution solution, IEnumerable<ProjectId> projects, CancellationToken cancellationToken)
    {
        var counts = ImmutableDictionary.CreateBuilder<(ProjectId, string), int>();
        foreach (var id in projects)
        {
            var compilation = await solution.GetProject(id)!.GetCompilationAsync(cancellationToken).ConfigureAwait(false);
            foreach (var group in compilation!.GetDiagnostics(cancellationToken).Where(static diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning && !diagnostic.IsSuppressed).GroupBy(static diagnostic => diagnostic.Id))
                counts[(id, group.Key)] = group.Count();
        }

        return counts.ToImmutable();
    }

    /// <summary>Those of the projects without the package whose code now uses what is in it.</summary>
    private static async Task<ImmutableArray<string>> NeedingPackageAsync(Solution before, Solution after, ImmutableHashSet<ProjectId> withoutPackage, CancellationToken cancellationToken)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var id in ChangedDocuments(before, after).Select(static id => id.ProjectId).Distinct().Where(withoutPackage.Contains))
        {
            var project = after.GetProject(id)!;
            var compilation = await project.GetCompilationAsync(cancellationToken).ConfigureAwait(false);
            if (compilation!.GetUsedAssemblyReferences(cancellationToken).Any(reference => compilation.GetAssemblyOrModuleSymbol(reference)?.Name == RuntimeReference.AssemblyName))
                names.Add(project.Name);
        }

        return names.Distinct().ToImmutableArray();
    }

    private static List<DocumentId> ChangedDocuments(Solution before, Solution after)
        => after.GetChanges(before).GetProjectChanges().SelectMany(static project => project.GetChangedDocuments(onlyGetDocumentsWithTextChanges: true)).ToList();

    private static async Task<ImmutableArray<ChangedFile>> ChangedFilesAsync(Solution before, Solution after, CancellationToken cancellationToken)
    {
        var files = ImmutableArray.CreateBuilder<ChangedFile>();
        foreach (var id in ChangedDocuments(before, after).DistinctBy(id => after.GetDocument(id)!.FilePath))
        {
            var old = await before.GetDocument(id)!.GetTextAsync(cancellationToken).ConfigureAwait(false);
            var changed = await after.GetDocument(id)!.GetTextAsync(cancellationToken).ConfigureAwait(false);
            if (!old.ContentEquals(changed))
                files.Add(new ChangedFile(after.GetDocument(id)!.FilePath!, old, changed));
        }

        return files.OrderBy(static file => file.Path, StringComparer.Ordinal).ToImmutableArray();
    }
}
