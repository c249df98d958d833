using System;
using System.Threading;
using System.Threading.Tasks;
using Structured.Concurrency.Testing;

namespace Structured.Concurrency.Tests.Scopes;

public class CheckpointTests
{
    [Fact]
    public async Task It_throws_once_the_surrounding_scope_is_cancelled()
        => await CancelScope.RunAsync(async scope =>
        {
            await Checkpoint.YieldAsync();
            Checkpoint.ThrowIfCancelled();
            Assert.False(Checkpoint.IsCancelled);
            scope.Cancel();
            Assert.True(Checkpoint.IsCancelled);
            Assert.Equal(scope.Token, (await Assert.ThrowsAsync<OperationCanceledException>(static async () => await Checkpoint.YieldAsync())).CancellationToken);
            Assert.Throws<OperationCanceledException>(Checkpoint.ThrowIfCancelled);
        });

    [Fact]
    public async Task The_form_with_a_token_looks_at_the_token_alone()
        => await CancelScope.RunAsync(async scope =>
        {
            scope.Cancel();
            await Checkpoint.YieldAsync(CancellationToken.None);
            using var source = new CancellationTokenSource();
            await Checkpoint.YieldAsync(source.Token);
            source.Cancel();
            Assert.Equal(source.Token, (await Assert.ThrowsAsync<OperationCanceledException>(async () => await Checkpoint.YieldAsync(source.Token))).CancellationToken);
        });

    [Fact]
    public void A_loop_that_turns_slow_still_gives_the_thread_back_soon()
    {
        for (var turn = 0; turn < 10_000; turn++)
            _ = Checkpoint.YieldAsync(default).GetAwaiter().IsCompleted;
        var slowTurns = 0;
        do
        {
            Thread.Sleep(2);
            slowTurns++;
        }
        while (Checkpoint.YieldAsync(default).GetAwaiter().IsCompleted && slowTurns < 1000);
        Assert.InRange(slowTurns, 1, 17);
    }

    [Fact]
    public async Task Within_a_time_slice_it_goes_on_at_once_and_after_one_it_gives_the_thread_back()
    {
        // A thread of its own: the slices are kept by the thread.
        var thread = new Thread(static () =>
        {
            _ = Checkpoint.YieldAsync().GetAwaiter().IsCompleted;
            Assert.True(Checkpoint.YieldAsync().GetAwaiter().IsCompleted);
            Thread.Sleep(50);
            Assert.False(Checkpoint.YieldAsync().GetAwaiter().IsCompleted);
            Assert.True(Checkpoint.YieldAsync().GetAwaiter().IsCompleted);
            Thread.Sleep(50);
            Assert.False(Checkpoint.YieldAsync(default).GetAwaiter().IsCompleted);
        });
        Exception? failure = null;
        var run = Task.Run(() => failure = Record.Exception(() =>
        {
            thread.Start();
            thread.Join();
        }));
        await run.OrTimeout();
        Assert.Null(failure);
    }

    [Fact]
    public async Task A_cancellation_is_told_at_once_even_when_the_time_slice_is_used_up()
        => await CancelScope.RunAsync(static async scope =>
        {
            scope.Cancel();
            // The slices are kept by the thread, and a new one has none left.
            var thread = new Thread(() =>
            {
                Assert.True(new CheckpointAwaitable(scope, default).GetAwaiter().IsCompleted);
                Assert.True(Checkpoint.YieldAsync(scope.Token).GetAwaiter().IsCompleted);
                Assert.False(Checkpoint.YieldAsync(default).GetAwaiter().IsCompleted);
            });
            Exception? failure = null;
            await Task.Run(() => failure = Record.Exception(() =>
            {
                thread.Start();
                thread.Join();
            })).OrTimeout();
            Assert.Null(failure);
        });

