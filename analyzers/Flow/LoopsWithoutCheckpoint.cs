using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;

namespace Structured.Analyzers.Flow;

/// <summary>
/// One bit a loop: set when its head is passed, cleared at a checkpoint. A bit that is still set on the way back to the head is a way round without one.
/// </summary>
internal sealed class LoopsWithoutCheckpoint : ForwardAnalysis<ulong>
{
    private readonly ImmutableArray<EndlessLoop> _loops;
    private readonly int[] _heads;
    private readonly Checkpoints _checkpoints;
    private readonly CheckpointKinds _enough;
    private ulong _found;

    private LoopsWithoutCheckpoint(ControlFlowGraph graph, ImmutableArray<EndlessLoop> loops, Checkpoints checkpoints, CheckpointKinds enough)
        : base(graph)
    {
        _loops = loops;
        _checkpoints = checkpoints;
        _enough = enough;
        _heads = loops.Select(loop => graph.Blocks.FirstOrDefault(block => IsIn(block, loop) == true)?.Ordinal ?? -1).ToArray();
    }

    /// <summary>Those of the loops of one function that have a way round without a checkpoint, and which kind of checkpoint that is.</summary>
    public static (ImmutableArray<EndlessLoop> Found, CheckpointKinds Enough) Find(
        ControlFlowGraph graph,
        ImmutableArray<EndlessLoop> loops,
        SemanticModel model,
        RuleContext rule,
        AsyncCode asyncCode,
        Checkpoints checkpoints,
        CancellationToken cancellationToken)
    {
        var function = FunctionContext.Of(loops[0].Syntax, model, rule.Symbols, cancellationToken);
        if (function.Role == FunctionRole.BlockingAllowed)
            return (ImmutableArray<EndlessLoop>.Empty, CheckpointKinds.None);
        var strictness = rule.Settings.StrictnessFor(loops[0].Syntax.SyntaxTree);
        loops = loops.Where(loop => IsJudged(loop, strictness, model, rule.Symbols, cancellationToken)).ToImmutableArray();
        if (loops.IsEmpty)
            return (ImmutableArray<EndlessLoop>.Empty, CheckpointKinds.None);

        // Asked last: the callers of a function may stand in any file.
        var isAsync = function.Kind == FunctionKind.Async;
        if (!isAsync && TokensInReach.At(loops[0].Syntax, model, rule.Symbols, cancellationToken).IsEmpty && !asyncCode.Contains(function, cancellationToken))
            return (ImmutableArray<EndlessLoop>.Empty, CheckpointKinds.None);

        // A synchronous function has no point where it could give its thread back; there it is only a matter of cancellation.
        var enough = isAsync && strictness == CheckpointStrictness.Schedule ? CheckpointKinds.Schedule | CheckpointKinds.Cancel : CheckpointKinds.Cancel;
        return (Batches.Of(loops).SelectMany(batch => Find(graph, batch, checkpoints, enough, cancellationToken)).ToImmutableArray(), enough);
    }

    private static bool IsJudged(EndlessLoop loop, CheckpointStrictness strictness, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (!loop.HasExit)
            return true;
        if (strictness == CheckpointStrictness.Schedule)
            return false;
        // A loop that parses, drains or retries an interlocked exchange ends by itself; one that waits for somebody may not.
        return loop.HasAwait || BlockingCalls.In(loop.Body, model, symbols, cancellationToken);
    }

    private static ImmutableArray<EndlessLoop> Find(ControlFlowGraph graph, ImmutableArray<EndlessLoop> loops, Checkpoints checkpoints, CheckpointKinds enough, CancellationToken cancellationToken)
    {
        var analysis = new LoopsWithoutCheckpoint(graph, loops, checkpoints, enough);
        if (!analysis.Run(0, cancellationToken))
            return ImmutableArray<EndlessLoop>.Empty;
        // A loop with nothing in it at all has no block either.
        return loops.Where((loop, index) => (analysis._found & (1UL << index)) != 0 || analysis._heads[index] < 0).ToImmutableArray();
    }

    protected override ulong Join(ulong left, ulong right) => left | right;

    protected override ulong Enter(BasicBlock block, ulong state)
    {
        for (var index = 0; index < _loops.Length; index++)
        {
            if (_heads[index] == block.Ordinal)
                state |= 1UL << index;
            else if (IsIn(block, _loops[index]) == false)
                state &= ~(1UL << index);
        }

        return state;
    }

    protected override ulong After(IOperation operation, ulong state) => (_checkpoints.Of(operation) & _enough) != 0 ? 0 : state;

    /// <summary>A checkpoint that throws has been passed: it gave the thread back, or it is the cancellation itself.</summary>
    protected override ulong? Thrown(IOperation operation, ulong before, ulong after)
        => base.Thrown(operation, before, after) is null ? null : (_checkpoints.Of(operation) & _enough) != 0 ? after : before;

    protected override void OnEdge(BasicBlock from, BasicBlock to, ulong state)
    {
        for (var index = 0; index < _loops.Length; index++)
        {
            if (_heads[index] == to.Ordinal && from.Ordinal >= to.Ordinal && (state & (1UL << index)) != 0 && IsIn(from, _loops[index]) != false)
                _found |= 1UL << index;
        }
    }

    /// <summary>Null for a block that holds nothing.</summary>
    private static bool? IsIn(BasicBlock block, EndlessLoop loop)
    {
        bool? answer = null;
        foreach (var operation in block.BranchValue is null ? block.Operations : block.Operations.Add(block.BranchValue))
        {
            if (operation.Syntax.SyntaxTree == loop.Syntax.SyntaxTree && loop.Turn.Contains(operation.Syntax.Span))
                return true;
            answer = false;
        }

        return answer;
    }
}
