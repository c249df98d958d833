using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace Tour;

/// <summary>Work that blocks gets threads of its own, and a limiter says how many at a time.</summary>
internal static class BlockingWork
{
    public static async Task RunAsync(TextWriter output)
    {
        var limiter = new CapacityLimiter(2);
        var running = 0;
        var most = 0;
        await Nursery.RunAsync(nursery =>
        {
            for (var number = 1; number <= 6; number++)
                nursery.StartSoon(() => ToThread.RunAsync(HashPassword, limiter: limiter));
        });
        output.WriteLine($"six done, {most} at a time");

        void HashPassword()
        {
            var now = Interlocked.Increment(ref running);
            lock (limiter)
                most = Math.Max(most, now);
            // Anything that blocks: a slow hash, a file system call, a library without asynchronous methods.
            Thread.Sleep(50);
            Interlocked.Decrement(ref running);
            FromThread.Run(() => output.WriteLine("  one done, told from the thread"));
        }
    }
}
