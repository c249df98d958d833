using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Channels;

/// <summary>Cancellation against hand-over on real threads: what was sent successfully arrives exactly once, what was not sent never does.</summary>
public class MemoryChannelStressTests
{
    private static readonly int Items = Effort.Rounds(20_000, inLongForm: 2_000_000);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Cancelling_sends_and_receives_loses_and_doubles_nothing(int size)
    {
        const int Pairs = 3;
        var (sender, receiver) = MemoryChannel.Open<int>(size);
        var sent = new ConcurrentDictionary<int, bool>();
        var received = new ConcurrentDictionary<int, int>();
        var next = 0;

        await Nursery.RunAsync(nursery =>
        {
            for (var pair = 0; pair < Pairs; pair++)
            {
                var seed = pair;
                var ownSender = sender.Clone();
                nursery.StartSoon(() => ProduceAsync(ownSender, new Random(seed)));
                nursery.StartSoon(() => ConsumeAsync(new Random(seed + 100)));
            }

            sender.Dispose();
        });

        Assert.Equal(sent.Keys.OrderBy(item => item), received.Keys.OrderBy(item => item));
        Assert.All(received.Values, times => Assert.Equal(1, times));
        Assert.Equal(0, receiver.Statistics.WaitingReceives);

        async Task ProduceAsync(Sender<int> own, Random random)
        {
            using (own)
            {
                for (int item; (item = Interlocked.Increment(ref next)) <= Items;)
                {
                    using var source = new CancellationTokenSource();
                    var send = own.SendAsync(item, source.Token);
                    if (random.Next(2) == 0)
                        CancelSoon(source, random.Next(200));
                    try
                    {
                        await send;
                        sent[item] = true;
                    }
                    catch (OperationCanceledException)
                    {
                    }
                }
            }
        }

        async Task ConsumeAsync(Random random)
        {
            while (true)
            {
                using var source = new CancellationTokenSource();
                var receive = receiver.ReceiveAsync(source.Token);
                if (random.Next(2) == 0)
                    CancelSoon(source, random.Next(200));
                try
                {
                    received.AddOrUpdate(await receive, 1, (_, times) => times + 1);
                }
                catch (OperationCanceledException)
                {
                }
                catch (ChannelEndedException)
                {
                    return;
                }
            }
        }
    }

    [Fact]
    public async Task Disposing_ends_while_they_are_used_ends_every_operation()
    {
        for (var round = 0; round < Items / 20; round++)
        {
            var (sender, receiver) = MemoryChannel.Open<int>(round % 3);
            await Nursery.RunAsync(nursery =>
            {
                nursery.StartSoon(async () =>
                {
                    try
                    {
                        while (true)
                            await sender.SendAsync(1);
                    }
                    catch (Exception exception) when (exception is BrokenChannelException or ObjectDisposedException)
                    {
                    }
                });
                nursery.StartSoon(async () =>
                {
                    try
                    {
                        while (true)
                            await receiver.ReceiveAsync();
                    }
                    catch (Exception exception) when (exception is ChannelEndedException or ObjectDisposedException)
                    {
                    }
                });
                nursery.StartWork(() => (round % 2 == 0 ? (IDisposable)sender : receiver).Dispose());
            });
            var statistics = receiver.Statistics;
            Assert.Equal((0, 0), (statistics.WaitingSends, statistics.WaitingReceives));
        }
    }

    private static void CancelSoon(CancellationTokenSource source, int spins)
        => ThreadPool.QueueUserWorkItem(_ =>
        {
            Thread.SpinWait(spins);
            try
            {
                source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The operation was over first.
            }
        });
}
