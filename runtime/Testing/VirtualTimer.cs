using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Testing;

/// <summary>A timer of a <see cref="VirtualClock"/>. What changes is under the clock's lock.</summary>
internal sealed class VirtualTimer(VirtualClock clock, TimerCallback callback, object? state) : ITimer
{
    public static readonly IComparer<VirtualTimer> ByDueTime = Comparer<VirtualTimer>.Create(static (left, right) =>
    {
        var order = left.DueTicks.CompareTo(right.DueTicks);
        return order != 0 ? order : left.Sequence.CompareTo(right.Sequence);
    });

    private readonly ExecutionContext? _context = ExecutionContext.Capture();

    public long DueTicks { get; set; }

    public long PeriodTicks { get; set; }

    /// <summary>Tells timers apart that are due at once; the one set first comes first.</summary>
    public long Sequence { get; set; }

    public bool IsDisposed { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        ThrowUnlessTime(dueTime, nameof(dueTime));
        ThrowUnlessTime(period, nameof(period));
        return clock.Set(this, dueTime, period);
    }

    public void Fire()
    {
        if (!clock.IsLive(this))
            return;
        if (_context is null)
            callback(state);
        else
            ExecutionContext.Run(_context, static timer => ((VirtualTimer)timer!).FireHere(), this);
    }

    public void Dispose() => clock.Remove(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    private static void ThrowUnlessTime(TimeSpan time, string name)
    {
        if (time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(name, time, "A timer cannot be set to a negative time; use Timeout.InfiniteTimeSpan to switch it off.");
    }

    private void FireHere() => callback(state);
}
