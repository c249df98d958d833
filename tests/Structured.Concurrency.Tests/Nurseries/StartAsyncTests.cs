using System;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Nurseries;

public class StartAsyncTests
{
    private static async Task<int> ServeAsync(Started<int> started, CancellationToken token)
    {
        await Task.Yield();
        started.Set(8080);
        await Checkpoint.SleepForeverAsync(token);
        return 0;
    }

    [Fact]
    public async Task It_returns_what_the_child_says_when_it_is_ready_and_the_child_goes_on()
        => await Nursery.RunAsync(async nursery =>
        {
            var port = await nursery.StartAsync<int>(ServeAsync);
            Assert.Equal(8080, port);
            Assert.Equal(1, nursery.LiveChildCount);
            nursery.Cancel();
        }).OrTimeout();

    [Fact]
    public async Task The_form_without_a_value_only_waits()
    {
        var log = "";
        await Nursery.RunAsync(async nursery =>
        {
            await nursery.StartAsync(async (started, _) =>
            {
                await Task.Yield();
                log += "ready ";
                started.Set();
            });
            log += "started";
        }).OrTimeout();
        Assert.Equal("ready started", log);
    }

    [Fact]
    public async Task Until_it_is_ready_it_runs_under_the_callers_scope_and_then_under_the_nurserys()
    {
        using var gate = new SemaphoreSlim(0);
        await Nursery.RunAsync(async nursery =>
        {
            ChildTask<bool>? observer = null;
            var outcome = await CancelScope.RunAsync(async scope =>
            {
                await nursery.StartAsync(async (started, token) =>
                {
                    started.Set();
                    // The caller's scope is cancelled now, which does not concern the child any more.
                    await gate.WaitAsync(token);
                    Assert.False(token.IsCancellationRequested);
                    observer = nursery.StartNow(static () => Task.FromResult(true));
                });
                scope.Cancel();
                await Checkpoint.YieldAsync();
            });
            Assert.True(outcome.CancelledCaught);
            gate.Release();
            while (observer is null)
                await Task.Delay(1);
        }).OrTimeout();
    }

    [Fact]
    public async Task After_the_move_the_nurserys_cancellation_reaches_it_and_its_reason_too()
    {
        CancelCause cause = default;
        string? reason = null;
        await Nursery.RunAsync(async nursery =>
        {
            await nursery.StartAsync(async (started, token) =>
            {
                started.Set();
                try
                {
                    await Task.Delay(-1, token);
                }
                catch (OperationCanceledException)
                {
                    cause = CancelScope.Current.Cause;
                    reason = CancelScope.Current.CancelReason;
                    throw;
                }
            });
            nursery.Cancel("done");
        }).OrTimeout();
        Assert.Equal(CancelCause.FromOutside, cause);
        Assert.Equal("done", reason);
    }

