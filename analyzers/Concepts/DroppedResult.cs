using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>How a result came to be dropped.</summary>
internal enum DropKind
{
    /// <summary>An expression statement.</summary>
    Statement,

    /// <summary>Assigned to <c>_</c>.</summary>
    Discard,

    /// <summary>The expression body of a member or delegate that returns nothing.</summary>
    ExpressionBody,

    /// <summary>Assigned to a local that nobody reads.</summary>
    UnreadLocal,

    /// <summary>Assigned to a local that is only compared with null, or told about.</summary>
    UnobservedLocal,

    /// <summary>Given to a helper that returns nothing and does nothing to observe it.</summary>
    Laundered,

    /// <summary>Compared with null, matched or disposed of, as if it were its result; or put where nobody looks.</summary>
    Misused,
}

/// <summary>A call whose awaitable result nobody will ever see.</summary>
internal sealed class DroppedResult
{
    private DroppedResult(IInvocationOperation call, IOperation outermost, DropKind kind, IInvocationOperation? continuation, IInvocationOperation? helper, bool waitsForBeginning = false)
    {
        Call = call;
        Outermost = outermost;
        Kind = kind;
        Continuation = continuation;
        Helper = helper;
        WaitsForBeginning = waitsForBeginning || outermost is IAwaitOperation;
    }

    /// <summary>The call that made the task.</summary>
    public IInvocationOperation Call { get; }

    /// <summary>The whole expression, or declaration, that goes away with the task: the call itself, or what is chained to it.</summary>
    public IOperation Outermost { get; }

    public DropKind Kind { get; }

    /// <summary>The first <c>ContinueWith</c> the task went through.</summary>
    public IInvocationOperation? Continuation { get; }

    /// <summary>The helper that took the task.</summary>
    public IInvocationOperation? Helper { get; }

    /// <summary>Whether somebody waits, but only until the work has begun: what is dropped is the task that the task gives.</summary>
    public bool WaitsForBeginning { get; }

    /// <summary>
    /// Whether the compiler's own CS4014 speaks of this very expression. It looks at plain calls that stand alone: of an async method it compiles itself, wherever
    /// they stand; of anything that can be awaited, where an await could stand.
    /// </summary>
    public bool IsReportedByCompiler(SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (Kind is not (DropKind.Statement or DropKind.ExpressionBody) || Outermost is not IInvocationOperation dropped)
            return false;
        if (!dropped.TargetMethod.IsAsync && !(FunctionContext.Of(dropped, symbols, cancellationToken).Symbol is { IsAsync: true } && !IsInLock(dropped)))
            return false;
        return !CompilerWarnings.IsSwitchedOff(CompilerWarnings.UnobservedAwaitable, model, cancellationToken);
    }

    /// <summary>Decides whether the result of <paramref name="call"/> is dropped; null where it is not, or where that cannot be known.</summary>
    public static DroppedResult? Find(IInvocationOperation call, KnownSymbols symbols, AnalyzerSettings settings, CancellationToken cancellationToken)
    {
        // The commonest cases first: not a task at all, awaited, returned.
        if (call.Parent is IReturnOperation || call.Parent is IAwaitOperation && !StartsNested(call, symbols) || !(Awaitables.IsAwaitable(call.Type, symbols) || StartsTask(call, symbols)))
            return null;
        // Half-typed code is not judged.
        return Follow(call, symbols, settings, cancellationToken) is { } dropped && !dropped.Outermost.Syntax.ContainsDiagnostics && (MakesTask(call, symbols, settings, cancellationToken) || DropsNested(dropped, symbols))
            ? dropped
            : null;
    }

    /// <summary>
    /// Work that is started without a task, on a thread made for it or on the pool, as a statement of its own: what a dropped task would be if there were one.
    /// </summary>
    public static DroppedResult? OfStartWithoutTask(IInvocationOperation call, KnownSymbols symbols, CancellationToken cancellationToken)
        => (UnstructuredStart.IsQueuedWorkItem(call, symbols) || UnstructuredStart.IsThreadStartedInPlace(call, symbols))
           && UnstructuredStart.Of(call, symbols, cancellationToken).What is not null
           && !call.Syntax.ContainsDiagnostics
            ? call.Parent switch
            {
                IExpressionStatementOperation statement => new DroppedResult(call, call, IsExpressionBody(statement) ? DropKind.ExpressionBody : DropKind.Statement, null, null),
                ISimpleAssignmentOperation { Target: IDiscardOperation, Parent: IExpressionStatementOperation } => new DroppedResult(call, call, DropKind.Discard, null, null),
                _ => null,
            }
            : null;

