using System.Threading;
using System.Threading.Tasks;
using BenchmarkDotNet.Attributes;
using Structured.Concurrency;

namespace Structured.Benchmarks;

/// <summary>
/// One turn of a hot loop with a checkpoint in it, against the empty loop. The goal is a difference in nanoseconds: for the ambient form, to the loop that reads
/// an <see cref="AsyncLocal{T}"/>.
/// </summary>
[MemoryDiagnoser]
public class CheckpointBenchmarks
{
    internal const int Turns = 10_000;

    private static readonly AsyncLocal<object> Local = new();

    [Benchmark(Baseline = true, OperationsPerInvoke = Turns)]
    public Task<int> EmptyLoop() => Task.FromResult(RunEmpty());

    [Benchmark(OperationsPerInvoke = Turns)]
    public Task<int> ThrowIfCancellationRequested() => Nursery.RunAsync(nursery =>
    {
        var token = nursery.CancellationToken;
        var sum = 0;
        for (var turn = 0; turn < Turns; turn++)
        {
            token.ThrowIfCancellationRequested();
            sum += turn;
        }

        return Task.FromResult(sum);
    });

    [Benchmark(OperationsPerInvoke = Turns)]
    public Task<int> YieldWithToken() => Nursery.RunAsync(async nursery =>
    {
        var token = nursery.CancellationToken;
        var sum = 0;
        for (var turn = 0; turn < Turns; turn++)
        {
            await Checkpoint.YieldAsync(token);
            sum += turn;
        }

        return sum;
    });

    [Benchmark(OperationsPerInvoke = Turns)]
    public Task<int> AsyncLocalRead() => Nursery.RunAsync(_ =>
    {
        Local.Value = this;
        var sum = 0;
        for (var turn = 0; turn < Turns; turn++)
        {
            if (Local.Value is not null)
                sum += turn;
        }

        return Task.FromResult(sum);
    });

    [Benchmark(OperationsPerInvoke = Turns)]
    public Task<int> YieldAmbient() => Nursery.RunAsync(async _ =>
    {
        var sum = 0;
        for (var turn = 0; turn < Turns; turn++)
        {
            await Checkpoint.YieldAsync();
            sum += turn;
        }

        return sum;
    });

    private static int RunEmpty()
    {
        var sum = 0;
        for (var turn = 0; turn < Turns; turn++)
            sum += turn;
        return sum;
    }
}
