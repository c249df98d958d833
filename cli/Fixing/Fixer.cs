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
using Structured.Analyzers;
using Structured.Analyzers.CodeFixes;
using Structured.Cli.Checking;
using Structured.Cli.Files;
using Structured.Cli.Text;

namespace Structured.Cli.Fixing;

/// <summary>What to fix.</summary>
/// <param name="Check">The rules.</param>
/// <param name="Selection">Which of their findings.</param>
/// <param name="Folder">Only files below are changed.</param>
/// <param name="Chooser">Asked for each place; null takes the first action everywhere.</param>
internal sealed record FixOptions(CheckOptions Check, Selection Selection, string Folder, IChooser? Chooser = null);

/// <summary>A file that the fixes change.</summary>
internal sealed record ChangedFile(string Path, SourceText Before, SourceText After);

/// <summary>A finding that was fixed, and by which action. The line is that of the original file.</summary>
internal sealed record FixedFinding(string Path, int Line, string Id, string Message, string Action);

/// <summary>A finding that was left as it is, and why.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">The line in the file as it is after the fixes.</param>
/// <param name="LineBefore">The line in the original file; null for one that a fix brought.</param>
/// <param name="Id">The rule.</param>
/// <param name="Message">What the rule says.</param>
/// <param name="Reason">Why it was left alone.</param>
internal sealed record LeftFinding(string Path, int Line, int? LineBefore, string Id, string Message, string Reason);

/// <summary>What fixing would do. Nothing has been written.</summary>
/// <param name="First">What the check of the original code said.</param>
/// <param name="Selected">Which of its findings were asked for.</param>
internal sealed record FixResult(
    ImmutableArray<ChangedFile> Files,
    ImmutableArray<FixedFinding> Fixed,
    ImmutableArray<LeftFinding> LeftAlone,
    ImmutableArray<string> ReadOnlyFiles,
    ImmutableArray<string> ProjectsWithoutPackage,
    CheckResult First,
    Selected Selected);

/// <summary>
/// Applies every fix to a whole solution in memory, and keeps only what leaves it compiling as before. Round after round, because a fix may make room for another;
/// the last round finds nothing more to do, so that a second run finds nothing either.
/// </summary>
internal sealed class Fixer
{
    private const int MostRounds = 10;

    private static readonly ImmutableArray<CodeFixProvider> Providers = typeof(DroppedTaskFix).Assembly.GetTypes()
        .Where(static type => !type.IsAbstract && typeof(CodeFixProvider).IsAssignableFrom(type) && typeof(IDocumentFix).IsAssignableFrom(type))
        .OrderBy(static type => type.Name, StringComparer.Ordinal)
        .Select(static type => (CodeFixProvider)Activator.CreateInstance(type)!)
        .ToImmutableArray();

    private readonly FixOptions _options;
    private readonly CheckOptions _checkOptions;
    private readonly Action<string> _progress;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Files that stay as they are, and why.</summary>
    private readonly Dictionary<string, string> _untouchable = new(StringComparer.Ordinal);

    /// <summary>Why a place was left alone the last time it was tried, for the text it was tried on.</summary>
    private readonly Dictionary<(string Id, string Path, int Start, int End), string> _refusals = [];

    /// <summary>The actions taken, by the place in the original code.</summary>
    private readonly List<((string Id, string Path, int Line) Place, string Action)> _taken = [];

    /// <summary>Projects in reach of what changed last: there, what was refused may be possible now.</summary>
    private ImmutableHashSet<ProjectId> _reached = [];

    /// <summary>Places the user does not want changed.</summary>
    private readonly HashSet<(string, string, string)> _skipped = [];
    private readonly Dictionary<string, (SourceText After, LineMap Map)> _maps = new(StringComparer.Ordinal);
    private readonly HashSet<string> _readOnly = new(StringComparer.Ordinal);

    /// <summary>Places in the original code that are not asked for.</summary>
    private readonly HashSet<(string Id, string Path, int Line)> _unselected = [];

