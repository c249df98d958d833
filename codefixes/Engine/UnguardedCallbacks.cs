using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Functions that run when the object may be disposed of already, and its nursery has closed: those that a timer, a thread or the pool calls, where what they throw ends the
/// process, and those that somebody calls who lives longer than the object, to whom they throw.
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
    private readonly IReadOnlyList<SyntaxNode> _end;
    private readonly FunctionDrops _drops;
    private readonly CancellationToken _cancellationToken;

    /// <param name="type">The object's.</param>
    /// <param name="end">What runs before its join.</param>
    /// <param name="drops">What is rewritten.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    public UnguardedCallbacks(INamedTypeSymbol type, IReadOnlyList<SyntaxNode> end, FunctionDrops drops, CancellationToken cancellationToken)
    {
        _type = type;
        _end = end;
        _drops = drops;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Whether <paramref name="code"/> may run behind the join, and throw where nobody expects it.</summary>
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
            // Who subscribes, or takes that back, does so at any time, after the end of the object as well.
            case AccessorDeclarationSyntax { RawKind: (int)SyntaxKind.AddAccessorDeclaration or (int)SyntaxKind.RemoveAccessorDeclaration }:
                return true;
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
        if (function.Parent is AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.AddAssignmentExpression } subscription)
            return model.GetSymbolInfo(subscription.Left, _cancellationToken).Symbol is IEventSymbol raised && IsOfOthers(raised, subscription.Left, model) && !IsUnsubscribed(raised);
        if (function.Parent is not ArgumentSyntax { Parent.Parent: { } receiver })
            return false;
        // `options.OnChange(Apply);`, whose result, which would end it, nobody keeps.
        if (receiver is InvocationExpressionSyntax { Parent: ExpressionStatementSyntax or ArrowExpressionClauseSyntax { Parent: ConstructorDeclarationSyntax } or AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "_" } } } && model.GetTypeInfo(receiver, _cancellationToken).Type is { } kept
            && (KnownSymbols.Is(kept, _drops.Symbols.Disposable) || KnownSymbols.Implements(kept, _drops.Symbols.Disposable)) && !Awaitables.IsAwaitable(kept, _drops.Symbols))
        {
            return true;
        }

        // `new TimerCallback(OnTick)`, `ThreadPool.QueueUserWorkItem(state => …, state, preferLocal: true)`.
        return receiver is BaseObjectCreationExpressionSyntax && IsOne(model.GetTypeInfo(receiver, _cancellationToken).Type)
               || receiver is InvocationExpressionSyntax && model.GetSymbolInfo(receiver, _cancellationToken).Symbol is IMethodSymbol called && KnownSymbols.Is(called.ContainingType, _drops.Symbols.ThreadPool);
    }

    /// <summary>An event of a type, or of an object that this one was handed. A timer of <c>System.Timers</c> swallows what its handlers throw.</summary>
    private bool IsOfOthers(IEventSymbol raised, ExpressionSyntax named, SemanticModel model)
    {
        if (raised.ContainingType.ToDisplayString() == "System.Timers.Timer" || named is not MemberAccessExpressionSyntax { Expression: var owner } || owner is ThisExpressionSyntax or BaseExpressionSyntax)
            return false;
        return raised.IsStatic || model.GetSymbolInfo(owner, _cancellationToken).Symbol switch
        {
            IParameterSymbol => true,
            (IFieldSymbol or IPropertySymbol) and { IsStatic: true, ContainingType: var home } when !SymbolEqualityComparer.Default.Equals(home.OriginalDefinition, _type.OriginalDefinition) => true,
            IFieldSymbol or IPropertySymbol => _type.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(_cancellationToken)).SelectMany(static part => part.DescendantNodes().OfType<AssignmentExpressionSyntax>())
                .Any(assignment => OwnMembers.ModelOf(assignment, _drops) is { } inside && SymbolEqualityComparer.Default.Equals(inside.GetSymbolInfo(assignment.Left, _cancellationToken).Symbol, model.GetSymbolInfo(owner, _cancellationToken).Symbol)
                    && assignment.Right.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().Any(name => inside.GetSymbolInfo(name, _cancellationToken).Symbol is IParameterSymbol)
                    && assignment.Right is not BaseObjectCreationExpressionSyntax),
            _ => false,
        };
    }

    private bool IsUnsubscribed(IEventSymbol raised)
        => _end.SelectMany(static code => code.DescendantNodesAndSelf().OfType<AssignmentExpressionSyntax>())
            .Any(assignment => assignment.IsKind(SyntaxKind.SubtractAssignmentExpression) && OwnMembers.ModelOf(assignment, _drops) is { } model && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(assignment.Left, _cancellationToken).Symbol, raised));

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
