using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Testing.Tests;

public class VirtualClockTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void It_stands_still_until_it_is_moved()
    {
        var start = new DateTimeOffset(2030, 5, 6, 7, 8, 9, TimeSpan.FromHours(2));
        var clock = new VirtualClock(start);
        Assert.Equal(start, clock.GetUtcNow());
        Assert.Equal(TimeSpan.Zero, clock.GetUtcNow().Offset);
        Assert.Equal(TimeZoneInfo.Utc, clock.LocalTimeZone);

        var timestamp = clock.GetTimestamp();
        clock.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(start.AddSeconds(90), clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(90), clock.GetElapsedTime(timestamp));
        Assert.Equal(TimeSpan.FromSeconds(90), clock.Elapsed);
    }

    [Fact]
    public void Timers_are_called_in_the_order_they_are_due_each_at_its_own_time()
    {
        var clock = new VirtualClock();
        var calls = new List<(string, double)>();
        clock.CreateTimer(_ => calls.Add(("second", clock.Elapsed.TotalSeconds)), null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        clock.CreateTimer(_ => calls.Add(("first", clock.Elapsed.TotalSeconds)), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        clock.CreateTimer(_ => calls.Add(("first too", clock.Elapsed.TotalSeconds)), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        clock.CreateTimer(_ => calls.Add(("late", clock.Elapsed.TotalSeconds)), null, TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);

        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal([("first", 1), ("first too", 1), ("second", 2)], calls);
        Assert.Equal(1, clock.PendingTimerCount);
    }

    [Fact]
    public void A_timer_set_by_a_callback_is_called_on_the_same_way()
    {
        var clock = new VirtualClock();
        var calls = new List<double>();
        clock.CreateTimer(
            _ => clock.CreateTimer(_ => calls.Add(clock.Elapsed.TotalSeconds), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan),
            null,
            TimeSpan.FromSeconds(1),
            Timeout.InfiniteTimeSpan);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([2], calls);
    }

    [Fact]
    public void A_periodic_timer_is_called_for_every_period_until_disposed()
    {
        var clock = new VirtualClock();
        var calls = 0;
        var timer = clock.CreateTimer(_ => calls++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(3, calls);
        timer.Dispose();
        Assert.False(timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan));
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(3, calls);
    }

    [Fact]
    public void Changing_a_timer_replaces_when_it_is_due()
    {
        var clock = new VirtualClock();
        var calls = new List<double>();
        var timer = clock.CreateTimer(_ => calls.Add(clock.Elapsed.TotalSeconds), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        Assert.True(timer.Change(TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan));
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([3], calls);
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Assert.Equal(0, clock.PendingTimerCount);
    }

    [Fact]
    public async Task A_timer_that_is_due_at_once_is_called_soon_but_not_inside_the_call_that_sets_it()
    {
        var clock = new VirtualClock();
        var thread = Environment.CurrentManagedThreadId;
        var inside = true;
        var called = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        clock.CreateTimer(_ => called.SetResult(inside && Environment.CurrentManagedThreadId == thread), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        inside = false;
        Assert.False(await called.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task It_drives_deadlines_and_sleeps_of_scopes_and_the_delays_of_the_framework()
    {
        var clock = new VirtualClock();
        var scope = CancelScope.RunAsync(
            _ => Checkpoint.SleepForeverAsync(),
            new CancelScopeOptions { Timeout = TimeSpan.FromHours(1), TimeProvider = clock });
        var delay = Task.Delay(TimeSpan.FromMinutes(30), clock);

        clock.Advance(TimeSpan.FromMinutes(59));
        await delay.WaitAsync(Patience);
        Assert.False(scope.IsCompleted);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True((await scope.WaitAsync(Patience)).CancelledCaught);
    }

    [Fact]
    public async Task With_auto_jump_it_moves_to_the_next_timer_when_everything_is_idle()
    {
        var clock = new VirtualClock { AutoJump = true };
        var order = new List<string>();
        await Nursery.RunAsync(new NurseryOptions { TimeProvider = clock }, nursery =>
        {
            nursery.StartSoon(() => SleepAsync("long", TimeSpan.FromDays(2)));
            nursery.StartSoon(() => SleepAsync("short", TimeSpan.FromHours(1)));
        }).WaitAsync(Patience);

        Assert.Equal(["short", "long"], order);
        Assert.Equal(TimeSpan.FromDays(2), clock.Elapsed);

        async Task SleepAsync(string name, TimeSpan time)
        {
            await Checkpoint.SleepAsync(time);
            lock (order)
                order.Add(name);
        }
    }

    [Fact]
    public void It_jumps_to_its_next_timer_when_told()
    {
        var clock = new VirtualClock();
        Assert.False(clock.JumpToNextTimer());
        clock.CreateTimer(_ => { }, null, TimeSpan.FromDays(100), Timeout.InfiniteTimeSpan);
        Assert.True(clock.JumpToNextTimer());
        Assert.Equal(TimeSpan.FromDays(100), clock.Elapsed);
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        var clock = new VirtualClock();
        Assert.Throws<ArgumentOutOfRangeException>("by", () => clock.Advance(TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>("value", () => clock.AutoJumpThreshold = TimeSpan.Zero);
        Assert.Throws<ArgumentNullException>("callback", () => clock.CreateTimer(null!, null, TimeSpan.Zero, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>("dueTime", () => clock.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(-5), TimeSpan.Zero));
    }
}
