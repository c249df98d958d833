using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Opens a nursery around the rest of the function, from the first dropped task on, so that the function ends when its tasks have.</summary>
internal sealed class OpenNurseryAction : FixAction
{
    public const string Key = "structured.open-nursery";

    public const string MayNotEnd = "it cannot be seen to end by itself, so waiting for it here may hang";

    public const string NotAsync = "the function around it is not async";

    public override string EquivalenceKey => Key;

    public override FunctionEdit? Rewrite(FunctionDrops drops, CancellationToken cancellationToken)
    {
        var function = drops.Function;
        if (function.Kind != FunctionKind.Async && !AsyncModifier.IsAwaitedByItsCaller(function))
            return drops.Refuse(NotAsync);
        if (IsIterator(function.Node))
            return drops.Refuse("an iterator cannot open a nursery around its 'yield'");

        // What ends by itself, all in the statement list where the first of them has to stay.
        var candidates = drops.Sites.Where(site => site.Owner is StatementSyntax && Termination.Of(site, drops.Model, drops.Symbols, cancellationToken) == Ending.ByItself).ToList();
        if (candidates.Count == 0)
            return drops.Refuse(MayNotEnd);
        if (ListFor(candidates[0], drops, cancellationToken) is not { } list)
            return drops.Refuse("there is no list of statements around it to open a nursery in");
        candidates.RemoveAll(site => ListFor(site, drops, cancellationToken) != list);

        var nursery = drops.FreshName("nursery", list.First.SpanStart, function.Node);
        var outerToken = TokenOf(function, drops.Symbols);
        var sites = ImmutableArray.CreateBuilder<DropSite>();
        var changes = new CodeChanges();
        foreach (var site in candidates)
        {
            if (StartCall.Rewrite(drops, site, nursery, outerToken, cancellationToken) is not { } start)
                continue;
            // Lines that are new are indented here, lines that were there by the wrap.
            changes.Need(start.Needs.ToArray());
            changes.AddRange(start.Select(change => new TextChange(change.Span, change.NewText!.Replace(drops.Layout.NewLine, drops.Layout.NewLine + drops.Layout.Unit))));
            sites.Add(site);
        }

        if (sites.Count == 0)
            return null;
        list = ListFor(sites[0], drops, cancellationToken)!;
        // They would follow into the nursery, which could then not close.
        if (OtherDrops(sites, list, drops, cancellationToken).Any(other => !other.IsBareCall && Termination.Of(other, drops.Model, drops.Symbols, cancellationToken) != Ending.ByItself))
            return drops.Refuse("another task that is dropped further down cannot be seen to end by itself, and would land in the same nursery");
        if (!CanBeWrapped(list, function, drops, out var returnsValue))
            return drops.Refuse("the code from it to the end of the function leaves by a 'goto', 'break', 'continue' or 'return' that a nursery around it would change");

        if (!AsyncModifier.AddToAwaited(function, changes))
            return drops.Refuse(NotAsync);

        var keyword = returnsValue ? "return await " : "await ";
        var options = NeedsIndependence(sites, list, drops, cancellationToken) ? $"new NurseryOptions {{ OnChildFailure = _ => FailureAction.Continue }}, " : "";
        var token = outerToken is null ? "" : ", " + outerToken.Name;
        // A body that only starts children awaits nothing, and older compilers warn of an `async` without an `await`.
        var modifier = returnsValue || InsideOf(list).Any(IsAwait) ? "async " : "";
        Wrap(drops, list, $"{keyword}Nursery.RunAsync({options}{modifier}{nursery} =>", $"}}{token}){drops.Layout.Configured};", changes);
        var title = outerToken is null ? "Open a nursery here, which waits for it" : $"Open a nursery here, which waits for it (may now throw when '{outerToken.Name}' is cancelled)";
        return new FunctionEdit(title, changes, sites.ToImmutable());
    }

    /// <summary>Statements from the one that holds the first dropped task to the end of their list.</summary>
    private sealed record StatementList(SyntaxNode Parent, StatementSyntax First, StatementSyntax Last)
    {
        public TextSpan Span => TextSpan.FromBounds(First.SpanStart, Last.Span.End);

        public bool Equals(StatementList? other) => other?.Parent == Parent;

        public override int GetHashCode() => Parent.GetHashCode();
    }

