using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Structured.Concurrency.Testing;

namespace Structured.Concurrency.Tests.Observing;

public class TaskTreeTests
{
    private static TaskTreeNode? Find(string name) => TaskTree.Capture().Roots.SelectMany(WithChildren).FirstOrDefault(node => node.Name == name);

    private static IEnumerable<TaskTreeNode> WithChildren(TaskTreeNode node) => node.Children.SelectMany(WithChildren).Prepend(node);

    [Fact]
    public async Task It_shows_nurseries_and_children_nested_with_name_age_origin_and_state()
        => await Time.VirtualAsync(async clock =>
        {
            await Nursery.RunAsync(new NurseryOptions { Name = "tree", MaxConcurrency = 2 }, async nursery =>
            {
                nursery.StartNow(() => Checkpoint.SleepAsync(60_000), "sleeper");
                await Checkpoint.SleepAsync(5_000);
                nursery.StartNow(() => Nursery.RunAsync(new NurseryOptions { Name = "inner" }, inner => inner.StartNow(() => Checkpoint.SleepAsync(1_000))), "outer");
                nursery.StartSoon(() => Task.CompletedTask, "waiting");
                await Checkpoint.SleepAsync(500);

                var root = Find("tree")!;
                Assert.Equal(TaskTreeNodeKind.Nursery, root.Kind);
                Assert.Equal(Time.Seconds(5.5), root.Age);
                Assert.Equal("open", root.State);
                Assert.StartsWith("TaskTreeTests.cs:", root.StartedAt);
                Assert.Equal(["sleeper", "outer", "waiting", "inner"], root.Children.Select(static child => child.Name));
                Assert.Equal(["running", "running", "queued", "joining"], root.Children.Select(static child => child.State));
                Assert.Equal([5.5, 0.5, 0.5, 0.5], root.Children.Select(static child => child.Age.TotalSeconds));
                Assert.All(root.Children, static child => Assert.StartsWith("TaskTreeTests.cs:", child.StartedAt));
                Assert.Equal(TaskTreeNodeKind.Child, Assert.Single(root.Children[3].Children).Kind);
            });
            Assert.Null(Find("tree"));
        });

    [Fact]
    public async Task A_crowd_of_children_is_counted_and_shown_the_oldest_first_whoever_has_left()
    {
        await using var nursery = Nursery.Open(new NurseryOptions { Name = "crowd" });
        var gates = Enumerable.Range(0, 200).Select(static _ => new TaskCompletionSource()).ToArray();
        for (var index = 0; index < gates.Length; index++)
        {
            var gate = gates[index];
            nursery.StartNow(token => gate.Task.WaitAsync(token), index.ToString());
        }

        void WaitUntilThereAre(int count) => Assert.True(SpinWait.SpinUntil(() => nursery.LiveChildCount == count, Time.Patience), $"There are {nursery.LiveChildCount}.");
        Assert.Equal(200, nursery.LiveChildCount);
        // Whole stretches leave, from the middle, the start and the end, and single ones between.
        var left = Enumerable.Range(0, 200).Where(static index => index is (> 60 and < 140) or < 15 or > 190 || index % 3 == 0).ToHashSet();
        foreach (var index in left)
            gates[index].SetResult();
        WaitUntilThereAre(200 - left.Count);
        Assert.Equal(Enumerable.Range(0, 200).Where(index => !left.Contains(index)).Select(static index => index.ToString()), Find("crowd")!.Children.Select(static child => child.Name));

        foreach (var gate in gates)
            gate.TrySetResult();
        WaitUntilThereAre(0);
        Assert.Empty(Find("crowd")!.Children);
        nursery.StartNow(token => Task.Delay(Timeout.Infinite, token), "last");
        Assert.Equal(1, nursery.LiveChildCount);
        Assert.Equal("last", Assert.Single(Find("crowd")!.Children).Name);
    }

