using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC3003: asynchronous code blocks on a wait handle, a lock-like object, a thread, a process or the console.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC3003BlockingWaitInAsyncCode : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC3003BlockingWaitInAsyncCode()
        : base(Descriptors.BlockingWaitInAsyncCode)
    {
    }

    private protected override void Register(RuleContext context)
    {
        var symbols = context.Symbols;
        var asyncCode = AsyncCode.For(context.Compilation);
        context.Start.RegisterOperationAction(operation => Analyze(operation, symbols, asyncCode), OperationKind.Invocation);
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols, AsyncCode asyncCode)
    {
        var call = (IInvocationOperation)context.Operation;
        if (!BlockingWaits.Contains(call.TargetMethod)
            || call.Syntax.ContainsDiagnostics
            || (!KnownSymbols.Is(call.TargetMethod.ContainingType, symbols.Parallel) && Timeouts.IsZero(call.Arguments, symbols))
            || BlockingWaits.HasEnded(call)
            || ExpressionTrees.Contain(call, symbols)
            || !asyncCode.Contains(call, context.CancellationToken))
        {
            return;
        }

        context.Report(Diagnostic.Create(Descriptors.BlockingWaitInAsyncCode, call.Syntax.GetLocation(), call.TargetMethod.ContainingType.Name + "." + call.TargetMethod.Name));
    }
}
