using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Nurseries;

public class StartTests
{
    [Fact]
    public async Task Start_soon_runs_nothing_of_the_child_on_the_caller_and_uses_the_pool()
    {
        var wasPool = false;
        var release = new ManualResetEventSlim();
        await Nursery.RunAsync(nursery =>
        {
            var caller = Environment.CurrentManagedThreadId;
            nursery.StartSoon(() =>
            {
                Assert.NotEqual(caller, Environment.CurrentManagedThreadId);
                wasPool = Thread.CurrentThread.IsThreadPoolThread;
                release.Set();
                return Task.CompletedTask;
            });
            Assert.True(release.Wait(Time.Patience));
        }).OrTimeout();
        Assert.True(wasPool);
    }

    [Fact]
    public async Task Start_now_runs_the_child_on_the_caller_up_to_its_first_incomplete_await()
    {
        var log = new List<string>();
        await Nursery.RunAsync(async nursery =>
        {
            var gate = new TaskCompletionSource();
            nursery.StartNow(async () =>
            {
                log.Add("first part");
                await gate.Task;
                log.Add("second part");
            });
            log.Add("caller");
            gate.SetResult();
            await Task.Yield();
        }).OrTimeout();
        Assert.Equal(["first part", "caller", "second part"], log);
    }

    [Fact]
    public async Task What_a_child_throws_at_once_does_not_come_out_of_the_call_that_started_it()
    {
        var reached = false;
        await Assert.ThrowsAsync<FormatException>(() => Nursery.RunAsync(nursery =>
        {
            nursery.StartNow(new Func<Task>(static () => throw new FormatException()));
            reached = true;
        }));
        Assert.True(reached);
    }

