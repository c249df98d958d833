using System;
using System.Collections.Generic;

namespace Structured.Cli.Text;

/// <summary>One line of an edit script. <c>Old</c> and <c>New</c> count from zero; for a line that only one side has, the other number is where it would stand.</summary>
internal readonly record struct LineEdit(char Kind, int Old, int New);

/// <summary>The shortest edit script between two lists of lines, after Myers, "An O(ND) Difference Algorithm and Its Variations" (1986).</summary>
internal static class LineDiff
{
    /// <summary>Past this many differences the rest counts as replaced whole: the time grows with their square.</summary>
    private const int MostDifferences = 6_000;

    public static List<LineEdit> Edits(IReadOnlyList<string> old, IReadOnlyList<string> changed)
    {
        var prefix = 0;
        while (prefix < old.Count && prefix < changed.Count && old[prefix] == changed[prefix])
            prefix++;
        var suffix = 0;
        while (suffix < old.Count - prefix && suffix < changed.Count - prefix && old[old.Count - 1 - suffix] == changed[changed.Count - 1 - suffix])
            suffix++;

        var edits = new List<LineEdit>(Math.Max(old.Count, changed.Count));
        for (var line = 0; line < prefix; line++)
            edits.Add(new LineEdit(' ', line, line));
        edits.AddRange(Middle(old, changed, prefix, old.Count - suffix, changed.Count - suffix));
        for (var line = 0; line < suffix; line++)
            edits.Add(new LineEdit(' ', old.Count - suffix + line, changed.Count - suffix + line));
        return edits;
    }

    /// <summary>The text in lines, each with its line end.</summary>
    public static List<string> Lines(string text)
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

    private static List<LineEdit> Middle(IReadOnlyList<string> old, IReadOnlyList<string> changed, int start, int oldEnd, int changedEnd)
    {
        int oldCount = oldEnd - start, changedCount = changedEnd - start;
        var most = oldCount + changedCount;
        // Only the diagonals in reach are kept per step: quadratic in the differences, not in the lines.
        var trace = new List<int[]>();
        int[] previous = [0];
        for (var distance = 0; distance <= Math.Min(most, MostDifferences); distance++)
        {
            var furthest = new int[(2 * distance) + 1];
            for (var diagonal = -distance; diagonal <= distance; diagonal += 2)
            {
                var x = distance == 0 ? 0
                    : IsInsertion(previous, diagonal, distance) ? At(previous, diagonal + 1, distance - 1) : At(previous, diagonal - 1, distance - 1) + 1;
                var y = x - diagonal;
                while (x < oldCount && y < changedCount && old[start + x] == changed[start + y])
                {
                    x++;
                    y++;
                }

                furthest[diagonal + distance] = x;
                if (x >= oldCount && y >= changedCount)
                {
                    trace.Add(furthest);
                    return Backtrack(trace, distance, start, oldCount, changedCount);
                }
            }

            trace.Add(furthest);
            previous = furthest;
        }

        var replaced = new List<LineEdit>();
        for (var line = start; line < oldEnd; line++)
            replaced.Add(new LineEdit('-', line, start));
        for (var line = start; line < changedEnd; line++)
            replaced.Add(new LineEdit('+', oldEnd, line));
        return replaced;
    }

    private static List<LineEdit> Backtrack(List<int[]> trace, int distance, int start, int oldCount, int changedCount)
    {
        var edits = new List<LineEdit>();
        int x = oldCount, y = changedCount;
        for (; distance > 0; distance--)
        {
            var previous = trace[distance - 1];
            var diagonal = x - y;
            var from = IsInsertion(previous, diagonal, distance) ? diagonal + 1 : diagonal - 1;
            var fromX = At(previous, from, distance - 1);
            var fromY = fromX - from;
            while (x > fromX && y > fromY)
                edits.Add(new LineEdit(' ', start + --x, start + --y));
            if (x == fromX)
                edits.Add(new LineEdit('+', start + x, start + --y));
            else
                edits.Add(new LineEdit('-', start + --x, start + y));
        }

        while (x > 0)
            edits.Add(new LineEdit(' ', start + --x, start + --y));
        edits.Reverse();
        return edits;
    }

    private static bool IsInsertion(int[] previous, int diagonal, int distance)
        => diagonal == -distance || (diagonal != distance && At(previous, diagonal - 1, distance - 1) < At(previous, diagonal + 1, distance - 1));

    private static int At(int[] furthest, int diagonal, int distance) => furthest[diagonal + distance];
}
