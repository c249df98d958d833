using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Whether the turns of a loop may take so long that somebody could want to end it.</summary>
internal sealed class LoopWork
{
    /// <summary>Fixed numbers of turns up to this are a handful, not a loop to cancel.</summary>
    private const int Handful = 5;

    private const int DeepestCall = 2;

    // By its name: the oldest Roslyn supported has no such kind.
    private static readonly int CollectionExpression = Enum.TryParse<SyntaxKind>("CollectionExpression", out var kind) ? (int)kind : -1;

    private readonly KnownSymbols _symbols;
    private readonly ConcurrentDictionary<(IMethodSymbol Method, int Depth), bool> _work = new();

    public LoopWork(KnownSymbols symbols) => _symbols = symbols;

    /// <summary>Whether it waits for something that it starts itself. Joining what runs already is not to be cut short.</summary>
    public bool Awaits(ILoopOperation loop)
        => loop is IForEachLoopOperation { IsAsynchronous: true } || Own(loop).Any(operation => operation switch
        {
            IAwaitOperation awaited => IsStartedHere(awaited.Operation),
            IForEachLoopOperation { IsAsynchronous: true } => true,
            _ => false,
        });

    /// <summary>Whether it blocks, or reads and writes, by itself or in what it calls. What only computes is over soon.</summary>
    public bool Calls(ILoopOperation loop, CancellationToken cancellationToken)
        => Own(loop).OfType<IInvocationOperation>().Any(call => IsWork(call.TargetMethod, DeepestCall, cancellationToken));

    /// <summary>A loop over a few fixed values, or with a small constant number of turns.</summary>
    public static bool IsHandful(ILoopOperation loop)
        => loop switch
        {
            IForEachLoopOperation { Collection: var collection } => collection.Unconverted() is IArrayCreationOperation { Initializer: not null } || IsCollectionExpression(collection.Syntax),
            IForLoopOperation { Condition: IBinaryOperation condition } => new[] { condition.RightOperand, condition.LeftOperand }.Any(static side => side.ConstantValue is { HasValue: true, Value: int turns and > 0 and <= Handful }),
            _ => false,
        };

    /// <summary>What runs on each turn, without the lambdas in it.</summary>
    public static IEnumerable<IOperation> Own(ILoopOperation loop)
    {
        var pending = new Stack<IOperation>();
        pending.Push(loop.Body);
        if (loop is IWhileLoopOperation { Condition: { } condition })
            pending.Push(condition);
        if (loop is IForLoopOperation { Condition: { } test })
            pending.Push(test);
        while (pending.Count > 0)
        {
            var operation = pending.Pop();
            yield return operation;
            if (operation is IAnonymousFunctionOperation or ILocalFunctionOperation)
                continue;
            foreach (var child in operation.ChildOperations)
                pending.Push(child);
        }
    }

    private static bool IsCollectionExpression(SyntaxNode collection) => (collection is CastExpressionSyntax cast ? cast.Expression : collection).RawKind == CollectionExpression;

    private bool IsStartedHere(IOperation awaited)
    {
        awaited = awaited.Unconverted();
        while (awaited is IInvocationOperation { TargetMethod.Name: "ConfigureAwait" or "AsTask", Instance: { } inner })
            awaited = inner.Unconverted();
        if (awaited is IConditionalAccessOperation access)
            awaited = access.WhenNotNull;
        if (awaited is not IInvocationOperation { TargetMethod: var method })
            return false;
        // `CancellationToken.None` says that this is not to be cut short.
        if (((IInvocationOperation)awaited).Arguments.Any(argument => argument.ArgumentKind == ArgumentKind.Explicit && argument.Value is IPropertyReferenceOperation { Property: var none } && Operations.IsNoToken(none, _symbols)))
            return false;
        if (KnownSymbols.IsOrDerivesFrom(method.ContainingType, _symbols.Task))
            return method.Name is "Delay" or "Run";
        return !Awaitables.IsTaskOrValueTask(method.ContainingType, _symbols) && method.Name != "DisposeAsync";
    }

    /// <summary>A method that blocks or reads and writes, by itself or through others of this compilation. One with nothing in it, called by the loop, stands for something else.</summary>
    private bool IsWork(IMethodSymbol method, int depth, CancellationToken cancellationToken)
    {
        method = (method.ReducedFrom ?? method).OriginalDefinition;
        if (BlockingCalls.Contains(method) || BlockingCalls.ReadsOrWrites(method))
            return true;
        if (depth == 0 || method.MethodKind is not (MethodKind.Ordinary or MethodKind.LocalFunction) || method.DeclaringSyntaxReferences.Length != 1 || Awaitables.IsAwaitable(method.ReturnType, _symbols)
            || !_symbols.Compilation.ContainsSyntaxTree(method.DeclaringSyntaxReferences[0].SyntaxTree))
        {
            return false;
        }

        if (_work.TryGetValue((method, depth), out var known))
            return known;
        var declaration = method.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken);
        var body = declaration switch
        {
            MethodDeclarationSyntax ordinary => ordinary.Body ?? (SyntaxNode?)ordinary.ExpressionBody,
            LocalFunctionStatementSyntax local => local.Body ?? (SyntaxNode?)local.ExpressionBody,
            _ => null,
        };
        return _work[(method, depth)] = depth == DeepestCall && body is BlockSyntax { Statements.Count: 0 } || body is not null && BodyWorks(body, depth, cancellationToken);
    }

    private bool BodyWorks(SyntaxNode body, int depth, CancellationToken cancellationToken)
    {
#pragma warning disable RS1030 // The callee may live in another file; asked only for calls in synchronous loops with a token in reach, and the answer is cached.
        var model = _symbols.Compilation.GetSemanticModel(body.SyntaxTree);
#pragma warning restore RS1030
        return body.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<InvocationExpressionSyntax>()
            .Any(call => model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol callee && IsWork(callee, depth - 1, cancellationToken));
    }
}
