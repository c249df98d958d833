using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC2004: a call that could take the token in reach does not get it, or gets one that does not know of the scope around it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC2004TokenIsNotPassedOn : StructuredAnalyzer
{
    /// <summary>The argument to add, or the token to put in the place of another; for the fix.</summary>
    internal const string ArgumentProperty = "argument";

    /// <summary>Creates the rule.</summary>
    public SC2004TokenIsNotPassedOn()
        : base(Descriptors.TokenIsNotPassedOn)
    {
    }

    private protected override void Register(RuleContext context)
        => context.Start.RegisterOperationAction(operation => Analyze(operation, context.Symbols), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.Syntax is not InvocationExpressionSyntax syntax)
            return;
        IArgumentOperation? given = null;
        foreach (var argument in call.Arguments)
        {
            if (argument.ArgumentKind == ArgumentKind.DefaultValue || !IsTokenOrSource(argument.Value.Type, symbols))
                continue;
            if (given is not null)
                return;
            given = argument;
        }

        // Most calls take no token in any form, which is known of a method once one call of it was looked at.
        if ((given is not null || TokenAcceptance.IsLikely(call, symbols)) && !IsElsewhere(call.TargetMethod, symbols))
        {
            if (given is null)
                AnalyzeMissing(syntax, call, context, symbols);
            else
                AnalyzeGiven(given, call, context, symbols);
        }
    }

    private static void AnalyzeMissing(InvocationExpressionSyntax syntax, IInvocationOperation call, OperationAnalysisContext context, KnownSymbols symbols)
    {
        var model = call.SemanticModel!;
        if (IsDropped(syntax, call, symbols) || IsGivenLater(syntax, model, symbols, context.CancellationToken) || IsWaitForGivenTask(call, symbols) || IsOnlyATest(call, symbols) || ExpressionTrees.Contain(call, symbols)
            || Cleanup.ContainsWithHandlers(syntax, model, symbols, context.CancellationToken) || IsReleasedAround(call, symbols)
            || SensibleToken.At(syntax, model, symbols, context.CancellationToken) is not { IsOnlyOne: true } sensible
            || sensible.Symbol is { } symbol && (!SensibleToken.IsMeantForFunction(symbol, syntax, model, context.CancellationToken) || SensibleToken.IsOutlived(symbol, syntax, model, symbols, context.CancellationToken))
            || IsForOthers(syntax, call, symbols, context.CancellationToken))
        {
            return;
        }

        var token = sensible.Token ?? SensibleToken.OfScope(syntax, model, symbols, context.CancellationToken);
        // Who is handed what carries the token has it.
        if (token is null || sensible.Symbol is IParameterSymbol carrier && !IsTokenOrSource(carrier.Type, symbols) && call.Descendants().OfType<IParameterReferenceOperation>().Any(use => SymbolEqualityComparer.Default.Equals(use.Parameter, carrier)))
            return;
        if (sensible.Symbol is { } known && call.Arguments.Any(argument => WasMadeWith(argument.Value.Unconverted(), known, model, context.CancellationToken)))
            return;
        if (TokenAcceptance.ArgumentFor(syntax, call, token, symbols, context.CancellationToken) is not { } argument)
            return;
        Report(context, syntax.Expression is MemberAccessExpressionSyntax access ? access.Name.GetLocation() : syntax.Expression.GetLocation(), call, $"is not given '{token}', so it runs on when that is cancelled; pass it", sensible.Symbol, argument);
    }

    /// <summary><c>var args = new CloseEventArgs(reason, token); await CloseAsync(args);</c></summary>
    private static bool WasMadeWith(IOperation value, ISymbol token, SemanticModel model, CancellationToken cancellationToken)
    {
        var made = value is ILocalReferenceOperation { Local: var local } ? (local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) as VariableDeclaratorSyntax)?.Initializer?.Value : value.Syntax;
        return made is BaseObjectCreationExpressionSyntax
               && made.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name => name.Identifier.ValueText == token.Name && name.Parent is not NameColonSyntax && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, token));
    }

    /// <summary>A token from outside the scope, where the scope has one of its own.</summary>
    private static void AnalyzeGiven(IArgumentOperation given, IInvocationOperation call, OperationAnalysisContext context, KnownSymbols symbols)
    {
        if (given.Value is not IParameterReferenceOperation { Parameter: var parameter } || !TokensInReach.IsToken(parameter.Type, symbols) || ExpressionTrees.Contain(call, symbols))
            return;
        var model = call.SemanticModel!;
        if (SensibleToken.AmbientDepth(call.Syntax, model, symbols, context.CancellationToken) is not { } depth)
            return;
        var tokens = TokensInReach.At(call.Syntax, model, symbols, context.CancellationToken);
        var own = tokens.FirstOrDefault(token => token.Origin == TokenOrigin.Parameter && token.Depth == depth);
        var outer = tokens.FirstOrDefault(token => SymbolEqualityComparer.Default.Equals(token.Symbol, parameter));
        if (own is null || outer is null || outer.Depth <= depth || own.Symbol.Name.All(static letter => letter == '_') || !TokensInReach.IsToken(((IParameterSymbol)own.Symbol).Type, symbols))
            return;
        Report(context, given.Value.Syntax.GetLocation(), call, $"is given '{outer.Expression}', which does not know of the scope around it; its own token is '{own.Expression}'", own.Symbol, own.Expression);
    }

    private static void Report(OperationAnalysisContext context, Location location, IInvocationOperation call, string what, ISymbol? token, string argument)
        => context.Report(Diagnostic.Create(
            Descriptors.TokenIsNotPassedOn,
            location,
            RelatedPlaces.Declaration(token),
            ImmutableDictionary<string, string?>.Empty.Add(ArgumentProperty, argument),
            call.TargetMethod.Name,
            what));

    private static bool IsTokenOrSource(ITypeSymbol? type, KnownSymbols symbols) => TokensInReach.IsToken(type, symbols) || TokensInReach.IsSource(type, symbols);

    /// <summary>
    /// Calls for which a token means something else than to end a wait: tasks and their sources, which other rules look after; and the runtime, which sees the
    /// scope by itself.
    /// </summary>
    private static bool IsElsewhere(IMethodSymbol method, KnownSymbols symbols)
    {
        var type = (method.ReducedFrom ?? method).ContainingType?.OriginalDefinition;
        return type is null || method.MethodKind == MethodKind.DelegateInvoke
               || KnownSymbols.IsOrDerivesFrom(type, symbols.Task) || KnownSymbols.Is(type, symbols.TaskFactory) || KnownSymbols.Is(type, symbols.TaskFactoryOfT) || KnownSymbols.Is(type, symbols.TaskExtensions)
               || KnownSymbols.Is(type, symbols.TaskCompletionSource) || KnownSymbols.Is(type, symbols.TaskCompletionSourceOfT) || Awaitables.IsValueTask(type, symbols)
               || IsTokenOrSource(type, symbols)
               // It waits only where the collection is bounded, which it seldom is.
               || type is { Name: "BlockingCollection", ContainingNamespace.Name: "Concurrent" } && method.Name == "Add"
               || symbols.IsOfRuntime(type);
    }

    /// <summary>A task that nobody waits for is meant, rightly or not, to outlive this code.</summary>
    private static bool IsDropped(InvocationExpressionSyntax syntax, IInvocationOperation call, KnownSymbols symbols)
        => Awaitables.IsAwaitable(call.Type, symbols) && call.Parent is IExpressionStatementOperation or ISimpleAssignmentOperation { Target: IDiscardOperation } or IConditionalAccessOperation { Parent: IExpressionStatementOperation };

    /// <summary>
    /// A synchronous call in a callback: somebody else knows when that runs, and it may have to run to its end. And a blocking wait in asynchronous code, which has
    /// a rule of its own.
    /// </summary>
    private static bool IsForOthers(SyntaxNode syntax, IInvocationOperation call, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (Awaitables.IsAwaitable(call.Type, symbols))
            return false;
        var function = FunctionContext.Of(syntax, call.SemanticModel!, symbols, cancellationToken);
        return function is { IsAnonymous: true, Kind: FunctionKind.Sync, Role: FunctionRole.None } || function.Kind != FunctionKind.Sync && BlockingWaits.Contains(call.TargetMethod);
    }

    /// <summary><c>semaphore.WaitAsync(0)</c>: nothing is waited for.</summary>
    private static bool IsOnlyATest(IInvocationOperation call, KnownSymbols symbols)
        => Namespaces.Around(call.TargetMethod) == "System.Threading" && Timeouts.IsZero(call.Arguments, symbols);

    /// <summary>A semaphore taken inside the <c>try</c> that releases it: a wait that is cancelled would release what was never taken.</summary>
    private static bool IsReleasedAround(IInvocationOperation call, KnownSymbols symbols)
    {
        if (call.TargetMethod is not { Name: "Wait" or "WaitAsync" } || !KnownSymbols.Is(call.TargetMethod.ContainingType, symbols.SemaphoreSlim) || call.Instance.ReferencedSymbol() is not { } semaphore)
            return false;
        for (IOperation? inner = call, outer = call.Parent; outer is not null; inner = outer, outer = outer.Parent)
        {
            if (outer is ITryOperation { Finally: { } cleanup } statement && statement.Body == inner
                && cleanup.Descendants().OfType<IInvocationOperation>().Any(release => release.TargetMethod.Name == "Release" && SymbolEqualityComparer.Default.Equals(release.Instance.ReferencedSymbol(), semaphore)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary><c>Items().WithCancellation(token)</c>, <c>var wait = WaitAsync(); … wait.Wait(token);</c></summary>
    private static bool IsGivenLater(InvocationExpressionSyntax syntax, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        SyntaxNode node = syntax;
        while (node.Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax next } access)
        {
            if (access.Name.Identifier.ValueText is "WithCancellation" or "WaitAsync")
                return true;
            node = next;
        }

        return node.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Identifier.ValueText: var name } variable }
               && FileIndex.NamesIn(FunctionContext.EnclosingFunction(variable), name, cancellationToken).Any(use => use.Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax wait } access && access.Expression == use
                   && wait.ArgumentList.Arguments.Any(argument => TokensInReach.IsToken(model.GetTypeInfo(argument.Expression, cancellationToken).Type, symbols)));
    }

    /// <summary>
    /// <c>AcquireAsync(token).Wait()</c>: the work has the token and ends by itself. A wait that ended on its own would leave behind what the work acquires.
    /// </summary>
    private static bool IsWaitForGivenTask(IInvocationOperation call, KnownSymbols symbols)
    {
        var receiver = (call.Instance ?? (call.TargetMethod.IsExtensionMethod ? call.Arguments.FirstOrDefault()?.Value : null))?.Unconverted();
        return receiver is IInvocationOperation work && Awaitables.IsTaskOrValueTask(work.Type, symbols) && work.Arguments.Any(argument => argument.ArgumentKind != ArgumentKind.DefaultValue && IsTokenOrSource(argument.Value.Type, symbols));
    }
}
