using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.Flow;

/// <summary>The start of a task that a variable keeps.</summary>
/// <param name="Local">The variable.</param>
/// <param name="Value">What it is given.</param>
/// <param name="IsSure">Whether the task is always started where the variable is declared.</param>
/// <param name="Tokens">The tokens that the work was handed, and their sources: asked for only where something is cancelled.</param>
/// <param name="Receivers">What the work runs on.</param>
internal sealed record TaskStart(ILocalSymbol Local, ExpressionSyntax Value, bool IsSure, Lazy<ImmutableHashSet<ISymbol>> Tokens, Lazy<ImmutableHashSet<ISymbol>> Receivers);

/// <summary>
/// One bit a start: set when the task is started, cleared when it is awaited, passed on, cancelled, or known to have ended. A bit that is still set where the
/// function is left, by whatever way, is an orphan.
/// </summary>
internal sealed class OrphanedTasks : ForwardAnalysis<ulong>
{
    private readonly ImmutableArray<TaskStart> _starts;
    private readonly TaskLocals _locals;
    private readonly WorkEndings _endings;
    private readonly WaysOut _waysOut;
    private ulong _found;

    private OrphanedTasks(ControlFlowGraph graph, ImmutableArray<TaskStart> starts, TaskLocals locals, WaysOut waysOut)
        : base(graph)
    {
        _starts = starts;
        _locals = locals;
        _endings = locals.Endings;
        _waysOut = waysOut;
    }

    /// <summary>The starts that may be orphaned.</summary>
    public static IEnumerable<TaskStart> Find(ControlFlowGraph graph, ImmutableArray<TaskStart> starts, TaskLocals locals, WaysOut waysOut, CancellationToken cancellationToken)
    {
        foreach (var batch in Batches.Of(starts))
        {
            var analysis = new OrphanedTasks(graph, batch, locals, waysOut);
            if (!analysis.Run(0, cancellationToken))
                yield break;
            for (var index = 0; index < batch.Length; index++)
            {
                if ((analysis._found & (1UL << index)) != 0)
                    yield return batch[index];
            }
        }
    }

    protected override bool FollowsExceptionsOut => true;

    protected override bool KnowsConstants => true;

    protected override ulong Join(ulong left, ulong right) => left | right;

    /// <summary>What is awaited or handed over is observed, even where that fails.</summary>
    protected override ulong? Thrown(IOperation operation, ulong before, ulong after) => before != 0 && _waysOut.AreAt(operation) ? before & after : null;

    protected override void OnLeftByException(ulong state) => _found |= state;

    protected override void OnEdge(BasicBlock from, BasicBlock to, ulong state)
    {
        if (state == 0 || to.Kind != BasicBlockKind.Exit)
            return;
        // A task that is only started under some condition is likely to be awaited under the same one.
        for (var index = 0; index < _starts.Length; index++)
        {
            if (_starts[index].IsSure)
                _found |= state & (1UL << index);
        }
    }

    protected override ulong After(IOperation operation, ulong state)
    {
        switch (operation)
        {
            case ISimpleAssignmentOperation { Target: ILocalReferenceOperation target } assignment:
                return Assigned(target.Local, assignment.Value.Syntax, state);
            case ILocalReferenceOperation { IsDeclaration: false } use when state != 0 && !_locals.IsOnlyLook(use.Syntax):
                return Seen(use.Local, state);
            case IInvocationOperation call when state != 0:
                return Call(call, state);
            default:
                return state;
        }
    }

    protected override ulong Refine(IOperation condition, bool outcome, ulong state)
    {
        if (state == 0)
            return state;
        if (condition is IIsNullOperation { Operand: var operand })
        {
            if (!outcome)
                return state;
            // `client?.Dispose()`, and the end of a `using`, ask first whether there is anything to dispose.
            if (_endings.SymbolOf(operand) is { } missing)
                state = Without(state, start => start.Receivers.Value.Contains(missing));
            return Ended(operand.Syntax, state);
        }

        return condition.Syntax switch
        {
            MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCompleted" or "IsCompletedSuccessfully" or "IsFaulted" or "IsCanceled" } test when outcome => Ended(test.Expression, state),
            BinaryExpressionSyntax test when outcome == test.IsKind(SyntaxKind.EqualsExpression) && test.Right.IsKind(SyntaxKind.NullLiteralExpression) => Ended(test.Left, state),
            BinaryExpressionSyntax { Left: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Status" } status } => Ended(status.Expression, state),
            IsPatternExpressionSyntax { Expression: MemberAccessExpressionSyntax asked } => Ended(asked.Expression, state),
            // `b is null`, `b is not null`, and a state asked in any form.
            IsPatternExpressionSyntax test when test.Pattern is ConstantPatternSyntax == outcome || test.Pattern.DescendantNodes().OfType<SubpatternSyntax>().Any() => Ended(test.Expression, state),
            _ => state,
        };
    }

    private ulong Ended(SyntaxNode task, ulong state) => _endings.SymbolOf(task) is ILocalSymbol local ? Without(state, start => SymbolEqualityComparer.Default.Equals(start.Local, local)) : state;

    private ulong Seen(ILocalSymbol local, ulong state) => Without(state, start => _locals.Inside(start.Local).Contains(local) || _locals.Inside(local).Contains(start.Local));

    private ulong Without(ulong state, Func<TaskStart, bool> which)
    {
        for (var index = 0; index < _starts.Length; index++)
        {
            if ((state & (1UL << index)) != 0 && which(_starts[index]))
                state &= ~(1UL << index);
        }

        return state;
    }

    private ulong Assigned(ILocalSymbol local, SyntaxNode value, ulong state)
    {
        for (var index = 0; index < _starts.Length; index++)
        {
            var start = _starts[index];
            if (!SymbolEqualityComparer.Default.Equals(start.Local, local))
                continue;
            state = start.Value.Span.Contains(value.Span) || value.Span.Contains(start.Value.Span) ? state | (1UL << index) : state & ~(1UL << index);
        }

        return state;
    }

    private ulong Call(IInvocationOperation call, ulong state)
    {
        if (_endings.CancelledBy(call, out var isCancel) is { } source)
            return source is ILocalSymbol or IParameterSymbol ? Without(state, start => start.Tokens.Value.Contains(source)) : 0;
        if (isCancel)
            return 0;
        return _endings.ClosedBy(call) is { } closed ? Without(state, start => start.Receivers.Value.Contains(closed)) : state;
    }
}
