using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Cli.Text;

/// <summary>
/// Follows lines through a change: which line of the text before a line of the text after was. A line that was only indented anew is the same line.
/// </summary>
internal sealed class LineMap
{
    private readonly Dictionary<int, int> _oldOf = [];
    private readonly Dictionary<int, int> _newOf = [];

    public LineMap(SourceText before, SourceText after)
    {
        foreach (var edit in LineDiff.Edits(Lines(before), Lines(after)))
        {
            if (edit.Kind != ' ')
                continue;
            _oldOf[edit.New] = edit.Old;
            _newOf[edit.Old] = edit.New;
        }
    }

    /// <summary>The line before, counted from one; null for a line that the change brought.</summary>
    public int? Before(int line) => _oldOf.TryGetValue(line - 1, out var old) ? old + 1 : null;

    /// <summary>The line after, counted from one; null for a line that the change took away.</summary>
    public int? After(int line) => _newOf.TryGetValue(line - 1, out var now) ? now + 1 : null;

    private static List<string> Lines(SourceText text) => text.Lines.Select(static line => line.ToString().Trim()).ToList();
}
