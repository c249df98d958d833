using System;
using System.IO;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace Tour;

/// <summary>Two tasks in a nursery: the block ends when both have.</summary>
internal static class TwoTasks
{
    public static async Task RunAsync(TextWriter output)
    {
        output.WriteLine("parent: started");
        await Nursery.RunAsync(nursery =>
        {
            output.WriteLine("parent: starting child 1");
            nursery.StartSoon(() => ChildAsync("child 1"));
            output.WriteLine("parent: starting child 2");
            nursery.StartSoon(() => ChildAsync("child 2"));
            output.WriteLine("parent: waiting for the children");
        });
        output.WriteLine("parent: both have ended");

        async Task ChildAsync(string name)
        {
            output.WriteLine($"  {name}: started, sleeping");
            await Checkpoint.SleepAsync(TimeSpan.FromSeconds(0.1));
            output.WriteLine($"  {name}: done");
        }
    }
}
