using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>
/// A nursery that lives as long as the object that owns it, for background work that belongs to an object. Opened with <see cref="Nursery.Open"/>. The owner's
/// <c>DisposeAsync</c> disposes of it, which cancels the work and waits for it.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public sealed class OwnedNursery : Nursery, IAsyncDisposable
{
    // A long-lived object must not hoard its failures: past this many only their number is kept.
    private const int MostFailuresKept = 100;

    private readonly TaskCompletionSource<object?> _ended = new();
    private int _failuresNotKept;
    private int _isReleased;
    private int _isReported;

    internal OwnedNursery(NurseryOptions? options, string? callerFile, int callerLine)
        : base(options, parent: null, CancellationToken.None, callerFile, callerLine)
    {
        // Whoever ends the nursery awaits it below, so what it fails with never turns up as unobserved.
        Completion = CompleteAsync().Unwrap();
    }

    /// <summary>Ends when the nursery has: faulted with what was not reported before, otherwise successfully. Nobody needs to observe it.</summary>
    public Task Completion { get; }

    /// <summary>Closes the nursery to new children, waits for those there are without cancelling them, and throws what was not reported yet.</summary>
    /// <exception cref="InvalidOperationException">Called from one of its own children, which could never end.</exception>
    public Task JoinAsync()
    {
        ThrowIfInside("joined");
        Release();
        return JoinAndReportAsync();
    }

    /// <summary>Cancels the children, waits for them, and throws what was not reported yet.</summary>
    /// <returns>Done when every child has ended.</returns>
    /// <exception cref="InvalidOperationException">Called from one of its own children, which could never end.</exception>
    public ValueTask DisposeAsync()
    {
        ThrowIfInside("disposed");
        Cancel("The nursery was disposed.");
        Release();
        return new ValueTask(JoinAndReportAsync());
    }

    private protected override void AddFailure(List<Exception> failures, Exception failure)
    {
        if (failures.Count < MostFailuresKept)
            failures.Add(failure);
        else
            _failuresNotKept++;
    }

    private protected override void OnEnded() => _ended.TrySetResult(null);

    private void Release()
    {
        RefuseNewChildren();
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
            ReleaseOwner();
    }

    private async Task JoinAndReportAsync()
    {
        await _ended.Task.ConfigureAwait(Dispatcher.KeepsContext);
        if (Interlocked.Exchange(ref _isReported, 1) == 0)
            await Completion.ConfigureAwait(Dispatcher.KeepsContext);
    }

    private async Task<Task> CompleteAsync()
    {
        await _ended.Task.ConfigureAwait(Dispatcher.KeepsContext);
        var failures = new List<Exception>(TakeFailures());
        if (failures.Count == 0)
            return Task.CompletedTask;
        if (_failuresNotKept > 0)
            failures.Add(new InvalidOperationException($"{_failuresNotKept} further failures of the {Describe()} were not kept."));
        var outcome = new TaskCompletionSource<bool>();
        Failures.Set(outcome, failures.ToArray(), AlwaysAggregate);
        return outcome.Task;
    }

    private void ThrowIfInside(string what)
    {
        if (!IsClosed && CancelScope.Current.IsWithin(CancelScope))
            throw new InvalidOperationException($"The {Describe()} cannot be {what} from one of its own children: it would wait for the very child that waits for it. Cancel it instead.");
    }
}
