using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Scopes;

public class CancelScopeTests
{
    [Fact]
    public void Outside_every_scope_there_is_a_root_that_cannot_be_cancelled()
    {
        var root = CancelScope.Current;
        Assert.NotNull(root);
        root.Cancel("no");
        Assert.False(root.IsCancellationRequested);
        Assert.Equal(CancelCause.None, root.Cause);
        Assert.Null(root.CancelReason);
        Assert.False(root.Token.CanBeCanceled);
        Assert.Null(root.Deadline);
        Assert.Null(root.EffectiveDeadline);
        Assert.Contains("root", Assert.Throws<InvalidOperationException>(() => root.Deadline = DateTimeOffset.UtcNow).Message);
    }

    [Fact]
    public async Task The_scope_is_the_current_one_in_its_body_and_not_after()
    {
        var outside = CancelScope.Current;
        await CancelScope.RunAsync(
            async scope =>
            {
                Assert.Same(scope, CancelScope.Current);
                Assert.Equal("work", scope.Name);
                await Task.Yield();
                Assert.Same(scope, CancelScope.Current);
            },
            new CancelScopeOptions { Name = "work" });
        Assert.Same(outside, CancelScope.Current);
    }

    [Fact]
    public async Task A_scope_absorbs_the_cancellation_it_asked_for()
    {
        var outcome = await CancelScope.RunAsync(async scope =>
        {
            scope.Cancel("because");
            scope.Cancel("too late");
            Assert.Equal(CancelCause.Cancelled, scope.Cause);
            Assert.Equal("because", scope.CancelReason);
            Assert.Contains("because", Assert.Throws<OperationCanceledException>(Checkpoint.ThrowIfCancelled).Message);
            await Checkpoint.YieldAsync();
        });
        Assert.True(outcome.CancelledCaught);
        Assert.False(outcome.Completed);
    }

    [Fact]
    public async Task A_cancelled_scope_whose_body_ran_to_its_end_completed()
    {
        var outcome = await CancelScope.RunAsync(scope =>
        {
            scope.Cancel();
            return Task.CompletedTask;
        });
        Assert.True(outcome.Completed);
        Assert.False(outcome.CancelledCaught);
    }

