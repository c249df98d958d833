using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <content>SC3xxx: blocking.</content>
internal static partial class Descriptors
{
    public static DiagnosticDescriptor ThreadSleepInAsyncCode { get; } = Create(
        RuleIds.ThreadSleepInAsyncCode,
        "Thread.Sleep in async code",
        "'{0}' blocks a thread inside async code and cannot be cancelled; await a cancellable delay",
        "A thread that sleeps inside async code is taken from everybody else and cannot be woken by cancellation. Await a delay that observes a token.",
        Categories.Blocking,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor SyncOverAsync { get; } = Create(
        RuleIds.SyncOverAsync,
        "Sync over async",
        "'{0}' blocks a thread until the task ends, inside async code; await the task",
        "A thread that waits for a task inside async code is taken from everybody else, perhaps from the very code that would end the task. Await the task.",
        Categories.Blocking,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor BlockingWaitInAsyncCode { get; } = Create(
        RuleIds.BlockingWaitInAsyncCode,
        "Blocking wait in async code",
        "'{0}' blocks a thread inside async code; await its asynchronous form, or move it to a thread with 'ToThread.RunAsync'",
        "A thread that waits inside async code is taken from everybody else. Await the asynchronous form, or let a thread of its own wait.",
        Categories.Blocking,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error);

    public static DiagnosticDescriptor BlockingIoInAsyncCode { get; } = Create(
        RuleIds.BlockingIoInAsyncCode,
        "Blocking I/O in async code",
        "'{0}' blocks a thread inside async code until the device answers; await '{1}'",
        "A thread that waits for a disk, a network or a database inside async code is taken from everybody else, and the wait cannot be cancelled. Await the asynchronous twin.",
        Categories.Blocking,
        DiagnosticSeverity.Info,
        DiagnosticSeverity.Error);

    private static IEnumerable<DiagnosticDescriptor> Blocking() => [ThreadSleepInAsyncCode, SyncOverAsync, BlockingWaitInAsyncCode, BlockingIoInAsyncCode];
}
