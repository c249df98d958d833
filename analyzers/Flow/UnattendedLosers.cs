using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.Flow;

/// <summary>One task, or one collection of tasks, that takes part in a race.</summary>
/// <param name="Syntax">The argument.</param>
/// <param name="Local">The variable that holds it, if one does.</param>
/// <param name="Path">The place it is read from, if it is.</param>
/// <param name="IsWork">Whether it is work that this function started, and that ends neither by itself nor with the others.</param>
/// <param name="IsSpread">Whether it stands for several tasks.</param>
/// <param name="Tokens">The tokens that the work was handed, and their sources.</param>
/// <param name="Receivers">What the work runs on.</param>
/// <param name="Watches">The conditions of loops that race the same work round after round.</param>
internal sealed record Racer(
    ExpressionSyntax Syntax,
    ILocalSymbol? Local,
    string? Path,
    bool IsWork,
    bool IsSpread,
    ImmutableHashSet<ISymbol> Tokens,
    ImmutableHashSet<ISymbol> Receivers,
    ImmutableArray<TextSpan> Watches);

/// <summary>A <c>Task.WhenAny</c> whose outcome its function waits for.</summary>
internal sealed record Race(InvocationExpressionSyntax Call, ImmutableArray<Racer> Racers);

/// <summary>
/// Two bits a racer: one is set while it may be running with nobody waiting for it, from the race on until it is awaited, passed on, cancelled, or known to have
/// ended; the other once it is known not to be the winner. Work whose first bit is still set where the function ends was left behind.
/// </summary>
internal sealed class UnattendedLosers : ForwardAnalysis<UnattendedLosers.State>
{
    private readonly ImmutableArray<(Race Race, Racer Racer)> _racers;
    private readonly SyntaxNode _function;
    private readonly SemanticModel _model;
    private readonly KnownSymbols _symbols;
    private readonly TaskLocals _locals;
    private readonly WorkEndings _endings;
    private readonly TaskPaths _paths;
    private readonly CancellationToken _cancellationToken;
    private ulong _found;

