using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Structured.Cli.Checking;

namespace Structured.Cli.Commands;

/// <summary>No arguments: shows on the bundled sample what the tool does, and says what to type for a solution of one's own.</summary>
internal static class TourCommand
{
    public static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (FindSample() is not { } sample)
        {
            Console.WriteLine("Nothing to show: the sample is not beside the tool. Type 'structured --help', or:");
            SayWhatToType();
            return Program.Clean;
        }

        Console.WriteLine($"A health checker written the legacy way: {Path.GetRelativePath(Environment.CurrentDirectory, sample)}");
        Console.WriteLine();
        Console.WriteLine("$ structured check");
        await CheckCommand.RunAsync(new CheckRequest(sample, new CheckOptions()), cancellationToken).ConfigureAwait(false);
        Console.WriteLine();
        Console.WriteLine("$ structured fix --dry-run");
        await FixCommand.RunAsync(new FixRequest(sample, new CheckOptions(), DryRun: true), cancellationToken).ConfigureAwait(false);
        Console.WriteLine();
        Console.WriteLine("Nothing was written. For your own solution:");
        SayWhatToType();
        return Program.Clean;
    }

    private static void SayWhatToType()
    {
        Console.WriteLine("  structured check path/to/Your.sln            list what is found");
        Console.WriteLine("  structured fix path/to/Your.sln --dry-run    show what would change");
        Console.WriteLine("  structured fix path/to/Your.sln              change it");
        Console.WriteLine("  structured explain SC1001                    what a rule is about");
    }

    private static string? FindSample()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var sample = Path.Combine(folder.FullName, "samples", "LegacyHealthChecker", "LegacyHealthChecker.csproj");
            if (File.Exists(sample))
                return sample;
        }

        return null;
    }
}
