using System;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Channels;

/// <summary>Nothing else may allocate while these measure.</summary>
[CollectionDefinition("Alone", DisableParallelization = true)]
public class Alone;

[Collection("Alone")]
public class MemoryChannelAllocationTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Waiting_allocates_nothing(bool withToken, bool inScope)
    {
        using var source = new CancellationTokenSource();
        var token = withToken ? source.Token : default;
        if (inScope)
            await Nursery.RunAsync(_ => MeasureAsync());
        else
            await MeasureAsync();

        async Task MeasureAsync()
        {
            var (there, thereEnd) = MemoryChannel.Open<int>(0);
            var (back, backEnd) = MemoryChannel.Open<int>(0);
            const int Items = 20_000;
            var echo = EchoAsync();
            await PingAsync(2000);
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await PingAsync(Items);
            var perItem = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Items;
            there.Dispose();
            await echo;
            // The smallest object is 24 bytes, and each item waits four times.
#if NETSTANDARD_RUNTIME
            // The pool takes no work item of one's own there: it wraps each resumption in one.
            const double Most = 4 * 40;
#else
            const double Most = 10;
#endif
            Assert.InRange(perItem, 0, Most);

            async Task PingAsync(int count)
            {
                for (var item = 0; item < count; item++)
                {
                    await there.SendAsync(item, token).ConfigureAwait(false);
                    if (await backEnd.ReceiveAsync(token).ConfigureAwait(false) != item)
                        throw new InvalidOperationException("Another item came back.");
                }
            }

            async Task EchoAsync()
            {
                await Task.Yield();
                await foreach (var item in thereEnd.ConfigureAwait(false))
                    await back.SendAsync(item, token).ConfigureAwait(false);
            }
        }
    }
}
