using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Whose cancellation may come out of a piece of work.</summary>
internal enum CancellationOwner
{
    /// <summary>A source that this very function made for the work.</summary>
    Work,

    /// <summary>The work's own source or somebody further out: it is linked.</summary>
    Either,

    /// <summary>Somebody further out, who wants this code to stop.</summary>
    Code,
}

/// <summary>Waits that end with a cancellation when a token, or the surrounding scope, is cancelled.</summary>
internal static class CancellableWork
{
    /// <summary>The waits in <paramref name="block"/> whose cancellation leaves it, by syntax, and whose it is.</summary>
    public static ImmutableArray<(SyntaxNode Syntax, CancellationOwner Owner)> In(BlockSyntax block, SemanticModel model, KnownSymbols symbols, Checkpoints checkpoints, CancellationToken cancellationToken)
    {
        var found = ImmutableArray.CreateBuilder<(SyntaxNode, CancellationOwner)>();
        foreach (var node in block.DescendantNodes(node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // `await foreach` waits in its header; a nested handler keeps what it catches.
            var work = node switch
            {
                AwaitExpressionSyntax awaited => awaited.Expression,
                CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 } loop => loop.Expression,
                InvocationExpressionSyntax call when IsSynchronousWait(call, model, symbols, cancellationToken) => call,
                _ => null,
            };
            if (work is null || IsCaughtInside(node, block, model, symbols, cancellationToken))
                continue;
            if (OwnerOf(work, model, symbols, checkpoints, cancellationToken) is { } owner)
                found.Add((node, owner));
        }

        return found.ToImmutable();
    }

