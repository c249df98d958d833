using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Code of a delegate as a block that runs in its place.</summary>
internal static class MovedBlock
{
    /// <summary>What a lambda consists of.</summary>
    public static IReadOnlyList<SyntaxNode> Body(AnonymousFunctionExpressionSyntax function) => function.Body is BlockSyntax block ? block.Statements : new SyntaxNode[] { function.Body };

    /// <summary>
    /// A block whose lines are separated by <c>\n</c> and start in the column of its brace; null where the code cannot be taken over, or
    /// <paramref name="rewritten"/> gives no text for a part of it.
    /// </summary>
    public static string? Text(IReadOnlyList<SyntaxNode> body, FunctionDrops drops, Func<SyntaxNode, string?> rewritten)
    {
        var unit = drops.Layout.Unit;
        var lines = new List<string>();
        foreach (var node in body)
        {
            if (node.DescendantNodesAndSelf(static inner => inner is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(static inner => inner is ReturnStatementSyntax or YieldStatementSyntax or GotoStatementSyntax))
                return null;
            if (rewritten(node) is not { } text)
                return null;
            var indentation = drops.Layout.IndentationAt(node.SpanStart);
            var parts = text.Split(["\r\n", "\n"], StringSplitOptions.None);
            if (drops.Layout.HasLineInsideString(node))
                return null;
            for (var index = 0; index < parts.Length; index++)
            {
                var part = index > 0 && parts[index].StartsWith(indentation, StringComparison.Ordinal) ? parts[index].Substring(indentation.Length) : parts[index];
                lines.Add(part.Trim().Length == 0 ? "" : unit + part);
            }

            if (node is ExpressionSyntax)
                lines[lines.Count - 1] += ";";
        }

        return lines.Count == 0 ? null : Of(lines);
    }

    public static string Of(IEnumerable<string> lines) => "\n{\n" + string.Join("\n", lines) + "\n}";
}