    private ImmutableDictionary<ProjectId, ProjectCheck> _checks = ImmutableDictionary<ProjectId, ProjectCheck>.Empty;
    private ImmutableDictionary<ProjectId, ProjectCheck> _before = ImmutableDictionary<ProjectId, ProjectCheck>.Empty;
    private Solution _original;
    private Solution _current;

    private Fixer(Solution solution, FixOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        _original = _current = solution;
        _options = options;
        _checkOptions = options.Check with { WithCompilerWarning = true };
        _progress = progress;
        _cancellationToken = cancellationToken;
    }

    public static bool IsFixable(string id) => Providers.Any(provider => provider.FixableDiagnosticIds.Contains(id));

    public static Task<FixResult> FixAsync(Solution solution, FixOptions options, Action<string> progress, CancellationToken cancellationToken)
        => new Fixer(solution, options, progress, cancellationToken).RunAsync();

    private async Task<FixResult> RunAsync()
    {
        _progress("Preparing");
        (_current, var withoutPackage) = await RuntimeReference.AddAsync(_current, _cancellationToken).ConfigureAwait(false);
        _original = _current;
        _checks = _before = await CheckAsync(_current, _current.ProjectIds).ConfigureAwait(false);
        var first = CheckResult.Of(_before.Values);
        var selected = _options.Selection.Select(first, _checkOptions, path => !_original.GetDocumentIdsWithFilePath(path).IsEmpty);
        foreach (var finding in first.Findings.Except(selected.Findings))
            _unselected.Add((finding.Id, finding.Path, finding.Line));

        if (_options.Chooser is null)
            await FixAllAsync().ConfigureAwait(false);
        else
            await new Interview(this, _options.Chooser, Providers).RunAsync().ConfigureAwait(false);

        var files = await ChangedFilesAsync().ConfigureAwait(false);
        var left = Remaining().Select(Left).ToImmutableArray();
        return new FixResult(
            files,
            Fixed(selected.Findings, left),
            left,
            _readOnly.Order(StringComparer.Ordinal).ToImmutableArray(),
            await NeedingPackageAsync(withoutPackage).ConfigureAwait(false),
            first,
            selected);
    }

    /// <summary>The findings that are no more, with the action that was taken for each.</summary>
    private ImmutableArray<FixedFinding> Fixed(ImmutableArray<Finding> asked, ImmutableArray<LeftFinding> left)
    {
        // What is still there was not fixed, whatever an action thought.
        var stillThere = left.Where(static each => each.LineBefore is not null).GroupBy(static each => (each.Id, each.Path, each.LineBefore!.Value)).ToDictionary(static group => group.Key, static group => group.Count());
        var actions = _taken.GroupBy(static each => each.Place).ToDictionary(static group => group.Key, static group => new Queue<string>(group.Select(static each => each.Action)));
        var done = ImmutableArray.CreateBuilder<FixedFinding>();
        foreach (var finding in asked)
        {
            var place = (finding.Id, finding.Path, finding.Line);
            if (stillThere.GetValueOrDefault(place) > 0)
                stillThere[place]--;
            else
                done.Add(new FixedFinding(finding.Path, finding.Line, finding.Id, finding.Message, actions.TryGetValue(place, out var queue) && queue.TryDequeue(out var action) ? action : "Gone along with another place"));
        }

        return done.ToImmutable();
    }

    internal async Task FixAllAsync()
    {
        var isLast = false;
        for (var round = 0; round < MostRounds; round++)
        {
            var all = Remaining().Where(IsToBeFixed).ToList();
            if (all.Count == 0)
                return;
            // A loop may observe cancellation in what another fix writes into it.
            var fixable = isLast ? all : all.Where(static finding => finding.Id is not (RuleIds.LoopWithoutCheckpoint or RuleIds.LoopIgnoresCancellation)).ToList();
            var before = _current;
            if (fixable.Count > 0 && await AdoptAsync(await ApplyAsync(fixable).ConfigureAwait(false)).ConfigureAwait(false) && ChangedDocuments(before, _current).Count > 0)
                continue;
            if (isLast)
                return;
            isLast = true;
        }
    }

    /// <summary>The findings in the current code that were asked for.</summary>
    internal ImmutableArray<Finding> Remaining()
        => CheckResult.Of(_checks.Values).Findings.Where(IsSelected).ToImmutableArray();