    [Fact]
    public async Task A_failure_before_it_is_ready_comes_out_of_the_start_and_leaves_the_nursery_alone()
    {
        await Nursery.RunAsync(async nursery =>
        {
            var failure = new FormatException();
            Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() => nursery.StartAsync((_, _) => throw failure)));
            Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() => nursery.StartAsync<int>(async (_, _) =>
            {
                await Task.Yield();
                throw failure;
            })));
            Assert.False(nursery.CancelScope.IsCancellationRequested);
            var foreign = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => nursery.StartAsync((_, _) => throw new OperationCanceledException("foreign")));
            Assert.Equal("foreign", foreign.Message);
        }).OrTimeout();
    }

    [Fact]
    public async Task A_failure_after_it_is_ready_is_the_nurserys()
    {
        var reached = false;
        await Assert.ThrowsAsync<FormatException>(() => Nursery.RunAsync(async nursery =>
        {
            await nursery.StartAsync(async (started, _) =>
            {
                started.Set();
                await Task.Yield();
                throw new FormatException();
            });
            reached = true;
            await Checkpoint.SleepForeverAsync();
        }).OrTimeout());
        Assert.True(reached);
    }

    [Fact]
    public async Task A_child_that_returns_without_a_word_is_an_error()
        => await Nursery.RunAsync(async nursery =>
        {
            var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => nursery.StartAsync((_, _) => Task.CompletedTask, "quiet"));
            Assert.Contains("'quiet' returned without having called Set", exception.Message);
        }).OrTimeout();

    [Fact]
    public async Task The_cancellation_of_the_caller_cancels_a_child_that_is_not_ready()
        => await Nursery.RunAsync(async nursery =>
        {
            var outcome = await CancelScope.RunAsync(async scope =>
            {
                var start = nursery.StartAsync(static (_, token) => Checkpoint.SleepForeverAsync(token));
                scope.Cancel();
                await start;
            });
            Assert.True(outcome.CancelledCaught);
            Assert.False(nursery.CancelScope.IsCancellationRequested);
        }).OrTimeout();

    [Fact]
    public async Task Ready_too_late_does_nothing_the_caller_was_cancelled_first()
        => await Nursery.RunAsync(async nursery =>
        {
            var childWasCancelled = false;
            var outcome = await CancelScope.RunAsync(async scope =>
            {
                await nursery.StartAsync<int>((started, token) =>
                {
                    scope.Cancel();
                    started.Set(1);
                    childWasCancelled = token.IsCancellationRequested;
                    return Task.CompletedTask;
                });
            });
            Assert.True(outcome.CancelledCaught);
            Assert.True(childWasCancelled);
        }).OrTimeout();

    [Fact]
    public async Task Before_the_move_the_nurserys_cancellation_does_not_reach_it()
    {
        var gate = new TaskCompletionSource();
        using var owner = new CancellationTokenSource();
        var nursery = Nursery.Open();
        var start = nursery.StartAsync(async (started, token) =>
        {
            await gate.Task;
            Assert.False(token.IsCancellationRequested);
            started.Set();
            Assert.True(token.IsCancellationRequested);
        });
        nursery.Cancel();
        gate.SetResult();
        await start.OrTimeout();
        await nursery.DisposeAsync();
    }

    [Fact]
    public async Task A_pending_start_keeps_the_nursery_open_and_counts()
    {
        var gate = new TaskCompletionSource();
        Task? start = null;
        var nursery = Nursery.RunAsync(nursery =>
        {
            start = nursery.StartAsync(async (started, _) =>
            {
                await gate.Task;
                started.Set();
            });
            Assert.Equal(1, nursery.LiveChildCount);
        });
        await Task.Delay(20);
        Assert.False(nursery.IsCompleted);
        gate.SetResult();
        await nursery.OrTimeout();
        await start!.OrTimeout();
    }

    [Fact]
    public async Task A_pending_start_takes_a_place()
        => await Nursery.RunAsync(new NurseryOptions { MaxConcurrency = 1 }, async nursery =>
        {
            var gate = new TaskCompletionSource();
            var start = nursery.StartAsync(async (started, _) =>
            {
                await gate.Task;
                started.Set();
            });
            var other = nursery.StartSoon(static () => Task.FromResult(1));
            await Task.Delay(20);
            Assert.False(other.Task.IsCompleted);
            gate.SetResult();
            await start;
            await other.Task;
        }).OrTimeout();

    [Fact]
    public async Task It_can_say_so_once()
        => await Nursery.RunAsync(async nursery =>
        {
            await nursery.StartAsync((started, _) =>
            {
                started.Set();
                Assert.Contains("once", Assert.Throws<InvalidOperationException>(started.Set).Message);
                return Task.CompletedTask;
            });
            await nursery.StartAsync<int>((started, _) =>
            {
                started.Set(1);
                Assert.Throws<InvalidOperationException>(() => started.Set(2));
                return Task.CompletedTask;
            });
        }).OrTimeout();

    [Fact]
    public async Task The_same_function_can_be_called_directly()
    {
        default(Started).Set();
        using var source = new CancellationTokenSource();
        var call = ServeAsync(default, source.Token);
        source.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.OrTimeout());
    }

    [Fact]
    public async Task Its_deadline_moves_with_it()
        => await Time.VirtualAsync(async clock => await Nursery.RunAsync(async nursery =>
        {
            var ended = TimeSpan.Zero;
            nursery.CancelScope.Deadline = clock.GetUtcNow().AddSeconds(60);
            await CancelScope.MoveOnAfterAsync(Time.Seconds(5), async _ =>
            {
                await nursery.StartAsync(async (started, _) =>
                {
                    // Covered by the caller's deadline before, by the nursery's after.
                    await CancelScope.MoveOnAfterAsync(Time.Seconds(20), async _ =>
                    {
                        started.Set();
                        await Checkpoint.SleepForeverAsync();
                    });
                    ended = clock.Elapsed;
                });
            });
            while (ended == TimeSpan.Zero)
                await Checkpoint.SleepAsync(1000);
            Assert.Equal(Time.Seconds(20), ended);
        }));

    [Fact]
    public async Task A_foreign_cancellation_before_it_is_ready_comes_out_of_the_start()
        => await Nursery.RunAsync(async nursery =>
        {
            using var foreign = new CancellationTokenSource();
            foreign.Cancel();
            var start = nursery.StartAsync<int>((_, _) => Task.FromCanceled(foreign.Token));
            Assert.Equal(foreign.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start.OrTimeout())).CancellationToken);
            // Nobody here asked for it: it is a failure.
            Assert.True(start.IsFaulted);
            Assert.False(nursery.CancelScope.IsCancellationRequested);
        }).OrTimeout();

    [Fact]
    public async Task The_child_that_said_nothing_is_named_where_it_has_a_name()
        => await Nursery.RunAsync(static async nursery =>
        {
            var nameless = await Assert.ThrowsAsync<InvalidOperationException>(() => nursery.StartAsync(static (_, _) => Task.CompletedTask).OrTimeout());
            Assert.StartsWith("The child returned without", nameless.Message);
            var named = await Assert.ThrowsAsync<InvalidOperationException>(() => nursery.StartAsync(static (_, _) => Task.CompletedTask, "server").OrTimeout());
            Assert.StartsWith("The child 'server' returned without", named.Message);
        }).OrTimeout();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_deadline_that_relied_on_the_callers_comes_into_its_own_by_the_move(bool isBelow)
        => await Time.VirtualAsync(clock => Nursery.RunAsync(async nursery =>
        {
            var moved = new TaskCompletionSource();
            await CancelScope.MoveOnAfterAsync(Time.Seconds(3), _ => nursery.StartAsync(async (started, _) =>
            {
                if (isBelow)
                {
                    Assert.True((await CancelScope.MoveOnAfterAsync(Time.Seconds(5), _ =>
                    {
                        started.Set();
                        return Checkpoint.SleepForeverAsync();
                    })).CancelledCaught);
                }
                else
                {
                    var own = CancelScope.Current;
                    own.Deadline = clock.GetUtcNow() + Time.Seconds(5);
                    started.Set();
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(static () => Checkpoint.SleepForeverAsync());
                    Assert.Equal(CancelCause.Deadline, own.Cause);
                }

                Assert.Equal(Time.Seconds(5), clock.Elapsed);
                moved.SetResult();
            }));
            await moved.Task;
        }));

    [Fact]
    public async Task Its_own_scope_ends_with_it()
        => await Time.VirtualAsync(static clock => Nursery.RunAsync(async nursery =>
        {
            CancelScope? own = null;
            await nursery.StartAsync((started, _) =>
            {
                own = CancelScope.Current;
                own.Deadline = clock.GetUtcNow() + Time.Seconds(10);
                started.Set();
                return Task.CompletedTask;
            });
            await Checkpoint.SleepAsync(1);
            Assert.Equal(0, nursery.LiveChildCount);
            Assert.Equal(0, clock.PendingTimerCount);
            nursery.Cancel();
            Assert.Equal(CancelCause.None, own!.Cause);
        }));
}
