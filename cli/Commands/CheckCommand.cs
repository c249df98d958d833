using System;
using System.Collections.Immutable;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Structured.Cli.Checking;
using Structured.Cli.Loading;

namespace Structured.Cli.Commands;

/// <summary><c>structured check</c>: lists what the rules find.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var path = SharedOptions.Path();
        var rules = SharedOptions.Rules();
        var preset = SharedOptions.Preset();
        var severity = new Option<DiagnosticSeverity>("--severity") { Description = "Leave out findings below this severity: Info, Warning, Error.", DefaultValueFactory = static _ => DiagnosticSeverity.Info };
        var summary = new Option<bool>("--summary") { Description = "Only the number of findings per rule and per project." };
        var command = new Command("check", "Lists findings. Exit code 0: none; 1: some; 2: could not run.") { path, rules, preset, severity, summary };
        command.SetAction((parsed, token) => RunAsync(
            parsed.GetValue(path)!,
            new CheckOptions(parsed.GetValue(preset) ?? "recommended", parsed.GetValue(preset) is not null, SharedOptions.Ids(parsed.GetValue(rules)), parsed.GetValue(severity)),
            parsed.GetValue(summary),
            token));
        return command;
    }

    public static async Task<int> RunAsync(string path, CheckOptions options, bool summary, CancellationToken cancellationToken)
    {
        using var progress = new Progress();
        var loaded = await SolutionLoader.LoadAsync(path, progress.Say, cancellationToken).ConfigureAwait(false);
        var result = await Checker.CheckAsync(loaded.Solution, options, progress.Say, cancellationToken).ConfigureAwait(false);
        progress.Clear();

        if (!summary)
        {
            foreach (var finding in result.Findings)
                Console.WriteLine($"{Path.GetRelativePath(Environment.CurrentDirectory, finding.Path)}({finding.Line},{finding.Column}): {finding.Diagnostic.Severity.ToString().ToLowerInvariant()} {finding.Diagnostic.Id}: {finding.Message}");
            if (result.Findings.Length > 0)
                Console.WriteLine();
        }

        foreach (var rule in result.Findings.GroupBy(static finding => finding.Diagnostic.Id).OrderBy(static group => group.Key, StringComparer.Ordinal))
            Console.WriteLine($"{rule.Key}  {rule.Count(),5}  {rule.First().Diagnostic.Descriptor.Title}");
        if (summary)
        {
            foreach (var project in result.Findings.GroupBy(static finding => finding.Project.Name).OrderBy(static group => group.Key, StringComparer.Ordinal))
                Console.WriteLine($"{project.Key}: {project.Count()}");
        }

        Console.WriteLine(result.Findings.Length == 0 ? "No findings." : $"{result.Findings.Length} finding{(result.Findings.Length == 1 ? "" : "s")}.");
        SharedOptions.Report(loaded, result);
        return !result.AnalyzerFailures.IsEmpty ? Program.CouldNotRun : result.Findings.IsEmpty ? Program.Clean : Program.Findings;
    }
}
