using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Structured.Cli.Checking;

namespace Structured.Cli.Reporting;

/// <summary>For people: a line for each finding, as compilers print them, and how many there are of each rule.</summary>
internal static class TextReport
{
    public static void Write(CheckReport report, bool summary, TextWriter writer)
    {
        if (!summary)
        {
            foreach (var finding in report.Findings)
                writer.WriteLine($"{Path.GetRelativePath(Environment.CurrentDirectory, finding.Path)}({finding.Line},{finding.Column}): {finding.Severity} {finding.Id}: {finding.Message}");
            if (report.Findings.Length > 0)
                writer.WriteLine();
        }

        WriteSummary(report, withProjects: summary, writer);
    }

    public static void WriteSummary(CheckReport report, bool withProjects, TextWriter writer)
    {
        foreach (var rule in report.Findings.GroupBy(static finding => finding.Id).OrderBy(static group => group.Key, StringComparer.Ordinal))
            writer.WriteLine($"{rule.Key}  {rule.Count(),5}  {rule.First().Diagnostic.Descriptor.Title.ToString(CultureInfo.InvariantCulture)}");
        if (withProjects)
        {
            foreach (var project in report.Findings.GroupBy(static finding => Path.GetFileNameWithoutExtension(finding.Project.FilePath) ?? finding.Project.Name).OrderBy(static group => group.Key, StringComparer.Ordinal))
                writer.WriteLine($"{project.Key}: {project.Count()}");
        }

        writer.WriteLine(report.Findings.Length == 0 ? "No findings." : $"{report.Findings.Length} finding{(report.Findings.Length == 1 ? "" : "s")}.");
        WriteSelection(report.Selected, writer);
    }

    public static void WriteSelection(Selected selected, TextWriter writer)
    {
        if (selected.Known > 0)
            writer.WriteLine($"{selected.Known} more {(selected.Known == 1 ? "is" : "are")} in the baseline.");
        if (selected.Unchanged > 0)
            writer.WriteLine($"{selected.Unchanged} more {(selected.Unchanged == 1 ? "lies" : "lie")} in lines that did not change.");
        if (selected.Gone > 0)
            writer.WriteLine($"{selected.Gone} finding{(selected.Gone == 1 ? "" : "s")} of the baseline {(selected.Gone == 1 ? "is" : "are")} gone: --write-baseline takes {(selected.Gone == 1 ? "it" : "them")} out.");
    }
}
