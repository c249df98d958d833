using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
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

    /// <summary>Those of the loops of one function that have to pass a checkpoint on every way round, without those that plainly do, and which kind of checkpoint is enough.</summary>
    public static (ImmutableArray<EndlessLoop> Loops, CheckpointKinds Enough) Judged(
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
        return (loops.Where(loop => !AlwaysPasses(loop, model, checkpoints, enough, cancellationToken)).ToImmutableArray(), enough);
    }

    /// <summary>Those of the loops that have a way round without a checkpoint.</summary>
    public static IEnumerable<EndlessLoop> Find(ControlFlowGraph graph, ImmutableArray<EndlessLoop> loops, Checkpoints checkpoints, CheckpointKinds enough, CancellationToken cancellationToken)
        => Batches.Of(loops).SelectMany(batch => FindIn(graph, batch, checkpoints, enough, cancellationToken));

    /// <summary>Whether an await that is enough stands among the loop's own statements, and nothing goes round without it: seen without a graph.</summary>
    private static bool AlwaysPasses(EndlessLoop loop, SemanticModel model, Checkpoints checkpoints, CheckpointKinds enough, CancellationToken cancellationToken)
    {
        if (loop is not { HasAwait: true, Body: BlockSyntax body })
            return false;
        foreach (var statement in body.Statements)
        {
            var value = statement switch
            {
                ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression, Left: IdentifierNameSyntax } assignment } => assignment.Right,
                ExpressionStatementSyntax each => each.Expression,
                LocalDeclarationStatementSyntax { Declaration.Variables: { Count: 1 } variables } => variables[0].Initializer?.Value,
                _ => null,
            };
            if (value is AwaitExpressionSyntax && model.GetOperation(value, cancellationToken) is { } wait && (checkpoints.Of(wait) & enough) != 0)
                return true;
            // Behind these the rest of the turn may be passed over.
            if (statement.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(static node => node is ContinueStatementSyntax or GotoStatementSyntax or LabeledStatementSyntax))
                return false;
        }

        return false;
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

    private static ImmutableArray<EndlessLoop> FindIn(ControlFlowGraph graph, ImmutableArray<EndlessLoop> loops, Checkpoints checkpoints, CheckpointKinds enough, CancellationToken cancellationToken)
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
