using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>
/// The places where running code lets itself be cancelled, and gives its thread to others. After Trio's <c>checkpoint</c>. Thread-safe.
/// </summary>
public static class Checkpoint
{
    /// <summary>Whether the surrounding scope was cancelled: <see cref="ThrowIfCancelled()"/> without the exception.</summary>
    public static bool IsCancelled => CancelScope.Current.IsCancellationRequested;

    /// <summary>
    /// Awaited, throws when the surrounding scope was cancelled, and otherwise gives the thread back when the running time slice, a few milliseconds, is used
    /// up. Costs nanoseconds and allocates nothing, so it can stand in a hot loop.
    /// </summary>
    /// <returns>What to await.</returns>
    public static CheckpointAwaitable YieldAsync() => new(CancelScope.Current, default);

    /// <summary>The same for <paramref name="cancellationToken"/> alone: the surrounding scope is not looked at.</summary>
    /// <param name="cancellationToken">The token to observe.</param>
    /// <returns>What to await.</returns>
    public static CheckpointAwaitable YieldAsync(CancellationToken cancellationToken) => new(null, cancellationToken);

    /// <summary>Throws when the surrounding scope was cancelled. For synchronous code.</summary>
    /// <exception cref="OperationCanceledException">The surrounding scope was cancelled.</exception>
    public static void ThrowIfCancelled() => ThrowIfCancelled(CancelScope.Current);

    /// <summary>Waits, by the clock of the surrounding scope, until <paramref name="delay"/> has passed or the scope or the token is cancelled.</summary>
    /// <param name="delay">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero is a checkpoint.</param>
    /// <param name="cancellationToken">Observed besides the surrounding scope.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delay"/> is negative and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The surrounding scope or the token was cancelled.</exception>
    public static Task SleepAsync(TimeSpan delay, CancellationToken cancellationToken = default)
    {
        if (delay < TimeSpan.Zero && delay != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(delay), delay, "A delay cannot be negative; use Timeout.InfiniteTimeSpan to sleep for ever.");
        return delay == TimeSpan.Zero ? PassAsync(CancelScope.Current, cancellationToken) : SleepCoreAsync(delay, CancelScope.Current, cancellationToken);
    }

    /// <inheritdoc cref="SleepAsync(TimeSpan, CancellationToken)"/>
    /// <param name="milliseconds">How long, in milliseconds; <see cref="Timeout.Infinite"/> for ever. Zero is a checkpoint.</param>
    /// <param name="cancellationToken">Observed besides the surrounding scope.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="milliseconds"/> is negative and not infinite.</exception>
    public static Task SleepAsync(int milliseconds, CancellationToken cancellationToken = default)
    {
        if (milliseconds < Timeout.Infinite)
            throw new ArgumentOutOfRangeException(nameof(milliseconds), milliseconds, "A delay cannot be negative; use Timeout.Infinite to sleep for ever.");
        return SleepAsync(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);
    }

    /// <summary>Waits until the surrounding scope or the token is cancelled.</summary>
    /// <param name="cancellationToken">Observed besides the surrounding scope.</param>
    /// <exception cref="OperationCanceledException">Always, in the end.</exception>
    public static Task SleepForeverAsync(CancellationToken cancellationToken = default) => SleepAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    internal static void ThrowIfCancelled(CancelScope scope)
    {
        if (scope.IsCancellationRequested)
            Throw(scope);
    }

    internal static void Throw(CancelScope scope) => throw Cancellation.Of(scope, CancellationToken.None);

    private static async Task PassAsync(CancelScope scope, CancellationToken cancellationToken) => await new CheckpointAwaitable(scope, cancellationToken);

