using System;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>
/// SC4007: a child that is started with the wrong verb. <c>StartNow</c> runs a delegate on the caller's thread up to its first await, <c>StartSoon</c> one on a thread
/// of the pool, and neither is to block; <c>StartWork</c> takes synchronous work, and would not await what a delegate returns.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC4007BlockingChild : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC4007BlockingChild()
        : base(Descriptors.BlockingChild)
    {
    }

    private protected override void Register(RuleContext context)
    {
        if (context.Symbols.Nursery is not null)
            context.Start.RegisterOperationAction(operation => Analyze(operation, context.Symbols), OperationKind.Invocation);
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var call = (IInvocationOperation)context.Operation;
        if (ChildStart.NurseryOf(call, symbols) is null || call.Syntax.ContainsDiagnostics)
            return;
        var what = call.TargetMethod.Name switch
        {
            RuntimeNames.StartWork when call.TargetMethod.TypeArguments.Length == 1 && Awaitables.IsAwaitable(call.TargetMethod.TypeArguments[0], symbols)
                => "is for synchronous work, and this delegate returns something to await, which nobody would; use 'StartSoon'",
            RuntimeNames.StartNow when BlockingBeforeAwait(call, mayAwaitLater: true, symbols, context.CancellationToken) is { } blocking
                => $"runs this delegate on the caller's thread up to its first await, and '{blocking}' blocks it there; run that with 'ToThread.RunAsync'",
            RuntimeNames.StartSoon when BlockingBeforeAwait(call, mayAwaitLater: false, symbols, context.CancellationToken) is { } blocking
                => $"runs this delegate on a thread of the pool, which '{blocking}' blocks; run it with 'ToThread.RunAsync'",
            _ => null,
        };
        if (what is not null)
            context.Report(Diagnostic.Create(Descriptors.BlockingChild, (call.Syntax as InvocationExpressionSyntax)?.Expression is MemberAccessExpressionSyntax access ? access.Name.GetLocation() : call.Syntax.GetLocation(), call.TargetMethod.Name, what));
    }

    /// <summary>What the child blocks on before it has awaited anything; null where it does not, or where its code is not at hand.</summary>
    private static string? BlockingBeforeAwait(IInvocationOperation start, bool mayAwaitLater, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (start.Arguments.Select(static argument => argument.Value.Unconverted()).OfType<IDelegateCreationOperation>().FirstOrDefault() is not { } work || BodyOf(work.Target, start, cancellationToken) is not { } body)
            return null;
        var firstAwait = int.MaxValue;
        IInvocationOperation? blocking = null;
        foreach (var operation in body.DescendantsInFunction())
        {
            // What is awaited is evaluated before the function gives way.
            if (operation is IAwaitOperation)
                firstAwait = Math.Min(firstAwait, operation.Syntax.Span.End);
            else if (operation is IForEachLoopOperation { IsAsynchronous: true } or IUsingOperation { IsAsynchronous: true } or IUsingDeclarationOperation { IsAsynchronous: true })
                firstAwait = Math.Min(firstAwait, operation.Syntax.SpanStart);
            else if (blocking is null && operation is IInvocationOperation call && IsBlocking(call, symbols))
                blocking = call;
        }

        if (firstAwait != int.MaxValue && (!mayAwaitLater || blocking?.Syntax.SpanStart > firstAwait))
            return null;
        return blocking is null ? null : blocking.TargetMethod.ContainingType.Name + "." + blocking.TargetMethod.Name;
    }

    private static bool IsBlocking(IInvocationOperation call, KnownSymbols symbols)
        => (BlockingCalls.Contains(call.TargetMethod) || BlockingWaits.Contains(call.TargetMethod)) && !Timeouts.IsZero(call.Arguments, symbols) && !BlockingWaits.HasEnded(call);

    /// <summary>The code that runs: the lambda's, or that of the function in this file which is named or which the lambda only calls.</summary>
    private static IOperation? BodyOf(IOperation target, IInvocationOperation start, CancellationToken cancellationToken)
    {
        var method = target switch
        {
            IMethodReferenceOperation named => named.Method,
            IAnonymousFunctionOperation { Syntax: LambdaExpressionSyntax { ExpressionBody: { } expression }, Symbol.IsAsync: false } when start.SemanticModel!.GetOperation(expression, cancellationToken) is IInvocationOperation { TargetMethod: var callee } && !callee.DeclaringSyntaxReferences.IsEmpty => callee,
            _ => null,
        };
        if (method is null)
            return (target as IAnonymousFunctionOperation)?.Body;
        method = method.OriginalDefinition;
        if (method.IsVirtual || method.IsAbstract || method.IsOverride || method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is not { } declaration || declaration.SyntaxTree != start.Syntax.SyntaxTree)
            return null;
        return start.SemanticModel!.GetOperation(declaration, cancellationToken) switch
        {
            ILocalFunctionOperation local => local.Body,
            IMethodBodyOperation whole => whole.BlockBody ?? whole.ExpressionBody,
            _ => null,
        };
    }
}
