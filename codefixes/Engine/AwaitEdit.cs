using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Puts <c>await</c> before an expression, with parentheses where it would otherwise bind to more.</summary>
internal static class AwaitEdit
{
    public const string NothingToAwait = "with '?.' there may be nothing to await: ask for null in an 'if' of its own";

    public const string HasAnswer = "the wait has a timeout, and says whether that was met: use 'CancelScope.MoveOnAfterAsync', which says it too";

    /// <param name="expression">What is awaited.</param>
    /// <param name="changes">The changes to add to.</param>
    /// <param name="layout">How the file awaits.</param>
    /// <param name="prefix">Code between <c>await</c> and the expression.</param>
    /// <param name="suffix">Code behind the expression, inside the parentheses.</param>
    /// <returns>False where an await would change what is evaluated.</returns>
    public static bool Wrap(ExpressionSyntax expression, List<TextChange> changes, SourceLayout layout, string prefix = "", string suffix = "")
    {
        // `a?.Result` has no task to await where `a` is null.
        if (expression.AncestorsAndSelf().TakeWhile(static node => node is ExpressionSyntax and not AnonymousFunctionExpressionSyntax).Any(static node => node is MemberBindingExpressionSyntax || node.Parent is ConditionalAccessExpressionSyntax access && access.WhenNotNull == node))
            return false;
        var needsParentheses = expression.Parent switch
        {
            MemberAccessExpressionSyntax access => access.Expression == expression,
            ElementAccessExpressionSyntax access => access.Expression == expression,
            InvocationExpressionSyntax call => call.Expression == expression,
            ConditionalAccessExpressionSyntax access => access.Expression == expression,
            PostfixUnaryExpressionSyntax or WithExpressionSyntax or SwitchExpressionSyntax or RangeExpressionSyntax => true,
            _ => false,
        };
        if (!expression.DescendantTokens().Any(static token => token.ValueText == "ConfigureAwait"))
            suffix += layout.Configured;
        // One change for each place: two equal ones would be taken for one.
        changes.Add(new TextChange(new TextSpan(expression.SpanStart, 0), (needsParentheses ? "(await " : "await ") + prefix));
        if (needsParentheses || suffix.Length > 0)
            changes.Add(new TextChange(new TextSpan(expression.Span.End, 0), suffix + (needsParentheses ? ")" : "")));
        return true;
    }
}

/// <summary>Waits wrap what failed in an <c>AggregateException</c>; an await does not.</summary>
internal static class AggregateExceptions
{
    /// <summary>Whether a handler around <paramref name="node"/>, inside <paramref name="function"/>, looks for the wrapping.</summary>
    public static bool MatterAt(SyntaxNode node, SyntaxNode function, PlaceContext context, CancellationToken cancellationToken)
        => node.Ancestors().TakeWhile(each => each != function).OfType<TryStatementSyntax>()
            .Where(statement => statement.Block.Span.Contains(node.Span))
            .SelectMany(static statement => statement.Catches)
            .Any(handler => handler.DescendantNodes().OfType<SimpleNameSyntax>().Any(name =>
                name.Identifier.ValueText is "InnerException" or "GetBaseException"
                || context.Model.GetSymbolInfo(name, cancellationToken).Symbol is ITypeSymbol { Name: "AggregateException" } type && type.ContainingNamespace?.ToDisplayString() == "System"));
}