    /// <summary>Whether the expression names a token or source at all: <c>ReadAllAsync(token)</c>, <c>items.WithCancellation(token)</c>.</summary>
    public static bool HasToken(ExpressionSyntax expression, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => Tokens(expression, model, symbols, cancellationToken).Any();

    /// <summary>The tokens in <paramref name="block"/> whose cancellation is meant for the code that waits.</summary>
    public static IEnumerable<ExpressionSyntax> TokensOfCode(BlockSyntax block, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => block.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<ExpressionSyntax>()
            .Where(static node => node is AwaitExpressionSyntax or InvocationExpressionSyntax)
            .SelectMany(node => Tokens(node, model, symbols, cancellationToken))
            .Where(token => OwnerOfToken(token, model, symbols, cancellationToken) != CancellationOwner.Work)
            .Distinct();

    private static bool IsSynchronousWait(InvocationExpressionSyntax call, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => (BlockingCalls.MayBe(call) || Operations.NameOfCallee(call) == "ThrowIfCancellationRequested")
           && model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol method
           && (method.Name == "ThrowIfCancellationRequested" && KnownSymbols.Is(method.ContainingType, symbols.CancellationToken) || BlockingCalls.Contains(method) && call.Parent is not AwaitExpressionSyntax);

    private static bool IsCaughtInside(SyntaxNode node, BlockSyntax block, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        for (var current = node; current != block; current = current.Parent!)
        {
            if (current.Parent is TryStatementSyntax inner && inner.Block == current
                && inner.Catches.Any(clause => clause.Filter is null && CancellationHandlers.Takes(clause, model, symbols, cancellationToken) == TakenCancellations.All && !EndsByThrowing(clause.Block)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool EndsByThrowing(BlockSyntax block) => block.Statements.LastOrDefault() is ThrowStatementSyntax;

    private static CancellationOwner? OwnerOf(ExpressionSyntax work, SemanticModel model, KnownSymbols symbols, Checkpoints checkpoints, CancellationToken cancellationToken)
    {
        CancellationOwner? owner = null;
        foreach (var token in Tokens(work, model, symbols, cancellationToken))
        {
            var each = OwnerOfToken(token, model, symbols, cancellationToken);
            if (owner is null || each > owner)
                owner = each;
        }

        // The runtime's own waits observe the surrounding scope, where there is one.
        if (owner is null && SensibleToken.AmbientDepth(work, model, symbols, cancellationToken) is not null
            && work.DescendantNodesAndSelf().OfType<InvocationExpressionSyntax>().Any(call => model.GetOperation(call, cancellationToken) is { } operation && (checkpoints.Of(operation) & CheckpointKinds.Cancel) != 0))
        {
            owner = CancellationOwner.Code;
        }

        return owner;
    }

    /// <summary>Live tokens that calls in the expression are given or look at.</summary>
    public static IEnumerable<ExpressionSyntax> Tokens(ExpressionSyntax work, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        foreach (var node in work.DescendantNodesAndSelf())
        {
            var token = node switch
            {
                ArgumentSyntax argument => argument.Expression,
                InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ThrowIfCancellationRequested" } access } => access.Expression,
                _ => null,
            };
            if (token is not null && IsLiveToken(token, model, symbols, cancellationToken))
                yield return token;
        }
    }

    /// <summary>Whether the expression gives a token, and neither <c>None</c> nor a default.</summary>
    public static bool IsLiveToken(ExpressionSyntax expression, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => expression is not (LiteralExpressionSyntax or DefaultExpressionSyntax or ObjectCreationExpressionSyntax or DeclarationExpressionSyntax)
           && TokensInReach.IsToken(model.GetTypeInfo(expression, cancellationToken).Type, symbols)
           && !Operations.IsNoToken(model.GetSymbolInfo(expression, cancellationToken).Symbol, symbols);

    private static CancellationOwner OwnerOfToken(ExpressionSyntax token, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var function = FunctionContext.EnclosingFunction(token);
        for (var steps = 0; steps < 4; steps++)
        {
            if (token is ConditionalAccessExpressionSyntax conditional)
                token = conditional.Expression;
            var name = token is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Token" } access && TokensInReach.IsSource(model.GetTypeInfo(access.Expression, cancellationToken).Type, symbols) ? access.Expression : token;
            var symbol = model.GetSymbolInfo(name, cancellationToken).Symbol;
            if (symbol is not (ILocalSymbol or IFieldSymbol or IPropertySymbol) || MadeIn(function, symbol, model, cancellationToken) is not { } made)
                return CancellationOwner.Code;
            if (made is BaseObjectCreationExpressionSyntax)
                return CancellationOwner.Work;
            if (made is InvocationExpressionSyntax call)
            {
                if (model.GetSymbolInfo(call, cancellationToken).Symbol is not IMethodSymbol method || !TokensInReach.IsSource(method.ReturnType, symbols))
                    return CancellationOwner.Code;
                return call.ArgumentList.Arguments.Any(argument => OwnerOfToken(argument.Expression, model, symbols, cancellationToken) != CancellationOwner.Work) ? CancellationOwner.Either : CancellationOwner.Work;
            }

            token = made;
        }

        return CancellationOwner.Code;
    }

    /// <summary>The value that the function itself gives the variable or field.</summary>
    private static ExpressionSyntax? MadeIn(SyntaxNode function, ISymbol symbol, SemanticModel model, CancellationToken cancellationToken)
    {
        if (symbol is ILocalSymbol)
        {
            return symbol.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is VariableDeclaratorSyntax { Initializer.Value: { } value } declarator && FunctionContext.EnclosingFunction(declarator) == function
                ? value
                : AssignedIn();
        }

        return AssignedIn();

        ExpressionSyntax? AssignedIn()
            => FileIndex.NamesIn(function, symbol.Name, cancellationToken)
                .Select(static name => AsyncCode.UseOf(name).Parent as AssignmentExpressionSyntax)
                .LastOrDefault(assignment => assignment is { RawKind: (int)SyntaxKind.SimpleAssignmentExpression, Left: NameSyntax or MemberAccessExpressionSyntax }
                    && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(assignment.Left, cancellationToken).Symbol, symbol))?.Right;
    }
}
