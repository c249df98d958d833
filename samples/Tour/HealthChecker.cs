using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace Tour;

/// <summary>Checks URLs three at a time. Each has its own timeout, all of them together a deadline; what was found by then is reported.</summary>
internal static class HealthChecker
{
    public static Task RunAsync(TextWriter output) => LoopbackServer.RunAsync(async address =>
    {
        var urls = new[] { "fine", "missing", "broken", "fine-too", "slow", "stuck" }.Select(page => new Uri(address, page)).Append(new Uri("http://127.0.0.1:1/nobody")).ToList();
        var results = await CheckAllAsync(urls, atATime: 3, each: TimeSpan.FromSeconds(1), all: TimeSpan.FromSeconds(20));
        foreach (var url in urls)
            output.WriteLine($"  {url.AbsolutePath,-10} {(results.TryGetValue(url, out var result) ? result : "not reached")}");
    });

    /// <summary>What was found within <paramref name="all"/>.</summary>
    public static async Task<IReadOnlyDictionary<Uri, string>> CheckAllAsync(IEnumerable<Uri> urls, int atATime, TimeSpan each, TimeSpan all)
    {
        using var client = new HttpClient();
        var limiter = new CapacityLimiter(atATime);
        var results = new ConcurrentDictionary<Uri, string>();
        await CancelScope.MoveOnAfterAsync(all, _ => Nursery.RunAsync(nursery =>
        {
            foreach (var url in urls)
                nursery.StartSoon(token => limiter.RunAsync(async () => results[url] = await CheckAsync(client, url, each, token), token));
        }));
        return results;
    }

    private static async Task<string> CheckAsync(HttpClient client, Uri url, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await CancelScope.MoveOnAfterAsync(
                timeout,
                async token =>
                {
                    using var response = await client.GetAsync(url, token);
                    return ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
                },
                cancellationToken);
            return outcome.Completed ? outcome.Result : "too slow";
        }
        catch (HttpRequestException)
        {
            return "unreachable";
        }
    }
}
