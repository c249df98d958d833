using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.Flow;

/// <summary>How code goes on behind a handler that caught its cancellation; the worst last.</summary>
internal enum WentOn
{
    No,

    /// <summary>The function ends as if it had succeeded.</summary>
    Ended,

    /// <summary>It returns a value.</summary>
    ReturnedValue,

    /// <summary>It does other work after the <c>try</c>.</summary>
    Continued,

    /// <summary>It runs the cancelled work again.</summary>
    Repeated,
}

/// <summary>A handler that may swallow a cancellation.</summary>
/// <param name="Statement">The <c>try</c> it belongs to.</param>
/// <param name="Clause">The handler.</param>
/// <param name="FirstBlock">Where the handler begins in the graph.</param>
/// <param name="IsExplicit">Whether it names cancellations.</param>
/// <param name="IsOfObject">Whether all the work waits with tokens of the object itself: it is the object that was stopped, not its caller.</param>
/// <param name="KeepsFailure">Whether it keeps what it caught where code behind the loop can look at it: then only the loop's next round is too early.</param>
/// <param name="Marks">Variables it sets, which code behind it may ask.</param>
internal sealed record CancellationHandler(TryStatementSyntax Statement, CatchClauseSyntax Clause, int FirstBlock, bool IsExplicit, bool IsOfObject, bool KeepsFailure, ImmutableHashSet<string> Marks);

/// <summary>
/// One bit a handler: set when it is entered, cleared where the cancellation is passed on or looked at again. What happens while a bit is set happens although
/// the code was cancelled.
/// </summary>
internal sealed class SwallowedCancellations : ForwardAnalysis<ulong>
{
    private readonly ControlFlowGraph _graph;
    private readonly ImmutableArray<CancellationHandler> _handlers;
    private readonly Checkpoints _checkpoints;
    private readonly KnownSymbols _symbols;
    private readonly CancellationToken _cancellationToken;
    private readonly WentOn[] _wentOn;
    private readonly HashSet<IOperation> _conditions = new();

    private SwallowedCancellations(ControlFlowGraph graph, ImmutableArray<CancellationHandler> handlers, Checkpoints checkpoints, KnownSymbols symbols, CancellationToken cancellationToken)
        : base(graph)
    {
        _graph = graph;
        _handlers = handlers;
        _checkpoints = checkpoints;
        _symbols = symbols;
        _cancellationToken = cancellationToken;
        _wentOn = new WentOn[handlers.Length];
        foreach (var block in graph.Blocks)
        {
            if (block.ConditionKind != ControlFlowConditionKind.None && block.BranchValue is { } condition)
                _conditions.UnionWith(condition.DescendantsAndSelf());
        }
    }

    /// <summary>For each handler, the worst that follows it; null where that could not be found out.</summary>
    public static IReadOnlyList<WentOn>? Find(ControlFlowGraph graph, ImmutableArray<CancellationHandler> handlers, Checkpoints checkpoints, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var analysis = new SwallowedCancellations(graph, handlers, checkpoints, symbols, cancellationToken);
        return analysis.Run(0, cancellationToken) ? analysis._wentOn : null;
    }

    /// <summary><c>while (true)</c> is left by a jump only.</summary>
    protected override bool KnowsConstants => true;

    protected override ulong Join(ulong left, ulong right) => left | right;

    protected override ulong Enter(BasicBlock block, ulong state)
    {
        for (var index = 0; index < _handlers.Length; index++)
        {
            if (_handlers[index].FirstBlock == block.Ordinal)
                state |= 1UL << index;
        }

        return state;
    }

    protected override ulong After(IOperation operation, ulong state)
    {
        if (state == 0)
            return state;
        var looks = IsLook(operation);
        var handsOver = operation is IThrowOperation || IsHandedOver(operation);
        var observes = !looks && !handsOver && (_checkpoints.Of(operation) & CheckpointKinds.Cancel) != 0 || IsNextOfCancellableSequence(operation);
        for (var index = 0; index < _handlers.Length; index++)
        {
            var bit = 1UL << index;
            if ((state & bit) == 0)
                continue;
            var handler = _handlers[index];
            var passesOn = handsOver || looks && !IsOfNextItem(operation, handler);
            // The cancelled work itself throws into the same handler again, and so ends nothing.
            var isInTry = handler.Statement.Block.Span.Contains(operation.Syntax.Span);
            if (passesOn || observes && !isInTry || operation is IAwaitOperation && handler.Clause.Block.Span.Contains(operation.Syntax.Span) && MentionsException(operation, handler.Clause))
                state &= ~bit;
            else if (isInTry)
                Note(index, operation is IAwaitOperation || observes ? WentOn.Repeated : WentOn.No);
            else if (operation is ILocalReferenceOperation { Local.Name: var local } && _conditions.Contains(operation) && handler.Marks.Contains(local))
                state &= ~bit;
            else if (!handler.Statement.Span.Contains(operation.Syntax.Span) && !IsOnTheWayOut(operation, handler))
                Note(index, IsWork(operation) ? WentOn.Continued : WentOn.No);
        }

        return state;
    }