    private UnattendedLosers(ControlFlowGraph graph, ImmutableArray<Race> races, TaskLocals locals, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        : base(graph)
    {
        _racers = races.SelectMany(static race => race.Racers.Select(racer => (race, racer))).ToImmutableArray();
        _function = locals.Function;
        _model = model;
        _symbols = symbols;
        _locals = locals;
        _endings = locals.Endings;
        _paths = new TaskPaths(model, symbols, cancellationToken);
        _cancellationToken = cancellationToken;
    }

    /// <summary>The work that may be left running, with the race it lost.</summary>
    public static IEnumerable<(Race Race, Racer Loser)> Find(ControlFlowGraph graph, ImmutableArray<Race> races, TaskLocals locals, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        foreach (var batch in Batches.Of(races, static race => race.Racers.Length))
        {
            var analysis = new UnattendedLosers(graph, batch, locals, model, symbols, cancellationToken);
            if (!analysis.Run(default, cancellationToken))
                yield break;
            for (var index = 0; index < analysis._racers.Length; index++)
            {
                if ((analysis._found & (1UL << index)) != 0)
                    yield return analysis._racers[index];
            }
        }
    }

    /// <summary>What is known at a point.</summary>
    internal readonly record struct State(ulong Unattended, ulong NotWinner);

    protected override bool FollowsExceptionsOut => true;

    protected override bool KnowsConstants => true;

    protected override State Join(State left, State right) => new(left.Unattended | right.Unattended, left.NotWinner & right.NotWinner);

    /// <summary>What fails between the race and the await is another rule's; here only the ways that the code takes on purpose count.</summary>
    protected override State? Thrown(IOperation operation, State before, State after) => base.Thrown(operation, before, after) is null ? null : default(State);

    protected override void OnEdge(BasicBlock from, BasicBlock to, State state)
    {
        if (to.Kind == BasicBlockKind.Exit)
            _found |= state.Unattended;
    }

    protected override void OnLeftByException(State state) => _found |= state.Unattended;

    protected override State After(IOperation operation, State state)
    {
        if (state.Unattended != 0)
            state = InLoopCondition(operation, state);
        switch (operation)
        {
            case IInvocationOperation call:
                return Call(call, state);
            case ILocalReferenceOperation { IsDeclaration: false } use when state.Unattended != 0 && !IsRacing(use.Syntax) && !_locals.IsOnlyLook(use.Syntax):
                return Seen(use.Local, state);
            case ISimpleAssignmentOperation { Target: ILocalReferenceOperation target } assignment:
                return Assigned(target.Local, assignment.Value.Syntax, state);
            default:
                return state;
        }
    }

    protected override State Refine(IOperation condition, bool outcome, State state)
    {
        if (state == default)
            return state;
        if (condition is IIsNullOperation { Operand: var operand })
        {
            if (!outcome)
                return state;
            // `client?.Dispose()`, and the end of a `using`, ask first whether there is anything to dispose.
            if (_endings.SymbolOf(operand) is { } missing)
                state = With(state, each => each.Racer.Receivers.Contains(missing), static (before, bit) => before with { Unattended = before.Unattended & ~bit });
            return _paths.Of(operand.Syntax) is { } path ? Ended(path, state) : state;
        }

        return condition.Syntax is ExpressionSyntax syntax ? Refine(syntax, outcome, state, depth: 0) : state;
    }

    private State Refine(ExpressionSyntax condition, bool outcome, State state, int depth)
    {
        switch (condition)
        {
            case ParenthesizedExpressionSyntax each:
                return Refine(each.Expression, outcome, state, depth);
            case PrefixUnaryExpressionSyntax each when each.IsKind(SyntaxKind.LogicalNotExpression):
                return Refine(each.Operand, !outcome, state, depth);
            case BinaryExpressionSyntax each when each.IsKind(SyntaxKind.LogicalAndExpression):
                return outcome ? Refine(each.Right, true, Refine(each.Left, true, state, depth), depth) : state;
            case BinaryExpressionSyntax each when each.IsKind(SyntaxKind.LogicalOrExpression):
                return outcome ? state : Refine(each.Right, false, Refine(each.Left, false, state, depth), depth);
            case BinaryExpressionSyntax each when each.IsKind(SyntaxKind.EqualsExpression) || each.IsKind(SyntaxKind.NotEqualsExpression):
                return Compared(each.Left, each.Right, outcome == each.IsKind(SyntaxKind.EqualsExpression), state);
            case InvocationExpressionSyntax each when _model.GetSymbolInfo(each, _cancellationToken).Symbol is IMethodSymbol { Name: "ReferenceEquals" or "Equals", ContainingType.SpecialType: SpecialType.System_Object }:
                var operands = each.ArgumentList.Arguments.Select(static argument => argument.Expression).ToList();
                if (operands.Count == 1 && each.Expression is MemberAccessExpressionSyntax { Expression: var receiver })
                    operands.Add(receiver);
                return operands.Count == 2 ? Compared(operands[0], operands[1], outcome, state) : state;
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCompleted" or "IsCompletedSuccessfully" or "IsFaulted" or "IsCanceled" } each:
                return outcome && _paths.Of(each.Expression) is { } ended ? Ended(ended, state) : state;
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCancellationRequested" } each:
                return outcome ? Cancelled(_endings.SymbolOf(each.Expression), state) : state;
            case IsPatternExpressionSyntax each:
                return Matched(each, outcome, state);
            case IdentifierNameSyntax when depth == 0 && Meaning(condition) is { } meaning:
                return Refine(meaning, outcome, state, depth + 1);
            default:
                return state;
        }
    }

    /// <summary>What a flag such as <c>var timedOut = winner == delay;</c> stands for.</summary>
    private ExpressionSyntax? Meaning(ExpressionSyntax flag)
        => _model.GetSymbolInfo(flag, _cancellationToken).Symbol is ILocalSymbol { DeclaringSyntaxReferences: { Length: 1 } declarations } local
           && declarations[0].GetSyntax(_cancellationToken) is VariableDeclaratorSyntax { Initializer.Value: { } value }
           && !_locals.UsesOf(local).Any(static use => use.Parent is AssignmentExpressionSyntax assignment && assignment.Left == use)
            ? value
            : null;

    private State Matched(IsPatternExpressionSyntax test, bool outcome, State state)
    {
        if (test.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Status" or "IsCompleted" or "IsCompletedSuccessfully" } access && _paths.Of(access.Expression) is { } asked)
            return Ended(asked, state);
        if (_paths.Of(test.Expression) is not { } path)
            return state;
        var isNull = test.Pattern is ConstantPatternSyntax { Expression.RawKind: (int)SyntaxKind.NullLiteralExpression };
        var isNotNull = test.Pattern is UnaryPatternSyntax { Pattern: ConstantPatternSyntax { Expression.RawKind: (int)SyntaxKind.NullLiteralExpression } };
        // A state asked in any other form counts as well.
        var tellsNothing = isNull && !outcome || isNotNull && outcome;
        return tellsNothing ? state : Ended(path, state);
    }

    /// <summary>A comparison with the winner, with null, or of a state.</summary>
    private State Compared(ExpressionSyntax left, ExpressionSyntax right, bool areEqual, State state)
    {
        foreach (var (side, other) in new[] { (left, right), (right, left) })
        {
            if (other.IsKind(SyntaxKind.NullLiteralExpression) && areEqual && _paths.Of(side) is { } missing)
                return Ended(missing, state);
            if (side is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Status" } status && _paths.Of(status.Expression) is { } asked)
                return Ended(asked, state);
            if (_paths.Of(Unconverted(other)) is not { } path)
                continue;
            foreach (var race in RacesWonBy(side))
                state = areEqual ? Won(race, path, state) : NotWon(race, path, state);
        }

        return state;
    }

    private static ExpressionSyntax Unconverted(ExpressionSyntax expression)
    {
        while (expression is ParenthesizedExpressionSyntax or CastExpressionSyntax)
            expression = expression is CastExpressionSyntax cast ? cast.Expression : ((ParenthesizedExpressionSyntax)expression).Expression;
        return expression;
    }

    private IEnumerable<Race> RacesWonBy(ExpressionSyntax expression)
    {
        expression = Unconverted(expression);
        if (expression is IdentifierNameSyntax && _model.GetSymbolInfo(expression, _cancellationToken).Symbol is ILocalSymbol winner)
        {
            var values = _locals.UsesOf(winner).Select(static use => use.Parent).OfType<AssignmentExpressionSyntax>().Select(static assignment => assignment.Right)
                .Concat(winner.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(_cancellationToken)).OfType<VariableDeclaratorSyntax>().Select(static declarator => declarator.Initializer?.Value).OfType<ExpressionSyntax>());
            return values.SelectMany(RacesIn).Distinct();
        }

        return RacesIn(expression);
    }

    private IEnumerable<Race> RacesIn(ExpressionSyntax expression)
        => Races.OutcomeOf(expression, _model, _cancellationToken) is { } call ? _racers.Where(each => each.Race.Call == call).Select(static each => each.Race).Take(1) : [];

    /// <summary>The winner has ended, in whichever races it takes part.</summary>
    private State Won(Race race, string path, State state)
        => race.Racers.Any(racer => racer.Path == path && !racer.IsSpread) ? Ended(path, state) : state;

    private State NotWon(Race race, string path, State state)
    {
        state = With(state, each => each.Race == race && each.Racer.Path == path && !each.Racer.IsSpread, static (before, bit) => before with { NotWinner = before.NotWinner | bit });
        var left = Enumerable.Range(0, _racers.Length).Where(index => _racers[index].Race == race && (state.NotWinner & (1UL << index)) == 0).ToList();
        if (left.Count != 1 || _racers[left[0]].Racer is not { IsSpread: false } winner)
            return state;
        return winner.Path is { } known ? Ended(known, state) : state with { Unattended = state.Unattended & ~(1UL << left[0]) };
    }

    private State Ended(string path, State state) => With(state, each => each.Racer.Path == path, static (before, bit) => before with { Unattended = before.Unattended & ~bit });

    private State Seen(ILocalSymbol local, State state)
        => With(state, each => each.Racer.Local is { } own && (_locals.Inside(own).Contains(local) || _locals.Inside(local).Contains(own)), static (before, bit) => before with { Unattended = before.Unattended & ~bit });

    private State Cancelled(ISymbol? source, State state)
        => source is null ? state : With(state, each => each.Racer.Tokens.Contains(source), static (before, bit) => before with { Unattended = before.Unattended & ~bit });

    private State With(State state, System.Func<(Race Race, Racer Racer), bool> which, System.Func<State, ulong, State> change)
    {
        for (var index = 0; index < _racers.Length; index++)
        {
            if (which(_racers[index]))
                state = change(state, 1UL << index);
        }

        return state;
    }

    /// <summary>Work that is started again while its predecessor may still be running.</summary>
    private State Assigned(ILocalSymbol local, SyntaxNode value, State state)
    {
        for (var index = 0; index < _racers.Length; index++)
        {
            var bit = 1UL << index;
            if ((state.Unattended & bit) == 0 || !SymbolEqualityComparer.Default.Equals(_racers[index].Racer.Local, local))
                continue;
            if (!value.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().Any(name => name.Identifier.ValueText == local.Name))
                _found |= bit;
            state = state with { Unattended = state.Unattended & ~bit };
        }

        return state;
    }

    private State Call(IInvocationOperation call, State state)
    {
        for (var index = 0; index < _racers.Length; index++)
        {
            if (_racers[index].Race.Call != call.Syntax)
                continue;
            var bit = 1UL << index;
            // An unnamed racer of the round before is out of reach.
            if ((state.Unattended & bit) != 0 && _racers[index].Racer.Local is null)
                _found |= bit;
            state = new(_racers[index].Racer.IsWork ? state.Unattended | bit : state.Unattended, state.NotWinner & ~bit);
        }

        if (state.Unattended == 0)
            return state;
        if (_endings.CancelledBy(call, out var isCancel) is { } source)
        {
            // A source of the object may be what any of its work looks at.
            return source is ILocalSymbol or IParameterSymbol && !IsReachedByLocalFunctions(source) ? Cancelled(source, state) : state with { Unattended = 0 };
        }

        if (isCancel)
            return state with { Unattended = 0 };
        if (_endings.ClosedBy(call) is { } closed)
            return With(state, each => each.Racer.Receivers.Contains(closed), static (before, bit) => before with { Unattended = before.Unattended & ~bit });
        return _endings.MayEndWork(call) ? state with { Unattended = 0 } : state;
    }

    private bool IsReachedByLocalFunctions(ISymbol source) => _locals.UsesOf(source).Any(use => FunctionContext.EnclosingFunction(use) is LocalFunctionStatementSyntax inner && inner != _function);

    /// <summary>
    /// A loop that watches work which was started before it: whoever ends the loop by its condition (a flag, a token) ends the work too, as far as one can see.
    /// </summary>
    private State InLoopCondition(IOperation operation, State state)
        => With(state, each => each.Racer.Watches.Any(condition => condition.Contains(operation.Syntax.Span)), static (before, bit) => before with { Unattended = before.Unattended & ~bit });

    private bool IsRacing(SyntaxNode use) => use.Ancestors().TakeWhile(static node => node is not StatementSyntax).OfType<InvocationExpressionSyntax>().Any(call => _racers.Any(each => each.Race.Call == call));
}
