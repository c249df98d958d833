using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers;

/// <summary>
/// Whether code runs as part of asynchronous code, and so must not block: async and task-returning functions, delegates that become children or pool work,
/// and private or internal synchronous functions that are called only from those, transitively. Thread-safe; one instance per compilation.
/// </summary>
internal sealed class AsyncCode
{
    private readonly Compilation _compilation;
    private readonly KnownSymbols _symbols;
    private readonly ConcurrentDictionary<IMethodSymbol, bool> _calledOnlyFromAsync = new(SymbolEqualityComparer.Default);

    public AsyncCode(Compilation compilation, KnownSymbols symbols)
    {
        _compilation = compilation;
        _symbols = symbols;
    }

    public bool Contains(FunctionContext function, CancellationToken cancellationToken)
        => Contains(function, new HashSet<IMethodSymbol>(SymbolEqualityComparer.Default), cancellationToken);

    private bool Contains(FunctionContext function, HashSet<IMethodSymbol> asking, CancellationToken cancellationToken)
    {
        switch (function.Role)
        {
            case FunctionRole.EntryPoint or FunctionRole.BlockingAllowed:
                return false;
            case FunctionRole.NurseryBody or FunctionRole.NurseryChild or FunctionRole.ScopeBody or FunctionRole.PoolWork:
                return true;
        }

        if (function.Kind != FunctionKind.Sync)
            return true;
        return function.Symbol is { } symbol && IsCalledOnlyFromAsync(symbol.OriginalDefinition, asking, cancellationToken);
    }

    private bool IsCalledOnlyFromAsync(IMethodSymbol method, HashSet<IMethodSymbol> asking, CancellationToken cancellationToken)
    {
        if (_calledOnlyFromAsync.TryGetValue(method, out var known))
            return known;
        // Asked again while it is being answered: a recursive call is no caller from outside, so it decides nothing.
        if (!asking.Add(method))
            return true;
        var answer = CanSeeEveryCaller(method) && EveryCallerIsAsync(method, asking, cancellationToken);
        asking.Remove(method);
        // An answer found inside a cycle depends on the question that opened it; only the outermost one is final.
        if (asking.Count == 0)
            _calledOnlyFromAsync.TryAdd(method, answer);
        return answer;
    }

    /// <summary>Nobody outside this compilation can call it, and no caller reaches it through another symbol.</summary>
    private static bool CanSeeEveryCaller(IMethodSymbol method)
    {
        if (method.MethodKind == MethodKind.LocalFunction)
            return true;
        if (method.MethodKind != MethodKind.Ordinary || method.IsVirtual || method.IsOverride || method.IsAbstract || method.IsExtern || method.ContainingType.TypeKind == TypeKind.Interface)
            return false;
        if (method.ContainingType.AllInterfaces.Any(contract => contract.GetMembers(method.Name).Any(member =>
                SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(member), method))))
        {
            return false;
        }

        for (ISymbol? symbol = method; symbol is not null and not INamespaceSymbol; symbol = symbol.ContainingSymbol)
        {
            if (symbol.DeclaredAccessibility is Accessibility.Private or Accessibility.Internal or Accessibility.ProtectedAndInternal)
                return true;
        }

        return false;
    }

    private bool EveryCallerIsAsync(IMethodSymbol method, HashSet<IMethodSymbol> asking, CancellationToken cancellationToken)
    {
        var isCalled = false;
        foreach (var (name, model) in References(method, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (model.GetSymbolInfo(name, cancellationToken).Symbol is not IMethodSymbol target)
            {
                // Code that does not bind may be a call of it.
                if (!IsInNameOf(name) && model.GetSymbolInfo(name, cancellationToken).CandidateSymbols.Length > 0)
                    return false;
                continue;
            }

            if (!SymbolEqualityComparer.Default.Equals((target.ReducedFrom ?? target).OriginalDefinition, method))
                continue;

            isCalled = true;
            SyntaxNode use = name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access
                : name.Parent is MemberBindingExpressionSyntax binding ? binding
                : name;
            if (use.Parent is InvocationExpressionSyntax invocation && invocation.Expression == use)
            {
                if (!Contains(FunctionContext.Of(invocation, model, _symbols, cancellationToken), asking, cancellationToken))
                    return false;
            }
            else if (FunctionContext.RoleOfDelegate(use, model, _symbols, cancellationToken) is not (FunctionRole.PoolWork or FunctionRole.NurseryChild or FunctionRole.NurseryBody or FunctionRole.ScopeBody))
            {
                return false;
            }
        }

        return isCalled;
    }

    private static bool IsInNameOf(SimpleNameSyntax name)
        => name.Ancestors().OfType<InvocationExpressionSyntax>().Any(static call => call.Expression is IdentifierNameSyntax { Identifier.ValueText: "nameof" });

    /// <summary>
    /// Every name in the compilation that may mean <paramref name="method"/>. Asked only for methods that hold a blocking call, which are few; trees whose text
    /// lacks the name are passed over without being walked.
    /// </summary>
    private IEnumerable<(SimpleNameSyntax Name, SemanticModel Model)> References(IMethodSymbol method, CancellationToken cancellationToken)
    {
        var isLocal = method.MethodKind == MethodKind.LocalFunction || method.DeclaredAccessibility == Accessibility.Private;
        var trees = isLocal
            ? (method.MethodKind == MethodKind.LocalFunction ? method.DeclaringSyntaxReferences : method.ContainingType.DeclaringSyntaxReferences).Select(static reference => reference.SyntaxTree).Distinct()
            : _compilation.SyntaxTrees;

        foreach (var tree in trees)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!isLocal && tree.GetText(cancellationToken).ToString().IndexOf(method.Name, System.StringComparison.Ordinal) < 0)
                continue;
            SemanticModel? model = null;
            foreach (var name in tree.GetRoot(cancellationToken).DescendantNodes().OfType<SimpleNameSyntax>())
            {
                if (name.Identifier.ValueText != method.Name)
                    continue;
#pragma warning disable RS1030 // A caller may live in any tree; the models are made only for trees that name the method, and the answer is cached.
                model ??= _compilation.GetSemanticModel(tree);
#pragma warning restore RS1030
                if (!IsInNameOf(name))
                    yield return (name, model);
            }
        }
    }
}
