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

    private static IEnumerable<DiagnosticDescriptor> Blocking() => [ThreadSleepInAsyncCode];
}
