using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>What a function is by its own signature.</summary>
internal enum FunctionKind
{
    /// <summary>Neither async nor returning anything that can be awaited.</summary>
    Sync,

    /// <summary>Returns an awaitable without being marked <c>async</c>.</summary>
    TaskReturning,

    /// <summary>Marked <c>async</c>, iterators and <c>async void</c> included.</summary>
    Async,
}

/// <summary>What the caller does with a function: who runs it, and where.</summary>
internal enum FunctionRole
{
    /// <summary>Nothing is known: a plain member, or a delegate handed to somebody else.</summary>
    None,

    /// <summary>The program's entry point, or its top-level statements.</summary>
    EntryPoint,

    /// <summary>The body of a nursery.</summary>
    NurseryBody,

    /// <summary>Started in a nursery.</summary>
    NurseryChild,

    /// <summary>The body of a cancel scope.</summary>
    ScopeBody,

    /// <summary>Queued to the thread pool: <c>Task.Run</c>, <c>StartNew</c>, <c>ContinueWith</c>, <c>QueueUserWorkItem</c>.</summary>
    PoolWork,

    /// <summary>Runs where blocking is allowed: <c>ToThread</c>, a thread of its own, a long-running task.</summary>
    BlockingAllowed,
}

/// <summary>The function that a piece of code belongs to: a member, an accessor, a local function, a lambda, or the top-level statements.</summary>
internal sealed class FunctionContext
{
    private FunctionContext(SyntaxNode node, IMethodSymbol? symbol, FunctionKind kind, FunctionRole role)
    {
        Node = node;
        Symbol = symbol;
        Kind = kind;
        Role = role;
    }

    /// <summary>The declaration: a member, accessor, local function, lambda or compilation unit; a field or property declaration for an initializer.</summary>
    public SyntaxNode Node { get; }

    /// <summary>Null for initializers.</summary>
    public IMethodSymbol? Symbol { get; }

    public FunctionKind Kind { get; }

    public FunctionRole Role { get; }

    public bool IsAnonymous => Node is AnonymousFunctionExpressionSyntax;

    public static FunctionContext Of(IOperation operation, KnownSymbols symbols, CancellationToken cancellationToken)
        => Of(operation.Syntax, operation.SemanticModel!, symbols, cancellationToken);

