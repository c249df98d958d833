using System;
using System.Collections.Generic;
using System.Text;

namespace Structured.Cli.Fixing;

/// <summary>A unified diff of two texts, as <c>patch</c> and <c>git apply</c> read it.</summary>
internal static class UnifiedDiff
{
    private const int ContextLines = 3;

    public static string Create(string path, string before, string after)
    {
        var old = Lines(before);
        var changed = Lines(after);
        var edits = Edits(old, changed);
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
            AppendHunk(text, edits, start, end);
            index = end + 1;
        }

        return text.ToString();
    }

    private static void AppendHunk(StringBuilder text, List<(char Kind, string Line, int Old, int New)> edits, int start, int end)
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
            var line = edits[index].Line;
            text.Append(edits[index].Kind).Append(line);
            if (!line.EndsWith('\n'))
                text.Append("\n\\ No newline at end of file\n");
        }
    }

    private static List<string> Lines(string text)
    {
        var lines = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            lines.Add(text[start..end]);
            start = end;
        }

        return lines;
    }

    /// <summary>The shortest edit script, after Myers, "An O(ND) Difference Algorithm and Its Variations" (1986).</summary>
    private static List<(char Kind, string Line, int Old, int New)> Edits(List<string> old, List<string> changed)
    {
        var most = old.Count + changed.Count;
        var furthest = new int[(2 * most) + 2];
        var trace = new List<int[]>();
        for (var distance = 0; distance <= most; distance++)
        {
            trace.Add((int[])furthest.Clone());
            for (var diagonal = -distance; diagonal <= distance; diagonal += 2)
            {
                var x = diagonal == -distance || (diagonal != distance && furthest[most + diagonal - 1] < furthest[most + diagonal + 1])
                    ? furthest[most + diagonal + 1]
                    : furthest[most + diagonal - 1] + 1;
                var y = x - diagonal;
                while (x < old.Count && y < changed.Count && old[x] == changed[y])
                {
                    x++;
                    y++;
                }

                furthest[most + diagonal] = x;
                if (x >= old.Count && y >= changed.Count)
                    return Backtrack(old, changed, trace, distance, most);
            }
        }

        throw new InvalidOperationException("Two texts always have an edit script.");
    }

    private static List<(char Kind, string Line, int Old, int New)> Backtrack(List<string> old, List<string> changed, List<int[]> trace, int distance, int most)
    {
        var edits = new List<(char, string, int, int)>();
        int x = old.Count, y = changed.Count;
        for (; distance >= 0; distance--)
        {
            var furthest = trace[distance];
            var diagonal = x - y;
            var previous = diagonal == -distance || (diagonal != distance && furthest[most + diagonal - 1] < furthest[most + diagonal + 1]) ? diagonal + 1 : diagonal - 1;
            var previousX = distance == 0 ? 0 : furthest[most + previous];
            var previousY = distance == 0 ? 0 : previousX - previous;
            while (x > previousX && y > previousY)
            {
                x--;
                y--;
                edits.Add((' ', old[x], x, y));
            }

            if (distance == 0)
                break;
            if (x == previousX)
                edits.Add(('+', changed[--y], x, y));
            else
                edits.Add(('-', old[--x], x, y));
        }

        edits.Reverse();
        return edits;
    }
}