    [Fact]
    public async Task Every_form_hands_over_the_token_and_gives_its_result()
    {
        ChildTask<int>[] results = [];
        var flags = new List<string>();
        await Nursery.RunAsync(nursery =>
        {
            var token = nursery.CancellationToken;
            void Note(string name, CancellationToken given)
            {
                Assert.Equal(token, given);
                lock (flags)
                    flags.Add(name);
            }

            nursery.StartSoon(given => { Note("soon", given); return Task.CompletedTask; });
            nursery.StartNow(given => { Note("now", given); return Task.CompletedTask; });
            nursery.StartSoon((text, given) => { Note(text, given); return Task.CompletedTask; }, "soon with argument");
            nursery.StartNow((text, given) => { Note(text, given); return Task.CompletedTask; }, "now with argument");
            nursery.StartSoon(given => { Note("soon value task", given); return default(ValueTask); });
            nursery.StartNow(given => { Note("now value task", given); return default(ValueTask); });
            nursery.StartSoon(() => { Note("soon plain value task", token); return default(ValueTask); });
            nursery.StartNow(() => { Note("now plain value task", token); return default(ValueTask); });
            nursery.StartWork(given => Note("work", given));
            nursery.StartWork(() => Note("plain work", token));
            results =
            [
                nursery.StartSoon(static _ => Task.FromResult(1)),
                nursery.StartSoon(static () => Task.FromResult(2)),
                nursery.StartNow(static _ => Task.FromResult(3)),
                nursery.StartNow(static () => Task.FromResult(4)),
                nursery.StartSoon(static _ => new ValueTask<int>(5)),
                nursery.StartSoon(static () => new ValueTask<int>(6)),
                nursery.StartNow(static _ => new ValueTask<int>(7)),
                nursery.StartNow(static () => new ValueTask<int>(8)),
                nursery.StartWork(static _ => 9),
                nursery.StartWork(static () => 10),
            ];
        }).OrTimeout();
        Assert.Equal(Enumerable.Range(1, 10), results.Select(static result => result.Result));
        Assert.Equal(
            ["now", "now plain value task", "now value task", "now with argument", "plain work", "soon", "soon plain value task", "soon value task", "soon with argument", "work"],
            flags.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Null_arguments_of_the_extension_methods_are_named()
    {
        Nursery none = null!;
        Assert.Throws<ArgumentNullException>("nursery", () => none.StartSoon(static () => default(ValueTask)));
        Assert.Throws<ArgumentNullException>("nursery", () => none.StartSoon(static _ => default(ValueTask)));
        Assert.Throws<ArgumentNullException>("nursery", () => none.StartNow(static () => default(ValueTask)));
        Assert.Throws<ArgumentNullException>("nursery", () => none.StartNow(static _ => default(ValueTask)));
        Assert.Throws<ArgumentNullException>("nursery", () => none.StartSoon(static () => new ValueTask<int>(1)));
        Assert.Throws<ArgumentNullException>("nursery", () => none.StartSoon(static _ => new ValueTask<int>(1)));
        Assert.Throws<ArgumentNullException>("nursery", () => none.StartNow(static () => new ValueTask<int>(1)));
        Assert.Throws<ArgumentNullException>("nursery", () => none.StartNow(static _ => new ValueTask<int>(1)));
        await Nursery.RunAsync(static nursery =>
        {
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartSoon((Func<CancellationToken, ValueTask>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartNow((Func<ValueTask>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartNow((Func<CancellationToken, ValueTask>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartSoon((Func<ValueTask<int>>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartSoon((Func<CancellationToken, ValueTask<int>>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartNow((Func<ValueTask<int>>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartNow((Func<CancellationToken, ValueTask<int>>)null!));
        });
    }

    [Fact]
    public async Task Work_that_gives_something_to_be_awaited_is_refused()
        => await Nursery.RunAsync(static nursery =>
        {
            Assert.Contains("StartSoon", Assert.Throws<ArgumentException>("work", () => { nursery.StartWork(static _ => Task.CompletedTask); }).Message);
            Assert.Throws<ArgumentException>("work", () => { nursery.StartWork(static () => Task.FromResult(1)); });
            Assert.Throws<ArgumentException>("work", () => { nursery.StartWork(static () => default(ValueTask)); });
            Assert.Throws<ArgumentException>("work", () => { nursery.StartWork(static () => default(ValueTask<int>)); });
            Assert.Throws<ArgumentException>("work", () => { nursery.StartWork(static () => Task.CompletedTask.ConfigureAwait(false)); });
            Assert.Throws<ArgumentException>("work", () => { nursery.StartWork(static () => Task.FromResult(1).ConfigureAwait(false)); });
            Assert.Throws<ArgumentException>("work", () => { nursery.StartWork(static () => default(ValueTask).ConfigureAwait(false)); });
            Assert.Throws<ArgumentException>("work", () => { nursery.StartWork(static () => default(ValueTask<int>).ConfigureAwait(false)); });
            Assert.Throws<ArgumentException>("work", () => { nursery.StartWork(static () => Task.Yield()); });
            Assert.Throws<ArgumentException>("work", () => { nursery.StartWork(static () => Checkpoint.YieldAsync()); });
        });

    [Fact]
    public async Task A_result_is_awaited_inside_and_read_after_and_never_blocks()
    {
        ChildTask<int>? child = null;
        await Nursery.RunAsync(async nursery =>
        {
            var gate = new TaskCompletionSource<int>();
            child = nursery.StartSoon(() => gate.Task);
            Assert.Contains("has not ended yet", Assert.Throws<InvalidOperationException>(() => child.Result).Message);
            gate.SetResult(5);
            Assert.Equal(5, await child.Task);
        }).OrTimeout();
        Assert.Equal(5, child!.Result);
    }

    [Fact]
    public async Task A_result_that_never_came_tells_why()
    {
        ChildTask<int>? failed = null;
        ChildTask<int>? cancelled = null;
        ChildTask<int>? thrown = null;
        ChildTask<int>? thrownCancellation = null;
        await Assert.ThrowsAsync<FormatException>(() => Nursery.RunAsync(nursery =>
        {
            cancelled = nursery.StartNow<int>(async token =>
            {
                await Checkpoint.SleepForeverAsync(token);
                return 1;
            });
            thrownCancellation = nursery.StartSoon<int>(new Func<CancellationToken, Task<int>>(token =>
            {
                token.WaitHandle.WaitOne();
                throw new OperationCanceledException(token);
            }));
            failed = nursery.StartNow(static () => Task.FromException<int>(new FormatException()));
            thrown = nursery.StartNow(new Func<Task<int>>(static () => throw new FormatException("thrown")));
        }).OrTimeout());
        Assert.Throws<FormatException>(() => failed!.Result);
        Assert.Equal("thrown", Assert.Throws<FormatException>(() => thrown!.Result).Message);
        Assert.ThrowsAny<OperationCanceledException>(() => cancelled!.Result);
        Assert.ThrowsAny<OperationCanceledException>(() => thrownCancellation!.Result);
    }

    [Fact]
    public async Task At_most_so_many_run_at_once_and_the_others_follow_in_order()
    {
        var order = new List<int>();
        var running = 0;
        var most = 0;
        await Nursery.RunAsync(new NurseryOptions { MaxConcurrency = 2 }, nursery =>
        {
            for (var index = 0; index < 20; index++)
            {
                var number = index;
                nursery.StartSoon(async () =>
                {
                    lock (order)
                    {
                        order.Add(number);
                        most = Math.Max(most, ++running);
                    }

                    await Task.Delay(1);
                    lock (order)
                        running--;
                });
            }

            Assert.Equal(20, nursery.LiveChildCount);
        }).OrTimeout();
        Assert.Equal(2, most);
        Assert.Equal(20, order.Count);
        for (var index = 2; index < order.Count; index++)
            Assert.InRange(order[index] - index, -2, 2);
    }

    [Fact]
    public async Task With_one_place_the_order_is_exact()
    {
        var order = new List<int>();
        await Nursery.RunAsync(new NurseryOptions { MaxConcurrency = 1 }, nursery =>
        {
            for (var index = 0; index < 50; index++)
            {
                var number = index;
                nursery.StartSoon(async () =>
                {
                    await Task.Yield();
                    order.Add(number);
                });
            }
        }).OrTimeout();
        Assert.Equal(Enumerable.Range(0, 50), order);
    }

    [Fact]
    public async Task Start_now_never_queues_but_takes_a_place()
    {
        await Nursery.RunAsync(new NurseryOptions { MaxConcurrency = 1 }, async nursery =>
        {
            var gate = new TaskCompletionSource();
            var started = 0;
            nursery.StartNow(() => { started++; return gate.Task; });
            nursery.StartNow(() => { started++; return gate.Task; });
            Assert.Equal(2, started);
            var queued = nursery.StartSoon(static () => Task.FromResult(1));
            await Task.Delay(20);
            Assert.False(queued.Task.IsCompleted);
            gate.SetResult();
            await queued.Task;
        }).OrTimeout();
    }

    [Fact]
    public async Task A_place_that_became_free_belongs_to_the_one_who_waited_longest()
        => await Nursery.RunAsync(new NurseryOptions { Name = "places", MaxConcurrency = 1 }, static async nursery =>
        {
            var gates = Enumerable.Range(0, 4).Select(static _ => new TaskCompletionSource()).ToArray();
            string[] States() => TaskTree.Capture().Roots.Single(static root => root.Name == "places").Children.Select(static child => child.Name + " " + child.State).ToArray();

            nursery.StartNow(() => gates[0].Task, "0");
            nursery.StartNow(() => gates[1].Task, "1");
            nursery.StartSoon(() => gates[2].Task, "2");
            Assert.Equal(["0 running", "1 running", "2 queued"], States());
            // One more than may run: the place of the first is not free yet.
            gates[0].SetResult();
            while (nursery.LiveChildCount > 2)
                await Task.Yield();
            Assert.Equal(["1 running", "2 queued"], States());
            gates[1].SetResult();
            while (nursery.LiveChildCount > 1)
                await Task.Yield();
            Assert.Equal(["2 running"], States());
            nursery.StartSoon(() => gates[3].Task, "3");
            Assert.Equal(["2 running", "3 queued"], States());
            gates[2].SetResult();
            gates[3].SetResult();
        }).OrTimeout();

    [Fact]
    public async Task In_a_seeded_run_the_context_of_the_caller_flows_into_the_child_unless_its_flow_is_suppressed()
        => await Time.VirtualAsync(static _ => Nursery.RunAsync(static async nursery =>
        {
            var local = new AsyncLocal<string?> { Value = "caller" };
            Assert.Equal("caller", await nursery.StartSoon(() => Task.FromResult(local.Value)).Task);
            ChildTask<CancelScope> soon;
            using (ExecutionContext.SuppressFlow())
                soon = nursery.StartSoon(static () => Task.FromResult(CancelScope.Current));
            Assert.Same(nursery.CancelScope, await soon.Task);
        }));

    [Fact]
    public async Task Queued_children_start_with_a_cancelled_token_after_a_cancel()
    {
        bool? wasCancelled = null;
        await Nursery.RunAsync(new NurseryOptions { MaxConcurrency = 1 }, nursery =>
        {
            nursery.StartNow(() => Checkpoint.SleepForeverAsync());
            nursery.StartSoon(token =>
            {
                wasCancelled = token.IsCancellationRequested;
                return Task.CompletedTask;
            });
            nursery.Cancel();
        }).OrTimeout();
        Assert.True(wasCancelled);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Fewer_than_one_at_once_is_refused(int most)
        => Assert.Contains("At least one", Assert.Throws<ArgumentOutOfRangeException>("MaxConcurrency", () => new NurseryOptions { MaxConcurrency = most }).Message);

    [Fact]
    public async Task A_scheduler_can_take_the_place_of_the_pool()
    {
        var pair = new ConcurrentExclusiveSchedulerPair();
        TaskScheduler? seen = null;
        await Nursery.RunAsync(new NurseryOptions { Scheduler = pair.ExclusiveScheduler }, nursery => nursery.StartSoon(() =>
        {
            seen = TaskScheduler.Current;
            return Task.CompletedTask;
        })).OrTimeout();
        Assert.Same(pair.ExclusiveScheduler, seen);
    }

    [Fact]
    public async Task The_context_of_the_caller_flows_into_the_child_and_not_back()
    {
        var local = new AsyncLocal<string>();
        var culture = CultureInfo.CurrentCulture;
        await Nursery.RunAsync(async nursery =>
        {
            local.Value = "caller";
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-CH");
            var soon = nursery.StartSoon(() => Task.FromResult(local.Value + CultureInfo.CurrentCulture.Name));
            nursery.StartNow(() =>
            {
                Assert.Equal("caller", local.Value);
                local.Value = "child";
                return Task.CompletedTask;
            });
            Assert.Equal("caller", local.Value);
            Assert.Equal("callerde-CH", await soon.Task);
        }).OrTimeout();
        CultureInfo.CurrentCulture = culture;
    }

    [Fact]
    public async Task Where_the_flow_of_contexts_is_suppressed_the_scope_is_right_all_the_same()
    {
        await Nursery.RunAsync(async nursery =>
        {
            ChildTask<bool>? soon = null;
            await CancelScope.RunAsync(narrower =>
            {
                using (ExecutionContext.SuppressFlow())
                {
                    soon = nursery.StartSoon(() => Task.FromResult(ReferenceEquals(CancelScope.Current, nursery.CancelScope)));
                    nursery.StartNow(() =>
                    {
                        Assert.Same(nursery.CancelScope, CancelScope.Current);
                        return Task.CompletedTask;
                    });
                    Assert.Same(narrower, CancelScope.Current);
                }

                return Task.CompletedTask;
            });
            Assert.True(await soon!.Task);
        }).OrTimeout();
    }

    [Fact]
    public async Task The_scope_of_a_child_is_the_nurserys_even_when_a_narrower_one_started_it()
        => await Nursery.RunAsync(async nursery =>
        {
            ChildTask<CancelScope>? soon = null;
            CancelScope? now = null;
            await CancelScope.RunAsync(scope =>
            {
                soon = nursery.StartSoon(static () => Task.FromResult(CancelScope.Current));
                nursery.StartNow(() =>
                {
                    now = CancelScope.Current;
                    return Task.CompletedTask;
                });
                Assert.Same(scope, CancelScope.Current);
                scope.Cancel();
                return Task.CompletedTask;
            });
            Assert.Same(nursery.CancelScope, await soon!.Task);
            Assert.Same(nursery.CancelScope, now);
        }).OrTimeout();

    [Fact]
    public async Task Start_soon_leaves_the_callers_synchronization_context_and_start_now_stays_on_it()
    {
        var previous = SynchronizationContext.Current;
        var own = new OwnContext();
        SynchronizationContext? now = null;
        ChildTask<SynchronizationContext?>? soon = null;
        Task task;
        SynchronizationContext.SetSynchronizationContext(own);
        try
        {
            task = Nursery.RunAsync(nursery =>
            {
                nursery.StartNow(() =>
                {
                    now = SynchronizationContext.Current;
                    return Task.CompletedTask;
                });
                soon = nursery.StartSoon(static () => Task.FromResult(SynchronizationContext.Current));
            });
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }

        await task.OrTimeout();
        Assert.Same(own, now);
        Assert.Null(soon!.Result);
    }

    [Fact]
    public async Task A_child_that_changes_the_synchronization_context_changes_it_for_itself()
    {
        using var context = new OneThreadContext();
        Assert.True(await context.RunAsync(async () =>
        {
            var isSame = false;
            await Nursery.RunAsync(nursery =>
            {
                nursery.StartNow(static () =>
                {
                    SynchronizationContext.SetSynchronizationContext(new OwnContext());
                    return Task.CompletedTask;
                });
                isSame = ReferenceEquals(SynchronizationContext.Current, context);
            });
            return isSame;
        }));
    }

    private sealed class OwnContext : SynchronizationContext;
}
