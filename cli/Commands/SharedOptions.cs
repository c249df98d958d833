using System;
using System.Collections.Immutable;
using System.CommandLine;
using System.Linq;
using Structured.Cli.Checking;
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

    public static ImmutableHashSet<string>? Ids(string? rules)
    {
        if (rules is null)
            return null;
        var ids = rules.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(static id => id.ToUpperInvariant()).ToImmutableHashSet();
        var unknown = ids.Except(Checker.RuleIds);
        if (ids.IsEmpty || !unknown.IsEmpty)
            throw new LoadException($"There is no rule {string.Join(", ", unknown.Order())}; the rules are {string.Join(", ", Checker.RuleIds.Order())}.");
        return ids;
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
            Console.Error.WriteLine($"error: a rule failed, please report it: {failure}");
    }
}
