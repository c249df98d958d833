using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace Tour;

/// <summary>Three fetches at the same time, and their results when all are there.</summary>
internal static class Fetches
{
    public static async Task RunAsync(TextWriter output)
    {
        var fetches = new List<ChildTask<string>>();
        await Nursery.RunAsync(nursery =>
        {
            foreach (var (page, seconds) in new[] { ("news", 0.3), ("weather", 0.1), ("sport", 0.2) })
                fetches.Add(nursery.StartSoon(token => FetchAsync(page, seconds, token)));
        });

        // After the nursery every result is there: no awaiting, no blocking.
        output.WriteLine(string.Join(", ", fetches.Select(fetch => fetch.Result)));

        async Task<string> FetchAsync(string page, double seconds, CancellationToken cancellationToken)
        {
            await Checkpoint.SleepAsync(TimeSpan.FromSeconds(seconds), cancellationToken);
            output.WriteLine($"  fetched {page}");
            return $"<{page}>";
        }
    }
}
