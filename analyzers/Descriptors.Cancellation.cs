using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <content>SC2xxx: cancellation and checkpoints.</content>
internal static partial class Descriptors
{
    public static DiagnosticDescriptor LoopWithoutCheckpoint { get; } = Create(
        RuleIds.LoopWithoutCheckpoint,
        "Loop without a checkpoint",
        "This loop has no exit of its own and a way round it that passes no checkpoint, so it can {0}; add 'await Checkpoint.YieldAsync()' or check a token",
        "An endless loop must pass a checkpoint on every way round, or nothing can cancel it and it may hold its thread for ever.",
        Categories.Cancellation,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor CancellationIsSwallowed { get; } = Create(
        RuleIds.CancellationIsSwallowed,
        "Cancellation is swallowed",
        "This handler catches the cancellation of its own code, which then {0}; let it through with 'when (exception is not OperationCanceledException)'",
        "Code that was cancelled has to stop. A handler that catches the cancellation like any failure lets it go on, and whoever cancelled waits for nothing.",
        Categories.Cancellation,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor PollingInsteadOfWaiting { get; } = Create(
        RuleIds.PollingInsteadOfWaiting,
        "Polling instead of waiting",
        "This loop asks '{0}' again and again; wait until whoever changes it says so, with a task, a semaphore or a channel",
        "A loop that only sleeps and looks again notices a change late and wakes up for nothing the rest of the time. Whoever makes the change can complete a task or release a semaphore.",
        Categories.Cancellation,
        DiagnosticSeverity.Info,
        DiagnosticSeverity.Warning);

    public static DiagnosticDescriptor DelayCannotBeCancelled { get; } = Create(
        RuleIds.DelayCannotBeCancelled,
        "Delay cannot be cancelled",
        "'{0}' {1}",
        "A delay that observes no token holds up everybody who wants to stop, for as long as it lasts. Pass the token, or sleep under the surrounding cancel scope.",
        Categories.Cancellation,
        DiagnosticSeverity.Info,
        DiagnosticSeverity.Error);

    private static IEnumerable<DiagnosticDescriptor> Cancellation() => [LoopWithoutCheckpoint, CancellationIsSwallowed, PollingInsteadOfWaiting, DelayCannotBeCancelled];
}
