using System;
using System.Linq;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Channels;

/// <summary>The queue that pending operations wait in, and the pool they go back to.</summary>
public class WaitTests
{
    [Fact]
    public void A_wait_leaves_its_queue_once()
    {
        var queue = new WaitQueue<int>();
        var wait = new Wait<int>(null!, new WaitPool<int>());
        queue.Enqueue(wait);
        Assert.Same(wait, queue.First);
        Assert.True(queue.Remove(wait));
        // Whoever comes second has not decided it.
        Assert.False(queue.Remove(wait));
        Assert.False(queue.TryDequeue(out _));
        Assert.Null(queue.First);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void After_a_burst_as_many_waits_are_kept_as_ordinary_use_needs_and_each_is_given_out_once()
    {
        var pool = new WaitPool<int>();
        var burst = Enumerable.Range(0, 200).Select(_ => pool.Take(null!)).ToArray();
        foreach (var wait in burst)
            pool.GiveBack(wait);
        var next = Enumerable.Range(0, 200).Select(_ => pool.Take(null!)).ToArray();
        Assert.Equal(200, next.Distinct().Count());
        // Sixty-four in the list, and the one that lies ready.
        Assert.Equal(65, next.Intersect(burst).Count());
    }

    [Fact]
    public void The_wait_that_came_back_last_is_taken_again_first_where_one_user_has_it()
    {
        var pool = new WaitPool<int>();
        var wait = pool.Take(null!);
        pool.GiveBack(wait);
        Assert.Same(wait, pool.Take(null!));
    }

    [Fact]
    public async Task Too_early_to_fetch_says_what_to_do()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(0);
        var receive = receiver.ReceiveAsync();
        Assert.Contains("AsTask()", Assert.Throws<InvalidOperationException>(() => receive.GetAwaiter().GetResult()).Message);
        sender.TrySend(3);
        Assert.Equal(3, await receive);
    }

    [Fact]
    public async Task A_wait_says_that_the_scope_was_cancelled_and_why()
        => await CancelScope.RunAsync(async outer =>
        {
            var (_, receiver) = MemoryChannel.Open<int>(0);
            await CancelScope.RunAsync(async scope =>
            {
                var receive = receiver.ReceiveAsync().AsTask();
                scope.Cancel();
                Assert.Equal("The surrounding scope was cancelled.", (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receive)).Message);
            });
            await CancelScope.RunAsync(async scope =>
            {
                var receive = receiver.ReceiveAsync().AsTask();
                scope.Cancel("enough");
                Assert.Equal("The surrounding scope was cancelled: enough", (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receive)).Message);
            });
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_a_scope_the_token_given_ends_a_wait_too(bool isScopesOwn)
        => await CancelScope.RunAsync(async scope =>
        {
            using var other = new System.Threading.CancellationTokenSource();
            var token = isScopesOwn ? scope.Token : other.Token;
            var (_, receiver) = MemoryChannel.Open<int>(0);
            var receive = receiver.ReceiveAsync(token).AsTask();
            if (isScopesOwn)
                scope.Cancel();
            else
                other.Cancel();
            Assert.Equal(token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receive.OrTimeout())).CancellationToken);
            Assert.Equal(0, receiver.Statistics.WaitingReceives);
        });

    [Fact]
    public async Task In_a_seeded_run_an_operation_that_ended_before_it_was_awaited_goes_on_in_the_run()
        => await Time.VirtualAsync(async _ =>
        {
            var thread = Environment.CurrentManagedThreadId;
            var wentOn = new TaskCompletionSource<int>();
            var (sender, receiver) = MemoryChannel.Open<int>(0);
            var awaiter = receiver.ReceiveAsync().GetAwaiter();
            Assert.False(awaiter.IsCompleted);
            sender.TrySend(1);
            awaiter.UnsafeOnCompleted(() => wentOn.SetResult(Environment.CurrentManagedThreadId));
            Assert.Equal(thread, await wentOn.Task);
            Assert.Equal(1, awaiter.GetResult());
        });
}
