using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Structured.Cli.Checking;
using Structured.Cli.Fixing;
using Structured.Cli.Loading;

namespace Structured.Cli.Commands;

/// <summary><c>structured fix</c>: rewrites what can be rewritten.</summary>
internal static class FixCommand
{
    public static Command Create()
    {
        var path = SharedOptions.Path();
        var rules = SharedOptions.Rules();
        var preset = SharedOptions.Preset();
        var dryRun = new Option<bool>("--dry-run") { Description = "Show the changes as a unified diff and write nothing." };
        var command = new Command("fix", "Rewrites what can be rewritten without changing what it means. Exit code 0: done; 1: something was left alone; 2: could not run.") { path, rules, preset, dryRun };
        command.SetAction((parsed, token) => RunAsync(
            parsed.GetValue(path)!,
            new CheckOptions(parsed.GetValue(preset) ?? "recommended", parsed.GetValue(preset) is not null, SharedOptions.Ids(parsed.GetValue(rules))),
            parsed.GetValue(dryRun),
            token));
        return command;
    }

    public static async Task<int> RunAsync(string path, CheckOptions options, bool dryRun, CancellationToken cancellationToken)
    {
        using var progress = new Progress();
        var loaded = await SolutionLoader.LoadAsync(path, progress.Say, cancellationToken).ConfigureAwait(false);
        var result = await Fixer.FixAsync(loaded.Solution, loaded.Folder, options, progress.Say, cancellationToken).ConfigureAwait(false);
        progress.Clear();
        cancellationToken.ThrowIfCancellationRequested();

        var notWritten = new List<string>();
        foreach (var file in result.Files)
        {
            var shown = Path.GetRelativePath(loaded.Folder, file.Path).Replace('\\', '/');
            if (dryRun)
                Console.Write(UnifiedDiff.Create(shown, file.Before.ToString(), file.After.ToString()));
            else if (FileWriter.Write(file.Path, file.Before, file.After) is { } reason)
                notWritten.Add($"{shown} was not written: {reason}");
            else
                Console.WriteLine("changed " + shown);
        }

        if (result.LeftAlone.Length > 0)
        {
            Console.WriteLine();
            Console.WriteLine("Left alone:");
            foreach (var left in result.LeftAlone)
                Console.WriteLine($"  {Path.GetRelativePath(loaded.Folder, left.Path)}({left.Line}): {left.Id}: {left.Reason}");
        }

        Console.WriteLine();
        Console.WriteLine($"{result.FixedCount} of {result.FixedCount + result.LeftAlone.Length} findings {(dryRun ? "would be " : "")}fixed in {result.Files.Length} file{(result.Files.Length == 1 ? "" : "s")}.");
        if (result.Files.Length > 0 && result.ProjectsWithoutPackage.Length > 0)
        {
            Console.WriteLine("The fixed code uses the runtime in the package Structured.Analyzers. These projects do not reference it yet; add it with 'dotnet add package Structured.Analyzers':");
            foreach (var project in result.ProjectsWithoutPackage)
                Console.WriteLine("  " + project);
        }

        SharedOptions.Report(loaded, result.FirstCheck);
        foreach (var line in notWritten)
            Console.Error.WriteLine("error: " + line);
        return result.LeftAlone.Length > 0 || notWritten.Count > 0 ? Program.Findings : Program.Clean;
    }
}
