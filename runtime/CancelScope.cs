using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>
/// A region of code that can be cancelled as a whole, with everything that runs inside it. Scopes nest: cancelling one cancels all below it, up to the next
/// shield. After Trio's <c>CancelScope</c>.
/// </summary>
/// <remarks>Thread-safe. The scope that surrounds the running code is <see cref="Current"/>; only this library looks at it.</remarks>
public sealed partial class CancelScope
{
    // Invariant. _cause leaves None at most once, under _lock, and never returns. A child is in its parent's list exactly while it is open and the parent was
    // not cancelled when it came in; a child that comes later sees the parent's cause under the parent's lock and starts cancelled. So whoever cancels a scope
    // reaches every scope below it: it either finds the child in the list, or the child finds the cause. No lock is held while another is taken, and no
    // foreign code (token callbacks, timers, user delegates) runs under one.
    private static readonly AsyncLocal<CancelScope?> Ambient = new();
    private static readonly CancelScope Root = new();

    private readonly object _lock = new();
    private volatile CancelScope? _parent;
    private readonly bool _isShield;
    private readonly CancellationToken _outsideToken;
    private readonly CancellationTokenRegistration _outsideRegistration;
    private CancellationTokenSource? _source;
    private CancelScope? _firstChild;
    private CancelScope? _previousSibling;
    private CancelScope? _nextSibling;
    private volatile DeadlineClock? _deadline;
    private volatile int _cause;
    private volatile bool _isClosed;
    private string? _reason;
    private List<Exception>? _callbackExceptions;

    private CancelScope()
    {
        TimeProvider = TimeProvider.System;
    }

    internal CancelScope(CancelScope? parent, bool isShield, string? name, TimeProvider? timeProvider, CancellationToken outsideToken)
    {
        _parent = parent ?? Root;
        _isShield = isShield;
        _outsideToken = outsideToken;
        Name = name;
        // What hangs on no scope, an owned nursery say, still belongs to the seeded run it was opened in.
        Dispatcher = _parent.Dispatcher ?? Dispatcher.Current;
        TimeProvider = timeProvider ?? (ReferenceEquals(_parent, Root) && Dispatcher is not null ? Dispatcher.TimeProvider : _parent.TimeProvider);

        if (!isShield && !ReferenceEquals(_parent, Root))
            _parent.Adopt(this);
        if (outsideToken.CanBeCanceled)
        {
#if NETSTANDARD2_0
            _outsideRegistration = outsideToken.Register(static scope => ((CancelScope)scope!).Cancel(CancelCause.FromOutside, reason: null), this, useSynchronizationContext: false);
#else
            _outsideRegistration = outsideToken.UnsafeRegister(static scope => ((CancelScope)scope!).Cancel(CancelCause.FromOutside, reason: null), this);
#endif
        }
    }

    /// <summary>The scope around the running code. Outside every scope: a root that is never cancelled. Never null.</summary>
    public static CancelScope Current => Ambient.Value ?? Root;

    /// <summary>The name given in <see cref="CancelScopeOptions.Name"/>; for people.</summary>
    public string? Name { get; }

    /// <summary>The clock that deadlines in this scope are measured with; inherited from the scope outside.</summary>
    public TimeProvider TimeProvider { get; }

    /// <summary>Whether this scope was cancelled, for whatever reason. Once true it stays true.</summary>
    public bool IsCancellationRequested => _cause != (int)CancelCause.None;

    /// <summary>Why this scope was cancelled: the first cause, recorded when it happened.</summary>
    public CancelCause Cause => (CancelCause)_cause;

    /// <summary>What was said when the scope was cancelled; inherited from outside where that was the cause.</summary>
    public string? CancelReason => Volatile.Read(ref _reason) ?? (Cause == CancelCause.FromOutside && !_isShield ? _parent?.CancelReason : null);

    /// <summary>Where what would go to the thread pool goes instead; null for the thread pool.</summary>
    internal Dispatcher? Dispatcher { get; }

    internal bool IsRoot => _parent is null;

    internal CancelScope? Parent => _parent;

    /// <summary>The nursery whose scope this is; null for a plain scope.</summary>
    internal Nursery? Nursery { get; init; }

    /// <summary>A token that is cancelled when this scope is. The root's can never be.</summary>
    public CancellationToken Token
    {
        get
        {
            if (IsRoot)
                return CancellationToken.None;
            var source = Volatile.Read(ref _source);
            if (source is not null)
                return source.Token;
            lock (_lock)
            {
                if (_source is null)
                {
                    // Marked before its token was ever asked for: there is nobody to notify, so no source is needed.
                    if (IsCancellationRequested)
                        return new CancellationToken(canceled: true);
                    _source = new CancellationTokenSource();
                }

                return _source.Token;
            }
        }
    }

