using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Tests of a caught exception's type that no cancellation passes: <c>if (e is IOException)</c>.</summary>
internal static class ExceptionTypeTests
{
    /// <summary>The type test in the condition of an <c>if</c> that <paramref name="use"/> of the exception is the operand of.</summary>
    public static ExpressionSyntax? AskedBy(IdentifierNameSyntax use)
    {
        ExpressionSyntax operand = use;
        while (operand.Parent is ParenthesizedExpressionSyntax inner)
            operand = inner;
        ExpressionSyntax? test = operand.Parent switch
        {
            IsPatternExpressionSyntax pattern when pattern.Expression == operand => pattern,
            BinaryExpressionSyntax { RawKind: (int)SyntaxKind.IsExpression } binary when binary.Left == operand => binary,
            _ => null,
        };
        SyntaxNode? condition = test;
        while (condition?.Parent is ParenthesizedExpressionSyntax or PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression }
               or BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression or (int)SyntaxKind.LogicalOrExpression })
        {
            condition = condition.Parent;
        }

        return condition?.Parent is IfStatementSyntax choice && choice.Condition == condition ? test : null;
    }

    /// <summary>Whether a cancellation never passes the test, or always, as it is for other exceptions.</summary>
    public static bool IsForeign(ExpressionSyntax test, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => model.GetOperation(test, cancellationToken) is { } operation && (IsFailed(operation, symbols) || operation is IIsPatternOperation { Pattern: INegatedPatternOperation negated } && IsFailed(negated.Pattern, symbols));

    /// <summary>Whether the condition is such a test of the exception of <paramref name="clause"/>, and came out as no cancellation does.</summary>
    public static bool RuleOutCancellation(IOperation condition, bool outcome, CatchClauseSyntax clause, KnownSymbols symbols)
    {
        var operand = condition switch
        {
            IIsTypeOperation type => type.ValueOperand,
            IIsPatternOperation pattern => pattern.Value,
            _ => null,
        };
        if (operand is not ILocalReferenceOperation { Local: var local } || local.DeclaringSyntaxReferences.All(reference => reference.SyntaxTree != clause.SyntaxTree || !clause.Span.Contains(reference.Span)))
            return false;
        return outcome ? IsFailed(condition, symbols) : condition is IIsPatternOperation { Pattern: INegatedPatternOperation negated } && IsFailed(negated.Pattern, symbols);
    }

    private static bool IsFailed(IOperation test, KnownSymbols symbols)
        => test switch
        {
            IIsTypeOperation type => IsForeign(type.TypeOperand, symbols),
            IIsPatternOperation pattern => IsFailed(pattern.Pattern, symbols),
            IDeclarationPatternOperation { MatchesNull: false } declaration => IsForeign(declaration.MatchedType, symbols),
            ITypePatternOperation type => IsForeign(type.MatchedType, symbols),
            IRecursivePatternOperation recursive => IsForeign(recursive.MatchedType, symbols),
            IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.Or } either => IsFailed(either.LeftPattern, symbols) && IsFailed(either.RightPattern, symbols),
            IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.And } both => IsFailed(both.LeftPattern, symbols) || IsFailed(both.RightPattern, symbols),
            _ => false,
        };

    /// <summary>A class that neither is a cancellation nor has one below it.</summary>
    private static bool IsForeign(ITypeSymbol? type, KnownSymbols symbols)
        => type is INamedTypeSymbol { TypeKind: TypeKind.Class } && symbols.OperationCanceledException is { } cancellation
           && !KnownSymbols.IsOrDerivesFrom(type, cancellation) && !KnownSymbols.IsOrDerivesFrom(cancellation, type.OriginalDefinition);
}
