using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Nurseries;

public class FailureTests
{
    private static readonly NurseryOptions Continuing = new() { OnChildFailure = static _ => FailureAction.Continue };

    private static async Task FailAsync(Exception exception)
    {
        await Task.Yield();
        throw exception;
    }

    [Fact]
    public async Task The_first_failure_cancels_the_others_and_comes_out_unchanged()
    {
        var failure = new FormatException("first");
        var sibling = "running";
        var task = Nursery.RunAsync(nursery =>
        {
            nursery.StartSoon(async token =>
            {
                try
                {
                    await Checkpoint.SleepForeverAsync(token);
                }
                catch (OperationCanceledException)
                {
                    sibling = "cancelled";
                    throw;
                }
            });
            nursery.StartSoon(() => FailAsync(failure));
        });
        var thrown = await Assert.ThrowsAsync<FormatException>(() => task.OrTimeout());
        Assert.Same(failure, thrown);
        Assert.Contains(nameof(FailAsync), thrown.StackTrace);
        Assert.Equal("cancelled", sibling);
        Assert.True(task.IsFaulted);
        Assert.Equal([failure], task.Exception!.InnerExceptions);
        Assert.Empty(thrown.OtherFailures());
    }

    [Fact]
    public async Task A_failing_body_cancels_the_children_and_waits_for_them()
    {
        var ended = false;
        var failure = new FormatException();
        var thrown = await Assert.ThrowsAsync<FormatException>(() => Nursery.RunAsync(async nursery =>
        {
            nursery.StartNow(async () =>
            {
                try
                {
                    await Checkpoint.SleepForeverAsync();
                }
                finally
                {
                    ended = true;
                }
            });
            await Task.Yield();
            throw failure;
        }).OrTimeout());
        Assert.Same(failure, thrown);
        Assert.True(ended);
    }

    [Fact]
    public async Task A_body_that_throws_at_once_fails_the_task_and_not_the_call()
    {
        var task = Nursery.RunAsync(new Action<Nursery>(static _ => throw new FormatException()));
        await Assert.ThrowsAsync<FormatException>(() => task);
        Task second = Nursery.RunAsync(new Func<Nursery, Task<int>>(static _ => throw new FormatException()));
        await Assert.ThrowsAsync<FormatException>(() => second);
    }

    [Fact]
    public async Task Every_failure_is_kept_in_the_order_of_occurrence()
    {
        var failures = Enumerable.Range(0, 3).Select(static number => new FormatException(number.ToString())).ToArray();
        var task = Nursery.RunAsync(Continuing, nursery =>
        {
            foreach (var failure in failures)
                nursery.StartNow(() => Task.FromException(failure));
        });
        var thrown = await Assert.ThrowsAsync<FormatException>(() => task);
        Assert.Same(failures[0], thrown);
        Assert.Equal(failures[1..], thrown.OtherFailures());
        Assert.Equal(failures, task.Exception!.InnerExceptions);
    }

    [Fact]
    public async Task A_child_that_failed_with_several_lists_all_of_them()
    {
        var task = Nursery.RunAsync(nursery => nursery.StartNow(() => Task.WhenAll(Task.FromException(new FormatException("a")), Task.FromException(new FormatException("b")))));
        var thrown = await Assert.ThrowsAsync<FormatException>(() => task);
        Assert.Equal(["b"], thrown.OtherFailures().Select(static other => other.Message));
    }

    [Fact]
    public async Task The_other_failures_of_an_inner_nursery_are_listed_once_by_the_outer()
    {
        var task = Nursery.RunAsync(Continuing, outer =>
        {
            outer.StartNow(() => Nursery.RunAsync(Continuing, inner =>
            {
                inner.StartNow(() => Task.FromException(new FormatException("a")));
                inner.StartNow(() => Task.FromException(new FormatException("b")));
            }));
            outer.StartNow(() => Task.FromException(new FormatException("c")));
        });
        var thrown = await Assert.ThrowsAsync<FormatException>(() => task);
        Assert.Equal(["a", "b", "c"], task.Exception!.InnerExceptions.Select(static each => each.Message));
        Assert.Equal(["b", "c"], thrown.OtherFailures().Select(static other => other.Message));
    }

