using System;
using System.Collections.Generic;
using System.Threading;

namespace Structured.Concurrency.Testing;

/// <summary>
/// A clock that stands still until it is told to move, so that a test of a one-hour timeout takes no time. Give it to a scope or nursery by its options; everything
/// below measures its deadlines and sleeps with it. After Trio's <c>MockClock</c>.
/// </summary>
/// <remarks>Thread-safe. Timer callbacks run on the thread that moves the clock, in the order they are due, never under a lock.</remarks>
public sealed class VirtualClock : TimeProvider
{
    private static readonly DateTimeOffset DefaultStart = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly object _lock = new();
    private readonly SortedSet<VirtualTimer> _timers = new(VirtualTimer.ByDueTime);
    private readonly DateTimeOffset _start;
    private long _elapsedTicks;
    private long _lastSequence;
    private long _activity;
    private IdleWatch? _idleWatch;
    private TimeSpan _autoJumpThreshold = TimeSpan.FromMilliseconds(10);
    private bool _autoJump;

    /// <summary>A clock that stands at <paramref name="start"/>.</summary>
    /// <param name="start">Null for midnight UTC of 1 January 2000.</param>
    public VirtualClock(DateTimeOffset? start = null) => _start = (start ?? DefaultStart).ToUniversalTime();

    /// <summary>
    /// Whether the clock jumps by itself to its next timer when everything is idle. In a <see cref="DeterministicRun"/> it always does, exactly when nothing can run.
    /// Elsewhere idle means that for <see cref="AutoJumpThreshold"/> nobody used this clock and the thread pool, where it can be asked, had nothing to do.
    /// </summary>
    public bool AutoJump
    {
        get
        {
            lock (_lock)
                return _autoJump;
        }

        set
        {
            lock (_lock)
                _autoJump = value;
            WatchIfNeeded();
        }
    }

    /// <summary>
    /// How long in real time everything has to be idle before the clock jumps: longer than the longest computation between two awaits. 10 ms unless set.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above zero.</exception>
    public TimeSpan AutoJumpThreshold
    {
        get
        {
            lock (_lock)
                return _autoJumpThreshold;
        }

        set
        {
            if (value <= TimeSpan.Zero)
                throw new ArgumentOutOfRangeException(nameof(value), value, "Nothing is known to be idle without looking at it for a while: the threshold must be above zero.");
            lock (_lock)
                _autoJumpThreshold = value;
        }
    }

    /// <summary>How far the clock was moved since it was made.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(GetTimestamp());

    /// <summary>How many timers wait for the clock to move.</summary>
    public int PendingTimerCount
    {
        get
        {
            lock (_lock)
                return _timers.Count;
        }
    }

