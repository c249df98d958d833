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
/// <param name="Tokens">The tokens that the work was handed, and their sources.</param>
/// <param name="Receivers">What the work runs on.</param>
internal sealed record TaskStart(ILocalSymbol Local, ExpressionSyntax Value, bool IsSure, ImmutableHashSet<ISymbol> Tokens, ImmutableHashSet<ISymbol> Receivers);

/// <summary>
/// One bit a start: set when the task is started, cleared when it is awaited, passed on, cancelled, or known to have ended. A bit that is still set where the
/// function is left, by whatever way, is an orphan.
/// </summary>
internal sealed class OrphanedTasks : ForwardAnalysis<ulong>
{
    private readonly ImmutableArray<TaskStart> _starts;
    private readonly SemanticModel _model;
    private readonly KnownSymbols _symbols;
    private readonly TaskLocals _locals;
    private readonly WorkEndings _endings;
    private readonly TaskPaths _paths;
    private readonly CancellationToken _cancellationToken;
    private ulong _found;

    private OrphanedTasks(ControlFlowGraph graph, ImmutableArray<TaskStart> starts, TaskLocals locals, WorkEndings endings, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        : base(graph)
    {
        _starts = starts;
        _model = model;
        _symbols = symbols;
        _locals = locals;
        _endings = endings;
        _paths = new TaskPaths(model, symbols, cancellationToken);
        _cancellationToken = cancellationToken;
    }

    /// <summary>The starts that may be orphaned.</summary>
    public static IEnumerable<TaskStart> Find(ControlFlowGraph graph, ImmutableArray<TaskStart> starts, TaskLocals locals, WorkEndings endings, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        foreach (var batch in Batches.Of(starts))
        {
            var analysis = new OrphanedTasks(graph, batch, locals, endings, model, symbols, cancellationToken);
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
    protected override ulong? Thrown(IOperation operation, ulong before, ulong after) => before != 0 && MayLeave(operation) ? before & after : null;

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
                state = Without(state, start => start.Receivers.Contains(missing));
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
            return source is ILocalSymbol or IParameterSymbol ? Without(state, start => start.Tokens.Contains(source)) : 0;
        if (isCancel)
            return 0;
        return _endings.ClosedBy(call) is { } closed ? Without(state, start => start.Receivers.Contains(closed)) : state;
    }

    /// <summary>Whether the function may be left here; anything can fail, but most of it does not.</summary>
    private bool MayLeave(IOperation operation)
        => operation switch
        {
            IAwaitOperation wait => !NeverFails(wait.Operation),
            IThrowOperation or IDynamicInvocationOperation => true,
            IInvocationOperation { IsImplicit: false } call => MayFail(call),
            _ => false,
        };

    /// <summary>A delay that nobody can cancel, a race, a yield, a source that is only ever given a result: they only end.</summary>
    private bool NeverFails(IOperation awaited)
    {
        if (awaited is IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } inner })
            awaited = inner;
        if (awaited is IPropertyReferenceOperation { Property.Name: "Task", Instance: ILocalReferenceOperation { Local: var source } } && IsOnlyGivenResults(source))
            return true;
        return awaited is IInvocationOperation { TargetMethod: { Name: "Delay" or "WhenAny" or "Yield" } method } call && KnownSymbols.Is(method.ContainingType, _symbols.Task) && !call.Arguments.Any(argument => TokensInReach.IsToken(argument.Parameter?.Type, _symbols));
    }

    private bool IsOnlyGivenResults(ILocalSymbol source)
        => (KnownSymbols.Is(source.Type, _symbols.TaskCompletionSource) || KnownSymbols.Is(source.Type, _symbols.TaskCompletionSourceOfT))
           && _locals.UsesOf(source).All(static use => use.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Task" or "SetResult" or "TrySetResult" });

    /// <summary>
    /// Calls that start a sibling task do not count, nor do those that only keep books: logging, collections, text, time, signals.
    /// </summary>
    private bool MayFail(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (Awaitables.IsAwaitable(method.ReturnType, _symbols) || IsPartOfStart(call.Syntax))
            return false;
        if (method.Name is "ThrowIfCancellationRequested" or "ThrowIfCancelled")
            return true;
        // What another project declares is source in an editor and metadata in a build: taken for metadata in both.
        if (method.DeclaringSyntaxReferences.Any(declared => _symbols.Compilation.ContainsSyntaxTree(declared.SyntaxTree)) || method.MethodKind == MethodKind.DelegateInvoke)
            return true;
        var type = (method.ReducedFrom ?? method).ContainingType;
        var space = type?.ContainingNamespace?.ToDisplayString() ?? "";
        if (space is "System" or "System.Linq" or "System.Text" or "System.Threading" or "System.Threading.Tasks" or "System.Diagnostics" or "System.Globalization" or "System.Runtime.CompilerServices" or "Serilog" or "NLog" or "log4net"
            || space.StartsWith("System.Collections", StringComparison.Ordinal) || space.StartsWith("Microsoft.Extensions.Logging", StringComparison.Ordinal))
        {
            return method.Name.StartsWith("ThrowIf", StringComparison.Ordinal);
        }

        return true;
    }

    /// <summary>Whether the call only makes an argument of one that starts a task.</summary>
    private bool IsPartOfStart(SyntaxNode call)
        => call.Ancestors().TakeWhile(static node => node is not (StatementSyntax or AnonymousFunctionExpressionSyntax)).OfType<InvocationExpressionSyntax>()
            .Any(outer => Awaitables.IsAwaitable(_model.GetTypeInfo(outer, _cancellationToken).Type, _symbols));
}
