using System;
using System.Collections.Generic;
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
    // Invariant. _pending counts whoever can still start a child or has not ended: the body (or the owner) and every child. It starts at 1 and is raised only
    // under _lock and only while it is above zero, so it reaches zero exactly once; that transition, under the same lock, closes the nursery and decides the
    // outcome. A child's failure is recorded before the child is counted out, so no failure can come after the outcome. No user code runs under the lock.
    private readonly object _lock = new();
    private readonly NurseryOptions _options;
    private readonly string _openedAt;
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<Child> _queued = new();
    private readonly List<Exception> _failures = [];
    private int _pending = 1;
    private int _live;
    private int _running;
    private bool _isClosed;
    private bool _refusesNewChildren;
    private bool _endedByCancellation;

    private protected Nursery(NurseryOptions? options, CancelScope? parent, CancellationToken cancellationToken, string? openedIn, int openedAtLine)
    {
        _options = options ?? NurseryOptions.Default;
        _openedAt = openedIn is null ? "" : $" opened at {openedIn}:{openedAtLine}";
        CancelScope = new CancelScope(parent, isShield: false, _options.Name, _options.TimeProvider, cancellationToken);
        CancellationToken = CancelScope.Token;
    }

    /// <summary>The scope that everything in this nursery runs in.</summary>
    public CancelScope CancelScope { get; }

    /// <summary>Cancelled when the nursery is: the token of <see cref="CancelScope"/>.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>How many children have been started and have not ended, those that wait for a free place included.</summary>
    public int LiveChildCount
    {
        get
        {
            lock (_lock)
                return _live;
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

    private protected string Describe() => (_options.Name is { } name ? $"nursery '{name}'" : "nursery") + _openedAt;

    private void Start(Child child)
    {
        if (CountIn(child, mayQueue: true))
            Schedule(child);
    }

    private void StartInline(Child child)
    {
        CountIn(child, mayQueue: false);
        child.RunNow();
    }

    /// <returns>Whether the child is to run now, and not when another has ended.</returns>
    private bool CountIn(Child child, bool mayQueue)
    {
        lock (_lock)
        {
            // Closed and counted down to zero are one transition under this lock: nobody gets in behind it.
            if (_isClosed || (_refusesNewChildren && !CancelScope.Current.IsWithin(CancelScope)))
                throw new InvalidOperationException($"A child cannot be started: the {Describe()} has closed. Start it before the body ends, or from another child.");
            _pending++;
            _live++;
            if (mayQueue && _running >= _options.MaxConcurrency)
            {
                _queued.Enqueue(child);
                return false;
            }

            _running++;
            return true;
        }
    }

    private void Schedule(Child child)
    {
        if (CancelScope.Dispatcher is { } dispatcher)
        {
            dispatcher.Post(static child => ((Child)child!).Run(), child);
        }
        else if (_options.Scheduler is { } scheduler)
        {
            var task = new Task(static child => ((Child)child!).Run(), child, CancellationToken.None, TaskCreationOptions.DenyChildAttach);
            task.Start(scheduler);
        }
        else
        {
#if NETSTANDARD2_0
            ThreadPool.UnsafeQueueUserWorkItem(static child => ((Child)child).Run(), child);
#else
            ThreadPool.UnsafeQueueUserWorkItem(static child => child.Run(), child, preferLocal: false);
#endif
        }
    }

    internal void OnChildEnded(Child child, Task task)
    {
        child.OnEnded(task);
        Observe(task, child);
        Child? next = null;
        lock (_lock)
        {
            _live--;
            _running--;
            if (_queued.Count > 0 && _running < _options.MaxConcurrency)
            {
                next = _queued.Dequeue();
                _running++;
            }
        }

        if (next is not null)
            Schedule(next);
        CountOut();
    }

    /// <summary>Records how a child, or the body, ended; cancels the others where that is what a failure means.</summary>
    private void Observe(Task task, Child? child)
    {
        if (task.Status == TaskStatus.RanToCompletion)
            return;
        var failures = FailuresOf(task);
        if (failures.Count == 0)
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
    private List<Exception> FailuresOf(Task task)
    {
        var failures = new List<Exception>();
        var isCancelled = CancelScope.IsCancellationRequested;
        if (task.IsCanceled)
        {
            if (!isCancelled)
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

    private static Exception CancellationOf(Task task)
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
            foreach (var failure in failures)
            {
                // One object that reaches the nursery by several ways, a rethrown one say, is one failure.
                if (!_failures.Exists(known => ReferenceEquals(known, failure)))
                    AddFailure(failure);
            }
        }
    }

    /// <summary>Called under the lock.</summary>
    private protected virtual void AddFailure(Exception failure) => _failures.Add(failure);

    private void CountOut()
    {
        lock (_lock)
        {
            if (--_pending > 0)
                return;
            _isClosed = true;
        }

        CancelScope.Close();
        if (CancelScope.CallbackExceptions is { } thrown)
            Record(thrown);
        _ended.TrySetResult(true);
    }

    private protected void RefuseNewChildren()
    {
        lock (_lock)
            _refusesNewChildren = true;
    }

    private protected void ReleaseOwner() => CountOut();

    private protected Task Ended => _ended.Task;

    private protected Exception[] TakeFailures()
    {
        lock (_lock)
        {
            var failures = _failures.ToArray();
            _failures.Clear();
            return failures;
        }
    }

    private protected List<Exception> FailuresUnderLock => _failures;

    private protected bool AlwaysAggregate => _options.AlwaysAggregate;

    /// <summary>
    /// Runs the body, joins, and gives the task that stands for the outcome. The inner task carries every failure, which an async method's own task cannot;
    /// unwrapping hands them on.
    /// </summary>
    private async Task<Task<TResult>> RunBodyAsync<TState, TResult>(Func<Nursery, TState, Task<TResult>> body, TState state)
    {
        // The scope is entered inside this async method, so the caller's own is back as soon as it returns.
        CancelScope.Enter(CancelScope);
        Task<TResult> task;
        try
        {
            task = Guard.Returned(body(this, state));
            // Only waited for here: what the task ended with is looked at below, whole.
            await Task.WhenAny(task).ConfigureAwait(Dispatcher.KeepsContext);
        }
        catch (OperationCanceledException exception) when (exception.CancellationToken.IsCancellationRequested)
        {
            task = Task.FromCanceled<TResult>(exception.CancellationToken);
        }
        catch (Exception exception)
        {
            task = Task.FromException<TResult>(exception);
        }

        Observe(task, child: null);
        CountOut();
        await _ended.Task.ConfigureAwait(Dispatcher.KeepsContext);
        return OutcomeOf(task);
    }

    private Task<TResult> OutcomeOf<TResult>(Task<TResult> body)
    {
        var outcome = new TaskCompletionSource<TResult>();
        var failures = TakeFailures();
        if (failures.Length > 0)
            Failures.Set(outcome, failures, AlwaysAggregate);
        else if (_endedByCancellation && CancelScope.IsCancelledOutside)
            outcome.TrySetCanceled(CancelScope.OutsideToken);
        else if (body.Status == TaskStatus.RanToCompletion)
            outcome.TrySetResult(body.Result);
        else if (typeof(TResult) == typeof(NoResult))
            outcome.TrySetResult(default!);
        else
            outcome.TrySetCanceled(CancellationToken);
        return outcome.Task;
    }

    /// <summary>What a body gives that gives nothing.</summary>
    private readonly struct NoResult;
}
