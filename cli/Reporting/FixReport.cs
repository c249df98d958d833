using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Structured.Cli.Fixing;
using Structured.Cli.Loading;

namespace Structured.Cli.Reporting;

/// <summary>What became of the files.</summary>
internal enum Outcome
{
    /// <summary>A dry run: nothing.</summary>
    NotWritten,

    /// <summary>They were written.</summary>
    Written,

    /// <summary>They were written and restored, because the user's command failed.</summary>
    Restored,
}

/// <summary>Every place that was fixed or left alone.</summary>
/// <param name="NotWritten">Files that should have been written and were not, and why.</param>
internal sealed record FixReport(LoadedSolution Loaded, FixResult Result, string Root, Outcome Outcome, ImmutableArray<(string Path, string Reason)> NotWritten)
{
    public string OutcomeName => Outcome switch { Outcome.Written => "written", Outcome.Restored => "restored", _ => "dryRun" };

    public string RelativePath(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>The line in the file as it is on the disk now.</summary>
    public int LineOf(LeftFinding finding) => Outcome == Outcome.Written ? finding.Line : finding.LineBefore ?? finding.Line;

    public void WriteMarkdown(TextWriter writer)
    {
        var verb = Outcome switch { Outcome.Written => "fixed", Outcome.Restored => "fixed and taken back, because the verifying command failed", _ => "would be fixed" };
        writer.Write($"# structured fix: {Path.GetFileName(Loaded.Path)}\n\n");
        writer.Write($"{Result.Fixed.Length} of {Result.Fixed.Length + Result.LeftAlone.Length} findings {verb}, in {Result.Files.Length} file{(Result.Files.Length == 1 ? "" : "s")}.\n");
        if (Result.Selected.Known > 0)
            writer.Write($"{Result.Selected.Known} more are in the baseline.\n");
        if (Result.Selected.Unchanged > 0)
            writer.Write($"{Result.Selected.Unchanged} more lie in lines that did not change.\n");

        writer.Write("\n| rule | fixed | left alone |\n|---|---|---|\n");
        foreach (var id in Result.Fixed.Select(static each => each.Id).Concat(Result.LeftAlone.Select(static each => each.Id)).Distinct().Order(StringComparer.Ordinal))
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"| {id} | {Result.Fixed.Count(each => each.Id == id)} | {Result.LeftAlone.Count(each => each.Id == id)} |\n"));

        Section(writer, "Fixed", "Lines are those before the fix.", Result.Fixed.Select(static each => (each.Path, each.Line, each.Id, each.Message, each.Action)).ToImmutableArray(), "action");
        Section(writer, "Left alone", null, Result.LeftAlone.Select(each => (each.Path, LineOf(each), each.Id, each.Message, each.Reason)).ToImmutableArray(), "why");
        List(writer, "Not written", NotWritten.Select(each => $"`{RelativePath(each.Path)}`: {each.Reason}").ToImmutableArray());
        List(writer, "Projects that need the package Structured.Analyzers", Result.ProjectsWithoutPackage);
        List(writer, "Projects that were left out", Loaded.Failures.Select(each => $"`{RelativePath(each.ProjectPath)}`: {each.Reason}").ToImmutableArray());
        List(writer, "Projects that do not compile", Loaded.Incomplete.Select(each => $"`{RelativePath(each.ProjectPath)}`: {each.Reason}").Concat(Result.First.ProjectsWithErrors.Select(static each => each.ToString())).ToImmutableArray());
    }

    private void Section(TextWriter writer, string heading, string? remark, ImmutableArray<(string Path, int Line, string Id, string Message, string Why)> places, string why)
    {
        if (places.IsEmpty)
            return;
        writer.Write($"\n## {heading}\n");
        if (remark is not null)
            writer.Write($"\n{remark}\n");
        foreach (var file in places.GroupBy(static place => place.Path))
        {
            writer.Write($"\n### {RelativePath(file.Key)}\n\n| line | rule | finding | {why} |\n|---|---|---|---|\n");
            foreach (var place in file)
                writer.Write($"| {place.Line} | {place.Id} | {Cell(place.Message)} | {Cell(place.Why)} |\n");
        }
    }

    private static void List(TextWriter writer, string heading, ImmutableArray<string> items)
    {
        if (items.IsEmpty)
            return;
        writer.Write($"\n## {heading}\n\n");
        foreach (var item in items)
            writer.Write($"- {item}\n");
    }

    private static string Cell(string text) => new StringBuilder(text).Replace("\r", "").Replace("\n", " ").Replace("|", "\\|").Replace("<", "&lt;").ToString();
}
