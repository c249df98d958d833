using System;
using System.Threading;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace MainProgram;

public static class Program
{
    public static Task<int> Main(string[] arguments)
        => arguments[0] switch
        {
            "ends" => Nursery.RunMainAsync(static async nursery =>
            {
                nursery.StartSoon(static async () => await Task.Yield());
                await Task.Yield();
            }),
            "returns 7" => Nursery.RunMainAsync(static _ => Task.FromResult(7)),
            "cancels itself" => Nursery.RunMainAsync(static async nursery =>
            {
                nursery.Cancel();
                await Checkpoint.YieldAsync();
            }),
            "fails" => Nursery.RunMainAsync(static nursery =>
            {
                nursery.StartNow(static async () =>
                {
                    try
                    {
                        await Checkpoint.SleepForeverAsync();
                    }
                    catch (OperationCanceledException)
                    {
                        throw new NotSupportedException("second");
                    }
                });
                throw new FormatException("first");
            }),
            "waits" => Nursery.RunMainAsync(static async _ =>
            {
                Console.WriteLine("ready");
                try
                {
                    await Checkpoint.SleepForeverAsync();
                }
                finally
                {
                    Console.WriteLine("cleaned up: " + CancelScope.Current.CancelReason);
                }
            }),
            "does not listen" => Nursery.RunMainAsync(static nursery =>
            {
                Console.WriteLine("ready");
                nursery.CancellationToken.WaitHandle.WaitOne();
                Console.WriteLine("still here");
                Thread.Sleep(Timeout.Infinite);
                Console.WriteLine("never");
                return Task.CompletedTask;
            }),
            _ => throw new ArgumentException(arguments[0]),
        };
}
