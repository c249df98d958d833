using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Which cancellations a <c>catch</c> clause takes by its type.</summary>
internal enum TakenCancellations
{
    None,

    /// <summary>Only those that are <c>TaskCanceledException</c>, or another derived type.</summary>
    Some,

    All,
}

/// <summary>Which handlers of a <c>try</c> a cancellation enters, and whether they were written for it.</summary>
internal static class CancellationHandlers
{
    public static TakenCancellations Takes(CatchClauseSyntax clause, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (clause.Declaration is null)
            return TakenCancellations.All;
        var type = TypeOf(clause, model, cancellationToken);
        if (type is null or IErrorTypeSymbol || symbols.OperationCanceledException is not { } cancellation)
            return TakenCancellations.None;
        if (KnownSymbols.IsOrDerivesFrom(cancellation, type.OriginalDefinition))
            return TakenCancellations.All;
        return KnownSymbols.IsOrDerivesFrom(type, cancellation) ? TakenCancellations.Some : TakenCancellations.None;
    }

    /// <summary>Whether the clause names cancellations: its author thought of them.</summary>
    public static bool IsExplicit(CatchClauseSyntax clause, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => clause.Declaration is not null && KnownSymbols.IsOrDerivesFrom(TypeOf(clause, model, cancellationToken), symbols.OperationCanceledException);

    /// <summary>The operation has it where the function is bound already; the type's own syntax would be bound once more.</summary>
    private static ITypeSymbol? TypeOf(CatchClauseSyntax clause, SemanticModel model, CancellationToken cancellationToken)
        => model.GetOperation(clause, cancellationToken) is ICatchClauseOperation { ExceptionType: var type } ? type : model.GetTypeInfo(clause.Declaration!.Type, cancellationToken).Type;

    /// <summary>The clauses without a filter that a cancellation can enter, in order, by index.</summary>
    public static IEnumerable<(CatchClauseSyntax Clause, int Index)> Of(TryStatementSyntax statement, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        for (var index = 0; index < statement.Catches.Count; index++)
        {
            var clause = statement.Catches[index];
            var takes = Takes(clause, model, symbols, cancellationToken);
            if (takes == TakenCancellations.None)
                continue;
            if (clause.Filter is null)
            {
                yield return (clause, index);
                if (takes == TakenCancellations.All)
                    yield break;
            }
            else if (!Excludes(clause.Filter) && (IsExplicit(clause, model, symbols, cancellationToken) || SpeaksOfCancellation(clause.Filter, model, symbols, cancellationToken)))
            {
                // Cancellations are sorted out here, by a rule of the author's own.
                yield break;
            }
        }

        // `when (exception is not OperationCanceledException)`, `when (!(exception is OperationCanceledException))`
        bool Excludes(CatchFilterClauseSyntax filter)
            => filter.FilterExpression.DescendantNodesAndSelf().Any(node => node is UnaryPatternSyntax or PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression } && NamesCancellation(node, model, symbols, cancellationToken));
    }

    /// <summary>Whether code looks at a token or at whether an exception is a cancellation.</summary>
    public static bool SpeaksOfCancellation(SyntaxNode code, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => NamesCancellation(code, model, symbols, cancellationToken)
           || code.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name => name.Identifier.ValueText == "IsCancellationRequested"
               && model.GetSymbolInfo(name, cancellationToken).Symbol is IPropertySymbol property
               && (TokensInReach.IsToken(property.ContainingType, symbols) || TokensInReach.IsSource(property.ContainingType, symbols)));

    private static bool NamesCancellation(SyntaxNode code, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => code.DescendantNodes().OfType<NameSyntax>().Any(name => !(name is SimpleNameSyntax each && AsyncCode.CallAt(each) is not null) && model.GetSymbolInfo(name, cancellationToken).Symbol is INamedTypeSymbol type && KnownSymbols.IsOrDerivesFrom(type, symbols.OperationCanceledException));

    /// <summary>
    /// Whether code is a cleanup that runs while an exception may be on its way: in a <c>finally</c>, or in a handler that throws afterwards. What it throws takes the
    /// place of that, unless a handler around it takes it.
    /// </summary>
    public static bool IsBehindFailure(SyntaxNode code)
    {
        for (var node = code; node.Parent is { } parent and not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax or AccessorDeclarationSyntax); node = parent)
        {
            switch (parent)
            {
                case TryStatementSyntax { Catches.Count: > 0 } handled when handled.Block == node:
                    return false;
                case FinallyClauseSyntax:
                case CatchClauseSyntax clause when clause.Block.DescendantNodes(static each => each is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(each => each is ThrowStatementSyntax && each.SpanStart > code.Span.End):
                    return true;
            }
        }

        return false;
    }
}
