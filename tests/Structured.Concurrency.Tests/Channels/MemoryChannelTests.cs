using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Channels;

public class MemoryChannelTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(MemoryChannel.Unbounded)]
    public async Task Items_arrive_in_the_order_they_were_sent(int size)
    {
        var (sender, receiver) = MemoryChannel.Open<int>(size);
        var received = new List<int>();

        await Nursery.RunAsync(nursery =>
        {
            nursery.StartSoon(async () =>
            {
                using (sender)
                {
                    for (var item = 0; item < 1000; item++)
                        await sender.SendAsync(item);
                }
            });
            nursery.StartSoon(async () =>
            {
                await foreach (var item in receiver)
                    received.Add(item);
            });
        });

        Assert.Equal(Enumerable.Range(0, 1000), received);
        Assert.True(receiver.IsEnded);
    }

    [Fact]
    public void A_bounded_channel_takes_as_many_items_as_its_size_without_waiting()
    {
        var (sender, receiver) = MemoryChannel.Open<string>(2);

        Assert.True(sender.TrySend("first"));
        Assert.True(sender.TrySend("second"));
        Assert.False(sender.TrySend("third"));

        Assert.True(receiver.TryReceive(out var item));
        Assert.Equal("first", item);
        Assert.True(sender.TrySend("third"));
    }

    [Fact]
    public async Task A_send_into_a_full_buffer_waits_until_there_is_room()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(1);
        await sender.SendAsync(1);

        var second = sender.SendAsync(2).AsTask();
        Assert.False(second.IsCompleted);

        Assert.Equal(1, await receiver.ReceiveAsync());
        await second;
        Assert.Equal(2, await receiver.ReceiveAsync());
    }

    [Fact]
    public async Task A_channel_without_a_buffer_completes_a_send_only_when_a_receiver_took_the_item()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(0);

        Assert.False(sender.TrySend(0));
        var send = sender.SendAsync(1).AsTask();
        Assert.False(send.IsCompleted);
        Assert.Equal(0, sender.Statistics.BufferedCount);

        Assert.Equal(1, await receiver.ReceiveAsync());
        await send;

        var receive = receiver.ReceiveAsync().AsTask();
        Assert.False(receive.IsCompleted);
        Assert.True(sender.TrySend(2));
        Assert.Equal(2, await receive);
    }

    [Fact]
    public async Task A_receive_without_a_buffer_takes_the_item_of_a_waiting_send_at_once()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(0);
        var send = sender.SendAsync(7).AsTask();

        Assert.True(receiver.TryReceive(out var item));
        Assert.Equal(7, item);
        await send;
    }

    [Fact]
    public async Task Waiting_receivers_are_served_in_the_order_they_came()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(0);
        var receives = Enumerable.Range(0, 5).Select(_ => receiver.ReceiveAsync().AsTask()).ToArray();

        for (var item = 0; item < 5; item++)
            Assert.True(sender.TrySend(item));

        Assert.Equal(Enumerable.Range(0, 5), await Task.WhenAll(receives));
    }

    [Fact]
    public async Task Waiting_senders_are_served_in_the_order_they_came()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(1);
        var sends = Enumerable.Range(0, 5).Select(item => sender.SendAsync(item).AsTask()).ToArray();

        for (var item = 0; item < 5; item++)
            Assert.Equal(item, await receiver.ReceiveAsync());
        await Task.WhenAll(sends);
    }

    [Fact]
    public async Task A_cancelled_wait_gives_its_turn_to_the_next()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(0);
        using var source = new CancellationTokenSource();
        var first = receiver.ReceiveAsync(source.Token).AsTask();
        var second = receiver.ReceiveAsync().AsTask();

        source.Cancel();
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(source.Token, exception.CancellationToken);
        Assert.True(first.IsCanceled);

        Assert.True(sender.TrySend(1));
        Assert.Equal(1, await second);
    }

    [Fact]
    public async Task A_cancelled_send_does_not_send()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(0);
        using var source = new CancellationTokenSource();
        var send = sender.SendAsync(1, source.Token).AsTask();

        source.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => send);
        Assert.False(receiver.TryReceive(out _));
    }

    [Fact]
    public async Task A_token_that_is_cancelled_already_stops_an_operation_that_need_not_wait()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(2);
        await sender.SendAsync(1);
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await sender.SendAsync(2, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await receiver.ReceiveAsync(cancelled));

        Assert.Equal(1, receiver.Statistics.BufferedCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_surrounding_scope_ends_a_wait_that_was_given_no_token_or_another(bool otherToken)
    {
        var (sender, receiver) = MemoryChannel.Open<int>(0);
        using var other = new CancellationTokenSource();
        var token = otherToken ? other.Token : default;

        await CancelScope.RunAsync(async scope =>
        {
            var receive = receiver.ReceiveAsync(token).AsTask();
            scope.Cancel("enough");
            var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receive);
            Assert.Contains("enough", exception.Message, StringComparison.Ordinal);

            // Also without a wait.
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await sender.SendAsync(1, token));
        });

        Assert.Equal(0, receiver.Statistics.WaitingReceives);
        Assert.False(sender.TrySend(1));
    }

    [Fact]
    public async Task When_the_last_sender_is_disposed_receivers_get_what_is_left_and_then_the_end()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(5);
        var clone = sender.Clone();
        await sender.SendAsync(1);
        sender.Dispose();
        await clone.SendAsync(2);
        clone.Dispose();

        Assert.False(receiver.IsEnded);
        Assert.Equal(1, await receiver.ReceiveAsync());
        Assert.Equal(2, await receiver.ReceiveAsync());
        Assert.True(receiver.IsEnded);
        Assert.False(receiver.TryReceive(out _));
        await Assert.ThrowsAsync<ChannelEndedException>(async () => await receiver.ReceiveAsync());
        await foreach (var _ in receiver)
            Assert.Fail("Nothing is left.");
    }

    [Fact]
    public async Task Disposing_the_last_sender_ends_the_receives_that_wait()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(0);
        var receive = receiver.ReceiveAsync().AsTask();
        var enumerator = receiver.GetAsyncEnumerator();
        var next = enumerator.MoveNextAsync().AsTask();

        sender.Dispose();

        await Assert.ThrowsAsync<ChannelEndedException>(() => receive);
        Assert.False(await next);
        await enumerator.DisposeAsync();
    }

    [Fact]
    public async Task When_the_last_receiver_is_disposed_sends_fail_those_that_wait_included()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(1);
        var clone = receiver.Clone();
        await sender.SendAsync(1);
        var pending = sender.SendAsync(2).AsTask();

        receiver.Dispose();
        Assert.Equal((1, 1), (sender.Statistics.BufferedCount, sender.Statistics.WaitingSends));
        clone.Dispose();

        await Assert.ThrowsAsync<BrokenChannelException>(() => pending);
        await Assert.ThrowsAsync<BrokenChannelException>(async () => await sender.SendAsync(3));
        Assert.Throws<BrokenChannelException>(() => sender.TrySend(3));
        Assert.Equal(0, sender.Statistics.BufferedCount);
    }

    [Fact]
    public async Task Disposing_an_end_wakes_its_own_pending_operations_and_no_others()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(0);
        var otherReceiver = receiver.Clone();
        var own = receiver.ReceiveAsync().AsTask();
        var others = otherReceiver.ReceiveAsync().AsTask();
        receiver.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => own);
        Assert.False(others.IsCompleted);
        Assert.True(sender.TrySend(1));
        Assert.Equal(1, await others);

        var otherSender = sender.Clone();
        var ownSend = sender.SendAsync(2).AsTask();
        var othersSend = otherSender.SendAsync(3).AsTask();
        sender.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => ownSend);
        Assert.Equal(3, await otherReceiver.ReceiveAsync());
        await othersSend;
    }

    [Fact]
    public async Task A_disposed_end_refuses_everything_but_being_disposed_again()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(1);
        var keepOpen = (sender.Clone(), receiver.Clone());
        sender.Dispose();
        sender.Dispose();
        receiver.Dispose();
        receiver.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await sender.SendAsync(1));
        Assert.Throws<ObjectDisposedException>(() => sender.TrySend(1));
        Assert.Throws<ObjectDisposedException>(() => sender.Clone());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await receiver.ReceiveAsync());
        Assert.Throws<ObjectDisposedException>(() => receiver.TryReceive(out _));
        Assert.Throws<ObjectDisposedException>(() => receiver.Clone());
        Assert.Equal(1, keepOpen.Item1.Statistics.OpenSenders);
        Assert.Equal(1, keepOpen.Item2.Statistics.OpenReceivers);
    }

    [Fact]
    public async Task Statistics_tell_what_lies_waits_and_is_open()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(1);
        using var senderClone = sender.Clone();
        using var receiverClone = receiver.Clone();
        await sender.SendAsync(1);
        var pending = sender.SendAsync(2).AsTask();

        Assert.Equal(
            new MemoryChannelStatistics { BufferedCount = 1, MaxBufferSize = 1, OpenSenders = 2, OpenReceivers = 2, WaitingSends = 1 },
            receiver.Statistics);

        Assert.True(receiver.TryReceive(out _));
        Assert.True(receiver.TryReceive(out _));
        await pending;
        var receive = receiver.ReceiveAsync().AsTask();
        Assert.Equal(1, sender.Statistics.WaitingReceives);
        sender.TrySend(3);
        await receive;
    }

    [Fact]
    public void The_exceptions_are_invalid_operations_so_that_one_catch_serves_both()
    {
        Assert.IsAssignableFrom<InvalidOperationException>(new ChannelEndedException());
        Assert.IsAssignableFrom<InvalidOperationException>(new BrokenChannelException());
    }

    [Fact]
    public void A_negative_size_is_refused()
        => Assert.Throws<ArgumentOutOfRangeException>("maxBufferSize", () => MemoryChannel.Open<int>(-1));

    [Fact]
    public void A_channel_of_any_size_uses_memory_only_for_what_lies_in_it()
    {
        // What the first use costs once is not the channel's.
        MemoryChannel.Open<long>(1).Sender.TrySend(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        MemoryChannel.Open<long>(1_000_000_000).Sender.TrySend(1);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public async Task The_items_of_a_long_backlog_come_out_whole_and_in_order()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(MemoryChannel.Unbounded);
        for (var round = 0; round < 2; round++)
        {
            // Off the start of the array, so that growing has to move a buffer that wraps around.
            for (var item = 0; item < 3; item++)
                sender.TrySend(-1);
            for (var item = 0; item < 3; item++)
                Assert.True(receiver.TryReceive(out _));
            for (var item = 0; item < 100_000; item++)
                Assert.True(sender.TrySend(item));
            for (var item = 0; item < 100_000; item++)
                Assert.Equal(item, await receiver.ReceiveAsync());
        }
    }

    [Fact]
    public async Task Leaving_a_loop_early_leaves_the_rest_in_the_channel()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(3);
        for (var item = 1; item <= 3; item++)
            await sender.SendAsync(item);

        await foreach (var item in receiver)
        {
            Assert.Equal(1, item);
            break;
        }

        Assert.Equal(2, await receiver.ReceiveAsync());
    }

    [Fact]
    public async Task A_loop_is_cancelled_by_the_token_given_to_it()
    {
        var (_, receiver) = MemoryChannel.Open<int>(0);
        using var source = new CancellationTokenSource();
        var loop = ConsumeAsync();
        source.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop);

        async Task ConsumeAsync()
        {
            await foreach (var _ in receiver.WithCancellation(source.Token))
            {
            }
        }
    }

    [Fact]
    public async Task A_result_is_fetched_once_and_not_too_early()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(0);
        var receive = receiver.ReceiveAsync();
        Assert.Throws<InvalidOperationException>(() => receive.GetAwaiter().GetResult());

        sender.TrySend(1);
        Assert.Equal(1, await receive);
        Assert.Throws<InvalidOperationException>(() => receive.GetAwaiter().GetResult());
    }

    [Fact]
    public async Task A_continuation_never_runs_inside_the_operation_that_completes_it()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(0);
        var inside = false;
        var consumer = ConsumeAsync();
        inside = true;
        sender.TrySend(1);
        inside = false;
        await consumer;

        async Task ConsumeAsync()
        {
            var thread = Environment.CurrentManagedThreadId;
            await receiver.ReceiveAsync().ConfigureAwait(false);
            Assert.False(inside && thread == Environment.CurrentManagedThreadId);
        }
    }
}
