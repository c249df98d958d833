using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers;

/// <summary>Code that cleans up after other code, which may have been cancelled.</summary>
/// <param name="Block">The <c>finally</c>, the handler, or the body that disposes of the object.</param>
/// <param name="Statement">The <c>try</c> it belongs to; null for a body.</param>
/// <param name="Clause">The handler; null for the others.</param>
internal sealed record CleanupRegion(SyntaxNode Block, TryStatementSyntax? Statement, CatchClauseSyntax? Clause)
{
    /// <summary>How the code is called in messages.</summary>
    public string Name => Clause is not null ? "handler" : Statement is not null ? "'finally'" : "'DisposeAsync'";

    /// <summary>The regions around <paramref name="node"/>, the innermost first. A scope's body runs where it is written; other lambdas may run at any time.</summary>
    public static IEnumerable<CleanupRegion> Around(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        for (var current = node; current is not null; current = current.Parent)
        {
            switch (current)
            {
                case FinallyClauseSyntax { Parent: TryStatementSyntax statement } cleanup:
                    yield return new CleanupRegion(cleanup.Block, statement, null);
                    break;
                case CatchClauseSyntax { Parent: TryStatementSyntax statement } clause when clause.Block.Span.Contains(node.Span):
                    yield return new CleanupRegion(clause.Block, statement, clause);
                    break;
                case AnonymousFunctionExpressionSyntax when FunctionContext.RoleOfDelegate(current, model, symbols, cancellationToken) is not (FunctionRole.ScopeBody or FunctionRole.NurseryBody or FunctionRole.NurseryChild):
                case LocalFunctionStatementSyntax:
                    yield break;
                case MethodDeclarationSyntax method:
                    if (model.GetDeclaredSymbol(method, cancellationToken) is { } symbol && Cleanup.DisposesAsync(symbol, symbols))
                        yield return new CleanupRegion((SyntaxNode?)method.Body ?? method.ExpressionBody ?? (SyntaxNode)method, null, null);
                    yield break;
            }
        }
    }

    /// <summary>Whether the cancellation of <paramref name="token"/> may be why this code runs, or may at least have come before it.</summary>
    public bool MayRunUnderDead(ExpressionSyntax token, SemanticModel model, KnownSymbols symbols, Checkpoints checkpoints, CancellationToken cancellationToken)
        => RootOf(token, model, symbols, cancellationToken) is { } root
           && !IsSortedOut(model, symbols, cancellationToken)
           && (Statement is null ? MayBeDeadInDisposal(root, token, model, symbols, cancellationToken)
               : Clause is null ? HasAwait(Statement.Block) && (root is IParameterSymbol || Mentions(Statement.Block, root, model, cancellationToken))
               : MayEnterByCancellation(Clause, root, model, symbols, checkpoints, cancellationToken));

    /// <summary>
    /// The variable or member that the token comes from, where that is known and lies outside the region: what is made here is fresh, unless it follows another.
    /// </summary>
    private ISymbol? RootOf(ExpressionSyntax token, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        for (var steps = 0; steps < 4; steps++)
        {
            var first = token;
            while (first is MemberAccessExpressionSyntax { Expression: not (ThisExpressionSyntax or BaseExpressionSyntax) } access)
                first = access.Expression;
            if (first is ConditionalAccessExpressionSyntax conditional)
                first = conditional.Expression;
            var symbol = model.GetSymbolInfo(first, cancellationToken).Symbol;
            if (symbol is not (IParameterSymbol or ILocalSymbol or IFieldSymbol or IPropertySymbol { IsStatic: false }) || IsAssignedHere(symbol, model, cancellationToken))
                return null;
            if (symbol.DeclaringSyntaxReferences.FirstOrDefault() is not { } declared || declared.SyntaxTree != Block.SyntaxTree || !Block.Span.Contains(declared.Span))
                return symbol;
            if (declared.GetSyntax(cancellationToken) is not VariableDeclaratorSyntax { Initializer.Value: { } value })
                return null;
            // A linked source is as dead as what it follows.
            if (value is InvocationExpressionSyntax call)
            {
                if (model.GetSymbolInfo(call, cancellationToken).Symbol is not IMethodSymbol { Name: "CreateLinkedTokenSource" } || call.ArgumentList.Arguments.Count == 0)
                    return null;
                value = call.ArgumentList.Arguments[0].Expression;
            }

            token = value;
        }

        return null;
    }

