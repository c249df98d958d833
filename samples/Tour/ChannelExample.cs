using System;
using System.IO;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace Tour;

/// <summary>The channel has room for two items, so the producer waits for the consumer; disposing of the sender ends the consumer's loop.</summary>
internal static class ChannelExample
{
    public static Task RunAsync(TextWriter output) => Nursery.RunAsync(nursery =>
    {
        var (sender, receiver) = MemoryChannel.Open<int>(2);
        nursery.StartSoon(ProduceAsync);
        nursery.StartSoon(ConsumeAsync);

        async Task ProduceAsync()
        {
            using (sender)
            {
                for (var item = 1; item <= 5; item++)
                    await sender.SendAsync(item);
            }

            output.WriteLine("  producer: sent everything");
        }

        async Task ConsumeAsync()
        {
            using (receiver)
            {
                await foreach (var item in receiver)
                {
                    output.WriteLine($"  consumer: got {item}");
                    await Checkpoint.SleepAsync(TimeSpan.FromSeconds(0.05));
                }
            }

            output.WriteLine("  consumer: the channel has ended");
        }
    });
}
