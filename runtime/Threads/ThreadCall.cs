using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>One call of <see cref="ToThread"/>: runs in a thread, and is known there to <see cref="FromThread"/>.</summary>
internal abstract class ThreadCall
{
    private const int Running = 0;
    private const int Ended = 1;
    private const int Abandoned = 2;

    [ThreadStatic]
    private static ThreadCall? _current;

    private readonly TaskCompletionSource<object?> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ExecutionContext? _context = ExecutionContext.Capture();
    private readonly Dispatcher? _dispatcher = CancelScope.Current.Dispatcher ?? Dispatcher.Current;
    private readonly SynchronizationContext? _synchronizationContext = SynchronizationContext.Current;
    private readonly TaskScheduler _scheduler = TaskScheduler.Current;
    private Lease _lease;
    private int _state;

    /// <summary>The call whose thread this is; null elsewhere.</summary>
    public static ThreadCall? Current => _current;

    /// <summary>Done when the call has ended or was abandoned; never fails.</summary>
    public Task Over => _over.Task;

    public bool IsAbandoned => Volatile.Read(ref _state) == Abandoned;

    protected ExceptionDispatchInfo? Failure { get; private set; }

    protected abstract object? BoxedResult { get; }

    public void Start(Lease lease)
    {
        _lease = lease;
        _dispatcher?.BeginOutside();
        WorkerThreads.Shared.Start(Run);
    }

    /// <summary>Stops waiting for the call, unless it has ended.</summary>
    public void Abandon()
    {
        if (Interlocked.CompareExchange(ref _state, Abandoned, Running) == Running)
            _over.TrySetResult(null);
    }

    /// <summary>Queues a callback to where the call came from: its seeded run, its context, its scheduler, else the pool.</summary>
    public void PostBack(Action callback)
    {
        if (_dispatcher is not null)
            _dispatcher.Post(static callback => ((Action)callback!)(), callback);
        else if (_synchronizationContext is not null && _synchronizationContext.GetType() != typeof(SynchronizationContext))
            _synchronizationContext.Post(static callback => ((Action)callback!)(), callback);
        else
            _ = QueuedWork.OnScheduler(static callback => ((Action)callback!)(), callback, _scheduler);
    }

    protected abstract void Invoke();

    private void Run()
    {
        _current = this;
        try
        {
            if (_context is null)
                Invoke();
            else
                ExecutionContext.Run(_context, static call => ((ThreadCall)call!).Invoke(), this);
        }
        catch (Exception exception)
        {
            Failure = ExceptionDispatchInfo.Capture(exception);
        }

        _current = null;
        // Before anybody hears of the end: whoever does may count on the place being free.
        _lease.Dispose();
        if (Interlocked.CompareExchange(ref _state, Ended, Running) == Running)
            _over.TrySetResult(null);
        else
            ToThread.OnAbandonedCallEnded(new AbandonedCallEndedEventArgs(Failure?.SourceException, BoxedResult));
        _dispatcher?.EndOutside();
    }
}

/// <summary>A <see cref="ThreadCall"/> with a result.</summary>
internal sealed class ThreadCall<T>(Func<CancellationToken, T> work, CancellationToken cancellationToken) : ThreadCall
{
    private T _result = default!;

    protected override object? BoxedResult => _result;

    /// <summary>What the call ended with; to be asked once it has.</summary>
    public T GetResult()
    {
        Failure?.Throw();
        return _result;
    }

    protected override void Invoke() => _result = work(cancellationToken);
}