    /// <summary>The outermost list of statements around the site that still lies inside every <c>using</c> the child needs.</summary>
    private static StatementList? ListFor(DropSite site, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var needed = Resources.NeededBy(site, drops.Model, cancellationToken).LastOrDefault();
        StatementList? outermost = null;
        for (SyntaxNode current = site.Owner; current != site.Function.Node && current.Parent is not null; current = current.Parent)
        {
            if (current is not StatementSyntax statement)
                continue;
            if (ListOf(statement) is { } list)
                outermost = list;
            if (needed is not null && (current.Parent == needed.Parent || current.Parent == needed || current.Parent!.Parent == needed))
                break;
        }

        return outermost;
    }

    private static StatementList? ListOf(StatementSyntax statement)
        => statement.Parent switch
        {
            BlockSyntax block => new StatementList(block, statement, WithoutTrailingFunctions(block.Statements, statement)),
            GlobalStatementSyntax { Parent: CompilationUnitSyntax unit } => new StatementList(
                unit,
                statement,
                WithoutTrailingFunctions(unit.Members.OfType<GlobalStatementSyntax>().Select(static member => member.Statement).ToList(), statement)),
            _ => null,
        };

    /// <summary>Local functions at the end of a list may be called from before it, so they stay where they are visible.</summary>
    private static StatementSyntax WithoutTrailingFunctions(IReadOnlyList<StatementSyntax> statements, StatementSyntax first)
        => statements.Last(statement => statement is not LocalFunctionStatementSyntax || statement == first);

