using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>How a file is laid out: its line ends and its indentation. Fixes write in the file's own style and touch no other line.</summary>
internal sealed class SourceLayout
{
    private const string ConfigureAwait = "ConfigureAwait";

    private readonly SourceText _text;
    private readonly SyntaxNode _root;
    private readonly System.Lazy<string> _configured;

    public SourceLayout(SourceText text, SyntaxNode root)
    {
        _text = text;
        _root = root;
        NewLine = text.Lines.Count > 1 && text.ToString(TextSpan.FromBounds(text.Lines[0].End, text.Lines[0].EndIncludingLineBreak)) is { Length: > 0 } first ? first : "\n";
        Unit = FindUnit();
        _configured = new System.Lazy<string>(FindConfigured);
    }

    public string NewLine { get; }

    /// <summary>One step of indentation.</summary>
    public string Unit { get; }

    /// <summary>What the file puts behind what it awaits: <c>.ConfigureAwait(false)</c>, or nothing.</summary>
    public string Configured => _configured.Value;

    /// <summary>The white space before the first thing on the line of <paramref name="position"/>.</summary>
    public string IndentationAt(int position)
    {
        var line = _text.Lines.GetLineFromPosition(position);
        var end = line.Start;
        while (end < line.End && _text[end] is ' ' or '\t')
            end++;
        return _text.ToString(TextSpan.FromBounds(line.Start, end));
    }

    public bool IsFirstOnLine(int position) => IndentationAt(position).Length == position - _text.Lines.GetLineFromPosition(position).Start;

    /// <summary>Insertions that move the lines of a span one step to the right. What is inside a literal, and directives, keep their column.</summary>
    public IEnumerable<TextChange> Indent(TextSpan span, int exceptLine = -1)
    {
        var first = _text.Lines.GetLineFromPosition(span.Start).LineNumber;
        var last = _text.Lines.GetLineFromPosition(span.End).LineNumber;
        for (var number = first; number <= last; number++)
        {
            var line = _text.Lines[number];
            if (number == exceptLine || IndentationAt(line.Start).Length == line.End - line.Start || _text[line.Start + IndentationAt(line.Start).Length] == '#' || IsInsideLiteral(line.Start))
                continue;
            yield return new TextChange(new TextSpan(line.Start, 0), Unit);
        }
    }

    private bool IsInsideLiteral(int position)
    {
        var token = _root.FindToken(position);
        if (token.Span.Start >= position || token.Span.End <= position)
        {
            // Between the parts of an interpolated string that spans lines.
            return token.Parent?.AncestorsAndSelf().OfType<InterpolatedStringExpressionSyntax>().Any(literal => literal.SpanStart < position && literal.Span.End > position && token.IsKind(SyntaxKind.InterpolatedStringTextToken)) == true;
        }

        return token.IsKind(SyntaxKind.StringLiteralToken) || token.IsKind(SyntaxKind.InterpolatedStringTextToken) || token.Kind().ToString().Contains("RawStringLiteral");
    }

    private string FindConfigured()
    {
        int with = 0, without = 0;
        foreach (var wait in _root.DescendantNodes().OfType<AwaitExpressionSyntax>())
        {
            if (wait.Expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: ConfigureAwait } })
                with++;
            else
                without++;
        }

        return with > 2 * without ? $".{ConfigureAwait}(false)" : "";
    }

    private string FindUnit()
    {
        foreach (var block in _root.DescendantNodes().OfType<BlockSyntax>())
        {
            if (block.Statements.Count == 0 || !IsFirstOnLine(block.OpenBraceToken.SpanStart) || !IsFirstOnLine(block.Statements[0].SpanStart))
                continue;
            var outer = IndentationAt(block.OpenBraceToken.SpanStart);
            var inner = IndentationAt(block.Statements[0].SpanStart);
            if (inner.Length > outer.Length && inner.StartsWith(outer, System.StringComparison.Ordinal))
                return inner.Substring(outer.Length);
        }

        foreach (var line in _text.Lines)
        {
            if (line.End > line.Start && _text[line.Start] == '\t')
                return "\t";
        }

        return "    ";
    }
}
