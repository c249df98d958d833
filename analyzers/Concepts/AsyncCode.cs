using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>
/// Whether code runs as part of asynchronous code, and so must not block: async and task-returning functions, delegates that become children or pool work,
/// and private or internal synchronous functions that are called only from those, transitively. Thread-safe; one instance per compilation.
/// </summary>
internal sealed class AsyncCode
{
    private static readonly ConditionalWeakTable<Compilation, AsyncCode> Cache = new();

    private readonly Compilation _compilation;
    private readonly KnownSymbols _symbols;
    private readonly ConcurrentDictionary<IMethodSymbol, bool> _calledOnlyFromAsync = new(SymbolEqualityComparer.Default);

    private AsyncCode(Compilation compilation)
    {
        _compilation = compilation;
        _symbols = KnownSymbols.For(compilation);
    }

    public static AsyncCode For(Compilation compilation) => Cache.GetValue(compilation, static compilation => new AsyncCode(compilation));

    public bool Contains(IOperation operation, CancellationToken cancellationToken)
        => Contains(FunctionContext.Of(operation, _symbols, cancellationToken), cancellationToken);

    public bool Contains(FunctionContext function, CancellationToken cancellationToken) => Ask(function, new Question(), cancellationToken) == Answer.Yes;

    /// <summary>Whether only the program's entry point calls the function, and returns what it returns: <c>Main</c> hands everything over to it.</summary>
    public bool IsPartOfEntryPoint(FunctionContext function, CancellationToken cancellationToken)
        => function.Symbol is { } symbol
           && HoldsForEveryUse(symbol, (call, model) => IsReturned(call) && FunctionContext.Of(call, model, _symbols, cancellationToken).Role == FunctionRole.EntryPoint, cancellationToken);

    /// <summary>
    /// Whether a function has callers, and each call of it is as asked for; not where somebody else may call it: another compilation, or whoever is handed it as a delegate. The first that is
    /// not ends the search: each call is another member that has to be bound.
    /// </summary>
    public bool HoldsForEveryCall(IMethodSymbol function, System.Func<IInvocationOperation, bool> holds, CancellationToken cancellationToken)
        => HoldsForEveryUse(function, (call, model) => model.GetOperation(call, cancellationToken) is IInvocationOperation operation && holds(operation), cancellationToken);

    private bool HoldsForEveryUse(IMethodSymbol function, System.Func<InvocationExpressionSyntax, SemanticModel, bool> holds, CancellationToken cancellationToken)
    {
        var isCalled = false;
        foreach (var (call, model) in UsesOf(function, isOfInterest: null, cancellationToken))
        {
            if (call is null || !holds(call, model))
                return false;
            isCalled = true;
        }

        return isCalled;
    }

    /// <summary>The calls of a function that <paramref name="isOfInterest"/>, as far as they are to be seen. Only those that are of interest are bound.</summary>
    public IEnumerable<(InvocationExpressionSyntax Call, SemanticModel Model)> CallsOf(IMethodSymbol function, System.Func<InvocationExpressionSyntax, bool> isOfInterest, CancellationToken cancellationToken)
    {
        foreach (var (call, model) in UsesOf(function, isOfInterest, cancellationToken))
        {
            if (call is not null)
                yield return (call, model);
        }
    }

    /// <summary>Where a function is used: by a call, or, where that is null, in another way. Nothing where others than this compilation may use it.</summary>
    private IEnumerable<(InvocationExpressionSyntax? Call, SemanticModel Model)> UsesOf(IMethodSymbol function, System.Func<InvocationExpressionSyntax, bool>? isOfInterest, CancellationToken cancellationToken)
    {
        var method = (function.PartialDefinitionPart ?? function).OriginalDefinition;
        if (!CanSeeEveryCaller(method))
            yield break;
        foreach (var (name, model) in References(method, cancellationToken))
        {
            var call = CallAt(name);
            if (call is not null && isOfInterest?.Invoke(call) == false)
                continue;
            var bound = model.GetSymbolInfo(name, cancellationToken).Symbol as IMethodSymbol;
            if (SymbolEqualityComparer.Default.Equals((bound?.ReducedFrom ?? bound)?.OriginalDefinition, method))
                yield return (call, model);
        }
    }

    /// <summary>
    /// Whether a call starts the function and gives a task of its task, which is all that is waited for: <c>Task.Factory.StartNew(RunAsync)</c>. That ends at the first await
    /// that has to wait.
    /// </summary>
    public bool IsStartedForItsFirstPart(FunctionContext function, SemanticModel model, CancellationToken cancellationToken)
    {
        if (function.IsAnonymous)
            return StartOfFirstPart(function.Node, model, cancellationToken) is not null;
        if (function.Symbol is not { MethodKind: MethodKind.Ordinary or MethodKind.LocalFunction } symbol)
            return false;
        var method = symbol.OriginalDefinition;
        return References(method, cancellationToken).Any(reference => (CallAt(reference.Name) is { } call ? IsGivenToStart(call, reference.Model, cancellationToken) : StartOfFirstPart(UseOf(reference.Name), reference.Model, cancellationToken) is not null)
            && SymbolEqualityComparer.Default.Equals(reference.Model.GetSymbolInfo(reference.Name, cancellationToken).Symbol?.OriginalDefinition, method));
    }

