using System.IO;
using Microsoft.CodeAnalysis;

namespace Structured.Cli.Reporting;

/// <summary>GitHub Actions' workflow commands: an annotation on the line of each finding.</summary>
/// <remarks>https://docs.github.com/actions/reference/workflow-commands-for-github-actions</remarks>
internal static class GitHubReport
{
    public static void Write(CheckReport report, TextWriter writer)
    {
        foreach (var finding in report.Findings)
        {
            var command = finding.Diagnostic.Severity switch
            {
                DiagnosticSeverity.Error => "error",
                DiagnosticSeverity.Warning => "warning",
                _ => "notice",
            };
            var place = $"file={Property(report.RelativePath(finding.Path))},line={finding.Line},endLine={finding.EndLine}";
            // Columns only mean something within one line.
            if (finding.Line == finding.EndLine)
                place += $",col={finding.Column},endColumn={finding.EndColumn}";
            writer.Write($"::{command} {place},title={Property($"{finding.Id}: {finding.Diagnostic.Descriptor.Title}")}::{Data(finding.Message)}\n");
        }
    }

    /// <summary>The text behind the second pair of colons.</summary>
    public static string Data(string text) => text.Replace("%", "%25").Replace("\r", "%0D").Replace("\n", "%0A");

    /// <summary>The value of a property, where colons and commas mean something as well.</summary>
    public static string Property(string text) => Data(text).Replace(":", "%3A").Replace(",", "%2C");
}
