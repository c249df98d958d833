using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Structured.Cli.Checking;
using Structured.Cli.Commands;

namespace Structured.Cli.Reporting;

/// <summary>SARIF 2.1.0, what code hosts and editors read: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html</summary>
internal static class SarifReport
{
    private const string Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
    private const string SourceRoot = "%SRCROOT%";

    public static void Write(CheckReport report, Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("$schema", Schema);
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        WriteTool(json);
        WriteInvocation(json, report);
        json.WriteStartObject("originalUriBaseIds");
        json.WriteStartObject(SourceRoot);
        json.WriteString("uri", new Uri(report.Root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar).AbsoluteUri);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("columnKind", "utf16CodeUnits");
        json.WriteStartArray("results");
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var finding in report.Findings)
            WriteResult(json, report, finding, seen);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        stream.Write("\n"u8);
    }

    private static void WriteTool(Utf8JsonWriter json)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "structured");
        json.WriteString("version", Version);
        json.WriteString("semanticVersion", Version);
        json.WriteString("informationUri", RulePages.Home);
        json.WriteStartArray("rules");
        foreach (var rule in Checker.Rules)
        {
            json.WriteStartObject();
            json.WriteString("id", rule.Id);
            WriteText(json, "shortDescription", rule.Title.ToString(CultureInfo.InvariantCulture));
            if (rule.Description.ToString(CultureInfo.InvariantCulture) is { Length: > 0 } description)
                WriteText(json, "fullDescription", description);
            json.WriteString("helpUri", rule.HelpLinkUri);
            if (RulePages.Find(rule.Id) is { } page)
            {
                json.WriteStartObject("help");
                json.WriteString("text", $"{rule.Title}. See {rule.HelpLinkUri}");
                json.WriteString("markdown", RulePages.WithoutComments(page));
                json.WriteEndObject();
            }

            json.WriteStartObject("defaultConfiguration");
            json.WriteBoolean("enabled", rule.IsEnabledByDefault);
            json.WriteString("level", Level(rule.DefaultSeverity));
            json.WriteEndObject();
            json.WriteStartObject("properties");
            json.WriteString("category", rule.Category);
            json.WriteStartArray("tags");
            json.WriteStringValue("concurrency");
            json.WriteStringValue("reliability");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteInvocation(Utf8JsonWriter json, CheckReport report)
    {
        json.WriteStartArray("invocations");
        json.WriteStartObject();
        json.WriteBoolean("executionSuccessful", report.ExitCode != Program.CouldNotRun);
        json.WriteNumber("exitCode", report.ExitCode);
        json.WriteStartArray("toolExecutionNotifications");
        foreach (var failure in report.Loaded.Failures)
            WriteNotification(json, "error", $"{report.RelativePath(failure.ProjectPath)} was left out: {failure.Reason}", null);
        foreach (var failure in report.Loaded.Incomplete)
            WriteNotification(json, "warning", $"{report.RelativePath(failure.ProjectPath)}: {failure.Reason}", null);
        foreach (var project in report.Result.ProjectsWithErrors)
            WriteNotification(json, "warning", project.ToString(), null);
        foreach (var failure in report.Result.AnalyzerFailures)
            WriteNotification(json, "error", $"The rule {failure.Rule} failed in {failure.Project}.", failure.Exception);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteNotification(Utf8JsonWriter json, string level, string message, string? exception)
    {
        json.WriteStartObject();
        json.WriteString("level", level);
        WriteText(json, "message", message);
        if (exception is not null)
        {
            json.WriteStartObject("exception");
            json.WriteString("message", exception);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, CheckReport report, Finding finding, Dictionary<string, int> seen)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", finding.Id);
        json.WriteNumber("ruleIndex", Checker.Rules.IndexOf(Checker.Rules.First(rule => rule.Id == finding.Id)));
        json.WriteString("level", Level(finding.Diagnostic.Severity));
        WriteText(json, "message", finding.Message);
        json.WriteStartArray("locations");
        WriteLocation(json, report, finding.Diagnostic.Location, id: null);
        json.WriteEndArray();
        var related = finding.Diagnostic.AdditionalLocations.Where(static location => location.IsInSource).ToList();
        if (related.Count > 0)
        {
            json.WriteStartArray("relatedLocations");
            for (var index = 0; index < related.Count; index++)
                WriteLocation(json, report, related[index], index);
            json.WriteEndArray();
        }

        var same = Baseline.Fingerprint(finding, report.Root, 0);
        seen[same] = seen.GetValueOrDefault(same) + 1;
        json.WriteStartObject("partialFingerprints");
        json.WriteString("structuredFinding/v1", Baseline.Fingerprint(finding, report.Root, seen[same]));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteLocation(Utf8JsonWriter json, CheckReport report, Location location, int? id)
    {
        var span = location.GetLineSpan();
        var path = report.RelativePath(span.Path);
        json.WriteStartObject();
        if (id is { } number)
            json.WriteNumber("id", number);
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        if (Path.IsPathRooted(path))
        {
            json.WriteString("uri", new Uri(path).AbsoluteUri);
        }
        else
        {
            json.WriteString("uri", string.Join('/', path.Split('/').Select(Uri.EscapeDataString)));
            json.WriteString("uriBaseId", SourceRoot);
        }

        json.WriteEndObject();
        json.WriteStartObject("region");
        json.WriteNumber("startLine", span.StartLinePosition.Line + 1);
        json.WriteNumber("startColumn", span.StartLinePosition.Character + 1);
        json.WriteNumber("endLine", span.EndLinePosition.Line + 1);
        json.WriteNumber("endColumn", span.EndLinePosition.Character + 1);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static string Level(DiagnosticSeverity severity)
        => severity switch
        {
            DiagnosticSeverity.Error => "error",
            DiagnosticSeverity.Warning => "warning",
            _ => "note",
        };

    /// <summary>Without what a build adds behind the plus.</summary>
    private static string Version { get; } = (typeof(SarifReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+')[0];
}
