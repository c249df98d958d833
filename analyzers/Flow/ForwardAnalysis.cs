using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.Flow;

/// <summary>
/// A forward data-flow analysis over Roslyn's control-flow graph, run to its fix-point. Roslyn's graph has no exception edges; they are added here, from every
/// operation that can throw to the handlers of the regions around it. A <c>finally</c> is walked once for each place it goes on to, so that what leaves through
/// one exit is not mistaken for what leaves through another.
/// </summary>
/// <typeparam name="TState">What is known at a point; a small value.</typeparam>
internal abstract class ForwardAnalysis<TState>
    where TState : struct
{
    // A lattice of finite height ends by itself; this bounds the work on code that no person wrote.
    private const int MostStepsPerBlock = 200;

    private readonly ControlFlowGraph _graph;
    private readonly Dictionary<ControlFlowRegion, (ImmutableArray<Handler> Handlers, ImmutableArray<ControlFlowRegion>? FinallysOutwards)> _handlers = new();
    private readonly Dictionary<Node, TState> _states = new();
    private readonly Queue<Node> _work = new();

    protected ForwardAnalysis(ControlFlowGraph graph) => _graph = graph;

    /// <summary>What is known where both are possible.</summary>
    protected abstract TState Join(TState left, TState right);

    /// <summary>What is known when a block is entered.</summary>
    protected virtual TState Enter(BasicBlock block, TState state) => state;

    /// <summary>What is known after an operation. Called for each operation after those inside it.</summary>
    protected abstract TState After(IOperation operation, TState state);

    /// <summary>What is known in a handler when the operation throws; null where it cannot throw.</summary>
    protected virtual TState? Thrown(IOperation operation, TState before, TState after) => CanThrow(operation) ? before : null;

    /// <summary>What is known where a condition came out as <paramref name="outcome"/>.</summary>
    protected virtual TState Refine(IOperation condition, bool outcome, TState state) => state;

    /// <summary>What is known in a handler when the block ends with a <c>throw</c>.</summary>
    protected virtual TState Rethrown(TState state) => state;

    /// <summary>Told of each edge, as often as it is walked.</summary>
    protected virtual void OnEdge(BasicBlock from, BasicBlock to, TState state)
    {
    }

    /// <summary>Whether exceptions that leave the function are followed, through every <c>finally</c> on the way.</summary>
    protected virtual bool FollowsExceptionsOut => false;

    /// <summary>Whether a constant condition has only one outcome: <c>while (true)</c> is never left by it, and what comes behind is never reached.</summary>
    protected virtual bool KnowsConstants => false;

    /// <summary>Told what is known when an exception leaves the function, as often as that is found.</summary>
    protected virtual void OnLeftByException(TState state)
    {
    }

    /// <summary>Runs to the fix-point.</summary>
    /// <returns>False where the work was given up; then nothing is known.</returns>
    protected bool Run(TState initial, CancellationToken cancellationToken)
    {
        var budget = MostStepsPerBlock * _graph.Blocks.Length;
        Propagate(null, new Node(_graph.Blocks[0], null), initial);
        while (_work.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (budget-- == 0)
                return false;
            Visit(_work.Dequeue());
        }

        return true;
    }

    private void Visit(Node node)
    {
        var block = node.Block;
        var state = Enter(block, _states[node]);
        foreach (var operation in OperationsOf(block))
        {
            var after = After(operation, state);
            if (Thrown(operation, state, after) is { } thrown)
                Throw(node, thrown);
            state = after;
        }

        var isConditional = block.ConditionKind != ControlFlowConditionKind.None;
        var jumpsWhen = block.ConditionKind == ControlFlowConditionKind.WhenTrue;
        var known = isConditional && KnowsConstants && block.BranchValue!.ConstantValue is { HasValue: true, Value: bool constant } ? constant : (bool?)null;
        if (known != !jumpsWhen)
            Follow(node, block.ConditionalSuccessor, isConditional ? Refine(block.BranchValue!, jumpsWhen, state) : state);
        if (known != jumpsWhen || !isConditional)
            Follow(node, block.FallThroughSuccessor, isConditional ? Refine(block.BranchValue!, !jumpsWhen, state) : state);
    }

    /// <summary>Innermost first, in the order of evaluation: branches inside an expression have become blocks of their own.</summary>
    private static IEnumerable<IOperation> OperationsOf(BasicBlock block)
    {
        foreach (var root in block.BranchValue is null ? block.Operations : block.Operations.Add(block.BranchValue))
        {
            foreach (var operation in PostOrder(root))
                yield return operation;
        }
    }

    private static IEnumerable<IOperation> PostOrder(IOperation root)
    {
        // A list instead of recursion: generated initializers nest deeper than a stack.
        var pending = new Stack<(IOperation Operation, bool IsDone)>();
        pending.Push((root, false));
        while (pending.Count > 0)
        {
            var (operation, isDone) = pending.Pop();
            if (isDone || operation is IFlowAnonymousFunctionOperation)
            {
                yield return operation;
                continue;
            }

            pending.Push((operation, true));
            foreach (var child in operation.ChildOperations.Reverse())
                pending.Push((child, false));
        }
    }

    private void Follow(Node from, ControlFlowBranch? branch, TState state)
    {
        if (branch is null)
            return;
        switch (branch.Semantics)
        {
            case ControlFlowBranchSemantics.StructuredExceptionHandling:
                if (from.Continuation is { } continuation)
                    Go(from.Block, continuation.Target(), state);
                return;
            case ControlFlowBranchSemantics.Throw or ControlFlowBranchSemantics.Rethrow or ControlFlowBranchSemantics.Error:
                Throw(from, Rethrown(state));
                return;
            default:
                if (branch.Destination is { } destination)
                    Go(from.Block, Through(branch.FinallyRegions, destination, from.Continuation), state);
                return;
        }
    }

    private void Throw(Node from, TState state)
    {
        var handlers = HandlersOf(from.Block.EnclosingRegion);
        foreach (var handler in handlers.Handlers)
        {
            // A handler outside the finally that is being walked ends that walk.
            Go(from.Block, Through(handler.Finallys, handler.Block, handler.IsInside(from.Continuation) ? from.Continuation : from.Continuation?.Outer), state);
        }

        if (FollowsExceptionsOut && handlers.FinallysOutwards is { } finallys)
            Go(from.Block, Through(finallys, null, null), state);
    }

    /// <summary>Where a way leads that passes <paramref name="finallys"/>; without a destination, out of the function.</summary>
    private Node? Through(ImmutableArray<ControlFlowRegion> finallys, BasicBlock? destination, Continuation? outer)
        => finallys.IsEmpty ? destination is null ? null : new Node(destination, outer) : new Continuation(_graph, finallys, destination, outer).Target();

    private void Go(BasicBlock from, Node? to, TState state)
    {
        if (to is { } node)
            Propagate(from, node, state);
        else
            OnLeftByException(state);
    }

    private void Propagate(BasicBlock? from, Node to, TState state)
    {
        if (from is not null)
            OnEdge(from, to.Block, state);
        if (_states.TryGetValue(to, out var known))
        {
            var joined = Join(known, state);
            if (EqualityComparer<TState>.Default.Equals(joined, known))
                return;
            state = joined;
        }

        _states[to] = state;
        _work.Enqueue(to);
    }

    /// <summary>
    /// The handlers that an exception in a region may reach, with the <c>finally</c> regions it passes on the way, and those it passes when it leaves the function;
    /// null where a handler takes everything.
    /// </summary>
    private (ImmutableArray<Handler> Handlers, ImmutableArray<ControlFlowRegion>? FinallysOutwards) HandlersOf(ControlFlowRegion region)
    {
        if (_handlers.TryGetValue(region, out var known))
            return known;
        var handlers = ImmutableArray.CreateBuilder<Handler>();
        var finallys = ImmutableArray<ControlFlowRegion>.Empty;
        var catchesAll = false;
        // The root of a lambda's graph lies in a region of the graph around it.
        for (var current = region; current.Kind != ControlFlowRegionKind.Root && current.EnclosingRegion is { } parent; current = parent)
        {
            if (current.Kind != ControlFlowRegionKind.Try)
                continue;
            foreach (var sibling in parent.NestedRegions)
            {
                switch (sibling.Kind)
                {
                    case ControlFlowRegionKind.Finally:
                        finallys = finallys.Add(sibling);
                        break;
                    case ControlFlowRegionKind.Catch or ControlFlowRegionKind.FilterAndHandler:
                        handlers.Add(new Handler(_graph.Blocks[sibling.FirstBlockOrdinal], finallys, parent));
                        catchesAll |= sibling.Kind == ControlFlowRegionKind.Catch && sibling.ExceptionType is null or { SpecialType: SpecialType.System_Object } or { Name: "Exception", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } };
                        break;
                }
            }

            if (catchesAll)
                break;
        }

        return _handlers[region] = (handlers.ToImmutable(), catchesAll ? null : finallys);
    }

    private static bool CanThrow(IOperation operation)
        => operation switch
        {
            IInvocationOperation { TargetMethod: { Name: "GetAwaiter" } } => false,
            // The call that is awaited and its await are one step.
            IInvocationOperation { Parent: IAwaitOperation } => false,
            IInvocationOperation or IObjectCreationOperation or IAwaitOperation or IDynamicInvocationOperation or IArrayElementReferenceOperation or IThrowOperation => true,
            IPropertyReferenceOperation property => !IsPlain(property.Property),
            IConversionOperation { IsTryCast: false, IsImplicit: false, Conversion.IsReference: true } => true,
            _ => false,
        };

    /// <summary>A property that only gives back a field, or belongs to a token, does not throw.</summary>
    private static bool IsPlain(IPropertySymbol property)
        => !property.IsIndexer && (property.ContainingType.GetMembers("<" + property.Name + ">k__BackingField").OfType<IFieldSymbol>().Any(field => SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property)) || property.ContainingType.Name is "CancellationToken" or "CancellationTokenSource");

    private readonly struct Handler
    {
        private readonly ControlFlowRegion _region;

        public Handler(BasicBlock block, ImmutableArray<ControlFlowRegion> finallys, ControlFlowRegion region)
        {
            Block = block;
            Finallys = finallys;
            _region = region;
        }

        public BasicBlock Block { get; }

        public ImmutableArray<ControlFlowRegion> Finallys { get; }

        public bool IsInside(Continuation? continuation)
            => continuation is null || (_region.FirstBlockOrdinal >= continuation.Finally.FirstBlockOrdinal && _region.LastBlockOrdinal <= continuation.Finally.LastBlockOrdinal);
    }

    /// <summary>A block, and where the <c>finally</c> it stands in goes on to.</summary>
    private readonly record struct Node(BasicBlock Block, Continuation? Continuation);

    /// <summary>The <c>finally</c> regions still to be walked, and what comes after the last of them.</summary>
    private sealed class Continuation : System.IEquatable<Continuation>
    {
        private readonly ControlFlowGraph _graph;
        private readonly ImmutableArray<ControlFlowRegion> _finallys;
        private readonly BasicBlock? _destination;
        private readonly int _index;

        public Continuation(ControlFlowGraph graph, ImmutableArray<ControlFlowRegion> finallys, BasicBlock? destination, Continuation? outer, int index = -1)
        {
            _graph = graph;
            _finallys = finallys;
            _destination = destination;
            _index = index;
            Outer = outer;
        }

        public Continuation? Outer { get; }

        public ControlFlowRegion Finally => _finallys[_index];

        /// <summary>The next <c>finally</c>, or the destination; null for out of the function.</summary>
        public Node? Target()
        {
            var next = _index + 1;
            return next == _finallys.Length
                ? _destination is null ? null : new Node(_destination, Outer)
                : new Node(_graph.Blocks[_finallys[next].FirstBlockOrdinal], new Continuation(_graph, _finallys, _destination, Outer, next));
        }

        public bool Equals(Continuation? other)
            => other is not null && _index == other._index && ReferenceEquals(_destination, other._destination) && _finallys.SequenceEqual(other._finallys) && Equals(Outer, other.Outer);

        public override bool Equals(object? other) => Equals(other as Continuation);

        public override int GetHashCode() => ((_destination?.Ordinal ?? -1) * 31) + _index;
    }
}
