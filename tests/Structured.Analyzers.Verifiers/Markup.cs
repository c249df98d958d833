using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.Verifiers;

/// <summary>
/// Test sources with places marked in them: <c>[|…|]</c> for the rule under test, <c>{|ID:…|}</c> for a named one, <c>{|#0:…|}</c> for a place that an
/// expectation refers to, <c>$$</c> for a position.
/// </summary>
internal sealed class Markup
{
    private Markup(string text, ImmutableArray<(string? Id, TextSpan Span)> spans, ImmutableDictionary<string, TextSpan> places)
    {
        Text = text;
        Spans = spans;
        Places = places;
    }

    public string Text { get; }

    /// <summary>The marked spans; the id is null for the rule under test.</summary>
    public ImmutableArray<(string? Id, TextSpan Span)> Spans { get; }

    /// <summary>The numbered places, by their name (<c>#0</c>).</summary>
    public ImmutableDictionary<string, TextSpan> Places { get; }

    public static Markup Parse(string source)
    {
        var text = new StringBuilder(source.Length);
        var open = new Stack<(string? Id, int Start, bool IsBrace)>();
        var spans = ImmutableArray.CreateBuilder<(string?, TextSpan)>();
        var places = ImmutableDictionary.CreateBuilder<string, TextSpan>();
        for (var index = 0; index < source.Length; index++)
        {
            var rest = source.AsSpan(index);
            if (rest.StartsWith("[|", StringComparison.Ordinal) && !rest.StartsWith("[||]", StringComparison.Ordinal))
            {
                open.Push((null, text.Length, false));
                index++;
            }
            else if (rest.StartsWith("{|", StringComparison.Ordinal) && NameAt(source, index + 2) is { } name)
            {
                open.Push((name, text.Length, true));
                index += 2 + name.Length;
            }
            else if ((rest.StartsWith("|]", StringComparison.Ordinal) && open.Count > 0 && !open.Peek().IsBrace) || (rest.StartsWith("|}", StringComparison.Ordinal) && open.Count > 0 && open.Peek().IsBrace))
            {
                var (id, start, _) = open.Pop();
                var span = TextSpan.FromBounds(start, text.Length);
                if (id is not null && id.StartsWith('#'))
                    places.Add(id, span);
                else
                    spans.AddRange(((string?[])(id?.Split(',') ?? [null!])).Select(each => (each?.Trim(), span)));
                index++;
            }
            else if (rest.StartsWith("$$", StringComparison.Ordinal))
            {
                index++;
            }
            else
            {
                text.Append(source[index]);
            }
        }

        if (open.Count > 0)
            throw new InvalidOperationException("The markup opens a span that it does not close:\n" + source);
        return new Markup(text.ToString(), spans.ToImmutable(), places.ToImmutable());
    }

    private static string? NameAt(string source, int start)
    {
        var end = start;
        while (end < source.Length && (char.IsLetterOrDigit(source[end]) || source[end] is '#' or ',' or ' ' or '_'))
            end++;
        return end > start && end < source.Length && source[end] == ':' ? source[start..end] : null;
    }
}