    [Fact]
    public async Task The_other_failures_of_an_inner_nursery_are_listed_where_a_child_awaited_it()
    {
        var task = Nursery.RunAsync(static outer => outer.StartNow(static async () => await Nursery.RunAsync(Continuing, static inner =>
        {
            inner.StartNow(static () => Task.FromException(new FormatException("a")));
            inner.StartNow(static () => Task.FromException(new FormatException("b")));
        })));
        await Assert.ThrowsAsync<FormatException>(() => task);
        Assert.Equal(["a", "b"], task.Exception!.InnerExceptions.Select(static each => each.Message));
    }

    [Fact]
    public async Task A_child_that_failed_with_cancellations_among_others_after_a_cancel_lists_the_others()
    {
        await Nursery.RunAsync(static nursery =>
        {
            nursery.Cancel();
            nursery.StartNow(static () => Task.FromException(new OperationCanceledException()));
        });
        var task = Nursery.RunAsync(static nursery =>
        {
            nursery.Cancel();
            nursery.StartNow(static () => Task.WhenAll(
                Task.FromException(new OperationCanceledException()),
                Task.FromException(new FormatException()),
                Task.FromException(new OperationCanceledException())));
        });
        await Assert.ThrowsAsync<FormatException>(() => task);
        Assert.Single(task.Exception!.InnerExceptions);
    }

