using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers;

/// <summary>Where a task comes from. Combined where an expression may give one or the other.</summary>
[System.Flags]
internal enum TaskOrigin
{
    None = 0,

    /// <summary>Complete already, or no task at all.</summary>
    Complete = 1,

    /// <summary>A timer.</summary>
    Delay = 2,

    /// <summary>Work that the expression starts.</summary>
    Work = 4,

    /// <summary>Somebody else's: a parameter, a field, a completion source, a cache. Also where it is not known.</summary>
    Elsewhere = 8,
}

/// <summary>What an expression that gives a task, or several of them, is made of.</summary>
internal sealed class TaskValue
{
    private readonly List<InvocationExpressionSyntax> _calls = new();
    private readonly List<ILocalSymbol> _parts = new();

    public TaskOrigin Origin { get; private set; }

    /// <summary>The calls that start work.</summary>
    public IReadOnlyList<InvocationExpressionSyntax> Calls => _calls;

    /// <summary>The variables whose tasks are in it.</summary>
    public IReadOnlyList<ILocalSymbol> Parts => _parts;

    /// <summary>Whether one of several is chosen.</summary>
    public bool IsChoice { get; set; }

    public void Add(TaskOrigin origin) => Origin |= origin;

    public void AddCall(InvocationExpressionSyntax call, TaskOrigin origin)
    {
        Origin |= origin;
        if ((origin & TaskOrigin.Work) != 0)
            _calls.Add(call);
    }

    public void AddPart(ILocalSymbol local) => _parts.Add(local);
}

/// <summary>Tells work that a piece of code starts from tasks it only holds. One for each compilation; thread-safe.</summary>
internal sealed class TaskOrigins
{
    private const int DeepestCall = 3;

    private static readonly ConditionalWeakTable<Compilation, TaskOrigins> Cache = new();

    private readonly KnownSymbols _symbols;
    private readonly ConcurrentDictionary<IMethodSymbol, TaskOrigin> _methods = new(SymbolEqualityComparer.Default);
    private readonly System.Lazy<ImmutableArray<INamedTypeSymbol>> _types;
    private readonly System.Lazy<ILookup<ISymbol?, INamedTypeSymbol>> _implementers;

