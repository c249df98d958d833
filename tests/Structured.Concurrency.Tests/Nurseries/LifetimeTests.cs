using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Nurseries;

public class LifetimeTests
{
    [Fact]
    public async Task It_ends_only_after_the_body_and_every_child_have()
    {
        var log = new List<string>();
        await Time.VirtualAsync(async clock =>
        {
            await Nursery.RunAsync(async nursery =>
            {
                nursery.StartSoon(async token =>
                {
                    await Checkpoint.SleepAsync(3000, token);
                    log.Add("child");
                });
                await Checkpoint.SleepAsync(1000);
                log.Add("body");
            });
            log.Add("after");
            Assert.Equal(Time.Seconds(3), clock.Elapsed);
        });
        Assert.Equal(["body", "child", "after"], log);
    }

    [Fact]
    public async Task An_empty_one_ends_at_once_even_in_a_cancelled_scope()
    {
        await Nursery.RunAsync(_ => { }).OrTimeout();
        var outcome = await CancelScope.RunAsync(async scope =>
        {
            scope.Cancel();
            await Nursery.RunAsync(_ => { });
            await Nursery.RunAsync(_ => Task.CompletedTask);
        }).OrTimeout();
        Assert.True(outcome.Completed);
    }

    [Fact]
    public async Task The_body_runs_on_the_caller_up_to_its_first_incomplete_await()
    {
        var thread = Environment.CurrentManagedThreadId;
        var seen = 0;
        var gate = new TaskCompletionSource();
        var task = Nursery.RunAsync(async _ =>
        {
            seen = Environment.CurrentManagedThreadId;
            await gate.Task;
        });
        Assert.Equal(thread, seen);
        Assert.False(task.IsCompleted);
        gate.SetResult();
        await task.OrTimeout();
    }

    [Fact]
    public async Task The_value_of_the_body_comes_out()
    {
        Assert.Equal(42, await Nursery.RunAsync(async nursery =>
        {
            nursery.StartSoon(async () => await Task.Yield());
            await Task.Yield();
            return 42;
        }).OrTimeout());
        Assert.Equal("x", await Nursery.RunAsync(new NurseryOptions { Name = "n" }, _ => Task.FromResult("x")).OrTimeout());
    }

    [Fact]
    public async Task Children_start_siblings_and_any_thread_may_start_them()
    {
        var count = 0;
        await Nursery.RunAsync(async nursery =>
        {
            void Grow(int depth)
            {
                Interlocked.Increment(ref count);
                if (depth == 0)
                    return;
                for (var index = 0; index < 2; index++)
                {
                    nursery.StartSoon(() =>
                    {
                        Grow(depth - 1);
                        return Task.CompletedTask;
                    });
                }
            }

            Grow(7);
            await Task.Run(() => nursery.StartSoon(() =>
            {
                Interlocked.Increment(ref count);
                return Task.CompletedTask;
            }));
        }).OrTimeout();
        Assert.Equal(256, count);
    }

    [Fact]
    public async Task A_child_cannot_be_started_after_it_has_closed()
    {
        Nursery? escaped = null;
        await Nursery.RunAsync(new NurseryOptions { Name = "short" }, nursery => escaped = nursery);
        var exception = Assert.Throws<InvalidOperationException>(() => escaped!.StartSoon(() => Task.CompletedTask));
        Assert.Contains("nursery 'short' opened at", exception.Message);
        Assert.Contains("LifetimeTests.cs:", exception.Message);
        Assert.Throws<InvalidOperationException>(() => escaped!.StartNow(() => Task.CompletedTask));
        Assert.Throws<InvalidOperationException>(() => escaped!.StartWork(() => { }));
        Time.ThrowsAtOnce<InvalidOperationException>(null, () => escaped!.StartAsync((_, _) => Task.CompletedTask));
        Assert.Equal(0, escaped!.LiveChildCount);
    }

    [Fact]
    public async Task A_child_that_is_started_while_it_is_cancelled_starts_with_a_cancelled_token()
    {
        bool? wasCancelled = null;
        await Nursery.RunAsync(nursery =>
        {
            nursery.Cancel();
            nursery.StartSoon(token =>
            {
                wasCancelled = token.IsCancellationRequested && CancelScope.Current.IsCancellationRequested;
                return Task.CompletedTask;
            });
        }).OrTimeout();
        Assert.True(wasCancelled);
    }

    [Fact]
    public async Task Its_own_cancel_ends_it_normally_and_the_children_by_cancellation()
    {
        var reached = false;
        await Nursery.RunAsync(nursery =>
        {
            nursery.StartSoon(async token =>
            {
                await Checkpoint.SleepForeverAsync(token);
                reached = true;
            });
            nursery.Cancel("enough");
            Assert.Equal("enough", nursery.CancelScope.CancelReason);
        }).OrTimeout();
        Assert.False(reached);
    }

