using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Analyzers;
using Structured.Analyzers.Verifiers;

namespace Documentation.Tests;

/// <summary>Every rule has a page, which the help link names; every example of every page compiles and reports exactly what it says.</summary>
public class RulePages
{
    private static readonly string[] Sections = ["## Why", "## Bad", "## Good", "## How to suppress", "## Options"];

    private static readonly ImmutableArray<DiagnosticAnalyzer> AllAnalyzers = typeof(StructuredAnalyzer).Assembly.GetTypes()
        .Where(static type => !type.IsAbstract && typeof(DiagnosticAnalyzer).IsAssignableFrom(type))
        .Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)
        .ToImmutableArray();

    private static readonly ImmutableHashSet<string> Implemented = AllAnalyzers.SelectMany(static analyzer => analyzer.SupportedDiagnostics).Select(static rule => rule.Id).ToImmutableHashSet();

    public static TheoryData<string> Rules() => new(Descriptors.All.Select(static descriptor => descriptor.Id));

    /// <summary>All but those that speak of the configuration, whose examples are no code.</summary>
    public static TheoryData<string> RulesAboutCode() => new(Descriptors.All.Where(static descriptor => descriptor.Category != Categories.Configuration).Select(static descriptor => descriptor.Id));

    public static TheoryData<string> Pages()
        => new(Directory.GetFiles(RepositoryFiles.PathOf("docs"), "*.md", SearchOption.AllDirectories)
            .Select(static file => Path.GetRelativePath(RepositoryFiles.Root, file).Replace('\\', '/'))
            .Append("README.md").Append("CONTRIBUTING.md").Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rules))]
    public void HasAPageThatTheHelpLinkNames(string id)
    {
        var rule = Descriptors.All.Single(descriptor => descriptor.Id == id);
        var page = $"docs/rules/{id}.md";
        Assert.EndsWith("/" + page, rule.HelpLinkUri, StringComparison.Ordinal);
        var lines = RepositoryFiles.Read(page).Split('\n');
        Assert.Equal($"# {id}: {rule.Title}", lines[0]);
        Assert.Equal(Sections, lines.Where(static line => Sections.Contains(line)));
    }

    [Theory]
    [MemberData(nameof(RulesAboutCode))]
    public void ShowsABadExampleAndAGoodOne(string id)
    {
        var examples = MarkdownExamples.Read($"docs/rules/{id}.md");
        Assert.Contains(examples, example => example.ClaimedRules.Contains(id));
        Assert.Contains(examples, static example => !example.ClaimedRules.Any());
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task ExamplesCompileAndReportExactlyWhatTheySay(string page)
    {
        var failures = new List<string>();
        foreach (var example in MarkdownExamples.Read(page))
        {
            if (example.Errors() is { IsEmpty: false } errors)
            {
                failures.Add($"{example} does not compile:\n  {string.Join("\n  ", errors)}");
                continue;
            }

            // A page may show a rule that is off by default.
            var reported = await example.ReportedAsync(AllAnalyzers, example.ClaimedRules);
            var claims = example.Claims.Where(static claim => Implemented.Contains(claim[^6..])).ToImmutableArray();
            if (!reported.SequenceEqual(claims))
                failures.Add($"{example} says:\n  {string.Join("\n  ", example.Claims)}\nbut reported is:\n  {string.Join("\n  ", reported)}");
        }

        Assert.True(failures.Count == 0, string.Join("\n", failures));
    }

    /// <summary>Relative links lead to files that are there.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void LinksLeadSomewhere(string page)
    {
        var folder = Path.GetDirectoryName(RepositoryFiles.PathOf(page))!;
        var broken = Regex.Matches(RepositoryFiles.Read(page), @"\]\((?<target>[^)#\s]+)(#[^)]*)?\)")
            .Select(static match => match.Groups["target"].Value)
            .Where(static target => !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(folder, target)));
        Assert.Empty(broken);
    }
}
