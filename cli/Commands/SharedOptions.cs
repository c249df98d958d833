using System;
using System.Collections.Immutable;
using System.CommandLine;
using System.IO;
using System.Linq;
using Structured.Cli.Checking;
using Structured.Cli.Files;
using Structured.Cli.Loading;

namespace Structured.Cli.Commands;

/// <summary>Options that several commands take, and what they all say at the end.</summary>
internal static class SharedOptions
{
    public static Argument<string> Path()
        => new("path") { Description = "A solution, a project, or a folder that holds one.", DefaultValueFactory = static _ => "." };

    public static Option<string?> Rules() => new("--rules") { Description = "Only these rules, separated by commas; a rule that is named is switched on." };

    public static Option<string?> Preset()
    {
        var option = new Option<string?>("--preset") { Description = "recommended or strict; for projects that reference the package, instead of what they chose." };
        option.AcceptOnlyFromAmong("recommended", "strict");
        return option;
    }

    public static Option<string?> Since()
        => new("--since") { Description = "Only findings in lines that changed since this git revision (since the histories parted, for a branch).", HelpName = "revision" };

    public static Option<string?> Baseline()
        => new("--baseline") { Description = "Leave out the findings in this file, which 'structured check --write-baseline' wrote.", HelpName = "file" };

    public static Option<bool> StopOnError()
        => new("--stop-on-error") { Description = "Stop when a project does not load or does not compile, instead of going on with the others." };

    public static ImmutableHashSet<string>? Ids(string? rules)
    {
        if (rules is null)
            return null;
        var ids = rules.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(static id => id.ToUpperInvariant()).ToImmutableHashSet();
        var unknown = ids.Except(Checker.RuleIds);
        if (ids.IsEmpty)
            throw new LoadException("--rules names no rule; 'structured explain' lists those there are.");
        if (!unknown.IsEmpty)
            throw new LoadException($"There is no rule {string.Join(", ", unknown.Order())}; the rules are {string.Join(", ", Checker.RuleIds.Order())}.");
        return ids;
    }

    /// <summary>With <c>--stop-on-error</c>, the first thing that is wrong ends the command.</summary>
    public static void StopOnErrors(LoadedSolution loaded, CheckResult? result)
    {
        if (!loaded.Failures.IsEmpty)
            throw new LoadException($"{loaded.Failures[0].ProjectPath} does not load: {loaded.Failures[0].Reason}");
        if (!loaded.Incomplete.IsEmpty)
            throw new LoadException($"{loaded.Incomplete[0].ProjectPath}: {loaded.Incomplete[0].Reason}");
        if (result is { ProjectsWithErrors.IsEmpty: false })
            throw new LoadException($"{result.ProjectsWithErrors[0]}");
    }

    /// <summary>What kept the answer from being complete.</summary>
    public static void Report(LoadedSolution loaded, CheckResult result)
    {
        foreach (var failure in loaded.Failures)
            Console.Error.WriteLine($"warning: {failure.ProjectPath} was left out: {failure.Reason}");
        foreach (var incomplete in loaded.Incomplete)
            Console.Error.WriteLine($"warning: {incomplete.ProjectPath}: {incomplete.Reason}");
        foreach (var project in result.ProjectsWithErrors)
            Console.Error.WriteLine($"warning: {project}; findings there may be incomplete");
        foreach (var failure in result.AnalyzerFailures)
        {
            Console.Error.WriteLine($"error: the rule {failure.Rule} failed in {failure.Project} and its findings there are missing; please report this:");
            Console.Error.WriteLine("  " + failure.Exception.ReplaceLineEndings(Environment.NewLine + "  "));
        }
    }

    /// <summary>Writes a report to a file that is then there as a whole.</summary>
    public static void WriteFile(string path, Action<Stream> write)
    {
        var full = System.IO.Path.GetFullPath(path);
        using var content = new MemoryStream();
        write(content);
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
            Disk.WriteWhole(full, content.GetBuffer().AsSpan(0, (int)content.Length));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LoadException($"'{path}' cannot be written: {exception.Message}");
        }
    }
}
