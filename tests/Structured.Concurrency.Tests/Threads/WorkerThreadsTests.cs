using System;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Threads;

public class WorkerThreadsTests
{
    [Fact]
    public async Task A_thread_that_has_nothing_to_do_ends_after_a_while_and_the_next_work_gets_another()
    {
        var threads = new WorkerThreads(TimeSpan.FromMilliseconds(1));
        var first = await RunAsync(threads);
        Assert.True(await Task.Run(() => first.Join(Time.Patience)));
        var second = await RunAsync(threads);
        Assert.NotSame(first, second);
        Assert.NotEqual(first.Name, second.Name);
        Assert.StartsWith("Structured.Concurrency worker ", second.Name);
    }

    [Fact]
    public async Task A_thread_that_waits_is_given_the_next_work()
    {
        var threads = new WorkerThreads(Timeout.InfiniteTimeSpan);
        var first = await RunAsync(threads);
        for (var attempt = 0; await RunAsync(threads) != first; attempt++)
            // It may not have come back yet.
            Assert.InRange(attempt, 0, 100);
    }

    [Fact]
    public async Task What_the_work_held_does_not_live_as_long_as_the_thread()
    {
        var threads = new WorkerThreads(Timeout.InfiniteTimeSpan);
        var held = await HoldAsync(threads);
        Assert.True(await Task.Run(() => SpinWait.SpinUntil(
            () =>
            {
                GC.Collect();
                return !held.IsAlive;
            },
            Time.Patience)));

        static async Task<WeakReference> HoldAsync(WorkerThreads threads)
        {
            var ended = new TaskCompletionSource<WeakReference>(TaskCreationOptions.RunContinuationsAsynchronously);
            Start(threads, ended);
            return await ended.Task.OrTimeout();
        }

        static void Start(WorkerThreads threads, TaskCompletionSource<WeakReference> ended)
        {
            var something = new object();
            threads.Start(() => ended.SetResult(new WeakReference(something)));
        }
    }

    [Fact]
    public async Task No_work_is_lost_between_leaving_and_being_given_more()
    {
        // No time to wait: every thread is about to leave whenever it is given more.
        var threads = new WorkerThreads(TimeSpan.Zero);
        var count = Effort.Rounds(20_000, inLongForm: 200_000);
        using var left = new CountdownEvent(count);
        for (var index = 0; index < count; index++)
        {
            threads.Start(() => left.Signal());
            if (index % 16 == 0)
                await Task.Yield();
        }

        Assert.True(await Task.Run(() => left.Wait(Time.Patience)));
    }

    private static Task<Thread> RunAsync(WorkerThreads threads)
    {
        var seen = new TaskCompletionSource<Thread>(TaskCreationOptions.RunContinuationsAsynchronously);
        threads.Start(() =>
        {
            // A program that ends does not wait for it.
            Assert.True(Thread.CurrentThread.IsBackground);
            seen.SetResult(Thread.CurrentThread);
        });
        return seen.Task.OrTimeout();
    }
}
