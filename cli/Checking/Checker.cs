using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Analyzers;

namespace Structured.Cli.Checking;

/// <summary>What to look for.</summary>
/// <param name="Preset">The preset for projects that do not choose one.</param>
/// <param name="OverridesProjects">Whether it is also for those that do.</param>
/// <param name="Rules">The only rules to report, switched on whatever the configuration says; empty for all that are on.</param>
/// <param name="LeastSeverity">Findings below are left out.</param>
/// <param name="WithCompilerWarning">Whether the compiler's own CS4014 counts as SC1002.</param>
internal sealed record CheckOptions(
    string Preset = "recommended",
    bool OverridesProjects = false,
    ImmutableHashSet<string>? Rules = null,
    DiagnosticSeverity LeastSeverity = DiagnosticSeverity.Info,
    bool WithCompilerWarning = false);

/// <summary>A rule that threw: ours to mend.</summary>
/// <param name="Project">The project it was analysing.</param>
/// <param name="Rule">The rule's class.</param>
/// <param name="Exception">The exception with its stack trace.</param>
internal sealed record AnalyzerFailure(string Project, string Rule, string Exception);

/// <summary>A project that does not compile.</summary>
internal sealed record BrokenProject(string Name, int Errors, string FirstError)
{
    public override string ToString() => $"{Name}: {Errors} compile error{(Errors == 1 ? "" : "s")}, the first: {FirstError}";
}

/// <summary>What the rules and the compiler say of one project.</summary>
/// <param name="Findings">The rules' findings that count.</param>
/// <param name="CompilerCounts">How often the compiler reports each of its errors and warnings in each file.</param>
/// <param name="Broken">Set where the project does not compile.</param>
internal sealed record ProjectCheck(
    ImmutableArray<Finding> Findings,
    ImmutableDictionary<(string Id, string Path), int> CompilerCounts,
    ImmutableArray<AnalyzerFailure> Failures,
    BrokenProject? Broken);

/// <summary>What a check found.</summary>
internal sealed record CheckResult(ImmutableArray<Finding> Findings, ImmutableArray<AnalyzerFailure> AnalyzerFailures, ImmutableArray<BrokenProject> ProjectsWithErrors)
{
    public static CheckResult Of(IEnumerable<ProjectCheck> projects)
    {
        var all = projects.ToList();
        return new CheckResult(
            all.SelectMany(static project => project.Findings)
                .OrderBy(static finding => finding.Path, StringComparer.Ordinal).ThenBy(static finding => finding.Line).ThenBy(static finding => finding.Column).ThenBy(static finding => finding.Id, StringComparer.Ordinal)
                .DistinctBy(static finding => finding.Key).ToImmutableArray(),
            all.SelectMany(static project => project.Failures).Distinct().ToImmutableArray(),
            all.Select(static project => project.Broken).OfType<BrokenProject>().ToImmutableArray());
    }
}

