using System;
using System.Threading;
using System.Threading.Tasks;
using BenchmarkDotNet.Attributes;
using Structured.Concurrency;

namespace Structured.Benchmarks;

/// <summary>Starting children on the pool and joining them, against <see cref="Task.Run(Func{Task})"/> and <see cref="Task.WhenAll(Task[])"/>. Times and bytes are for all of them.</summary>
[MemoryDiagnoser]
public class StartSoonBenchmarks
{
    private static readonly Func<CancellationToken, Task> AtOnce = static _ => Task.CompletedTask;
    private static readonly Func<CancellationToken, Task> AfterYield = static async _ => await Task.Yield();
    private static readonly Func<Task> AtOnceWithoutToken = static () => Task.CompletedTask;
    private static readonly Func<Task> AfterYieldWithoutToken = static async () => await Task.Yield();

    [Params(10, 1_000, 100_000)]
    public int Children { get; set; }

    /// <summary>Whether each child yields once or finishes at once.</summary>
    [Params(false, true)]
    public bool Yields { get; set; }

    [Benchmark(Baseline = true)]
    public Task TaskRunAndWhenAll()
    {
        var child = Yields ? AfterYieldWithoutToken : AtOnceWithoutToken;
        var tasks = new Task[Children];
        for (var index = 0; index < tasks.Length; index++)
            tasks[index] = Task.Run(child);
        return Task.WhenAll(tasks);
    }

    [Benchmark]
    public Task NurseryStartSoon() => Nursery.RunAsync(nursery =>
    {
        var child = Yields ? AfterYield : AtOnce;
        for (var index = 0; index < Children; index++)
            nursery.StartSoon(child);
    });
}
