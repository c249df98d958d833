using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Turns a dropped task into a child of a nursery: queued work into <c>StartSoon</c> or <c>StartWork</c>, a call into <c>StartNow</c>. Only what must change is
/// changed, so that comments and layout stay.
/// </summary>
internal static class StartCall
{
    /// <param name="drops">The document.</param>
    /// <param name="site">What to start.</param>
    /// <param name="nursery">How the code names the nursery.</param>
    /// <param name="outerToken">A token the nursery is linked to: a callee that is handed it gets the nursery's own instead.</param>
    /// <param name="cancellationToken">Cancels the analysis.</param>
    /// <returns>The changes; null where the task cannot become a child without changing what the code does.</returns>
    public static CodeChanges? Rewrite(FunctionDrops drops, DropSite site, string nursery, ISymbol? outerToken, CancellationToken cancellationToken)
    {
        var changes = Changes(drops, site, nursery, outerToken, cancellationToken);
        changes?.Need(Needed.Nursery);
        return changes;
    }

    private static CodeChanges? Changes(FunctionDrops drops, DropSite site, string nursery, ISymbol? outerToken, CancellationToken cancellationToken)
    {
        var dropped = site.Dropped;
        if (NullTask.Reason(site, drops, cancellationToken) is { } reason)
            return Refuse(drops, reason);
        if (dropped.Continuation is not null)
            return Continued.Rewrite(drops, site, nursery, outerToken, cancellationToken);
        var helper = site.Dropped.Helper is { } taker && !TakesOnlyTheTask(taker, site.Call) ? HandlingHelper.Of(site, drops, cancellationToken) : null;
        if (helper?.Handler is not null)
            return HandledCall.Rewrite(drops, site, helper, nursery, outerToken, cancellationToken);
        if (!HasPlainEnd(site, helper, out var end))
            return Refuse(drops, "what is chained to the call, or the helper that takes the task, does more than wait");
        return site.IsPoolWork
            ? OfPoolWork(drops, site, nursery, end, cancellationToken)
            : OfCall(drops, site, nursery, outerToken, end, cancellationToken);
    }

    private static CodeChanges? Refuse(FunctionDrops drops, string reason)
    {
        drops.Refusals.Add(reason);
        return null;
    }

    /// <summary>Where the call ends, and whether all that follows in the expression can go.</summary>
    private static bool HasPlainEnd(DropSite site, HandlingHelper? known, out int end)
    {
        end = site.Expression.Span.End;
        // What a helper is handed besides the task would be lost with it.
        var isPlain = site.Dropped.Helper is { } helper ? TakesOnlyTheTask(helper, site.Call) || known is { Handler: null } : site.IsPlainChain;
        return isPlain && !HasCommentsOutside(site);
    }

    /// <summary>Whether nothing else is lost with the helper: it is given nothing else, and does nothing beside.</summary>
    public static bool TakesOnlyTheTask(IInvocationOperation helper, InvocationExpressionSyntax task)
        => helper.Syntax is InvocationExpressionSyntax { ArgumentList: { } arguments }
           && arguments.Arguments.All(argument => argument.Expression.Span.Contains(task.Span))
           && helper.Instance is null or IInstanceReferenceOperation or IFieldReferenceOperation or IPropertyReferenceOperation or ILocalReferenceOperation or IParameterReferenceOperation
           && IsAllAboutTheTask((helper.TargetMethod.ReducedFrom ?? helper.TargetMethod).OriginalDefinition);

