using System;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Channels;

/// <summary>What is said when a channel or a limiter is used wrongly: what was wrong, and what to do.</summary>
public class MessageTests
{
    [Fact]
    public async Task A_misused_channel_says_what_to_do()
    {
        Assert.Contains("Unbounded sets no limit", Assert.Throws<ArgumentOutOfRangeException>(() => MemoryChannel.Open<int>(-2)).Message);

        var (sender, receiver) = MemoryChannel.Open<int>(1);
        sender.Dispose();
        Assert.Contains("This sender was disposed", Assert.Throws<ObjectDisposedException>(() => sender.TrySend(1)).Message);
        Assert.Contains("every sender was disposed", (await Assert.ThrowsAsync<ChannelEndedException>(async () => await receiver.ReceiveAsync())).Message);
        receiver.Dispose();
        Assert.Contains("This receiver was disposed", Assert.Throws<ObjectDisposedException>(() => receiver.TryReceive(out _)).Message);

        var (other, gone) = MemoryChannel.Open<int>(1);
        gone.Dispose();
        Assert.Contains("every receiver was disposed", Assert.Throws<BrokenChannelException>(() => other.TrySend(1)).Message);
    }

    [Fact]
    public async Task A_misused_limiter_says_what_to_do()
    {
        Assert.Contains("0 lets nobody in", Assert.Throws<ArgumentOutOfRangeException>(() => new CapacityLimiter(-1)).Message);
        var limiter = new CapacityLimiter(1);
        using var lease = await limiter.AcquireAsync(this);
        // Full or not, a second place for one borrower is an error and not a wait; for anybody else it is only full.
        Assert.Contains("(MessageTests)", Assert.Throws<InvalidOperationException>(() => limiter.TryAcquire(this, out _)).Message);
        Assert.False(limiter.TryAcquire(new object(), out _));
        Assert.False(limiter.TryAcquire(out _));
    }
}
