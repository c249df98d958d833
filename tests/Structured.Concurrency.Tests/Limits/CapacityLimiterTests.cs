using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Limits;

public class CapacityLimiterTests
{
    [Fact]
    public async Task No_more_than_the_total_are_in_at_a_time()
    {
        var limiter = new CapacityLimiter(3);
        var inside = 0;
        var most = 0;

        await Nursery.RunAsync(nursery =>
        {
            for (var child = 0; child < 50; child++)
            {
                nursery.StartSoon(() => limiter.RunAsync(async () =>
                {
                    var now = Interlocked.Increment(ref inside);
                    lock (limiter)
                        most = Math.Max(most, now);
                    await Task.Yield();
                    Interlocked.Decrement(ref inside);
                }));
            }
        });

        Assert.InRange(most, 1, 3);
        Assert.Equal(new CapacityLimiterStatistics { Total = 3 }, limiter.Statistics);
    }

    [Fact]
    public async Task Places_are_given_in_the_order_they_were_asked_for()
    {
        var limiter = new CapacityLimiter(1);
        var first = await limiter.AcquireAsync();
        var second = limiter.AcquireAsync().AsTask();
        var third = limiter.AcquireAsync().AsTask();

        first.Dispose();
        (await second).Dispose();
        (await third).Dispose();

        Assert.Equal(0, limiter.Statistics.BorrowedCount);
    }

    [Fact]
    public async Task Nobody_overtakes_those_who_wait()
    {
        var limiter = new CapacityLimiter(1);
        var first = await limiter.AcquireAsync();
        var waiting = limiter.AcquireAsync().AsTask();

        first.Dispose();

        Assert.False(limiter.TryAcquire(out _));
        (await waiting).Dispose();
        Assert.True(limiter.TryAcquire(out var lease));
        lease.Dispose();
    }

    [Fact]
    public async Task A_lease_gives_its_place_back_once_whatever_copy_is_disposed()
    {
        var limiter = new CapacityLimiter(1);
        var lease = await limiter.AcquireAsync();
        var copy = lease;

        lease.Dispose();
        copy.Dispose();
        Assert.Equal(0, limiter.Statistics.BorrowedCount);

        // Also when the place has been taken again meanwhile.
        var next = await limiter.AcquireAsync();
        copy.Dispose();
        Assert.Equal(1, limiter.Statistics.BorrowedCount);
        next.Dispose();
        default(Lease).Dispose();
    }

    [Fact]
    public async Task A_cancelled_wait_takes_no_place()
    {
        var limiter = new CapacityLimiter(1);
        var first = await limiter.AcquireAsync();
        using var source = new CancellationTokenSource();
        var cancelled = limiter.AcquireAsync(source.Token).AsTask();
        var next = limiter.AcquireAsync().AsTask();

        source.Cancel();
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal(source.Token, exception.CancellationToken);

        first.Dispose();
        (await next).Dispose();
        Assert.Equal(1, limiter.Statistics.AvailableCount);
    }

    [Fact]
    public async Task The_surrounding_scope_ends_a_wait()
    {
        var limiter = new CapacityLimiter(0);
        var outcome = await CancelScope.RunAsync(async scope =>
        {
            var waiting = limiter.AcquireAsync().AsTask();
            scope.Cancel();
            await waiting;
        });
        Assert.True(outcome.CancelledCaught);
        Assert.Equal(0, limiter.Statistics.WaitingCount);
    }