    private static bool IsAllAboutTheTask(IMethodSymbol helper)
    {
        // Without source nothing is known of it but its name.
        if (helper.DeclaringSyntaxReferences.Length != 1 || helper.Parameters.FirstOrDefault() is not { } task)
            return true;
        BlockSyntax? body = helper.DeclaringSyntaxReferences[0].GetSyntax() switch
        {
            MethodDeclarationSyntax method => method.Body,
            LocalFunctionStatementSyntax local => local.Body,
            _ => null,
        };
        return body is null || body.Statements.All(statement => statement is LocalFunctionStatementSyntax
            || !statement.DescendantNodes().Any(static node => node is InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax or AssignmentExpressionSyntax or PostfixUnaryExpressionSyntax or PrefixUnaryExpressionSyntax)
            || statement.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name => name.Identifier.ValueText == task.Name));
    }

    private static bool HasCommentsOutside(DropSite site)
        => site.Expression.DescendantTrivia().Any(trivia => !site.Call.FullSpan.Contains(trivia.Span) && !trivia.IsKind(SyntaxKind.WhitespaceTrivia) && !trivia.IsKind(SyntaxKind.EndOfLineTrivia));

    /// <summary>An <c>async void</c> method that the work is, or calls.</summary>
    private static IMethodSymbol? AsyncVoidIn(ExpressionSyntax work, FunctionDrops drops, CancellationToken cancellationToken)
        => work.DescendantNodesAndSelf(node => node == work || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<SimpleNameSyntax>()
            .Where(name => work is not AnonymousFunctionExpressionSyntax || AsyncCode.CallAt(name) is not null)
            .Select(name => drops.Model.GetSymbolInfo(name, cancellationToken).Symbol).OfType<IMethodSymbol>().FirstOrDefault(static method => method is { IsAsync: true, ReturnsVoid: true });

    private static CodeChanges? OfPoolWork(FunctionDrops drops, DropSite site, string nursery, int end, CancellationToken cancellationToken)
    {
        var call = site.Dropped.Call;
        if (call.TargetMethod.Name == "Start")
            return UnstructuredStart.IsThreadStartedInPlace(call, drops.Symbols) ? WorkWithoutTask.OfThread(drops, site, nursery, end, cancellationToken) : Refuse(drops, "the task is made in one place and started in another");
        if (UnstructuredStart.IsQueuedWorkItem(call, drops.Symbols))
            return WorkWithoutTask.OfWorkItem(drops, site, nursery, end, cancellationToken);
        var work = call.Arguments.FirstOrDefault(static argument => argument.Parameter is { Ordinal: 0 })?.Syntax as ArgumentSyntax;
        var type = call.Arguments.FirstOrDefault(static argument => argument.Parameter is { Ordinal: 0 })?.Parameter!.Type as INamedTypeSymbol;
        if (work is null || type?.DelegateInvokeMethod is not { } signature)
            return null;
        if (PoolOptions.Of(call, work.Expression, !signature.Parameters.IsEmpty, drops, cancellationToken) is not { } options)
            return null;
        var isAsync = Awaitables.IsTaskOrValueTask(signature.ReturnType, drops.Symbols);
        if (!isAsync && Awaitables.IsAwaitable(signature.ReturnType, drops.Symbols))
            return Refuse(drops, "the work gives something to await that is no task");
        if (!isAsync && AsyncVoidIn(work.Expression, drops, cancellationToken) is { } unseen)
            return Refuse(drops, $"'{unseen.Name}' is async void, so nothing can wait for it: mend that first (SC1003)");
        if (isAsync && options.OwnThread && OwnThread.BlockedBy(work.Expression, drops.Model, cancellationToken) is { } blocking)
            return Refuse(drops, $"it asks for a thread of its own, which '{blocking}' may block, and a nursery would run it on the pool: await that, or run it in 'ToThread.RunAsync'");
        var verb = isAsync || options.OwnThread ? RuntimeNames.StartSoon : RuntimeNames.StartWork;

        var head = $"{nursery}.{verb}(";
        var tail = ")";
        if (options.OwnThread && !isAsync)
        {
            head += "() => ToThread.RunAsync(";
            // A loop that goes on as long as the program does must not hold one of the places that all share.
            tail = (Termination.Of(site, drops.Model, drops.Symbols, cancellationToken) == Ending.ByItself ? "" : ", limiter: new CapacityLimiter(1)") + "))";
        }

        var changes = new CodeChanges();
        if (options.Guard is { } guard)
        {
            // The token decides whether the work starts at all.
            if (Guard.Before($"!{guard}.IsCancellationRequested", work.Expression.Span, site, drops, changes) is not { } before)
                return Refuse(drops, $"the token of '{call.TargetMethod.Name}' would be lost");
            head = before + head;
        }

        changes.Insert(0, new(TextSpan.FromBounds(site.Start, work.Expression.SpanStart), head));
        if (options.UnusedParameters is { } unused)
            changes.Add(new TextChange(unused, "()"));
        if (verb == RuntimeNames.StartSoon
            && work.Expression is ParenthesizedLambdaExpressionSyntax { Body: ExpressionSyntax body, AsyncKeyword.RawKind: 0, ParameterList: { Parameters.Count: 0 } parameters }
            && body is InvocationExpressionSyntax inner
            && TokenArgument(drops.Model, drops.Symbols, inner, outerToken: null, cancellationToken) is { } token)
        {
            var name = drops.FreshName("token", work.Expression.SpanStart, work.Expression);
            changes.Add(new TextChange(parameters.Span, name));
            changes.Add(token(name));
        }

        changes.Add(new TextChange(TextSpan.FromBounds(work.Expression.Span.End, end), tail));
        return changes;
    }

    private static CodeChanges? OfCall(FunctionDrops drops, DropSite site, string nursery, ISymbol? outerToken, int end, CancellationToken cancellationToken)
    {
        if (WouldMiss(drops, site) is { } reason)
            return Refuse(drops, reason);

        var type = site.Dropped.Call.Type;
        var isTask = Awaitables.IsTaskOrValueTask(type, drops.Symbols);
        var changes = new CodeChanges();
        if (Receiver.Of(site, drops, changes, cancellationToken) is not { } receiver)
            return null;
        string parameters;
        if (TokenArgument(drops.Model, drops.Symbols, site.Call, outerToken, cancellationToken) is { } token)
        {
            parameters = drops.FreshName("token", site.Call.SpanStart, site.Call);
            changes.Add(token(parameters));
        }
        else
        {
            parameters = "()";
        }

        // `Helper.Forget(FooAsync())` has text before the call that goes away with the helper.
        changes.Insert(0, new TextChange(TextSpan.FromBounds(site.Start, receiver.CallStart), $"{receiver.Before}{nursery}.{RuntimeNames.StartNow}({(isTask ? "" : "async ")}{parameters} => {(isTask ? "" : "await ")}{receiver.Text}"));
        changes.Add(new TextChange(TextSpan.FromBounds(site.Call.Span.End, end), ")"));
        return changes;
    }

    /// <summary>Why the code around a call would miss what it throws at once; null where nothing would.</summary>
    public static string? WouldMiss(FunctionDrops drops, DropSite site)
        => !MayThrowHere(drops, site) ? null
            : IsInsideCatchingTry(site.Call) ? $"'{site.Dropped.Call.TargetMethod.Name}' may throw before it gives a task, which the 'try' around it handles"
            : IsHandedToACall(site.Function) ? $"'{site.Dropped.Call.TargetMethod.Name}' may throw before it gives a task, which whoever runs the lambda sees"
            : null;

    /// <summary>Whether the call may throw before it gives a task; an async method of this compilation never does.</summary>
    private static bool MayThrowHere(FunctionDrops drops, DropSite site) => !site.Dropped.Call.TargetMethod.IsAsync || site.Call.ArgumentList.Arguments.Any(static argument => argument.Expression is InvocationExpressionSyntax or ObjectCreationExpressionSyntax);

    /// <summary>A synchronous lambda that a method is given to run: <c>Assert.Throws(() => …)</c> above all waits for what it throws.</summary>
    private static bool IsHandedToACall(FunctionContext function)
        => function is { IsAnonymous: true, Kind: FunctionKind.Sync, Role: FunctionRole.None, Node.Parent: ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax } };

    private static bool IsInsideCatchingTry(SyntaxNode node)
    {
        for (var current = node; current.Parent is { } parent and not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax); current = parent)
        {
            if (parent is TryStatementSyntax { Catches.Count: > 0 } protectedBlock && protectedBlock.Block == current)
                return true;
        }

        return false;
    }

    /// <summary>
    /// How to hand the callee a token: in the optional parameter it has for one, in an overload that takes one more, or in place of <paramref name="outerToken"/>. Null
    /// where it cannot take one, or is given another on purpose. Decided by binding the new call.
    /// </summary>
    public static System.Func<string, TextChange>? TokenArgument(SemanticModel model, KnownSymbols symbols, InvocationExpressionSyntax call, ISymbol? outerToken, CancellationToken cancellationToken)
    {
        if (model.GetSymbolInfo(call, cancellationToken).Symbol is not IMethodSymbol target)
            return null;
        foreach (var argument in call.ArgumentList.Arguments)
        {
            if (!KnownSymbols.Is(model.GetTypeInfo(argument.Expression, cancellationToken).Type, symbols.CancellationToken))
                continue;
            return outerToken is not null && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(argument.Expression, cancellationToken).Symbol, outerToken)
                ? name => new TextChange(argument.Expression.Span, name)
                : null;
        }

        var last = call.ArgumentList.CloseParenToken.SpanStart;
        var bindable = Receiver.Unconditional(call, model, cancellationToken);
        foreach (var prefix in new[] { "", TokenParameterName(target, symbols) is { } parameter ? parameter + ": " : null })
        {
            if (prefix is null)
                continue;
            var separator = call.ArgumentList.Arguments.Count == 0 ? "" : ", ";
            var probe = bindable.WithArgumentList(bindable.ArgumentList.AddArguments(Probe(prefix)));
            var bound = model.GetSpeculativeSymbolInfo(call.SpanStart, probe, SpeculativeBindingOption.BindAsExpression).Symbol as IMethodSymbol;
            if (bound is not null && IsSameCallee(target, bound, symbols))
                return name => new TextChange(new TextSpan(last, 0), separator + prefix + name);
        }

        return null;
    }

    private static ArgumentSyntax Probe(string prefix)
    {
        var argument = SyntaxFactory.Argument(SyntaxFactory.ParseExpression("default(global::System.Threading.CancellationToken)"));
        return prefix.Length == 0 ? argument : argument.WithNameColon(SyntaxFactory.NameColon(prefix.Substring(0, prefix.Length - 2)));
    }

    private static string? TokenParameterName(IMethodSymbol method, KnownSymbols symbols)
        => method.Parameters.LastOrDefault(parameter => parameter.IsOptional && KnownSymbols.Is(parameter.Type, symbols.CancellationToken))?.Name;

    private static bool IsSameCallee(IMethodSymbol target, IMethodSymbol bound, KnownSymbols symbols)
    {
        if (!SymbolEqualityComparer.Default.Equals(target.ReturnType, bound.ReturnType) || !SymbolEqualityComparer.Default.Equals(target.ContainingType, bound.ContainingType) || target.Name != bound.Name)
            return false;
        var mine = target.Parameters.Where(parameter => !KnownSymbols.Is(parameter.Type, symbols.CancellationToken)).ToList();
        var theirs = bound.Parameters.Where(parameter => !KnownSymbols.Is(parameter.Type, symbols.CancellationToken)).ToList();
        return bound.Parameters.Length - theirs.Count == 1
               && mine.Count == theirs.Count
               && mine.Zip(theirs, static (left, right) => SymbolEqualityComparer.Default.Equals(left.Type, right.Type) && left.RefKind == right.RefKind).All(static same => same);
    }
}
