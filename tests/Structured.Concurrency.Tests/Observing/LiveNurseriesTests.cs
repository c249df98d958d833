using System;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Observing;

/// <summary>The register of open nurseries: complete, and with no pile of forgotten ones. Alone, because it is the whole process's.</summary>
[Collection("Alone")]
public class LiveNurseriesTests
{
    [Fact]
    public async Task Forgotten_nurseries_do_not_pile_up_and_those_that_are_held_stay_listed_once()
    {
        Exception? failure = null;
        // A thread of its own: the place in the register depends on the thread.
        var thread = new Thread(() => failure = Record.Exception(() =>
        {
            var held = Enumerable.Range(0, 5).Select(static _ => Nursery.Open()).ToList();
            var probe = LiveNurseries.Reserve(held[0], mayBeForgotten: true);
            Forget(1000);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            held.AddRange(Enumerable.Range(0, 600).Select(static _ => Nursery.Open()));
            Assert.InRange(CountEntries(probe.Stripe!), held.Count, held.Count + 100);
            var all = LiveNurseries.All();
            Assert.All(held, nursery => Assert.Equal(1, all.Count(each => ReferenceEquals(each, nursery))));
            GC.KeepAlive(held);
        }));
        thread.Start();
        await Task.Run(thread.Join).OrTimeout();
        Assert.Null(failure);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget(int count)
        {
            for (var index = 0; index < count; index++)
                _ = Nursery.Open();
        }
    }

    [Fact]
    public async Task A_nursery_that_waits_for_what_nobody_holds_is_still_listed()
    {
        var name = Guid.NewGuid().ToString();
        WaitForNothing(name);
        for (var round = 0; round < 3; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        var waiting = Assert.Single(LiveNurseries.All(), nursery => nursery.Name == name);
        waiting.Cancel();
        Assert.True(await Task.Run(() => SpinWait.SpinUntil(() => LiveNurseries.All().TrueForAll(nursery => nursery.Name != name), Time.Patience)));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void WaitForNothing(string name) => _ = Nursery.RunAsync(new NurseryOptions { Name = name }, static async nursery =>
        {
            // Its own token is all that could end it, and only the register leads there.
            var never = new TaskCompletionSource();
            using (nursery.CancellationToken.Register(() => never.TrySetCanceled()))
                await never.Task;
        });
    }

    private static int CountEntries(LiveNurseries.Stripe stripe)
    {
        var count = 0;
        lock (stripe)
        {
            for (var entry = stripe.Next; entry != stripe; entry = entry.Next)
                count++;
        }

        return count;
    }
}
