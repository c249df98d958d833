using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Functions that a timer, a thread or the pool calls. They may run when the object is disposed of already; and what they throw, as a nursery that has closed does,
/// ends the process.
/// </summary>
internal sealed class UnguardedCallbacks
{
    private const int DeepestCall = 3;

    private static readonly ImmutableHashSet<string> Delegates = ImmutableHashSet.Create(
        "System.Threading.TimerCallback",
        "System.Threading.WaitCallback",
        "System.Threading.WaitOrTimerCallback",
        "System.Threading.ThreadStart",
        "System.Threading.ParameterizedThreadStart");

    private readonly INamedTypeSymbol _type;
    private readonly FunctionDrops _drops;
    private readonly CancellationToken _cancellationToken;

    public UnguardedCallbacks(INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
    {
        _type = type;
        _drops = drops;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Whether what <paramref name="code"/> throws may end the process.</summary>
    public bool Contain(SyntaxNode code) => Contain(code, DeepestCall);

    private bool Contain(SyntaxNode code, int depth)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        var function = FunctionContext.EnclosingFunction(code);
        if (OwnMembers.ModelOf(code, _drops) is not { } model || IsHandled(code, function, model))
            return false;
        switch (function)
        {
            case AnonymousFunctionExpressionSyntax lambda:
                return IsCallback(lambda, model);
            case LocalFunctionStatementSyntax or MethodDeclarationSyntax:
                // What throws into a task, or into a caller that waits for one, is seen by whoever has the task.
                if (model.GetDeclaredSymbol(function, _cancellationToken) is not IMethodSymbol method || Awaitables.IsAwaitable(method.ReturnType, _drops.Symbols))
                    return false;
                return _type.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(_cancellationToken)).Any(part => IsReachedIn(part, method, depth));
            default:
                return false;
        }
    }

    private bool IsReachedIn(SyntaxNode part, IMethodSymbol method, int depth)
    {
        if (OwnMembers.ModelOf(part, _drops) is not { } model)
            return false;
        foreach (var name in part.DescendantNodes().OfType<SimpleNameSyntax>())
        {
            if (name.Identifier.ValueText != method.Name || !SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, _cancellationToken).Symbol?.OriginalDefinition, method.OriginalDefinition))
                continue;
            if (AsyncCode.CallAt(name) is { } call ? depth > 0 && Contain(call, depth - 1) : IsCallback(name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access : name, model))
                return true;
        }

        return false;
    }

    private bool IsCallback(ExpressionSyntax function, SemanticModel model)
    {
        if (IsOne(model.GetTypeInfo(function, _cancellationToken).ConvertedType))
            return true;
        if (function.Parent is not ArgumentSyntax { Parent.Parent: { } receiver })
            return false;
        // `new TimerCallback(OnTick)`, `ThreadPool.QueueUserWorkItem(state => …, state, preferLocal: true)`.
        return receiver is BaseObjectCreationExpressionSyntax && IsOne(model.GetTypeInfo(receiver, _cancellationToken).Type)
               || receiver is InvocationExpressionSyntax && model.GetSymbolInfo(receiver, _cancellationToken).Symbol is IMethodSymbol called && KnownSymbols.Is(called.ContainingType, _drops.Symbols.ThreadPool);
    }

    private static bool IsOne(ITypeSymbol? type) => type is { TypeKind: TypeKind.Delegate } && Delegates.Contains(type.ContainingNamespace + "." + type.Name);

    /// <summary>Whether a handler around the code takes whatever a nursery throws that has closed.</summary>
    private bool IsHandled(SyntaxNode code, SyntaxNode function, SemanticModel model)
    {
        for (var current = code; current != function && current.Parent is not null; current = current.Parent)
        {
            if (current.Parent is TryStatementSyntax attempt && attempt.Block == current && attempt.Catches.Any(clause => clause.Filter is null && TakesInvalidOperation(clause.Declaration?.Type)))
                return true;
        }

        return false;

        bool TakesInvalidOperation(TypeSyntax? type)
            => type is null || model.GetTypeInfo(type, _cancellationToken).Type?.ToDisplayString() is "System.Exception" or "System.SystemException" or "System.InvalidOperationException";
    }
}