    internal Solution Current => _current;

    internal CancellationToken CancellationToken => _cancellationToken;

    internal string Folder => _options.Folder;

    internal void Refuse(Finding finding, string reason) => _refusals[finding.Key] = reason;

    internal void Skip(Finding finding) => _skipped.Add(PlaceOf(finding));

    internal void Count(Finding finding, string action)
    {
        if (OriginalLine(finding) is { } line)
            _taken.Add(((finding.Id, finding.Path, line), action));
    }

    /// <summary>Where the finding is in the original code; null where a fix brought the line.</summary>
    internal int? OriginalLine(Finding finding)
    {
        if (finding.Project.Solution == _original || finding.Diagnostic.Location.SourceTree is not { } tree)
            return finding.Line;
        var after = tree.GetText(_cancellationToken);
        if (!_maps.TryGetValue(finding.Path, out var known) || known.After != after)
        {
            var id = _original.GetDocumentIdsWithFilePath(finding.Path).FirstOrDefault();
            if (id is null || _original.GetDocument(id)?.TryGetText(out var before) != true)
                return finding.Line;
            if (before!.ContentEquals(after))
                return finding.Line;
            _maps[finding.Path] = known = (after, new LineMap(before, after));
        }

        return known.Map.Before(finding.Line);
    }

    /// <summary>Whether a finding may be fixed at all.</summary>
    internal bool IsToBeFixed(Finding finding) => IsFixable(finding.Id) && ReasonToLeave(finding) is null;

    /// <summary>Takes over changed code, without what makes a project compile worse than before.</summary>
    /// <returns>Whether anything is left of it.</returns>
    internal async Task<bool> AdoptAsync(Solution next)
    {
        foreach (var path in ChangedDocuments(_current, next).Select(id => next.GetDocument(id)!.FilePath!).ToHashSet().Where(path => ReasonToKeep(path) is not null))
            next = await RevertedAsync(next, path).ConfigureAwait(false);
        var changed = ChangedDocuments(_current, next);
        while (changed.Count > 0)
        {
            _progress("Compiling the result");
            var graph = next.GetProjectDependencyGraph();
            var reached = changed.Select(static id => id.ProjectId).Distinct().SelectMany(id => graph.GetProjectsThatTransitivelyDependOnThisProject(id).Append(id)).ToHashSet();
            var checks = await CheckAsync(next, reached).ConfigureAwait(false);
            var suspects = Worsened(checks, next, changed);
            if (suspects is null)
            {
                foreach (var path in changed.Select(id => next.GetDocument(id)!.FilePath!).ToHashSet())
                    Forget(path);
                _reached = [.. reached];
                _current = next;
                _checks = _checks.SetItems(checks);
                return true;
            }

            if (suspects.Count == 0)
                return await AdoptHalvesAsync(next, changed).ConfigureAwait(false);
            foreach (var (path, reason) in suspects)
            {
                _untouchable[path] = reason;
                next = await RevertedAsync(next, path).ConfigureAwait(false);
            }

            changed = ChangedDocuments(_current, next);
        }

        return false;
    }

    /// <summary>A file that did not change is worse off, and nothing says through which of those that did: halving finds it.</summary>
    private async Task<bool> AdoptHalvesAsync(Solution next, List<DocumentId> changed)
    {
        var paths = changed.Select(id => next.GetDocument(id)!.FilePath!).Distinct().Order(StringComparer.Ordinal).ToList();
        if (paths.Count == 1)
        {
            _untouchable[paths[0]] = "the fix would break the build of another file";
            return false;
        }

        var any = false;
        foreach (var half in paths.Chunk((paths.Count + 1) / 2))
        {
            var attempt = _current;
            foreach (var path in half)
            {
                foreach (var id in attempt.GetDocumentIdsWithFilePath(path))
                    attempt = attempt.WithDocumentText(id, await next.GetDocument(id)!.GetTextAsync(_cancellationToken).ConfigureAwait(false));
            }

            any |= await AdoptAsync(attempt).ConfigureAwait(false);
        }

        return any;
    }