    public static FunctionContext Of(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => OfFunction(EnclosingFunction(node), model, symbols, cancellationToken);

    /// <summary>The same for a function that <see cref="EnclosingFunction"/> gave.</summary>
    public static FunctionContext OfFunction(SyntaxNode function, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var symbol = SymbolOf(function, model, cancellationToken);
        return new FunctionContext(function, symbol, KindOf(symbol, symbols), RoleOf(function, symbol, model, symbols, cancellationToken));
    }

    /// <summary>The innermost function around <paramref name="node"/>; parameters' default values and attributes belong to what is outside.</summary>
    public static SyntaxNode EnclosingFunction(SyntaxNode node)
    {
        for (var current = node; ; current = current.Parent)
        {
            switch (current)
            {
                case AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or BaseMethodDeclarationSyntax or AccessorDeclarationSyntax:
                case ArrowExpressionClauseSyntax { Parent: PropertyDeclarationSyntax or IndexerDeclarationSyntax }:
                case BaseFieldDeclarationSyntax or PropertyDeclarationSyntax or TypeDeclarationSyntax or CompilationUnitSyntax:
                    return current;
                case null:
                    return node.SyntaxTree.GetRoot();
            }
        }
    }

    /// <summary>Whether a function with a name, a method or local function, is async: its modifier says so, without a look at what it means.</summary>
    public static bool IsNamedAsync(SyntaxNode function)
        => function switch
        {
            MethodDeclarationSyntax method => method.Modifiers.Any(SyntaxKind.AsyncKeyword),
            LocalFunctionStatementSyntax local => local.Modifiers.Any(SyntaxKind.AsyncKeyword),
            _ => false,
        };

    public static FunctionKind KindOf(IMethodSymbol? symbol, KnownSymbols symbols)
    {
        if (symbol is null)
            return FunctionKind.Sync;
        if (symbol.IsAsync)
            return FunctionKind.Async;
        return Awaitables.IsAwaitable(symbol.ReturnType, symbols) || Awaitables.IsAsyncSequence(symbol.ReturnType, symbols) ? FunctionKind.TaskReturning : FunctionKind.Sync;
    }

    private static IMethodSymbol? SymbolOf(SyntaxNode function, SemanticModel model, CancellationToken cancellationToken)
        => function switch
        {
            AnonymousFunctionExpressionSyntax => model.GetSymbolInfo(function, cancellationToken).Symbol as IMethodSymbol,
            LocalFunctionStatementSyntax or BaseMethodDeclarationSyntax or AccessorDeclarationSyntax => model.GetDeclaredSymbol(function, cancellationToken) as IMethodSymbol,
            ArrowExpressionClauseSyntax arrow => (model.GetDeclaredSymbol(arrow.Parent!, cancellationToken) as IPropertySymbol)?.GetMethod,
            CompilationUnitSyntax unit => model.GetDeclaredSymbol(unit, cancellationToken),
            _ => null,
        };

    private static FunctionRole RoleOf(SyntaxNode function, IMethodSymbol? symbol, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (function is CompilationUnitSyntax)
            return FunctionRole.EntryPoint;
        if (function is AnonymousFunctionExpressionSyntax)
            return RoleOfDelegate(function, model, symbols, cancellationToken);
        if (function is MethodDeclarationSyntax { Identifier.ValueText: "Main" } && symbol is not null
            && SymbolEqualityComparer.Default.Equals(model.Compilation.GetEntryPoint(cancellationToken), symbol))
        {
            return FunctionRole.EntryPoint;
        }

        return FunctionRole.None;
    }

    /// <summary>What becomes of a lambda, anonymous method or method group that is written as an argument.</summary>
    public static FunctionRole RoleOfDelegate(SyntaxNode expression, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var node = expression;
        while (node.Parent is ParenthesizedExpressionSyntax or CastExpressionSyntax)
            node = node.Parent;
        // `new Thread(new ThreadStart(Work))`
        if (node.Parent is ArgumentSyntax { Parent: ArgumentListSyntax { Parent: BaseObjectCreationExpressionSyntax wrapper } }
            && model.GetTypeInfo(wrapper, cancellationToken).Type?.TypeKind == TypeKind.Delegate)
        {
            return RoleOfDelegate(wrapper, model, symbols, cancellationToken);
        }

        if (node.Parent is not ArgumentSyntax { Parent: ArgumentListSyntax { Parent: { } call } arguments })
            return FunctionRole.None;
        if (model.GetSymbolInfo(call, cancellationToken).Symbol is not IMethodSymbol target)
            return FunctionRole.None;

        return RoleOfArgument(target, arguments, model, symbols, cancellationToken);
    }

    /// <summary>
    /// Whether a delegate of that role is given a thread of its own, and leaves it at its first await: not one that runs on a scheduler, which its awaits come back to.
    /// </summary>
    public static bool HasOwnThread(SyntaxNode expression, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => RoleOfDelegate(expression, model, symbols, cancellationToken) == FunctionRole.BlockingAllowed
           && expression.FirstAncestorOrSelf<ArgumentSyntax>() is { Parent: ArgumentListSyntax arguments } && !arguments.Arguments.Any(argument => IsOwnScheduler(argument.Expression, model, symbols, cancellationToken));

    private static FunctionRole RoleOfArgument(IMethodSymbol target, ArgumentListSyntax arguments, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var type = (target.ReducedFrom ?? target).ContainingType?.OriginalDefinition;
        if (type is null)
            return FunctionRole.None;

        if (KnownSymbols.Is(type, symbols.Thread) && target.MethodKind == MethodKind.Constructor)
            return FunctionRole.BlockingAllowed;
        if (KnownSymbols.Is(type, symbols.ToThread))
            return FunctionRole.BlockingAllowed;
        if (KnownSymbols.Is(type, symbols.CancelScope))
            return FunctionRole.ScopeBody;
        if (KnownSymbols.IsOrDerivesFrom(type, symbols.Nursery) || KnownSymbols.Is(type, symbols.NurseryExtensions))
        {
            return target.Name switch
            {
                RuntimeNames.RunAsync or RuntimeNames.RunMainAsync => FunctionRole.NurseryBody,
                RuntimeNames.StartSoon or RuntimeNames.StartNow or RuntimeNames.StartWork or RuntimeNames.StartAsync => FunctionRole.NurseryChild,
                _ => FunctionRole.None,
            };
        }

        var hasThread = arguments.Arguments.Any(argument => IsLongRunning(argument.Expression, model, symbols, cancellationToken) || IsOwnScheduler(argument.Expression, model, symbols, cancellationToken));
        if (KnownSymbols.Is(type, symbols.Task) && (target.Name == "Run" || target.MethodKind == MethodKind.Constructor || target.Name == "ContinueWith")
            || KnownSymbols.Is(type, symbols.TaskOfT) && (target.MethodKind == MethodKind.Constructor || target.Name == "ContinueWith")
            || (KnownSymbols.Is(type, symbols.TaskFactory) || KnownSymbols.Is(type, symbols.TaskFactoryOfT)) && target.Name == "StartNew")
        {
            return hasThread ? FunctionRole.BlockingAllowed : FunctionRole.PoolWork;
        }

        if (KnownSymbols.Is(type, symbols.ThreadPool) && target.Name is "QueueUserWorkItem" or "UnsafeQueueUserWorkItem")
            return FunctionRole.PoolWork;
        return FunctionRole.None;
    }

    /// <summary>Options that ask for a thread of the work's own, or that may.</summary>
    public static bool IsLongRunning(ExpressionSyntax expression, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        const int LongRunning = 2; // TaskCreationOptions.LongRunning and TaskContinuationOptions.LongRunning
        return model.GetTypeInfo(expression, cancellationToken).Type is { TypeKind: TypeKind.Enum, Name: "TaskCreationOptions" or "TaskContinuationOptions" } options
               && SymbolEqualityComparer.Default.Equals(options.ContainingNamespace, symbols.Task!.ContainingNamespace)
               && (model.GetConstantValue(expression, cancellationToken) is not { HasValue: true, Value: int flags } || (flags & LongRunning) != 0);
    }

    /// <summary>A scheduler other than the default ones: its threads may be its own.</summary>
    private static bool IsOwnScheduler(ExpressionSyntax expression, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => KnownSymbols.IsOrDerivesFrom(model.GetTypeInfo(expression, cancellationToken).Type, symbols.TaskScheduler)
           && !(model.GetSymbolInfo(expression, cancellationToken).Symbol is IPropertySymbol { Name: "Default" or "Current" } property && KnownSymbols.Is(property.ContainingType, symbols.TaskScheduler));
}
