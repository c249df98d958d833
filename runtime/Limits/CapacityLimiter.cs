using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>Lets a limited number of borrowers in at a time; the others wait in the order they came. After Trio's <c>CapacityLimiter</c>.</summary>
/// <remarks>
/// Thread-safe. Against a <see cref="SemaphoreSlim"/>: what was borrowed is a <see cref="Lease"/>, which cannot be given back twice; the total can be changed;
/// waiting is first come, first served, and observes the surrounding scope.
/// </remarks>
public sealed class CapacityLimiter : IWaitOwner<Lease>
{
    // Invariant, whenever the lock is free: somebody waits only while no place is free. A place is handed from the one who leaves to the first who waits under
    // the lock, so nobody can overtake. Waits are completed after the lock.
    private readonly Lock _lock = new();
    private WaitQueue<Lease> _waits;
    private readonly WaitPool<Lease> _pool = new();
    private HashSet<object>? _borrowers;
    private LeaseSlot? _freeSlots;
    private int _total;
    private int _borrowed;

    /// <summary>Makes a limiter.</summary>
    /// <param name="total">How many may be in at a time. Zero lets nobody in until <see cref="Total"/> is raised; <see cref="int.MaxValue"/> is no limit.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="total"/> is negative.</exception>
    public CapacityLimiter(int total) => _total = Checked(total, nameof(total));

    /// <summary>
    /// How many may be in at a time. Raising it lets those in who wait; lowering it takes nothing away from those who are in, it only lets nobody in until
    /// enough have left.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than zero.</exception>
    public int Total
    {
        get
        {
            lock (_lock)
                return _total;
        }

        set
        {
            Checked(value, nameof(Total));
            Wait<Lease>? admitted;
            lock (_lock)
            {
                _total = value;
                admitted = AdmitWaiting();
            }

            CompleteAll(admitted);
        }
    }

    /// <summary>How many places are taken, and free, and how many wait, at one moment.</summary>
    public CapacityLimiterStatistics Statistics
    {
        get
        {
            lock (_lock)
                return new CapacityLimiterStatistics { Total = _total, BorrowedCount = _borrowed, WaitingCount = _waits.Count };
        }
    }

    /// <summary>Waits for a place. A checkpoint.</summary>
    /// <param name="cancellationToken">Observed besides the surrounding scope.</param>
    /// <returns>The place; dispose of it to leave. To be awaited once.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; then no place was taken.</exception>
    [Checkpoint]
    public ValueTask<Lease> AcquireAsync(CancellationToken cancellationToken = default) => AcquireCoreAsync(borrower: null, cancellationToken);

    /// <summary>Waits for a place on somebody's behalf, who may have one only once: a second one would be a deadlock waiting to happen. A checkpoint.</summary>
    /// <param name="borrower">Who borrows; told apart by reference.</param>
    /// <param name="cancellationToken">Observed besides the surrounding scope.</param>
    /// <returns>The place; dispose of it to leave. To be awaited once.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="borrower"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The borrower has a place already, or waits for one.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; then no place was taken.</exception>
    [Checkpoint]
    public ValueTask<Lease> AcquireAsync(object borrower, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(borrower);
        return AcquireCoreAsync(borrower, cancellationToken);
    }

    /// <summary>Takes a place if one is free. Does not look at cancellation.</summary>
    /// <param name="lease">The place; dispose of it to leave.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryAcquire(out Lease lease) => TryAcquireCore(borrower: null, out lease);

    /// <summary>Takes a place on somebody's behalf if one is free. Does not look at cancellation.</summary>
    /// <param name="borrower">Who borrows; told apart by reference.</param>
    /// <param name="lease">The place; dispose of it to leave.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="borrower"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The borrower has a place already, or waits for one.</exception>
    public bool TryAcquire(object borrower, out Lease lease)
    {
        Guard.NotNull(borrower);
        return TryAcquireCore(borrower, out lease);
    }

