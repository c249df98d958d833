using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Testing.Tests;

/// <summary>
/// The races that matter, in many seeded interleavings. STRUCTURED_STRESS=long runs 20,000 of each; otherwise a few hundred. A failure names the seed that
/// replays it.
/// </summary>
public class InterleavingTests
{
    private static readonly int Runs = Environment.GetEnvironmentVariable("STRUCTURED_STRESS") == "long" ? 20_000 : 500;

    /// <summary>
    /// Children start siblings, fail, cancel and end while the body ends. A child that could be started has ended when the nursery has; one that could not was
    /// told so; nothing runs afterwards; the failure, if there was one, is the one that surfaces.
    /// </summary>
    [Fact]
    public Task A_nursery_that_closes_has_ended_every_child_it_took()
        => DeterministicRun.ExploreAsync(Runs, async root =>
        {
            var started = 0;
            var ended = 0;
            var isOver = false;
            var failures = new List<Exception>();
            Nursery? leaked = null;
            try
            {
                await Nursery.RunAsync(async nursery =>
                {
                    leaked = nursery;
                    for (var child = 0; child < 3; child++)
                        StartChild(nursery, depth: 0, fails: child == 2);
                    await Checkpoint.YieldAsync();
                });
            }
            catch (FormatException exception)
            {
                failures.Add(exception);
            }

            isOver = true;
            Assert.Equal(started, ended);
            Assert.Single(failures);
            Assert.Equal(0, leaked!.LiveChildCount);
            Assert.Throws<InvalidOperationException>(() => leaked.StartSoon(() => Task.CompletedTask));

            void StartChild(Nursery nursery, int depth, bool fails)
            {
                started++;
                nursery.StartSoon(async token =>
                {
                    try
                    {
                        Assert.False(isOver);
                        if (depth < 2)
                            StartChild(nursery, depth + 1, fails: false);
                        for (var turn = 0; turn < 2; turn++)
                            await Checkpoint.YieldAsync();
                        if (fails)
                            throw new FormatException();
                        await Checkpoint.SleepAsync(TimeSpan.FromSeconds(1), token);
                    }
                    finally
                    {
                        Assert.False(isOver);
                        ended++;
                    }
                });
            }
        });

    [Fact]
    public Task An_owned_nursery_disposed_while_children_start_and_fail_loses_none()
        => DeterministicRun.ExploreAsync(Runs, async root =>
        {
            var started = 0;
            var ended = 0;
            var owned = Nursery.Open();
            await Nursery.RunAsync(nursery =>
            {
                for (var starter = 0; starter < 3; starter++)
                {
                    nursery.StartSoon(async () =>
                    {
                        for (var child = 0; child < 3; child++)
                        {
                            try
                            {
                                owned.StartSoon(async token =>
                                {
                                    started++;
                                    try
                                    {
                                        await Checkpoint.SleepAsync(TimeSpan.FromSeconds(1), token);
                                    }
                                    finally
                                    {
                                        ended++;
                                    }
                                });
                            }
                            catch (InvalidOperationException)
                            {
                                return;
                            }

                            await Checkpoint.YieldAsync();
                        }
                    });
                }

                nursery.StartSoon(async () =>
                {
                    await Checkpoint.YieldAsync();
                    await owned.DisposeAsync();
                    Assert.Equal(started, ended);
                    Assert.Equal(0, owned.LiveChildCount);
                });
            });
            Assert.Equal(started, ended);
        });

    /// <summary>Sends and receives are cancelled and ends disposed at any moment: what was sent arrives exactly once, in each sender's order.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public Task A_channel_hands_each_item_over_exactly_once(int size)
        => DeterministicRun.ExploreAsync(Runs, async root =>
        {
            var (sender, receiver) = MemoryChannel.Open<(int Sender, int Item)>(size);
            var sent = new List<(int, int)>();
            var received = new List<(int Sender, int Item)>();
            await Nursery.RunAsync(nursery =>
            {
                for (var number = 0; number < 2; number++)
                {
                    var name = number;
                    var own = sender.Clone();
                    nursery.StartSoon(async () =>
                    {
                        using (own)
                        {
                            for (var item = 0; item < 3; item++)
                            {
                                var sentIt = await CancelAtAnyMomentAsync(nursery, async token =>
                                {
                                    await own.SendAsync((name, item), token);
                                    return true;
                                });
                                if (sentIt)
                                    sent.Add((name, item));
                            }
                        }
                    });
                    var ownReceiver = receiver.Clone();
                    nursery.StartSoon(async () =>
                    {
                        using (ownReceiver)
                        {
                            while (!ownReceiver.IsEnded)
                            {
                                await CancelAtAnyMomentAsync(nursery, async token =>
                                {
                                    try
                                    {
                                        // Noted where it is received: a cancellation after that must not undo it.
                                        var item = await ownReceiver.ReceiveAsync(token);
                                        received.Add(item);
                                    }
                                    catch (ChannelEndedException)
                                    {
                                    }

                                    return true;
                                });
                            }
                        }
                    });
                }

                sender.Dispose();
                receiver.Dispose();
            });

            Assert.Equal(sent.OrderBy(item => item), received.OrderBy(item => item));
            var statistics = sender.Statistics;
            Assert.Equal((0, 0, 0), (statistics.WaitingSends, statistics.WaitingReceives, statistics.BufferedCount));
        });

