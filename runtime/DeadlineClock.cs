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

        private readonly object _lock = new();
        private readonly CancelScope _scope;
        private readonly long _start;
        private readonly TimeSpan _timeout;
        private ITimer? _timer;
        private bool _isDisposed;

        public DeadlineClock(CancelScope scope, DateTimeOffset moment, TimeSpan timeout)
        {
            _scope = scope;
            _start = scope.TimeProvider.GetTimestamp();
            _timeout = timeout;
            Moment = moment;
        }

        public DateTimeOffset Moment { get; }

        /// <summary>
        /// Sets the timer, unless it is set or a scope outside ends earlier. To be called after the clock was stored, and again when that scope's deadline moves or that
        /// scope closes: whoever moves one stores it first and looks below afterwards, and here the clock was stored before outside is looked at, so one of the two sees the other.
        /// </summary>
        public void Arm()
        {
            Interlocked.MemoryBarrier();
            var left = Left;
            if (left <= TimeSpan.Zero)
            {
                _scope.OnDeadline(this);
                return;
            }

            if (IsCovered(left))
                return;
            ITimer timer;
            lock (_lock)
            {
                if (_isDisposed || _timer is not null)
                    return;
                using (FlowNothing())
                    timer = _timer = _scope.TimeProvider.CreateTimer(static deadline => ((DeadlineClock)deadline!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }

            // Set only after it is stored, so that a timer that fires at once finds itself.
            timer.Change(Capped(left), Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            ITimer? timer;
            lock (_lock)
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

        private static AsyncFlowControl? FlowNothing() => ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();

        private void OnTimer()
        {
            var left = Left;
            if (left <= TimeSpan.Zero)
            {
                _scope.OnDeadline(this);
                return;
            }

            lock (_lock)
                _timer?.Change(Capped(left), Timeout.InfiniteTimeSpan);
        }
    }
}