    private TaskOrigins(KnownSymbols symbols)
    {
        _symbols = symbols;
        _types = new(() => TypesIn(symbols.Compilation.Assembly.GlobalNamespace).ToImmutableArray());
        _implementers = new(() => _types.Value
            .SelectMany(static type => type.AllInterfaces.Select(static contract => contract.OriginalDefinition).Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default), static (type, contract) => (Type: type, Contract: contract))
            .ToLookup(static each => each.Contract, static each => each.Type, SymbolEqualityComparer.Default));
    }

    public static TaskOrigins For(Compilation compilation) => Cache.GetValue(compilation, static compilation => new TaskOrigins(KnownSymbols.For(compilation)));

    /// <summary>Takes apart an expression that gives tasks.</summary>
    public TaskValue Of(ExpressionSyntax expression, SemanticModel model, AnalyzerSettings? settings, CancellationToken cancellationToken)
    {
        var value = new TaskValue();
        Add(expression, value, new Scope(model, settings, 0, cancellationToken));
        return value;
    }

    private readonly record struct Scope(SemanticModel Model, AnalyzerSettings? Settings, int Depth, CancellationToken CancellationToken);

    private void Add(ExpressionSyntax? expression, TaskValue value, Scope scope)
    {
        switch (expression)
        {
            case null:
                return;
            case ParenthesizedExpressionSyntax each:
                Add(each.Expression, value, scope);
                return;
            case CastExpressionSyntax each:
                Add(each.Expression, value, scope);
                return;
            case PostfixUnaryExpressionSyntax each when each.IsKind(SyntaxKind.SuppressNullableWarningExpression):
                Add(each.Operand, value, scope);
                return;
            case ConditionalExpressionSyntax each:
                value.IsChoice = true;
                Add(each.WhenTrue, value, scope);
                Add(each.WhenFalse, value, scope);
                return;
            case BinaryExpressionSyntax each when each.IsKind(SyntaxKind.CoalesceExpression):
                value.IsChoice = true;
                Add(each.Left, value, scope);
                Add(each.Right, value, scope);
                return;
            case SwitchExpressionSyntax each:
                value.IsChoice = true;
                foreach (var arm in each.Arms)
                    Add(arm.Expression, value, scope);
                return;
            case ThrowExpressionSyntax or LiteralExpressionSyntax or DefaultExpressionSyntax:
                value.Add(TaskOrigin.Complete);
                return;
            case ConditionalAccessExpressionSyntax each:
                value.IsChoice = true;
                Add(each.WhenNotNull, value, scope);
                return;
            case IdentifierNameSyntax each:
                if (scope.Model.GetSymbolInfo(each, scope.CancellationToken).Symbol is ILocalSymbol local)
                    value.AddPart(local);
                else
                    value.Add(TaskOrigin.Elsewhere);
                return;
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CompletedTask" } each:
                value.Add(Operations.IsCompletedTask(scope.Model.GetSymbolInfo(each, scope.CancellationToken).Symbol, _symbols) ? TaskOrigin.Complete : TaskOrigin.Elsewhere);
                return;
            case ImplicitArrayCreationExpressionSyntax each:
                AddElements(each.Initializer, value, scope);
                return;
            case ArrayCreationExpressionSyntax each:
                AddElements(each.Initializer, value, scope);
                return;
            case BaseObjectCreationExpressionSyntax each:
                AddElements(each.Initializer, value, scope);
                foreach (var argument in each.ArgumentList?.Arguments ?? default)
                {
                    if (HoldsTasks(argument.Expression, scope))
                        Add(argument.Expression, value, scope);
                }

                return;
            case InvocationExpressionSyntax each:
                AddCall(each, value, scope);
                return;
            default:
                // A collection expression is of no kind that the oldest compiler knows.
                if (expression.RawKind == CollectionExpressionKind)
                {
                    foreach (var element in expression.ChildNodes())
                        Add(element.ChildNodes().OfType<ExpressionSyntax>().FirstOrDefault(), value, scope);
                    return;
                }

                value.Add(TaskOrigin.Elsewhere);
                return;
        }
    }

    private const int CollectionExpressionKind = 9076;

    private void AddElements(InitializerExpressionSyntax? initializer, TaskValue value, Scope scope)
    {
        foreach (var element in initializer?.Expressions ?? default)
            Add(element, value, scope);
    }

    private void AddCall(InvocationExpressionSyntax call, TaskValue value, Scope scope)
    {
        if (scope.Model.GetSymbolInfo(call, scope.CancellationToken).Symbol is not IMethodSymbol method)
        {
            value.Add(TaskOrigin.Elsewhere);
            return;
        }

        var receiver = (call.Expression as MemberAccessExpressionSyntax)?.Expression;
        var type = (method.ReducedFrom ?? method).ContainingType;
        if (method.Name is "AsTask" or "Preserve" or "WaitAsync" or "ContinueWith" or "ConfigureAwait" or "Unwrap" && receiver is not null && (Awaitables.IsTaskOrValueTask(type, _symbols) || KnownSymbols.Is(type, _symbols.TaskExtensions)))
        {
            Add(receiver, value, scope);
            return;
        }

        if (KnownSymbols.Is(type, _symbols.Task) && method.Name == "WhenAll")
        {
            foreach (var argument in call.ArgumentList.Arguments)
                Add(argument.Expression, value, scope);
            return;
        }

        if (Namespaces.Around(type) == "System.Linq")
        {
            AddQuery(call, method.Name, receiver, value, scope);
            return;
        }

        value.AddCall(call, OfCall(method, receiver, scope, call.SyntaxTree));
    }

    /// <summary>Operators that keep the elements; <c>Select</c> starts what its lambda starts.</summary>
    private void AddQuery(InvocationExpressionSyntax call, string name, ExpressionSyntax? receiver, TaskValue value, Scope scope)
    {
        if (name == "Select" && call.ArgumentList.Arguments.LastOrDefault()?.Expression is { } selector)
        {
            switch (selector)
            {
                case LambdaExpressionSyntax { AsyncKeyword.RawKind: not 0 }:
                    value.AddCall(call, TaskOrigin.Work);
                    return;
                case LambdaExpressionSyntax { ExpressionBody: { } body }:
                    Add(body, value, scope);
                    return;
                case IdentifierNameSyntax or MemberAccessExpressionSyntax when scope.Model.GetSymbolInfo(selector, scope.CancellationToken).Symbol is IMethodSymbol group:
                    value.AddCall(call, OfCall(group, receiver: null, scope, call.SyntaxTree));
                    return;
            }
        }

        if (name is "ToList" or "ToArray" or "ToHashSet" or "AsEnumerable" or "Cast" or "OfType" or "Concat" or "Append" or "Prepend" or "Union" && receiver is not null)
        {
            Add(receiver, value, scope);
            foreach (var argument in call.ArgumentList.Arguments.Where(argument => HoldsTasks(argument.Expression, scope)))
                Add(argument.Expression, value, scope);
            return;
        }

        value.Add(TaskOrigin.Elsewhere);
    }

    private bool HoldsTasks(ExpressionSyntax expression, Scope scope)
        => new TaskPaths(scope.Model, _symbols, scope.CancellationToken).IsOrHoldsTask(scope.Model.GetTypeInfo(expression, scope.CancellationToken).Type);

    private TaskOrigin OfCall(IMethodSymbol method, ExpressionSyntax? receiver, Scope scope, SyntaxTree tree)
    {
        if (!Awaitables.IsTaskOrValueTask(method.ReturnType, _symbols))
            return TaskOrigin.Elsewhere;
        if (scope.Settings?.IsDetached(method, receiver is null ? null : scope.Model.GetTypeInfo(receiver, scope.CancellationToken).Type, tree) == true)
            return TaskOrigin.Elsewhere;
        return OfMethod((method.ReducedFrom ?? method).OriginalDefinition, scope.Depth, scope.CancellationToken);
    }

    private TaskOrigin OfMethod(IMethodSymbol method, int depth, CancellationToken cancellationToken)
    {
        if (_methods.TryGetValue(method, out var known))
            return known;
        var origin = Decide(method.PartialImplementationPart ?? method, depth, cancellationToken);
        // What a shallower look may still find out is not kept.
        return depth == 0 ? _methods.GetOrAdd(method, origin) : origin;
    }

    private TaskOrigin Decide(IMethodSymbol method, int depth, CancellationToken cancellationToken)
    {
        var type = method.ContainingType;
        if (method.MethodKind == MethodKind.DelegateInvoke || method.IsAsync)
            return TaskOrigin.Work;
        // A task that comes out as a type argument was kept somewhere: `cache.GetOrAdd(…)`, `list.First()`, `Interlocked.Exchange(ref …)`.
        if (method.ReturnType is ITypeParameterSymbol || KnownSymbols.Is(type, _symbols.Interlocked) || KnownSymbols.Is(type, _symbols.Volatile))
            return TaskOrigin.Elsewhere;
        if (IsTaskType(type))
        {
            return method.Name switch
            {
                "Delay" => TaskOrigin.Delay,
                "FromResult" or "FromException" or "FromCanceled" => TaskOrigin.Complete,
                "Run" => TaskOrigin.Work,
                _ => TaskOrigin.Elsewhere,
            };
        }

        // A nursery waits for its children itself.
        if (KnownSymbols.IsOrDerivesFrom(type, _symbols.Nursery) && method.Name != RuntimeNames.RunAsync || KnownSymbols.Is(type, _symbols.NurseryExtensions))
            return TaskOrigin.Elsewhere;
        if (Namespaces.Around(type).StartsWith("System.Collections", System.StringComparison.Ordinal))
            return TaskOrigin.Elsewhere;
        if (method.DeclaringSyntaxReferences.Length != 1 || !_symbols.Compilation.ContainsSyntaxTree(method.DeclaringSyntaxReferences[0].SyntaxTree) || depth >= DeepestCall)
            return TaskOrigin.Work;
        return method.IsAbstract ? OfImplementations(method, depth, cancellationToken) : OfBody(method.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken), depth, cancellationToken);
    }

    /// <summary>Of what the method returns: a task that it holds, or one that it starts.</summary>
    private TaskOrigin OfBody(SyntaxNode declaration, int depth, CancellationToken cancellationToken)
    {
        var (block, arrow) = declaration switch
        {
            BaseMethodDeclarationSyntax method => (method.Body, method.ExpressionBody?.Expression),
            LocalFunctionStatementSyntax local => (local.Body, local.ExpressionBody?.Expression),
            _ => (null, null),
        };
        var returned = arrow is not null
            ? [arrow]
            : block?.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<ReturnStatementSyntax>().Select(static statement => statement.Expression).OfType<ExpressionSyntax>().ToList() ?? [];
        if (returned.Count == 0)
            return TaskOrigin.Work;
#pragma warning disable RS1030 // The callee may live in another file; asked only for calls whose task is raced or awaited later.
        var model = _symbols.Compilation.GetSemanticModel(declaration.SyntaxTree);
#pragma warning restore RS1030
        var value = new TaskValue();
        var scope = new Scope(model, null, depth + 1, cancellationToken);
        foreach (var expression in returned)
            Add(expression, value, scope);
        foreach (var part in value.Parts.ToList())
        {
            if (part.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is VariableDeclaratorSyntax { Initializer.Value: { } initializer })
                Add(initializer, value, scope);
            else
                value.Add(TaskOrigin.Elsewhere);
        }

        return (value.Origin & TaskOrigin.Work) != 0 ? TaskOrigin.Work : value.Origin == TaskOrigin.None ? TaskOrigin.Elsewhere : value.Origin;
    }

    /// <summary>A contract of this project whose every implementation here only hands out tasks that it holds.</summary>
    private TaskOrigin OfImplementations(IMethodSymbol method, int depth, CancellationToken cancellationToken)
    {
        var origin = TaskOrigin.None;
        foreach (var type in method.ContainingType.TypeKind == TypeKind.Interface ? _implementers.Value[method.ContainingType] : _types.Value)
        {
            var implementation = method.ContainingType.TypeKind == TypeKind.Interface
                ? type.FindImplementationForInterfaceMember(MemberOf(type, method)) as IMethodSymbol
                : type.GetMembers(method.Name).OfType<IMethodSymbol>().FirstOrDefault(member => SymbolEqualityComparer.Default.Equals(member.OverriddenMethod?.OriginalDefinition, method));
            if (implementation is { IsAbstract: false })
                origin |= OfMethod(implementation.OriginalDefinition, depth + 1, cancellationToken);
        }

        return origin == TaskOrigin.None || (origin & TaskOrigin.Work) != 0 ? TaskOrigin.Work : origin;
    }

    private static ISymbol MemberOf(INamedTypeSymbol type, IMethodSymbol method)
        => type.AllInterfaces.FirstOrDefault(contract => SymbolEqualityComparer.Default.Equals(contract.OriginalDefinition, method.ContainingType))?.GetMembers(method.Name)
            .FirstOrDefault(member => SymbolEqualityComparer.Default.Equals(member.OriginalDefinition, method)) ?? method;

    private bool IsTaskType(INamedTypeSymbol? type)
        => KnownSymbols.Is(type, _symbols.Task) || KnownSymbols.Is(type, _symbols.TaskOfT) || KnownSymbols.Is(type, _symbols.ValueTask) || KnownSymbols.Is(type, _symbols.ValueTaskOfT);

    private static IEnumerable<INamedTypeSymbol> TypesIn(INamespaceOrTypeSymbol container)
    {
        // Of a type, its other members are made only when somebody asks for them.
        foreach (var member in container is INamespaceSymbol space ? space.GetMembers() : container.GetTypeMembers().CastArray<INamespaceOrTypeSymbol>())
        {
            if (member is INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct } type)
                yield return type;
            foreach (var nested in TypesIn(member))
                yield return nested;
        }
    }
}