    /// <summary>Waits for a place, runs <paramref name="body"/>, and leaves however that ends.</summary>
    /// <param name="body">What to run. It is handed the token given here, or where there is none the surrounding scope's.</param>
    /// <param name="cancellationToken">Observed besides the surrounding scope.</param>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    [Checkpoint]
    public Task RunAsync(Func<CancellationToken, Task> body, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return RunCoreAsync();

        async Task RunCoreAsync()
        {
            using (await AcquireAsync(cancellationToken).ConfigureAwait(true))
                await Guard.Returned(body(TokenFor(cancellationToken))).ConfigureAwait(Dispatcher.KeepsContext);
        }
    }

    /// <inheritdoc cref="RunAsync(Func{CancellationToken, Task}, CancellationToken)"/>
    /// <typeparam name="T">What the body gives.</typeparam>
    /// <returns>What the body gave.</returns>
    [Checkpoint]
    public Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> body, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return RunCoreAsync();

        async Task<T> RunCoreAsync()
        {
            using (await AcquireAsync(cancellationToken).ConfigureAwait(true))
                return await Guard.Returned(body(TokenFor(cancellationToken))).ConfigureAwait(Dispatcher.KeepsContext);
        }
    }

    /// <inheritdoc cref="RunAsync(Func{CancellationToken, Task}, CancellationToken)"/>
    /// <param name="body">What to run.</param>
    /// <param name="cancellationToken">Observed, besides the surrounding scope, while waiting.</param>
    [Checkpoint]
    public Task RunAsync(Func<Task> body, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return RunAsync(_ => body(), cancellationToken);
    }

    /// <inheritdoc cref="RunAsync(Func{Task}, CancellationToken)"/>
    /// <typeparam name="T">What the body gives.</typeparam>
    /// <returns>What the body gave.</returns>
    [Checkpoint]
    public Task<T> RunAsync<T>(Func<Task<T>> body, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return RunAsync(_ => body(), cancellationToken);
    }

    internal void Release(LeaseSlot slot, int ticket)
    {
        Wait<Lease>? admitted;
        lock (_lock)
        {
            // The ticket is out of date when the place was given back already, perhaps through a copy of the lease.
            if (slot.Ticket != ticket)
                return;
            slot.Ticket++;
            if (slot.Borrower is { } borrower)
                _borrowers!.Remove(borrower);
            slot.Borrower = null;
            slot.NextFree = _freeSlots;
            _freeSlots = slot;
            _borrowed--;
            admitted = AdmitWaiting();
        }

        CompleteAll(admitted);
    }

    bool IWaitOwner<Lease>.TryWithdraw(Wait<Lease> wait)
    {
        lock (_lock)
        {
            if (!_waits.Remove(wait))
                return false;
            if (wait.Party is { } borrower)
                _borrowers!.Remove(borrower);
            return true;
        }
    }

    private static int Checked(int total, string name)
        => total >= 0 ? total : throw new ArgumentOutOfRangeException(name, total, "A limiter cannot have a negative total: 0 lets nobody in, int.MaxValue sets no limit.");

    private static CancellationToken TokenFor(CancellationToken cancellationToken)
        => cancellationToken.CanBeCanceled ? cancellationToken : CancelScope.Current.Token;

    private static void CompleteAll(Wait<Lease>? wait)
    {
        while (wait is not null)
        {
            var next = wait.Next;
            wait.Next = null;
            wait.Complete(wait.Item);
            wait = next;
        }
    }

    private ValueTask<Lease> AcquireCoreAsync(object? borrower, CancellationToken cancellationToken)
    {
        var scope = CancelScope.Current;
        if (Cancellation.IsRequested(scope, cancellationToken))
            return Cancellation.FailedAsync<Lease>(Cancellation.Of(scope, cancellationToken));

        Wait<Lease>? wait = null;
        Lease lease = default;
        Exception? failure;
        lock (_lock)
        {
            failure = Register(borrower);
            if (failure is null)
            {
                if (HasPlace)
                {
                    lease = Admit(borrower);
                }
                else
                {
                    wait = _pool.Take(this);
                    wait.Party = borrower;
                    _waits.Enqueue(wait);
                }
            }
        }

        if (failure is not null)
            return Cancellation.FailedAsync<Lease>(failure);
        if (wait is null)
            return new ValueTask<Lease>(lease);
        var task = wait.Task;
        wait.Observe(scope, cancellationToken);
        return task;
    }

    private bool TryAcquireCore(object? borrower, out Lease lease)
    {
        lock (_lock)
        {
            if (!HasPlace)
            {
                if (borrower is not null && _borrowers?.Contains(borrower) == true)
                    throw BorrowedTwice(borrower);
                lease = default;
                return false;
            }

            if (Register(borrower) is { } failure)
                throw failure;
            lease = Admit(borrower);
            return true;
        }
    }

    // All of what follows under the lock. With somebody waiting no place is free, so those who come later never overtake.
    private bool HasPlace => _borrowed < _total;

    private Exception? Register(object? borrower)
        => borrower is null || (_borrowers ??= new HashSet<object>(ByReference.Instance)).Add(borrower) ? null : BorrowedTwice(borrower);

    private static InvalidOperationException BorrowedTwice(object borrower)
        => new($"This borrower ({borrower.GetType().Name}) has a place in the limiter already, or waits for one. Dispose of its lease first, or borrow on behalf of another object.");

    private Lease Admit(object? borrower)
    {
        _borrowed++;
        var slot = _freeSlots ?? new LeaseSlot(this);
        _freeSlots = slot.NextFree;
        slot.NextFree = null;
        slot.Borrower = borrower;
        return new Lease(slot, slot.Ticket);
    }

    private Wait<Lease>? AdmitWaiting()
    {
        Wait<Lease>? first = null;
        Wait<Lease>? last = null;
        while (HasPlace && _waits.TryDequeue(out var wait))
        {
            wait.Item = Admit(wait.Party);
            if (last is null)
                first = wait;
            else
                last.Next = wait;
            last = wait;
        }

        return first;
    }

    private sealed class ByReference : IEqualityComparer<object>
    {
        public static readonly ByReference Instance = new();

        bool IEqualityComparer<object>.Equals(object? left, object? right) => ReferenceEquals(left, right);

        int IEqualityComparer<object>.GetHashCode(object borrower) => RuntimeHelpers.GetHashCode(borrower);
    }
}

