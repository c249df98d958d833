using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FindSymbols;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Functions that are run on a thread of their own, and block it on purpose: <c>Task.Factory.StartNew(() => consumer.ListenAsync(), TaskCreationOptions.LongRunning)</c>. The first
/// await that has to wait takes them off that thread, for good.
/// </summary>
internal static class OwnThread
{
    public const string Reason = "it runs on a thread of its own, which an await would take it off";

    private const int DeepestCaller = 3, MostFunctions = 20, DeepestCall = 3;

    /// <summary>
    /// What asynchronous work that asks for a thread may block it with: a call of the framework that waits, or a member of an interface, whose implementations may do so. Null where
    /// nothing is seen to.
    /// </summary>
    public static string? BlockedBy(ExpressionSyntax work, SemanticModel model, CancellationToken cancellationToken)
    {
        var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        if (work is AnonymousFunctionExpressionSyntax)
            return In(work, model, DeepestCall);
        return model.GetSymbolInfo(work, cancellationToken).Symbol is IMethodSymbol group ? Of(group, model.Compilation, DeepestCall) : null;

        string? In(SyntaxNode code, SemanticModel there, int depth)
            => code.DescendantNodes(node => node == code || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<InvocationExpressionSyntax>()
                .Select(call => there.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol called ? Of(called, there.Compilation, depth) : null)
                .FirstOrDefault(static found => found is not null);

        string? Of(IMethodSymbol called, Compilation compilation, int depth)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var method = (called.ReducedFrom ?? called).OriginalDefinition;
            if (BlockingCalls.Contains(method) || BlockingWaits.Contains(method))
                return method.Name;
            if (depth == 0 || !seen.Add(method) || Sources.CompilationOf(method, compilation) is not { } home)
                return null;
            if (Implementations.AreNeeded(method))
                return Awaitables.IsAwaitable(method.ReturnType, KnownSymbols.For(home)) ? method.Name : null;
            return Sources.DeclarationsOf(method, compilation, cancellationToken).Select(each => In(each.Declaration, each.Model, depth - 1)).FirstOrDefault(static found => found is not null);
        }
    }

    /// <summary>
    /// Whether the function around <paramref name="place"/> is run there, directly or through its callers in the solution, on whatever type they call it, and code goes on
    /// behind the place.
    /// </summary>
    public static async Task<bool> IsLeftAsync(SyntaxNode place, SemanticModel model, Solution solution, CancellationToken cancellationToken)
    {
        var symbols = KnownSymbols.For(model.Compilation);
        var function = FunctionContext.Of(place, model, symbols, cancellationToken);
        if (function.Symbol is not { MethodKind: MethodKind.Ordinary or MethodKind.LocalFunction or MethodKind.ExplicitInterfaceImplementation } symbol || IsLeftAnyway(place, function.Node, model, cancellationToken))
            return false;
        var isTest = TestMethod.AreIn(model.Compilation);
        var pending = new Queue<(IMethodSymbol Function, bool GoesOn, int Depth)>();
        var seen = new HashSet<(ISymbol, bool)>();
        pending.Enqueue((symbol.OriginalDefinition, GoesOn(place, function.Node), 0));
        while (pending.Count > 0 && seen.Count < MostFunctions)
        {
            var (next, goesOn, depth) = pending.Dequeue();
            if (!seen.Add((next, goesOn)))
                continue;
            foreach (var (name, there) in await ReferencesAsync(next, solution, cancellationToken).ConfigureAwait(false))
            {
                var known = KnownSymbols.For(there.Compilation);
                // A thread that a test gives it says nothing of how it runs elsewhere.
                if (!isTest && TestMethod.AreIn(there.Compilation))
                    continue;
                if (AsyncCode.CallAt(name) is not { } call)
                {
                    if (goesOn && FunctionContext.HasOwnThread(AsyncCode.UseOf(name), there, known, cancellationToken))
                        return true;
                    continue;
                }

                var caller = CallerOf(call, there, known, cancellationToken, out var isOnThread);
                var callerGoesOn = goesOn || GoesOn(call, caller);
                if (isOnThread && callerGoesOn)
                    return true;
                if (depth < DeepestCaller && there.GetDeclaredSymbol(caller, cancellationToken) is IMethodSymbol outer)
                    pending.Enqueue((outer.OriginalDefinition, callerGoesOn, depth + 1));
            }
        }

        return false;
    }

