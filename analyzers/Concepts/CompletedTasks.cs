using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Structured.Analyzers.Flow;

namespace Structured.Analyzers;

/// <summary>
/// Which tasks are known to have ended, at each place of a member: after their own await or a wait, <c>WhenAll</c>, a test of their state, as the winner of
/// <c>WhenAny</c>, as the antecedent of a continuation, or because they were made complete. Where a test is of a form that is not understood, the answer is yes.
/// </summary>
internal sealed class CompletedTasks
{
    private static readonly ConditionalWeakTable<ControlFlowGraph, CompletedTasks> Cache = new();

    private readonly Dictionary<SyntaxNode, bool> _answers = new();

    private CompletedTasks()
    {
    }

    /// <summary>The answers for a whole member, lambdas and local functions included.</summary>
    public static CompletedTasks In(ControlFlowGraph graph, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (Cache.TryGetValue(graph, out var known))
            return known;
        var answers = new CompletedTasks();
        answers.Add(graph, Known.Nothing, model, symbols, cancellationToken);
        return Cache.GetValue(graph, _ => answers);
    }

    /// <summary>Whether the task that a blocking expression waits for has ended when it is reached. Also true where it is never reached.</summary>
    public bool IsComplete(SyntaxNode wait) => !_answers.TryGetValue(wait, out var isComplete) || isComplete;

    private void Add(ControlFlowGraph graph, Known initial, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var analysis = new Analysis(graph, this, model, symbols, cancellationToken);
        analysis.Run(initial);
        foreach (var pair in analysis.Lambdas)
            Add(graph.GetAnonymousFunctionControlFlowGraph(pair.Key, cancellationToken), pair.Value, model, symbols, cancellationToken);
        // When a local function is called is not known; what was seen to end anywhere counts as ended.
        foreach (var local in graph.LocalFunctions)
            Add(graph.GetLocalFunctionControlFlowGraph(local, cancellationToken), analysis.Ever, model, symbols, cancellationToken);
    }

    /// <summary>The places whose tasks have ended.</summary>
    private readonly struct Known : IEquatable<Known>
    {
        public static readonly Known Nothing = new(ImmutableHashSet.Create<string>(StringComparer.Ordinal));

        private readonly ImmutableHashSet<string> _paths;

        private Known(ImmutableHashSet<string> paths) => _paths = paths;

        public bool Has(string path) => _paths.Any(place => TaskPaths.IsIn(path, place));

        public Known With(string path) => new(_paths.Add(path));

        public Known Without(string path) => new(_paths.Except(_paths.Where(place => TaskPaths.IsIn(place, path))));

        public Known And(Known other) => new(_paths.Where(other.Has).Concat(other._paths.Where(Has)).ToImmutableHashSet(StringComparer.Ordinal));

        public Known Or(Known other) => new(_paths.Union(other._paths));

        public bool Equals(Known other) => _paths.SetEquals(other._paths);

        public override bool Equals(object? other) => other is Known known && Equals(known);

        public override int GetHashCode() => _paths.Count;
    }

    private sealed class Analysis : ForwardAnalysis<Known>
    {
        private readonly CompletedTasks _answers;
        private readonly SemanticModel _model;
        private readonly KnownSymbols _symbols;
        private readonly CancellationToken _cancellationToken;
        private readonly TaskPaths _paths;

        // Places that end together: `all = Task.WhenAll(a, b)`, `same = a`.
        private readonly Dictionary<string, HashSet<string>> _together = new(StringComparer.Ordinal);
        private readonly Dictionary<string, ImmutableArray<string>> _winnersOf = new(StringComparer.Ordinal);
        private IOperation? _condition;