    [Fact]
    public async Task As_text_it_has_a_line_for_each()
    {
        var clock = new VirtualClock();
        await Nursery.RunAsync(
            new NurseryOptions { Name = "text", TimeProvider = clock },
            nursery =>
            {
                var gate = new TaskCompletionSource();
                nursery.StartNow(() => gate.Task, "first", "Program.cs", 12);
                nursery.StartNow(() => Nursery.RunAsync(inner => inner.StartNow(() => gate.Task, null, "/src/Work.cs", 8), callerFile: "C:\\src\\Program.cs", callerLine: 14), null, null, 0);
                nursery.StartNow(() => Nursery.RunAsync(inner => inner.StartNow(() => gate.Task, "last", null), callerFile: null), null, null, 0);
                clock.Advance(Time.Seconds(2));
                nursery.Cancel();
                var text = TaskTree.Capture().ToString();
                Assert.Contains(
                    """

                    nursery 'text' (Main.cs:3), 2.0 s, open, cancelled
                    ├─ child 'first' (Program.cs:12), 2.0 s, running, cancelled
                    ├─ child, 2.0 s, running, cancelled
                    ├─ child, 2.0 s, running, cancelled
                    ├─ nursery (Program.cs:14), 2.0 s, joining, cancelled
                    │  └─ child (Work.cs:8), 2.0 s, running, cancelled
                    └─ nursery, 2.0 s, joining, cancelled
                       └─ child 'last', 2.0 s, running, cancelled

                    """.ReplaceLineEndings("\n"),
                    "\n" + text);
                gate.SetResult();
            },
            callerFile: "Main.cs",
            callerLine: 3).OrTimeout();
    }

    [Fact]
    public async Task The_oldest_nursery_comes_first_and_ages_are_told_by_the_systems_clock_where_there_is_no_other()
    {
        var clock = new VirtualClock();
        await using var young = Nursery.Open(new NurseryOptions { Name = "young", TimeProvider = clock });
        clock.Advance(TimeSpan.FromDays(1));
        await using var younger = Nursery.Open(new NurseryOptions { Name = "younger", TimeProvider = clock });
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(["young", "younger"], TaskTree.Capture().Roots.Where(static root => root.Name is "young" or "younger").Select(static root => root.Name));

        await using var now = Nursery.Open(new NurseryOptions { Name = "now" });
        Assert.InRange(Find("now")!.Age, TimeSpan.Zero, TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task A_pending_start_shows_as_starting()
        => await Nursery.RunAsync(new NurseryOptions { Name = "start" }, async nursery =>
        {
            var gate = new TaskCompletionSource();
            var set = new TaskCompletionSource();
            var start = nursery.StartAsync(async (started, _) =>
            {
                await gate.Task;
                started.Set();
                await set.Task;
            });
            Assert.Equal("starting", Assert.Single(Find("start")!.Children).State);
            gate.SetResult();
            await start;
            Assert.Equal("running", Assert.Single(Find("start")!.Children).State);
            set.SetResult();
        }).OrTimeout();

    [Fact]
    public async Task An_owned_nursery_is_a_root_of_its_own()
    {
        await using var owned = Nursery.Open(new NurseryOptions { Name = "owned" });
        Assert.Equal("open", Find("owned")!.State);
        await owned.DisposeAsync();
        Assert.Null(Find("owned"));
    }

    [Fact]
    public void Owned_nurseries_that_are_forgotten_are_not_kept_alive()
    {
        var forgotten = Forget();
        for (var round = 0; round < 10 && forgotten.Any(static each => each.IsAlive); round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.DoesNotContain(forgotten, static each => each.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference[] Forget() => Enumerable.Range(0, 100).Select(static _ => new WeakReference(Nursery.Open())).ToArray();
    }

    [Fact]
    public async Task It_can_be_captured_while_everything_changes()
    {
        using var stop = new CancellationTokenSource();
        var captures = Task.Run(() =>
        {
            var count = 0;
            while (!stop.IsCancellationRequested || count == 0)
            {
                _ = TaskTree.Capture().ToString();
                count++;
            }
        });
        for (var round = 0; round < 2_000; round++)
        {
            await Nursery.RunAsync(static nursery =>
            {
                nursery.StartSoon(static async () => await Task.Yield());
                nursery.StartSoon(static () => Nursery.RunAsync(static inner => inner.StartSoon(static () => Task.CompletedTask)));
            }).OrTimeout();
        }

        stop.Cancel();
        await captures.OrTimeout();
    }
}
