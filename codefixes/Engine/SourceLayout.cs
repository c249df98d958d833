using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>How a file is laid out: its line ends and its indentation. Fixes write in the file's own style and touch no other line.</summary>
internal sealed class SourceLayout
{
    private const string ConfigureAwait = "ConfigureAwait";

    /// <summary>The rules of the SDK and of other packages that ask for <c>ConfigureAwait(false)</c>.</summary>
    private static readonly string[] RulesThatAsk = ["CA2007", "MA0004", "S3216", "VSTHRD111"];

    private static readonly ConditionalWeakTable<Compilation, string> ConfiguredByProject = new();

    private readonly SourceText _text;
    private readonly SyntaxNode _root;
    private readonly Compilation _compilation;
    private readonly System.Lazy<string> _configured;

    public SourceLayout(SourceText text, SyntaxNode root, Compilation compilation)
    {
        _text = text;
        _root = root;
        _compilation = compilation;
        NewLine = text.Lines.Count > 1 && text.ToString(TextSpan.FromBounds(text.Lines[0].End, text.Lines[0].EndIncludingLineBreak)) is { Length: > 0 } first ? first : "\n";
        Unit = FindUnit();
        _configured = new System.Lazy<string>(FindConfigured);
    }

    public string NewLine { get; }

    /// <summary>One step of indentation.</summary>
    public string Unit { get; }

    /// <summary>
    /// What goes behind what is awaited: <c>.ConfigureAwait(false)</c>, or nothing. As the configuration asks that switches a rule for it on, else as the file does
    /// it, and where that awaits nothing, as the project does.
    /// </summary>
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

    /// <summary>Insertions that move the lines of a span one step to the right. What is inside a string keeps its column, and so do directives; those of regions go with the code.</summary>
    public IEnumerable<TextChange> Indent(TextSpan span, int exceptLine = -1)
        => MovableLines(span).Where(line => line.LineNumber != exceptLine).Select(line => new TextChange(new TextSpan(line.Start, 0), Unit));

    /// <summary>Removals that move the lines of a span to the left, where they have those steps; what <see cref="Indent"/> leaves in its column stays there.</summary>
    public IEnumerable<TextChange> Outdent(TextSpan span, int steps)
    {
        var all = string.Concat(Enumerable.Repeat(Unit, steps));
        return MovableLines(span).Where(line => IndentationAt(line.Start).EndsWith(all, System.StringComparison.Ordinal)).Select(line => new TextChange(new TextSpan(line.Start, all.Length), ""));
    }

    /// <summary>
    /// Code of this file, all lines of which but the first (or all, with <paramref name="withFirst"/>) go from one indentation to another; those that begin inside
    /// a string stay as they are.
    /// </summary>
    public string Moved(string code, string from, string to, bool withFirst = false)
    {
        // Lines as the compiler counts them: U+2028 ends one as well.
        var text = SourceText.From(code);
        if (text.Lines.Count == 1 && !withFirst || from == to)
            return code;
        var isFixed = new bool[text.Lines.Count];
        isFixed[0] = !withFirst;
        // An interpolated string is one token here, whatever stands in its holes.
        foreach (var token in SyntaxFactory.ParseTokens(code, options: _root.SyntaxTree.Options as CSharpParseOptions))
        {
            var last = text.Lines.GetLineFromPosition(token.Span.End).LineNumber;
            for (var line = text.Lines.GetLineFromPosition(token.SpanStart).LineNumber + 1; line <= last; line++)
                isFixed[line] = true;
        }

        return string.Concat(text.Lines.Select(line => (Line: text.ToString(line.SpanIncludingLineBreak), Number: line.LineNumber))
            .Select(each => !isFixed[each.Number] && each.Line.StartsWith(from, System.StringComparison.Ordinal) ? to + each.Line.Substring(from.Length) : each.Line));
    }

    /// <summary>Whether a line of the code begins inside a string, so that its first characters are no indentation.</summary>
    public bool HasLineInsideString(SyntaxNode code)
    {
        var last = _text.Lines.GetLineFromPosition(code.Span.End).LineNumber;
        for (var line = _text.Lines.GetLineFromPosition(code.SpanStart).LineNumber + 1; line <= last; line++)
        {
            if (IsInsideString(_text.Lines[line].Start))
                return true;
        }

        return false;
    }

    private IEnumerable<TextLine> MovableLines(TextSpan span)
    {
        var last = _text.Lines.GetLineFromPosition(span.End).LineNumber;
        for (var number = _text.Lines.GetLineFromPosition(span.Start).LineNumber; number <= last; number++)
        {
            var line = _text.Lines[number];
            var indentation = IndentationAt(line.Start).Length;
            if (indentation < line.End - line.Start && (_text[line.Start + indentation] != '#' || indentation > 0 && IsRegion(line.Start + indentation)) && !IsInsideString(line.Start))
                yield return line;
        }
    }

    private bool IsRegion(int position) => _root.FindTrivia(position).GetStructure() is RegionDirectiveTriviaSyntax or EndRegionDirectiveTriviaSyntax;

    /// <summary>No token but a string spans lines. The parts of an interpolated one are tokens of their own; what begins in its holes stays with it.</summary>
    private bool IsInsideString(int lineStart)
    {
        var token = _root.FindToken(lineStart);
        return token.SpanStart < lineStart && token.Span.End > lineStart
               || token.Parent?.AncestorsAndSelf().OfType<InterpolatedStringExpressionSyntax>().Any(literal => literal.SpanStart < lineStart && literal.Span.End > lineStart) == true;
    }

    private string FindConfigured()
    {
        if (RulesThatAsk.Any(IsSwitchedOn))
            return Suffix(true);
        var (with, without) = Count(_root);
        if (with + without > 0)
            return Suffix(with > 2 * without);
        return ConfiguredByProject.GetValue(_compilation, static compilation =>
        {
            int with = 0, without = 0;
            foreach (var tree in compilation.SyntaxTrees)
            {
                var (more, others) = Count(tree.GetRoot());
                with += more;
                without += others;
            }

            return Suffix(with > 2 * without);
        });

        static string Suffix(bool isConfigured) => isConfigured ? $".{ConfigureAwait}(false)" : "";
    }

    /// <summary>Said so in <c>.editorconfig</c> or the project; what a rule does by default does not count.</summary>
    private bool IsSwitchedOn(string rule)
    {
        var options = _compilation.Options;
        if (_root.SyntaxTree is { } tree && options.SyntaxTreeOptionsProvider is { } provider
            && (provider.TryGetDiagnosticValue(tree, rule, default, out var severity) || provider.TryGetGlobalDiagnosticValue(rule, default, out severity)))
        {
            return IsOn(severity);
        }

        return options.SpecificDiagnosticOptions.TryGetValue(rule, out severity) && IsOn(severity);

        static bool IsOn(ReportDiagnostic severity) => severity is ReportDiagnostic.Error or ReportDiagnostic.Warn or ReportDiagnostic.Info;
    }

    private static (int With, int Without) Count(SyntaxNode root)
    {
        int with = 0, without = 0;
        foreach (var wait in root.DescendantNodes().OfType<AwaitExpressionSyntax>())
        {
            if (wait.Expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: ConfigureAwait } })
                with++;
            else
                without++;
        }

        return (with, without);
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
