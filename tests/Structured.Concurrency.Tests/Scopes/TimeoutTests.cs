using System;
using System.Threading;
using System.Threading.Tasks;
using Structured.Concurrency.Testing;

namespace Structured.Concurrency.Tests.Scopes;

public class TimeoutTests
{
    [Fact]
    public async Task Moving_on_ends_the_body_at_the_timeout()
        => await Time.VirtualAsync(async clock =>
        {
            var outcome = await CancelScope.MoveOnAfterAsync(Time.Seconds(2), static token => Checkpoint.SleepAsync(Time.Seconds(10), token));
            Assert.True(outcome.CancelledCaught);
            Assert.Equal(Time.Seconds(2), clock.Elapsed);
            Assert.True((await CancelScope.MoveOnAfterAsync(Time.Seconds(2), static _ => Checkpoint.SleepAsync(Time.Seconds(1)))).Completed);
            Assert.Equal(Time.Seconds(3), clock.Elapsed);
        });

    [Fact]
    public async Task Moving_on_gives_the_value_or_says_that_there_is_none()
        => await Time.VirtualAsync(async _ =>
        {
            var value = await CancelScope.MoveOnAfterAsync(Time.Seconds(2), static _ => Task.FromResult(5));
            Assert.True(value.Completed);
            Assert.False(value.CancelledCaught);
            Assert.Equal(5, value.Result);
            var none = await CancelScope.MoveOnAfterAsync(Time.Seconds(2), static async _ =>
            {
                await Checkpoint.SleepForeverAsync();
                return 5;
            });
            Assert.False(none.Completed);
            Assert.True(none.CancelledCaught);
            Assert.Contains("Completed", Assert.Throws<InvalidOperationException>(() => none.Result).Message);
        });

    [Fact]
    public async Task Failing_throws_a_timeout_with_the_cancellation_inside()
        => await Time.VirtualAsync(async clock =>
        {
            var exception = await Assert.ThrowsAsync<TimeoutException>(static () => CancelScope.FailAfterAsync(Time.Seconds(2), static _ => Checkpoint.SleepForeverAsync()));
            Assert.IsAssignableFrom<OperationCanceledException>(exception.InnerException);
            Assert.Contains("00:00:02", exception.Message);
            Assert.Equal(Time.Seconds(2), clock.Elapsed);
            Assert.Equal(7, await CancelScope.FailAfterAsync(Time.Seconds(2), static _ => Task.FromResult(7)));
            await Assert.ThrowsAsync<TimeoutException>(static () => CancelScope.FailAfterAsync<int>(TimeSpan.Zero, static async _ =>
            {
                await Checkpoint.YieldAsync();
                return 1;
            }));
        });

    [Fact]
    public async Task Failing_never_absorbs_another_cancellation()
        => await Time.VirtualAsync(async _ =>
        {
            var outcome = await CancelScope.RunAsync(async outer => await CancelScope.FailAfterAsync(Time.Seconds(5), async _ =>
            {
                outer.Cancel();
                await Checkpoint.YieldAsync();
            }));
            Assert.True(outcome.CancelledCaught);
            // Its own Cancel() is no timeout.
            await Assert.ThrowsAnyAsync<OperationCanceledException>(static () => CancelScope.FailAfterAsync(Time.Seconds(5), static async _ =>
            {
                CancelScope.Current.Cancel();
                await Checkpoint.YieldAsync();
            }));
            await Assert.ThrowsAsync<FormatException>(static () => CancelScope.FailAfterAsync(Time.Seconds(5), static _ => throw new FormatException()));
        });

