using System;
using System.IO;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;
using Structured.Cli.Fixing;

namespace Structured.Cli.Reporting;

/// <summary>For scripts. The shape is described in docs/cli.md; fields are only ever added.</summary>
internal static class JsonReport
{
    public const int Version = 1;

    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(CheckReport report, Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, Options);
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteString("solution", report.RelativePath(report.Loaded.Path));
        json.WriteNumber("exitCode", report.ExitCode);
        json.WriteStartArray("findings");
        foreach (var finding in report.Findings)
        {
            json.WriteStartObject();
            json.WriteString("id", finding.Id);
            json.WriteString("severity", finding.Severity);
            json.WriteString("message", finding.Message);
            json.WriteString("file", report.RelativePath(finding.Path));
            json.WriteNumber("line", finding.Line);
            json.WriteNumber("column", finding.Column);
            json.WriteNumber("endLine", finding.EndLine);
            json.WriteNumber("endColumn", finding.EndColumn);
            json.WriteString("member", finding.Member);
            json.WriteString("project", finding.Project.Name);
            json.WriteBoolean("fixable", Fixer.IsFixable(finding.Id));
            json.WriteString("help", finding.Diagnostic.Descriptor.HelpLinkUri);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("counts");
        foreach (var rule in report.Findings.GroupBy(static finding => finding.Id).OrderBy(static group => group.Key, StringComparer.Ordinal))
            json.WriteNumber(rule.Key, rule.Count());
        json.WriteEndObject();
        json.WriteNumber("inBaseline", report.Selected.Known);
        json.WriteNumber("inUnchangedLines", report.Selected.Unchanged);
        json.WriteNumber("goneFromBaseline", report.Selected.Gone);
        WriteProblems(json, report.Loaded, report.Result, report.RelativePath);
        json.WriteEndObject();
        json.Flush();
        stream.Write("\n"u8);
    }

    public static void Write(FixReport report, Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, Options);
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteString("solution", report.RelativePath(report.Loaded.Path));
        json.WriteString("outcome", report.OutcomeName);
        json.WriteStartArray("files");
        foreach (var file in report.Result.Files)
            json.WriteStringValue(report.RelativePath(file.Path));
        json.WriteEndArray();
        json.WriteStartArray("fixed");
        foreach (var place in report.Result.Fixed)
        {
            json.WriteStartObject();
            json.WriteString("id", place.Id);
            json.WriteString("file", report.RelativePath(place.Path));
            json.WriteNumber("line", place.Line);
            json.WriteString("message", place.Message);
            json.WriteString("action", place.Action);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("leftAlone");
        foreach (var place in report.Result.LeftAlone)
        {
            json.WriteStartObject();
            json.WriteString("id", place.Id);
            json.WriteString("file", report.RelativePath(place.Path));
            json.WriteNumber("line", report.LineOf(place));
            json.WriteString("message", place.Message);
            json.WriteString("reason", place.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("needPackage");
        foreach (var project in report.Result.ProjectsWithoutPackage)
            json.WriteStringValue(project);
        json.WriteEndArray();
        json.WriteStartArray("notWritten");
        foreach (var (path, reason) in report.NotWritten)
        {
            json.WriteStartObject();
            json.WriteString("file", report.RelativePath(path));
            json.WriteString("reason", reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("inBaseline", report.Result.Selected.Known);
        json.WriteNumber("inUnchangedLines", report.Result.Selected.Unchanged);
        WriteProblems(json, report.Loaded, report.Result.First, report.RelativePath);
        json.WriteEndObject();
        json.Flush();
        stream.Write("\n"u8);
    }

    /// <summary>What kept the answer from being complete.</summary>
    private static void WriteProblems(Utf8JsonWriter json, Loading.LoadedSolution loaded, Checking.CheckResult result, Func<string, string> relativePath)
    {
        json.WriteStartArray("projectsLeftOut");
        foreach (var failure in loaded.Failures)
            WriteProblem(json, relativePath(failure.ProjectPath), failure.Reason);
        json.WriteEndArray();
        json.WriteStartArray("projectsWithErrors");
        foreach (var failure in loaded.Incomplete)
            WriteProblem(json, relativePath(failure.ProjectPath), failure.Reason);
        foreach (var project in result.ProjectsWithErrors)
            WriteProblem(json, project.Name, $"{project.Errors} compile errors, the first: {project.FirstError}");
        json.WriteEndArray();
        json.WriteStartArray("ruleFailures");
        foreach (var failure in result.AnalyzerFailures)
        {
            json.WriteStartObject();
            json.WriteString("project", failure.Project);
            json.WriteString("rule", failure.Rule);
            json.WriteString("exception", failure.Exception);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteProblem(Utf8JsonWriter json, string project, string reason)
    {
        json.WriteStartObject();
        json.WriteString("project", project);
        json.WriteString("reason", reason);
        json.WriteEndObject();
    }
}
