using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <content>SC4xxx: using the runtime well.</content>
internal static partial class Descriptors
{
    public static DiagnosticDescriptor NurseryIsNotNeeded { get; } = Create(
        RuleIds.NurseryIsNotNeeded,
        "Nursery is not needed",
        "This nursery starts one child and does nothing else; await '{0}' where it stands",
        "A nursery is for what runs at the same time. Where there is one child and nothing beside it, awaiting it waits for as long, and throws the same.",
        Categories.Usage,
        DiagnosticSeverity.Info,
        DiagnosticSeverity.Warning);

    public static DiagnosticDescriptor ScopeCanNeverFire { get; } = Create(
        RuleIds.ScopeCanNeverFire,
        "Scope can never fire",
        "Nothing in the body of '{0}' looks at a cancellation, so neither a deadline nor anybody else can end it; pass the scope's token on",
        "A scope only asks its body to stop. Where the body is given no token and reaches no checkpoint, a deadline passes unnoticed, and the scope ends when the work does.",
        Categories.Usage,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor SenderIsNeverClosed { get; } = Create(
        RuleIds.SenderIsNeverClosed,
        "Sender is never closed",
        "{0}, so whoever reads to the end waits forever; {1}",
        "A channel ends when its last sender was disposed, or its writer completed. Until then those who read from it wait for more.",
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

    public static DiagnosticDescriptor FailuresOverlooked { get; } = Create(
        RuleIds.FailuresOverlooked,
        "Failures overlooked",
        "'{0}' never comes out of this nursery, which throws {1}",
        "Awaiting a nursery throws its first failure as it is, however many there were. With 'AlwaysAggregate' it throws an AggregateException, even for a single one.",
        Categories.Usage,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

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

    private static IEnumerable<DiagnosticDescriptor> Usage() => [NurseryIsNotNeeded, ScopeCanNeverFire, SenderIsNeverClosed, UnboundedGrowth, FailuresOverlooked, StartedSignalIsNeverGiven, BlockingChild];
}
