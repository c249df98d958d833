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
            // Graphs are made only for members that hold an endless loop, which are few.
            if (block.SemanticModel is not { } model)
                continue;
            foreach (var function in EndlessLoop.FunctionsWithOne(block.Syntax, model, context.CancellationToken))
            {
                // Graphs are made only where a loop does not plainly pass a checkpoint, which is rare.
                var (loops, enough) = LoopsWithoutCheckpoint.Judged(EndlessLoop.In(function, model, context.CancellationToken).ToImmutableArray(), model, rule, asyncCode, checkpoints, context.CancellationToken);
                if (loops.IsEmpty)
                    continue;
                foreach (var graph in FlowGraphs.Of(ImmutableHashSet.Create(function), block.Syntax, context.GetControlFlowGraph(block), context.CancellationToken))
                {
                    foreach (var loop in LoopsWithoutCheckpoint.Find(graph, loops, checkpoints, enough, context.CancellationToken))
                    {
                        context.ReportDiagnostic(Diagnostic.Create(
                            Descriptors.LoopWithoutCheckpoint,
                            loop.Keyword.GetLocation(),
                            enough == CheckpointKinds.Cancel ? "never be cancelled" : "hold its thread for ever"));
                    }
                }
            }
        }
    }
}
