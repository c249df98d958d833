using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Structured.Cli.Checking;
using Structured.Cli.Files;
using Structured.Cli.Loading;
using Structured.Cli.Reporting;

namespace Structured.Cli.Commands;

/// <summary>What <c>structured check</c> was asked for.</summary>
internal sealed record CheckRequest(
    string Path,
    CheckOptions Options,
    string Format = "text",
    bool Summary = false,
    string? Output = null,
    string? Since = null,
    string? Baseline = null,
    string? WriteBaseline = null,
    bool StopOnError = false);

/// <summary><c>structured check</c>: lists what the rules find.</summary>
internal static class CheckCommand
{
    private const string DefaultBaseline = "structured-baseline.json";

    public static Command Create()
    {
        var path = SharedOptions.Path();
        var rules = SharedOptions.Rules();
        var preset = SharedOptions.Preset();
        var severity = new Option<DiagnosticSeverity>("--severity") { Description = "Leave out findings below this severity: Info, Warning, Error.", DefaultValueFactory = static _ => DiagnosticSeverity.Info };
        var format = new Option<string>("--format") { Description = "text for people, json for scripts, sarif (2.1.0) for code hosts and editors, github for annotations in GitHub Actions.", DefaultValueFactory = static _ => "text" };
        format.AcceptOnlyFromAmong("text", "json", "sarif", "github");
        var summary = new Option<bool>("--summary") { Description = "Only the number of findings per rule and per project." };
        var output = new Option<string?>("--output", "-o") { Description = "Write the findings to this file, and a summary to the terminal.", HelpName = "file" };
        var since = SharedOptions.Since();
        var baseline = SharedOptions.Baseline();
        var writeBaseline = new Option<string?>("--write-baseline") { Description = $"Write the findings as the baseline: to this file, to that of --baseline, or to {DefaultBaseline}.", Arity = ArgumentArity.ZeroOrOne, HelpName = "file" };
        var stopOnError = SharedOptions.StopOnError();
        var command = new Command("check", "Lists findings. Exit code 0: none; 1: some; 2: could not run.") { path, rules, preset, severity, format, summary, output, since, baseline, writeBaseline, stopOnError };
        command.Validators.Add(result =>
        {
            if (result.GetResult(summary) is not null && result.GetValue(summary) && result.GetValue(format) is not (null or "text"))
                result.AddError("--summary is text; leave out --format.");
            if (result.GetResult(writeBaseline) is not null && result.GetValue(since) is not null)
                result.AddError("--write-baseline takes all findings; leave out --since.");
        });
        command.SetAction((parsed, token) => RunAsync(
            new CheckRequest(
                parsed.GetValue(path)!,
                new CheckOptions(parsed.GetValue(preset) ?? "recommended", parsed.GetValue(preset) is not null, SharedOptions.Ids(parsed.GetValue(rules)), parsed.GetValue(severity)),
                parsed.GetValue(format)!,
                parsed.GetValue(summary),
                parsed.GetValue(output),
                parsed.GetValue(since),
                parsed.GetValue(baseline),
                parsed.GetResult(writeBaseline) is null ? null : parsed.GetValue(writeBaseline) ?? parsed.GetValue(baseline) ?? DefaultBaseline,
                parsed.GetValue(stopOnError)),
            token));
        return command;
    }

    public static async Task<int> RunAsync(CheckRequest request, CancellationToken cancellationToken, LoadSolution? load = null)
    {
        using var progress = new Progress();
        var folder = SolutionLoader.FolderOf(request.Path);
        var root = await CheckReport.RootAsync(folder, cancellationToken).ConfigureAwait(false);
        // What is asked for wrongly is said before anything is loaded.
        var selection = await Selection.CreateAsync(folder, request.Since, request.WriteBaseline is null ? request.Baseline : null, cancellationToken).ConfigureAwait(false);
        if (ChangeSet.IsInterrupted(root))
            await Console.Error.WriteLineAsync($"warning: a fix was interrupted while it wrote below '{root}'; 'structured fix' restores the files before it does anything else").ConfigureAwait(false);

        var loaded = await (load ?? SolutionLoader.LoadAsync)(request.Path, progress.Say, cancellationToken).ConfigureAwait(false);
        if (request.StopOnError)
            SharedOptions.StopOnErrors(loaded, null);
        var options = request.Options with { WithCompilerWarning = request.WriteBaseline is not null };
        var result = await Checker.CheckAsync(loaded.Solution, options, progress.Say, cancellationToken).ConfigureAwait(false);
        progress.Clear();
        if (request.StopOnError)
            SharedOptions.StopOnErrors(loaded, result);

        bool IsRuleChecked(string id) => options.Rules?.Contains(id) ?? true;
        bool IsFileChecked(string path) => !loaded.Solution.GetDocumentIdsWithFilePath(path).IsEmpty;
        if (request.WriteBaseline is { } baseline)
        {
            var count = Baseline.Write(baseline, result.Findings, IsRuleChecked, IsFileChecked);
            Console.WriteLine($"{count} finding{(count == 1 ? "" : "s")} written to {baseline}; from now on: structured check --baseline {baseline}");
            SharedOptions.Report(loaded, result);
            return result.AnalyzerFailures.IsEmpty ? Program.Clean : Program.CouldNotRun;
        }

        var selected = selection.Select(result, options, IsFileChecked);
        var exitCode = !result.AnalyzerFailures.IsEmpty ? Program.CouldNotRun : selected.Findings.IsEmpty ? Program.Clean : Program.Findings;
        var report = new CheckReport(loaded, result, selected, root, exitCode);
        if (request.Output is { } output)
        {
            SharedOptions.WriteFile(output, stream => Write(report, request, stream));
            TextReport.WriteSummary(report, withProjects: false, Console.Out);
            Console.WriteLine($"Written to {output}.");
        }
        else if (request.Format == "text")
        {
            TextReport.Write(report, request.Summary, Console.Out);
        }
        else
        {
            using var stream = new MemoryStream();
            Write(report, request, stream);
            await Console.Out.WriteAsync(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length)).ConfigureAwait(false);
        }

        SharedOptions.Report(loaded, result);
        return exitCode;
    }

    private static void Write(CheckReport report, CheckRequest request, Stream stream)
    {
        switch (request.Format)
        {
            case "json":
                JsonReport.Write(report, stream);
                break;
            case "sarif":
                SarifReport.Write(report, stream);
                break;
            default:
                using (var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true))
                {
                    if (request.Format == "github")
                        GitHubReport.Write(report, writer);
                    else
                        TextReport.Write(report, request.Summary, writer);
                }

                break;
        }
    }
}
