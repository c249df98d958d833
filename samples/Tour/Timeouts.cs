using System;
using System.IO;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace Tour;

/// <summary>A timeout belongs to a block of code, whatever that block calls.</summary>
internal static class Timeouts
{
    public static async Task RunAsync(TextWriter output)
    {
        var outcome = await CancelScope.MoveOnAfterAsync(TimeSpan.FromSeconds(0.1), async token =>
        {
            output.WriteLine("  sleeping, for up to 0.1 s");
            await Checkpoint.SleepAsync(TimeSpan.FromSeconds(60), token);
            output.WriteLine("  never printed");
        });
        output.WriteLine(outcome.CancelledCaught ? "moved on" : "slept enough");

        try
        {
            await CancelScope.FailAfterAsync(TimeSpan.FromSeconds(0.1), token => Checkpoint.SleepAsync(TimeSpan.FromSeconds(60), token));
        }
        catch (TimeoutException)
        {
            output.WriteLine("failed: TimeoutException");
        }

        var answer = await CancelScope.FailAfterAsync(TimeSpan.FromSeconds(60), async token =>
        {
            await Checkpoint.SleepAsync(TimeSpan.FromSeconds(0.01), token);
            return 42;
        });
        output.WriteLine($"in time: {answer}");
    }
}
