using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>An <c>if</c> in front of what takes the place of a statement.</summary>
internal static class Guard
{
    /// <param name="condition">What has to hold.</param>
    /// <param name="kept">The code of the statement that stays; its lines move one step to the right.</param>
    /// <param name="site">Whose statement it is.</param>
    /// <param name="drops">The document.</param>
    /// <param name="changes">The changes to add to.</param>
    /// <returns>The text to put before the statement; null where no <c>if</c> can stand, or where it would take the <c>else</c> of another.</returns>
    public static string? Before(string condition, TextSpan kept, DropSite site, FunctionDrops drops, List<TextChange> changes)
    {
        if (site.Owner is not StatementSyntax statement || statement.GetLastToken().GetNextToken().IsKind(SyntaxKind.ElseKeyword))
            return null;
        var layout = drops.Layout;
        if (!layout.IsFirstOnLine(site.Start))
            return $"if ({condition}) ";
        changes.AddRange(layout.Indent(kept, exceptLine: drops.Text.Lines.GetLineFromPosition(kept.Start).LineNumber));
        return $"if ({condition}){layout.NewLine}{layout.IndentationAt(site.Start)}{layout.Unit}";
    }
}
