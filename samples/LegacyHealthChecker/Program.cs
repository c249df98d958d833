using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace LegacyHealthChecker;

internal static class Program
{
    private static async Task Main()
    {
        using var server = new LoopbackServer();
        var address = server.Start();
        var journal = new Journal();
        var checker = new HealthChecker();

        await checker.WarmUpAsync(address, journal);
        var urls = new[] { "", "slow", "broken", "missing" }.Select(path => new Uri(address, path)).Append(new Uri("http://127.0.0.1:1/")).ToList();
        await checker.CheckAllAsync(urls);

        foreach (var url in urls)
            Console.WriteLine($"{url.AbsolutePath,-9} {checker.Results[url]}");
        while (journal.Written.Count == 0)
            await Task.Delay(10);
        Console.WriteLine("journal: " + string.Join(", ", journal.Written));
        Console.WriteLine("requests: " + server.Requests);
    }
}
