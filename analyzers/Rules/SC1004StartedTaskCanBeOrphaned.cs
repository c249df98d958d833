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
        => context.Start.RegisterOperationAction(operation => Analyze(operation, context), OperationKind.VariableDeclarator);

    private static void Analyze(OperationAnalysisContext context, RuleContext rule)
    {
        if (!IsOfTask(context.Operation, rule.Symbols) || context.Operation.SemanticModel is not { } model)
            return;
        var member = context.Operation;
        while (member.Parent is { } around)
            member = around;
        // A function is judged as a whole, at the first of its variables.
        var function = FlowGraphs.FunctionAround(context.Operation.Syntax, member.Syntax);
        var variables = VariablesOf(function, member, rule.Symbols);
        if (variables.First() != context.Operation || FunctionStarts.In(variables.Select(static each => each.Symbol).ToImmutableArray(), model, rule, context.CancellationToken) is not { } starts)
            return;
        foreach (var graph in FlowGraphs.Of(ImmutableHashSet.Create(function), member.Syntax, context.GetControlFlowGraph(), context.CancellationToken))
            Report(starts, graph, context);
    }

    private static IEnumerable<IVariableDeclaratorOperation> VariablesOf(SyntaxNode function, IOperation member, KnownSymbols symbols)
        => member.Descendants().OfType<IVariableDeclaratorOperation>().Where(each => IsOfTask(each, symbols) && FlowGraphs.FunctionAround(each.Syntax, member.Syntax) == function);

    private static bool IsOfTask(IOperation operation, KnownSymbols symbols) => Awaitables.IsTaskOrValueTask(((IVariableDeclaratorOperation)operation).Symbol.Type, symbols);

    private static void Report(FunctionStarts function, ControlFlowGraph graph, OperationAnalysisContext context)
    {
        foreach (var start in OrphanedTasks.Find(graph, function.Starts, function.Locals, function.Endings, function.WaysOut, context.CancellationToken))
            context.Report(Diagnostic.Create(Descriptors.StartedTaskCanBeOrphaned, (start.Value.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } ? declarator : start.Value.Parent!).GetLocation(), [start.Value.GetLocation()], start.Local.Name));
    }

    /// <summary>The tasks that a function starts and keeps in variables.</summary>
    private sealed record FunctionStarts(ImmutableArray<TaskStart> Starts, TaskLocals Locals, WorkEndings Endings, WaysOut WaysOut)
    {
        /// <summary>Null for a function without such a start, one whose tasks are all used before anything can go wrong, and one that is not judged.</summary>
        public static FunctionStarts? In(ImmutableArray<ILocalSymbol> variables, SemanticModel model, RuleContext rule, CancellationToken cancellationToken)
        {
            var place = variables[0].DeclaringSyntaxReferences[0].GetSyntax(cancellationToken);
            var function = FunctionContext.Of(place, model, rule.Symbols, cancellationToken);
            // Elsewhere a task is returned or blocked on, which are other questions.
            if (function.Kind != FunctionKind.Async && function.Role != FunctionRole.EntryPoint || function.Symbol is { } symbol && rule.Settings.IsDetached(symbol, receiver: null, place.SyntaxTree))
                return null;
            // A test starts, pokes, awaits; where it fails in between it has failed, and what it left behind is of no interest.
            if (function.Node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { AttributeLists.Count: > 0 } method && TestMethod.Is(model.GetDeclaredSymbol(method, cancellationToken)))
                return null;
            var locals = new TaskLocals(function.Node, model, rule.Symbols, rule.Settings, cancellationToken);
            var endings = new WorkEndings(locals, model, rule.Symbols, cancellationToken);
            var waysOut = new WaysOut(locals, model, rule.Symbols, cancellationToken);
            var starts = variables.SelectMany(local => StartsOf(local, locals, endings, cancellationToken)).Where(start => !waysOut.AreNoneBeforeUse(start.Local, start.Value)).ToImmutableArray();
            return starts.IsEmpty ? null : new FunctionStarts(starts, locals, endings, waysOut);
        }
    }

    private static IEnumerable<TaskStart> StartsOf(ILocalSymbol local, TaskLocals locals, WorkEndings endings, CancellationToken cancellationToken)
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
            var tokens = new Lazy<ImmutableHashSet<ISymbol>>(() => endings.TokensOf(calls), LazyThreadSafetyMode.None);
            var receivers = new Lazy<ImmutableHashSet<ISymbol>>(() => endings.ReceiversOf(calls), LazyThreadSafetyMode.None);
            yield return new TaskStart(local, value, value.Parent is EqualsValueClauseSyntax && !tasks.IsChoice, tokens, receivers);
        }
    }
}
