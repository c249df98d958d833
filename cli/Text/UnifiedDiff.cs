using System;
using System.Collections.Generic;
using System.Text;

namespace Structured.Cli.Text;

/// <summary>A unified diff of two texts, as <c>patch</c> and <c>git apply</c> read it.</summary>
internal static class UnifiedDiff
{
    private const int ContextLines = 3;

    public static string Create(string path, string before, string after)
    {
        var old = LineDiff.Lines(before);
        var changed = LineDiff.Lines(after);
        var edits = LineDiff.Edits(old, changed);
        var text = new StringBuilder().Append("--- a/").Append(path).Append('\n').Append("+++ b/").Append(path).Append('\n');
        for (var index = 0; index < edits.Count;)
        {
            if (edits[index].Kind == ' ')
            {
                index++;
                continue;
            }

            // A hunk reaches from three lines before a change to three lines after the last one that is near it.
            var start = Math.Max(0, index - ContextLines);
            var end = index;
            for (var next = index; next < edits.Count && next - end <= 2 * ContextLines; next++)
            {
                if (edits[next].Kind != ' ')
                    end = next;
            }

            end = Math.Min(edits.Count - 1, end + ContextLines);
            AppendHunk(text, edits, old, changed, start, end);
            index = end + 1;
        }

        return text.ToString();
    }

    private static void AppendHunk(StringBuilder text, List<LineEdit> edits, List<string> old, List<string> changed, int start, int end)
    {
        int oldCount = 0, newCount = 0;
        for (var index = start; index <= end; index++)
        {
            oldCount += edits[index].Kind != '+' ? 1 : 0;
            newCount += edits[index].Kind != '-' ? 1 : 0;
        }

        text.Append("@@ -").Append(edits[start].Old + (oldCount > 0 ? 1 : 0)).Append(',').Append(oldCount).Append(" +").Append(edits[start].New + (newCount > 0 ? 1 : 0)).Append(',').Append(newCount).Append(" @@\n");
        for (var index = start; index <= end; index++)
        {
            var edit = edits[index];
            var line = edit.Kind == '+' ? changed[edit.New] : old[edit.Old];
            text.Append(edit.Kind).Append(line);
            if (!line.EndsWith('\n'))
                text.Append("\n\\ No newline at end of file\n");
        }
    }
}
