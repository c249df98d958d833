using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Structured.Cli.Checking;
using Structured.Cli.Files;
using Structured.Cli.Fixing;
using Structured.Cli.Loading;
using Structured.Cli.Reporting;
using Structured.Cli.Text;
using Structured.Concurrency;

namespace Structured.Cli.Commands;

/// <summary>What <c>structured fix</c> was asked for.</summary>
internal sealed record FixRequest(
    string Path,
    CheckOptions Options,
    bool DryRun = false,
    bool Interactive = false,
    string? Verify = null,
    string? Report = null,
    string? Since = null,
    string? Baseline = null,
    bool Force = false,
    bool StopOnError = false);

/// <summary><c>structured fix</c>: rewrites what can be rewritten.</summary>
internal static class FixCommand
{
    public static Command Create()
    {
        var path = SharedOptions.Path();
        var rules = SharedOptions.Rules();
        var preset = SharedOptions.Preset();
        var dryRun = new Option<bool>("--dry-run") { Description = "Show the changes as a unified diff and write nothing." };
        var interactive = new Option<bool>("--interactive", "-i") { Description = "Show each change and ask." };
        var verify = new Option<string?>("--verify") { Description = "Run this command in the solution's folder afterwards, and restore every file if it fails.", HelpName = "command" };
        var report = new Option<string?>("--report") { Description = "Write every place fixed or left alone, and why, to this file (.md or .json).", HelpName = "file" };
        var since = SharedOptions.Since();
        var baseline = SharedOptions.Baseline();
        var force = new Option<bool>("--force") { Description = "Change files that have uncommitted changes, too." };
        var stopOnError = SharedOptions.StopOnError();
        var command = new Command("fix", "Rewrites what can be rewritten without changing what it means. Exit code 0: done, or nothing to do; 1: something was left alone; 2: could not run, or --verify failed; then nothing is changed.")
        {
            path, rules, preset, dryRun, interactive, verify, report, since, baseline, force, stopOnError,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(report) is { } file && Path.GetExtension(file).ToLowerInvariant() is not (".md" or ".json"))
                result.AddError($"--report writes .md or .json, not '{file}'.");
            if (result.GetValue(dryRun) && result.GetValue(verify) is not null)
                result.AddError("--dry-run writes nothing that --verify could run on; leave out one of them.");
        });
        command.SetAction((parsed, token) => RunAsync(
            new FixRequest(
                parsed.GetValue(path)!,
                new CheckOptions(parsed.GetValue(preset) ?? "recommended", parsed.GetValue(preset) is not null, SharedOptions.Ids(parsed.GetValue(rules))),
                parsed.GetValue(dryRun),
                parsed.GetValue(interactive),
                parsed.GetValue(verify),
                parsed.GetValue(report),
                parsed.GetValue(since),
                parsed.GetValue(baseline),
                parsed.GetValue(force),
                parsed.GetValue(stopOnError)),
            token));
        return command;
    }

    public static async Task<int> RunAsync(FixRequest request, CancellationToken cancellationToken, LoadSolution? load = null)
    {
        using var progress = new Progress();
        var folder = SolutionLoader.FolderOf(request.Path);
        var tree = await GitTree.FindAsync(folder, cancellationToken).ConfigureAwait(false);
        var root = tree?.Root ?? folder;
        var selection = await Selection.CreateAsync(folder, request.Since, request.Baseline, cancellationToken).ConfigureAwait(false);
        if (request.DryRun ? ChangeSet.IsInterrupted(root) : false)
            throw new LoadException($"A fix was interrupted while it wrote below '{root}'. Run 'structured fix' without --dry-run: it restores the files before it does anything else.");
        if (!request.DryRun)
            await ToThread.RunAsync(() => Recover(root), cancellationToken: cancellationToken).ConfigureAwait(false);

        var loaded = await (load ?? SolutionLoader.LoadAsync)(request.Path, progress.Say, cancellationToken).ConfigureAwait(false);
        if (request.StopOnError)
            SharedOptions.StopOnErrors(loaded, null);
        var dirty = tree is null || request.Force || request.DryRun ? [] : await tree.DirtyFilesAsync(cancellationToken).ConfigureAwait(false);
        var result = await Fixer.FixAsync(
            loaded.Solution,
            new FixOptions(request.Options, selection, loaded.Folder, request.Interactive ? new ConsoleChooser(progress) : null),
            progress.Say,
            cancellationToken).ConfigureAwait(false);
        progress.Clear();
        cancellationToken.ThrowIfCancellationRequested();
        if (request.StopOnError)
            SharedOptions.StopOnErrors(loaded, result.First);

        var inTheWay = result.Files.Where(file => dirty.Contains(file.Path)).Select(file => "  " + Shown(file.Path, loaded)).ToList();
        if (inTheWay.Count > 0)
            throw new LoadException($"{(inTheWay.Count == 1 ? "A file" : $"{inTheWay.Count} files")} to be changed {(inTheWay.Count == 1 ? "has" : "have")} uncommitted changes, from which the fixes could not be told apart:\n{string.Join('\n', inTheWay)}\nNothing was written. Commit or stash them first, or run again with --force.");

        // Read-only files were found out before, and the others compiled without their fixes.
        var notWritten = result.ReadOnlyFiles.Select(static path => (Path: path, Reason: "it is read-only")).ToList();
        var outcome = request.DryRun ? ShowDiffs(result, loaded) : await WriteAsync(result, loaded, root, request.Verify, notWritten, progress, cancellationToken).ConfigureAwait(false);
        var report = new FixReport(loaded, result, await CheckReport.RootAsync(loaded.Folder, cancellationToken).ConfigureAwait(false), outcome, [.. notWritten]);
        Summarize(report);
        if (request.Report is { } file)
            WriteReport(report, file);
        SharedOptions.Report(loaded, result.First);
        foreach (var (path, reason) in notWritten)
            await Console.Error.WriteLineAsync($"error: {Shown(path, loaded)} was not written: {reason}").ConfigureAwait(false);
        return outcome == Outcome.Restored ? Program.CouldNotRun : result.LeftAlone.Length > 0 || notWritten.Count > 0 ? Program.Findings : Program.Clean;
    }

    /// <summary>Takes back what a run that was killed had begun to write.</summary>
    private static void Recover(string root)
    {
        if (ChangeSet.Recover(root) is not { } recovery)
            return;
        Console.Error.WriteLine($"An earlier run was interrupted while it wrote; {recovery.Restored.Length} file{(recovery.Restored.Length == 1 ? " is" : "s are")} as before it again.");
        foreach (var (path, kept) in recovery.Edited)
            Console.Error.WriteLine($"warning: {Path.GetRelativePath(root, path)} was changed since and stays as it is; what it held before that run is in {Path.GetRelativePath(root, kept)}");
    }

    private static Outcome ShowDiffs(FixResult result, LoadedSolution loaded)
    {
        foreach (var file in result.Files)
            Console.Write(UnifiedDiff.Create(Shown(file.Path, loaded), file.Before.ToString(), file.After.ToString()));
        return Outcome.NotWritten;
    }

    private static async Task<Outcome> WriteAsync(FixResult result, LoadedSolution loaded, string root, string? verify, List<(string Path, string Reason)> notWritten, Progress progress, CancellationToken cancellationToken)
    {
        var changes = await ToThread.RunAsync(() => Encode(result, notWritten, cancellationToken), cancellationToken: cancellationToken).ConfigureAwait(false);
        if (changes.IsEmpty)
            return Outcome.Written;
        using var set = await ToThread.RunAsync(() => ChangeSet.Begin(root), cancellationToken: cancellationToken).ConfigureAwait(false);
        progress.Say("Writing");
        await ToThread.RunAsync(() => set.Apply(changes, cancellationToken), cancellationToken: cancellationToken).ConfigureAwait(false);
        progress.Clear();
        if (verify is not null)
        {
            Console.WriteLine($"Verifying: {verify}");
            int exitCode;
            try
            {
                exitCode = await UserCommand.RunAsync(verify, loaded.Folder, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await ToThread.RunAsync(set.Restore).ConfigureAwait(false);
                throw;
            }

            if (exitCode != 0)
            {
                await ToThread.RunAsync(set.Restore).ConfigureAwait(false);
                Console.Error.WriteLine($"error: '{verify}' ended with exit code {exitCode}; all {changes.Length} files are as they were.");
                if (result.ProjectsWithoutPackage.Length > 0)
                    Console.Error.WriteLine("The fixed code needs the package Structured.Analyzers; add it to the projects below before you verify.");
                return Outcome.Restored;
            }
        }

        set.Commit();
        foreach (var change in changes)
            Console.WriteLine("changed " + Shown(change.Path, loaded));
        return Outcome.Written;
    }

    /// <summary>The new bytes of every file that can be written.</summary>
    private static ImmutableArray<FileChange> Encode(FixResult result, List<(string Path, string Reason)> notWritten, CancellationToken cancellationToken)
    {
        var changes = ImmutableArray.CreateBuilder<FileChange>();
        foreach (var file in result.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var (before, after, refusal) = SourceFile.Encode(file.Path, file.Before, file.After);
                if (refusal is null)
                    changes.Add(new FileChange(file.Path, before, after));
                else
                    notWritten.Add((file.Path, refusal));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                notWritten.Add((file.Path, exception.Message));
            }
        }

        return changes.ToImmutable();
    }

    private static void Summarize(FixReport report)
    {
        var result = report.Result;
        if (result.LeftAlone.Length > 0)
        {
            Console.WriteLine();
            Console.WriteLine("Left alone:");
            foreach (var left in result.LeftAlone)
                Console.WriteLine($"  {Path.GetRelativePath(report.Loaded.Folder, left.Path)}({report.LineOf(left)}): {left.Id}: {left.Reason}");
        }

        Console.WriteLine();
        Console.WriteLine($"{result.Fixed.Length} of {result.Fixed.Length + result.LeftAlone.Length} findings {report.Outcome switch { Outcome.Written => "", Outcome.Restored => "could be ", _ => "would be " }}fixed in {result.Files.Length} file{(result.Files.Length == 1 ? "" : "s")}.");
        TextReport.WriteSelection(result.Selected, Console.Out);
        if (result.Files.Length > 0 && result.ProjectsWithoutPackage.Length > 0)
        {
            Console.WriteLine("The fixed code uses the runtime in the package Structured.Analyzers. These projects do not reference it yet; add it with 'dotnet add package Structured.Analyzers':");
            foreach (var project in result.ProjectsWithoutPackage)
                Console.WriteLine("  " + project);
        }
    }

    private static void WriteReport(FixReport report, string path)
    {
        SharedOptions.WriteFile(path, stream =>
        {
            if (Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase))
            {
                JsonReport.Write(report, stream);
                return;
            }

            using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
            report.WriteMarkdown(writer);
        });
        Console.WriteLine($"Report: {path}");
    }

    private static string Shown(string path, LoadedSolution loaded) => Path.GetRelativePath(loaded.Folder, path).Replace('\\', '/');
}
