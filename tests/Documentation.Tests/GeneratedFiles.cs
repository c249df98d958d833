using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Structured.Analyzers;
using Structured.Analyzers.Verifiers;

namespace Documentation.Tests;

/// <summary>
/// Files of the repository that follow from the table of descriptors. A stale one fails; <c>UPDATE_GENERATED_FILES=1 dotnet test tests/Documentation.Tests</c>
/// writes them anew.
/// </summary>
public class GeneratedFiles
{
    private static readonly (string Category, string Heading)[] Bands =
    [
        (Categories.Configuration, "SC0xxx – options"),
        (Categories.Escaping, "SC1xxx – tasks that escape"),
        (Categories.Cancellation, "SC2xxx – cancellation and checkpoints"),
        (Categories.Blocking, "SC3xxx – blocking"),
        (Categories.Usage, "SC4xxx – using the runtime well"),
    ];

    [Fact]
    public void TheTableOfRules() => IsUpToDate("docs/rules/README.md", RuleTable());

    [Fact]
    public void TheStrictPreset() => IsUpToDate("package/presets/Structured.Analyzers.strict.globalconfig", StrictPreset());

    [Fact]
    public void EveryRuleIsInABand() => Assert.Empty(Descriptors.All.Where(static descriptor => Bands.All(band => band.Category != descriptor.Category)));

    private static string RuleTable()
    {
        var fixable = FixableRules();
        var text = new StringBuilder();
        text.Append("""
            # Rules

            <!-- Generated from the table of descriptors; see CONTRIBUTING.md. -->

            The build property `StructuredConcurrency` chooses the preset: `recommended` (the default), `strict`, which makes "no task outlives its scope,
            nothing blocks, everything can be cancelled" a condition of building, or `off`.
            E is an error, W a warning, I a suggestion, – off. Any severity can be changed in `.editorconfig`: `dotnet_diagnostic.SC1001.severity = error`.

            """.ReplaceLineEndings("\n"));
        foreach (var (category, heading) in Bands)
        {
            var rules = Descriptors.All.Where(descriptor => descriptor.Category == category).ToList();
            if (rules.Count == 0)
                continue;
            text.Append("\n## ").Append(heading).Append("\n\n| id | title | recommended | strict | fix |\n|---|---|---|---|---|\n");
            foreach (var rule in rules)
            {
                text.Append($"| [{rule.Id}]({rule.Id}.md) | {rule.Title} | {Letter(Descriptors.RecommendedSeverity(rule))} | {Letter(Descriptors.StrictSeverity(rule))} | {(fixable.Contains(rule.Id) ? "yes" : "")} |\n");
            }
        }

        return text.ToString();
    }

    private static string StrictPreset()
    {
        var text = new StringBuilder();
        text.Append("""
            # The strict preset. Generated from the table of descriptors.
            # Of the lowest level: a project's own .editorconfig and .globalconfig files win.
            is_global = true
            global_level = -100

            structured_concurrency.checkpoint_strictness = cancel

            # An awaitable call that is not awaited, the compiler's own warning.
            dotnet_diagnostic.CS4014.severity = error


            """.ReplaceLineEndings("\n"));
        foreach (var rule in Descriptors.All)
            text.Append("# ").Append(rule.Title).Append("\ndotnet_diagnostic.").Append(rule.Id).Append(".severity = ").Append(Word(Descriptors.StrictSeverity(rule))).Append("\n\n");
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static ImmutableHashSet<string> FixableRules()
        => Assembly.Load("Structured.Analyzers.CodeFixes").GetTypes()
            .Where(static type => !type.IsAbstract && type.GetCustomAttribute<ExportCodeFixProviderAttribute>() is not null)
            .SelectMany(static type => ((CodeFixProvider)Activator.CreateInstance(type)!).FixableDiagnosticIds)
            .ToImmutableHashSet();

    private static string Letter(ReportDiagnostic severity)
        => severity switch
        {
            ReportDiagnostic.Error => "E",
            ReportDiagnostic.Warn => "W",
            ReportDiagnostic.Info => "I",
            _ => "–",
        };

    private static string Word(ReportDiagnostic severity)
        => severity switch
        {
            ReportDiagnostic.Error => "error",
            ReportDiagnostic.Warn => "warning",
            ReportDiagnostic.Info => "suggestion",
            _ => "none",
        };

    private static void IsUpToDate(string path, string wanted)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_GENERATED_FILES") == "1")
            File.WriteAllText(RepositoryFiles.PathOf(path), wanted);
        Assert.True(
            File.Exists(RepositoryFiles.PathOf(path)) && RepositoryFiles.Read(path) == wanted,
            $"{path} is stale. Run: UPDATE_GENERATED_FILES=1 dotnet test tests/Documentation.Tests");
    }
}
