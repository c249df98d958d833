using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>
/// A place for children to run in that does not end before all of them have. The first failure cancels the others; when everyone is done it surfaces. After
/// Trio's nursery.
/// </summary>
/// <remarks>Thread-safe: any thread may start children, and a child may start siblings.</remarks>
public partial class Nursery
{
    // Invariant. _pending counts whoever can still start a child or has not ended: the body (or the owner) and every block that children live in. It starts at 1
    // and is raised only under _lock and only while it is above zero, so it reaches zero exactly once; that transition, under the same lock, closes the nursery
    // and decides the outcome. Children come and go in a block without the lock; what makes that safe is ChildBlock's invariant. Until _isJoining the nursery
    // holds _newest, so that it does not die each time it empties. A child's failure is recorded before the child gives its place up, so no failure can come
    // after the outcome. No user code runs under the lock.
    // _lock is also this nursery's place among the live ones: an object nobody outside can lock.
    private readonly LiveNurseries.Entry _lock;
    private readonly NurseryOptions _options;
    private readonly string? _openedIn;
    private readonly int _openedAtLine;
    private readonly long _openedAt;
    private readonly int _mostRunning;
    private Queue<Child>? _queued;
    private List<Exception>? _failures;
    private ChildBlock? _oldest;
    private volatile ChildBlock? _newest;
    private long _cancelledAt;
    private int _pending = 1;
    private int _running;
    private int _lastCapacity;
    private bool _isClosed;
    private bool _isJoining;
    private volatile bool _refusesNewChildren;
    private bool _endedByCancellation;

    private protected Nursery(NurseryOptions? options, CancelScope? parent, CancellationToken cancellationToken, string? openedIn, int openedAtLine)
    {
        _lock = LiveNurseries.Reserve(this, mayBeForgotten: parent is null);
        _options = options ?? NurseryOptions.Default;
        _openedIn = openedIn;
        _openedAtLine = openedAtLine;
        _mostRunning = _options.MaxConcurrency ?? int.MaxValue;
        CancelScope = new CancelScope(parent, isShield: false, _options.Name, _options.TimeProvider, cancellationToken) { Nursery = this };
        _openedAt = Clock.Now(CancelScope.TimeProvider);
        if (Telemetry.IsTimeToCancelMeasured)
            CancelScope.Token.Register(static nursery => ((Nursery)nursery!)._cancelledAt = Stopwatch.GetTimestamp(), this);
        // Last: others can see it from here on.
        LiveNurseries.Add(_lock);
    }

    /// <summary>The scope that everything in this nursery runs in.</summary>
    public CancelScope CancelScope { get; }

    /// <summary>Cancelled when the nursery is: the token of <see cref="CancelScope"/>.</summary>
    public CancellationToken CancellationToken => CancelScope.Token;

    /// <summary>How many children have been started and have not ended, those that wait for a free place included.</summary>
    public int LiveChildCount
    {
        get
        {
            lock (_lock)
            {
                var live = _newest is null || _isJoining ? 0 : -1;
                for (var block = _oldest; block is not null; block = block.Newer)
                    live += block.HolderCount;
                return live;
            }
        }
    }

    private protected bool IsClosed
    {
        get
        {
            lock (_lock)
                return _isClosed;
        }
    }

