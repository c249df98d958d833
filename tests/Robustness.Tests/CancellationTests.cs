using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;

namespace Robustness.Tests;

/// <summary>A host that cancels, because somebody types on, gets its thread back at once: within 100 ms of processor time.</summary>
[Collection(nameof(Alone))]
public class CancellationTests
{
    private const int Points = 12;
    private const int Attempts = 4;

    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task ARunOfEveryRuleIsCancelledAtOnce()
    {
        var text = LargeFile.Make(1500);
        // Measured on code that the just-in-time compiler has seen.
        await Subject.AnalyzeAsync(Surroundings.Usual.Read(text), Fail, CancellationToken.None);
        var before = Environment.CpuUsage.TotalTime;
        await Subject.AnalyzeAsync(Surroundings.Usual.Read(text + " "), Fail, CancellationToken.None);
        var whole = Environment.CpuUsage.TotalTime - before;
        await IsCancelledAtOnceAsync(whole, attempt => text + new string(' ', attempt + 2), static (document, token) => Subject.AnalyzeAsync(document, Fail, token));
    }

    [Fact]
    public async Task EveryFixIsCancelledAtOnce()
    {
        var text = LargeFile.Make(300);
        var found = await Subject.AnalyzeAsync(Surroundings.Usual.Read(text), Fail, CancellationToken.None);
        Assert.True(found.Length > 5, $"Only {found.Length} findings.");
        var before = Environment.CpuUsage.TotalTime;
        await Subject.FixAsync(Surroundings.Usual.Read(text), found, new Random(1), Fail, CancellationToken.None);
        var whole = Environment.CpuUsage.TotalTime - before;
        await IsCancelledAtOnceAsync(whole, _ => text, (document, token) => Subject.FixAsync(document, found, new Random(1), Fail, token));
    }

    /// <summary>At points spread over the whole run. A point counts by its best attempt: a collection of garbage may fall into any one.</summary>
    private static async Task IsCancelledAtOnceAsync(TimeSpan whole, Func<int, string> text, Func<Document, CancellationToken, Task> run)
    {
        for (var point = 0; point < Points; point++)
        {
            var shortest = TimeSpan.MaxValue;
            for (var attempt = 0; attempt < Attempts && shortest > Limit; attempt++)
            {
                using var source = new CancellationTokenSource();
                var document = Surroundings.Usual.Read(text((point * Attempts) + attempt));
                var started = Environment.CpuUsage.TotalTime;
                var task = Task.Run(() => run(document, source.Token));
                while (!task.IsCompleted && Environment.CpuUsage.TotalTime - started < whole * (point + 0.5) / Points)
                    await Task.Delay(1);
                var cancelled = Environment.CpuUsage.TotalTime;
                await source.CancelAsync();
                try
                {
                    await task;
                }
                catch (OperationCanceledException)
                {
                }

                var took = Environment.CpuUsage.TotalTime - cancelled;
                shortest = took < shortest ? took : shortest;
            }

            Assert.True(shortest <= Limit, $"Cancelled at {point + 0.5} of {Points}, it went on for {shortest.TotalMilliseconds:0} ms.");
        }
    }

    private static void Fail(Exception exception, object source) => Assert.Fail($"{source.GetType().Name}: {exception}");
}
