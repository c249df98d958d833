using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC3004: asynchronous code blocks on a file, a socket, a request or a database, though an asynchronous twin of the call is at hand.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC3004BlockingIoInAsyncCode : StructuredAnalyzer
{
    /// <summary>Under which the diagnostic carries the name of the twin.</summary>
    internal const string TwinProperty = "twin";

    /// <summary>Creates the rule.</summary>
    public SC3004BlockingIoInAsyncCode()
        : base(Descriptors.BlockingIoInAsyncCode)
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
        if (BlockingIo.TwinOf(call, context.CancellationToken) is not { } twin
            || call.Syntax.ContainsDiagnostics
            || ExpressionTrees.Contain(call, symbols)
            || !asyncCode.Contains(call, context.CancellationToken)
            || ThreadBoundLocks.AreHeldAt(call, asyncCode, symbols, context.CancellationToken))
        {
            return;
        }

        context.Report(Diagnostic.Create(
            Descriptors.BlockingIoInAsyncCode,
            call.Syntax.GetLocation(),
            ImmutableDictionary<string, string?>.Empty.Add(TwinProperty, twin.Name),
            call.TargetMethod.ContainingType.Name + "." + call.TargetMethod.Name,
            twin.Name));
    }
}
