using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Stress;

/// <summary>Real threads, many times. The long form is ten million starts and a million children and scopes.</summary>
/// <remarks>Alone, because some measure the memory of the whole process.</remarks>
[CollectionDefinition(nameof(NurseryStressTests), DisableParallelization = true)]
[Collection(nameof(NurseryStressTests))]
public class NurseryStressTests
{
    private static readonly TimeSpan Limit = Effort.IsLong ? TimeSpan.FromMinutes(30) : TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Every_child_of_many_small_groups_runs_once()
    {
        var groups = Effort.Rounds(10_000, inLongForm: 1_000_000);
        const int Size = 10;
        var ran = 0L;
        await Parallel.ForAsync(0, groups, async (_, _) =>
        {
            var count = 0;
            await Nursery.RunAsync(nursery =>
            {
                for (var index = 0; index < Size; index++)
                {
                    if (index % 3 == 0)
                    {
                        nursery.StartSoon(async () =>
                        {
                            await Task.Yield();
                            Interlocked.Increment(ref count);
                        });
                    }
                    else if (index % 3 == 1)
                    {
                        nursery.StartNow(() =>
                        {
                            Interlocked.Increment(ref count);
                            return Task.CompletedTask;
                        });
                    }
                    else
                    {
                        nursery.StartWork(() => Interlocked.Increment(ref count));
                    }
                }
            });
            Assert.Equal(Size, count);
            Interlocked.Add(ref ran, count);
        }).WaitAsync(Limit);
        Assert.Equal((long)groups * Size, ran);
    }

    /// <summary>What was started has ended when the join has, whoever starts it while the nursery is joined, cancelled and fails.</summary>
    [Fact]
    public async Task Starting_from_outside_races_with_the_join_and_none_is_lost()
    {
        var rounds = Effort.Rounds(3_000, inLongForm: 200_000);
        for (var round = 0; round < rounds; round++)
        {
            var nursery = Nursery.Open(new NurseryOptions { OnChildFailure = static _ => FailureAction.Handled });
            var started = 0;
            var ended = 0;
            using var go = new ManualResetEventSlim();
            var starters = Enumerable.Range(0, 2).Select(starter => Task.Run(() =>
            {
                go.Wait();
                try
                {
                    for (var index = 0; index < 20; index++)
                    {
                        Interlocked.Increment(ref started);
                        try
                        {
                            nursery.StartSoon(async token =>
                            {
                                try
                                {
                                    await Checkpoint.YieldAsync();
                                    if (starter == 1)
                                        throw new FormatException();
                                }
                                finally
                                {
                                    Interlocked.Increment(ref ended);
                                }
                            });
                        }
                        catch (InvalidOperationException)
                        {
                            Interlocked.Decrement(ref started);
                            throw;
                        }
                    }
                }
                catch (InvalidOperationException)
                {
                    // Closed meanwhile: nothing that was refused may run.
                }
            })).ToArray();
            go.Set();
            if (round % 2 == 0)
                await nursery.JoinAsync().WaitAsync(Limit);
            else
                await nursery.DisposeAsync().AsTask().WaitAsync(Limit);
            await Task.WhenAll(starters).WaitAsync(Limit);
            Assert.Equal(started, ended);
            Assert.Equal(0, nursery.LiveChildCount);
        }
    }

    [Fact]
    public async Task Failing_cancelling_and_ending_race_and_the_outcome_agrees_with_what_happened()
    {
        var rounds = Effort.Rounds(5_000, inLongForm: 300_000);
        for (var round = 0; round < rounds; round++)
        {
            var failed = 0;
            using var outside = new CancellationTokenSource();
            var task = Nursery.RunAsync(
                nursery =>
                {
                    nursery.StartSoon(static async () =>
                    {
                        while (true)
                            await Checkpoint.YieldAsync();
                    });
                    nursery.StartSoon(() =>
                    {
                        nursery.Cancel();
                        return Task.CompletedTask;
                    });
                    nursery.StartSoon(() =>
                    {
                        outside.Cancel();
                        return Task.CompletedTask;
                    });
                    nursery.StartSoon(() =>
                    {
                        Interlocked.Increment(ref failed);
                        throw new FormatException();
                    });
                },
                outside.Token);
            await Assert.ThrowsAsync<FormatException>(() => task.WaitAsync(Limit));
            Assert.Equal(1, failed);
            Assert.Single(task.Exception!.InnerExceptions);
        }
    }

    [Fact]
    public async Task Starting_with_a_signal_races_with_both_cancellations()
    {
        var rounds = Effort.Rounds(3_000, inLongForm: 200_000);
        for (var round = 0; round < rounds; round++)
        {
            var ended = false;
            var nursery = Nursery.Open();
            var outcome = await CancelScope.RunAsync(async scope =>
            {
                var start = nursery.StartAsync<int>(async (started, token) =>
                {
                    try
                    {
                        started.Set(1);
                        await Checkpoint.SleepForeverAsync(token);
                    }
                    finally
                    {
                        ended = true;
                    }
                });
                var cancel = Task.Run(() => scope.Cancel());
                Assert.Equal(1, await start);
                await cancel;
            }).WaitAsync(Limit);
            // Either it was cancelled before it was ready, and has ended; or it belongs to the nursery, and is still there.
            if (outcome.CancelledCaught)
                Assert.True(SpinWait.SpinUntil(() => nursery.LiveChildCount == 0, Limit));
            else
                Assert.Equal(1, nursery.LiveChildCount);
            await nursery.DisposeAsync().AsTask().WaitAsync(Limit);
            Assert.True(ended);
        }
    }

    [Fact]
    public async Task A_long_lived_nursery_keeps_nothing_of_its_finished_children()
    {
        var children = Effort.Rounds(50_000, inLongForm: 1_000_000);
        await using var nursery = Nursery.Open();
        await StartAsync(1_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await StartAsync(children);
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange(kept, long.MinValue, 200_000);

        async Task StartAsync(int count)
        {
            for (var index = 0; index < count; index++)
            {
                nursery.StartSoon(static async () => await Task.Yield());
                if (index % 1_000 == 0)
                    await WaitForNoneAsync();
            }

            await WaitForNoneAsync();
        }

        async Task WaitForNoneAsync()
        {
            while (nursery.LiveChildCount > 0)
                await Task.Yield();
        }
    }

    [Fact]
    public async Task Scopes_under_one_token_and_one_scope_leave_nothing_behind()
    {
        var scopes = Effort.Rounds(50_000, inLongForm: 1_000_000);
        using var source = new CancellationTokenSource();
        await CancelScope.RunAsync(async _ =>
        {
            await OpenAsync(1_000);
            var before = GC.GetTotalMemory(forceFullCollection: true);
            await OpenAsync(scopes);
            var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
            Assert.InRange(kept, long.MinValue, 200_000);
        }).WaitAsync(Limit);

        async Task OpenAsync(int count)
        {
            for (var index = 0; index < count; index++)
            {
                await CancelScope.MoveOnAfterAsync(
                    TimeSpan.FromMinutes(5),
                    static async token =>
                    {
                        token.ThrowIfCancellationRequested();
                        await Nursery.RunAsync(static nursery => nursery.StartNow(static () => Task.CompletedTask));
                    },
                    source.Token);
            }
        }
    }
}