    private static async Task SleepCoreAsync(TimeSpan delay, CancelScope scope, CancellationToken cancellationToken)
    {
        using var linked = cancellationToken.CanBeCanceled && !scope.IsRoot ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, scope.Token) : null;
        try
        {
            var end = scope.TimeProvider.GetTimestamp();
            var token = linked?.Token ?? (cancellationToken.CanBeCanceled ? cancellationToken : scope.Token);
            // A timer takes at most about 49 days; a longer sleep is made of several.
            var longest = TimeSpan.FromDays(40);
            for (var left = delay; delay == Timeout.InfiniteTimeSpan || left > TimeSpan.Zero; left = delay - scope.TimeProvider.GetElapsedTime(end))
                await DelayAsync(left > longest ? longest : left, scope.TimeProvider, token).ConfigureAwait(Dispatcher.KeepsContext);
        }
        catch (OperationCanceledException) when (Cancellation.IsRequested(scope, cancellationToken))
        {
            // Say whose cancellation it was, not that of the token that joined the two.
            throw Cancellation.Of(scope, cancellationToken);
        }
    }

    private static Task DelayAsync(TimeSpan delay, TimeProvider clock, CancellationToken cancellationToken)
#if NETSTANDARD2_0
        => TimeProviderTaskExtensions.Delay(clock, delay, cancellationToken);
#else
        => Task.Delay(delay, clock, cancellationToken);
#endif
}

/// <summary>What <see cref="Checkpoint.YieldAsync()"/> gives; awaited at once, never stored.</summary>
public readonly struct CheckpointAwaitable
{
    private readonly CancelScope? _scope;
    private readonly CancellationToken _cancellationToken;

    internal CheckpointAwaitable(CancelScope? scope, CancellationToken cancellationToken)
    {
        _scope = scope;
        _cancellationToken = cancellationToken;
    }

    /// <summary>For the compiler.</summary>
    /// <returns>The awaiter.</returns>
    public CheckpointAwaiter GetAwaiter() => new(_scope, _cancellationToken);
}

/// <summary>For the compiler.</summary>
public readonly struct CheckpointAwaiter : ICriticalNotifyCompletion
{
    // Long enough that a hot loop does not notice, short enough that others on the same pool do not either.
    private const int TimeSliceMilliseconds = 5;

    // The clock is looked at only every so many checkpoints: more and more of them while they follow each other fast, each time where they do not.
    private const int MostUnlooked = 16;

    [ThreadStatic]
    private static int _leftUnlooked;

    [ThreadStatic]
    private static int _unlooked;

    [ThreadStatic]
    private static int _lastLook;

    [ThreadStatic]
    private static int _sliceStart;

    private readonly CancelScope? _scope;
    private readonly CancellationToken _cancellationToken;

    internal CheckpointAwaiter(CancelScope? scope, CancellationToken cancellationToken)
    {
        _scope = scope;
        _cancellationToken = cancellationToken;
    }

    /// <summary>For the compiler: whether to go on without giving the thread back.</summary>
    public bool IsCompleted
    {
        // Whoever goes on is told of a cancellation by GetResult.
        get => --_leftUnlooked >= 0 || !ShouldYield();
    }

    /// <summary>The next checkpoint of this thread looks whether it is to yield, because the thread has come under a dispatcher.</summary>
    internal static void LookAgain() => _leftUnlooked = 0;

    /// <summary>For the compiler.</summary>
    /// <exception cref="OperationCanceledException">What is observed was cancelled.</exception>
    public void GetResult()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        if (_scope is { IsCancellationRequested: true } scope)
            Checkpoint.Throw(scope);
    }

    private bool ShouldYield()
    {
        _leftUnlooked = 0;
        if (_cancellationToken.IsCancellationRequested || _scope is { IsCancellationRequested: true })
            return false;
        if (Dispatcher.HasEverBeen && Dispatcher.Current is { } dispatcher)
            return dispatcher.ShouldYield();
        var now = Environment.TickCount;
        if (unchecked((uint)(now - _sliceStart)) < TimeSliceMilliseconds)
        {
            _unlooked = now == _lastLook ? Math.Min((_unlooked * 2) + 1, MostUnlooked) : 0;
            _leftUnlooked = _unlooked;
            _lastLook = now;
            return false;
        }

        _sliceStart = now;
        return true;
    }

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => default(YieldAwaitable.YieldAwaiter).OnCompleted(continuation);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation) => default(YieldAwaitable.YieldAwaiter).UnsafeOnCompleted(continuation);
}
