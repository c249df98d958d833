using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Expressions that a delegate may evaluate later than the code it is made in.</summary>
internal static class Stable
{
    /// <summary>Means the same when the child runs as it does now: a literal, <c>this</c>, a variable that is never written again.</summary>
    public static bool Is(ExpressionSyntax expression, FunctionDrops drops, CancellationToken cancellationToken)
    {
        if (expression is LiteralExpressionSyntax or ThisExpressionSyntax)
            return true;
        if (expression is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } member)
            expression = member.Name;
        if (expression is not IdentifierNameSyntax || drops.Model.GetSymbolInfo(expression, cancellationToken).Symbol is not { } symbol)
            return false;
        if (symbol is IFieldSymbol { IsReadOnly: true })
            return true;
        return symbol is IParameterSymbol { RefKind: RefKind.None } or ILocalSymbol
               && !drops.Function.Node.DescendantNodes().Any(node => node switch
               {
                   AssignmentExpressionSyntax assignment => Means(assignment.Left),
                   PrefixUnaryExpressionSyntax prefix when prefix.IsKind(SyntaxKind.PreIncrementExpression) || prefix.IsKind(SyntaxKind.PreDecrementExpression) => Means(prefix.Operand),
                   PostfixUnaryExpressionSyntax postfix when !postfix.IsKind(SyntaxKind.SuppressNullableWarningExpression) => Means(postfix.Operand),
                   ArgumentSyntax { RefKindKeyword.RawKind: not 0 } argument => Means(argument.Expression),
                   _ => false,
               });

        bool Means(ExpressionSyntax target) => SymbolEqualityComparer.Default.Equals(drops.Model.GetSymbolInfo(target, cancellationToken).Symbol, symbol);
    }
}