    [Fact]
    public async Task A_deadline_is_a_moment()
        => await Time.VirtualAsync(async clock =>
        {
            var start = clock.GetUtcNow();
            Assert.True((await CancelScope.MoveOnAtAsync(start.AddSeconds(3), static _ => Checkpoint.SleepForeverAsync())).CancelledCaught);
            Assert.Equal(Time.Seconds(3), clock.Elapsed);
            Assert.Equal(1, (await CancelScope.MoveOnAtAsync(start.AddSeconds(9), static _ => Task.FromResult(1))).Result);
            Assert.Contains("by", (await Assert.ThrowsAsync<TimeoutException>(() => CancelScope.FailAtAsync(start.AddSeconds(5), static _ => Checkpoint.SleepForeverAsync()))).Message);
            Assert.Equal(Time.Seconds(5), clock.Elapsed);
            Assert.Equal(2, await CancelScope.FailAtAsync(start.AddSeconds(9), static _ => Task.FromResult(2)));

            static async Task<int> NeverAsync(CancellationToken token)
            {
                await Checkpoint.SleepForeverAsync(token);
                return 0;
            }

            Assert.True((await CancelScope.MoveOnAtAsync(start.AddSeconds(6), NeverAsync)).CancelledCaught);
            await Assert.ThrowsAsync<TimeoutException>(() => CancelScope.FailAtAsync(start.AddSeconds(7), NeverAsync));
            Assert.Equal(Time.Seconds(7), clock.Elapsed);
        });

    [Fact]
    public async Task A_deadline_already_past_cancels_before_the_first_checkpoint()
        => await Time.VirtualAsync(async clock =>
        {
            var wasCancelled = false;
            Assert.True((await CancelScope.MoveOnAfterAsync(TimeSpan.Zero, async token =>
            {
                wasCancelled = token.IsCancellationRequested;
                await Checkpoint.YieldAsync();
            })).CancelledCaught);
            Assert.True(wasCancelled);
            Assert.True((await CancelScope.MoveOnAtAsync(clock.GetUtcNow().AddSeconds(-1), static async _ => await Checkpoint.YieldAsync())).CancelledCaught);
            Assert.Equal(TimeSpan.Zero, clock.Elapsed);
        });

    [Fact]
    public async Task An_infinite_timeout_is_none_and_a_negative_one_is_refused()
    {
        await CancelScope.MoveOnAfterAsync(Timeout.InfiniteTimeSpan, static _ =>
        {
            Assert.Null(CancelScope.Current.Deadline);
            return Task.CompletedTask;
        });
        Assert.Contains(
            "use Timeout.InfiniteTimeSpan for none",
            Time.ThrowsAtOnce<ArgumentOutOfRangeException>("timeout", static () => CancelScope.MoveOnAfterAsync(Time.Seconds(-1), static _ => Task.CompletedTask)).Message);
        Time.ThrowsAtOnce<ArgumentOutOfRangeException>("timeout", static () => CancelScope.MoveOnAfterAsync(Time.Seconds(-1), static _ => Task.FromResult(1)));
        Time.ThrowsAtOnce<ArgumentOutOfRangeException>("timeout", static () => CancelScope.FailAfterAsync(Time.Seconds(-1), static _ => Task.CompletedTask));
        Time.ThrowsAtOnce<ArgumentOutOfRangeException>("timeout", static () => CancelScope.FailAfterAsync(Time.Seconds(-1), static _ => Task.FromResult(1)));
        Time.ThrowsAtOnce<ArgumentOutOfRangeException>("timeout", static () => CancelScope.ShieldAsync(static _ => Task.CompletedTask, Time.Seconds(-1)));
    }

    [Fact]
    public async Task The_longest_timeouts_work()
        => await Time.VirtualAsync(async clock =>
        {
            await CancelScope.MoveOnAfterAsync(TimeSpan.MaxValue, static _ =>
            {
                Assert.Equal(DateTimeOffset.MaxValue, CancelScope.Current.Deadline);
                return Task.CompletedTask;
            });
            // Longer than any timer can be set to.
            Assert.True((await CancelScope.MoveOnAfterAsync(TimeSpan.FromDays(200), static _ => Checkpoint.SleepForeverAsync())).CancelledCaught);
            Assert.Equal(TimeSpan.FromDays(200), clock.Elapsed);
            await Checkpoint.SleepAsync(TimeSpan.FromDays(100));
            Assert.Equal(TimeSpan.FromDays(300), clock.Elapsed);
        });

