using System;
using System.IO;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace Tour;

/// <summary>
/// A computation awaits nothing, so nothing could cancel it, and nobody else would get its thread. A checkpoint in the loop is enough for both, and so cheap that it
/// may stand in a hot one.
/// </summary>
internal static class CpuLoop
{
    public static async Task RunAsync(TextWriter output)
    {
        var found = 0;
        var outcome = await CancelScope.MoveOnAfterAsync(TimeSpan.FromSeconds(0.2), async _ =>
        {
            for (var number = 2L; ; number++)
            {
                await Checkpoint.YieldAsync();
                if (IsPrime(number))
                    found++;
            }
        });
        output.WriteLine(outcome.CancelledCaught ? "stopped after 0.2 s" : "ran out of numbers");
        output.WriteLine(found > 100 ? "more than a hundred primes found" : $"{found} primes found");
    }

    private static bool IsPrime(long number)
    {
        for (var divisor = 2L; divisor * divisor <= number; divisor++)
        {
            if (number % divisor == 0)
                return false;
        }

        return true;
    }
}
