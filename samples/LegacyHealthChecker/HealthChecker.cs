using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace LegacyHealthChecker;

/// <summary>Checks many URLs at the same time and keeps what it found.</summary>
internal sealed class HealthChecker
{
    private readonly HttpClient _client = new();
    private readonly ConcurrentDictionary<Uri, string> _results = new();

    public IReadOnlyDictionary<Uri, string> Results => _results;

    /// <summary>Checks every URL, several at a time, and returns when all have answered.</summary>
    public async Task CheckAllAsync(IReadOnlyCollection<Uri> urls)
    {
        foreach (var url in urls)
        {
            _ = CheckAsync(url);
        }

        // Nobody waits for the checks themselves, so look again and again whether they are all there.
        while (_results.Count < urls.Count)
        {
            await Task.Delay(20);
        }
    }

    /// <summary>Warms up the connection in the background, and says so.</summary>
    public async Task WarmUpAsync(Uri url, Journal journal)
    {
        _ = Task.Run(async () =>
        {
            await CheckOnceAsync(url);
            journal.Write("warmed up");
        });
        await Task.Delay(10);
    }

    private async Task CheckAsync(Uri url)
    {
        _results[url] = await CheckOnceAsync(url);
    }

    private async Task<string> CheckOnceAsync(Uri url)
    {
        try
        {
            using var response = await _client.GetAsync(url);
            return ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException)
        {
            return "unreachable";
        }
    }
}
