using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>What else went wrong when a nursery failed.</summary>
public static class Failures
{
    private static readonly ConditionalWeakTable<Exception, IReadOnlyList<Exception>> Others = new();

    /// <summary>
    /// The failures that came after this one in the nursery it was thrown from, in the order they occurred. Awaiting a nursery throws its first failure, as
    /// awaiting <see cref="Task.WhenAll(Task[])"/> does; this gives the rest.
    /// </summary>
    /// <param name="exception">What awaiting the nursery threw.</param>
    /// <returns>Empty where there were none.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="exception"/> is null.</exception>
    public static IReadOnlyList<Exception> OtherFailures(this Exception exception)
    {
        Guard.NotNull(exception);
        lock (Others)
            return Others.TryGetValue(exception, out var others) ? others : [];
    }

    internal static void Set<TResult>(TaskCompletionSource<TResult> outcome, Exception[] failures, bool alwaysAggregate)
    {
        if (!alwaysAggregate)
            Remember(failures);
        outcome.TrySetException(alwaysAggregate ? [new AggregateException(failures)] : failures);
    }

    internal static void Remember(Exception[] failures)
    {
        if (failures.Length < 2)
            return;
        lock (Others)
        {
            Others.Remove(failures[0]);
            Others.Add(failures[0], failures.Skip(1).ToArray());
        }
    }
}