/// <summary>A place in a <see cref="CapacityLimiter"/>. Disposing of it gives the place back, once, however often and through whichever copy.</summary>
public readonly struct Lease : IDisposable
{
    private readonly LeaseSlot? _slot;
    private readonly int _ticket;

    internal Lease(LeaseSlot slot, int ticket)
    {
        _slot = slot;
        _ticket = ticket;
    }

    /// <summary>Gives the place back. Thread-safe; again, or on the default value: does nothing.</summary>
    public void Dispose() => _slot?.Limiter.Release(_slot, _ticket);
}

/// <summary>What a limiter looks like at one moment. All of it was read at once.</summary>
public readonly record struct CapacityLimiterStatistics
{
    /// <summary>How many may be in at a time.</summary>
    public int Total { get; internal init; }

    /// <summary>How many are in; more than <see cref="Total"/> only after that was lowered.</summary>
    public int BorrowedCount { get; internal init; }

    /// <summary>How many more may come in now.</summary>
    public int AvailableCount => Math.Max(0, Total - BorrowedCount);

    /// <summary>How many wait for a place.</summary>
    public int WaitingCount { get; internal init; }
}

/// <summary>What stands for a place while it is taken; reused, so that a lease allocates nothing.</summary>
internal sealed class LeaseSlot(CapacityLimiter limiter)
{
    public CapacityLimiter Limiter { get; } = limiter;

    // Raised each time the place is given back, so that an old lease no longer fits. Under the limiter's lock, as the rest.
    public int Ticket { get; set; }

    public object? Borrower { get; set; }

    public LeaseSlot? NextFree { get; set; }
}