    [Fact]
    public async Task The_nearest_deadline_counts()
        => await Time.VirtualAsync(async clock =>
        {
            var start = clock.GetUtcNow();
            await CancelScope.MoveOnAfterAsync(Time.Seconds(5), async _ =>
            {
                await CancelScope.MoveOnAfterAsync(Time.Seconds(9), _ =>
                {
                    Assert.Equal(start.AddSeconds(9), CancelScope.Current.Deadline);
                    Assert.Equal(start.AddSeconds(5), CancelScope.Current.EffectiveDeadline);
                    return Task.CompletedTask;
                });
                await CancelScope.ShieldAsync(
                    _ =>
                    {
                        Assert.Equal(start.AddSeconds(7), CancelScope.Current.EffectiveDeadline);
                        return Task.CompletedTask;
                    },
                    Time.Seconds(7));
            });
        });

    [Fact]
    public async Task An_outer_deadline_that_is_earlier_is_the_one_that_fires()
        => await Time.VirtualAsync(async clock =>
        {
            ScopeOutcome? inner = null;
            var outer = await CancelScope.MoveOnAfterAsync(Time.Seconds(2), async _ =>
            {
                inner = await CancelScope.MoveOnAfterAsync(Time.Seconds(5), static _ => Checkpoint.SleepForeverAsync());
            });
            Assert.True(outer.CancelledCaught);
            Assert.Null(inner);
            Assert.Equal(Time.Seconds(2), clock.Elapsed);
            // One timer is enough for both.
            Assert.Equal(0, clock.PendingTimerCount);
        });

    [Fact]
    public async Task Only_the_nearest_deadline_costs_a_timer()
        => await Time.VirtualAsync(async clock => await CancelScope.MoveOnAfterAsync(Time.Seconds(5), async _ =>
        {
            Assert.Equal(1, clock.PendingTimerCount);
            await CancelScope.MoveOnAfterAsync(Time.Seconds(5), async _ =>
            {
                Assert.Equal(1, clock.PendingTimerCount);
                await CancelScope.MoveOnAfterAsync(Time.Seconds(1), _ =>
                {
                    Assert.Equal(2, clock.PendingTimerCount);
                    return Task.CompletedTask;
                });
                await CancelScope.ShieldAsync(
                    _ =>
                    {
                        Assert.Equal(2, clock.PendingTimerCount);
                        return Task.CompletedTask;
                    },
                    Time.Seconds(9));
            });
            Assert.Equal(1, clock.PendingTimerCount);
        }));

    [Theory]
    [InlineData(10.0)]
    [InlineData(null)]
    public async Task When_an_outer_deadline_moves_out_the_inner_one_comes_into_its_own(double? later)
        => await Time.VirtualAsync(async clock =>
        {
            var start = clock.GetUtcNow();
            await CancelScope.RunAsync(
                async outer =>
                {
                    var inner = await CancelScope.RunAsync(
                        async middle => await CancelScope.MoveOnAfterAsync(Time.Seconds(5), async _ =>
                        {
                            outer.Deadline = later is { } seconds ? start.AddSeconds(seconds) : null;
                            await Checkpoint.SleepForeverAsync();
                        }));
                    Assert.True(inner.Completed);
                    Assert.Equal(Time.Seconds(5), clock.Elapsed);
                },
                new CancelScopeOptions { Timeout = Time.Seconds(2) });
        });

