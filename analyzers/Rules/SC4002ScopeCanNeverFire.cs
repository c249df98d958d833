using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC4002: a cancel scope whose body looks at no cancellation, so that neither its deadline nor anybody else can end it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC4002ScopeCanNeverFire : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC4002ScopeCanNeverFire()
        : base(Descriptors.ScopeCanNeverFire)
    {
    }

    private protected override void Register(RuleContext context)
    {
        if (context.Symbols.CancelScope is not null)
            context.Start.RegisterOperationAction(operation => Analyze(operation, context), OperationKind.Invocation);
    }

    private static void Analyze(OperationAnalysisContext context, RuleContext rule)
    {
        var call = (IInvocationOperation)context.Operation;
        var symbols = rule.Symbols;
        if (!KnownSymbols.Is(call.TargetMethod.ContainingType, symbols.CancelScope) || !Awaitables.IsTask(call.TargetMethod.ReturnType, symbols) || call.Syntax is not InvocationExpressionSyntax syntax || syntax.ContainsDiagnostics
            || call.TargetMethod.Name == RuntimeNames.ShieldAsync && ShieldHasNoTimeout(call))
        {
            return;
        }

        if (BodyOf(call) is not { } body || !DoesWork(body, symbols) || new ScopeObservation(symbols, rule.Settings, context.CancellationToken).MayBeIn(body))
            return;
        // A token from outside in the place of the scope's own is what SC2004 reports.
        if (body.Symbol.Parameters.All(static parameter => parameter.Name.Any(static letter => letter != '_')) && body.Body.Descendants().Any(operation => operation is IArgumentOperation { Value: IParameterReferenceOperation { Parameter: var given } } && TokensInReach.IsToken(given.Type, symbols)))
            return;
        context.Report(Diagnostic.Create(Descriptors.ScopeCanNeverFire, syntax.Expression is MemberAccessExpressionSyntax access ? access.Name.GetLocation() : syntax.Expression.GetLocation(), call.TargetMethod.Name));
    }

    /// <summary>The delegate that a scope runs, where it is written there.</summary>
    internal static IAnonymousFunctionOperation? BodyOf(IInvocationOperation scope)
        => (scope.Arguments.FirstOrDefault(static argument => argument.Parameter?.Name == "body")?.Value.Unconverted() as IDelegateCreationOperation)?.Target as IAnonymousFunctionOperation;

    /// <summary>A shield without a timeout is there so that nothing ends it.</summary>
    private static bool ShieldHasNoTimeout(IInvocationOperation shield)
        => shield.Arguments.FirstOrDefault(static argument => argument.Parameter?.Name == "timeout") is not { ArgumentKind: ArgumentKind.Explicit } timeout || timeout.Value.Unconverted().ConstantValue is { HasValue: true, Value: null };

    /// <summary>Whether there is anything that could take time: a call, or a task that is waited for.</summary>
    private static bool DoesWork(IAnonymousFunctionOperation body, KnownSymbols symbols)
        => body.Body.Descendants().Any(operation => operation switch
        {
            IInvocationOperation { TargetMethod: { Name: "FromResult", IsStatic: true } completed } => !Awaitables.IsTaskOrValueTask(completed.ContainingType, symbols),
            IInvocationOperation => true,
            IAwaitOperation { Operation: IPropertyReferenceOperation { Property: var property } } => !Operations.IsCompletedTask(property, symbols),
            IReturnOperation { ReturnedValue: { } value } => Awaitables.IsTaskOrValueTask(value.Unconverted().Type, symbols) && value.Unconverted() is IFieldReferenceOperation or IParameterReferenceOperation or ILocalReferenceOperation,
            IAwaitOperation or ILoopOperation => true,
            _ => false,
        });
}
