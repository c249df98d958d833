using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace Tour;

/// <summary>Every request runs at the same time; the first failure would cancel the others.</summary>
internal static class HttpFetch
{
    public static Task RunAsync(TextWriter output) => LoopbackServer.RunAsync(async address =>
    {
        using var client = new HttpClient();
        var pages = new[] { "apples", "pears", "plums" };
        var lengths = await Nursery.RunAsync(async nursery =>
        {
            var requests = pages.Select(page => nursery.StartSoon(token => client.GetStringAsync(new Uri(address, page), token))).ToList();
            var bodies = await Task.WhenAll(requests.Select(request => request.Task));
            return bodies.Select(body => body.Length).ToList();
        });
        for (var index = 0; index < pages.Length; index++)
            output.WriteLine($"  {pages[index]}: {lengths[index]} characters");
    });
}
