using System;
using System.Threading;
using System.Threading.Tasks;
using BenchmarkDotNet.Attributes;
using Structured.Concurrency;

namespace Structured.Benchmarks;

/// <summary>
/// Cancelling parked children and waiting until they are gone, against a linked source and <see cref="Task.WhenAll(Task[])"/>. Times and bytes are for one child.
/// Throwing costs far more than anything measured here, so the children that count end without.
/// </summary>
[MemoryDiagnoser]
public class CancelBenchmarks
{
    private const int Children = 10_000;

    private CancellationTokenSource _source = null!;
    private Nursery _nursery = null!;
    private Task _joined = null!;

    [Params(false, true)]
    public bool Throws { get; set; }

    [IterationSetup(Target = nameof(LinkedSourceAndWhenAll))]
    public void ParkTasks()
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(new CancellationTokenSource().Token);
        var tasks = new Task[Children];
        for (var child = 0; child < Children; child++)
            tasks[child] = ParkAsync(_source.Token);
        _joined = Task.WhenAll(tasks);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Children)]
    public async Task LinkedSourceAndWhenAll()
    {
        _source.Cancel();
        try
        {
            await _joined;
        }
        catch (OperationCanceledException)
        {
        }
    }

    [IterationSetup(Target = nameof(NurseryCancel))]
    public void ParkChildren() => _joined = Nursery.RunAsync(nursery =>
    {
        _nursery = nursery;
        for (var child = 0; child < Children; child++)
            nursery.StartNow(ParkAsync);
    });

    [Benchmark(OperationsPerInvoke = Children)]
    public async Task NurseryCancel()
    {
        _nursery.Cancel();
        await _joined;
    }

    private async Task ParkAsync(CancellationToken token)
    {
        if (Throws)
        {
            await Task.Delay(Timeout.Infinite, token);
            return;
        }

        var cancelled = new TaskCompletionSource();
        using (token.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), cancelled))
            await cancelled.Task;
    }
}