    [Fact]
    public async Task One_exception_that_comes_twice_is_listed_once()
    {
        var failure = new FormatException();
        var task = Nursery.RunAsync(Continuing, async nursery =>
        {
            nursery.StartNow(() => Task.FromException(failure));
            await FailAsync(failure);
        });
        Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() => task));
        Assert.Single(task.Exception!.InnerExceptions);
    }

    [Fact]
    public async Task On_demand_it_is_always_an_aggregate()
    {
        var options = new NurseryOptions { AlwaysAggregate = true };
        var task = Nursery.RunAsync(options, nursery => nursery.StartNow(() => Task.FromException(new FormatException())));
        var thrown = await Assert.ThrowsAsync<AggregateException>(() => task);
        Assert.IsType<FormatException>(Assert.Single(thrown.InnerExceptions));

        var several = Nursery.RunAsync(options, nursery => nursery.StartNow(() => Task.WhenAll(Task.FromException(new FormatException()), Task.FromException(new NotSupportedException()))));
        var both = await Assert.ThrowsAsync<AggregateException>(() => several);
        Assert.Equal([typeof(FormatException), typeof(NotSupportedException)], both.InnerExceptions.Select(static each => each.GetType()));
        // The aggregate holds them all; there are no others to look for.
        Assert.All(both.InnerExceptions.Prepend(both), static each => Assert.Empty(each.OtherFailures()));
    }

    [Fact]
    public async Task A_cancellation_that_nobody_here_asked_for_is_a_failure_like_any_other()
    {
        using var foreign = new CancellationTokenSource();
        foreign.Cancel();
        var siblingEnded = false;
        var task = Nursery.RunAsync(nursery =>
        {
            nursery.StartNow(async () =>
            {
                try
                {
                    await Checkpoint.SleepForeverAsync();
                }
                finally
                {
                    siblingEnded = true;
                }
            });
            nursery.StartNow(() => Task.FromCanceled(foreign.Token));
        });
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.OrTimeout());
        Assert.Equal(foreign.Token, thrown.CancellationToken);
        Assert.True(task.IsFaulted);
        Assert.True(siblingEnded);

        var thrownAtOnce = Nursery.RunAsync(nursery => nursery.StartNow(new Func<Task>(() => throw new OperationCanceledException(foreign.Token))));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => thrownAtOnce);
        Assert.True(thrownAtOnce.IsFaulted);

        var timeout = Nursery.RunAsync(nursery => nursery.StartNow(new Func<Task>(() => throw new TaskCanceledException("timeout"))));
        Assert.Equal("timeout", (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => timeout)).Message);
    }

    [Fact]
    public async Task What_is_thrown_at_once_comes_out_unchanged_with_its_stack()
    {
        using var foreign = new CancellationTokenSource();
        foreign.Cancel();
        foreach (var failure in new Exception[] { new FormatException(), new OperationCanceledException("not yet"), new OperationCanceledException("foreign", foreign.Token) })
        {
            Task Throw() => throw failure;
            var ofChild = Nursery.RunAsync(nursery => nursery.StartNow(Throw));
            Assert.Same(failure, await Record.ExceptionAsync(() => ofChild));
            Assert.Contains("Throw", failure.StackTrace);
            Assert.True(ofChild.IsFaulted);

            var ofBody = Nursery.RunAsync(new Action<Nursery>(_ => Throw()));
            Assert.Same(failure, await Record.ExceptionAsync(() => ofBody));
            Assert.True(ofBody.IsFaulted);
        }
    }

    [Fact]
    public async Task A_cancellation_that_is_thrown_at_once_after_a_cancel_is_no_failure()
    {
        CancelScope? outside = null;
        Task? inner = null;
        Assert.True((await CancelScope.RunAsync(scope =>
        {
            outside = scope;
            return inner = Nursery.RunAsync(nursery =>
            {
                scope.Cancel();
                nursery.StartNow(new Func<Task>(static () => throw new OperationCanceledException()));
            });
        })).CancelledCaught);
        Assert.True(inner!.IsCanceled);
        Assert.Equal(outside!.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => inner)).CancellationToken);
        await Nursery.RunAsync(static nursery =>
        {
            nursery.Cancel();
            throw new OperationCanceledException();
        });
    }

    [Fact]
    public async Task Cancellations_that_follow_from_a_failure_are_left_out()
    {
        var task = Nursery.RunAsync(nursery =>
        {
            for (var index = 0; index < 5; index++)
                nursery.StartNow(() => Checkpoint.SleepForeverAsync());
            nursery.StartNow(() => Task.FromException(new FormatException()));
        });
        await Assert.ThrowsAsync<FormatException>(() => task.OrTimeout());
        Assert.Single(task.Exception!.InnerExceptions);
    }

    [Fact]
    public async Task A_failure_during_cancellation_comes_out_instead_of_it()
    {
        var task = Nursery.RunAsync(nursery =>
        {
            nursery.StartNow(async () =>
            {
                try
                {
                    await Checkpoint.SleepForeverAsync();
                }
                catch (OperationCanceledException)
                {
                    throw new FormatException("cleanup");
                }
            });
            nursery.Cancel();
        });
        Assert.Equal("cleanup", (await Assert.ThrowsAsync<FormatException>(() => task.OrTimeout())).Message);
    }

    [Fact]
    public async Task Handled_failures_do_not_surface_and_leave_the_siblings_alone()
    {
        var handled = new List<(string?, string)>();
        var ended = 0;
        await Nursery.RunAsync(
            new NurseryOptions
            {
                OnChildFailure = failure =>
                {
                    Assert.NotNull(failure.Nursery);
                    lock (handled)
                        handled.Add((failure.ChildName, failure.Exception.Message));
                    return FailureAction.Handled;
                },
            },
            nursery =>
            {
                nursery.StartNow(() => Task.FromException(new FormatException("a")), "one");
                nursery.StartSoon(async () =>
                {
                    await Task.Yield();
                    ended++;
                });
                Assert.False(nursery.CancelScope.IsCancellationRequested);
            }).OrTimeout();
        Assert.Equal([("one", "a")], handled);
        Assert.Equal(1, ended);
    }

    [Fact]
    public async Task A_failure_that_is_continued_from_leaves_the_siblings_alone_and_surfaces_at_the_join()
    {
        var ended = false;
        await Assert.ThrowsAsync<FormatException>(() => Nursery.RunAsync(Continuing, nursery =>
        {
            nursery.StartNow(() => Task.FromException(new FormatException()));
            nursery.StartSoon(async () =>
            {
                await Task.Yield();
                Checkpoint.ThrowIfCancelled();
                ended = true;
            });
        }).OrTimeout());
        Assert.True(ended);
    }

    [Fact]
    public async Task A_failing_handler_is_a_failure_that_cancels()
    {
        var task = Nursery.RunAsync(new NurseryOptions { OnChildFailure = static _ => throw new NotSupportedException() }, nursery =>
        {
            nursery.StartNow(() => Checkpoint.SleepForeverAsync());
            nursery.StartNow(() => Task.FromException(new FormatException()));
        });
        await Assert.ThrowsAsync<FormatException>(() => task.OrTimeout());
        Assert.Equal([typeof(FormatException), typeof(NotSupportedException)], task.Exception!.InnerExceptions.Select(static each => each.GetType()));
    }

    [Fact]
    public async Task What_token_callbacks_throw_comes_after_the_cause()
    {
        var task = Nursery.RunAsync(nursery =>
        {
            nursery.CancellationToken.Register(static () => throw new NotSupportedException());
            nursery.StartNow(() => Task.FromException(new FormatException()));
        });
        await Assert.ThrowsAsync<FormatException>(() => task.OrTimeout());
        Assert.Equal([typeof(FormatException), typeof(NotSupportedException)], task.Exception!.InnerExceptions.Select(static each => each.GetType()));
    }

    [Fact]
    public async Task Delegates_that_are_missing_or_return_nothing_are_named()
    {
        Time.ThrowsAtOnce<ArgumentNullException>("body", () => Nursery.RunAsync((Func<Nursery, Task>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", () => Nursery.RunAsync((Action<Nursery>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", () => Nursery.RunAsync((Func<Nursery, Task<int>>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("options", () => Nursery.RunAsync((NurseryOptions)null!, static _ => { }));
        Time.ThrowsAtOnce<ArgumentNullException>("options", () => Nursery.RunAsync((NurseryOptions)null!, static _ => Task.CompletedTask));
        Time.ThrowsAtOnce<ArgumentNullException>("options", () => Nursery.RunAsync((NurseryOptions)null!, static _ => Task.FromResult(1)));
        Assert.Throws<ArgumentNullException>("exception", static () => ((Exception)null!).OtherFailures());
        Assert.Contains("returned null instead of a task", (await Assert.ThrowsAsync<InvalidOperationException>(static () => Nursery.RunAsync(static _ => (Task)null!))).Message);
        await Nursery.RunAsync(static nursery =>
        {
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartSoon((Func<Task>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartSoon((Func<CancellationToken, Task>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartSoon((Func<Task<int>>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartSoon((Func<CancellationToken, Task<int>>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartSoon((Func<int, CancellationToken, Task>)null!, 1));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartSoon((Func<ValueTask>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartNow((Func<Task>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartNow((Func<CancellationToken, Task>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartNow((Func<Task<int>>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartNow((Func<CancellationToken, Task<int>>)null!));
            Assert.Throws<ArgumentNullException>("child", () => nursery.StartNow((Func<int, CancellationToken, Task>)null!, 1));
            Assert.Throws<ArgumentNullException>("work", () => nursery.StartWork((Action)null!));
            Assert.Throws<ArgumentNullException>("work", () => nursery.StartWork((Action<CancellationToken>)null!));
            Assert.Throws<ArgumentNullException>("work", () => nursery.StartWork((Func<int>)null!));
            Assert.Throws<ArgumentNullException>("work", () => nursery.StartWork((Func<CancellationToken, int>)null!));
            Time.ThrowsAtOnce<ArgumentNullException>("child", () => nursery.StartAsync((Func<Started, CancellationToken, Task>)null!));
            Time.ThrowsAtOnce<ArgumentNullException>("child", () => nursery.StartAsync((Func<Started<int>, CancellationToken, Task>)null!));
        });
        Assert.Contains(
            "returned null instead of a task",
            (await Assert.ThrowsAsync<InvalidOperationException>(static () => Nursery.RunAsync(static nursery => nursery.StartSoon(static () => (Task)null!)).OrTimeout())).Message);
    }

    [Fact]
    public async Task No_failure_turns_up_unobserved()
    {
        var unobserved = new List<Exception>();
        void Note(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            lock (unobserved)
                unobserved.AddRange(e.Exception.InnerExceptions.Where(static each => each is DivideByZeroException));
        }

        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            await FailInEveryWayAsync();
            for (var round = 0; round < 3; round++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }

        Assert.Empty(unobserved);

        static async Task FailInEveryWayAsync()
        {
            var owned = Nursery.Open(Continuing);
            owned.StartSoon(static () => FailAsync(new DivideByZeroException()));
            _ = owned.StartSoon<int>(static async () =>
            {
                await Task.Yield();
                throw new DivideByZeroException();
            });
            await Assert.ThrowsAsync<DivideByZeroException>(async () => await owned.JoinAsync().OrTimeout());
            await Assert.ThrowsAsync<DivideByZeroException>(() => Nursery.RunAsync(static nursery =>
            {
                _ = nursery.StartAsync(static (_, _) => FailAsync(new DivideByZeroException()));
                for (var index = 0; index < 3; index++)
                    nursery.StartSoon(static () => FailAsync(new DivideByZeroException()));
            }).OrTimeout());
        }
    }
}