    [Fact]
    public async Task A_cancelled_scope_stops_even_an_acquire_that_need_not_wait()
    {
        var limiter = new CapacityLimiter(1);
        await CancelScope.RunAsync(async scope =>
        {
            scope.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await limiter.AcquireAsync());
        });
        Assert.Equal(1, limiter.Statistics.AvailableCount);
    }

    [Fact]
    public async Task Raising_the_total_lets_in_those_who_wait()
    {
        var limiter = new CapacityLimiter(0);
        var waiting = Enumerable.Range(0, 3).Select(_ => limiter.AcquireAsync().AsTask()).ToArray();
        Assert.Equal(3, limiter.Statistics.WaitingCount);

        limiter.Total = 2;
        await waiting[0];
        await waiting[1];
        Assert.False(waiting[2].IsCompleted);

        limiter.Total = int.MaxValue;
        await waiting[2];
    }

    [Fact]
    public async Task Lowering_the_total_lets_nobody_in_until_enough_have_left()
    {
        var limiter = new CapacityLimiter(2);
        var first = await limiter.AcquireAsync();
        var second = await limiter.AcquireAsync();
        limiter.Total = 1;
        Assert.Equal(0, limiter.Statistics.AvailableCount);

        first.Dispose();
        Assert.False(limiter.TryAcquire(out _));
        second.Dispose();
        Assert.True(limiter.TryAcquire(out _));
    }

    [Fact]
    public async Task A_borrower_has_one_place_at_a_time()
    {
        var limiter = new CapacityLimiter(2);
        var borrower = new object();
        var lease = await limiter.AcquireAsync(borrower);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await limiter.AcquireAsync(borrower));
        Assert.Throws<InvalidOperationException>(() => limiter.TryAcquire(borrower, out _));
        Assert.Equal(1, limiter.Statistics.BorrowedCount);

        lease.Dispose();
        Assert.True(limiter.TryAcquire(borrower, out lease));
        lease.Dispose();
    }

    [Fact]
    public async Task A_borrower_that_waits_cannot_ask_again_until_it_was_cancelled()
    {
        var limiter = new CapacityLimiter(0);
        var borrower = new object();
        using var source = new CancellationTokenSource();
        var waiting = limiter.AcquireAsync(borrower, source.Token).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await limiter.AcquireAsync(borrower));

        source.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        limiter.Total = 1;
        (await limiter.AcquireAsync(borrower)).Dispose();
    }

    [Fact]
    public async Task Borrowers_are_told_apart_by_reference()
    {
        var limiter = new CapacityLimiter(2);
        (await limiter.AcquireAsync(new string('a', 1))).Dispose();
        var first = await limiter.AcquireAsync(new string('a', 1));
        var second = await limiter.AcquireAsync(new string('a', 1));
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task Running_a_body_leaves_however_the_body_ends()
    {
        var limiter = new CapacityLimiter(1);
        Assert.Equal(5, await limiter.RunAsync(async token =>
        {
            await Task.Yield();
            return 5;
        }));
        await Assert.ThrowsAsync<FormatException>(() => limiter.RunAsync(() => throw new FormatException()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => limiter.RunAsync(() => (Task)null!));
        Assert.Equal(1, limiter.Statistics.AvailableCount);
    }

    [Fact]
    public async Task A_body_is_handed_the_token_given_or_else_that_of_the_scope()
    {
        var limiter = new CapacityLimiter(1);
        using var source = new CancellationTokenSource();
        await CancelScope.RunAsync(async scope =>
        {
            await limiter.RunAsync(token =>
            {
                Assert.Equal(scope.Token, token);
                return Task.CompletedTask;
            });
            await limiter.RunAsync(
                token =>
                {
                    Assert.Equal(source.Token, token);
                    return Task.CompletedTask;
                },
                source.Token);
        });
    }

    [Fact]
    public async Task A_body_that_had_to_wait_runs_in_the_context_of_its_caller()
    {
        using var context = new OneThreadContext();
        Assert.True(await context.RunAsync(async () =>
        {
            var limiter = new CapacityLimiter(1);
            var lease = await limiter.AcquireAsync();
            var first = limiter.RunAsync(() => Task.FromResult(SynchronizationContext.Current == context));
            var second = false;
            var without = limiter.RunAsync(() =>
            {
                second = SynchronizationContext.Current == context;
                return Task.CompletedTask;
            });
            _ = Task.Run(() => lease.Dispose());
            var isFirst = await first;
            await without;
            return isFirst && second;
        }));
    }

    [Fact]
    public void A_place_that_was_used_before_costs_no_memory()
    {
        var limiter = new CapacityLimiter(1);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var round = 0; round < 1000; round++)
            {
                Assert.True(limiter.TryAcquire(out var lease));
                lease.Dispose();
            }

            // The first attempt warms up.
            if (attempt == 1)
                Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("total", () => new CapacityLimiter(-1));
        var limiter = new CapacityLimiter(0);
        Assert.Throws<ArgumentOutOfRangeException>("Total", () => limiter.Total = -1);
        Assert.Throws<ArgumentNullException>("borrower", () => _ = limiter.AcquireAsync((object)null!));
        Assert.Throws<ArgumentNullException>("borrower", () => limiter.TryAcquire(null!, out _));
        Assert.Throws<ArgumentNullException>("body", () => { _ = limiter.RunAsync((Func<Task>)null!); });
        Assert.Throws<ArgumentNullException>("body", () => { _ = limiter.RunAsync((Func<Task<int>>)null!); });
        Assert.Throws<ArgumentNullException>("body", () => { _ = limiter.RunAsync((Func<CancellationToken, Task>)null!); });
        Assert.Throws<ArgumentNullException>("body", () => { _ = limiter.RunAsync((Func<CancellationToken, Task<int>>)null!); });
    }

    [Fact]
    public async Task Cancellation_against_hand_over_loses_no_place()
    {
        var limiter = new CapacityLimiter(2);
        var inside = 0;
        var rounds = Effort.Rounds(5_000, inLongForm: 500_000);
        await Nursery.RunAsync(nursery =>
        {
            for (var child = 0; child < 6; child++)
            {
                var random = new Random(child);
                nursery.StartSoon(async () =>
                {
                    for (var round = 0; round < rounds; round++)
                    {
                        using var source = new CancellationTokenSource();
                        var acquire = limiter.AcquireAsync(source.Token);
                        if (random.Next(2) == 0)
                            source.Cancel();
                        try
                        {
                            using (await acquire)
                            {
                                Assert.InRange(Interlocked.Increment(ref inside), 1, 2);
                                if (random.Next(4) == 0)
                                    await Task.Yield();
                                Interlocked.Decrement(ref inside);
                            }
                        }
                        catch (OperationCanceledException)
                        {
                        }
                    }
                });
            }
        });
        Assert.Equal(new CapacityLimiterStatistics { Total = 2 }, limiter.Statistics);
    }
}
