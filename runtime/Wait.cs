using System;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;

namespace Structured.Concurrency;

/// <summary>Whoever has waits queued under a lock of its own: a channel, a limiter.</summary>
internal interface IWaitOwner<T>
{
    /// <summary>Takes the wait out of its queue, under the owner's lock. False when it was not in it: then it has been decided otherwise.</summary>
    public bool TryWithdraw(Wait<T> wait);
}

/// <summary>One pending operation of this library, reused when it is over, so that waiting allocates nothing.</summary>
internal sealed class Wait<T> : IValueTaskSource<T>, IValueTaskSource
#if !NETSTANDARD2_0
    , IThreadPoolWorkItem
#endif
{
    // Invariant. A wait is in its owner's queue exactly while it is undecided, and taking it out, under the owner's lock, is what decides it: whoever took it
    // out, and nobody else, completes it, after the lock. So a hand-over and a cancellation can never both succeed. It goes back to the pool only when its
    // result was fetched and its registrations are gone; no late callback can hit its next use.
    // _continuation goes from null to the awaiter's delegate, or to Completed, whichever comes first. Completed is what publishes the result, and whoever sets it
    // touches nothing afterwards: the result may be fetched, and the wait be in its next use, at that very moment.
    private static readonly Action<object?> Completed = static _ => throw new InvalidOperationException();

#if NETSTANDARD2_0
    private static readonly WaitCallback RunOnPool = static wait => ((Wait<T>)wait!).RunContinuation();
#endif

    private readonly IWaitOwner<T> _owner;
    private readonly WaitPool<T> _pool;
    private Action<object?>? _continuation;
    private object? _continuationState;
    private object? _schedulingContext;
    private ExecutionContext? _executionContext;
    private T _result = default!;
    private ExceptionDispatchInfo? _failure;
    private CancelScope? _scope;
    private CancellationToken _cancellationToken;
    private CancellationTokenRegistration _scopeRegistration;
    private CancellationTokenRegistration _tokenRegistration;
    private short _version;
    private bool _isRegistered;

    public Wait(IWaitOwner<T> owner, WaitPool<T> pool)
    {
        _owner = owner;
        _pool = pool;
    }

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

    private bool IsCompleted => ReferenceEquals(Volatile.Read(ref _continuation), Completed);

    public ValueTask<T> Task => new(this, _version);

    public ValueTask PlainTask => new(this, _version);

    /// <summary>
    /// To be called after the wait was queued, without the lock: a token that is cancelled already calls back at once. The wait may be completed meanwhile, but
    /// neither awaited nor reused, because its task has not been given away yet; so whoever completes it has no use for what is set here.
    /// </summary>
    public void Observe(CancelScope scope, CancellationToken cancellationToken)
    {
        // In a seeded run every continuation is the dispatcher's to place, whatever context it is awaited from.
        _schedulingContext = scope.Dispatcher ?? Dispatcher.Current;
        if (scope.IsRoot && !cancellationToken.CanBeCanceled)
            return;
        _scope = scope;
        _cancellationToken = cancellationToken;
        _isRegistered = true;
        try
        {
            if (!scope.IsRoot)
            {
                var scopeToken = scope.Token;
                _scopeRegistration = Register(scopeToken);
                if (cancellationToken == scopeToken)
                    return;
            }

            if (cancellationToken.CanBeCanceled)
                _tokenRegistration = Register(cancellationToken);
        }
        catch (ObjectDisposedException exception)
        {
            // .NET Framework refuses a token whose source was disposed. The wait is queued already: it must not stay there with nobody to await it.
            if (_owner.TryWithdraw(this))
                Fail(exception);
        }
    }

    public void Complete(T result)
    {
        _result = result;
        SignalCompletion();
    }

    public void Fail(Exception exception)
    {
        _failure = ExceptionDispatchInfo.Capture(exception);
        SignalCompletion();
    }

    public ValueTaskSourceStatus GetStatus(short token)
    {
        ThrowUnlessCurrent(token);
        if (!IsCompleted)
            return ValueTaskSourceStatus.Pending;
        return _failure is null ? ValueTaskSourceStatus.Succeeded
            : _failure.SourceException is OperationCanceledException ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;
    }

    public T GetResult(short token)
    {
        // Refuses a token of an earlier use, and a fetch that comes too early, before anything is touched.
        ThrowUnlessCurrent(token);
        if (!IsCompleted)
            throw new InvalidOperationException("The operation has not ended yet: await it, or turn it into a task with AsTask() to wait in another way.");
        var result = _result;
        var failure = _failure;
        // The token of this use is out of date from here on.
        _version++;
        if (_isRegistered)
        {
            // Waits for a callback that is just running, so that none comes later.
            _scopeRegistration.Dispose();
            _tokenRegistration.Dispose();
            _scopeRegistration = default;
            _tokenRegistration = default;
            _isRegistered = false;
            _cancellationToken = default;
            _scope = null;
        }

        _continuation = null;
        _continuationState = null;
        _schedulingContext = null;
        _executionContext = null;
        _result = default!;
        _failure = null;
        Item = default!;
        Party = null;
        Enumeration = null;
        _pool.GiveBack(this);
        failure?.Throw();
        return result;
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        ThrowUnlessCurrent(token);
        // Looked at before anything is stored: a second awaiter must not resume the first one with its own state.
        if (Volatile.Read(ref _continuation) is { } earlier && !ReferenceEquals(earlier, Completed))
            throw AwaitedTwice();
        if ((flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0)
            _executionContext = ExecutionContext.Capture();
        if ((flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0 && _schedulingContext is null)
        {
            if (SynchronizationContext.Current is { } context && context.GetType() != typeof(SynchronizationContext))
                _schedulingContext = context;
            else if (TaskScheduler.Current is var scheduler && scheduler != TaskScheduler.Default)
                _schedulingContext = scheduler;
        }

        _continuationState = state;
        var previous = Interlocked.CompareExchange(ref _continuation, continuation, null);
        if (previous is null)
            return;
        if (!ReferenceEquals(previous, Completed))
            throw AwaitedTwice();

        // Completed between the awaiter's look and here. The result stays published, so the continuation is queued by itself.
        if (_executionContext is { } flowed)
            QueueIn(flowed, continuation, state);
        else
            Queue(continuation, state);
    }

#if !NETSTANDARD2_0
    void IThreadPoolWorkItem.Execute() => RunContinuation();
#endif

    [Detached("What runs is the code that waits.")]
    private void SignalCompletion()
    {
        if (Volatile.Read(ref _continuation) is null && Interlocked.CompareExchange(ref _continuation, Completed, null) is null)
            return;

        // Somebody is parked on this wait, and nobody can fetch the result before that continuation runs. Never inline: whoever completes a wait is in the middle
        // of something of its own.
        if (_schedulingContext is null)
        {
#if NETSTANDARD2_0
            ThreadPool.UnsafeQueueUserWorkItem(RunOnPool, this);
#else
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
#endif
            return;
        }

        Queue(static wait => ((Wait<T>)wait!).RunContinuation(), this);
    }

    /// <summary>A method of its own, because the closure would cost everybody who awaits an object.</summary>
    private void QueueIn(ExecutionContext context, Action<object?> continuation, object? state)
        => Queue(later => ExecutionContext.Run(context, new ContextCallback(continuation), later), state);

    [Detached("What runs is the code that waits.")]
    private void Queue(Action<object?> continuation, object? state)
    {
        switch (_schedulingContext)
        {
            case null:
#if NETSTANDARD2_0
                ThreadPool.UnsafeQueueUserWorkItem(new WaitCallback(continuation), state);
#else
                ThreadPool.UnsafeQueueUserWorkItem(continuation, state, preferLocal: false);
#endif
                break;
            case Dispatcher dispatcher:
                dispatcher.Post(continuation, state);
                break;
            case SynchronizationContext context:
                context.Post(new SendOrPostCallback(continuation), state);
                break;
            default:
                _ = QueuedWork.OnScheduler(continuation, state, (TaskScheduler)_schedulingContext);
                break;
        }
    }

    private void RunContinuation()
    {
        if (_executionContext is null)
            RunHere();
        else
            ExecutionContext.Run(_executionContext, static wait => ((Wait<T>)wait!).RunHere(), this);
    }

    private void RunHere()
    {
        var continuation = _continuation!;
        var state = _continuationState;
        Volatile.Write(ref _continuation, Completed);
        continuation(state);
    }

    private void ThrowUnlessCurrent(short token)
    {
        if (token != _version)
            throw AwaitedTwice();
    }

    private static InvalidOperationException AwaitedTwice()
        => new("This operation was awaited already. It can be awaited once; turn it into a task with AsTask() to await it several times.");

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
}

/// <summary>The waits of one kind, first come first served. Used under the owner's lock.</summary>
internal struct WaitQueue<T>
{
    private Wait<T>? _first;
    private Wait<T>? _last;

    public int Count { get; private set; }

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
internal sealed class WaitPool<T>
{
    // Enough for the waits that go on at the same time in ordinary use; a burst beyond it is left to the garbage collector.
    private const int MostKept = 64;

    // Where a single user's wait lies, without the price of an interlocked operation. Two who give back at once may overwrite each other, which loses one to the
    // garbage collector and does no harm; none is ever taken twice, because taking is under the lock and each is given back by the one who had it.
    private Wait<T>? _spare;
    private Wait<T>? _free;

    /// <summary>Under the owner's lock: with one taker at a time, a node that was taken cannot come back between the read and the exchange.</summary>
    public Wait<T> Take(IWaitOwner<T> owner)
    {
        var spare = Volatile.Read(ref _spare);
        if (spare is not null)
        {
            _spare = null;
            return spare;
        }

        while (true)
        {
            var free = Volatile.Read(ref _free);
            if (free is null)
                return new Wait<T>(owner, this);
            if (ReferenceEquals(Interlocked.CompareExchange(ref _free, free.NextFree, free), free))
            {
                free.NextFree = null;
                return free;
            }
        }
    }

    public void GiveBack(Wait<T> wait)
    {
        if (Volatile.Read(ref _spare) is null)
        {
            Volatile.Write(ref _spare, wait);
            return;
        }

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

    /// <summary>The same for what was thrown already: it keeps its stack.</summary>
    public static async Task RethrownAsync(ExceptionDispatchInfo thrown) => thrown.Throw();
#pragma warning restore CS1998
}