    [Fact]
    public async Task Whose_token_the_exception_carries_does_not_matter()
    {
        using var foreign = new CancellationTokenSource();
        foreign.Cancel();
        Assert.True((await CancelScope.RunAsync(async scope =>
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(scope.Token, foreign.Token);
            scope.Cancel();
            await Task.Delay(-1, linked.Token);
        })).CancelledCaught);
        Assert.True((await CancelScope.RunAsync(scope =>
        {
            scope.Cancel();
            throw new OperationCanceledException(foreign.Token);
        })).CancelledCaught);
    }

    [Fact]
    public async Task A_cancellation_nobody_here_asked_for_passes_through()
    {
        using var foreign = new CancellationTokenSource();
        foreign.Cancel();
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CancelScope.RunAsync(_ => Task.Delay(-1, foreign.Token)));
        Assert.Equal(foreign.Token, exception.CancellationToken);
    }

    [Fact]
    public async Task What_is_not_a_cancellation_is_never_absorbed()
        => await Assert.ThrowsAsync<FormatException>(() => CancelScope.RunAsync(static scope =>
        {
            scope.Cancel();
            throw new FormatException();
        }));

    [Fact]
    public async Task When_both_are_cancelled_the_outer_one_absorbs()
    {
        ScopeOutcome? inner = null;
        var outer = await CancelScope.RunAsync(async outer =>
        {
            inner = await CancelScope.RunAsync(async scope =>
            {
                scope.Cancel();
                outer.Cancel();
                await Checkpoint.YieldAsync();
            });
        });
        Assert.True(outer.CancelledCaught);
        Assert.Null(inner);
    }

    [Fact]
    public async Task Cancelling_the_inner_one_leaves_the_outer_one_alone()
    {
        var outer = await CancelScope.RunAsync(async outer =>
        {
            var inner = await CancelScope.RunAsync(async scope =>
            {
                scope.Cancel();
                await Checkpoint.YieldAsync();
            });
            Assert.True(inner.CancelledCaught);
            Assert.False(outer.IsCancellationRequested);
            await Checkpoint.YieldAsync();
        });
        Assert.True(outer.Completed);
    }

    [Fact]
    public async Task Everything_below_is_marked_before_anybody_is_told()
    {
        await CancelScope.RunAsync(outer => CancelScope.RunAsync(middle => CancelScope.RunAsync(inner =>
        {
            var seen = new List<bool>();
            outer.Token.Register(() => seen.Add(middle.IsCancellationRequested && inner.IsCancellationRequested));
            inner.Token.Register(() => seen.Add(outer.IsCancellationRequested));
            outer.Cancel("why");
            Assert.Equal([true, true], seen);
            Assert.Equal(CancelCause.FromOutside, inner.Cause);
            Assert.Equal("why", inner.CancelReason);
            Assert.Equal(CancelCause.Cancelled, outer.Cause);
            return Task.CompletedTask;
        })));
    }

    [Fact]
    public async Task A_scope_opened_in_a_cancelled_one_is_cancelled_from_the_start()
        => await CancelScope.RunAsync(outer =>
        {
            outer.Cancel();
            return CancelScope.RunAsync(inner =>
            {
                Assert.True(inner.IsCancellationRequested);
                Assert.True(inner.Token.IsCancellationRequested);
                Assert.Equal(CancelCause.FromOutside, inner.Cause);
                return Task.CompletedTask;
            });
        });

    [Fact]
    public async Task The_first_cause_stays()
        => await CancelScope.RunAsync(outer => CancelScope.RunAsync(inner =>
        {
            inner.Cancel("own");
            outer.Cancel("outer");
            Assert.Equal(CancelCause.Cancelled, inner.Cause);
            Assert.Equal("own", inner.CancelReason);
            return Task.CompletedTask;
        }));

    [Fact]
    public async Task The_token_passed_in_cancels_from_outside()
    {
        using var source = new CancellationTokenSource();
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CancelScope.RunAsync(
            async scope =>
            {
                source.Cancel();
                Assert.Equal(CancelCause.FromOutside, scope.Cause);
                await Checkpoint.YieldAsync();
            },
            cancellationToken: source.Token));
        Assert.IsType<OperationCanceledException>(exception);
    }

    [Fact]
    public async Task A_shield_keeps_cancellation_from_outside_away()
    {
        var cleanedUp = false;
        var outcome = await CancelScope.RunAsync(async scope =>
        {
            try
            {
                scope.Cancel();
                await Checkpoint.YieldAsync();
            }
            finally
            {
                var shield = await CancelScope.ShieldAsync(async token =>
                {
                    await Checkpoint.YieldAsync();
                    Assert.False(token.IsCancellationRequested);
                    Assert.False(Checkpoint.IsCancelled);
                    cleanedUp = true;
                });
                Assert.True(shield.Completed);
                Assert.True(Checkpoint.IsCancelled);
            }
        });
        Assert.True(cleanedUp);
        Assert.True(outcome.CancelledCaught);
    }

    [Fact]
    public async Task A_shield_absorbs_its_own_timeout()
        => await Time.VirtualAsync(async clock =>
        {
            var outcome = await CancelScope.ShieldAsync(static token => Checkpoint.SleepForeverAsync(token), Time.Seconds(3));
            Assert.True(outcome.CancelledCaught);
            var value = await CancelScope.ShieldAsync(static _ => Task.FromResult(5), Time.Seconds(3));
            Assert.Equal(5, value.Result);
            Assert.Equal(Time.Seconds(3), clock.Elapsed);
        });

    [Fact]
    public async Task A_shielded_scope_is_cut_off_even_when_the_scope_outside_is_cancelled_already()
        => await CancelScope.RunAsync(async outer =>
        {
            outer.Cancel("outer");
            var outcome = await CancelScope.RunAsync(
                async scope =>
                {
                    Assert.False(scope.IsCancellationRequested);
                    Assert.Null(scope.CancelReason);
                    scope.Cancel();
                    await Checkpoint.YieldAsync();
                },
                new CancelScopeOptions { Shield = true });
            // A shield answers for itself: what is outside does not count.
            Assert.True(outcome.CancelledCaught);
        });

    [Fact]
    public async Task Cancel_never_throws_and_what_callbacks_throw_comes_out_of_the_scope()
    {
        var exception = await Assert.ThrowsAsync<FormatException>(() => CancelScope.RunAsync(static scope =>
        {
            scope.Token.Register(static () => throw new FormatException());
            scope.Cancel();
            return Task.CompletedTask;
        }));
        Assert.Empty(exception.OtherFailures());

        var several = await Assert.ThrowsAnyAsync<Exception>(() => CancelScope.RunAsync(static scope =>
        {
            scope.Token.Register(static () => throw new FormatException());
            scope.Token.Register(static () => throw new NotSupportedException());
            scope.Cancel();
            return Task.CompletedTask;
        }));
        Assert.Single(several.OtherFailures());

        var after = await Assert.ThrowsAsync<InvalidCastException>(() => CancelScope.RunAsync(static scope =>
        {
            scope.Token.Register(static () => throw new FormatException());
            scope.Cancel();
            throw new InvalidCastException();
        }));
        Assert.IsType<FormatException>(Assert.Single(after.OtherFailures()));
    }

    [Fact]
    public async Task Five_thousand_nested_scopes_cancel_without_overflowing_the_stack()
    {
        CancelScope? outermost = null;
        async Task NestAsync(int depth)
        {
            await Task.Yield();
            if (depth == 0)
            {
                outermost!.Cancel();
                await Checkpoint.YieldAsync();
            }

            await CancelScope.RunAsync(scope =>
            {
                outermost ??= scope;
                return NestAsync(depth - 1);
            });
        }

        // Unwinding so many levels takes its time where the machine is busy.
        await NestAsync(5000).WaitAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(CancelCause.Cancelled, outermost!.Cause);
    }

    [Fact]
    public async Task The_token_of_a_scope_is_cancelled_with_it_whenever_it_was_asked_for()
        => await CancelScope.RunAsync(scope =>
        {
            var early = scope.Token;
            Assert.False(early.IsCancellationRequested);
            Assert.Equal(early, scope.Token);
            scope.Cancel();
            Assert.True(early.IsCancellationRequested);
            return CancelScope.RunAsync(late =>
            {
                Assert.True(late.Token.IsCancellationRequested);
                return Task.CompletedTask;
            });
        });

    [Fact]
    public async Task Delegates_that_are_missing_or_return_nothing_are_named()
    {
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => CancelScope.RunAsync(null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => CancelScope.MoveOnAfterAsync(TimeSpan.Zero, (Func<CancellationToken, Task>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => CancelScope.MoveOnAfterAsync(TimeSpan.Zero, (Func<CancellationToken, Task<int>>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => CancelScope.FailAfterAsync(TimeSpan.Zero, (Func<CancellationToken, Task>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => CancelScope.FailAfterAsync(TimeSpan.Zero, (Func<CancellationToken, Task<int>>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => CancelScope.MoveOnAtAsync(default, (Func<CancellationToken, Task>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => CancelScope.MoveOnAtAsync(default, (Func<CancellationToken, Task<int>>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => CancelScope.FailAtAsync(default, (Func<CancellationToken, Task>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => CancelScope.FailAtAsync(default, (Func<CancellationToken, Task<int>>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => CancelScope.ShieldAsync((Func<CancellationToken, Task>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => CancelScope.ShieldAsync((Func<CancellationToken, Task<int>>)null!));
        await Assert.ThrowsAsync<InvalidOperationException>(static () => CancelScope.RunAsync(static _ => null!));
        await Assert.ThrowsAsync<InvalidOperationException>(static () => CancelScope.FailAfterAsync(Time.Seconds(1), static _ => (Task)null!));
        await Assert.ThrowsAsync<InvalidOperationException>(static () => CancelScope.FailAfterAsync(Time.Seconds(1), static _ => (Task<int>)null!));
        await Assert.ThrowsAsync<InvalidOperationException>(static () => CancelScope.MoveOnAfterAsync(Time.Seconds(1), static _ => (Task<int>)null!));
    }

    [Fact]
    public async Task A_reason_is_inherited_only_where_the_cancellation_was()
        => await CancelScope.RunAsync(outer => CancelScope.RunAsync(async inner =>
        {
            inner.Cancel();
            outer.Cancel("outer");
            Assert.Null(inner.CancelReason);

            using var source = new CancellationTokenSource();
            await CancelScope.RunAsync(
                shield =>
                {
                    source.Cancel();
                    Assert.Equal(CancelCause.FromOutside, shield.Cause);
                    Assert.Null(shield.CancelReason);
                    return Task.CompletedTask;
                },
                new CancelScopeOptions { Shield = true },
                source.Token);
        }));

    [Fact]
    public async Task Nothing_reaches_a_scope_that_has_ended()
    {
        using var source = new CancellationTokenSource();
        await CancelScope.RunAsync(async outer =>
        {
            CancelScope? ended = null;
            await CancelScope.RunAsync(
                scope =>
                {
                    ended = scope;
                    return Task.CompletedTask;
                },
                cancellationToken: source.Token);
            source.Cancel();
            outer.Cancel();
            Assert.Equal(CancelCause.None, ended!.Cause);
        });
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 1, 0)]
    public async Task Scopes_side_by_side_end_in_any_order_and_a_cancellation_reaches_those_that_are_left(params int[] order)
    {
        for (var ending = 0; ending <= order.Length; ending++)
        {
            await CancelScope.RunAsync(async outer =>
            {
                var gates = order.Select(static _ => new TaskCompletionSource()).ToArray();
                var scopes = new CancelScope[order.Length];
                var runs = gates.Select((gate, index) => CancelScope.RunAsync(scope =>
                {
                    scopes[index] = scope;
                    return gate.Task;
                })).ToArray();
                foreach (var index in order.Take(ending))
                {
                    gates[index].SetResult();
                    await runs[index];
                }

                outer.Cancel();
                Assert.All(order.Take(ending), index => Assert.Equal(CancelCause.None, scopes[index].Cause));
                Assert.All(order.Skip(ending), index => Assert.Equal(CancelCause.FromOutside, scopes[index].Cause));
                foreach (var index in order.Skip(ending))
                    gates[index].SetResult();
                await Task.WhenAll(runs);
            }).OrTimeout();
        }
    }

    [Fact]
    public async Task What_a_callback_below_throws_comes_out_of_the_scope_that_was_cancelled()
    {
        var exception = await Assert.ThrowsAsync<FormatException>(() => CancelScope.RunAsync(async outer =>
        {
            Assert.True((await CancelScope.RunAsync(scope =>
            {
                scope.Token.Register(static () => throw new FormatException());
                outer.Cancel();
                return Task.CompletedTask;
            })).Completed);
        }));
        Assert.Empty(exception.OtherFailures());

        var both = await Assert.ThrowsAsync<FormatException>(() => CancelScope.RunAsync(outer =>
        {
            outer.Token.Register(static () => throw new FormatException());
            return CancelScope.RunAsync(scope =>
            {
                scope.Token.Register(static () => throw new NotSupportedException());
                outer.Cancel();
                return Task.CompletedTask;
            });
        }));
        Assert.IsType<NotSupportedException>(Assert.Single(both.OtherFailures()));
    }

    [Fact]
    public async Task In_a_seeded_run_what_hangs_on_no_scope_belongs_to_the_run_too()
        => await Time.VirtualAsync(async clock =>
        {
            var thread = Environment.CurrentManagedThreadId;
            await using var nursery = Nursery.Open();
            Assert.Same(clock, nursery.CancelScope.TimeProvider);
            Assert.Equal(thread, await nursery.StartSoon(static () => Task.FromResult(Environment.CurrentManagedThreadId)).Task);
            // A thread that works for the run is not the run's, but the nursery opened there is.
            Assert.Equal(thread, await ToThread.RunAsync(static () => Nursery.RunAsync(
                static inner => inner.StartSoon(static () => Task.FromResult(Environment.CurrentManagedThreadId)).Task).GetAwaiter().GetResult()));
            var other = new Testing.VirtualClock();
            await CancelScope.RunAsync(
                _ => CancelScope.RunAsync(inner =>
                {
                    Assert.Same(other, inner.TimeProvider);
                    return Task.CompletedTask;
                }),
                new CancelScopeOptions { TimeProvider = other });
        });

    [Fact]
    public async Task Concurrent_cancels_of_a_tree_mark_every_scope_once()
    {
        for (var round = 0; round < 200; round++)
        {
            var told = 0;
            await CancelScope.RunAsync(async outer =>
            {
                using var ready = new CountdownEvent(8);
                await Nursery.RunAsync(async nursery =>
                {
                    for (var index = 0; index < 8; index++)
                    {
                        nursery.StartSoon(() => CancelScope.RunAsync(async scope =>
                        {
                            scope.Token.Register(() => Interlocked.Increment(ref told));
                            ready.Signal();
                            await Checkpoint.SleepForeverAsync();
                        }));
                    }

                    await Task.Run(() => ready.Wait(Time.Patience));
                    Parallel.Invoke(() => outer.Cancel("a"), () => outer.Cancel("b"), () => nursery.Cancel("c"));
                });
            }).OrTimeout();
            Assert.Equal(8, told);
        }
    }
}