/// <summary>Runs every rule of the package over a solution.</summary>
internal static class Checker
{
    public static ImmutableArray<DiagnosticAnalyzer> AllAnalyzers { get; } = typeof(StructuredAnalyzer).Assembly.GetTypes()
        .Where(static type => !type.IsAbstract && type.GetCustomAttributes(typeof(DiagnosticAnalyzerAttribute), inherit: false).Length > 0)
        .OrderBy(static type => type.Name, StringComparer.Ordinal)
        .Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)
        .ToImmutableArray();

    /// <summary>Every rule that is implemented, in the order of the ids.</summary>
    public static ImmutableArray<DiagnosticDescriptor> Rules { get; } = AllAnalyzers.SelectMany(static analyzer => analyzer.SupportedDiagnostics)
        .DistinctBy(static descriptor => descriptor.Id).OrderBy(static descriptor => descriptor.Id, StringComparer.Ordinal).ToImmutableArray();

    public static ImmutableHashSet<string> RuleIds { get; } = Rules.Select(static descriptor => descriptor.Id).ToImmutableHashSet();

    /// <summary>What the strict preset makes of each rule.</summary>
    public static ImmutableDictionary<string, ReportDiagnostic> StrictSeverities { get; } = Rules.ToImmutableDictionary(static descriptor => descriptor.Id, Descriptors.StrictSeverity);

    public static async Task<CheckResult> CheckAsync(Solution solution, CheckOptions options, Action<string> progress, CancellationToken cancellationToken)
        => CheckResult.Of((await CheckProjectsAsync(solution, solution.ProjectIds, options, AllAnalyzers, progress, cancellationToken).ConfigureAwait(false)).Values);

    /// <summary>Checks some of the projects of a solution.</summary>
    public static async Task<ImmutableDictionary<ProjectId, ProjectCheck>> CheckProjectsAsync(
        Solution solution,
        IEnumerable<ProjectId> projects,
        CheckOptions options,
        ImmutableArray<DiagnosticAnalyzer> analyzers,
        Action<string> progress,
        CancellationToken cancellationToken)
    {
        var checks = ImmutableDictionary.CreateBuilder<ProjectId, ProjectCheck>();
        foreach (var project in projects.Select(id => solution.GetProject(id)!).OrderBy(static project => project.Name, StringComparer.Ordinal))
        {
            progress("Checking " + project.Name);
            if (await CheckProjectAsync(project, options, analyzers, cancellationToken).ConfigureAwait(false) is { } check)
                checks[project.Id] = check;
        }

        return checks.ToImmutable();
    }

    private static async Task<ProjectCheck?> CheckProjectAsync(Project project, CheckOptions options, ImmutableArray<DiagnosticAnalyzer> analyzers, CancellationToken cancellationToken)
    {
        if (await project.GetCompilationAsync(cancellationToken).ConfigureAwait(false) is not { } compilation)
            return null;
        var configuration = project.AnalyzerOptions.AnalyzerConfigOptionsProvider;
        var preset = PresetOptions.Of(configuration, options.Preset, options.OverridesProjects);
        compilation = compilation.WithOptions(compilation.Options.WithSyntaxTreeOptionsProvider(new RuleSeverities(compilation.Options.SyntaxTreeOptionsProvider, options.Rules, preset)));
        var failures = new ConcurrentQueue<AnalyzerFailure>();
        var diagnostics = await DiagnosticsAsync(project, compilation, options, analyzers, failures, cancellationToken).ConfigureAwait(false);

        var findings = ImmutableArray.CreateBuilder<Finding>();
        var counts = new Dictionary<(string, string), int>();
        var errors = new List<Diagnostic>();
        foreach (var diagnostic in diagnostics)
        {
            if (IsOfARule(diagnostic, analyzers))
            {
                if (diagnostic.Severity >= options.LeastSeverity && diagnostic.Location.IsInSource && Includes(options, diagnostic.Id))
                    findings.Add(new Finding(project, diagnostic));
                continue;
            }

            if (diagnostic.IsSuppressed)
                continue;
            if (options.WithCompilerWarning && diagnostic.Id == CompilerWarnings.UnobservedAwaitable && Includes(options, Structured.Analyzers.RuleIds.TaskIsDiscarded) && IsOurs(diagnostic, project))
                findings.Add(new Finding(project, diagnostic));
            if (diagnostic.Severity < DiagnosticSeverity.Warning)
                continue;
            var place = (diagnostic.Id, diagnostic.Location.SourceTree?.FilePath ?? "");
            counts[place] = counts.GetValueOrDefault(place) + 1;
            // A warning that the project treats as an error is a mistake of style, not code whose meaning is unknown.
            if (diagnostic.DefaultSeverity == DiagnosticSeverity.Error)
                errors.Add(diagnostic);
        }

        return new ProjectCheck(
            findings.ToImmutable(),
            counts.ToImmutableDictionary(),
            failures.Distinct().ToImmutableArray(),
            errors.Count == 0 ? null : new BrokenProject(project.Name, errors.Count, errors.OrderBy(static error => error.Location.GetLineSpan().Path, StringComparer.Ordinal).ThenBy(static error => error.Location.SourceSpan.Start).First().ToString()));
    }

    /// <summary>What the compiler and the rules report, in one pass over the code.</summary>
    private static async Task<ImmutableArray<Diagnostic>> DiagnosticsAsync(
        Project project,
        Compilation compilation,
        CheckOptions options,
        ImmutableArray<DiagnosticAnalyzer> analyzers,
        ConcurrentQueue<AnalyzerFailure> failures,
        CancellationToken cancellationToken)
    {
        if (options.Rules is { } rules)
            analyzers = analyzers.Where(analyzer => analyzer.SupportedDiagnostics.Any(descriptor => rules.Contains(descriptor.Id))).ToImmutableArray();
        if (analyzers.IsEmpty)
            return compilation.GetDiagnostics(cancellationToken);
        var provider = new PresetOptions(project.AnalyzerOptions.AnalyzerConfigOptionsProvider, options.Preset, options.OverridesProjects);
        var analyzed = compilation.WithAnalyzers(
            analyzers,
            new CompilationWithAnalyzersOptions(
                new AnalyzerOptions(project.AnalyzerOptions.AdditionalFiles, provider),
                onAnalyzerException: (exception, analyzer, _) => failures.Enqueue(new AnalyzerFailure(project.Name, analyzer.GetType().Name, exception.ToString())),
                concurrentAnalysis: true,
                logAnalyzerExecutionTime: false,
                reportSuppressedDiagnostics: false));
        return await analyzed.GetAllDiagnosticsAsync(cancellationToken).ConfigureAwait(false);
    }

    private static bool IsOfARule(Diagnostic diagnostic, ImmutableArray<DiagnosticAnalyzer> analyzers)
        => !diagnostic.Id.StartsWith("CS", StringComparison.Ordinal) && analyzers.Any(analyzer => analyzer.SupportedDiagnostics.Any(descriptor => descriptor.Id == diagnostic.Id));

    private static bool Includes(CheckOptions options, string id) => options.Rules is null || options.Rules.Contains(id);

    private static bool IsOurs(Diagnostic diagnostic, Project project)
        => diagnostic.Location.SourceTree is { } tree && project.GetDocument(tree) is { } document && document is not SourceGeneratedDocument;
}
