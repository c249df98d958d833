using System;
using System.Threading;
using System.Threading.Tasks;
using BenchmarkDotNet.Attributes;
using Structured.Concurrency;

namespace Structured.Benchmarks;

/// <summary>A scope with a deadline that does not come, around a body that ends at once or yields once: against a linked source with <see cref="CancellationTokenSource.CancelAfter(TimeSpan)"/>, disposed.</summary>
[MemoryDiagnoser]
public class DeadlineBenchmarks
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);
    private static readonly Func<CancellationToken, Task> AtOnce = static _ => Task.CompletedTask;
    private static readonly Func<CancellationToken, Task> AfterYield = static async _ => await Task.Yield();

    private readonly CancellationTokenSource _outside = new();

    [Params(false, true)]
    public bool Yields { get; set; }

    [Benchmark(Baseline = true)]
    public async Task LinkedSourceAndCancelAfter()
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(_outside.Token);
        source.CancelAfter(Timeout);
        await (Yields ? AfterYield : AtOnce)(source.Token);
    }

    [Benchmark]
    public Task MoveOnAfter() => CancelScope.MoveOnAfterAsync(Timeout, Yields ? AfterYield : AtOnce, _outside.Token);

    [Benchmark]
    public Task FailAfter() => CancelScope.FailAfterAsync(Timeout, Yields ? AfterYield : AtOnce, _outside.Token);
}
