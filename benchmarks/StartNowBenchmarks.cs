using System;
using System.Threading;
using System.Threading.Tasks;
using BenchmarkDotNet.Attributes;
using Structured.Concurrency;

namespace Structured.Benchmarks;

/// <summary>
/// Starting children on the caller and joining them, against calling them with the token of a linked source and <see cref="Task.WhenAll(Task[])"/>. Times and
/// bytes are for all of them.
/// </summary>
[MemoryDiagnoser]
public class StartNowBenchmarks
{
    private static readonly Func<CancellationToken, Task> AtOnce = static _ => Task.CompletedTask;
    private static readonly Func<CancellationToken, Task> AfterYield = static async _ => await Task.Yield();

    private readonly CancellationTokenSource _outside = new();

    [Params(10, 1_000)]
    public int Children { get; set; }

    /// <summary>Whether each child yields once or finishes at once.</summary>
    [Params(false, true)]
    public bool Yields { get; set; }

    [Benchmark(Baseline = true)]
    public async Task CallAndWhenAll()
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(_outside.Token);
        var child = Yields ? AfterYield : AtOnce;
        var tasks = new Task[Children];
        for (var index = 0; index < tasks.Length; index++)
            tasks[index] = child(source.Token);
        await Task.WhenAll(tasks);
    }

    [Benchmark]
    public Task NurseryStartNow() => Nursery.RunAsync(
        nursery =>
        {
            var child = Yields ? AfterYield : AtOnce;
            for (var index = 0; index < Children; index++)
                nursery.StartNow(child);
        },
        _outside.Token);
}