    /// <summary>
    /// The moment this scope is cancelled, or null. May be moved while the scope is running; a moment already past cancels at once.
    /// </summary>
    /// <exception cref="InvalidOperationException">Set on the root scope.</exception>
    public DateTimeOffset? Deadline
    {
        get => _deadline?.Moment;
        set
        {
            if (IsRoot)
                throw new InvalidOperationException("The root scope cannot have a deadline; open a scope with CancelScope.RunAsync and set the deadline there.");
            if (value is { } moment)
                SetDeadline(new DeadlineClock(this, moment, moment - TimeProvider.GetUtcNow()));
            else
                SetDeadline(null);
        }
    }

    /// <summary>The nearest deadline that applies here: this scope's, or one outside it, looking up to a shield. Null where there is none.</summary>
    public DateTimeOffset? EffectiveDeadline
    {
        get
        {
            DateTimeOffset? nearest = null;
            for (var scope = this; scope is not null; scope = scope._isShield ? null : scope._parent)
            {
                if (scope.Deadline is { } deadline && (nearest is null || deadline < nearest))
                    nearest = deadline;
            }

            return nearest;
        }
    }

    /// <summary>
    /// Cancels everything that runs in this scope. The first call decides <see cref="Cause"/> and <see cref="CancelReason"/>; later ones do nothing. On the root
    /// scope: does nothing. Never throws: what token callbacks throw goes to the owner of the scope, after the failure that caused it.
    /// </summary>
    /// <param name="reason">Why; for people, and for <see cref="CancelReason"/>.</param>
    public void Cancel(string? reason = null) => Cancel(CancelCause.Cancelled, reason);

    internal static void Enter(CancelScope scope) => Ambient.Value = scope;

    /// <summary>Exceptions that callbacks threw when this scope was cancelled, in the order they came.</summary>
    internal List<Exception>? TakeCallbackExceptions()
    {
        lock (_lock)
        {
            var exceptions = _callbackExceptions;
            _callbackExceptions = null;
            return exceptions;
        }
    }

    /// <summary>Whether something outside this scope, up to the nearest shield, was cancelled: then a cancellation is not this scope's to absorb.</summary>
    internal bool IsCancelledOutside
    {
        get
        {
            if (_outsideToken.IsCancellationRequested)
                return true;
            for (var scope = this; !scope._isShield && scope._parent is { } parent; scope = parent)
            {
                if (parent.IsCancellationRequested)
                    return true;
            }

            return false;
        }
    }

    /// <summary>The token that speaks for the cancellation from outside: the one passed in if it fired, else the cancelled outer scope's.</summary>
    internal CancellationToken OutsideToken
    {
        get
        {
            if (_outsideToken.IsCancellationRequested)
                return _outsideToken;
            for (var scope = this; !scope._isShield && scope._parent is { } parent; scope = parent)
            {
                if (parent.IsCancellationRequested)
                    return parent.Token;
            }

            return Token;
        }
    }

    internal bool Absorbs => IsCancellationRequested && !IsCancelledOutside;

    internal bool IsWithin(CancelScope other)
    {
        for (var scope = this; scope is not null; scope = scope._parent)
        {
            if (ReferenceEquals(scope, other))
                return true;
        }

        return false;
    }

    internal void Cancel(CancelCause cause, string? reason)
    {
        if (IsRoot)
            return;

        // Mark the whole subtree first, so that whoever is woken by a token below sees every scope around it already cancelled; a loop, not recursion, so that
        // depth costs no stack.
        var marked = new List<CancelScope>();
        Mark(cause, reason, marked);
        for (var index = 0; index < marked.Count; index++)
            marked[index].MarkChildren(marked);
        for (var index = 0; index < marked.Count; index++)
            marked[index].Notify(this);
    }

    /// <summary>Ends the scope: it leaves its parent's list and no clock or token reaches it any more.</summary>
    internal void Close()
    {
        DeadlineClock? deadline;
        lock (_lock)
        {
            _isClosed = true;
            deadline = _deadline;
        }

        deadline?.Dispose();
        _outsideRegistration.Dispose();
        _parent!.TryAbandon(this);
        // Only in code that outlives its scope: a clock below that relied on this one's.
        if (Volatile.Read(ref _firstChild) is not null)
            RearmBelow();
    }

