using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Structured.Analyzers.Flow;

namespace Structured.Analyzers;

/// <summary>SC1004: between the start of a task and its await the function can be left, and the task stays behind.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC1004StartedTaskCanBeOrphaned : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC1004StartedTaskCanBeOrphaned()
        : base(Descriptors.StartedTaskCanBeOrphaned)
    {
    }

    private protected override void Register(RuleContext context)
    {
        var last = new LastOfThread<FunctionStarts>();
        context.Start.RegisterOperationAction(operation => Analyze(operation, context, last), OperationKind.VariableDeclarator);
    }

    private static void Analyze(OperationAnalysisContext context, RuleContext rule, LastOfThread<FunctionStarts> last)
    {
        var variable = (IVariableDeclaratorOperation)context.Operation;
        if (!Awaitables.IsTaskOrValueTask(variable.Symbol.Type, rule.Symbols) || variable.SemanticModel is not { } model)
            return;
        // Most functions with a task in a variable, and most such variables, are of no interest: that is found out first.
        var around = FunctionContext.EnclosingFunction(variable.Syntax);
        if (!MayBeJudged(around))
            return;
        var starts = last.Get(each => each.IsOf(around, model, context.CancellationToken), () => new FunctionStarts(around, model, rule, context.CancellationToken));
        if (starts.Of(variable.Symbol).IsEmpty)
            return;
        IOperation member = variable;
        while (member.Parent is { } parent)
            member = parent;
        // A function is judged as a whole, at the first of these variables.
        var function = FlowGraphs.FunctionAround(variable.Syntax, member.Syntax);
        var all = starts.All(() => VariablesOf(function, member));
        if (!SymbolEqualityComparer.Default.Equals(all[0].Local, variable.Symbol))
            return;
        foreach (var graph in FlowGraphs.Of(ImmutableHashSet.Create(function), member.Syntax, context.GetControlFlowGraph(), context.CancellationToken))
            Report(all, starts, graph, context);
    }

    /// <summary>Whether a task that the function keeps is awaited, if it is; elsewhere it is returned or blocked on, which are other questions.</summary>
    private static bool MayBeJudged(SyntaxNode function)
        => function is AnonymousFunctionExpressionSyntax { AsyncKeyword.RawKind: not 0 } or CompilationUnitSyntax or MethodDeclarationSyntax { Identifier.ValueText: "Main" } || FunctionContext.IsNamedAsync(function);

    private static IEnumerable<ILocalSymbol> VariablesOf(SyntaxNode function, IOperation member)
        => member.Descendants().OfType<IVariableDeclaratorOperation>().Where(each => FlowGraphs.FunctionAround(each.Syntax, member.Syntax) == function).Select(static each => each.Symbol);

    private static void Report(ImmutableArray<TaskStart> all, FunctionStarts function, ControlFlowGraph graph, OperationAnalysisContext context)
    {
        foreach (var start in OrphanedTasks.Find(graph, all, function.Locals, function.WaysOut, context.CancellationToken))
            context.Report(Diagnostic.Create(Descriptors.StartedTaskCanBeOrphaned, (start.Value.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } ? declarator : start.Value.Parent!).GetLocation(), [start.Value.GetLocation()], start.Local.Name));
    }

    /// <summary>The tasks that a function starts and keeps in variables. Not thread-safe.</summary>
    private sealed class FunctionStarts
    {
        private readonly SyntaxNode _function;
        private readonly SemanticModel _model;
        private readonly CancellationToken _cancellationToken;
        private readonly bool _isJudged;
        private readonly Dictionary<ILocalSymbol, ImmutableArray<TaskStart>> _starts = new(SymbolEqualityComparer.Default);
        private ImmutableArray<TaskStart> _all;

        public FunctionStarts(SyntaxNode function, SemanticModel model, RuleContext rule, CancellationToken cancellationToken)
        {
            _function = function;
            _model = model;
            _cancellationToken = cancellationToken;
            _isJudged = IsJudged(FunctionContext.OfFunction(function, model, rule.Symbols, cancellationToken), rule);
            Locals = TaskLocals.Of(function, model, rule, cancellationToken);
            WaysOut = new WaysOut(Locals, model, rule.Symbols, cancellationToken);
        }

        public TaskLocals Locals { get; }

        public WaysOut WaysOut { get; }

        public bool IsOf(SyntaxNode function, SemanticModel model, CancellationToken cancellationToken) => _function == function && _model == model && _cancellationToken == cancellationToken;

        /// <summary>The tasks that one variable keeps; those are left out that are used before anything can go wrong.</summary>
        public ImmutableArray<TaskStart> Of(ILocalSymbol variable)
        {
            if (!_isJudged)
                return ImmutableArray<TaskStart>.Empty;
            if (!_starts.TryGetValue(variable, out var known))
                _starts.Add(variable, known = StartsOf(variable, Locals, _cancellationToken).Where(start => !WaysOut.AreNoneBeforeUse(start.Local, start.Value)).ToImmutableArray());
            return known;
        }

        /// <summary>Those of all variables of the function.</summary>
        public ImmutableArray<TaskStart> All(Func<IEnumerable<ILocalSymbol>> variables)
            => _all.IsDefault ? _all = variables().SelectMany(each => Of(each)).ToImmutableArray() : _all;

        private bool IsJudged(FunctionContext function, RuleContext rule)
        {
            if (function.Kind != FunctionKind.Async && function.Role != FunctionRole.EntryPoint || function.Symbol is { } symbol && rule.Settings.IsDetached(symbol, receiver: null, _function.SyntaxTree))
                return false;
            // A test starts, pokes, awaits; where it fails in between it has failed, and what it left behind is of no interest.
            return _function.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { AttributeLists.Count: > 0 } method || !TestMethod.Is(_model.GetDeclaredSymbol(method, _cancellationToken));
        }
    }

    private static IEnumerable<TaskStart> StartsOf(ILocalSymbol local, TaskLocals locals, CancellationToken cancellationToken)
    {
        if (locals.Get(local) is not { IsCollection: false, IsCaptured: false, HasOtherWrites: false } known)
            yield break;
        // A variable that is never used is a dropped task, which is another rule's.
        if (!locals.UsesOf(local).Any(use => !locals.IsOnlyLook(use)))
            yield break;
        foreach (var (value, tasks) in known.Writes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (value.ContainsDiagnostics || locals.WorkIn(tasks) is not { } calls)
                continue;
            var tokens = new Lazy<ImmutableHashSet<ISymbol>>(() => locals.Endings.TokensOf(calls), LazyThreadSafetyMode.None);
            var receivers = new Lazy<ImmutableHashSet<ISymbol>>(() => locals.Endings.ReceiversOf(calls), LazyThreadSafetyMode.None);
            yield return new TaskStart(local, value, value.Parent is EqualsValueClauseSyntax && !tasks.IsChoice, tokens, receivers);
        }
    }
}
