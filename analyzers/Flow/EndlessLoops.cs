using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.Flow;

/// <summary>A loop whose own condition never ends it.</summary>
internal sealed class EndlessLoop
{
    private EndlessLoop(StatementSyntax syntax, StatementSyntax body, SyntaxToken keyword, TextSpan turn)
    {
        Syntax = syntax;
        Body = body;
        Keyword = keyword;
        Turn = turn;
    }

    public StatementSyntax Syntax { get; }

    public StatementSyntax Body { get; }

    /// <summary>Where the loop is reported.</summary>
    public SyntaxToken Keyword { get; }

    /// <summary>What is run on each way round: everything but the initializers of a <c>for</c>.</summary>
    public TextSpan Turn { get; }

    /// <summary>A <c>break</c>, <c>return</c> or <c>goto</c> of its own that leaves it; an exception is no exit.</summary>
    public bool HasExit { get; private set; }

    public bool HasAwait { get; private set; }

    public static IEnumerable<EndlessLoop> In(SyntaxNode body, SemanticModel model, CancellationToken cancellationToken)
    {
        foreach (var statement in FileIndex.LoopsIn(body, cancellationToken))
        {
            if (FlowGraphs.FunctionAround(statement, body) == body && Of(statement, model, cancellationToken) is { } loop)
                yield return loop;
        }
    }

    /// <summary>The loop that a statement is; null where it is none, or may end.</summary>
    public static EndlessLoop? Of(StatementSyntax statement, SemanticModel model, CancellationToken cancellationToken)
    {
        var loop = At(statement, model, cancellationToken);
        loop?.LookInside();
        return loop;
    }

    /// <summary>The functions in <paramref name="member"/> that have an endless loop: itself, lambdas and local functions.</summary>
    public static IEnumerable<SyntaxNode> FunctionsWithOne(SyntaxNode member, SemanticModel model, CancellationToken cancellationToken)
        => FileIndex.LoopsIn(member, cancellationToken) is { IsEmpty: false } loops
            ? loops.Where(each => At(each, model, cancellationToken) is not null).Select(each => FlowGraphs.FunctionAround(each, member)).Distinct()
            : Enumerable.Empty<SyntaxNode>();

    /// <summary>The loop that <paramref name="node"/> is; null where it is none, or may end.</summary>
    private static EndlessLoop? At(SyntaxNode node, SemanticModel model, CancellationToken cancellationToken)
        => node switch
        {
            WhileStatementSyntax each when IsTrue(each.Condition, model, cancellationToken) => new EndlessLoop(each, each.Statement, each.WhileKeyword, TextSpan.FromBounds(each.Condition.SpanStart, each.Span.End)),
            DoStatementSyntax each when IsTrue(each.Condition, model, cancellationToken) => new EndlessLoop(each, each.Statement, each.DoKeyword, each.Span),
            ForStatementSyntax each when each.Condition is null || IsTrue(each.Condition, model, cancellationToken) => new EndlessLoop(each, each.Statement, each.ForKeyword, TextSpan.FromBounds(each.SecondSemicolonToken.SpanStart, each.Span.End)),
            _ => null,
        };

    private static bool IsTrue(ExpressionSyntax condition, SemanticModel model, CancellationToken cancellationToken)
        => condition.IsKind(SyntaxKind.TrueLiteralExpression) || model.GetConstantValue(condition, cancellationToken) is { HasValue: true, Value: true };

    private void LookInside()
    {
        foreach (var node in Body.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)))
        {
            HasAwait |= node is AwaitExpressionSyntax or CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 } or UsingStatementSyntax { AwaitKeyword.RawKind: not 0 } or LocalDeclarationStatementSyntax { AwaitKeyword.RawKind: not 0 };
            HasExit |= Leaves(node, Syntax);
        }
    }

    /// <summary>Whether <paramref name="node"/>, a statement in the loop, leaves it.</summary>
    public static bool Leaves(SyntaxNode node, StatementSyntax loop)
        => node switch
        {
            ReturnStatementSyntax => true,
            YieldStatementSyntax each => each.IsKind(SyntaxKind.YieldBreakStatement),
            BreakStatementSyntax each => Breaks(each) == loop,
            GotoStatementSyntax each => each.IsKind(SyntaxKind.GotoStatement) && !IsLabelInside(each, loop),
            _ => false,
        };

    private static SyntaxNode? Breaks(BreakStatementSyntax statement)
        => statement.Ancestors().FirstOrDefault(static node => node is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax or SwitchStatementSyntax);

    private static bool IsLabelInside(GotoStatementSyntax statement, StatementSyntax loop)
        => statement.Expression is IdentifierNameSyntax name && loop.DescendantNodes().OfType<LabeledStatementSyntax>().Any(label => label.Identifier.ValueText == name.Identifier.ValueText);
}
