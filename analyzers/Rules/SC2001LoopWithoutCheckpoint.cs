using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Analyzers.Flow;

namespace Structured.Analyzers;

/// <summary>SC2001: an endless loop has a way round it that passes no checkpoint.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC2001LoopWithoutCheckpoint : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC2001LoopWithoutCheckpoint()
        : base(Descriptors.LoopWithoutCheckpoint)
    {
    }

    private protected override void Register(RuleContext context)
    {
        var asyncCode = AsyncCode.For(context.Compilation);
        var checkpoints = new Checkpoints(context.Symbols, context.Settings);
        context.Start.RegisterOperationBlockAction(block => Analyze(block, context, asyncCode, checkpoints));
    }

    private static void Analyze(OperationBlockAnalysisContext context, RuleContext rule, AsyncCode asyncCode, Checkpoints checkpoints)
    {
        foreach (var block in context.OperationBlocks)
        {
            if (block.SemanticModel is not { } model)
                continue;
            foreach (var function in EndlessLoop.FunctionsWithOne(block.Syntax, model, context.CancellationToken))
                AnalyzeFunction(function, block, model, context, rule, asyncCode, checkpoints);
        }
    }

    private static void AnalyzeFunction(SyntaxNode function, IOperation member, SemanticModel model, OperationBlockAnalysisContext context, RuleContext rule, AsyncCode asyncCode, Checkpoints checkpoints)
    {
        // Graphs are made only where a loop does not plainly pass a checkpoint.
        var (loops, enough) = LoopsWithoutCheckpoint.Judged(EndlessLoop.In(function, model, context.CancellationToken).ToImmutableArray(), model, rule, asyncCode, checkpoints, context.CancellationToken);
        if (loops.IsEmpty)
            return;
        var graphs = FlowGraphs.Of(ImmutableHashSet.Create(function), member.Syntax, context.GetControlFlowGraph(member), context.CancellationToken);
        foreach (var loop in graphs.SelectMany(graph => LoopsWithoutCheckpoint.Find(graph, loops, checkpoints, enough, context.CancellationToken)))
        {
            context.Report(Diagnostic.Create(
                Descriptors.LoopWithoutCheckpoint,
                loop.Keyword.GetLocation(),
                enough == CheckpointKinds.Cancel ? "never be cancelled" : "hold its thread for ever"));
        }
    }
}
