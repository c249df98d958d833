using System;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>
/// Handed to a child that is started with <see cref="Nursery.StartAsync(Func{Started, CancellationToken, Task}, string, string, int)"/>: the child says by it that it is
/// ready, and <c>StartAsync</c> returns. The default value says nothing to nobody, so that the same function can be called directly.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public readonly struct Started
{
    private readonly StartingChild<bool>? _child;

    internal Started(StartingChild<bool> child) => _child = child;

    /// <summary>
    /// Ends the start: <c>StartAsync</c> returns, and from here on the child belongs to the nursery alone. Does nothing when the caller of <c>StartAsync</c> was
    /// cancelled first.
    /// </summary>
    /// <exception cref="InvalidOperationException">Called before.</exception>
    public void Set() => _child?.Set(default);
}

/// <summary>
/// Handed to a child that is started with <see cref="Nursery.StartAsync{TStarted}(Func{Started{TStarted}, CancellationToken, Task}, string, string, int)"/>: the child
/// gives by it what <c>StartAsync</c> returns, the port it listens on say. The default value says nothing to nobody, so that the same function can be called directly.
/// </summary>
/// <typeparam name="TStarted">What the child gives when it is ready.</typeparam>
/// <remarks>Thread-safe.</remarks>
public readonly struct Started<TStarted>
{
    private readonly StartingChild<TStarted>? _child;

    internal Started(StartingChild<TStarted> child) => _child = child;

    /// <summary>
    /// Ends the start: <c>StartAsync</c> returns <paramref name="value"/>, and from here on the child belongs to the nursery alone. Does nothing when the caller of
    /// <c>StartAsync</c> was cancelled first.
    /// </summary>
    /// <param name="value">What <c>StartAsync</c> returns.</param>
    /// <exception cref="InvalidOperationException">Called before.</exception>
    public void Set(TStarted value) => _child?.Set(value);
}

/// <summary>A child that somebody waits for until it says that it is ready.</summary>
internal sealed class StartingChild<TStarted> : Child
{
    // Invariant. _isSet leaves 0 once. The one move from the caller's scope to the nursery's happens inside the Set that won, before StartAsync is told, and not at
    // all once the caller's scope is cancelled; the task of StartAsync is completed by that Set, or by the child's end where there was no move.
    private readonly Func<StartingChild<TStarted>, CancellationToken, Task> _child;
    private readonly CancelScope _callersScope;
    private readonly TaskCompletionSource<TStarted> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isSet;
    private volatile bool _hasMoved;

    public StartingChild(Nursery nursery, in ChildOrigin origin, Func<StartingChild<TStarted>, CancellationToken, Task> child)
        : base(nursery, origin)
    {
        _child = child;
        _callersScope = CancelScope.Current;
        Scope = new CancelScope(_callersScope, isShield: false, origin.Name, nursery.CancelScope.TimeProvider, CancellationToken.None);
    }

    public override CancelScope Scope { get; }

    public override bool BelongsToNursery => _hasMoved;

    public override bool IsStarting => !_hasMoved;

    public Task<TStarted> Started => _started.Task;

    public void Set(TStarted value)
    {
        if (Interlocked.Exchange(ref _isSet, 1) != 0)
            throw new InvalidOperationException("The child has said before that it is started; it can say so once.");
        if (!Scope.TryMoveTo(Nursery.CancelScope))
            return;
        _hasMoved = true;
        _started.TrySetResult(value);
    }

    public override void OnEnded(Task task)
    {
        Scope.Close();
        if (_hasMoved)
            return;
        if (task.IsFaulted)
            _started.TrySetException(task.Exception!.InnerExceptions);
        else if (task.IsCanceled && !_callersScope.IsCancellationRequested)
            _started.TrySetException(Nursery.CancellationOf(task));
        else if (task.IsCanceled || _callersScope.IsCancellationRequested)
            _started.TrySetCanceled(_callersScope.Token);
        else
            _started.TrySetException(new InvalidOperationException($"The child{(Name is null ? "" : $" '{Name}'")} returned without having called Set on what it was handed: whoever started it waits for that."));
        // Observed here: whoever waits sees it; nobody has to.
        _ = _started.Task.Exception;
    }

    protected override Task Invoke() => _child(this, Scope.Token);
}
