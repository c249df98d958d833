using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;

namespace Structured.Concurrency;

/// <summary>Whoever has waits queued under a lock of its own: a channel, a limiter.</summary>
internal interface IWaitOwner<T>
{
    /// <summary>Takes the wait out of its queue, under the owner's lock. False when it was not in it: then it has been decided otherwise.</summary>
    public bool TryWithdraw(Wait<T> wait);

    /// <summary>Gives the wait back for the next one to use.</summary>
    public void Recycle(Wait<T> wait);
}

/// <summary>One pending operation of this library, reused when it is over, so that waiting allocates nothing.</summary>
internal sealed class Wait<T> : IValueTaskSource<T>, IValueTaskSource
{
    // Invariant. A wait is in its owner's queue exactly while it is undecided, and taking it out, under the owner's lock, is what decides it: whoever took it
    // out, and nobody else, completes it, after the lock. So a hand-over and a cancellation can never both succeed. It goes back to the pool only when its
    // result was fetched and its registrations are gone; no late callback can hit its next use.
    private readonly IWaitOwner<T> _owner;
    private ManualResetValueTaskSourceCore<T> _core;
    private CancelScope? _scope;
    private CancellationToken _cancellationToken;
    private CancellationTokenRegistration _scopeRegistration;
    private CancellationTokenRegistration _tokenRegistration;
    private Dispatcher? _dispatcher;

    public Wait(IWaitOwner<T> owner) => _owner = owner;

    /// <summary>What is sent; unused by other waits.</summary>
    public T Item = default!;

    /// <summary>On whose behalf: the end of a channel that waits, the borrower of a limiter.</summary>
    public object? Party;

    /// <summary>Set when a receive comes from an enumeration, which ends without an exception.</summary>
    public ReceiverEnumeration? Enumeration;

    // The queue's links, and while completions are collected, the list of those; under the owner's lock but for the latter.
    public Wait<T>? Next;
    public Wait<T>? Previous;
    public bool IsQueued;

    // The pool's link.
    public Wait<T>? NextFree;
    public int FreeDepth;

    public short Version => _core.Version;

    public ValueTask<T> Task => new(this, _core.Version);

    public ValueTask PlainTask => new(this, _core.Version);

    /// <summary>To be called before the wait is queued.</summary>
    public void Prepare(CancelScope scope, CancellationToken cancellationToken)
    {
        _scope = scope;
        _cancellationToken = cancellationToken;
        _dispatcher = scope.Dispatcher ?? Dispatcher.Current;
        _core.RunContinuationsAsynchronously = _dispatcher is null;
    }

    /// <summary>
    /// To be called after the wait was queued, without the lock: a token that is cancelled already calls back at once. The wait may be completed meanwhile, but
    /// not reused, because its task has not been given away yet.
    /// </summary>
    public void ObserveCancellation()
    {
        var scope = _scope!;
        if (!scope.IsRoot)
        {
            var scopeToken = scope.Token;
            _scopeRegistration = Register(scopeToken);
            if (_cancellationToken == scopeToken)
                return;
        }

        if (_cancellationToken.CanBeCanceled)
            _tokenRegistration = Register(_cancellationToken);
    }

    public void Complete(T result) => _core.SetResult(result);

    public void Fail(Exception exception) => _core.SetException(exception);

    public T GetResult(short token)
    {
        // Refuses a token of an earlier use, and a fetch that comes too early, before anything is touched.
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
            throw new InvalidOperationException("The operation has not ended yet: await it, or turn it into a task with AsTask() to wait in another way.");
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            // Waits for a callback that is just running, so that none comes later.
            _scopeRegistration.Dispose();
            _tokenRegistration.Dispose();
            _scopeRegistration = default;
            _tokenRegistration = default;
            _cancellationToken = default;
            _scope = null;
            _dispatcher = null;
            Item = default!;
            Party = null;
            Enumeration = null;
            _core.Reset();
            _owner.Recycle(this);
        }
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        if (_dispatcher is null)
        {
            _core.OnCompleted(continuation, state, token, flags);
            return;
        }

        // In a seeded run every continuation is the dispatcher's to place, whatever context it was awaited from.
        var context = (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0 ? ExecutionContext.Capture() : null;
        var resumption = new Resumption(_dispatcher, continuation, state, context);
        _core.OnCompleted(static resumption => ((Resumption)resumption!).Post(), resumption, token, ValueTaskSourceOnCompletedFlags.None);
    }

    private CancellationTokenRegistration Register(CancellationToken cancellationToken)
#if NETSTANDARD2_0
        => cancellationToken.Register(static wait => ((Wait<T>)wait!).OnCancelled(), this, useSynchronizationContext: false);
#else
        => cancellationToken.UnsafeRegister(static wait => ((Wait<T>)wait!).OnCancelled(), this);
#endif