        public Analysis(ControlFlowGraph graph, CompletedTasks answers, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
            : base(graph)
        {
            _answers = answers;
            _model = model;
            _symbols = symbols;
            _cancellationToken = cancellationToken;
            _paths = new TaskPaths(model, symbols, cancellationToken);
        }

        /// <summary>What is known where each lambda is made.</summary>
        public Dictionary<IFlowAnonymousFunctionOperation, Known> Lambdas { get; } = new();

        /// <summary>What was known at any place.</summary>
        public Known Ever { get; private set; } = Known.Nothing;

        public void Run(Known initial)
        {
            Ever = initial;
            Run(initial, _cancellationToken);
        }

        protected override Known Join(Known left, Known right) => left.And(right);

        protected override Known Enter(BasicBlock block, Known state)
        {
            _condition = block.ConditionKind == ControlFlowConditionKind.None ? null : block.BranchValue;
            return state;
        }

        /// <summary>A wait that throws has ended too.</summary>
        protected override Known? Thrown(IOperation operation, Known before, Known after) => base.Thrown(operation, before, after) is null ? null : after;

        protected override Known After(IOperation operation, Known state)
        {
            switch (operation)
            {
                case IAwaitOperation await when WhenAnyOf(await.Operation.Syntax) is null:
                    return Mark(state, _paths.In(await.Operation.Syntax, IsWhenAll(await.Operation.Syntax)));
                case ISimpleAssignmentOperation assignment:
                    return Assign(state, assignment);
                case IIsPatternOperation { Pattern: IDeclarationPatternOperation { DeclaredSymbol: ILocalSymbol named }, Value: var task } when TaskPaths.Of(named) is { } name:
                    return Name(state, name, task);
                case IDeconstructionAssignmentOperation deconstruction:
                    return deconstruction.Target.DescendantsAndSelf().OfType<ILocalReferenceOperation>().Aggregate(state, (before, local) => AssignElement(before, local));
                case IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument when _paths.Of(argument.Value.Syntax) is { } changed:
                    return state.Without(changed);
                case IPropertyReferenceOperation { Instance: { } instance } property when !property.Property.IsStatic:
                    return Property(state, property, instance);
                case IInvocationOperation call:
                    return Call(state, call);
                case IFlowAnonymousFunctionOperation lambda:
                    var inside = Inside(lambda, state);
                    Lambdas[lambda] = Lambdas.TryGetValue(lambda, out var known) ? known.And(inside) : inside;
                    return state;
                default:
                    return state;
            }
        }

        protected override Known Refine(IOperation condition, bool outcome, Known state)
        {
            switch (condition)
            {
                case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not:
                    return Refine(not.Operand, !outcome, state);
                case IParenthesizedOperation each:
                    return Refine(each.Operand, outcome, state);
                case IPropertyReferenceOperation { Instance: { } instance } property when IsTest(property):
                    return outcome ? Mark(state, instance.Syntax) : state;
                case IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } binary:
                    return Compare(state, binary, outcome == (binary.OperatorKind == BinaryOperatorKind.Equals));
                case IIsPatternOperation { Value: IPropertyReferenceOperation { Instance: not null } property } pattern when IsTest(property):
                    return pattern.Pattern is IConstantPatternOperation { Value.ConstantValue: { HasValue: true, Value: bool wanted } } ? Refine(property, outcome == wanted, state) : outcome ? Refine(property, true, state) : state;
                case IIsPatternOperation { Value: IPropertyReferenceOperation { Instance: { } instance } property } when IsStatus(property):
                    return Mark(state, instance.Syntax);
                case IIsPatternOperation { Pattern: IRecursivePatternOperation { PropertySubpatterns: var parts } } pattern when outcome && parts.Any(TestsState):
                    return Mark(state, pattern.Value.Syntax);
                case IIsPatternOperation { Pattern: INegatedPatternOperation { Pattern: IRecursivePatternOperation { PropertySubpatterns: var parts } } } pattern when !outcome && parts.Any(TestsState):
                    return Mark(state, pattern.Value.Syntax);
                default:
                    return state;
            }
        }

        private bool TestsState(IPropertySubpatternOperation part)
            => part.Member is IPropertyReferenceOperation property && (IsStatus(property) || IsTest(property) && part.Pattern is not IConstantPatternOperation { Value.ConstantValue: { HasValue: true, Value: false } });

        private Known Assign(Known state, ISimpleAssignmentOperation assignment)
        {
            if (_paths.Of(TargetSyntax(assignment)) is not { } target && !TryPathOfLocal(assignment.Target, out target))
                return state;
            var value = assignment.Value.Syntax;
            state = state.Without(target);
            _winnersOf.Remove(target);
            if (CollectionOf(assignment.Target) is not null)
                return AssignElement(state, assignment.Target);
            if (!_paths.IsOrHoldsTask(assignment.Target.Type))
                return state;
            if (WhenAnyOf(Awaited(value)) is { } any)
            {
                _winnersOf[target] = any;
                return state.With(target);
            }

            if (IsMadeComplete(assignment.Value) || (_paths.Of(value) is { } source && state.Has(source)))
                return state.With(target);
            if (value is not AwaitExpressionSyntax && WhenAnyOf(value) is null)
            {
                foreach (var part in _paths.In(value, IsWhenAll(value)))
                    Together(target, part, isAlias: _paths.Of(value) == part);
            }

            return state;
        }

