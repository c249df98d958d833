using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Nurseries;

public class OwnedNurseryTests
{
    [Fact]
    public async Task Disposing_cancels_the_children_and_waits_for_them()
    {
        var log = "";
        var nursery = Nursery.Open();
        nursery.StartNow(async token =>
        {
            try
            {
                await Task.Delay(-1, token);
            }
            finally
            {
                await Task.Yield();
                log += "cleaned up";
            }
        });
        await nursery.DisposeAsync().AsTask().OrTimeout();
        Assert.Equal("cleaned up", log);
        Assert.Equal(CancelCause.Cancelled, nursery.CancelScope.Cause);
        Assert.Equal("The nursery was disposed.", nursery.CancelScope.CancelReason);
        await nursery.DisposeAsync().AsTask().OrTimeout();
        Assert.True(nursery.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Joining_waits_without_cancelling_and_closes_it_to_new_children()
    {
        var gate = new TaskCompletionSource();
        var nursery = Nursery.Open(new NurseryOptions { Name = "background" });
        ChildTask<int>? grandchild = null;
        nursery.StartSoon(async () =>
        {
            await gate.Task;
            grandchild = nursery.StartNow(static () => Task.FromResult(7));
        });
        var join = nursery.JoinAsync();
        Assert.Contains("'background'", Assert.Throws<InvalidOperationException>(() => nursery.StartSoon(static () => Task.CompletedTask)).Message);
        Assert.False(join.IsCompleted);
        Assert.False(nursery.CancelScope.IsCancellationRequested);
        gate.SetResult();
        await join.OrTimeout();
        // Its own children may go on starting others: the join waits for those too.
        Assert.Equal(7, grandchild!.Result);
    }

    [Fact]
    public async Task It_throws_what_was_never_reported_and_only_once()
    {
        var nursery = Nursery.Open();
        nursery.StartNow(static () => Task.FromException(new FormatException()));
        Assert.Equal(CancelCause.ChildFailed, nursery.CancelScope.Cause);
        await Assert.ThrowsAsync<FormatException>(() => nursery.JoinAsync().OrTimeout());
        await nursery.DisposeAsync().AsTask().OrTimeout();
        await Assert.ThrowsAsync<FormatException>(() => nursery.Completion.OrTimeout());
        Assert.Single(nursery.Completion.Exception!.InnerExceptions);
    }

    [Fact]
    public async Task It_is_not_linked_to_the_scope_it_was_opened_in()
    {
        OwnedNursery? nursery = null;
        await CancelScope.RunAsync(scope =>
        {
            nursery = Nursery.Open();
            scope.Cancel();
            return Task.CompletedTask;
        });
        Assert.False(nursery!.CancelScope.IsCancellationRequested);
        var seen = nursery.StartSoon(static () => Task.FromResult(CancelScope.Current));
        Assert.Same(nursery.CancelScope, await seen.Task.OrTimeout());
        await nursery.DisposeAsync();
    }

    [Fact]
    public async Task Joining_it_from_one_of_its_own_children_throws_instead_of_deadlocking()
    {
        var nursery = Nursery.Open();
        var join = nursery.StartSoon(() => Task.FromResult(Record.Exception(() => { _ = nursery.JoinAsync(); })));
        var dispose = nursery.StartNow(() => Task.FromResult(Record.Exception(() => { _ = nursery.DisposeAsync(); })));
        Assert.Contains("joined from one of its own children", Assert.IsType<InvalidOperationException>(await join.Task.OrTimeout()).Message);
        Assert.Contains("disposed from one of its own children", Assert.IsType<InvalidOperationException>(await dispose.Task.OrTimeout()).Message);
        Assert.False(nursery.CancelScope.IsCancellationRequested);
        await nursery.DisposeAsync();
    }

    [Fact]
    public async Task Children_started_after_it_was_disposed_are_refused()
    {
        var nursery = Nursery.Open();
        await nursery.DisposeAsync();
        Assert.Throws<InvalidOperationException>(() => nursery.StartSoon(static () => Task.CompletedTask));
    }

    [Fact]
    public async Task A_supervised_one_goes_on_after_failures_and_keeps_only_so_many()
    {
        var nursery = Nursery.Open(new NurseryOptions { OnChildFailure = static _ => FailureAction.Continue });
        for (var index = 0; index < 250; index++)
        {
            var number = index;
            nursery.StartNow(() => Task.FromException(new FormatException(number.ToString())));
        }

        Assert.False(nursery.CancelScope.IsCancellationRequested);
        var join = nursery.JoinAsync();
        Assert.Equal("0", (await Assert.ThrowsAsync<FormatException>(() => join.OrTimeout())).Message);
        var all = nursery.Completion.Exception!.InnerExceptions;
        Assert.Equal(101, all.Count);
        Assert.Equal(Enumerable.Range(0, 100).Select(static number => number.ToString()), all.Take(100).Select(static each => each.Message));
        Assert.Contains("150 further failures", all[100].Message);
    }

    [Fact]
    public async Task Completion_ends_with_it()
    {
        var nursery = Nursery.Open();
        var gate = new TaskCompletionSource();
        nursery.StartNow(() => gate.Task);
        Assert.False(nursery.Completion.IsCompleted);
        var join = nursery.JoinAsync();
        gate.SetResult();
        await join.OrTimeout();
        await nursery.Completion.OrTimeout();
    }

    [Fact]
    public async Task Several_joins_wait_for_the_same_end()
    {
        var nursery = Nursery.Open();
        var gate = new TaskCompletionSource();
        nursery.StartNow(() => gate.Task);
        var joins = Enumerable.Range(0, 4).Select(_ => nursery.JoinAsync()).Append(nursery.DisposeAsync().AsTask()).ToArray();
        Assert.All(joins, static join => Assert.False(join.IsCompleted));
        gate.SetResult();
        await Task.WhenAll(joins).OrTimeout();
    }

    [Fact]
    public void It_says_where_it_was_opened()
        => Assert.Contains("nursery 'n' opened at", Nursery.Open(new NurseryOptions { Name = "n" }).ToString());
}
