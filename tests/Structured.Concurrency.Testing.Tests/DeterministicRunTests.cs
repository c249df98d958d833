using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Testing.Tests;

public class DeterministicRunTests
{
    [Fact]
    public async Task The_same_seed_gives_the_same_interleaving_and_other_seeds_give_others()
    {
        var traces = new List<string>();
        for (var seed = 0; seed < 20; seed++)
        {
            var trace = await TraceAsync(seed);
            for (var again = 0; again < 3; again++)
                Assert.Equal(trace, await TraceAsync(seed));
            traces.Add(trace);
        }

        Assert.InRange(traces.Distinct().Count(), 5, 20);
    }

    [Fact]
    public async Task Everything_runs_on_one_thread()
    {
        var threads = new HashSet<int>();
        await DeterministicRun.RunAsync(1, async nursery =>
        {
            var (sender, receiver) = MemoryChannel.Open<int>(0);
            Note();
            nursery.StartSoon(async () =>
            {
                Note();
                await sender.SendAsync(1).ConfigureAwait(false);
                Note();
                await Checkpoint.SleepAsync(TimeSpan.FromHours(1));
                Note();
            });
            await receiver.ReceiveAsync().ConfigureAwait(false);
            Note();
            await Nursery.RunAsync(inner => inner.StartSoon(async () =>
            {
                Note();
                await Task.Yield();
                Note();
            }));
            Note();
            await using var owned = Nursery.Open();
            owned.StartWork(Note);
            await owned.JoinAsync();
            Note();
        });
        Assert.Single(threads);

        void Note()
        {
            lock (threads)
                threads.Add(Environment.CurrentManagedThreadId);
        }
    }

    [Fact]
    public async Task The_clock_jumps_exactly_when_nothing_can_run()
    {
        var clock = new VirtualClock();
        var outcome = await DeterministicRun.RunAsync(
            3,
            async () =>
            {
                var start = clock.GetUtcNow();
                var scope = await CancelScope.MoveOnAfterAsync(TimeSpan.FromDays(1), async token =>
                {
                    await Task.Delay(TimeSpan.FromHours(1), clock, token);
                    Assert.Equal(start.AddHours(1), clock.GetUtcNow());
                    for (var turn = 0; turn < 1000; turn++)
                        await Task.Yield();
                    Assert.Equal(start.AddHours(1), clock.GetUtcNow());
                    await Checkpoint.SleepForeverAsync();
                });
                Assert.Equal(start.AddDays(1), clock.GetUtcNow());
                return scope;
            },
            clock);
        Assert.True(outcome.CancelledCaught);
    }

    [Fact]
    public async Task An_owned_nursery_opened_in_a_run_belongs_to_its_clock_and_thread()
    {
        await DeterministicRun.RunAsync(3, async () =>
        {
            var thread = Environment.CurrentManagedThreadId;
            await using var owned = Nursery.Open();
            var child = owned.StartSoon(async () =>
            {
                await Checkpoint.SleepAsync(TimeSpan.FromDays(1));
                return Environment.CurrentManagedThreadId;
            });
            Assert.Equal(thread, await child.Task);
        });
    }

    [Fact]
    public async Task Threads_are_waited_for_before_the_clock_jumps()
    {
        await DeterministicRun.RunAsync(3, async () =>
        {
            var outcome = await CancelScope.MoveOnAfterAsync(TimeSpan.FromSeconds(1), async token =>
            {
                var thread = Environment.CurrentManagedThreadId;
                Assert.Equal(thread, await ToThread.RunAsync(() =>
                {
                    Thread.Sleep(50);
                    return FromThread.Run(() => Environment.CurrentManagedThreadId);
                }));
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
            });
            Assert.True(outcome.Completed);
        });
    }

    [Fact]
    public async Task A_failure_comes_out_as_it_is_with_the_others()
    {
        var failure = await Assert.ThrowsAsync<FormatException>(() => DeterministicRun.RunAsync(5, nursery =>
        {
            nursery.StartSoon(() => throw new FormatException());
            return Task.CompletedTask;
        }));
        Assert.Empty(failure.OtherFailures());
        Assert.Equal(7, await DeterministicRun.RunAsync(5, () => Task.FromResult(7)));
    }

    [Fact]
    public async Task An_exception_that_nobody_else_would_hear_of_fails_the_run()
    {
        await Assert.ThrowsAsync<FormatException>(() => DeterministicRun.RunAsync(5, async () =>
        {
            FailAsync();
            await Task.Yield();
        }));

        static async void FailAsync()
        {
            await Task.Yield();
            throw new FormatException();
        }
    }