        /// <summary><c>if (task is Task&lt;int&gt; counted)</c>: another name for the same task.</summary>
        private Known Name(Known state, string name, IOperation task)
        {
            state = state.Without(name);
            if (_paths.Of(task.Syntax) is not { } source)
                return state;
            Together(name, source, isAlias: true);
            return state.Has(source) ? state.With(name) : state;
        }

        /// <summary><c>foreach (var task in tasks)</c>, <c>foreach (var (name, task) in tasks)</c>.</summary>
        private Known AssignElement(Known state, IOperation variable)
        {
            if (!TryPathOfLocal(variable, out var target))
                return state;
            state = state.Without(target);
            return CollectionOf(variable) is { } collection && _paths.In(collection, anyType: true).Any(state.Has) ? state.With(target) : state;
        }

        private void Together(string whole, string part, bool isAlias)
        {
            if (whole == part)
                return;
            if (!_together.TryGetValue(whole, out var parts))
                _together.Add(whole, parts = new HashSet<string>(StringComparer.Ordinal));
            parts.Add(part);
            if (isAlias)
                Together(part, whole, isAlias: false);
        }

        private Known Property(Known state, IPropertyReferenceOperation property, IOperation instance)
        {
            if (IsTest(property) || IsStatus(property) || property.Property.Name == "Exception" && Awaitables.IsTask(instance.Type, _symbols))
            {
                // Asked in a form that is not the condition itself: remembered, compared with something, in a switch.
                return instance is IInstanceReferenceOperation || IsCondition(property) ? state : Mark(state, instance.Syntax);
            }

            if (property.Property.Name != "Result" || !Awaitables.IsTaskOrValueTask(property.Property.ContainingType, _symbols))
                return state;
            Answer(property.Syntax, IsEnded(instance, state));
            return Mark(state, instance.Syntax);
        }

        private Known Call(Known state, IInvocationOperation call)
        {
            var type = call.TargetMethod.ContainingType;
            switch (call.TargetMethod.Name)
            {
                case "Wait" when call.Instance is { } instance && KnownSymbols.Is(type, _symbols.Task):
                    Answer(call.Syntax, IsEnded(instance, state));
                    return Mark(state, instance.Syntax);
                case "GetResult" when call.Instance is IInvocationOperation { TargetMethod.Name: "GetAwaiter" } awaiter && TaskOf(awaiter) is { } task:
                    Answer(call.Syntax, IsEnded(task, state));
                    return Mark(state, _paths.In(task.Syntax));
                case "WaitAll" or "WaitAny" when KnownSymbols.Is(type, _symbols.Task):
                    var waitedFor = call.Arguments.SelectMany(argument => _paths.In(argument.Syntax, anyType: true)).Where(path => path.Length > 0).ToList();
                    Answer(call.Syntax, waitedFor.Count > 0 && call.Arguments.All(argument => !_paths.IsOrHoldsTask(argument.Value.Type) || _paths.In(argument.Syntax, anyType: true).Any(state.Has)) && waitedFor.Where(IsTaskPlace(call)).All(state.Has));
                    return Mark(state, waitedFor);
                case "SetResult" or "TrySetResult" or "SetException" or "TrySetException" or "SetCanceled" or "TrySetCanceled" when call.Instance is { } source && (KnownSymbols.Is(type, _symbols.TaskCompletionSourceOfT) || KnownSymbols.Is(type, _symbols.TaskCompletionSource)):
                    return _paths.Of(source.Syntax) is { } owner ? state.With(owner + ".Task") : state;
                case "ReferenceEquals" or "Equals":
                    return Mark(state, _paths.In(call.Syntax));
                default:
                    return state;
            }
        }

