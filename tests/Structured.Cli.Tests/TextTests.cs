using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis.Text;
using Structured.Cli.Loading;
using Structured.Cli.Reporting;
using Structured.Cli.Text;

namespace Structured.Cli.Tests;

/// <summary>Diffs, lines that move, what git says, what code hosts read.</summary>
public class TextTests
{
    /// <summary>Applied to the old lines, the script gives the new ones; and nobody can do with fewer changes than the lengths demand.</summary>
    [Fact]
    public void An_edit_script_leads_from_the_old_lines_to_the_new()
    {
        var random = new Random(42);
        for (var round = 0; round < 300; round++)
        {
            var old = Enumerable.Range(0, random.Next(30)).Select(_ => ((char)('a' + random.Next(4))).ToString()).ToList();
            var changed = old.SelectMany(line => random.Next(6) switch { 0 => Array.Empty<string>(), 1 => [line, "x"], 2 => ["y"], _ => [line] }).ToList();
            var edits = LineDiff.Edits(old, changed);
            Assert.Equal(changed, edits.Where(static edit => edit.Kind != '-').Select(edit => changed[edit.New]));
            Assert.Equal(old, edits.Where(static edit => edit.Kind != '+').Select(edit => old[edit.Old]));
            Assert.All(edits.Where(static edit => edit.Kind == ' '), edit => Assert.Equal(old[edit.Old], changed[edit.New]));
            Assert.Equal(old.Count + changed.Count - (2 * LongestCommon(old, changed)), edits.Count(static edit => edit.Kind != ' '));
        }
    }

    [Fact]
    public void Lines_are_followed_through_a_change_and_new_indentation()
    {
        var map = new LineMap(SourceText.From("a\n  b\nc\nd\n"), SourceText.From("new\na\n{\n      b\n}\nd\n"));
        Assert.Equal([null, 1, null, 2, null, 4], Enumerable.Range(1, 6).Select(map.Before));
        Assert.Equal([2, 4, null, 6], Enumerable.Range(1, 4).Select(map.After));
    }

    [Fact]
    public void The_changed_lines_are_read_from_what_git_prints()
    {
        const string Diff = "diff --git a/src/A.cs b/src/A.cs\nindex 1..2 100644\n--- a/src/A.cs\n+++ b/src/A.cs\n@@ -3 +3,2 @@ class A\n-old\n+new\n++++ b/not/a/header.cs\n@@ -10,2 +11,0 @@\n-gone\n-gone\n"
            + "diff --git a/B.cs b/B.cs\ndeleted file mode 100644\n--- a/B.cs\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
            + "diff --git \"a/sp\\303\\244t.cs\" \"b/sp\\303\\244t.cs\"\n--- \"a/sp\\303\\244t.cs\"\n+++ \"b/sp\\303\\244t.cs\"\n@@ -0,0 +1 @@\n+x\n";
        var changed = ChangedLines.Parse(Diff, static path => "/r/" + path).With(["/r/new.cs"]);
        Assert.True(changed.Touches("/r/src/A.cs", 3, 3));
        Assert.True(changed.Touches("/r/src/A.cs", 4, 9));
        Assert.False(changed.Touches("/r/src/A.cs", 5, 10));
        // Where lines were taken away, those around are what changed.
        Assert.True(changed.Touches("/r/src/A.cs", 11, 11));
        Assert.True(changed.Touches("/r/src/A.cs", 12, 12));
        Assert.False(changed.Touches("/r/src/A.cs", 13, 99));
        Assert.False(changed.Touches("/r/B.cs", 1, 1));
        Assert.False(changed.Touches("/r/not/a/header.cs", 11, 11));
        Assert.True(changed.Touches("/r/spät.cs", 1, 1));
        Assert.True(changed.Touches("/r/new.cs", 1000, 1000));
    }

    [Fact]
    public void What_means_something_in_a_workflow_command_is_escaped()
    {
        Assert.Equal("50%25 of 'a::b', c%0D%0Ad", GitHubReport.Data("50% of 'a::b', c\r\nd"));
        Assert.Equal("a%3Ab%2Cc%25%0A", GitHubReport.Property("a:b,c%\n"));
    }

    [Fact]
    public void A_diff_of_many_changes_stays_cheap()
    {
        var old = string.Concat(Enumerable.Range(0, 20_000).Select(static line => $"line {line}\n"));
        var changed = string.Concat(Enumerable.Range(0, 20_000).Select(static line => line % 10 == 0 ? $"changed {line}\n" : $"line {line}\n"));
        var diff = UnifiedDiff.Create("a.cs", old, changed);
        Assert.Equal(2_000, diff.Split('\n').Count(static line => line.StartsWith("+changed", StringComparison.Ordinal)));
    }

    private static int LongestCommon(List<string> left, List<string> right)
    {
        var lengths = new int[left.Count + 1, right.Count + 1];
        for (var x = 1; x <= left.Count; x++)
        {
            for (var y = 1; y <= right.Count; y++)
                lengths[x, y] = left[x - 1] == right[y - 1] ? lengths[x - 1, y - 1] + 1 : Math.Max(lengths[x - 1, y], lengths[x, y - 1]);
        }

        return lengths[left.Count, right.Count];
    }
}
