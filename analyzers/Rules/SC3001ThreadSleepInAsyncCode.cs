using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC3001: a thread is put to sleep inside asynchronous code.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC3001ThreadSleepInAsyncCode : StructuredAnalyzer
{
    /// <summary>The property of a diagnostic that tells which form of sleep it is about; its values are the names of <see cref="SleepForm"/>.</summary>
    internal const string FormProperty = "Form";

    /// <summary>Creates the rule.</summary>
    public SC3001ThreadSleepInAsyncCode()
        : base(Descriptors.ThreadSleepInAsyncCode)
    {
    }

    /// <summary>The ways to put a thread to sleep.</summary>
    internal enum SleepForm
    {
        /// <summary><c>Thread.Sleep(…)</c>.</summary>
        ThreadSleep,

        /// <summary><c>SpinWait.SpinUntil(…)</c>.</summary>
        SpinUntil,

        /// <summary><c>Task.Delay(…).Wait()</c>.</summary>
        DelayWait,
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
        if (FormOf(call, symbols) is not { } form || ExpressionTrees.Contain(call, symbols) || !asyncCode.Contains(call, context.CancellationToken))
            return;

        var name = form switch
        {
            SleepForm.ThreadSleep => "Thread.Sleep",
            SleepForm.SpinUntil => "SpinWait.SpinUntil",
            _ => "Task.Delay(...).Wait",
        };
        context.Report(Diagnostic.Create(
            Descriptors.ThreadSleepInAsyncCode,
            call.Syntax.GetLocation(),
            ImmutableDictionary<string, string?>.Empty.Add(FormProperty, form.ToString()),
            name));
    }

    private static SleepForm? FormOf(IInvocationOperation call, KnownSymbols symbols)
    {
        var type = call.TargetMethod.ContainingType;
        switch (call.TargetMethod.Name)
        {
            case "Sleep" when KnownSymbols.Is(type, symbols.Thread):
                return Timeouts.IsZero(call.Arguments, symbols) ? null : SleepForm.ThreadSleep;
            case "SpinUntil" when KnownSymbols.Is(type, symbols.SpinWait):
                return Timeouts.IsZero(call.Arguments, symbols) ? null : SleepForm.SpinUntil;
            case "Wait" when KnownSymbols.Is(type, symbols.Task) && IsDelay(call.Instance, symbols):
                return Timeouts.IsZero(call.Arguments, symbols) ? null : SleepForm.DelayWait;
            default:
                return null;
        }
    }

    private static bool IsDelay(IOperation? operation, KnownSymbols symbols)
        => operation is IInvocationOperation { TargetMethod: { Name: "Delay" } delay } && KnownSymbols.Is(delay.ContainingType, symbols.Task);
}