    /// <summary>Opens a nursery that lives as long as the object that owns it, instead of as long as a block. It is not linked to the surrounding scope.</summary>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="callerFile">Filled in by the compiler.</param>
    /// <param name="callerLine">Filled in by the compiler.</param>
    /// <returns>The nursery; dispose of it.</returns>
    public static OwnedNursery Open(NurseryOptions? options = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
        => new(options, callerFile, callerLine);

    /// <summary>Cancels everything in this nursery. Children started afterwards start with a cancelled token.</summary>
    /// <param name="reason">Why; for people.</param>
    public void Cancel(string? reason = null) => CancelScope.Cancel(reason);

    /// <inheritdoc/>
    public override string ToString() => Describe();

    internal string? Name => _options.Name;

    internal CancelScope? OuterScope => CancelScope.Parent;

    internal string? Origin => _openedIn is null ? null : ChildOrigin.Format(_openedIn, _openedAtLine);

    private protected string Describe()
        => (_options.Name is { } name ? $"nursery '{name}'" : "nursery") + (_openedIn is null ? "" : $" opened at {_openedIn}:{_openedAtLine}");

    private void Start(Child child)
    {
        CountIn(child);
        if (HasPlace(child, mayQueue: true))
            Schedule(child);
    }

    private void StartInline(Child child)
    {
        CountIn(child);
        HasPlace(child, mayQueue: false);
        child.RunNow();
    }

    private void CountIn(Child child)
    {
        if (_refusesNewChildren && !CancelScope.Current.IsWithin(CancelScope))
            throw HasClosed();
        if (_newest is not { } newest || !newest.TryTake(child))
            CountInByNewBlock(child);
        Telemetry.OnStarted(child);
    }

    private void CountInByNewBlock(Child child)
    {
        lock (_lock)
        {
            // Closed and counted down to zero are one transition under this lock: nobody gets in behind it.
            if (_isClosed)
                throw HasClosed();
            // Another thread may have been here first.
            var last = _newest;
            if (last is not null && last.TryTake(child))
                return;
            _lastCapacity = ChildBlock.CapacityAfter(_lastCapacity);
            var block = new ChildBlock(this, _lastCapacity, child, isHeld: !_isJoining) { Older = last };
            _pending++;
            if (last is null)
                _oldest = block;
            else
                last.Newer = block;
            _newest = block;
            if (last is not null && !_isJoining && last.Leave())
                CountOut(last);
        }
    }

    /// <summary>Takes a dead block out of the chain. Called under the lock. When it was the newest, it emptied before it was full: then small ones do.</summary>
    /// <returns>Whether the nursery has closed by that.</returns>
    private bool CountOut(ChildBlock block)
    {
        if (block.Older is null)
            _oldest = block.Newer;
        else
            block.Older.Newer = block.Newer;
        if (block.Newer is null)
            (_newest, _lastCapacity) = (block.Older, 0);
        else
            block.Newer.Older = block.Older;
        return CountOutOne();
    }

    /// <summary>Called under the lock.</summary>
    private bool CountOutOne()
    {
        _isClosed = --_pending == 0;
        return _isClosed;
    }

    private InvalidOperationException HasClosed()
        => new($"A child cannot be started: the {Describe()} has closed. Start it before the body ends, or from another child.");

    /// <returns>Whether the child is to run now, and not when another has ended.</returns>
    private bool HasPlace(Child child, bool mayQueue)
    {
        if (_mostRunning != int.MaxValue)
        {
            lock (_lock)
            {
                if (mayQueue && _running >= _mostRunning)
                {
                    child.IsQueued = true;
                    (_queued ??= new()).Enqueue(child);
                    return false;
                }

                _running++;
            }
        }

        return true;
    }

    /// <summary>Whoever waited longest for a place that became free.</summary>
    private Child? NextInQueue()
    {
        if (_mostRunning == int.MaxValue)
            return null;
        lock (_lock)
        {
            _running--;
            if (_queued is not { Count: > 0 } || _running >= _mostRunning)
                return null;
            _running++;
            var next = _queued.Dequeue();
            next.IsQueued = false;
            return next;
        }
    }

    [Detached("What runs is a child, which the nursery waits for.")]
    private void Schedule(Child child)
    {
        if (CancelScope.Dispatcher is { } dispatcher)
        {
            dispatcher.Post(static child => ((Child)child!).Run(), child);
        }
        else if (_options.Scheduler is { } scheduler)
        {
            _ = QueuedWork.OnScheduler(static child => ((Child)child!).Run(), child, scheduler);
        }
        else
        {
#if NETSTANDARD2_0
            ThreadPool.UnsafeQueueUserWorkItem(static child => ((Child)child).Run(), child);
#else
            // Where Task.Run would put it.
            ThreadPool.UnsafeQueueUserWorkItem(child, preferLocal: true);
#endif
        }
    }

    internal void OnChildEnded(Child child, Task task)
    {
        child.OnEnded(task);
        if (task.Status != TaskStatus.RanToCompletion || child.IsCounted || child.Activity is not null)
            OnChildEndedOtherwise(child, task);
        if (NextInQueue() is { } next)
            Schedule(next);
        if (child.GiveUpPlace(out var block))
            OnBlockDied(block);
    }

    private void OnBlockDied(ChildBlock block)
    {
        lock (_lock)
        {
            if (!CountOut(block))
                return;
        }

        OnClosed();
    }

    /// <summary>The end of a child that failed, was cancelled, or is looked at from outside.</summary>
    private void OnChildEndedOtherwise(Child child, Task task)
    {
        if (child.IsCounted || child.Activity is not null)
        {
            var failure = task.Exception?.InnerExceptions[0];
            // A cancellation that nobody here asked for is a failure.
            var isCancelled = child.Scope.IsCancellationRequested && (task.IsCanceled || failure is OperationCanceledException);
            Telemetry.OnEnded(child, isCancelled, isCancelled ? null : task.IsCanceled ? CancellationOf(task) : failure);
        }

        if (child.BelongsToNursery)
            Observe(task, child);
    }

    /// <summary>Records how a child, or the body, ended; cancels the others where that is what a failure means.</summary>
    private void Observe(Task task, Child? child)
    {
        if (task.Status == TaskStatus.RanToCompletion)
            return;
        var isCancelled = CancelScope.IsCancellationRequested;
        var failures = isCancelled && task.IsCanceled ? null : FailuresOf(task, isCancelled);
        if (failures is null or { Count: 0 })
        {
            lock (_lock)
                _endedByCancellation = true;
            return;
        }

        var action = FailureAction.CancelNursery;
        if (child is not null && _options.OnChildFailure is { } decide)
        {
            try
            {
                action = decide(new ChildFailure(this, child.Name, failures[0]));
            }
            catch (Exception exception)
            {
                failures.Add(exception);
            }
        }

        if (action == FailureAction.Handled)
            return;
        Record(failures);
        if (action == FailureAction.CancelNursery)
            CancelScope.Cancel(CancelCause.ChildFailed, reason: null);
    }

    /// <summary>What a task failed with: everything it holds but the cancellations that this nursery asked for.</summary>
    private static List<Exception> FailuresOf(Task task, bool isCancelled)
    {
        var failures = new List<Exception>();
        if (task.IsCanceled)
        {
            failures.Add(CancellationOf(task));
            return failures;
        }

        foreach (var exception in task.Exception!.InnerExceptions)
        {
            if (isCancelled && exception is OperationCanceledException)
                continue;
            failures.Add(exception);
            if (task.Exception.InnerExceptions.Count == 1 && exception.OtherFailures() is { Count: > 0 } others)
                failures.AddRange(others);
        }

        return failures;
    }

    internal static Exception CancellationOf(Task task)
    {
        try
        {
            task.GetAwaiter().GetResult();
            return new TaskCanceledException(task);
        }
        catch (OperationCanceledException exception)
        {
            return exception;
        }
    }

    private void Record(List<Exception> failures)
    {
        lock (_lock)
        {
            var known = _failures ??= [];
            foreach (var failure in failures)
            {
                // One object that reaches the nursery by several ways, a rethrown one say, is one failure.
                if (!known.Exists(each => ReferenceEquals(each, failure)))
                    AddFailure(known, failure);
            }
        }
    }

    /// <summary>Called under the lock.</summary>
    private protected virtual void AddFailure(List<Exception> failures, Exception failure) => failures.Add(failure);

    private void CountOutBody()
    {
        lock (_lock)
        {
            _isJoining = true;
            // The body is still counted here: the nursery does not close by this.
            if (_newest is { } newest && newest.Leave())
                CountOut(newest);
            if (!CountOutOne())
                return;
        }

        OnClosed();
    }

    private void OnClosed()
    {
        LiveNurseries.Remove(_lock);
        CancelScope.Close();
        if (CancelScope.TakeCallbackExceptions() is { } thrown)
            Record(thrown);
        if (_cancelledAt != 0)
            Telemetry.OnCancelledNurseryEnded((Stopwatch.GetTimestamp() - _cancelledAt) / (double)Stopwatch.Frequency);
        OnEnded();
    }

    /// <summary>Called when the nursery has closed and everything there is to record is recorded; not under the lock.</summary>
    private protected virtual void OnEnded()
    {
    }

    private protected void RefuseNewChildren()
    {
        lock (_lock)
            _refusesNewChildren = true;
    }

    private protected void ReleaseOwner() => CountOutBody();

    private protected Exception[] TakeFailures()
    {
        lock (_lock)
        {
            var failures = _failures?.ToArray() ?? [];
            _failures = null;
            return failures;
        }
    }

    private protected bool AlwaysAggregate => _options.AlwaysAggregate;

    /// <summary>A picture of this moment, for <see cref="TaskTree"/>.</summary>
    internal (string State, TimeSpan Age, List<(string? Name, string? Origin, TimeSpan Age, string State)> Children) Look()
    {
        var clock = CancelScope.TimeProvider;
        var isCancelled = CancelScope.IsCancellationRequested;
        lock (_lock)
        {
            var children = new List<(string?, string?, TimeSpan, string)>();
            for (var block = _oldest; block is not null; block = block.Newer)
            {
                foreach (var child in block.Children)
                {
                    var state = child.IsQueued ? "queued" : child.IsStarting ? "starting" : "running";
                    children.Add((child.Name, child.Origin, Clock.Since(clock, child.StartedAt), isCancelled && !child.IsStarting ? state + ", cancelled" : state));
                }
            }

            return ((_isJoining ? "joining" : "open") + (isCancelled ? ", cancelled" : ""), Clock.Since(clock, _openedAt), children);
        }
    }
}
