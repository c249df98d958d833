using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using BenchmarkDotNet.Attributes;
using Structured.Concurrency;

namespace Structured.Benchmarks;

/// <summary>
/// One send and one receive by one task, with nobody else around: what the operations themselves cost, without the pool's and the scheduler's part. Where it
/// waits, the receive comes first.
/// </summary>
[MemoryDiagnoser]
public class ChannelStepBenchmarks
{
    private const int Items = 2_000;

    private readonly CancellationTokenSource _source = new();
    private CancellationToken _token;
    private Channel<int> _channel = null!;
    private Sender<int> _sender = null!;
    private Receiver<int> _receiver = null!;

    [Params(64, MemoryChannel.Unbounded)]
    public int Capacity { get; set; }

    [Params(false, true)]
    public bool Waits { get; set; }

    [Params(false, true)]
    public bool WithToken { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _token = WithToken ? _source.Token : default;
        _channel = Capacity == MemoryChannel.Unbounded ? Channel.CreateUnbounded<int>() : Channel.CreateBounded<int>(Capacity);
        (_sender, _receiver) = MemoryChannel.Open<int>(Capacity);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Items)]
    public async Task SystemThreadingChannels()
    {
        for (var item = 0; item < Items; item++)
        {
            if (Waits)
            {
                var read = _channel.Reader.ReadAsync(_token);
                await _channel.Writer.WriteAsync(item, _token);
                await read;
            }
            else
            {
                await _channel.Writer.WriteAsync(item, _token);
                await _channel.Reader.ReadAsync(_token);
            }
        }
    }

    [Benchmark(OperationsPerInvoke = Items)]
    public Task MemoryChannels() => SendAndReceiveAsync(_token);

    /// <summary>As it is used: in a nursery, whose scope every operation observes besides its token.</summary>
    [Benchmark(OperationsPerInvoke = Items)]
    public Task MemoryChannelsInNursery() => Nursery.RunAsync(nursery => SendAndReceiveAsync(WithToken ? nursery.CancellationToken : default));

    private async Task SendAndReceiveAsync(CancellationToken token)
    {
        for (var item = 0; item < Items; item++)
        {
            if (Waits)
            {
                var receive = _receiver.ReceiveAsync(token);
                await _sender.SendAsync(item, token);
                await receive;
            }
            else
            {
                await _sender.SendAsync(item, token);
                await _receiver.ReceiveAsync(token);
            }
        }
    }
}