    /// <summary><c>Task.Factory.StartNew(() => RunAsync()).Wait()</c>: what the lambda gives is the task of the call. Nobody waits for what is dropped.</summary>
    private bool IsGivenToStart(InvocationExpressionSyntax call, SemanticModel model, CancellationToken cancellationToken)
    {
        ExpressionSyntax given = call.Parent is AwaitExpressionSyntax wait ? wait : call;
        return given.Parent is LambdaExpressionSyntax lambda && StartOfFirstPart(lambda, model, cancellationToken) is { Parent: AwaitExpressionSyntax or MemberAccessExpressionSyntax or EqualsValueClauseSyntax };
    }

    private InvocationExpressionSyntax? StartOfFirstPart(SyntaxNode function, SemanticModel model, CancellationToken cancellationToken)
        => function.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax { Parent: not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Unwrap" } } start }
           && model.GetOperation(start, cancellationToken) is IInvocationOperation call && DroppedResult.StartsNested(call, _symbols) ? start : null;

    /// <summary>The call whose callee is named; null where the name is used in another way.</summary>
    public static InvocationExpressionSyntax? CallAt(SimpleNameSyntax name)
    {
        var use = UseOf(name);
        return use.Parent is InvocationExpressionSyntax call && call.Expression == use ? call : null;
    }

    /// <summary>The name with what it is reached through.</summary>
    public static SyntaxNode UseOf(SimpleNameSyntax name)
        => name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access
            : name.Parent is MemberBindingExpressionSyntax binding ? binding
            : name;

    private static bool IsReturned(ExpressionSyntax call)
    {
        var value = call;
        while (value.Parent is AwaitExpressionSyntax or ParenthesizedExpressionSyntax || value.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Parent: InvocationExpressionSyntax })
            value = value.Parent is MemberAccessExpressionSyntax ? (ExpressionSyntax)value.Parent.Parent! : (ExpressionSyntax)value.Parent;
        return value.Parent is ReturnStatementSyntax or ArrowExpressionClauseSyntax;
    }

    private enum Answer
    {
        No,

        /// <summary>Called in a circle only: neither a caller that is async nor one that is not was found outside it.</summary>
        Undecided,

        Yes,
    }

    private Answer Ask(FunctionContext function, Question question, CancellationToken cancellationToken)
    {
        switch (function.Role)
        {
            case FunctionRole.EntryPoint or FunctionRole.BlockingAllowed:
                return Answer.No;
            case FunctionRole.NurseryBody or FunctionRole.NurseryChild or FunctionRole.ScopeBody or FunctionRole.PoolWork:
                return Answer.Yes;
        }

        if (function.Kind != FunctionKind.Sync)
            return Answer.Yes;
        return function.Symbol is { } symbol ? AskCallers((symbol.PartialDefinitionPart ?? symbol).OriginalDefinition, question, cancellationToken) : Answer.No;
    }

    private Answer AskCallers(IMethodSymbol method, Question question, CancellationToken cancellationToken)
    {
        if (_calledOnlyFromAsync.TryGetValue(method, out var known))
            return known ? Answer.Yes : Answer.No;
        // Asked again while it is being answered: a recursive call is no caller from outside, so it decides nothing.
        if (question.IsOpen(method, out var depth))
        {
            question.ReliesOn(depth);
            return Answer.Undecided;
        }

        depth = question.Open(method);
        var answer = CanSeeEveryCaller(method) ? AskEveryCaller(method, question, cancellationToken) : Answer.No;
        var isFinal = question.Close(method, depth);
        // Inside a circle, "yes" is only as good as the assumption it rests on; "no" is "no" under any.
        if (isFinal || answer == Answer.No)
            _calledOnlyFromAsync.TryAdd(method, answer == Answer.Yes);
        return isFinal && answer == Answer.Undecided ? Answer.No : answer;
    }

    /// <summary>The methods being asked about, outermost first, and the outermost one that an answer so far was assumed for.</summary>
    private sealed class Question
    {
        private readonly Dictionary<IMethodSymbol, int> _open = new(SymbolEqualityComparer.Default);
        private int _outermostAssumed = int.MaxValue;

        public bool IsOpen(IMethodSymbol method, out int depth) => _open.TryGetValue(method, out depth);

        public void ReliesOn(int depth) => _outermostAssumed = System.Math.Min(_outermostAssumed, depth);

        public int Open(IMethodSymbol method)
        {
            var depth = _open.Count;
            _open.Add(method, depth);
            return depth;
        }

        /// <summary>Whether the answer rests on nothing that is still open.</summary>
        public bool Close(IMethodSymbol method, int depth)
        {
            _open.Remove(method);
            if (_outermostAssumed < depth)
                return false;
            _outermostAssumed = int.MaxValue;
            return true;
        }
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