    /// <summary>Ten million: a timestamp counts ticks of 100 ns.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>UTC, on every machine.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    internal DeterministicRun? Run { get; set; }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _start + Elapsed;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_lock)
        {
            _activity++;
            return _elapsedTicks;
        }
    }

    /// <summary>Moves the clock on, and calls every timer that comes due on the way, at its time. Timers set by those callbacks included.</summary>
    /// <param name="by">How far.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative: time does not run backwards.</exception>
    public void Advance(TimeSpan by)
    {
        if (by < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(by), by, "Time does not run backwards.");
        long target;
        lock (_lock)
            target = checked(_elapsedTicks + by.Ticks);
        while (TakeDue(target) is { } timer)
            timer.Fire();
        lock (_lock)
            _elapsedTicks = Math.Max(_elapsedTicks, target);
    }

    /// <summary>Moves the clock to its next timer and calls those that are due then.</summary>
    /// <returns>False when no timer waits.</returns>
    public bool JumpToNextTimer()
    {
        TimeSpan left;
        lock (_lock)
        {
            if (_timers.Count == 0)
                return false;
            left = TimeSpan.FromTicks(Math.Max(0, _timers.Min!.DueTicks - _elapsedTicks));
        }

        Advance(left);
        return true;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (callback is null)
            throw new ArgumentNullException(nameof(callback));
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>In a run: moves to the next timer and hands every callback that is due to the run, which decides their order.</summary>
    internal bool JumpInRun(Action<Action> post)
    {
        long target;
        lock (_lock)
        {
            if (_timers.Count == 0)
                return false;
            target = Math.Max(_elapsedTicks, _timers.Min!.DueTicks);
        }

        while (TakeDue(target) is { } timer)
            post(timer.Fire);
        return true;
    }

    [Detached("It fires a timer, which has nobody to wait for it.")]
    internal bool Set(VirtualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        VirtualTimer? dueNow = null;
        lock (_lock)
        {
            if (timer.IsDisposed)
                return false;
            _activity++;
            _timers.Remove(timer);
            timer.PeriodTicks = period > TimeSpan.Zero ? period.Ticks : 0;
            if (dueTime == TimeSpan.Zero)
            {
                dueNow = timer;
                Rearm(timer, _elapsedTicks);
            }
            else if (dueTime != Timeout.InfiniteTimeSpan)
            {
                timer.DueTicks = checked(_elapsedTicks + dueTime.Ticks);
                timer.Sequence = ++_lastSequence;
                _timers.Add(timer);
            }
        }

        // As a real timer would: soon, but not inside the call that sets it.
        if (dueNow is not null)
        {
            if (Run is { } run)
                run.Post(static timer => ((VirtualTimer)timer!).Fire(), dueNow);
            else
                ThreadPool.QueueUserWorkItem(static timer => ((VirtualTimer)timer!).Fire(), dueNow);
        }

        // A run that had nothing to jump to may be waiting.
        Run?.Wake();
        WatchIfNeeded();
        return true;
    }

    internal void Remove(VirtualTimer timer)
    {
        lock (_lock)
        {
            timer.IsDisposed = true;
            _timers.Remove(timer);
        }
    }

    internal bool IsLive(VirtualTimer timer)
    {
        lock (_lock)
            return !timer.IsDisposed;
    }

    private VirtualTimer? TakeDue(long target)
    {
        lock (_lock)
        {
            if (_timers.Count == 0 || _timers.Min!.DueTicks > target)
                return null;
            var timer = _timers.Min;
            _timers.Remove(timer);
            _activity++;
            _elapsedTicks = Math.Max(_elapsedTicks, timer.DueTicks);
            Rearm(timer, timer.DueTicks);
            return timer;
        }
    }

    private void Rearm(VirtualTimer timer, long firedAt)
    {
        if (timer.PeriodTicks == 0)
            return;
        timer.DueTicks = firedAt + timer.PeriodTicks;
        timer.Sequence = ++_lastSequence;
        _timers.Add(timer);
    }

    private void WatchIfNeeded()
    {
        lock (_lock)
        {
            if (_idleWatch is not null || !_autoJump || _timers.Count == 0 || Run is not null)
                return;
            _idleWatch = new IdleWatch(this);
        }
    }

    /// <summary>Looks again and again, in real time, whether anything has happened; only while there is a timer to jump to.</summary>
    private sealed class IdleWatch
    {
        private readonly VirtualClock _clock;
        private readonly Timer _poll;
        private long _seenActivity = -1;
        private long _seenWork;
        private long _idleSince;

        public IdleWatch(VirtualClock clock)
        {
            _clock = clock;
            var suppressed = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
            _poll = new Timer(static watch => ((IdleWatch)watch!).Look(), this, Timeout.Infinite, Timeout.Infinite);
            suppressed?.Undo();
            _idleSince = Environment.TickCount;
            LookLater();
        }

        private void LookLater() => _poll.Change(Math.Max(1, (int)(_clock._autoJumpThreshold.TotalMilliseconds / 4)), Timeout.Infinite);

        private void Look()
        {
            lock (_clock._lock)
            {
                if (!_clock._autoJump || _clock._timers.Count == 0 || _clock.Run is not null)
                {
                    _clock._idleWatch = null;
                    _poll.Dispose();
                    return;
                }
            }

            if (!IsIdle())
            {
                LookLater();
                return;
            }

            _clock.JumpToNextTimer();
            _seenActivity = -1;
            LookLater();
        }

        private bool IsIdle()
        {
            long activity;
            TimeSpan threshold;
            lock (_clock._lock)
            {
                activity = _clock._activity;
                threshold = _clock._autoJumpThreshold;
            }

#if NETSTANDARD2_0
            const bool PoolIsBusy = false;
            const long Work = 0;
#else
            var PoolIsBusy = ThreadPool.PendingWorkItemCount > 0;
            // Each look is one piece of the pool's work itself.
            var Work = ThreadPool.CompletedWorkItemCount;
#endif
            var nothingHappened = !PoolIsBusy && activity == _seenActivity && Work - _seenWork <= 1;
            _seenActivity = activity;
            _seenWork = Work;
            if (!nothingHappened)
            {
                _idleSince = Environment.TickCount;
                return false;
            }

            return unchecked(Environment.TickCount - (int)_idleSince) >= threshold.TotalMilliseconds;
        }
    }
}