    private bool IsAssignedHere(ISymbol symbol, SemanticModel model, CancellationToken cancellationToken)
        => Block.DescendantNodes().OfType<AssignmentExpressionSyntax>().Any(assignment => SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(assignment.Left, cancellationToken).Symbol, symbol));

    /// <summary>Code that asks whether it was cancelled knows what it does.</summary>
    private bool IsSortedOut(SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => CancellationHandlers.SpeaksOfCancellation(Block, model, symbols, cancellationToken);

    private static bool HasAwait(BlockSyntax block)
        => block.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
            .Any(static node => node is AwaitExpressionSyntax or CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 } or UsingStatementSyntax { AwaitKeyword.RawKind: not 0 } or LocalDeclarationStatementSyntax { AwaitKeyword.RawKind: not 0 });

    private static bool Mentions(SyntaxNode code, ISymbol symbol, SemanticModel model, CancellationToken cancellationToken)
        => code.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name => name.Identifier.ValueText == symbol.Name && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, symbol));

    private bool MayEnterByCancellation(CatchClauseSyntax clause, ISymbol root, SemanticModel model, KnownSymbols symbols, Checkpoints checkpoints, CancellationToken cancellationToken)
    {
        var isExplicit = CancellationHandlers.IsExplicit(clause, model, symbols, cancellationToken);
        // Which cancellations a filter lets in is known where it names the token.
        if (clause.Filter is { } filter ? !(isExplicit && IsTestOf(filter.FilterExpression, root, model, cancellationToken)) : CancellationHandlers.Of(Statement!, model, symbols, cancellationToken).All(each => each.Clause != clause))
            return false;
        if (!isExplicit && !LeavesBehind(clause))
            return false;
        var work = CancellableWork.In(Statement!.Block, model, symbols, checkpoints, cancellationToken);
        return root is ILocalSymbol ? !work.IsEmpty && Mentions(Statement.Block, root, model, cancellationToken) : work.Any(static each => each.Owner != CancellationOwner.Work);
    }

    private static bool IsTestOf(ExpressionSyntax filter, ISymbol root, SemanticModel model, CancellationToken cancellationToken)
        => filter is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCancellationRequested" } test && Mentions(test, root, model, cancellationToken);

    /// <summary>A handler that throws, returns or leaves the loop; one that goes round again has not ended yet, and its wait may well be cancelled.</summary>
    private static bool LeavesBehind(CatchClauseSyntax clause)
        => clause.Block.Statements.LastOrDefault() is ThrowStatementSyntax or ReturnStatementSyntax or BreakStatementSyntax;

    /// <summary>A token from outside may have been cancelled; a source of the object is dead for sure where this very code has cancelled it.</summary>
    private static bool MayBeDeadInDisposal(ISymbol root, ExpressionSyntax token, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var type = root switch
        {
            IFieldSymbol field => field.Type,
            IPropertySymbol property => property.Type,
            _ => null,
        };
        if (TokensInReach.IsToken(type, symbols))
            return true;
        return TokensInReach.IsSource(type, symbols) && FunctionContext.EnclosingFunction(token).DescendantNodes().OfType<IdentifierNameSyntax>()
            .Any(name => name.Identifier.ValueText == root.Name && name.SpanStart < token.SpanStart && SensibleToken.IsCancelled(name)
                && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, root));
    }
}
