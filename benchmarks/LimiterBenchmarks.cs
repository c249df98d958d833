using System;
using System.Threading;
using System.Threading.Tasks;
using BenchmarkDotNet.Attributes;
using Structured.Concurrency;

namespace Structured.Benchmarks;

/// <summary>Taking a place and giving it back, against a semaphore; with room for everybody, and with four tasks that want one place. Times and bytes are for one round.</summary>
[MemoryDiagnoser]
public class LimiterBenchmarks
{
    private const int Rounds = 20_000;
    private const int Tasks = 4;

    private readonly SemaphoreSlim _semaphore = new(1);
    private readonly CapacityLimiter _limiter = new(1);
    private readonly CancellationTokenSource _source = new();
    private CancellationToken _token;

    [Params(false, true)]
    public bool Contended { get; set; }

    [Params(false, true)]
    public bool WithToken { get; set; }

    [GlobalSetup]
    public void Setup() => _token = WithToken ? _source.Token : default;

    [Benchmark(Baseline = true, OperationsPerInvoke = Rounds)]
    public Task Semaphore() => RunAsync(async rounds =>
    {
        for (var round = 0; round < rounds; round++)
        {
            await _semaphore.WaitAsync(_token);
            if (Contended)
                await Task.Yield();
            _semaphore.Release();
        }
    });

    [Benchmark(OperationsPerInvoke = Rounds)]
    public Task Limiter() => RunAsync(async rounds =>
    {
        for (var round = 0; round < rounds; round++)
        {
            using (await _limiter.AcquireAsync(_token))
            {
                if (Contended)
                    await Task.Yield();
            }
        }
    });

    private Task RunAsync(Func<int, Task> work)
    {
        if (!Contended)
            return work(Rounds);
        var tasks = new Task[Tasks];
        for (var task = 0; task < Tasks; task++)
            tasks[task] = Task.Run(() => work(Rounds / Tasks));
        return Task.WhenAll(tasks);
    }
}
