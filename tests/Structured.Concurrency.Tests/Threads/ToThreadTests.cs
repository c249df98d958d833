using System;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Threads;

public class ToThreadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Work_runs_on_a_thread_that_is_not_the_pools_and_gives_its_result()
    {
        var isPool = await ToThread.RunAsync(() => Thread.CurrentThread.IsThreadPoolThread);
        Assert.False(isPool);
        Assert.True(await ToThread.RunAsync(() => Thread.CurrentThread.IsBackground));
    }

    [Fact]
    public async Task What_the_work_throws_is_thrown_to_the_caller()
    {
        await Assert.ThrowsAsync<FormatException>(() => ToThread.RunAsync(() => throw new FormatException()));
        await Assert.ThrowsAsync<FormatException>(() => ToThread.RunAsync(int () => throw new FormatException()));
    }

    [Fact]
    public async Task Threads_are_used_again()
    {
        var first = await ToThread.RunAsync(() => Thread.CurrentThread);
        for (var attempt = 0; attempt < 100; attempt++)
        {
            if (await ToThread.RunAsync(() => Thread.CurrentThread) == first)
                return;
            await Task.Delay(1);
        }

        Assert.Fail("A hundred calls one after the other each got a thread of their own.");
    }

    [Fact]
    public async Task The_context_flows_into_the_thread_and_changes_do_not_flow_back()
    {
        var local = new AsyncLocal<string?> { Value = "outside" };
        var seen = await ToThread.RunAsync(() =>
        {
            var value = local.Value;
            local.Value = "inside";
            return value;
        });
        Assert.Equal("outside", seen);
        Assert.Equal("outside", local.Value);
    }

    [Fact]
    public async Task Synchronous_work_sees_that_its_scope_was_cancelled()
    {
        var entered = new SemaphoreSlim(0);
        var outcome = await CancelScope.RunAsync(async scope =>
        {
            var work = ToThread.RunAsync(() =>
            {
                entered.Release();
                while (true)
                {
                    Checkpoint.ThrowIfCancelled();
                    Thread.Sleep(1);
                }
            });
            await entered.WaitAsync(Patience);
            scope.Cancel();
            await work;
        });
        Assert.True(outcome.CancelledCaught);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Work_is_handed_a_token_that_speaks_for_the_scope_and_the_callers_token(bool cancelScope)
    {
        using var source = new CancellationTokenSource();
        await CancelScope.RunAsync(async scope =>
        {
            using var entered = new SemaphoreSlim(0);
            var work = ToThread.RunAsync(
                token =>
                {
                    entered.Release();
                    return token.WaitHandle.WaitOne(Patience);
                },
                cancellationToken: source.Token);
            await entered.WaitAsync(Patience);
            if (cancelScope)
                scope.Cancel();
            else
                source.Cancel();
            Assert.True(await work);
        });
    }

    [Fact]
    public async Task Work_that_runs_is_waited_for_and_its_result_kept_though_the_scope_was_cancelled()
    {
        using var goOn = new ManualResetEventSlim();
        using var entered = new SemaphoreSlim(0);
        var result = 0;
        var outcome = await CancelScope.RunAsync(async scope =>
        {
            var work = ToThread.RunAsync(() =>
            {
                entered.Release();
                goOn.Wait(Patience);
                return 42;
            });
            await entered.WaitAsync(Patience);
            scope.Cancel();
            await Task.Delay(20);
            Assert.False(work.IsCompleted);
            goOn.Set();
            result = await work;
        });
        Assert.True(outcome.Completed);
        Assert.Equal(42, result);
    }

    [Fact]
    public async Task Work_does_not_start_in_a_cancelled_scope()
    {
        var started = false;
        await CancelScope.RunAsync(async scope =>
        {
            scope.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ToThread.RunAsync(() => { started = true; }));
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ToThread.RunAsync(() => { started = true; }, cancellationToken: new CancellationToken(true)));
        Assert.False(started);
    }

    [Fact]
    public async Task Abandoned_work_ends_the_call_at_once_keeps_its_place_and_reports_what_it_ended_with()
    {
        using var goOn = new ManualResetEventSlim();
        using var entered = new SemaphoreSlim(0);
        var limiter = new CapacityLimiter(1);
        var reported = new TaskCompletionSource<AbandonedCallEndedEventArgs>();
        EventHandler<AbandonedCallEndedEventArgs> handler = (_, ended) =>
        {
            if (ended.Exception is FormatException)
                reported.TrySetResult(ended);
        };
        ToThread.AbandonedCallEnded += handler;
        try
        {
            var outcome = await CancelScope.RunAsync(async scope =>
            {
                var work = ToThread.RunAsync(
                    () =>
                    {
                        entered.Release();
                        goOn.Wait(Patience);
                        throw new FormatException("late");
                    },
                    abandonOnCancel: true,
                    limiter);
                await entered.WaitAsync(Patience);
                scope.Cancel();
                await work;
            });
            Assert.True(outcome.CancelledCaught);
            Assert.Equal(1, limiter.Statistics.BorrowedCount);

            goOn.Set();
            Assert.Equal("late", (await reported.Task.WaitAsync(Patience)).Exception!.Message);
            Assert.Equal(0, limiter.Statistics.BorrowedCount);
        }
        finally
        {
            ToThread.AbandonedCallEnded -= handler;
        }
    }

    [Fact]
    public async Task A_limiter_bounds_how_much_runs_at_a_time()
    {
        var limiter = new CapacityLimiter(2);
        var running = 0;
        var most = 0;
        await Nursery.RunAsync(nursery =>
        {
            for (var call = 0; call < 10; call++)
            {
                nursery.StartSoon(() => ToThread.RunAsync(
                    () =>
                    {
                        var now = Interlocked.Increment(ref running);
                        lock (limiter)
                            most = Math.Max(most, now);
                        Thread.Sleep(5);
                        Interlocked.Decrement(ref running);
                    },
                    limiter: limiter));
            }
        });
        Assert.InRange(most, 1, 2);
        Assert.Equal(0, limiter.Statistics.BorrowedCount);
    }

    [Fact]
    public void The_default_limiter_is_shared_and_adjustable()
    {
        Assert.Same(ToThread.DefaultLimiter, ToThread.DefaultLimiter);
        Assert.Equal(40, ToThread.DefaultLimiter.Total);
    }

    [Fact]
    public async Task Asynchronous_work_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>("work", () => ToThread.RunAsync(async () => await Task.Yield()));
        await Assert.ThrowsAsync<ArgumentException>("work", () => ToThread.RunAsync(async token => await Task.Delay(1, token)));
        await Assert.ThrowsAsync<ArgumentException>("work", () => ToThread.RunAsync(() => default(ValueTask)));
        await Assert.ThrowsAsync<ArgumentException>("work", () => ToThread.RunAsync(() => new ValueTask<int>(1)));
        Action<CancellationToken> asyncVoidWithToken = async _ => await Task.Yield();
        await Assert.ThrowsAsync<ArgumentException>("work", () => ToThread.RunAsync(asyncVoidWithToken));
        Action asyncVoid = async () => await Task.Yield();
        await Assert.ThrowsAsync<ArgumentException>("work", () => ToThread.RunAsync(asyncVoid));
        Assert.Contains("ToThread is for work that blocks", (await Assert.ThrowsAsync<ArgumentException>("work", () => ToThread.RunAsync(asyncVoid))).Message);
    }

    [Fact]
    public async Task Work_that_is_missing_is_named()
    {
        Time.ThrowsAtOnce<ArgumentNullException>("work", static () => ToThread.RunAsync((Action)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("work", static () => ToThread.RunAsync((Action<CancellationToken>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("work", static () => ToThread.RunAsync((Func<int>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("work", static () => ToThread.RunAsync((Func<CancellationToken, int>)null!));
        await ToThread.RunAsync(static () =>
        {
            Assert.Throws<ArgumentNullException>("work", static () => FromThread.Run((Action)null!));
            Assert.Throws<ArgumentNullException>("work", static () => { FromThread.Run((Func<int>)null!); });
            Assert.Throws<ArgumentNullException>("work", static () => FromThread.Run((Func<Task>)null!));
            Assert.Throws<ArgumentNullException>("work", static () => { FromThread.Run((Func<Task<int>>)null!); });
            Assert.Contains("returned null instead of a task", Assert.Throws<InvalidOperationException>(static () => FromThread.Run(static () => (Task)null!)).Message);
            Assert.Contains("returned null instead of a task", Assert.Throws<InvalidOperationException>(static () => { FromThread.Run(static () => (Task<int>)null!); }).Message);
        });
    }

    [Fact]
    public async Task A_call_that_its_own_token_abandons_ends_with_that_token_and_the_result_is_reported()
    {
        using var goOn = new ManualResetEventSlim();
        using var entered = new SemaphoreSlim(0);
        using var source = new CancellationTokenSource();
        var result = new object();
        var reported = new TaskCompletionSource<AbandonedCallEndedEventArgs>();
        EventHandler<AbandonedCallEndedEventArgs> handler = (_, ended) =>
        {
            if (ReferenceEquals(ended.Result, result))
                reported.TrySetResult(ended);
        };
        ToThread.AbandonedCallEnded += handler;
        try
        {
            var work = ToThread.RunAsync(
                () =>
                {
                    entered.Release();
                    goOn.Wait(Patience);
                    return result;
                },
                abandonOnCancel: true,
                cancellationToken: source.Token);
            await entered.WaitAsync(Patience);
            source.Cancel();
            Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.OrTimeout())).CancellationToken);
            goOn.Set();
            Assert.Null((await reported.Task.OrTimeout()).Exception);
        }
        finally
        {
            ToThread.AbandonedCallEnded -= handler;
        }
    }

    [Fact]
    public async Task Where_the_flow_of_contexts_is_suppressed_none_comes_along()
    {
        var local = new AsyncLocal<string?> { Value = "outside" };
        Task<string?> work;
        using (ExecutionContext.SuppressFlow())
            work = ToThread.RunAsync<string?>(() => local.Value);
        Assert.Null(await work);

        Assert.Null(await ToThread.RunAsync(() =>
        {
            using (ExecutionContext.SuppressFlow())
                return FromThread.Run(() => local.Value);
        }));
    }

    [Fact]
    public async Task In_a_seeded_run_the_clock_waits_for_the_thread_and_the_thread_gets_back_to_the_run()
        => await Time.VirtualAsync(static async clock =>
        {
            var thread = Environment.CurrentManagedThreadId;
            var sleep = Checkpoint.SleepAsync(1000);
            Assert.Equal(thread, await ToThread.RunAsync(() =>
            {
                // Long enough for a clock that does not wait to jump.
                Assert.False(sleep.Wait(50));
                Assert.Equal(TimeSpan.Zero, clock.Elapsed);
                return FromThread.Run(static () => Environment.CurrentManagedThreadId);
            }));
            Assert.False(sleep.IsCompleted);
            await sleep;
            // However many threads lie between.
            Assert.Equal(thread, await ToThread.RunAsync(static () => ToThread.RunAsync(
                static () => FromThread.Run(static () => Environment.CurrentManagedThreadId)).GetAwaiter().GetResult()));
        });

    [Fact]
    public async Task A_token_that_can_be_cancelled_is_handed_to_the_work_as_it_is()
    {
        using var source = new CancellationTokenSource();
        Assert.Equal(source.Token, await ToThread.RunAsync(static token => token, cancellationToken: source.Token));
        Assert.False((await ToThread.RunAsync(static token => token)).CanBeCanceled);
        await CancelScope.RunAsync(static async scope =>
        {
            Assert.Equal(scope.Token, await ToThread.RunAsync(static token => token));
            Assert.Equal(scope.Token, await ToThread.RunAsync(static token => token, cancellationToken: scope.Token));
            var seen = CancellationToken.None;
            await ToThread.RunAsync(token => { seen = token; });
            Assert.Equal(scope.Token, seen);

            // One that speaks for two is let go of when the work has ended.
            using var other = new CancellationTokenSource();
            var both = await ToThread.RunAsync(static token => token, cancellationToken: other.Token);
            other.Cancel();
            Assert.False(both.IsCancellationRequested);
        });
    }

    [Fact]
    public async Task A_thread_gets_back_to_the_synchronization_context_that_its_call_came_from()
    {
        var posts = 0;
        var context = new CountingContext(() => Interlocked.Increment(ref posts));
        var previous = SynchronizationContext.Current;
        Task<bool> work;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            work = ToThread.RunAsync(() => FromThread.Run(() => SynchronizationContext.Current == context));
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }

        Assert.True(await work);
        Assert.True(posts > 0);
    }

    [Fact]
    public async Task A_thread_gets_back_to_the_scheduler_of_the_nursery_that_its_call_came_from()
    {
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        await Nursery.RunAsync(new NurseryOptions { Scheduler = scheduler }, nursery => nursery.StartSoon(async () =>
        {
            var inside = await ToThread.RunAsync(() => FromThread.Run(() => TaskScheduler.Current == scheduler));
            Assert.True(inside);
        }));
    }

    [Fact]
    public async Task A_thread_can_wait_for_asynchronous_code_and_gets_its_result_or_failure()
    {
        Assert.Equal(3, await ToThread.RunAsync(() => FromThread.Run(async () =>
        {
            await Task.Yield();
            return 3;
        })));
        await Assert.ThrowsAsync<FormatException>(() => ToThread.RunAsync(() => FromThread.Run(async () =>
        {
            await Task.Yield();
            throw new FormatException();
        })));
        var hasRun = false;
        await ToThread.RunAsync(() => FromThread.Run(() => { hasRun = true; }));
        Assert.True(hasRun);
    }

    [Fact]
    public async Task Asynchronous_code_called_from_a_thread_runs_in_the_scope_of_the_thread()
    {
        await CancelScope.RunAsync(async scope =>
            Assert.Same(scope, await ToThread.RunAsync(() => FromThread.Run(() => CancelScope.Current))));
    }

    [Fact]
    public void Off_a_worker_thread_there_is_nothing_to_go_back_to()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => FromThread.Run(() => { }));
        Assert.Contains("ToThread.RunAsync", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_abandoned_thread_cannot_go_back()
    {
        using var goOn = new ManualResetEventSlim();
        using var entered = new SemaphoreSlim(0);
        var thrown = new TaskCompletionSource<Exception?>();
        await CancelScope.RunAsync(async scope =>
        {
            var work = ToThread.RunAsync(
                () =>
                {
                    entered.Release();
                    goOn.Wait(Patience);
                    thrown.SetResult(Record.Exception(() => FromThread.Run(() => { })));
                },
                abandonOnCancel: true);
            await entered.WaitAsync(Patience);
            scope.Cancel();
            await work;
        });
        goOn.Set();
        Assert.Contains("abandoned", Assert.IsType<OperationCanceledException>(await thrown.Task.WaitAsync(Patience)).Message);
    }

    [Fact]
    public async Task The_way_back_leads_to_the_callers_context_with_the_threads_own_values_even_after_a_wait_for_a_place()
    {
        var local = new AsyncLocal<string?>();
        using var context = new OneThreadContext();
        var (isThere, value) = await context.RunAsync(async () =>
        {
            var limiter = new CapacityLimiter(1);
            var lease = await limiter.AcquireAsync();
            var work = ToThread.RunAsync(
                () =>
                {
                    local.Value = "thread's";
                    return FromThread.Run(() => (SynchronizationContext.Current == context, local.Value));
                },
                limiter: limiter);
            _ = Task.Run(() => lease.Dispose());
            return await work;
        });
        Assert.True(isThere);
        Assert.Equal("thread's", value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_is_abandoned_even_while_its_context_is_blocked(bool byScope)
    {
        using var context = new OneThreadContext();
        using var goOn = new ManualResetEventSlim();
        using var source = new CancellationTokenSource();
        var thrown = await context.RunAsync(async () =>
        {
            Exception? exception = null;
            await CancelScope.RunAsync(scope =>
            {
                var work = ToThread.RunAsync(() => { goOn.Wait(Patience); }, abandonOnCancel: true, cancellationToken: source.Token);
                if (byScope)
                    scope.Cancel();
                else
                    source.Cancel();
                exception = Record.Exception(() => work.WaitAsync(Time.Patience).GetAwaiter().GetResult());
                return Task.CompletedTask;
            });
            return exception;
        });
        goOn.Set();
        Assert.IsAssignableFrom<OperationCanceledException>(thrown);
    }

    private sealed class CountingContext(Action onPost) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback callback, object? state)
        {
            onPost();
            ThreadPool.QueueUserWorkItem(_ =>
            {
                SetSynchronizationContext(this);
                try
                {
                    callback(state);
                }
                finally
                {
                    SetSynchronizationContext(null);
                }
            });
        }
    }
}
