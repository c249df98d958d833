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
            // Graphs are made only for members that keep a task in a variable.
            if (block.SemanticModel is not { } model || !block.Descendants().Any(operation => operation is IVariableDeclaratorOperation { Symbol.Type: var type } && Awaitables.IsTaskOrValueTask(type, rule.Symbols)))
                continue;
            foreach (var graph in FlowGraphs.All(context.GetControlFlowGraph(block), context.CancellationToken))
                AnalyzeFunction(graph, model, context, rule);
        }
    }

    private static void AnalyzeFunction(ControlFlowGraph graph, SemanticModel model, OperationBlockAnalysisContext context, RuleContext rule)
    {
        var kept = graph.Blocks.SelectMany(static block => block.Operations).SelectMany(static operation => operation.DescendantsAndSelf()).OfType<ISimpleAssignmentOperation>()
            .Select(static assignment => assignment.Target).OfType<ILocalReferenceOperation>()
            .Where(target => Awaitables.IsTaskOrValueTask(target.Local.Type, rule.Symbols)).ToList();
        if (kept.Count == 0)
            return;
        var function = FunctionContext.Of(kept[0].Syntax, model, rule.Symbols, context.CancellationToken);
        // Elsewhere a task is returned or blocked on, which are other questions.
        if (function.Kind != FunctionKind.Async && function.Role != FunctionRole.EntryPoint || function.Symbol is { } symbol && rule.Settings.IsDetached(symbol, receiver: null, kept[0].Syntax.SyntaxTree))
            return;
        // A test starts, pokes, awaits; where it fails in between it has failed, and what it left behind is of no interest.
        if (function.Node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { AttributeLists.Count: > 0 } method && TestMethod.Is(model.GetDeclaredSymbol(method, context.CancellationToken)))
            return;
        var locals = new TaskLocals(function.Node, model, rule.Symbols, rule.Settings, context.CancellationToken);
        var endings = new WorkEndings(locals, model, rule.Symbols, context.CancellationToken);
        var starts = kept.Select(static target => target.Local).Distinct<ILocalSymbol>(SymbolEqualityComparer.Default)
            .SelectMany(local => StartsOf(local, locals, endings, context.CancellationToken)).ToImmutableArray();
        if (starts.IsEmpty)
            return;
        foreach (var start in OrphanedTasks.Find(graph, starts, locals, endings, model, rule.Symbols, context.CancellationToken))
            context.ReportDiagnostic(Diagnostic.Create(Descriptors.StartedTaskCanBeOrphaned, (start.Value.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } ? declarator : start.Value.Parent!).GetLocation(), [start.Value.GetLocation()], start.Local.Name));
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