    [Fact]
    public async Task Its_own_cancel_leaves_a_value_missing_that_the_body_could_not_give()
    {
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Nursery.RunAsync(async nursery =>
        {
            nursery.Cancel();
            await Checkpoint.YieldAsync();
            return 1;
        }).OrTimeout());
        Assert.True(exception.CancellationToken.IsCancellationRequested);
        Assert.Equal(2, await Nursery.RunAsync(nursery =>
        {
            nursery.Cancel();
            return Task.FromResult(2);
        }).OrTimeout());
    }

    [Fact]
    public async Task Its_deadline_ends_it_normally()
        => await Time.VirtualAsync(async clock =>
        {
            await Nursery.RunAsync(nursery =>
            {
                nursery.CancelScope.Deadline = clock.GetUtcNow().AddSeconds(5);
                nursery.StartSoon(() => Checkpoint.SleepForeverAsync());
            });
            Assert.Equal(Time.Seconds(5), clock.Elapsed);
        });

    [Fact]
    public async Task The_token_passed_in_cancels_it_and_is_what_the_exception_carries()
    {
        using var source = new CancellationTokenSource();
        var task = Nursery.RunAsync(nursery => nursery.StartSoon(token => Task.Delay(-1, token)), source.Token);
        source.Cancel();
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.OrTimeout());
        Assert.Equal(source.Token, exception.CancellationToken);
        Assert.True(task.IsCanceled);
    }

    [Fact]
    public async Task Cancelled_from_outside_it_still_ends_normally_when_nothing_in_it_was_cut_short()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var ran = false;
        await Nursery.RunAsync(nursery => nursery.StartSoon(() =>
        {
            ran = true;
            return Task.CompletedTask;
        }), source.Token).OrTimeout();
        Assert.True(ran);
    }

    [Fact]
    public async Task Cancelling_the_scope_around_it_cancels_what_runs_in_it()
    {
        var outcome = await CancelScope.RunAsync(async scope => await Nursery.RunAsync(nursery =>
        {
            nursery.StartSoon(() => Checkpoint.SleepForeverAsync());
            scope.Cancel("outside");
            Assert.Equal(CancelCause.FromOutside, nursery.CancelScope.Cause);
            Assert.Equal("outside", nursery.CancelScope.CancelReason);
        })).OrTimeout();
        Assert.True(outcome.CancelledCaught);
    }

    [Fact]
    public async Task The_join_is_no_point_of_cancellation()
    {
        // Only the wait for the child is left when the scope is cancelled, and the child does not listen.
        var gate = new TaskCompletionSource();
        var task = CancelScope.RunAsync(async scope =>
        {
            await Nursery.RunAsync(nursery =>
            {
                nursery.StartSoon(() => gate.Task);
                scope.Cancel();
            });
        });
        await Task.Delay(20);
        Assert.False(task.IsCompleted);
        gate.SetResult();
        Assert.True((await task.OrTimeout()).Completed);
    }

    [Fact]
    public async Task Live_children_are_counted()
    {
        await Nursery.RunAsync(async nursery =>
        {
            var gate = new TaskCompletionSource();
            Assert.Equal(0, nursery.LiveChildCount);
            nursery.StartNow(() => gate.Task);
            nursery.StartSoon(() => gate.Task);
            nursery.StartNow(() => Task.CompletedTask);
            Assert.Equal(2, nursery.LiveChildCount);
            gate.SetResult();
            while (nursery.LiveChildCount > 0)
                await Task.Yield();
        }).OrTimeout();
    }

    [Fact]
    public async Task Live_children_are_counted_after_the_body_too()
    {
        var gate = new TaskCompletionSource();
        Nursery? nursery = null;
        var task = Nursery.RunAsync(opened =>
        {
            nursery = opened;
            opened.StartNow(() => gate.Task);
            opened.StartNow(() => gate.Task);
        });
        Assert.Equal(2, nursery!.LiveChildCount);
        gate.SetResult();
        await task.OrTimeout();
        Assert.Equal(0, nursery.LiveChildCount);
    }

    [Fact]
    public async Task It_tells_its_name_and_where_it_was_opened_as_far_as_they_are_known()
    {
        await Nursery.RunAsync(static nursery => Assert.Equal("nursery", nursery.ToString()), callerFile: null);
        await Nursery.RunAsync(static nursery => Assert.Equal("nursery opened at Main.cs:3", nursery.ToString()), callerFile: "Main.cs", callerLine: 3);
        await Nursery.RunAsync(new NurseryOptions { Name = "n" }, static nursery => Assert.Equal("nursery 'n'", nursery.ToString()), callerFile: null);
    }

    [Fact]
    public async Task Nurseries_nest_deeply()
    {
        static async Task NestAsync(int depth)
        {
            if (depth == 0)
                return;
            await Task.Yield();
            await Nursery.RunAsync(nursery => nursery.StartSoon(() => NestAsync(depth - 1)));
        }

        await NestAsync(2000).OrTimeout();
    }

    [Fact]
    public async Task No_child_of_many_is_lost()
    {
        var results = new int[1000];
        await Nursery.RunAsync(nursery =>
        {
            for (var index = 0; index < results.Length; index++)
            {
                nursery.StartSoon(
                    static async (state, _) =>
                    {
                        await Task.Yield();
                        state.results[state.index] = state.index;
                    },
                    (results, index));
            }
        }).OrTimeout();
        Assert.Equal(Enumerable.Range(0, 1000), results);
    }
}
