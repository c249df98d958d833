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

        public void Arm()
        {
            var left = _timeout - _scope.TimeProvider.GetElapsedTime(_start);
            if (left <= TimeSpan.Zero)
            {
                _scope.OnDeadline(this);
                return;
            }

            ITimer timer;
            using (FlowNothing())
                timer = _scope.TimeProvider.CreateTimer(static deadline => ((DeadlineClock)deadline!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            lock (_lock)
            {
                if (!_isDisposed)
                    _timer = timer;
            }

            // Set only after it is stored, so that a timer that fires at once finds itself.
            if (_timer is null)
                timer.Dispose();
            else
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

        private static TimeSpan Capped(TimeSpan left)
            // Rounded up to whole milliseconds, because timers round down.
            => left > LongestWait ? LongestWait : TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds));

        private static AsyncFlowControl? FlowNothing() => ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();

        private void OnTimer()
        {
            var left = _timeout - _scope.TimeProvider.GetElapsedTime(_start);
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
