using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace Structured.Benchmarks;

/// <summary>What is still in memory for each child that has finished, while the nursery lives on: against a list of tasks kept to wait for. No matter of time, so no benchmark.</summary>
internal static class RetainedMemory
{
    private const int Children = 200_000;

    public static async Task PrintAsync()
    {
        Console.WriteLine("Bytes retained for each of {0:N0} finished children:", Children);
        Console.WriteLine("  list of tasks  {0,8:F2}", await ListAsync());
        Console.WriteLine("  nursery        {0,8:F2}", await NurseryAsync(yields: false));
        Console.WriteLine("  … yielding     {0,8:F2}", await NurseryAsync(yields: true));
    }

    private static async Task<double> ListAsync()
    {
        var tasks = new List<Task>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var child = 0; child < Children; child++)
            tasks.Add(Task.Run(static () => Task.CompletedTask));
        await Task.WhenAll(tasks);
        var retained = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(tasks);
        return retained / (double)Children;
    }

    private static async Task<double> NurseryAsync(bool yields)
    {
        var retained = 0L;
        await Nursery.RunAsync(async nursery =>
        {
            // The first round also pays for what the pool and the runtime keep for themselves.
            await StartAllAsync(nursery, yields);
            var before = GC.GetTotalMemory(forceFullCollection: true);
            await StartAllAsync(nursery, yields);
            retained = GC.GetTotalMemory(forceFullCollection: true) - before;
        });
        return retained / (double)Children;
    }

    private static async Task StartAllAsync(Nursery nursery, bool yields)
    {
        for (var child = 0; child < Children; child++)
        {
            if (yields)
                nursery.StartSoon(static async _ => await Task.Yield());
            else
                nursery.StartSoon(static _ => Task.CompletedTask);
            // In small crowds, so that the queues of the pool, which keep their longest length, do not enter into it.
            while (child % 1000 == 999 && nursery.LiveChildCount > 0)
                await Task.Yield();
        }
    }
}
