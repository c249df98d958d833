using System;
using System.Threading;

namespace Structured.Concurrency;

public sealed partial class CancelScope
{
    /// <summary>One setting of a scope's deadline: monotonic, never early, and not bound by the longest time a timer can be set to.</summary>
    private sealed class DeadlineClock : IDisposable
    {
        // Timers take at most about 49 days; a longer wait is made of several.
        private static readonly TimeSpan LongestWait = TimeSpan.FromDays(40);

        // Under the lock, which is this object: nobody outside the scope ever sees it. _isSet goes to true once, by the one who then makes the timer; a timer that fires
        // before it is stored, and too early, leaves word in _firedUnstored, and whoever stores it sets it again.
        private readonly CancelScope _scope;
        private readonly long _start;
        private readonly TimeSpan _timeout;
        private DateTimeOffset? _moment;
        private ITimer? _timer;
        private bool _isSet;
        private bool _firedUnstored;
        private bool _isDisposed;

        /// <param name="scope">Whose deadline it is.</param>
        /// <param name="moment">What was set, or null where only the time was given: then it is worked out when somebody asks.</param>
        /// <param name="timeout">How long from now.</param>
        public DeadlineClock(CancelScope scope, DateTimeOffset? moment, TimeSpan timeout)
        {
            _scope = scope;
            _start = scope.TimeProvider.GetTimestamp();
            _timeout = timeout;
            _moment = moment;
        }

        /// <summary>By the wall clock; stays the same once it was asked for.</summary>
        public DateTimeOffset Moment
        {
            get
            {
                lock (this)
                {
                    if (_moment is { } known)
                        return known;
                }

                // The clock may be the user's: not under the lock.
                var moment = Later(_scope.TimeProvider.GetUtcNow(), Left);
                lock (this)
                    return _moment ??= moment;
            }
        }

        /// <summary>
        /// Sets the timer, unless it is set or a scope outside ends earlier. To be called after the clock was stored, and again when that scope's deadline moves or that
        /// scope closes: whoever moves one stores it first and looks below afterwards, and here the clock was stored before outside is looked at, so one of the two sees the other.
        /// </summary>
        public void Arm() => Arm(Left);

        /// <summary>The same, for the one that was made just now.</summary>
        public void ArmFirst() => Arm(_timeout);

        private void Arm(TimeSpan left)
        {
            Interlocked.MemoryBarrier();
            if (left <= TimeSpan.Zero)
            {
                _scope.OnDeadline(this);
                return;
            }

            if (IsCovered(left))
                return;
            lock (this)
            {
                if (_isDisposed || _isSet)
                    return;
                _isSet = true;
            }

            ITimer? timer = _scope.TimeProvider.CreateTimer(static deadline => ((DeadlineClock)deadline!).OnTimer(), this, Capped(left), Timeout.InfiniteTimeSpan);
            bool hasFired;
            lock (this)
            {
                hasFired = _firedUnstored;
                if (!_isDisposed)
                {
                    _timer = timer;
                    timer = null;
                }
            }

            // Disposed of meanwhile.
            timer?.Dispose();
            if (hasFired)
                OnTimer();
        }

        public void Dispose()
        {
            ITimer? timer;
            lock (this)
            {
                _isDisposed = true;
                timer = _timer;
                _timer = null;
            }

            timer?.Dispose();
        }

        private TimeSpan Left => _timeout - _scope.TimeProvider.GetElapsedTime(_start);

        /// <summary>Whether a scope outside, by the same clock, ends no later. Measured in time left: the wall clock may have been set meanwhile.</summary>
        private bool IsCovered(TimeSpan left)
        {
            for (var scope = _scope; !scope._isShield && scope._parent is { } parent; scope = parent)
            {
                if (parent._deadline is { } outer && !parent._isClosed && ReferenceEquals(parent.TimeProvider, _scope.TimeProvider) && outer.Left <= left)
                    return true;
            }

            return false;
        }

        private static TimeSpan Capped(TimeSpan left)
            // Rounded up to whole milliseconds, because timers round down.
            => left > LongestWait ? LongestWait : TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds));

        private void OnTimer()
        {
            var left = Left;
            if (left <= TimeSpan.Zero)
            {
                _scope.OnDeadline(this);
                return;
            }

            lock (this)
            {
                _firedUnstored = _timer is null;
                _timer?.Change(Capped(left), Timeout.InfiniteTimeSpan);
            }
        }
    }
}
