using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>
/// Takes blocking work off the asynchronous path, into a thread of its own, and waits for it. After Trio's <c>to_thread.run_sync</c>. Thread-safe.
/// </summary>
/// <remarks>
/// The caller's context flows into the thread, so <see cref="Checkpoint.ThrowIfCancelled()"/> works there, and <see cref="FromThread"/> leads back. The threads
/// are not the pool's, so however many block, the pool is not starved.
/// </remarks>
public static class ToThread
{
    private const int DefaultTotal = 40;

    /// <summary>
    /// Raised on the worker thread when a call that was abandoned has ended after all. Without a handler, what it ended with is nobody's. A handler must not throw.
    /// </summary>
    public static event EventHandler<AbandonedCallEndedEventArgs>? AbandonedCallEnded;

    /// <summary>How many calls may run at a time that were given no limiter of their own: 40, process-wide, as in Trio. Its total may be changed.</summary>
    public static CapacityLimiter DefaultLimiter { get; } = new(DefaultTotal);

    /// <summary>Runs blocking work in a thread.</summary>
    /// <param name="work">What to run.</param>
    /// <param name="abandonOnCancel">
    /// What a cancellation does once the work runs. False: the work is waited for all the same, and ends by itself or by looking at its token. True: the call ends
    /// at once, and the work goes on with nobody waiting for it; what it ends with goes to <see cref="AbandonedCallEnded"/>. It keeps its place in the limiter.
    /// </param>
    /// <param name="limiter">Whose place the work takes while it runs; null for <see cref="DefaultLimiter"/>.</param>
    /// <param name="cancellationToken">Observed besides the surrounding scope.</param>
    /// <exception cref="ArgumentNullException"><paramref name="work"/> is null.</exception>
    /// <exception cref="ArgumentException">The work is asynchronous: it would give the thread back at its first await, and nobody would wait for the rest.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the work began, or the call was abandoned.</exception>
    [Checkpoint]
    public static Task RunAsync(Action work, bool abandonOnCancel = false, CapacityLimiter? limiter = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(work);
        ThrowIfAsyncVoid(work);
        return RunCoreAsync<object?>(
            _ =>
            {
                work();
                return null;
            },
            abandonOnCancel,
            limiter,
            usesToken: false,
            cancellationToken);
    }

    /// <inheritdoc cref="RunAsync(Action, bool, CapacityLimiter, CancellationToken)"/>
    /// <param name="work">What to run; it is handed a token that is cancelled when the surrounding scope is, or the one given here.</param>
    /// <param name="abandonOnCancel">See above.</param>
    /// <param name="limiter">Whose place the work takes while it runs; null for <see cref="DefaultLimiter"/>.</param>
    /// <param name="cancellationToken">Observed besides the surrounding scope.</param>
    [Checkpoint]
    public static Task RunAsync(Action<CancellationToken> work, bool abandonOnCancel = false, CapacityLimiter? limiter = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(work);
        ThrowIfAsyncVoid(work);
        return RunCoreAsync<object?>(
            token =>
            {
                work(token);
                return null;
            },
            abandonOnCancel,
            limiter,
            usesToken: true,
            cancellationToken);
    }

    /// <inheritdoc cref="RunAsync(Action, bool, CapacityLimiter, CancellationToken)"/>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <returns>What the work gave.</returns>
    [Checkpoint]
    public static Task<T> RunAsync<T>(Func<T> work, bool abandonOnCancel = false, CapacityLimiter? limiter = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(work);
        ThrowIfAwaitable<T>(nameof(work));
        return RunCoreAsync(_ => work(), abandonOnCancel, limiter, usesToken: false, cancellationToken);
    }

    /// <inheritdoc cref="RunAsync(Action{CancellationToken}, bool, CapacityLimiter, CancellationToken)"/>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <returns>What the work gave.</returns>
    [Checkpoint]
    public static Task<T> RunAsync<T>(Func<CancellationToken, T> work, bool abandonOnCancel = false, CapacityLimiter? limiter = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(work);
        ThrowIfAwaitable<T>(nameof(work));
        return RunCoreAsync(work, abandonOnCancel, limiter, usesToken: true, cancellationToken);
    }

    internal static void OnAbandonedCallEnded(AbandonedCallEndedEventArgs ended) => AbandonedCallEnded?.Invoke(null, ended);

    private static async Task<T> RunCoreAsync<T>(Func<CancellationToken, T> work, bool abandonOnCancel, CapacityLimiter? limiter, bool usesToken, CancellationToken cancellationToken)
    {
        var scope = CancelScope.Current;
        // On the caller's context, because that is where FromThread leads back to.
        var lease = await (limiter ?? DefaultLimiter).AcquireAsync(cancellationToken).ConfigureAwait(true);
        var scopeToken = usesToken || abandonOnCancel ? scope.Token : default;
        var linked = usesToken && cancellationToken.CanBeCanceled && scopeToken.CanBeCanceled && cancellationToken != scopeToken
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, scopeToken)
            : null;
        var call = new ThreadCall<T>(work, linked?.Token ?? (cancellationToken.CanBeCanceled ? cancellationToken : scopeToken));
        call.Start(lease);
        if (abandonOnCancel)
        {
            using (scopeToken.Register(static call => ((ThreadCall)call!).Abandon(), call, useSynchronizationContext: false))
            using (cancellationToken.Register(static call => ((ThreadCall)call!).Abandon(), call, useSynchronizationContext: false))
                await call.Over.ConfigureAwait(Dispatcher.KeepsContext);
            // The linked source is left to the work, which may still look at its token.
            if (call.IsAbandoned)
                throw Cancellation.Of(scope, cancellationToken);
        }
        else
        {
            await call.Over.ConfigureAwait(Dispatcher.KeepsContext);
        }

        linked?.Dispose();
        return call.GetResult();
    }

    private static void ThrowIfAwaitable<T>(string parameter)
    {
        var type = typeof(T);
        if (typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>)))
            throw AsyncWork(parameter);
    }

    private static void ThrowIfAsyncVoid(Delegate work)
    {
        if (work.Method.IsDefined(typeof(AsyncStateMachineAttribute), inherit: false))
            throw AsyncWork(nameof(work));
    }

    private static ArgumentException AsyncWork(string parameter)
        => new("The work is asynchronous. ToThread is for work that blocks; await asynchronous work directly, or start it in a nursery with StartSoon.", parameter);
}

/// <summary>What a call that was abandoned ended with.</summary>
public sealed class AbandonedCallEndedEventArgs : EventArgs
{
    internal AbandonedCallEndedEventArgs(Exception? exception, object? result)
    {
        Exception = exception;
        Result = result;
    }

    /// <summary>What the work threw; null when it ran to its end.</summary>
    public Exception? Exception { get; }

    /// <summary>What the work gave, to be disposed of where it needs to be; null when it gave nothing or threw.</summary>
    public object? Result { get; }
}
