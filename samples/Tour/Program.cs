using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Tour;

/// <summary><c>dotnet run --project samples/Tour [name …]</c>: shows the named examples, or all of them.</summary>
public static class Program
{
    /// <summary>Every example, in the order a newcomer would read them.</summary>
    public static IReadOnlyList<(string Name, string Shows, Func<TextWriter, Task> Run)> Examples { get; } =
    [
        ("two-tasks", "Two tasks in a nursery", TwoTasks.RunAsync),
        ("fetches", "Three fetches and a list of results", Fetches.RunAsync),
        ("failure", "A failing task cancels its sibling; the failure is caught outside", Failure.RunAsync),
        ("timeouts", "Moving on after a timeout, and failing after one", Timeouts.RunAsync),
        ("channel", "A producer and a consumer, and a channel with room for two items", ChannelExample.RunAsync),
        ("helper", "A nursery handed to a helper, which starts more in it", Helper.RunAsync),
        ("cpu-loop", "A computation that can be cancelled, thanks to checkpoints", CpuLoop.RunAsync),
        ("threads", "Blocking work in threads, two at a time", BlockingWork.RunAsync),
        ("http", "Several HTTP requests at the same time", HttpFetch.RunAsync),
        ("health-checker", "URLs checked a few at a time, all of it within a deadline", HealthChecker.RunAsync),
    ];

    private static Task<int> Main(string[] names) => ShowAsync(names, Console.Out);

    /// <summary>Shows the named examples, or all where none is named.</summary>
    /// <returns>The exit code: 2 for a name that is none.</returns>
    public static async Task<int> ShowAsync(IReadOnlyCollection<string> names, TextWriter output)
    {
        // Examples write from several threads.
        output = TextWriter.Synchronized(output);
        foreach (var name in names)
        {
            if (Examples.All(example => example.Name != name))
            {
                output.WriteLine($"There is no example '{name}'. There are:");
                foreach (var example in Examples)
                    output.WriteLine($"  {example.Name,-16}{example.Shows}");
                return 2;
            }
        }

        foreach (var example in Examples)
        {
            if (names.Count > 0 && !names.Contains(example.Name))
                continue;
            output.WriteLine($"== {example.Name}: {example.Shows}");
            await example.Run(output);
        }

        return 0;
    }
}