    private Answer AskEveryCaller(IMethodSymbol method, Question question, CancellationToken cancellationToken)
    {
        var answer = Answer.Undecided;
        var inAsync = new List<(SimpleNameSyntax Name, SemanticModel Model)>();
        foreach (var (name, model) in References(method, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (IsCallInAsyncFunction(name))
            {
                inAsync.Add((name, model));
                continue;
            }

            var bound = model.GetSymbolInfo(name, cancellationToken);
            if (bound.Symbol is not IMethodSymbol target)
            {
                // Code that does not bind may be a call of it.
                if (!bound.CandidateSymbols.IsEmpty)
                    return Answer.No;
                continue;
            }

            if (!SymbolEqualityComparer.Default.Equals((target.ReducedFrom ?? target).OriginalDefinition, method))
                continue;

            var caller = AskUse(name, model, question, cancellationToken);
            if (caller == Answer.No)
                return Answer.No;
            if (caller == Answer.Yes)
                answer = Answer.Yes;
        }

        // What their callers are is plain, and all the same: one that means the method is enough, and it is likely to stand where the type is named.
        if (answer != Answer.Yes
            && inAsync.OrderByDescending(each => FileIndex.MayHave(each.Name.SyntaxTree, method.ContainingType.Name, cancellationToken))
                .Any(each => each.Model.GetSymbolInfo(each.Name, cancellationToken).Symbol is IMethodSymbol target && SymbolEqualityComparer.Default.Equals((target.ReducedFrom ?? target).OriginalDefinition, method)))
        {
            answer = Answer.Yes;
        }

        return answer;
    }

    /// <summary>A call by a method or local function that its modifier makes async; <c>Main</c> is a matter of its own.</summary>
    private static bool IsCallInAsyncFunction(SimpleNameSyntax name)
        => CallAt(name) is { } call && FunctionContext.EnclosingFunction(call) is var caller && FunctionContext.IsNamedAsync(caller) && caller is not MethodDeclarationSyntax { Identifier.ValueText: "Main" };

    private Answer AskUse(SimpleNameSyntax name, SemanticModel model, Question question, CancellationToken cancellationToken)
    {
        if (CallAt(name) is { } call)
            return Ask(FunctionContext.Of(call, model, _symbols, cancellationToken), question, cancellationToken);
        return FunctionContext.RoleOfDelegate(UseOf(name), model, _symbols, cancellationToken) is FunctionRole.PoolWork or FunctionRole.NurseryChild or FunctionRole.NurseryBody or FunctionRole.ScopeBody
            ? Answer.Yes
            : Answer.No;
    }

    /// <summary>Whether a call has as many arguments as the method may be given: most of the names that mean another method are told apart by that, for nothing.</summary>
    private static bool MayFit(SimpleNameSyntax name, IMethodSymbol method)
    {
        // What of a half-typed call is an argument is a guess.
        if (CallAt(name) is not { } call || call.ContainsDiagnostics)
            return true;
        var given = call.ArgumentList.Arguments.Count + (method.IsExtensionMethod ? 1 : 0);
        // An extension may also be called as what it is, a static method.
        var most = method.Parameters.Length + (method.IsExtensionMethod ? 1 : 0);
        return given >= method.Parameters.Count(static each => !each.IsOptional && !each.IsParams) && (given <= most || method.Parameters.Any(static each => each.IsParams));
    }

    private static bool IsInNameOf(SimpleNameSyntax name)
        => name.Ancestors().OfType<InvocationExpressionSyntax>().Any(static call => call.Expression is IdentifierNameSyntax { Identifier.ValueText: "nameof" });

    /// <summary>
    /// Every name in the compilation that may mean <paramref name="method"/>. Asked only for methods that hold a blocking call, which are few; trees that
    /// lack the name are passed over.
    /// </summary>
    private IEnumerable<(SimpleNameSyntax Name, SemanticModel Model)> References(IMethodSymbol method, CancellationToken cancellationToken)
    {
        var isLocal = method.MethodKind == MethodKind.LocalFunction || method.DeclaredAccessibility == Accessibility.Private;
        IEnumerable<SyntaxTree> trees = isLocal
            ? (method.MethodKind == MethodKind.LocalFunction ? method.DeclaringSyntaxReferences : method.ContainingType.DeclaringSyntaxReferences).Select(static reference => reference.SyntaxTree).Distinct()
            : FileIndex.TreesWith(_compilation, method.Name, cancellationToken);

        foreach (var tree in trees)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SemanticModel? model = null;
            foreach (var name in FileIndex.NamesIn(tree.GetRoot(cancellationToken), method.Name, cancellationToken))
            {
#pragma warning disable RS1030 // A caller may live in any tree; the models are made only for trees that name the method, and the answer is cached.
                model ??= _compilation.GetSemanticModel(tree);
#pragma warning restore RS1030
                if (MayFit(name, method) && !IsInNameOf(name))
                    yield return (name, model);
            }
        }
    }
}