    [Fact]
    public async Task A_deadline_can_be_moved_while_the_scope_runs()
        => await Time.VirtualAsync(async clock =>
        {
            var start = clock.GetUtcNow();
            await CancelScope.RunAsync(
                async scope =>
                {
                    Assert.Equal(start.AddSeconds(2), scope.Deadline);
                    await Checkpoint.SleepAsync(1000);
                    scope.Deadline = start.AddSeconds(8);
                    await Checkpoint.SleepForeverAsync();
                },
                new CancelScopeOptions { Timeout = Time.Seconds(2) });
            Assert.Equal(Time.Seconds(8), clock.Elapsed);
            Assert.True((await CancelScope.RunAsync(async scope =>
            {
                scope.Deadline = start;
                Assert.Equal(CancelCause.Deadline, scope.Cause);
                await Checkpoint.YieldAsync();
            })).CancelledCaught);
            Assert.True((await CancelScope.RunAsync(
                async scope =>
                {
                    scope.Deadline = null;
                    Assert.Null(scope.Deadline);
                    await Checkpoint.SleepAsync(20_000);
                },
                new CancelScopeOptions { Timeout = Time.Seconds(2) })).Completed);
        });

    [Fact]
    public async Task A_cancelled_scope_remembers_the_deadline_it_is_given()
        => await CancelScope.RunAsync(static scope =>
        {
            scope.Cancel();
            var moment = DateTimeOffset.UtcNow.AddDays(1);
            scope.Deadline = moment;
            Assert.Equal(moment, scope.Deadline);
            Assert.Equal(CancelCause.Cancelled, scope.Cause);
            return Task.CompletedTask;
        });

    [Fact]
    public async Task With_a_timeout_and_a_deadline_the_earlier_counts()
        => await Time.VirtualAsync(async clock =>
        {
            var start = clock.GetUtcNow();
            foreach (var (timeout, deadline) in new[] { (2, 4), (4, 2) })
            {
                var begun = clock.Elapsed;
                await CancelScope.RunAsync(static _ => Checkpoint.SleepForeverAsync(), new CancelScopeOptions { Timeout = Time.Seconds(timeout), Deadline = start + begun + Time.Seconds(deadline) });
                Assert.Equal(Time.Seconds(2), clock.Elapsed - begun);
            }
        });

    [Fact]
    public async Task A_deadline_leaves_nothing_behind_when_the_scope_ends_early()
        => await Time.VirtualAsync(async clock =>
        {
            await CancelScope.MoveOnAfterAsync(Time.Seconds(2), static _ => Task.CompletedTask);
            Assert.Equal(0, clock.PendingTimerCount);
        });

    [Fact]
    public async Task The_clock_is_inherited_and_can_be_replaced()
    {
        var clock = new VirtualClock();
        var task = CancelScope.RunAsync(
            scope =>
            {
                Assert.Same(clock, scope.TimeProvider);
                return Nursery.RunAsync(nursery =>
                {
                    Assert.Same(clock, nursery.CancelScope.TimeProvider);
                    nursery.StartNow(() => CancelScope.MoveOnAfterAsync(Time.Seconds(60), static _ => Checkpoint.SleepForeverAsync()));
                });
            },
            new CancelScopeOptions { TimeProvider = clock });
        Assert.False(task.IsCompleted);
        clock.Advance(Time.Seconds(60));
        Assert.True((await task.OrTimeout()).Completed);
        await Nursery.RunAsync(new NurseryOptions { TimeProvider = TimeProvider.System }, static nursery => Assert.Same(TimeProvider.System, nursery.CancelScope.TimeProvider));
    }

