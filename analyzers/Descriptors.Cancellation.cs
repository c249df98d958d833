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

    public static DiagnosticDescriptor LoopIgnoresCancellation { get; } = Create(
        RuleIds.LoopIgnoresCancellation,
        "Loop ignores cancellation",
        "Nothing in this loop observes {0}, so it goes on when that is cancelled; pass it to the calls in the loop, or check it on every turn",
        "A loop that does real work has to look at the cancellation in reach on its turns: by passing the token on, or by a checkpoint.",
        Categories.Cancellation,
        DiagnosticSeverity.Info,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor CancellationIsSwallowed { get; } = Create(
        RuleIds.CancellationIsSwallowed,
        "Cancellation is swallowed",
        "This handler catches the cancellation of its own code, which then {0}; let it through with 'when (exception is not OperationCanceledException)'",
        "Code that was cancelled has to stop. A handler that catches the cancellation like any failure lets it go on, and whoever cancelled waits for nothing.",
        Categories.Cancellation,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor TokenIsNotPassedOn { get; } = Create(
        RuleIds.TokenIsNotPassedOn,
        "Token is not passed on",
        "'{0}' {1}",
        "Cancellation reaches only as far as the token is passed. A call that is not given it runs on when the code around it was cancelled.",
        Categories.Cancellation,
        DiagnosticSeverity.Info,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor CleanupUnderDeadToken { get; } = Create(
        RuleIds.CleanupUnderDeadToken,
        "Cleanup under a dead token",
        "{0}",
        "Cleanup often runs because the code was cancelled. A wait that is given the cancelled token ends at once, and the cleanup is skipped; a wait in a shield without a timeout can never be ended.",
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

    public static DiagnosticDescriptor TimeoutByHand { get; } = Create(
        RuleIds.TimeoutByHand,
        "Timeout by hand",
        "'{0}' makes a timeout by hand, which {1}; use 'CancelScope.FailAfterAsync' or 'CancelScope.MoveOnAfterAsync'",
        "A cancel scope with a deadline cancels its work, waits for it to end, and tells a timeout from a cancellation that came from outside.",
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

    public static DiagnosticDescriptor AsyncIteratorIgnoresItsConsumersToken { get; } = Create(
        RuleIds.AsyncIteratorIgnoresItsConsumersToken,
        "Async iterator ignores its consumer's token",
        "{0}",
        "The token of the code that walks an asynchronous sequence has to reach the code that makes it: with 'WithCancellation' at the one end, and '[EnumeratorCancellation]' at the other.",
        Categories.Cancellation,
        DiagnosticSeverity.Info,
        DiagnosticSeverity.Warning);

    private static IEnumerable<DiagnosticDescriptor> Cancellation()
        => [LoopWithoutCheckpoint, LoopIgnoresCancellation, CancellationIsSwallowed, TokenIsNotPassedOn, CleanupUnderDeadToken, PollingInsteadOfWaiting, TimeoutByHand, DelayCannotBeCancelled, AsyncIteratorIgnoresItsConsumersToken];
}