    /// <summary>The function that makes a call; a lambda that is handed to another call is taken to run there.</summary>
    private static SyntaxNode CallerOf(InvocationExpressionSyntax call, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken, out bool isOnThread)
    {
        var caller = FunctionContext.EnclosingFunction(call);
        while (true)
        {
            isOnThread = caller is AnonymousFunctionExpressionSyntax && FunctionContext.HasOwnThread(caller, model, symbols, cancellationToken);
            if (isOnThread || caller is not AnonymousFunctionExpressionSyntax { Parent: ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax } } || FunctionContext.RoleOfDelegate(caller, model, symbols, cancellationToken) != FunctionRole.None)
                return caller;
            caller = FunctionContext.EnclosingFunction(caller.Parent!);
        }
    }

    /// <summary>Whether anything is run in the function behind the place.</summary>
    private static bool GoesOn(SyntaxNode place, SyntaxNode function)
    {
        foreach (var node in place.AncestorsAndSelf().TakeWhile(each => each != function))
        {
            if (node is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax)
                return true;
            var later = node.Parent switch
            {
                BlockSyntax block => block.Statements.SkipWhile(each => each != node).Skip(1),
                TryStatementSyntax { Finally: { Block: var last } end } when end != node => last.Statements,
                _ => Enumerable.Empty<SyntaxNode>(),
            };
            if (later.Any(static each => each is not LocalFunctionStatementSyntax && Own(each).Any(static code => code is InvocationExpressionSyntax)))
                return true;
        }

        return false;
    }

    /// <summary>Whether the function awaits in any case before it comes to the place, or in each turn of the loop: it has left its thread without a fix.</summary>
    private static bool IsLeftAnyway(SyntaxNode place, SyntaxNode function, SemanticModel model, CancellationToken cancellationToken)
    {
        foreach (var node in place.AncestorsAndSelf().OfType<StatementSyntax>().TakeWhile(each => each != function))
        {
            // `await foreach (…)`, `while (await reader.WaitToReadAsync())`
            if (node is CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 } || ConditionOf(node) is { } condition && Own(condition).OfType<AwaitExpressionSyntax>().Any(MayWait))
                return true;
            if (node.Parent is not BlockSyntax block)
                continue;
            var isInLoop = block.Parent is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax;
            if ((isInLoop ? block.Statements : block.Statements.TakeWhile(each => each != node)).Any(each => each != node && each is ExpressionStatementSyntax or LocalDeclarationStatementSyntax && Own(each).OfType<AwaitExpressionSyntax>().Any(MayWait)))
                return true;
        }

        return false;

        static ExpressionSyntax? ConditionOf(StatementSyntax loop) => (loop as WhileStatementSyntax)?.Condition ?? (loop as DoStatementSyntax)?.Condition ?? (loop as ForStatementSyntax)?.Condition;

        // What only gives a task may give a complete one, and so may what implements a member of an interface.
        bool MayWait(AwaitExpressionSyntax wait)
            => Own(wait.Expression).OfType<InvocationExpressionSyntax>().Any(call => model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol method && (method.IsAsync || method.DeclaringSyntaxReferences.IsEmpty && method.Name != "ConfigureAwait"));
    }

    private static IEnumerable<SyntaxNode> Own(SyntaxNode code) => code.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax));

    /// <summary>Where the function is named, or the member that it implements or overrides; not where another that does so is.</summary>
    private static async Task<IReadOnlyList<(SimpleNameSyntax Name, SemanticModel Model)>> ReferencesAsync(IMethodSymbol function, Solution solution, CancellationToken cancellationToken)
    {
        var found = new List<(SimpleNameSyntax, SemanticModel)>();
        foreach (var referenced in await SymbolFinder.FindReferencesAsync(function, solution, cancellationToken).ConfigureAwait(false))
        {
            if (referenced.Definition is not IMethodSymbol definition || !IsSelfOrAbove(definition, function))
                continue;
            foreach (var location in referenced.Locations)
            {
                if (await location.Document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false) is not { } model)
                    continue;
                var root = await model.SyntaxTree.GetRootAsync(cancellationToken).ConfigureAwait(false);
                if (!FunctionReference.IsOnlyNamed(location, root) && root.FindNode(location.Location.SourceSpan, getInnermostNodeForTie: true) is SimpleNameSyntax name)
                    found.Add((name, model));
            }
        }

        return found;
    }

    /// <summary>Compared by name across projects, whose symbols differ.</summary>
    private static bool IsSelfOrAbove(IMethodSymbol definition, IMethodSymbol function)
    {
        if (function.MethodKind == MethodKind.LocalFunction || definition.ContainingType is not { } type)
            return true;
        var wanted = NameOf(type);
        for (INamedTypeSymbol? current = function.ContainingType; current is not null; current = current.BaseType)
        {
            if (NameOf(current) == wanted)
                return true;
        }

        return function.ContainingType.AllInterfaces.Any(contract => NameOf(contract) == wanted);
    }

    private static string NameOf(INamedTypeSymbol type) => type.OriginalDefinition.ToDisplayString();
}
