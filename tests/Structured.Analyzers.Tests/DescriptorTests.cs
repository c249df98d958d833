using System;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers.Tests;

/// <summary>What holds for every rule. What its page and the release notes say of it is held in Documentation.Tests.</summary>
public class DescriptorTests
{
    public static TheoryData<string> Rules() => new(Descriptors.All.Select(static rule => rule.Id));

    [Fact]
    public void EveryIdHasOneRuleInTheOrderOfTheIds()
        => Assert.Equal(typeof(RuleIds).GetFields().Select(static field => (string)field.GetRawConstantValue()!).Order(StringComparer.Ordinal), Descriptors.All.Select(static rule => rule.Id));

    [Theory]
    [MemberData(nameof(Rules))]
    public void IsToldInFull(string id)
    {
        var rule = Descriptors.All.Single(each => each.Id == id);
        Assert.Matches("^['A-Za-z]", rule.Title.ToString());
        Assert.NotEmpty(rule.MessageFormat.ToString());
        Assert.Matches("^['A-Z].*\\.$", rule.Description.ToString());
        Assert.EndsWith("/docs/rules/" + id + ".md", rule.HelpLinkUri, StringComparison.Ordinal);
        Assert.Equal(
            id[2] switch
            {
                '0' => "Structured.Configuration: configuration",
                '1' => "Structured.Escaping: concurrency reliability",
                '2' => "Structured.Cancellation: concurrency cancellation",
                '3' => "Structured.Blocking: concurrency performance",
                _ => "Structured.Usage: concurrency reliability",
            },
            rule.Category + ": " + string.Join(" ", rule.CustomTags.Take(id[2] == '0' ? 1 : 2)));
    }

    /// <summary>What is on by default is at least as severe under the strict preset, where every rule is on.</summary>
    [Theory]
    [MemberData(nameof(Rules))]
    public void TheStrictPresetIsStricter(string id)
    {
        var rule = Descriptors.All.Single(each => each.Id == id);
        var (recommended, strict) = (Descriptors.RecommendedSeverity(rule), Descriptors.StrictSeverity(rule));
        Assert.Equal(rule.IsEnabledByDefault, recommended != ReportDiagnostic.Suppress);
        Assert.True(strict is ReportDiagnostic.Error or ReportDiagnostic.Warn or ReportDiagnostic.Info);
        // Errors come before warnings, warnings before suggestions, and those before what is off.
        Assert.True(recommended == ReportDiagnostic.Suppress || strict <= recommended);
    }

    [Theory]
    [InlineData("SC1001", "Warn Error")]
    [InlineData("SC1004", "Info Error")]
    [InlineData("SC1008", "Suppress Info")]
    public void TheSeveritiesOf(string id, string expected)
    {
        var rule = Descriptors.All.Single(each => each.Id == id);
        Assert.Equal(expected, Descriptors.RecommendedSeverity(rule) + " " + Descriptors.StrictSeverity(rule));
    }
}
