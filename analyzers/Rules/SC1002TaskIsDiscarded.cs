using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Structured.Analyzers;

/// <summary>SC1002: an awaitable call, other than one that queues work to the thread pool, is dropped.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC1002TaskIsDiscarded : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC1002TaskIsDiscarded()
        : base(Descriptors.TaskIsDiscarded)
    {
    }

    private protected override void Register(RuleContext context)
        => context.Start.RegisterOperationAction(operation => DroppedTaskRule.Analyze(operation, context, wantsPoolWork: false, Descriptors.TaskIsDiscarded), OperationKind.Invocation);
}