        private Func<string, bool> IsTaskPlace(IInvocationOperation call)
        {
            var tasks = new HashSet<string>(_paths.In(call.Syntax), StringComparer.Ordinal);
            return tasks.Contains;
        }

        private void Answer(SyntaxNode wait, bool isComplete)
            => _answers._answers[wait] = isComplete && (!_answers._answers.TryGetValue(wait, out var before) || before);

        private bool IsEnded(IOperation task, Known state)
            => IsMadeComplete(task)
               || WhenAnyOf(Awaited(task.Syntax)) is not null
               || _paths.Of(StripConfigured(task.Syntax)) is { } path && state.Has(path);

        /// <summary>The task that an awaiter was taken from.</summary>
        private IOperation? TaskOf(IInvocationOperation awaiter)
        {
            var task = awaiter.Instance ?? (awaiter.Arguments.Length == 1 ? awaiter.Arguments[0].Value : null);
            if (task is IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } inner })
                task = inner;
            return task is not null && Awaitables.IsTaskOrValueTask(task.Type, _symbols) ? task : null;
        }

        private static SyntaxNode StripConfigured(SyntaxNode task)
            => task is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" or "AsTask" or "Preserve", Expression: { } inner } } ? inner : task;

        private bool IsMadeComplete(IOperation value)
        {
            return value.Unconverted() switch
            {
                IInvocationOperation { TargetMethod: { IsStatic: true, Name: "FromResult" or "FromException" or "FromCanceled" } method } => KnownSymbols.Is(method.ContainingType, _symbols.Task) || KnownSymbols.Is(method.ContainingType, _symbols.ValueTask),
                IPropertyReferenceOperation { Property: var property } => Operations.IsCompletedTask(property, _symbols),
                IDefaultValueOperation => true,
                IObjectCreationOperation { Type: { } type, Arguments: { Length: 1 } arguments } => Awaitables.IsValueTask(type, _symbols) && !Awaitables.IsTask(arguments[0].Value.Type, _symbols) && arguments[0].Parameter?.Name == "result",
                _ => false,
            };
        }

        private bool IsTest(IPropertyReferenceOperation property)
            => property.Property.Name is "IsCompleted" or "IsCompletedSuccessfully" or "IsFaulted" or "IsCanceled" && Awaitables.IsTaskOrValueTask(property.Property.ContainingType, _symbols);

        private bool IsStatus(IPropertyReferenceOperation property)
            => property.Property.Name == "Status" && Awaitables.IsTask(property.Property.ContainingType, _symbols);

        /// <summary>Whether the outcome of the branch tells what the property said.</summary>
        private bool IsCondition(IOperation property)
        {
            if (_condition is null)
                return false;
            for (var current = property; ; current = current.Parent)
            {
                if (ReferenceEquals(current, _condition))
                    return true;
                if (current.Parent is not (IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } or IParenthesizedOperation or IIsPatternOperation or IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals }))
                    return false;
            }
        }

        private Known Compare(Known state, IBinaryOperation binary, bool areEqual)
        {
            foreach (var (side, other) in new[] { (binary.LeftOperand, binary.RightOperand), (binary.RightOperand, binary.LeftOperand) })
            {
                if (side is IPropertyReferenceOperation { Instance: { } instance } property)
                {
                    if (IsTest(property))
                        return other.ConstantValue is { HasValue: true, Value: bool wanted } ? Refine(property, areEqual == wanted, state) : Mark(state, instance.Syntax);
                    if (IsStatus(property))
                    {
                        const int RanToCompletion = 5; // and what comes after it: Canceled, Faulted
                        return other.ConstantValue is not { HasValue: true, Value: int status } || (status >= RanToCompletion && areEqual) ? Mark(state, instance.Syntax) : state;
                    }
                }

                // `task?.IsCompleted == true`
                if (side.Syntax is ConditionalAccessExpressionSyntax { WhenNotNull: MemberBindingExpressionSyntax { Name.Identifier.ValueText: "IsCompleted" or "IsCompletedSuccessfully" or "IsFaulted" or "IsCanceled" } } test && Awaitables.IsTask(_model.GetTypeInfo(test.Expression, _cancellationToken).Type, _symbols))
                    return areEqual && other.ConstantValue is { HasValue: true, Value: false } ? state : areEqual ? Mark(state, test.Expression) : state;

                var task = side.Unconverted();
                var any = WhenAnyOf(Awaited(task.Syntax)) ?? (_paths.Of(task.Syntax) is { } winner && _winnersOf.TryGetValue(winner, out var known) ? known : null);
                if (any is { } candidates && _paths.Of(other.Unconverted().Syntax) is { } named)
                    return areEqual ? Mark(state, [named]) : Mark(state, candidates.Where(candidate => candidate != named));
            }

            return state;
        }

        private Known Mark(Known state, SyntaxNode task) => _paths.Of(StripConfigured(task)) is { } path ? Mark(state, [path]) : state;

        private Known Mark(Known state, IEnumerable<string> paths)
        {
            var pending = new Stack<string>(paths);
            while (pending.Count > 0)
            {
                var path = pending.Pop();
                if (state.Has(path))
                    continue;
                state = state.With(path);
                if (_together.TryGetValue(path, out var others))
                {
                    foreach (var other in others)
                        pending.Push(other);
                }
            }

            Ever = Ever.Or(state);
            return state;
        }

        private Known Inside(IFlowAnonymousFunctionOperation lambda, Known state)
        {
            if (lambda.Syntax.FirstAncestorOrSelf<ArgumentSyntax>() is not { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax call } } argument
                || !argument.Expression.Span.Contains(lambda.Syntax.Span)
                || _model.GetSymbolInfo(call, _cancellationToken).Symbol is not IMethodSymbol { Name: "ContinueWith" or "ContinueWhenAll" or "ContinueWhenAny" } method)
            {
                return state;
            }

            foreach (var parameter in lambda.Symbol.Parameters)
            {
                if (_paths.IsOrHoldsTask(parameter.Type) && !parameter.Locations.IsEmpty)
                    state = state.With(parameter.Name + "@" + parameter.Locations[0].SourceSpan.Start.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }

            return method.Name == "ContinueWhenAny" ? state : Mark(state, _paths.In(call, anyType: true));
        }

        /// <summary>The tasks of a <c>Task.WhenAny</c>; null for anything else.</summary>
        private ImmutableArray<string>? WhenAnyOf(SyntaxNode? expression)
        {
            while (expression is ParenthesizedExpressionSyntax parenthesized)
                expression = parenthesized.Expression;
            while (expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" or "WaitAsync" or "Unwrap", Expression: InvocationExpressionSyntax inner } })
                expression = inner;
            if (expression is not InvocationExpressionSyntax call || _model.GetSymbolInfo(call, _cancellationToken).Symbol is not IMethodSymbol { Name: "WhenAny" })
                return null;
            return _paths.In(call).ToImmutableArray();
        }

        private static SyntaxNode? Awaited(SyntaxNode expression)
        {
            while (expression is ParenthesizedExpressionSyntax parenthesized)
                expression = parenthesized.Expression;
            return (expression as AwaitExpressionSyntax)?.Expression;
        }

        private bool IsWhenAll(SyntaxNode expression)
            => expression.DescendantNodesAndSelf(static node => node is not AnonymousFunctionExpressionSyntax).OfType<InvocationExpressionSyntax>()
                .Any(call => _model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol { Name: "WhenAll" });

        private static SyntaxNode TargetSyntax(ISimpleAssignmentOperation assignment) => assignment.Target.Syntax;

        /// <summary>A declarator and a <c>foreach</c> variable have no expression that reads them.</summary>
        private static bool TryPathOfLocal(IOperation target, out string path)
        {
            path = target is ILocalReferenceOperation { Local: { Locations: { IsEmpty: false } locations } local }
                ? local.Name + "@" + locations[0].SourceSpan.Start.ToString(System.Globalization.CultureInfo.InvariantCulture)
                : "";
            return path.Length > 0;
        }

        private static ExpressionSyntax? CollectionOf(IOperation target)
            => target is ILocalReferenceOperation { Local.DeclaringSyntaxReferences: { Length: 1 } declarations }
                ? declarations[0].GetSyntax() switch
                {
                    ForEachStatementSyntax each => each.Expression,
                    SingleVariableDesignationSyntax designation => designation.FirstAncestorOrSelf<ForEachVariableStatementSyntax>() is { } each && each.Variable.Span.Contains(designation.Span) ? each.Expression : null,
                    _ => null,
                }
                : null;
    }
}