    private void OnCancelled()
    {
        // Read first: once withdrawn and failed, the fields belong to the next use.
        var scope = _scope;
        var cancellationToken = _cancellationToken;
        if (_owner.TryWithdraw(this))
            Fail(Cancellation.Of(scope!, cancellationToken));
    }

    private sealed class Resumption(Dispatcher dispatcher, Action<object?> continuation, object? state, ExecutionContext? context)
    {
        public void Post() => dispatcher.Post(static resumption => ((Resumption)resumption!).Run(), this);

        private void Run()
        {
            if (context is null)
                continuation(state);
            else
                ExecutionContext.Run(context, static resumption => ((Resumption)resumption!).RunHere(), this);
        }

        private void RunHere() => continuation(state);
    }
}

/// <summary>The waits of one kind, first come first served. Used under the owner's lock.</summary>
internal struct WaitQueue<T>
{
    private Wait<T>? _first;
    private Wait<T>? _last;

    public int Count { get; private set; }

    public readonly bool IsEmpty => _first is null;

    public readonly Wait<T>? First => _first;

    public void Enqueue(Wait<T> wait)
    {
        Debug.Assert(!wait.IsQueued, "A wait is queued once.");
        wait.IsQueued = true;
        wait.Previous = _last;
        if (_last is null)
            _first = wait;
        else
            _last.Next = wait;
        _last = wait;
        Count++;
    }

    public bool TryDequeue(out Wait<T> wait)
    {
        if (_first is null)
        {
            wait = null!;
            return false;
        }

        wait = _first;
        Remove(wait);
        return true;
    }

    /// <summary>False when the wait is no longer queued.</summary>
    public bool Remove(Wait<T> wait)
    {
        if (!wait.IsQueued)
            return false;
        wait.IsQueued = false;
        if (wait.Previous is null)
            _first = wait.Next;
        else
            wait.Previous.Next = wait.Next;
        if (wait.Next is null)
            _last = wait.Previous;
        else
            wait.Next.Previous = wait.Previous;
        wait.Next = null;
        wait.Previous = null;
        Count--;
        return true;
    }

    /// <summary>Takes out every wait of one party, or all of them where it is null, and gives them as a list linked by <see cref="Wait{T}.Next"/>.</summary>
    public Wait<T>? TakeAll(object? party)
    {
        Wait<T>? first = null;
        Wait<T>? last = null;
        for (var wait = _first; wait is not null;)
        {
            var next = wait.Next;
            if (party is null || ReferenceEquals(wait.Party, party))
            {
                Remove(wait);
                if (last is null)
                    first = wait;
                else
                    last.Next = wait;
                last = wait;
            }

            wait = next;
        }

        return first;
    }
}

/// <summary>Waits that are over, kept for the next ones. Taken under the owner's lock, given back from anywhere.</summary>
internal struct WaitPool<T>
{
    // Enough for the waits that go on at the same time in ordinary use; a burst beyond it is left to the garbage collector.
    private const int MostKept = 64;

    private Wait<T>? _free;

    /// <summary>Under the owner's lock: with one taker at a time, a node that was taken cannot come back between the read and the exchange.</summary>
    public Wait<T> Take(IWaitOwner<T> owner)
    {
        while (true)
        {
            var free = Volatile.Read(ref _free);
            if (free is null)
                return new Wait<T>(owner);
            if (ReferenceEquals(Interlocked.CompareExchange(ref _free, free.NextFree, free), free))
            {
                free.NextFree = null;
                return free;
            }
        }
    }

    public void GiveBack(Wait<T> wait)
    {
        while (true)
        {
            var free = Volatile.Read(ref _free);
            wait.FreeDepth = free is null ? 1 : free.FreeDepth + 1;
            if (wait.FreeDepth > MostKept)
                return;
            wait.NextFree = free;
            if (ReferenceEquals(Interlocked.CompareExchange(ref _free, wait, free), free))
                return;
        }
    }
}

/// <summary>What the waits of this library end with when they are cancelled.</summary>
internal static class Cancellation
{
    public static bool IsRequested(CancelScope scope, CancellationToken cancellationToken)
        => cancellationToken.IsCancellationRequested || scope.IsCancellationRequested;

    /// <summary>Carries the caller's token where that one fired, else the surrounding scope's.</summary>
    public static OperationCanceledException Of(CancelScope scope, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return new OperationCanceledException(cancellationToken);
        return new OperationCanceledException(
            scope.CancelReason is { } reason ? $"The surrounding scope was cancelled: {reason}" : "The surrounding scope was cancelled.",
            scope.Token);
    }

    // Asynchronous without an await on purpose: that alone makes a task which is cancelled, and whose exception says why.
#pragma warning disable CS1998
    public static async ValueTask FailedAsync(Exception exception) => throw exception;

    public static async ValueTask<TResult> FailedAsync<TResult>(Exception exception) => throw exception;
#pragma warning restore CS1998
}
