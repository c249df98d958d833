using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// What an async function writes to an <c>AsyncLocal</c> is undone when it returns; what a synchronous one writes its caller sees. That is why some functions which return
/// a task are not async.
/// </summary>
internal static class AsyncLocals
{
    public const string Reason = "it sets an AsyncLocal for its caller, which an async function cannot";

    private const int DeepestCall = 3;
    private const int MostMembers = 200;

    /// <summary>Whether a function sets one, itself or in what it calls, as far as the solution has the source.</summary>
    public static bool AreSetIn(SyntaxNode function, SemanticModel model, CancellationToken cancellationToken)
        => new Search(cancellationToken).Sets(function, model.Compilation, DeepestCall);

    private sealed class Search(CancellationToken cancellationToken)
    {
        private readonly HashSet<ISymbol> _seen = new(SymbolEqualityComparer.Default);

        public bool Sets(SyntaxNode code, Compilation compilation, int depth)
        {
            var model = compilation.GetSemanticModel(code.SyntaxTree);
            foreach (var node in code.DescendantNodes())
            {
                cancellationToken.ThrowIfCancellationRequested();
                switch (node)
                {
                    case AssignmentExpressionSyntax { Left: var target } when IsSet(target):
                    case PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PostIncrementExpression or (int)SyntaxKind.PostDecrementExpression, Operand: var counted } when IsSet(counted):
                    case PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PreIncrementExpression or (int)SyntaxKind.PreDecrementExpression, Operand: var before } when IsSet(before):
                        return true;
                    case InvocationExpressionSyntax call when depth > 0 && model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol { IsAsync: false } method && IsSetBy(method, compilation, depth):
                        return true;
                }
            }

            return false;

            bool IsSet(ExpressionSyntax target)
                => model.GetSymbolInfo(target, cancellationToken).Symbol is IPropertySymbol property
                   && (IsAsyncLocal(property.ContainingType) || depth > 0 && property.SetMethod is { } setter && IsSetBy(setter, compilation, depth));
        }

        private bool IsSetBy(IMethodSymbol method, Compilation compilation, int depth)
        {
            method = (method.ReducedFrom ?? method).OriginalDefinition;
            if (_seen.Count > MostMembers || !_seen.Add(method))
                return false;
            if (Sources.CompilationOf(method, compilation) is not { } home)
                return false;
            return Implementations.AreNeeded(method)
                ? Implementations.Of(method, compilation).Any(implementation => IsSetBy(implementation, compilation, depth))
                : !method.IsAsync && method.DeclaringSyntaxReferences.Any(reference => home.ContainsSyntaxTree(reference.SyntaxTree) && Sets(reference.GetSyntax(cancellationToken), home, depth - 1));
        }

        private static bool IsAsyncLocal(INamedTypeSymbol type) => type is { Name: "AsyncLocal", Arity: 1 } && type.ContainingNamespace?.ToDisplayString() == "System.Threading";
    }
}