    [Fact]
    public async Task What_is_thrown_says_that_the_scope_was_cancelled_and_why()
    {
        await CancelScope.RunAsync(static scope =>
        {
            scope.Cancel();
            Assert.Equal("The surrounding scope was cancelled.", Assert.Throws<OperationCanceledException>(Checkpoint.ThrowIfCancelled).Message);
            return Task.CompletedTask;
        });
        await CancelScope.RunAsync(static scope =>
        {
            scope.Cancel("enough");
            Assert.Equal("The surrounding scope was cancelled: enough", Assert.Throws<OperationCanceledException>(Checkpoint.ThrowIfCancelled).Message);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task It_allocates_nothing()
        => await CancelScope.RunAsync(static scope =>
        {
            var token = scope.Token;
            for (var attempt = 0; attempt < 2; attempt++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var round = 0; round < 1000; round++)
                {
                    Pass(Checkpoint.YieldAsync());
                    Pass(Checkpoint.YieldAsync(token));
                }

                // The first attempt warms up.
                if (attempt == 1)
                    Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
            }

            return Task.CompletedTask;

            static void Pass(CheckpointAwaitable checkpoint)
            {
                var awaiter = checkpoint.GetAwaiter();
                _ = awaiter.IsCompleted;
                awaiter.GetResult();
            }
        });

    [Fact]
    public async Task A_hot_loop_lets_others_run_and_can_be_cancelled()
        => await Nursery.RunAsync(static nursery =>
        {
            for (var index = 0; index < Environment.ProcessorCount * 4; index++)
            {
                nursery.StartSoon(static async () =>
                {
                    while (true)
                        await Checkpoint.YieldAsync();
                });
            }

            nursery.StartSoon(() =>
            {
                nursery.Cancel();
                return Task.CompletedTask;
            });
        }).OrTimeout();

    [Fact]
    public async Task Sleeping_takes_the_time_of_the_scope()
        => await Time.VirtualAsync(async clock =>
        {
            await Checkpoint.SleepAsync(1500);
            await Checkpoint.SleepAsync(Time.Seconds(1));
            await Checkpoint.SleepAsync(0);
            Assert.Equal(Time.Seconds(2.5), clock.Elapsed);
        });

    [Fact]
    public async Task Sleeping_observes_the_token_and_the_scope_and_says_whose_cancellation_it_was()
    {
        using var source = new CancellationTokenSource();
        await CancelScope.RunAsync(async scope =>
        {
            var sleep = Checkpoint.SleepForeverAsync(source.Token);
            var other = Checkpoint.SleepAsync(Timeout.Infinite, CancellationToken.None);
            source.Cancel();
            Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleep.OrTimeout())).CancellationToken);
            Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Checkpoint.SleepAsync(1, source.Token))).CancellationToken);
            Assert.False(other.IsCompleted);
            using var second = new CancellationTokenSource();
            var third = Checkpoint.SleepForeverAsync(second.Token);
            scope.Cancel("why");
            foreach (var task in new[] { other, third })
            {
                var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.OrTimeout());
                Assert.Equal(scope.Token, exception.CancellationToken);
                Assert.Contains("why", exception.Message);
            }

            await Assert.ThrowsAnyAsync<OperationCanceledException>(static () => Checkpoint.SleepAsync(0));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(static () => Checkpoint.SleepAsync(1));
        });
    }

    [Fact]
    public void Negative_times_are_refused()
    {
        Assert.Contains("Timeout.Infinite", Time.ThrowsAtOnce<ArgumentOutOfRangeException>("milliseconds", static () => Checkpoint.SleepAsync(-2)).Message);
        Assert.Contains("Timeout.InfiniteTimeSpan", Time.ThrowsAtOnce<ArgumentOutOfRangeException>("delay", static () => Checkpoint.SleepAsync(Time.Seconds(-1))).Message);
    }

    [Fact]
    public async Task Outside_every_scope_sleeping_ends_by_itself()
    {
        await Checkpoint.SleepAsync(1).OrTimeout();
        await Checkpoint.SleepAsync(0).OrTimeout();
        await Checkpoint.YieldAsync();
        Checkpoint.ThrowIfCancelled();
    }

    [Fact]
    public async Task Sleeping_leaves_no_timer_behind()
    {
        var clock = new VirtualClock();
        await CancelScope.RunAsync(
            async scope =>
            {
                var sleep = Checkpoint.SleepAsync(Time.Seconds(5));
                scope.Cancel();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleep);
                Assert.Equal(0, clock.PendingTimerCount);
            },
            new CancelScopeOptions { TimeProvider = clock });
    }
}
