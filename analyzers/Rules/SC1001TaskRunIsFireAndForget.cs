using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC1001: work is queued to the thread pool and its task is dropped.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC1001TaskRunIsFireAndForget : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC1001TaskRunIsFireAndForget()
        : base(Descriptors.TaskRunIsFireAndForget)
    {
    }

    private protected override void Register(RuleContext context)
        => context.Start.RegisterOperationAction(operation => DroppedTaskRule.Analyze(operation, context, wantsPoolWork: true, Descriptors.TaskRunIsFireAndForget), OperationKind.Invocation);
}
