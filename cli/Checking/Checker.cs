using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
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

/// <summary>One finding of a rule, in one project.</summary>
internal sealed record Finding(Project Project, Diagnostic Diagnostic)
{
    public string Path => Diagnostic.Location.GetLineSpan().Path;

    public int Line => Diagnostic.Location.GetLineSpan().StartLinePosition.Line + 1;

    public int Column => Diagnostic.Location.GetLineSpan().StartLinePosition.Character + 1;

    public string Message => Diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The same place, whichever target framework or linking project it was found in.</summary>
    public (string, string, int, int) Key => (Diagnostic.Id, Path, Diagnostic.Location.SourceSpan.Start, Diagnostic.Location.SourceSpan.End);
}

/// <summary>What a check found.</summary>
internal sealed record CheckResult(ImmutableArray<Finding> Findings, ImmutableArray<string> AnalyzerFailures, ImmutableArray<string> ProjectsWithErrors);

/// <summary>Runs every rule of the package over a solution.</summary>
internal static class Checker
{
    private static readonly ImmutableArray<DiagnosticAnalyzer> AllAnalyzers = typeof(StructuredAnalyzer).Assembly.GetTypes()
        .Where(static type => !type.IsAbstract && type.GetCustomAttributes(typeof(DiagnosticAnalyzerAttribute), inherit: false).Length > 0)
        .OrderBy(static type => type.Name, StringComparer.Ordinal)
        .Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)
        .ToImmutableArray();

    public static ImmutableHashSet<string> RuleIds { get; } = AllAnalyzers.SelectMany(static analyzer => analyzer.SupportedDiagnostics).Select(static descriptor => descriptor.Id).ToImmutableHashSet();

    /// <summary>What the strict preset makes of each rule.</summary>
    public static ImmutableDictionary<string, ReportDiagnostic> StrictSeverities { get; } = AllAnalyzers.SelectMany(static analyzer => analyzer.SupportedDiagnostics)
        .DistinctBy(static descriptor => descriptor.Id).ToImmutableDictionary(static descriptor => descriptor.Id, Descriptors.StrictSeverity);

    public static async Task<CheckResult> CheckAsync(Solution solution, CheckOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var failures = new List<string>();
        var broken = new List<string>();
        foreach (var project in solution.Projects.OrderBy(static project => project.Name, StringComparer.Ordinal))
        {
            progress("Checking " + project.Name);
            if (await PrepareAsync(project, options, cancellationToken).ConfigureAwait(false) is not { } compilation)
                continue;
            var diagnostics = await AnalyzeAsync(project, compilation, options, cancellationToken).ConfigureAwait(false);
            foreach (var diagnostic in diagnostics)
            {
                if (diagnostic.Id.StartsWith("AD", StringComparison.Ordinal))
                    failures.Add($"{project.Name}: {diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}");
                else if (Counts(diagnostic, options))
                    findings.Add(new Finding(project, diagnostic));
            }

            var errors = compilation.GetDiagnostics(cancellationToken).Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToList();
            if (errors.Count > 0)
                broken.Add($"{project.Name}: {errors.Count} compile error{(errors.Count == 1 ? "" : "s")}, the first: {errors[0]}");
            if (options.WithCompilerWarning)
            {
                findings.AddRange(compilation.GetDiagnostics(cancellationToken)
                    .Where(diagnostic => diagnostic.Id == CompilerWarnings.UnobservedAwaitable && !diagnostic.IsSuppressed && Includes(options, Structured.Analyzers.RuleIds.TaskIsDiscarded) && IsOurs(diagnostic, project))
                    .Select(diagnostic => new Finding(project, diagnostic)));
            }
        }

        return new CheckResult(
            findings.OrderBy(static finding => finding.Path, StringComparer.Ordinal).ThenBy(static finding => finding.Line).ThenBy(static finding => finding.Column).ThenBy(static finding => finding.Diagnostic.Id, StringComparer.Ordinal)
                .DistinctBy(static finding => finding.Key).ToImmutableArray(),
            failures.Distinct().ToImmutableArray(),
            broken.ToImmutableArray());
    }

    private static async Task<Compilation?> PrepareAsync(Project project, CheckOptions options, CancellationToken cancellationToken)
    {
        var compilation = await project.GetCompilationAsync(cancellationToken).ConfigureAwait(false);
        if (compilation is null)
            return null;
        var preset = PresetOptions.Of(project.AnalyzerOptions.AnalyzerConfigOptionsProvider, options.Preset, options.OverridesProjects);
        return compilation.WithOptions(compilation.Options.WithSyntaxTreeOptionsProvider(new RuleSeverities(compilation.Options.SyntaxTreeOptionsProvider, options.Rules, preset)));
    }

    private static Task<ImmutableArray<Diagnostic>> AnalyzeAsync(Project project, Compilation compilation, CheckOptions options, CancellationToken cancellationToken)
    {
        var analyzers = options.Rules is { } rules ? AllAnalyzers.Where(analyzer => analyzer.SupportedDiagnostics.Any(descriptor => rules.Contains(descriptor.Id))).ToImmutableArray() : AllAnalyzers;
        if (analyzers.IsEmpty)
            return Task.FromResult(ImmutableArray<Diagnostic>.Empty);
        var provider = new PresetOptions(project.AnalyzerOptions.AnalyzerConfigOptionsProvider, options.Preset, options.OverridesProjects);
        var analyzed = compilation.WithAnalyzers(
            analyzers,
            new CompilationWithAnalyzersOptions(new AnalyzerOptions(project.AnalyzerOptions.AdditionalFiles, provider), onAnalyzerException: null, concurrentAnalysis: true, logAnalyzerExecutionTime: false, reportSuppressedDiagnostics: false));
        return analyzed.GetAnalyzerDiagnosticsAsync(cancellationToken);
    }

    private static bool Counts(Diagnostic diagnostic, CheckOptions options)
        => diagnostic.Severity >= options.LeastSeverity && diagnostic.Location.IsInSource && Includes(options, diagnostic.Id);

    private static bool Includes(CheckOptions options, string id) => options.Rules is null || options.Rules.Contains(id);

    private static bool IsOurs(Diagnostic diagnostic, Project project)
        => diagnostic.Location.SourceTree is { } tree && project.GetDocument(tree) is { } document && document is not SourceGeneratedDocument;

}