    [Fact]
    public Task A_limiter_lets_nobody_in_beyond_its_total_and_loses_no_place()
        => DeterministicRun.ExploreAsync(Runs, async root =>
        {
            var limiter = new CapacityLimiter(2);
            var inside = 0;
            await Nursery.RunAsync(nursery =>
            {
                for (var child = 0; child < 4; child++)
                {
                    nursery.StartSoon(async () =>
                    {
                        for (var turn = 0; turn < 2; turn++)
                        {
                            await CancelAtAnyMomentAsync(nursery, async token =>
                            {
                                using (await limiter.AcquireAsync(token))
                                {
                                    Assert.InRange(++inside, 1, 2);
                                    await Checkpoint.YieldAsync();
                                    inside--;
                                }

                                return true;
                            });
                        }
                    });
                }
            });
            Assert.Equal(new CapacityLimiter(2).Statistics, limiter.Statistics);
        });

    /// <summary>
    /// Its deadline, its owner and the scope outside cancel a scope while its body ends. Whatever comes first: the outcome agrees with what the body did, a
    /// cancellation from outside is never absorbed, and one of its own never gets out.
    /// </summary>
    [Fact]
    public Task A_scope_absorbs_exactly_its_own_cancellation()
        => DeterministicRun.ExploreAsync(Runs, async root =>
        {
            CancelScope? inner = null;
            var bodyCompleted = false;
            var innerReturned = false;
            var outcome = default(ScopeOutcome);
            var outer = await CancelScope.RunAsync(async outerScope =>
            {
                await Nursery.RunAsync(nursery =>
                {
                    nursery.StartSoon(async () =>
                    {
                        outcome = await CancelScope.RunAsync(
                            async scope =>
                            {
                                inner = scope;
                                await Checkpoint.YieldAsync();
                                await Checkpoint.SleepAsync(TimeSpan.FromSeconds(1));
                                await Checkpoint.YieldAsync();
                                bodyCompleted = true;
                            },
                            new CancelScopeOptions { Timeout = TimeSpan.FromSeconds(1) });
                        innerReturned = true;
                        Assert.False(outcome.CancelledCaught && inner!.Cause == CancelCause.FromOutside);
                    });
                    nursery.StartSoon(async () =>
                    {
                        await Checkpoint.SleepAsync(TimeSpan.FromSeconds(1));
                        inner!.Cancel("by hand");
                    });
                    nursery.StartSoon(async () =>
                    {
                        await Checkpoint.SleepAsync(TimeSpan.FromSeconds(1));
                        await Checkpoint.YieldAsync();
                        outerScope.Cancel("outside");
                    });
                });
            });

            if (innerReturned)
                Assert.Equal(bodyCompleted, outcome.Completed);
            else
                Assert.True(outer.CancelledCaught);
            Assert.True(inner!.IsCancellationRequested || bodyCompleted);
        });

    /// <summary>Runs an operation, and beside it something that cancels it at a moment the seed decides.</summary>
    private static async Task<bool> CancelAtAnyMomentAsync(Nursery nursery, Func<CancellationToken, Task<bool>> operation)
    {
        using var source = new CancellationTokenSource();
        var isOver = false;
        nursery.StartSoon(async () =>
        {
            for (var turn = 0; turn < 3; turn++)
                await Checkpoint.YieldAsync();
            if (!isOver)
                source.Cancel();
        });
        try
        {
            return await operation(source.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            isOver = true;
        }
    }
}