    [Fact]
    public async Task In_real_time_a_timeout_is_never_early()
    {
        for (var round = 0; round < 20; round++)
        {
            var start = TimeProvider.System.GetTimestamp();
            await CancelScope.MoveOnAfterAsync(TimeSpan.FromMilliseconds(7.5), static token => Task.Delay(-1, token)).OrTimeout();
            Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(7.5));
        }
    }

    [Fact]
    public async Task A_scope_that_outlives_the_one_it_relied_on_still_has_its_deadline()
    {
        var clock = new VirtualClock();
        Task<ScopeOutcome>? inner = null;
        await CancelScope.RunAsync(
            _ =>
            {
                inner = CancelScope.MoveOnAfterAsync(Time.Seconds(9), static _ => Checkpoint.SleepForeverAsync());
                return Task.CompletedTask;
            },
            new CancelScopeOptions { TimeProvider = clock, Timeout = Time.Seconds(5) });
        clock.Advance(Time.Seconds(9));
        Assert.True((await inner!.OrTimeout()).CancelledCaught);
    }

    [Fact]
    public async Task A_timer_that_fires_too_early_even_before_it_is_handed_over_is_set_again()
    {
        var clock = new HastyClock { FiresAtOnce = true };
        await CancelScope.RunAsync(
            scope =>
            {
                Assert.False(scope.IsCancellationRequested);
                Assert.Equal(Time.Seconds(10), clock.Due);
                clock.Milliseconds = 4_000;
                clock.Fire();
                Assert.False(scope.IsCancellationRequested);
                Assert.Equal(Time.Seconds(6), clock.Due);
                clock.Milliseconds = 10_000;
                clock.Fire();
                Assert.Equal(CancelCause.Deadline, scope.Cause);
                return Task.CompletedTask;
            },
            new CancelScopeOptions { TimeProvider = clock, Timeout = Time.Seconds(10) });
        Assert.True(clock.IsTimerDisposed);
    }

    [Fact]
    public async Task A_timer_whose_deadline_is_taken_back_while_it_is_made_is_disposed_of()
    {
        var clock = new HastyClock();
        await CancelScope.RunAsync(
            scope =>
            {
                clock.OnCreating = () => scope.Deadline = null;
                scope.Deadline = clock.GetUtcNow() + Time.Seconds(10);
                Assert.Null(scope.Deadline);
                Assert.True(clock.IsTimerDisposed);
                return Task.CompletedTask;
            },
            new CancelScopeOptions { TimeProvider = clock });
    }

    [Fact]
    public async Task A_timer_that_fires_after_all_for_a_deadline_that_was_moved_or_a_scope_that_has_ended_does_nothing()
    {
        var clock = new HastyClock();
        CancelScope? ended = null;
        await CancelScope.RunAsync(
            scope =>
            {
                ended = scope;
                var first = clock.Callback;
                scope.Deadline = clock.GetUtcNow() + Time.Seconds(100);
                clock.Milliseconds = 10_000;
                first();
                Assert.Equal(CancelCause.None, scope.Cause);
                return Task.CompletedTask;
            },
            new CancelScopeOptions { TimeProvider = clock, Timeout = Time.Seconds(10) });
        clock.Milliseconds = 200_000;
        clock.Callback();
        Assert.Equal(CancelCause.None, ended!.Cause);
    }

    [Fact]
    public async Task A_deadline_given_to_a_scope_that_has_ended_is_only_remembered()
    {
        var clock = new VirtualClock();
        CancelScope? ended = null;
        await CancelScope.RunAsync(
            scope =>
            {
                ended = scope;
                return Task.CompletedTask;
            },
            new CancelScopeOptions { TimeProvider = clock });
        var moment = clock.GetUtcNow().AddSeconds(5);
        ended!.Deadline = moment;
        Assert.Equal(moment, ended.Deadline);
        Assert.Equal(0, clock.PendingTimerCount);
        ended.Deadline = clock.GetUtcNow().AddSeconds(-5);
        Assert.Equal(CancelCause.None, ended.Cause);
    }

    [Fact]
    public async Task Failing_leaves_no_timer_behind_however_the_body_ends_and_keeps_what_callbacks_threw()
        => await Time.VirtualAsync(async clock =>
        {
            await CancelScope.FailAfterAsync(Time.Seconds(5), static _ => Task.CompletedTask);
            Assert.Equal(0, clock.PendingTimerCount);
            await Assert.ThrowsAsync<FormatException>(static () => CancelScope.FailAfterAsync(Time.Seconds(5), static _ => Task.FromException(new FormatException())));
            Assert.Equal(0, clock.PendingTimerCount);

            var timeout = await Assert.ThrowsAsync<TimeoutException>(static () => CancelScope.FailAfterAsync(Time.Seconds(5), static token =>
            {
                token.Register(static () => throw new FormatException("callback"));
                return Checkpoint.SleepForeverAsync();
            }));
            Assert.Equal("callback", Assert.Single(timeout.OtherFailures()).Message);

            await Assert.ThrowsAsync<FormatException>(static () => CancelScope.FailAfterAsync(Time.Seconds(5), static token =>
            {
                token.Register(static () => throw new FormatException("callback"));
                CancelScope.Current.Cancel();
                return Task.CompletedTask;
            }));
            var failed = await Assert.ThrowsAsync<InvalidCastException>(static () => CancelScope.FailAfterAsync(Time.Seconds(5), static token =>
            {
                token.Register(static () => throw new FormatException("callback"));
                CancelScope.Current.Cancel();
                throw new InvalidCastException();
            }));
            Assert.Single(failed.OtherFailures());
        });

    [Fact]
    public async Task A_timer_that_is_set_is_not_set_again_when_a_deadline_outside_moves()
        => await Time.VirtualAsync(static clock => CancelScope.MoveOnAfterAsync(Time.Seconds(5), _ =>
        {
            var outer = CancelScope.Current;
            return CancelScope.MoveOnAfterAsync(Time.Seconds(2), _ =>
            {
                Assert.Equal(2, clock.PendingTimerCount);
                outer.Deadline = clock.GetUtcNow() + Time.Seconds(9);
                Assert.Equal(2, clock.PendingTimerCount);
                return Task.CompletedTask;
            });
        }));

    [Fact]
    public async Task A_wait_longer_than_timers_take_is_made_of_several()
    {
        var clock = new HastyClock();
        await CancelScope.RunAsync(
            scope =>
            {
                Assert.Equal(TimeSpan.FromDays(40), clock.Due);
                clock.Milliseconds = (long)TimeSpan.FromDays(40).TotalMilliseconds;
                clock.Fire();
                Assert.Equal(CancelCause.None, scope.Cause);
                Assert.Equal(TimeSpan.FromDays(20), clock.Due);
                return Task.CompletedTask;
            },
            new CancelScopeOptions { TimeProvider = clock, Timeout = TimeSpan.FromDays(60) });
    }

    [Fact]
    public async Task The_moment_of_a_timeout_is_worked_out_once()
        => await Time.VirtualAsync(static clock => CancelScope.RunAsync(
            async scope =>
            {
                var opened = clock.GetUtcNow();
                await Checkpoint.SleepAsync(Time.Seconds(4));
                Assert.Equal(opened + Time.Seconds(10), scope.Deadline);
                await Checkpoint.SleepAsync(Time.Seconds(4));
                Assert.Equal(opened + Time.Seconds(10), scope.Deadline);
                Assert.Equal(opened + Time.Seconds(10), scope.EffectiveDeadline);
            },
            new CancelScopeOptions { Timeout = Time.Seconds(10) }));

    /// <summary>A clock with one timer, which fires when it is told to, rightly or not.</summary>
    private sealed class HastyClock : TimeProvider, ITimer
    {
        private TimerCallback? _callback;
        private object? _state;

        public bool FiresAtOnce { get; init; }

        public Action? OnCreating { get; set; }

        public long Milliseconds { get; set; }

        public TimeSpan? Due { get; private set; }

        public bool IsTimerDisposed { get; private set; }

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp() => Milliseconds;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_callback, _state) = (callback, state);
            OnCreating?.Invoke();
            if (FiresAtOnce)
                Fire();
            else
                Due = dueTime;
            return this;
        }

        /// <summary>Fires the timer that was made last.</summary>
        public Action Callback
        {
            get
            {
                var (callback, state) = (_callback!, _state);
                return () => callback(state);
            }
        }

        public void Fire()
        {
            Due = null;
            _callback!(_state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            return true;
        }

        public void Dispose() => IsTimerDisposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