    /// <summary>
    /// Takes this scope, with everything below it, out of its parent and into another. The one moment at which it changes hands is under the old parent's lock: a
    /// cancellation of the old one reaches it before that moment or never, one of the new one reaches it after.
    /// </summary>
    /// <returns>False where the old parent, or this scope, was cancelled first; then nothing changes.</returns>
    internal bool TryMoveTo(CancelScope parent)
    {
        var old = _parent!;
        if (IsCancellationRequested)
            return false;
        if (!old.IsRoot && !old.TryAbandon(this))
            return false;
        _parent = parent;
        if (!parent.IsRoot)
            parent.Adopt(this);
        Interlocked.MemoryBarrier();
        _deadline?.Arm();
        RearmBelow();
        return true;
    }

    private void SetDeadline(DeadlineClock? next)
    {
        DeadlineClock? previous;
        lock (_lock)
        {
            previous = _deadline;
            if (_isClosed || IsCancellationRequested)
            {
                // A scope that ended needs no clock; the moment is kept so that it reads back as set.
                _deadline = next;
                next = null;
            }
            else
            {
                _deadline = next;
            }
        }

        previous?.Dispose();
        next?.ArmFirst();
        // A clock below may have relied on the earlier moment.
        if (previous is not null)
            RearmBelow();
    }

    /// <summary>Asks every clock below, up to the shields, whether it still needs no timer of its own.</summary>
    private void RearmBelow()
    {
        Interlocked.MemoryBarrier();
        var below = new List<CancelScope>();
        AddChildren(below);
        for (var index = 0; index < below.Count; index++)
        {
            below[index].AddChildren(below);
            below[index]._deadline?.Arm();
        }
    }

    private void AddChildren(List<CancelScope> scopes)
    {
        lock (_lock)
        {
            for (var child = _firstChild; child is not null; child = child._nextSibling)
                scopes.Add(child);
        }
    }

    /// <summary>Adds itself to <paramref name="marked"/>, unless it was cancelled before.</summary>
    private void Mark(CancelCause cause, string? reason, List<CancelScope> marked)
    {
        lock (_lock)
        {
            if (_cause != (int)CancelCause.None)
                return;
            _reason = reason;
            _cause = (int)cause;
            marked.Add(this);
        }
    }

    private void MarkChildren(List<CancelScope> marked)
    {
        CancelScope? child;
        lock (_lock)
        {
            // Nobody joins the list once the cause is set, so it can be taken whole; children that close meanwhile find themselves no longer in it.
            child = _firstChild;
            _firstChild = null;
            for (var each = child; each is not null; each = each._nextSibling)
                each._previousSibling = null;
        }

        while (child is not null)
        {
            CancelScope? next;
            lock (_lock)
            {
                next = child._nextSibling;
                child._nextSibling = null;
            }

            child.Mark(CancelCause.FromOutside, reason: null, marked);
            child = next;
        }
    }

    private void Notify(CancelScope cancelled)
    {
        CancellationTokenSource? source;
        lock (_lock)
            source = _source;
        if (source is null)
            return;
        try
        {
            source.Cancel();
        }
        catch (AggregateException exception)
        {
            lock (cancelled._lock)
                (cancelled._callbackExceptions ??= []).AddRange(exception.InnerExceptions);
        }
    }

    private void Adopt(CancelScope child)
    {
        bool isCancelled;
        lock (_lock)
        {
            isCancelled = IsCancellationRequested;
            if (!isCancelled)
            {
                child._nextSibling = _firstChild;
                if (_firstChild is not null)
                    _firstChild._previousSibling = child;
                _firstChild = child;
            }
        }

        if (isCancelled)
            child.Cancel(CancelCause.FromOutside, reason: null);
    }

    /// <returns>Whether it was in the list; one that a cancellation has taken out is not.</returns>
    private bool TryAbandon(CancelScope child)
    {
        lock (_lock)
        {
            if (child._previousSibling is null && !ReferenceEquals(_firstChild, child))
                return false;
            if (child._previousSibling is not null)
                child._previousSibling._nextSibling = child._nextSibling;
            else
                _firstChild = child._nextSibling;
            if (child._nextSibling is not null)
                child._nextSibling._previousSibling = child._previousSibling;
            child._previousSibling = child._nextSibling = null;
            return true;
        }
    }

    private void OnDeadline(DeadlineClock deadline)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_deadline, deadline) || _isClosed)
                return;
        }

        Cancel(CancelCause.Deadline, reason: null);
    }
}