    /// <summary>An exception that leaves a handler is a failure of its own; the cancellation is not swallowed by whoever catches that.</summary>
    protected override ulong? Thrown(IOperation operation, ulong before, ulong after) => base.Thrown(operation, before, after) is null ? null : 0;

    protected override ulong Rethrown(ulong state) => 0;

    /// <summary>Where the exception turned out to be of a type that no cancellation has, there is none to be swallowed.</summary>
    protected override ulong Refine(IOperation condition, bool outcome, ulong state)
    {
        for (var index = 0; state != 0 && index < _handlers.Length; index++)
        {
            if ((state & (1UL << index)) != 0 && ExceptionTypeTests.RuleOutCancellation(condition, outcome, _handlers[index].Clause, _symbols))
                state &= ~(1UL << index);
        }

        return state;
    }

    protected override void OnEdge(BasicBlock from, BasicBlock to, ulong state)
    {
        // A value that is returned passes the `finally` blocks on its way out.
        var value = from.FallThroughSuccessor is { Semantics: ControlFlowBranchSemantics.Return } ? from.BranchValue : null;
        if (state == 0 || value is null && to.Kind != BasicBlockKind.Exit)
            return;
        for (var index = 0; index < _handlers.Length; index++)
        {
            if ((state & (1UL << index)) != 0 && !(value is not null && (MentionsException(value, _handlers[index].Clause) || TellsTheCaller(value, _handlers[index]))))
                Note(index, value is null ? WentOn.Ended : WentOn.ReturnedValue);
        }
    }

    /// <summary>
    /// Whether a handler of cancellations leaves with a result that says so: one that the work itself does not end with, or, where the object was stopped and not the caller, any constant.
    /// Numbers, null and the default of a type are what a caller takes for data.
    /// </summary>
    private bool TellsTheCaller(IOperation returned, CancellationHandler handler)
    {
        if (!handler.IsExplicit || !handler.Clause.Block.Span.Contains(returned.Syntax.Span))
            return false;
        var value = returned.Unconverted();
        if (handler.IsOfObject && (value is IDefaultValueOperation || value.ConstantValue.HasValue))
            return true;
        return OutcomeOf(value) is { } outcome
               && _graph.Blocks.Where(static block => block.FallThroughSuccessor is { Semantics: ControlFlowBranchSemantics.Return }).Select(static block => block.BranchValue).OfType<IOperation>()
                   .Any(other => !handler.Statement.Catches.Any(clause => clause.Span.Contains(other.Syntax.Span)) && !outcome.Equals(OutcomeOf(other.Unconverted())));
    }

    /// <summary>What a result says by itself: <c>true</c>, the constant of an enumeration, or a value that its type keeps under a name, <c>Outcome.Cancelled</c>.</summary>
    private static object? OutcomeOf(IOperation value)
        => value switch
        {
            IDefaultValueOperation => null,
            { ConstantValue.HasValue: true } => IsFlag(value.Type) ? value.ConstantValue.Value : null,
            IFieldReferenceOperation { Instance: null, Field: var field } => IsNamedResult(field) ? field : null,
            IPropertyReferenceOperation { Instance: null, Property: var property } => IsNamedResult(property) ? property : null,
            _ => null,
        };

    private static bool IsNamedResult(ISymbol member)
        => member.ContainingType is { DeclaringSyntaxReferences.IsEmpty: false } type
           && SymbolEqualityComparer.Default.Equals((member as IFieldSymbol)?.Type ?? (member as IPropertySymbol)?.Type, type);

    /// <summary>The <c>finally</c> of a <c>try</c> around the handler runs however that is left.</summary>
    private static bool IsOnTheWayOut(IOperation operation, CancellationHandler handler)
        => operation.Syntax.Ancestors().OfType<FinallyClauseSyntax>().Any(clause => clause.Parent!.Span.Contains(handler.Statement.Span));

    private void Note(int index, WentOn wentOn)
    {
        if (wentOn > _wentOn[index])
            _wentOn[index] = wentOn;
    }

    /// <summary>
    /// A test that may well be of the cancellation: of a token, or of a flag or state that whoever cancels sets too.
    /// </summary>
    private bool IsLook(IOperation operation)
        => operation switch
        {
            IPropertyReferenceOperation { Property.Name: "IsCancellationRequested" } => true,
            IPropertyReferenceOperation property => IsFlag(property.Type) && _conditions.Contains(operation),
            IFieldReferenceOperation field => IsFlag(field.Type) && !field.Field.IsConst && _conditions.Contains(operation),
            _ => false,
        };

