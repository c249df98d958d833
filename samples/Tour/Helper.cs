using System;
using System.IO;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace Tour;

/// <summary>
/// A function that starts background work says so by asking for a nursery. It returns at once; its caller's block still ends only when the work has.
/// </summary>
internal static class Helper
{
    public static async Task RunAsync(TextWriter output)
    {
        await Nursery.RunAsync(nursery =>
        {
            StartWatchers(nursery, output);
            output.WriteLine("parent: the watchers are started");
        });
        output.WriteLine("parent: the watchers have ended");
    }

    private static void StartWatchers(Nursery nursery, TextWriter output)
    {
        foreach (var (name, seconds) in new[] { ("files", 0.1), ("clock", 0.2) })
        {
            nursery.StartSoon(async token =>
            {
                await Checkpoint.SleepAsync(TimeSpan.FromSeconds(seconds), token);
                output.WriteLine($"  watcher of {name}: done");
            });
        }
    }
}
