using System;
using System.Text;

namespace Structured.Analyzers.Verifiers;

/// <summary>Shows where two texts part, for messages.</summary>
internal static class LineDiff
{
    public static string Of(string expected, string actual)
    {
        var wanted = expected.Split('\n');
        var found = actual.Split('\n');
        var start = 0;
        while (start < wanted.Length && start < found.Length && wanted[start] == found[start])
            start++;
        var end = 0;
        while (end < wanted.Length - start && end < found.Length - start && wanted[wanted.Length - 1 - end] == found[found.Length - 1 - end])
            end++;
        var text = new StringBuilder();
        for (var line = Math.Max(0, start - 3); line < start; line++)
            text.Append("  ").AppendLine(Shown(wanted[line]));
        for (var line = start; line < wanted.Length - end; line++)
            text.Append("- ").AppendLine(Shown(wanted[line]));
        for (var line = start; line < found.Length - end; line++)
            text.Append("+ ").AppendLine(Shown(found[line]));
        return text.ToString();
    }

    private static string Shown(string line) => line.Replace("\r", "␍", StringComparison.Ordinal).Replace("\t", "→", StringComparison.Ordinal);
}