    private async Task<Solution> RevertedAsync(Solution next, string path)
    {
        foreach (var id in _current.GetDocumentIdsWithFilePath(path))
            next = next.WithDocumentText(id, await _current.GetDocument(id)!.GetTextAsync(_cancellationToken).ConfigureAwait(false), PreservationMode.PreserveIdentity);
        return next;
    }

    /// <summary>The changed files of which the compiler complains more than before; empty where it only does of others, null where it does not.</summary>
    private Dictionary<string, string>? Worsened(ImmutableDictionary<ProjectId, ProjectCheck> checks, Solution next, List<DocumentId> changed)
    {
        var changedPaths = changed.Select(id => next.GetDocument(id)!.FilePath!).ToHashSet(StringComparer.Ordinal);
        var worse = new Dictionary<string, string>(StringComparer.Ordinal);
        var isWorse = false;
        foreach (var (id, check) in checks)
        {
            foreach (var (diagnostic, count) in check.CompilerCounts)
            {
                if (count <= _before[id].CompilerCounts.GetValueOrDefault(diagnostic))
                    continue;
                isWorse = true;
                if (changedPaths.Contains(diagnostic.Path))
                    worse[diagnostic.Path] = $"the fix would bring {diagnostic.Id} in {next.GetProject(id)!.Name}";
            }
        }

        return isWorse ? worse : null;
    }

    private async Task<Solution> ApplyAsync(List<Finding> findings)
    {
        var solution = _current;
        foreach (var provider in Providers)
        {
            // One provider after the other; what the first moved, the next round finds again.
            var mine = findings.Where(finding => provider.FixableDiagnosticIds.Contains(finding.Id)).ToList();
            var documents = new List<(Document Document, ImmutableArray<Diagnostic> Diagnostics)>();
            foreach (var file in mine.GroupBy(static finding => finding.Path, StringComparer.Ordinal))
            {
                // Under another framework the file may have other code: the one with most that was not tried yet.
                var group = file.GroupBy(static finding => finding.Project.Id).OrderByDescending(same => same.Count(finding => !_refusals.ContainsKey(finding.Key))).First();
                if (group.All(finding => _refusals.ContainsKey(finding.Key)) && !_reached.Contains(group.Key))
                    continue;
                var id = group.First().Project.GetDocument(group.First().Diagnostic.Location.SourceTree)?.Id;
                if (id is null || solution.GetDocument(id) is not { } document || !await IsAsItWasAsync(document).ConfigureAwait(false))
                    continue;
                documents.Add((document, group.Select(static finding => finding.Diagnostic).ToImmutableArray()));
            }

            foreach (var (document, _) in documents)
                _progress("Fixing " + document.Name);
            var (next, done, left) = await DocumentFixAllProvider.FixAsync(
                (IDocumentFix)provider,
                solution,
                documents,
                equivalenceKey: null,
                _cancellationToken,
                (document, exception) => document.FilePath is { } path && _untouchable.TryAdd(path, $"the fix failed ({exception.GetType().Name}: {exception.Message})")).ConfigureAwait(false);
            solution = next;
            foreach (var place in left)
                _refusals[(place.Id, place.Location.GetLineSpan().Path, place.Location.SourceSpan.Start, place.Location.SourceSpan.End)] = place.Reason;
            foreach (var place in done)
            {
                if (mine.Find(finding => finding.Id == place.Id && finding.Diagnostic.Location == place.Location) is { } finding)
                    Count(finding, place.Action);
            }
        }

        return solution;
    }

    private async Task<bool> IsAsItWasAsync(Document document)
        => await document.GetTextAsync(_cancellationToken).ConfigureAwait(false) == await _current.GetDocument(document.Id)!.GetTextAsync(_cancellationToken).ConfigureAwait(false);

    private Task<ImmutableDictionary<ProjectId, ProjectCheck>> CheckAsync(Solution solution, IEnumerable<ProjectId> projects)
        => Checker.CheckProjectsAsync(solution, projects, _checkOptions, Checker.AllAnalyzers, _progress, _cancellationToken);