    [Fact]
    public async Task A_run_in_which_everything_waits_for_nothing_fails_and_says_so()
    {
        var cleanedUp = false;
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => DeterministicRun.RunAsync(77, async () =>
        {
            var (sender, receiver) = MemoryChannel.Open<int>(0);
            try
            {
                await receiver.ReceiveAsync();
            }
            finally
            {
                cleanedUp = true;
                sender.Dispose();
            }
        }));
        Assert.Contains("seed 77 stalled", exception.Message, StringComparison.Ordinal);
        Assert.True(cleanedUp);
    }

    [Fact]
    public async Task Exploring_stops_at_the_first_seed_that_fails_and_names_it()
    {
        var exception = await Assert.ThrowsAsync<InterleavingFailedException>(() => DeterministicRun.ExploreAsync(1000, RaceAsync));
        Assert.IsType<FormatException>(exception.InnerException);
        Assert.Contains($"seed {exception.Seed}", exception.Message, StringComparison.Ordinal);

        for (var again = 0; again < 3; again++)
            await Assert.ThrowsAsync<FormatException>(() => DeterministicRun.RunAsync(exception.Seed, RaceAsync));
        for (var seed = 0; seed < exception.Seed; seed++)
            await DeterministicRun.RunAsync(seed, RaceAsync);

        // Lost update: goes wrong only when the second child reads between the first one's read and write.
        static async Task RaceAsync(Nursery nursery)
        {
            var value = 0;
            await Nursery.RunAsync(inner =>
            {
                for (var child = 0; child < 2; child++)
                {
                    inner.StartSoon(async () =>
                    {
                        var read = value;
                        await Checkpoint.YieldAsync();
                        value = read + 1;
                    });
                }
            });
            if (value != 2)
                throw new FormatException();
        }
    }

    [Fact]
    public async Task A_run_inside_a_run_is_refused()
        => await DeterministicRun.RunAsync(1, async () =>
            await Assert.ThrowsAsync<InvalidOperationException>(() => DeterministicRun.RunAsync(2, () => Task.CompletedTask)));

    [Fact]
    public async Task Code_that_leaves_the_run_comes_back_at_its_next_wait_for_a_channel()
    {
        await DeterministicRun.RunAsync(1, async nursery =>
        {
            var thread = Environment.CurrentManagedThreadId;
            var (sender, receiver) = MemoryChannel.Open<int>(0);
            nursery.StartSoon(async token =>
            {
                while (true)
                {
                    while (receiver.Statistics.WaitingReceives == 0)
                        await Checkpoint.SleepAsync(TimeSpan.FromDays(1));
                    await sender.SendAsync(1, token);
                }
            });
            await Task.Run(() => { }).ConfigureAwait(false);

            // A value that comes before the await has looked at the task is no wait: then the next one is.
            for (var receives = 0; receives < 1_000 && Environment.CurrentManagedThreadId != thread; receives++)
                await receiver.ReceiveAsync().ConfigureAwait(false);
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            nursery.Cancel();
        });
    }

    [Fact]
    public async Task A_timer_set_from_outside_moves_the_clock_of_a_run_that_waits()
    {
        var clock = new VirtualClock();
        var outcome = await DeterministicRun.RunAsync(
            1,
            async () =>
            {
                await Task.Run(() => Thread.Sleep(50)).ConfigureAwait(false);
                return await CancelScope.MoveOnAfterAsync(TimeSpan.FromDays(1), _ => Checkpoint.SleepForeverAsync());
            },
            clock);
        Assert.True(outcome.CancelledCaught);
    }

    private static async Task<string> TraceAsync(int seed)
    {
        var trace = new List<string>();
        await DeterministicRun.RunAsync(seed, async nursery =>
        {
            var (sender, receiver) = MemoryChannel.Open<int>(1);
            for (var producer = 0; producer < 2; producer++)
            {
                var name = producer;
                var own = sender.Clone();
                nursery.StartSoon(async () =>
                {
                    using (own)
                    {
                        for (var item = 0; item < 3; item++)
                        {
                            await own.SendAsync((name * 10) + item);
                            await Checkpoint.SleepAsync(TimeSpan.FromSeconds(1));
                        }
                    }
                });
            }

            sender.Dispose();
            await foreach (var item in receiver)
            {
                trace.Add(item.ToString(System.Globalization.CultureInfo.InvariantCulture));
                await Checkpoint.YieldAsync();
            }
        });
        return string.Join(" ", trace);
    }
}
