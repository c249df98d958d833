using System.Collections.Generic;
using System.Linq;
using Structured.Analyzers;
using Structured.Analyzers.Verifiers;

namespace Documentation.Tests;

/// <summary>The release-tracking files list every rule of the table, with its category and severity.</summary>
public class ReleaseTracking
{
    [Fact]
    public void EveryRuleIsTracked()
    {
        var wanted = Descriptors.All.Select(static rule => $"{rule.Id} | {rule.Category} | {(rule.IsEnabledByDefault ? rule.DefaultSeverity.ToString() : "Disabled")} | {rule.Title}");
        Assert.Equal(wanted, Tracked().Order());
    }

    private static IEnumerable<string> Tracked()
        => new[] { "analyzers/AnalyzerReleases.Shipped.md", "analyzers/AnalyzerReleases.Unshipped.md" }
            .SelectMany(static path => RepositoryFiles.Read(path).Split('\n'))
            .Where(static line => line.StartsWith("SC", System.StringComparison.Ordinal))
            .Select(static line => string.Join(" | ", line.Split('|').Select(static cell => cell.Trim())));
}
