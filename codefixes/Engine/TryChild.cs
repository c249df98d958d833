using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>A dropped call as a child that awaits it in a <c>try</c>, together with what was said about its outcome.</summary>
internal static class TryChild
{
    /// <summary>Why the statement of a site cannot become such a child; null where it can.</summary>
    public static string? Refusal(DropSite site, string what, FunctionDrops drops)
    {
        if (site.Owner is not StatementSyntax { Parent: BlockSyntax or GlobalStatementSyntax } || !drops.Layout.IsFirstOnLine(site.Owner.SpanStart))
            return $"{what} stands where no 'try' can take its place";
        if (site.Expression.DescendantTrivia().Any(static trivia => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia) || trivia.IsDirective))
            return $"{what} is written in a way that no 'try' keeps";
        return StartCall.WouldMiss(drops, site);
    }

    /// <param name="drops">The document.</param>
    /// <param name="site">What to start.</param>
    /// <param name="nursery">How the code names the nursery.</param>
    /// <param name="outerToken">A token the nursery is linked to.</param>
    /// <param name="configured">What stands behind the awaited call.</param>
    /// <param name="tail">The <c>catch</c> or <c>finally</c>, its lines separated by <c>\n</c>, given the name of the token of the child.</param>
    /// <param name="usesToken">Whether that looks at the token.</param>
    /// <param name="cancellationToken">Cancels the analysis.</param>
    public static CodeChanges? Write(FunctionDrops drops, DropSite site, string nursery, ISymbol? outerToken, string configured, Func<string, string> tail, bool usesToken, CancellationToken cancellationToken)
    {
        var changes = new CodeChanges();
        if (Receiver.Of(site, drops, changes, cancellationToken) is not { } receiver)
            return null;
        var layout = drops.Layout;
        var outer = layout.IndentationAt(site.Owner.SpanStart) + (receiver.IsGuarded ? layout.Unit : "");
        var line = layout.NewLine + outer + layout.Unit;
        // The token that queued work takes decides whether it starts at all.
        var argument = site.IsPoolWork ? null : StartCall.TokenArgument(drops.Model, drops.Symbols, site.Call, outerToken, cancellationToken);
        var token = argument is null && !usesToken ? "()" : drops.FreshName("token", site.Call.SpanStart, site.Owner);
        changes.Add(new TextChange(
            TextSpan.FromBounds(site.Start, receiver.CallStart),
            $"{receiver.Before}{nursery}.{RuntimeNames.StartNow}(async {token} =>{layout.NewLine}{outer}{{{line}try{line}{{{line}{layout.Unit}await {receiver.Text}"));
        changes.Add(new TextChange(
            TextSpan.FromBounds(site.Call.Span.End, site.Expression.Span.End),
            $"{configured};{line}}}{line}{Indented(tail(token), line, layout.NewLine)}{layout.NewLine}{outer}}})"));
        if (argument is not null)
            changes.Add(argument(token));
        var inside = layout.Indent(TextSpan.FromBounds(receiver.CallStart, site.Call.Span.End), exceptLine: drops.Text.Lines.GetLineFromPosition(receiver.CallStart).LineNumber).ToList();
        changes.AddRange(inside);
        changes.AddRange(inside);
        return changes;
    }

    /// <summary>The lines behind the first with <paramref name="line"/> in front of them; a blank one stays blank.</summary>
    private static string Indented(string text, string line, string newLine)
        => string.Concat(text.Split('\n').Select((each, number) => number == 0 ? each : each.Length == 0 ? newLine : line + each));
}
