using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Applies changes that were thought of separately.</summary>
internal static class TextEdits
{
    /// <summary>The changed text; null where two changes touch the same characters.</summary>
    public static SourceText? Apply(SourceText text, IEnumerable<TextChange> changes, out ImmutableArray<TextChange> ordered)
    {
        ordered = changes.OrderBy(static change => change.Span.Start).ThenBy(static change => change.Span.End).ToImmutableArray();
        for (var index = 1; index < ordered.Length; index++)
        {
            if (ordered[index].Span.Start < ordered[index - 1].Span.End)
                return null;
        }

        return text.WithChanges(Merged(ordered));
    }

    /// <summary>Where a span is after the changes.</summary>
    public static TextSpan Moved(TextSpan span, ImmutableArray<TextChange> changes)
    {
        int startShift = 0, endShift = 0;
        foreach (var change in changes)
        {
            var shift = change.NewText!.Length - change.Span.Length;
            if (change.Span.End <= span.Start)
                startShift += shift;
            if (change.Span.End < span.End || change.Span.End <= span.Start)
                endShift += shift;
        }

        return TextSpan.FromBounds(span.Start + startShift, span.End + endShift);
    }

    /// <summary>Insertions at one place become one, in their order: a text takes only one change for each position.</summary>
    private static IEnumerable<TextChange> Merged(ImmutableArray<TextChange> changes)
    {
        for (var index = 0; index < changes.Length;)
        {
            var start = changes[index].Span.Start;
            var end = changes[index].Span.End;
            var inserted = changes[index].NewText;
            for (index++; index < changes.Length && changes[index].Span.Start == end && (end == start || changes[index].Span.Start == start); index++)
            {
                inserted += changes[index].NewText;
                end = changes[index].Span.End;
            }

            yield return new TextChange(TextSpan.FromBounds(start, end), inserted!);
        }
    }
}
