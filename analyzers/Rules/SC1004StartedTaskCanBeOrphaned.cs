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
        => context.Start.RegisterOperationBlockAction(block => Analyze(block, context));

    private static void Analyze(OperationBlockAnalysisContext context, RuleContext rule)
    {
        foreach (var block in context.OperationBlocks)
        {
            if (block.SemanticModel is not { } model)
                continue;
            // Graphs are made only for members that keep a task they start in a variable.
            var functions = block.Descendants().OfType<IVariableDeclaratorOperation>().Where(variable => Awaitables.IsTaskOrValueTask(variable.Symbol.Type, rule.Symbols))
                .GroupBy(variable => FlowGraphs.FunctionAround(variable.Syntax, block.Syntax), static variable => variable.Symbol)
                .Select(variables => (Function: variables.Key, Starts: FunctionStarts.In(variables.ToImmutableArray(), model, rule, context.CancellationToken)))
                .Where(static each => each.Starts is not null).ToDictionary(static each => each.Function, static each => each.Starts!);
            if (functions.Count == 0)
                continue;
            foreach (var graph in FlowGraphs.All(context.GetControlFlowGraph(block), context.CancellationToken))
            {
                if (functions.TryGetValue(FlowGraphs.FunctionOf(graph, block.Syntax), out var starts))
                    Report(starts, graph, model, context, rule);
            }
        }
    }

    private static void Report(FunctionStarts function, ControlFlowGraph graph, SemanticModel model, OperationBlockAnalysisContext context, RuleContext rule)
    {
        foreach (var start in OrphanedTasks.Find(graph, function.Starts, function.Locals, function.Endings, model, rule.Symbols, context.CancellationToken))
            context.ReportDiagnostic(Diagnostic.Create(Descriptors.StartedTaskCanBeOrphaned, (start.Value.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } ? declarator : start.Value.Parent!).GetLocation(), [start.Value.GetLocation()], start.Local.Name));
    }

    /// <summary>The tasks that a function starts and keeps in variables.</summary>
    private sealed record FunctionStarts(ImmutableArray<TaskStart> Starts, TaskLocals Locals, WorkEndings Endings)
    {
        /// <summary>Null for a function without such a start, and one that is not judged.</summary>
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
            var starts = variables.SelectMany(local => StartsOf(local, locals, endings, cancellationToken)).ToImmutableArray();
            return starts.IsEmpty ? null : new FunctionStarts(starts, locals, endings);
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
            var tokens = calls.Aggregate(ImmutableHashSet.Create<ISymbol>(SymbolEqualityComparer.Default), (all, call) => all.Union(endings.TokensOf(call)));
            var receivers = calls.Select(endings.ReceiverOf).OfType<ISymbol>().ToImmutableHashSet<ISymbol>(SymbolEqualityComparer.Default);
            yield return new TaskStart(local, value, value.Parent is EqualsValueClauseSyntax && !tasks.IsChoice, tokens, receivers);
        }
    }
}
