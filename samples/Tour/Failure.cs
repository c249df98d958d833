using System;
using System.IO;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace Tour;

/// <summary>A child fails: its sibling is cancelled and waited for, and then the failure is thrown where the nursery was opened.</summary>
internal static class Failure
{
    public static async Task RunAsync(TextWriter output)
    {
        try
        {
            await Nursery.RunAsync(nursery =>
            {
                nursery.StartSoon(async () =>
                {
                    try
                    {
                        output.WriteLine("  patient: waiting for ever");
                        await Checkpoint.SleepForeverAsync();
                    }
                    finally
                    {
                        output.WriteLine("  patient: cancelled, cleaned up");
                    }
                });
                nursery.StartSoon(async () =>
                {
                    await Checkpoint.SleepAsync(TimeSpan.FromSeconds(0.1));
                    output.WriteLine("  hasty: failing");
                    throw new FormatException("this is no number");
                });
            });
        }
        catch (FormatException exception)
        {
            output.WriteLine($"caught outside: {exception.Message}");
        }
    }
}