    /// <summary>Whether all that is waited for of a continuation is that its delegate has returned: what that gives is dropped, and what it hangs on is not.</summary>
    private static bool DropsNested(DroppedResult dropped, KnownSymbols symbols)
        => dropped.WaitsForBeginning && ContinuesNested(dropped.Call, symbols);

    /// <summary>Follows the value outwards to where it ends.</summary>
    private static DroppedResult? Follow(IInvocationOperation call, KnownSymbols symbols, AnalyzerSettings settings, CancellationToken cancellationToken)
    {
        IInvocationOperation? continuation = null;
        IOperation current = call;
        while (true)
        {
            var parent = current.Parent;
            switch (parent)
            {
                // Whoever is handed a `Task<Task>` as a `Task` waits until the work has begun; so does `Wait`.
                case IConversionOperation { Type: var type } when KnownSymbols.Is(type, symbols.Task) && StartsNested(call, symbols) && IsNested(current.Type, symbols):
                    return new DroppedResult(call, current, DropKind.Misused, continuation, helper: null, waitsForBeginning: true);

                case IInvocationOperation { TargetMethod.Name: "Wait" } wait when wait.Instance == current && StartsNested(call, symbols) && IsNested(current.Type, symbols):
                    return new DroppedResult(call, current, DropKind.Misused, continuation, null);

                case IConversionOperation or IParenthesizedOperation:
                    current = parent;
                    continue;

                case IConditionalAccessOperation access when access.WhenNotNull == current:
                case IConditionalOperation choice when choice.Condition != current && choice.Type is not null:
                case ICoalesceOperation:
                case ISwitchExpressionArmOperation arm when arm.Value == current:
                case ISwitchExpressionOperation:
                    current = parent;
                    continue;

                case IConditionalAccessOperation access when access.Operation == current && Receiving(access) is { } receiving:
                    // `FooAsync()?.ContinueWith(…)`
                    current = receiving;
                    if (Chain(current, ref continuation, symbols))
                        continue;
                    return null;

                case IExpressionStatementOperation statement:
                    return new DroppedResult(call, current, IsExpressionBody(statement) ? DropKind.ExpressionBody : DropKind.Statement, continuation, null);

                // `await Task.Factory.StartNew(() => FooAsync())` waits until the work has begun.
                case IAwaitOperation when current is not IAwaitOperation && StartsNested(call, symbols) && IsNested(current is IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } configured } ? configured.Type : current.Type, symbols):
                    current = parent;
                    continue;

                case ITupleOperation tuple when IsDiscardedIn(tuple, current):
                    return new DroppedResult(call, current, DropKind.Discard, continuation, null);

                case IBinaryOperation or IIsPatternOperation when IsNew(call, symbols) && IsComparedWithNothing(current):
                case IUsingOperation resource when resource.Resources == current && Awaitables.IsTask(current.Type, symbols):
                    return new DroppedResult(call, current, DropKind.Misused, continuation, null);

                case ISimpleAssignmentOperation { Target: IDiscardOperation } assignment when assignment.Value == current:
                    return assignment.Parent is IExpressionStatementOperation ? new DroppedResult(call, current, DropKind.Discard, continuation, null) : null;

                case ISimpleAssignmentOperation { Target: ILocalReferenceOperation target, Parent: IExpressionStatementOperation } assignment when assignment.Value == current:
                    return KindOfDrop(target.Local, call, cancellationToken) is { } assigned ? new DroppedResult(call, assignment, assigned, continuation, null) : null;

                // In `_ => { _ = FooAsync(); }` the underscore is the parameter, which only looks like a discard.
                case ISimpleAssignmentOperation { Target: IParameterReferenceOperation { Parameter: { Name: "_", ContainingSymbol: IMethodSymbol { MethodKind: MethodKind.AnonymousFunction } } target }, Parent: IExpressionStatementOperation } assignment when assignment.Value == current:
                    return call.Root().Descendants().OfType<IParameterReferenceOperation>().All(reference => !SymbolEqualityComparer.Default.Equals(reference.Parameter, target) || IsWrite(reference))
                        ? new DroppedResult(call, current, DropKind.Discard, continuation, null)
                        : null;

                case IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator }:
                    if (KindOfDrop(declarator.Symbol, call, cancellationToken) is not { } declared)
                        return null;
                    if (IsResource(declarator))
                        return Awaitables.IsTask(declarator.Symbol.Type, symbols) ? new DroppedResult(call, declarator, DropKind.Misused, continuation, null) : null;
                    return new DroppedResult(call, declarator, declared, continuation, null);

