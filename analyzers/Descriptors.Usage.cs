using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <content>SC4xxx: using the runtime well.</content>
internal static partial class Descriptors
{
    public static DiagnosticDescriptor ScopeCanNeverFire { get; } = Create(
        RuleIds.ScopeCanNeverFire,
        "Scope can never fire",
        "Nothing in the body of '{0}' looks at a cancellation, so neither a deadline nor anybody else can end it; pass the scope's token on",
        "A scope only asks its body to stop. Where the body is given no token and reaches no checkpoint, a deadline passes unnoticed, and the scope ends when the work does.",
        Categories.Usage,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor UnboundedGrowth { get; } = Create(
        RuleIds.UnboundedGrowth,
        "Unbounded growth",
        "{0} lets memory grow without end when more arrives than is dealt with; set a limit",
        "Without a bound nothing tells the sender to wait. Give the channel a buffer size, and the nursery a 'MaxConcurrency'.",
        Categories.Usage,
        recommended: null,
        DiagnosticSeverity.Info);

    public static DiagnosticDescriptor StartedSignalIsNeverGiven { get; } = Create(
        RuleIds.StartedSignalIsNeverGiven,
        "Started signal is never given",
        "There is a way to return without having called '{0}.Set', which makes 'StartAsync' fail; call it once the child is ready, or throw",
        "Whoever awaits 'StartAsync' waits for the signal. A child that returns without it makes the call fail with an InvalidOperationException.",
        Categories.Usage,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor BlockingChild { get; } = Create(
        RuleIds.BlockingChild,
        "Blocking child",
        "'{0}' {1}",
        "'StartNow' runs a delegate on the caller's thread up to its first await, and 'StartSoon' one on a thread of the pool: neither is to block. 'StartWork' runs synchronous work, and fails when it is handed back something that can be awaited.",
        Categories.Usage,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    private static IEnumerable<DiagnosticDescriptor> Usage() => [ScopeCanNeverFire, UnboundedGrowth, StartedSignalIsNeverGiven, BlockingChild];
}