    private static bool IsIterator(SyntaxNode function)
        => function.DescendantNodes(node => node == function || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(static node => node is YieldStatementSyntax);

    /// <summary>Whether the statements can become the body of a lambda: nothing jumps out of them but a return, and that means the same from inside.</summary>
    private static bool CanBeWrapped(StatementList list, FunctionContext function, FunctionDrops drops, out bool returnsValue)
    {
        returnsValue = false;
        var inside = InsideOf(list).ToList();
        if (inside.Any(static node => node is GotoStatementSyntax or LabeledStatementSyntax or YieldStatementSyntax or UnsafeStatementSyntax or FixedStatementSyntax))
            return false;
        if (list.First.FirstAncestorOrSelf<UnsafeStatementSyntax>() is not null)
            return false;
        var flow = list.Parent is CompilationUnitSyntax ? null : drops.Model.AnalyzeControlFlow(list.First, list.Last);
        if (flow is { Succeeded: false } || flow?.ExitPoints.Any(static exit => exit is not ReturnStatementSyntax) == true || flow?.EntryPoints.Length > 0)
            return false;

        var returns = inside.OfType<ReturnStatementSyntax>().ToList();
        returnsValue = returns.Any(static statement => statement.Expression is not null);
        if (returns.Count == 0)
            return true;
        var isWholeEnd = IsBodyOf(list.Parent, function.Node);
        // A return in the middle would go on behind the nursery; with a value, every way through must return.
        if (returnsValue)
            return flow is null ? isWholeEnd && list.Last is ReturnStatementSyntax : !flow.EndPointIsReachable;
        return isWholeEnd;
    }

    private static bool IsBodyOf(SyntaxNode parent, SyntaxNode function) => parent.Parent == function || parent == function;

    private static IEnumerable<SyntaxNode> InsideOf(StatementList list)
    {
        var statements = list.Parent switch
        {
            BlockSyntax block => block.Statements.AsEnumerable(),
            _ => list.Parent.ChildNodes().OfType<GlobalStatementSyntax>().Select(static member => member.Statement),
        };
        return statements.Where(statement => list.Span.Contains(statement.Span))
            .SelectMany(static statement => statement.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)));
    }

    private static bool IsAwait(SyntaxNode node)
        => node switch
        {
            AwaitExpressionSyntax => true,
            CommonForEachStatementSyntax each => each.AwaitKeyword.RawKind != 0,
            UsingStatementSyntax statement => statement.AwaitKeyword.RawKind != 0,
            LocalDeclarationStatementSyntax declaration => declaration.AwaitKeyword.RawKind != 0,
            _ => false,
        };

    /// <summary>One failing side job must not take its neighbours down: several of them, one started again and again, or one started just before a throw.</summary>
    private static bool NeedsIndependence(IReadOnlyList<DropSite> sites, StatementList list, FunctionDrops drops, CancellationToken cancellationToken)
        => sites.Count > 1 || OtherDrops(sites, list, drops, cancellationToken).Any() || sites.Any(site =>
            site.Owner.Ancestors().TakeWhile(node => node != list.Parent).Any(static node => node is ForStatementSyntax or CommonForEachStatementSyntax or WhileStatementSyntax or DoStatementSyntax)
            || site.Owner.Parent is BlockSyntax block && block.Statements.SkipWhile(statement => statement != site.Owner).Skip(1).FirstOrDefault() is ThrowStatementSyntax);

    /// <summary>Others that will follow into the same nursery once these are fixed.</summary>
    private static IEnumerable<DropSite> OtherDrops(IReadOnlyList<DropSite> sites, StatementList list, FunctionDrops drops, CancellationToken cancellationToken)
        => InsideOf(list).OfType<ExpressionStatementSyntax>()
            .Where(statement => sites.All(site => statement != site.Owner))
            .Select(static statement => statement.DescendantNodes(static node => node is not AnonymousFunctionExpressionSyntax).OfType<InvocationExpressionSyntax>().FirstOrDefault())
            .Select(call => call is null ? null : DropSite.Find(drops.Root, call.Span, drops.Model, drops.Symbols, drops.Settings, cancellationToken))
            .OfType<DropSite>().Where(static other => !other.Dropped.WaitsForBeginning);

    private static IParameterSymbol? TokenOf(FunctionContext function, KnownSymbols symbols)
    {
        var tokens = function.Symbol?.Parameters.Where(parameter => parameter.RefKind == RefKind.None && KnownSymbols.Is(parameter.Type, symbols.CancellationToken)).ToList();
        return tokens is { Count: 1 } ? tokens[0] : null;
    }

    private static void Wrap(FunctionDrops drops, StatementList list, string head, string tail, CodeChanges changes)
    {
        var layout = drops.Layout;
        var replaced = changes.Where(static change => change.Span.Length > 0).ToList();
        var start = StartOf(list.First, drops);
        if (!layout.IsFirstOnLine(list.First.SpanStart))
        {
            // Everything on one line stays on one line.
            changes.Add(new TextChange(new TextSpan(list.First.SpanStart, 0), head + " { "));
            changes.Add(new TextChange(new TextSpan(list.Last.Span.End, 0), " " + tail));
            return;
        }

        var indentation = layout.IndentationAt(list.First.SpanStart);
        var firstLine = drops.Text.Lines.GetLineFromPosition(start);
        changes.Add(new TextChange(new TextSpan(firstLine.Start, 0), $"{indentation}{head}{layout.NewLine}{indentation}{{{layout.NewLine}{(drops.Text[firstLine.Start + layout.IndentationAt(firstLine.Start).Length] == '#' ? "" : layout.Unit)}"));
        changes.AddRange(layout.Indent(TextSpan.FromBounds(firstLine.Start, list.Last.Span.End), exceptLine: firstLine.LineNumber)
            .Where(line => !replaced.Any(change => change.Span.Start < line.Span.Start && line.Span.Start < change.Span.End)));
        var end = drops.Text.Lines.GetLineFromPosition(list.Last.Span.End).End;
        changes.Add(new TextChange(new TextSpan(end, 0), layout.NewLine + indentation + tail));
    }

    /// <summary>Comments right above the first statement belong to it; a blank line or a directive ends them.</summary>
    private static int StartOf(StatementSyntax first, FunctionDrops drops)
    {
        var line = drops.Text.Lines.GetLineFromPosition(first.SpanStart).LineNumber;
        while (line > 0 && IsCommentLine(drops.Text.Lines[line - 1], first, drops))
            line--;
        return drops.Text.Lines[line].Start;
    }

    private static bool IsCommentLine(TextLine line, StatementSyntax first, FunctionDrops drops)
    {
        if (line.Start < first.FullSpan.Start)
            return false;
        var indentation = drops.Layout.IndentationAt(line.Start).Length;
        return line.End - line.Start > indentation + 1 && drops.Text[line.Start + indentation] == '/' && drops.Text[line.Start + indentation + 1] == '/';
    }
}