    /// <summary>
    /// Asked about the item of a <c>foreach</c>, ahead of the <c>try</c> and in no loop nearer to it: by then the item is the next one, which no cancellation has touched yet.
    /// </summary>
    private static bool IsOfNextItem(IOperation operation, CancellationHandler handler)
    {
        var value = operation;
        while (value is IMemberReferenceOperation { Instance: { } instance })
            value = instance.Unconverted();
        return value is ILocalReferenceOperation { Local: var local } && operation.Syntax.SpanStart < handler.Statement.SpanStart
               && handler.Statement.Ancestors().FirstOrDefault(each => each is ForEachStatementSyntax or ForStatementSyntax or WhileStatementSyntax or DoStatementSyntax && each.Span.Contains(operation.Syntax.Span)) is ForEachStatementSyntax loop
               && local.DeclaringSyntaxReferences.Any(reference => reference.SyntaxTree == loop.SyntaxTree && reference.Span == loop.Span);
    }

    private static bool IsFlag(ITypeSymbol? type) => type is { SpecialType: SpecialType.System_Boolean } or { TypeKind: TypeKind.Enum };

    /// <summary>The failure goes to somebody who waits for it: a completion source, a pipe, a dispatch, a helper that throws.</summary>
    private bool IsHandedOver(IOperation operation)
    {
        if (operation is not IInvocationOperation { TargetMethod: var method } call)
            return false;
        if (method.GetAttributes().Any(static attribute => attribute.AttributeClass?.Name == "DoesNotReturnAttribute"))
            return true;
        var type = method.ContainingType?.OriginalDefinition;
        if (type is null)
            return false;
        if (KnownSymbols.Is(type, _symbols.TaskCompletionSource) || KnownSymbols.Is(type, _symbols.TaskCompletionSourceOfT))
            return method.Name is "TrySetException" or "SetException" or "TrySetCanceled" or "SetCanceled";
        var isOfFramework = Namespaces.Around(type) is var name
            && (name.StartsWith("System.Threading", StringComparison.Ordinal) || name.StartsWith("System.IO.Pipelines", StringComparison.Ordinal) || name.StartsWith("System.Collections", StringComparison.Ordinal) || name == "System.Runtime.ExceptionServices" || name == "System" && type.Name == "IObserver");
        return isOfFramework && call.Arguments.Any(argument => KnownSymbols.IsOrDerivesFrom(argument.Value.Unconverted().Type, _symbols.Exception));
    }

    /// <summary>The next step of an <c>await foreach</c> over a sequence that was given a token.</summary>
    private bool IsNextOfCancellableSequence(IOperation operation)
        => operation is IInvocationOperation { TargetMethod.Name: "MoveNextAsync", IsImplicit: true }
           && operation.Syntax.FirstAncestorOrSelf<CommonForEachStatementSyntax>() is { } loop
           && operation.SemanticModel is var model
           && CancellableWork.HasToken(loop.Expression, model ?? _graph.OriginalOperation.SemanticModel!, _symbols, _cancellationToken);

    /// <summary>Calls and awaits; not those that only close down, or tell somebody about it.</summary>
    private bool IsWork(IOperation operation)
        => operation switch
        {
            { IsImplicit: true } => false,
            IAwaitOperation => true,
            IInvocationOperation { TargetMethod: var method } => !IsClosing(method),
            _ => false,
        };

    private bool IsClosing(IMethodSymbol method)
    {
        if (method.Name is "Dispose" or "DisposeAsync" or "Close" or "Release" or "Set" or "ConfigureAwait" or "Stop" or "Cancel")
            return true;
        var type = (method.ReducedFrom ?? method).ContainingType;
        if (KnownSymbols.IsOrDerivesFrom(type, _symbols.TaskCompletionSource) || KnownSymbols.Is(type, _symbols.TaskCompletionSourceOfT) || KnownSymbols.Is(type, _symbols.Interlocked) || KnownSymbols.Is(type, _symbols.Volatile))
            return true;
        return IsLog(type) || method.Parameters.Any(parameter => IsLog(parameter.Type));
    }

    private static bool IsLog(ITypeSymbol? type)
        => type is not null && Namespaces.Around(type) is var name
           && (name.StartsWith("Microsoft.Extensions.Logging", StringComparison.Ordinal) || name is "Serilog" or "NLog" or "log4net" || name == "System" && type.Name == "Console" || name == "System.Diagnostics" && type.Name is "Debug" or "Trace" or "Stopwatch" or "Activity");

    /// <summary>Whether the exception is part of what is returned, or of what is awaited: then somebody deals with it.</summary>
    private static bool MentionsException(IOperation value, CatchClauseSyntax clause)
        => clause.Declaration?.Identifier.ValueText is { Length: > 0 } name
           && value.Syntax.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().Any(each => each.Identifier.ValueText == name);
}