    private bool IsSelected(Finding finding)
        => _unselected.Count == 0 || OriginalLine(finding) is not { } line || !_unselected.Contains((finding.Id, finding.Path, line));

    private LeftFinding Left(Finding finding)
        => new(
            finding.Path,
            finding.Line,
            OriginalLine(finding),
            finding.Id,
            finding.Message,
            ReasonToLeave(finding) ?? (_refusals.TryGetValue(finding.Key, out var reason) ? reason : IsFixable(finding.Id) ? Refusals.Unknown : "the rule has no fix"));

    /// <summary>Why no fix may touch the finding's file; null where one may.</summary>
    private string? ReasonToLeave(Finding finding)
        => !IsFixable(finding.Id) ? "the rule has no fix"
            : ReasonToKeep(finding.Path) ?? (_skipped.Contains(PlaceOf(finding)) ? "it was skipped" : null);

    private (string, string, string) PlaceOf(Finding finding)
        => (finding.Id, finding.Path, OriginalLine(finding)?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? finding.Code);

    /// <summary>Why a file must stay as it is; null where it need not.</summary>
    private string? ReasonToKeep(string path)
    {
        if (_untouchable.TryGetValue(path, out var reason))
            return reason;
        if (!IsBelow(path, _options.Folder) || !File.Exists(path))
            return _untouchable[path] = "the file is generated or lies outside the solution's folder";
        if (SourceFile.IsReadOnly(path))
        {
            _readOnly.Add(path);
            return _untouchable[path] = "the file is read-only";
        }

        // What does not compile has no meaning that could be kept, under whichever framework.
        foreach (var id in _current.GetDocumentIdsWithFilePath(path))
        {
            if (_before.TryGetValue(id.ProjectId, out var check) && check.Broken is not null)
                return _untouchable[path] = $"its project {_current.GetProject(id.ProjectId)!.Name} does not compile";
        }

        return null;
    }

    /// <summary>What was said of a file whose text changed holds no more; of other files in reach, it has to be asked again.</summary>
    private void Forget(string path)
    {
        foreach (var key in _refusals.Keys.Where(key => key.Path == path).ToList())
            _refusals.Remove(key);
    }

    private static bool IsBelow(string path, string folder)
        => path.StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
           && !path.Contains(Path.DirectorySeparatorChar + "obj" + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Those of the projects without the package whose code now uses what is in it.</summary>
    private async Task<ImmutableArray<string>> NeedingPackageAsync(ImmutableHashSet<ProjectId> withoutPackage)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var id in ChangedDocuments(_original, _current).Select(static id => id.ProjectId).Distinct().Where(withoutPackage.Contains))
        {
            var project = _current.GetProject(id)!;
            var compilation = await project.GetCompilationAsync(_cancellationToken).ConfigureAwait(false);
            if (compilation!.GetUsedAssemblyReferences(_cancellationToken).Any(reference => compilation.GetAssemblyOrModuleSymbol(reference)?.Name == RuntimeReference.AssemblyName))
                names.Add(project.Name);
        }

        return names.Distinct().ToImmutableArray();
    }

    private static List<DocumentId> ChangedDocuments(Solution before, Solution after)
        => after.GetChanges(before).GetProjectChanges().SelectMany(static project => project.GetChangedDocuments(onlyGetDocumentsWithTextChanges: true)).ToList();

    private async Task<ImmutableArray<ChangedFile>> ChangedFilesAsync()
    {
        var files = ImmutableArray.CreateBuilder<ChangedFile>();
        foreach (var id in ChangedDocuments(_original, _current).DistinctBy(id => _current.GetDocument(id)!.FilePath))
        {
            var old = await _original.GetDocument(id)!.GetTextAsync(_cancellationToken).ConfigureAwait(false);
            var changed = await _current.GetDocument(id)!.GetTextAsync(_cancellationToken).ConfigureAwait(false);
            if (!old.ContentEquals(changed))
                files.Add(new ChangedFile(_current.GetDocument(id)!.FilePath!, old, changed));
        }

        return files.OrderBy(static file => file.Path, StringComparer.Ordinal).ToImmutableArray();
    }
}
