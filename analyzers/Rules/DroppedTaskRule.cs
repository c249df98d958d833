using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>What SC1001 and SC1002 share: the same drop, told apart by what made the task.</summary>
internal static class DroppedTaskRule
{
    public static void Analyze(OperationAnalysisContext context, RuleContext rule, bool wantsPoolWork, DiagnosticDescriptor descriptor)
    {
        var call = (IInvocationOperation)context.Operation;
        if (PoolWork.IsStartedBy(OriginOf(call, rule.Symbols), rule.Symbols) != wantsPoolWork)
            return;
        var dropped = DroppedResult.Find(call, rule.Symbols, rule.Settings, context.CancellationToken);
        if (dropped is null || ExpressionTrees.Contain(call, rule.Symbols) || AsyncPlumbing.Contains(context.ContainingSymbol, rule.Symbols) || IsInDetachedMethod(call, rule, context.CancellationToken))
            return;
        if (!wantsPoolWork && dropped.IsReportedByCompiler(call.SemanticModel!, rule.Symbols, context.CancellationToken))
            return;

        var additional = dropped.Outermost.Syntax == call.Syntax ? [] : new[] { dropped.Outermost.Syntax.GetLocation() };
        var (which, advice) = dropped.WaitsForBeginning ? ($"that the task of '{NameOf(call)}' gives", "wait for that as well, with 'Unwrap()' or a second 'await'")
            : wantsPoolWork ? ($"started by '{NameOf(call)}'", "start it in a nursery or await it")
            : ($"returned by '{NameOf(call)}'", "await it or start it in a nursery");
        context.Report(Diagnostic.Create(descriptor, call.Syntax.GetLocation(), additional, which, advice));
    }

    /// <summary>A continuation on a local is the local's own work under another name.</summary>
    private static IInvocationOperation OriginOf(IInvocationOperation call, KnownSymbols symbols)
        => call is { TargetMethod.Name: "ContinueWith", Instance: ILocalReferenceOperation local } && PoolWork.InitializerOf(local.Local, call) is { } initializer ? initializer : call;

    /// <summary>A method that says it detaches what it starts, or a local function or lambda in one.</summary>
    private static bool IsInDetachedMethod(IOperation operation, RuleContext rule, CancellationToken cancellationToken)
    {
        for (ISymbol? symbol = operation.SemanticModel!.GetEnclosingSymbol(operation.Syntax.SpanStart, cancellationToken); symbol is IMethodSymbol method; symbol = symbol.ContainingSymbol)
        {
            if (rule.Settings.IsDetached(method, receiver: null, operation.Syntax.SyntaxTree))
                return true;
        }

        return false;
    }

    private static string NameOf(IInvocationOperation call)
        => call.TargetMethod.MethodKind == MethodKind.LocalFunction ? call.TargetMethod.Name : call.TargetMethod.ContainingType.Name + "." + call.TargetMethod.Name;
}