                case IArgumentOperation or IArrayInitializerOperation or ISimpleAssignmentOperation when ForgottenCollection.Takes(current, symbols):
                    return new DroppedResult(call, current, DropKind.Misused, continuation, null);

                case IInvocationOperation receiver when receiver.Instance == current:
                    current = receiver;
                    if (Chain(current, ref continuation, symbols))
                        continue;
                    return null;

                case IArgumentOperation { Parent: IInvocationOperation helper } argument:
                    if (PassesThrough(helper, symbols) && argument.Parameter?.Ordinal == 0)
                    {
                        current = helper;
                        continue;
                    }

                    if (LaunderingHelpers.OnlyReturns(helper.TargetMethod, argument.Parameter, symbols, settings, cancellationToken))
                    {
                        current = helper;
                        continue;
                    }

                    return LaunderingHelpers.Drops(helper, argument.Parameter, symbols, settings, cancellationToken)
                           && (!helper.TargetMethod.ReturnsVoid || helper.Parent is IExpressionStatementOperation || IsEndOfConditionalAccess(helper))
                        ? new DroppedResult(call, helper, DropKind.Laundered, continuation, helper)
                        : null;

                default:
                    return null;
            }
        }
    }

    /// <summary>Whether the call that a task is the receiver of stands for that task; false where it keeps or observes it.</summary>
    private static bool Chain(IOperation link, ref IInvocationOperation? continuation, KnownSymbols symbols)
    {
        if (link is not IInvocationOperation invocation || !PassesThrough(invocation, symbols))
            return false;
        if (invocation.TargetMethod.Name == "ContinueWith")
        {
            if (LaunderingHelpers.SettlesCompletionSource(invocation, symbols))
                return false;
            continuation ??= invocation;
        }

        return true;
    }

    /// <summary>Members of the task types whose own result stands for the task: whoever drops it drops the task.</summary>
    private static bool PassesThrough(IInvocationOperation invocation, KnownSymbols symbols)
    {
        var method = invocation.TargetMethod;
        var type = (method.ReducedFrom ?? method).ContainingType;
        return method.Name switch
        {
            "ConfigureAwait" or "ContinueWith" or "AsTask" or "Preserve" or "WaitAsync" => Awaitables.IsTaskOrValueTask(type, symbols),
            "Unwrap" => KnownSymbols.Is(type, symbols.TaskExtensions),
            _ => false,
        };
    }

    /// <summary>Whether the call is one that starts something which can be awaited, and not a link of a chain that is judged from its beginning.</summary>
    private static bool MakesTask(IInvocationOperation call, KnownSymbols symbols, AnalyzerSettings settings, CancellationToken cancellationToken)
    {
        var method = call.TargetMethod;
        if (StartsTask(call, symbols))
            return true;

        var type = (method.ReducedFrom ?? method).ContainingType;
        var receiver = Unwrapped(call.Instance ?? (method.IsExtensionMethod ? call.Arguments.FirstOrDefault()?.Value : null));
        if (PassesThrough(call, symbols))
        {
            // Judged from the call it is chained to. A task kept elsewhere is observed there; a local is, unless this is all that is done with it.
            return method.Name == "ContinueWith"
                   && receiver is ILocalReferenceOperation local
                   && IsFreshLocal(local.Local, call, symbols)
                   && !LaunderingHelpers.SettlesCompletionSource(call, symbols);
        }

        // A task that comes out as a type argument was kept somewhere, or passed through: `cache.GetOrAdd(…)`, `list.First()`, `Interlocked.Exchange(ref …)`.
        if (method.OriginalDefinition.ReturnType is ITypeParameterSymbol && method.MethodKind != MethodKind.DelegateInvoke)
            return false;
        if (KnownSymbols.Is(type, symbols.Interlocked) || KnownSymbols.Is(type, symbols.Volatile))
            return false;
        // Already complete: nothing runs that could be lost.
        if ((KnownSymbols.Is(type, symbols.Task) || KnownSymbols.Is(type, symbols.ValueTask)) && method.Name is "FromResult" or "FromCanceled" or "FromException")
            return false;
        // `builder.With(…)` of an awaitable that is its own builder: nothing is started by the call.
        if (!Awaitables.IsTaskOrValueTask(call.Type, symbols) && SymbolEqualityComparer.Default.Equals(call.Type, receiver?.Type))
            return false;
        if (LaunderingHelpers.ReturnsItsArgument(method, parameter: null, symbols, cancellationToken))
            return false;
        if (PoolWork.IsStartedBy(call, symbols) && LaunderingHelpers.OnlySettlesCompletionSource(call, symbols))
            return false;

        // A call on what a detached call gave is part of it: a mocking library's `substitute.Received().SendAsync()`.
        var tree = call.Syntax.SyntaxTree;
        return !settings.IsDetached(method, receiver?.Type, tree)
               && !(receiver is IInvocationOperation source && settings.IsDetached(source.TargetMethod, receiver: null, tree));
    }

    /// <summary><c>new Task(…).Start()</c>: the task object is what is dropped.</summary>
    public static bool StartsTask(IInvocationOperation call, KnownSymbols symbols)
        => call.TargetMethod.Name == "Start"
           && KnownSymbols.Is(call.TargetMethod.ContainingType, symbols.Task)
           && Unwrapped(call.Instance) switch
           {
               IObjectCreationOperation => true,
               ILocalReferenceOperation local => IsOnlyStarted(local.Local, call),
               _ => false,
           };

    /// <summary>Work that is started with a delegate that gives a task, and whose own task says only that this delegate has returned.</summary>
    public static bool StartsNested(IInvocationOperation call, KnownSymbols symbols)
        => call.TargetMethod.Name is "Run" or "StartNew" or "ContinueWith" && IsNested(call.Type, symbols) && (PoolWork.IsStartedBy(call, symbols) && GivesResultOfDelegate(call.TargetMethod) || ContinuesNested(call, symbols));

    /// <summary><c>Task.Run</c> unwraps the task that its delegate gives, unless it is told that this is just a value: <c>Task.Run&lt;Task&gt;(…)</c>.</summary>
    private static bool GivesResultOfDelegate(IMethodSymbol method)
        => method.Name == "StartNew"
           || method.Name == "Run" && method.OriginalDefinition is { TypeParameters.Length: 1, Parameters: { Length: > 0 } parameters } original
           && parameters[0].Type is INamedTypeSymbol { TypeArguments.Length: 1 } work && SymbolEqualityComparer.Default.Equals(work.TypeArguments[0], original.TypeParameters[0]);

    /// <summary><c>task.ContinueWith(async t => …)</c>. What the delegate only looks up is not started by it.</summary>
    private static bool ContinuesNested(IInvocationOperation call, KnownSymbols symbols)
        => call.TargetMethod.Name == "ContinueWith" && Awaitables.IsTask(call.TargetMethod.ContainingType, symbols)
           && call.Arguments.FirstOrDefault(static argument => argument.Parameter?.Ordinal == 0)?.Value is IDelegateCreationOperation { Target: var target }
           && target switch
           {
               IAnonymousFunctionOperation { Symbol.IsAsync: true } => true,
               IAnonymousFunctionOperation function => function.Body.DescendantsInFunction().OfType<IReturnOperation>().Any(static each => Unwrapped(each.ReturnedValue) is IInvocationOperation { TargetMethod.IsAsync: true }),
               IMethodReferenceOperation { Method.IsAsync: true } => true,
               _ => false,
           };

    private static bool IsNested(ITypeSymbol? type, KnownSymbols symbols) => Awaitables.IsTaskOrValueTask(Awaitables.ResultType(type, symbols), symbols);

    /// <summary>Whether the call surely starts something: one that only looks a task up is asked for null with good reason.</summary>
    private static bool IsNew(IInvocationOperation call, KnownSymbols symbols) => call.TargetMethod.IsAsync || PoolWork.IsStartedBy(call, symbols);

    /// <summary><c>(_, _) = (FooAsync(), BarAsync())</c>.</summary>
    private static bool IsDiscardedIn(ITupleOperation tuple, IOperation element)
    {
        var path = new Stack<int>();
        IOperation current = element;
        for (IOperation? parent = tuple; parent is ITupleOperation or IConversionOperation; parent = parent.Parent)
        {
            if (parent is ITupleOperation around)
                path.Push(around.Elements.IndexOf(current));
            current = parent;
        }

        if (current.Parent is not IDeconstructionAssignmentOperation assignment || assignment.Value != current || assignment.Parent is not IExpressionStatementOperation)
            return false;
        var target = assignment.Target;
        foreach (var index in path)
        {
            if ((target is IDeclarationExpressionOperation declared ? declared.Expression : target) is not ITupleOperation { Elements: var elements } || index < 0 || index >= elements.Length)
                return target is IDiscardOperation;
            target = elements[index];
        }

        return target is IDiscardOperation;
    }

    private static IOperation? Unwrapped(IOperation? operation)
    {
        while (operation is IConversionOperation { IsImplicit: true } or IParenthesizedOperation)
            operation = operation is IConversionOperation conversion ? conversion.Operand : ((IParenthesizedOperation)operation).Operand;
        return operation;
    }

    private static IInvocationOperation? Receiving(IConditionalAccessOperation access)
    {
        // The innermost call of `?.A().B()` is the one that receives the value.
        IOperation? current = access.WhenNotNull;
        while (current is IInvocationOperation { Instance: { } instance } invocation)
        {
            if (instance is IConditionalAccessInstanceOperation)
                return invocation;
            current = instance;
        }

        return null;
    }

    private static bool IsEndOfConditionalAccess(IOperation operation)
        => operation.Parent is IConditionalAccessOperation { Parent: IExpressionStatementOperation } access && access.WhenNotNull == operation;

    private static bool IsExpressionBody(IExpressionStatementOperation statement) => statement.Syntax.Parent is ArrowExpressionClauseSyntax or LambdaExpressionSyntax;

    private static bool IsInLock(IOperation operation)
    {
        for (var current = operation.Parent; current is not null and not (IAnonymousFunctionOperation or ILocalFunctionOperation); current = current.Parent)
        {
            if (current is ILockOperation { Body: var body } && body.Syntax.Span.Contains(operation.Syntax.Span))
                return true;
        }

        return false;
    }

    private static bool IsResource(IVariableDeclaratorOperation declarator)
        => declarator.Syntax.Parent?.Parent is LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 } or UsingStatementSyntax;

    /// <summary>How a task that is kept in a local is dropped; null where something observes it.</summary>
    private static DropKind? KindOfDrop(ILocalSymbol local, IOperation within, CancellationToken cancellationToken)
    {
        if (local.IsRef || IsPlainlyObserved(local, cancellationToken))
            return null;
        var kind = DropKind.UnreadLocal;
        foreach (var reference in References(local, within))
        {
            if (IsWrite(reference))
                continue;
            if (!IsComparedWithNothing(reference) && !IsOnlyTold(reference))
                return null;
            kind = DropKind.UnobservedLocal;
        }

        return kind;
    }

    /// <summary>Mostly a task is awaited or returned by its name, which is seen without a walk through all of the member.</summary>
    private static bool IsPlainlyObserved(ILocalSymbol local, CancellationToken cancellationToken)
    {
        if (local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is not { } declaration || declaration.FirstAncestorOrSelf<BlockSyntax>() is not { } scope)
            return false;
        var function = FunctionContext.EnclosingFunction(declaration);
        foreach (var name in FileIndex.NamesIn(scope, local.Name, cancellationToken))
        {
            ExpressionSyntax value = name;
            if (value.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Parent: InvocationExpressionSyntax configured } access && access.Expression == value)
                value = configured;
            // Another function may have a parameter of that name.
            if (value.Parent is AwaitExpressionSyntax or ReturnStatementSyntax && FunctionContext.EnclosingFunction(name) == function)
                return true;
        }

        return false;
    }

    /// <summary><c>if (task == null)</c> waits for nothing: mostly an <c>await</c> was forgotten, and the result was meant.</summary>
    private static bool IsComparedWithNothing(IOperation reference)
    {
        var operand = reference;
        while (operand.Parent is IConversionOperation or IParenthesizedOperation)
            operand = operand.Parent;
        return operand.Parent switch
        {
            IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } comparison => IsNothing(comparison.LeftOperand == operand ? comparison.RightOperand : comparison.LeftOperand),
            IIsPatternOperation { Pattern: IConstantPatternOperation constant } => IsNothing(constant.Value),
            IIsPatternOperation { Pattern: INegatedPatternOperation { Pattern: IConstantPatternOperation constant } } => IsNothing(constant.Value),
            IIsPatternOperation { Pattern: IRecursivePatternOperation { DeclaredSymbol: null, PropertySubpatterns.IsEmpty: true, DeconstructionSubpatterns.IsEmpty: true } } => true,
            _ => false,
        };

        static bool IsNothing(IOperation value)
        {
            value = value.Unconverted();
            return value is IDefaultValueOperation or { ConstantValue: { HasValue: true, Value: null } };
        }
    }

    /// <summary>The state of the task goes into a message, to a call whose own result nobody uses.</summary>
    private static bool IsOnlyTold(ILocalReferenceOperation reference)
    {
        if (reference.Parent is not IPropertyReferenceOperation { Property.Name: "Status" or "Id" } property)
            return false;
        IOperation told = property;
        while (told.Parent is IConversionOperation or IParenthesizedOperation or IInterpolationOperation or IInterpolatedStringOperation or IArrayInitializerOperation or IArrayCreationOperation)
            told = told.Parent;
        return told.Parent is IArgumentOperation { Parent: IInvocationOperation { Parent: IExpressionStatementOperation, TargetMethod.ReturnsVoid: true } };
    }

    private static bool IsWrite(IOperation reference)
        => reference.Parent is ISimpleAssignmentOperation assignment && assignment.Target == reference && assignment.Parent is IExpressionStatementOperation;

    private static bool IsOnlyStarted(ILocalSymbol local, IInvocationOperation start)
        => References(local, start).All(reference => IsWrite(reference) || reference.Parent == start)
           && IsInitializedBy(local, start, static value => value is IObjectCreationOperation);

    /// <summary>A local that is given a task made right there, and whose only other uses are continuations that are dropped as well.</summary>
    private static bool IsFreshLocal(ILocalSymbol local, IInvocationOperation continuation, KnownSymbols symbols)
        => References(local, continuation).All(reference => IsWrite(reference) || IsDroppedContinuation(reference, symbols))
           && IsInitializedBy(local, continuation, value => value is IInvocationOperation call && Awaitables.IsTaskOrValueTask(call.Type, symbols));

    private static bool IsDroppedContinuation(ILocalReferenceOperation reference, KnownSymbols symbols)
        => reference.Parent is IInvocationOperation { TargetMethod.Name: "ContinueWith" } continuation
           && continuation.Instance == reference
           && PassesThrough(continuation, symbols)
           && continuation.Parent is IExpressionStatementOperation or ISimpleAssignmentOperation { Target: IDiscardOperation };

    private static bool IsInitializedBy(ILocalSymbol local, IOperation within, System.Func<IOperation?, bool> accepts)
    {
        foreach (var declarator in within.Root().Descendants().OfType<IVariableDeclaratorOperation>())
        {
            if (SymbolEqualityComparer.Default.Equals(declarator.Symbol, local))
                return accepts(Unwrapped(declarator.GetVariableInitializer()?.Value));
        }

        return false;
    }

    private static IEnumerable<ILocalReferenceOperation> References(ILocalSymbol local, IOperation within)
        => within.Root().Descendants().OfType<ILocalReferenceOperation>()
            .Where(reference => !reference.IsDeclaration && SymbolEqualityComparer.Default.Equals(reference.Local, local));
}
