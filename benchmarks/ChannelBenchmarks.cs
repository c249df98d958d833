using System;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using BenchmarkDotNet.Attributes;
using Structured.Concurrency;

namespace Structured.Benchmarks;

/// <summary>
/// One item through a channel, from producers to consumers that each run as a task of their own: against System.Threading.Channels. Times and bytes are for one item.
/// </summary>
[MemoryDiagnoser]
public class ChannelBenchmarks
{
    private const int Items = 20_000;

    private readonly CancellationTokenSource _source = new();
    private CancellationToken _token;

    [Params(0, 1, 64, MemoryChannel.Unbounded)]
    public int Capacity { get; set; }

    /// <summary>So many producers and as many consumers.</summary>
    [Params(1, 2)]
    public int Pairs { get; set; }

    [Params(false, true)]
    public bool WithToken { get; set; }

    [GlobalSetup]
    public void Setup() => _token = WithToken ? _source.Token : default;

    [Benchmark(Baseline = true, OperationsPerInvoke = Items)]
    public Task SystemThreadingChannels()
    {
        var channel = Capacity == MemoryChannel.Unbounded ? Channel.CreateUnbounded<int>() : Channel.CreateBounded<int>(Capacity);
        var tasks = new Task[Pairs * 2];
        for (var pair = 0; pair < Pairs; pair++)
        {
            tasks[pair * 2] = Task.Run(async () =>
            {
                for (var item = 0; item < Items / Pairs; item++)
                    await channel.Writer.WriteAsync(item, _token);
            });
            tasks[(pair * 2) + 1] = Task.Run(async () =>
            {
                for (var item = 0; item < Items / Pairs; item++)
                    await channel.Reader.ReadAsync(_token);
            });
        }

        return Task.WhenAll(tasks);
    }

    [Benchmark(OperationsPerInvoke = Items)]
    public Task MemoryChannels()
    {
        var (sender, receiver) = MemoryChannel.Open<int>(Capacity);
        var tasks = new Task[Pairs * 2];
        for (var pair = 0; pair < Pairs; pair++)
        {
            tasks[pair * 2] = Task.Run(async () =>
            {
                for (var item = 0; item < Items / Pairs; item++)
                    await sender.SendAsync(item, _token);
            });
            tasks[(pair * 2) + 1] = Task.Run(async () =>
            {
                for (var item = 0; item < Items / Pairs; item++)
                    await receiver.ReceiveAsync(_token);
            });
        }

        return Task.WhenAll(tasks);
    }

    /// <summary>As it is used: in a nursery, whose scope every operation observes besides its token.</summary>
    [Benchmark(OperationsPerInvoke = Items)]
    public Task MemoryChannelsInNursery() => Nursery.RunAsync(nursery =>
    {
        var (sender, receiver) = MemoryChannel.Open<int>(Capacity);
        for (var pair = 0; pair < Pairs; pair++)
        {
            nursery.StartSoon(async token =>
            {
                token = WithToken ? token : default;
                for (var item = 0; item < Items / Pairs; item++)
                    await sender.SendAsync(item, token);
            });
            nursery.StartSoon(async token =>
            {
                token = WithToken ? token : default;
                for (var item = 0; item < Items / Pairs; item++)
                    await receiver.ReceiveAsync(token);
            });
        }
    });
}
