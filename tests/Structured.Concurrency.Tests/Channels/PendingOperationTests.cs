using System;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Channels;

/// <summary>The pending operation behind a channel and a limiter: awaited once, resumed where it was awaited, and reused without a trace.</summary>
public class PendingOperationTests
{
    private readonly Sender<int> _sender;
    private readonly Receiver<int> _receiver;

    public PendingOperationTests() => (_sender, _receiver) = MemoryChannel.Open<int>(0);

    [Fact]
    public async Task A_second_awaiter_is_refused_and_the_first_resumes_undisturbed()
    {
        var first = new TaskCompletionSource<bool>();
        var receive = _receiver.ReceiveAsync();
        receive.GetAwaiter().UnsafeOnCompleted(() => first.SetResult(true));

        var refusal = Assert.Throws<InvalidOperationException>(() => receive.GetAwaiter().UnsafeOnCompleted(() => first.SetResult(false)));
        Assert.Contains("AsTask()", refusal.Message);

        _sender.TrySend(1);
        Assert.True(await first.Task.OrTimeout());
        Assert.Equal(1, await receive);
    }

    [Fact]
    public async Task An_operation_that_was_awaited_cannot_reach_into_the_next()
    {
        var first = _receiver.ReceiveAsync();
        _sender.TrySend(1);
        Assert.Equal(1, await first);

        var second = _receiver.ReceiveAsync();
        Assert.Throws<InvalidOperationException>(() => first.IsCompleted);
        Assert.Throws<InvalidOperationException>(() => first.GetAwaiter().GetResult());
        Assert.Throws<InvalidOperationException>(() => first.GetAwaiter().OnCompleted(() => { }));

        _sender.TrySend(2);
        Assert.Equal(2, await second);
    }

    [Fact]
    public async Task An_operation_is_reused_more_often_than_its_version_can_count()
    {
        for (var item = 0; item < (2 * ushort.MaxValue) + 10; item++)
        {
            var receive = _receiver.ReceiveAsync();
            Assert.False(receive.IsCompleted);
            Assert.True(_sender.TrySend(item));
            Assert.Equal(item, await receive);
        }
    }

    [Fact]
    public async Task As_a_task_it_can_be_awaited_by_many()
    {
        var receive = _receiver.ReceiveAsync().AsTask();
        var both = Task.WhenAll(receive, receive.WaitAsync(Time.Patience));
        _sender.TrySend(1);
        Assert.All(await both, item => Assert.Equal(1, item));
    }

    [Fact]
    public async Task A_cancelled_operation_makes_a_cancelled_task_and_not_a_failed_one()
    {
        using var source = new CancellationTokenSource();
        var receive = _receiver.ReceiveAsync(source.Token).AsTask();
        source.Cancel();
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receive.OrTimeout());
        Assert.Equal(source.Token, exception.CancellationToken);
        Assert.True(receive.IsCanceled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_await_goes_on_in_the_synchronization_context_unless_it_declines(bool continueOnCapturedContext)
    {
        using var context = new OneThreadContext();
        var wentOn = await context.RunAsync(async () =>
        {
            var receive = _receiver.ReceiveAsync();
            _ = Task.Run(() => _sender.TrySend(1));
            await receive.ConfigureAwait(continueOnCapturedContext);
            return SynchronizationContext.Current == context;
        });
        Assert.Equal(continueOnCapturedContext, wentOn);
    }

    [Fact]
    public async Task An_operation_that_ended_before_it_was_awaited_still_goes_on_in_the_synchronization_context()
    {
        using var context = new OneThreadContext();
        Assert.True(await context.RunAsync(async () =>
        {
            var wentOn = new TaskCompletionSource<bool>();
            var awaiter = _receiver.ReceiveAsync().GetAwaiter();
            Assert.False(awaiter.IsCompleted);
            _sender.TrySend(1);
            awaiter.OnCompleted(() => wentOn.SetResult(SynchronizationContext.Current == context));
            return await wentOn.Task;
        }));
    }

    [Fact]
    public async Task An_await_goes_on_under_the_task_scheduler()
    {
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var wentOn = Task.Factory.StartNew(
            async () =>
            {
                await _receiver.ReceiveAsync();
                return TaskScheduler.Current;
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            scheduler).Unwrap();
        while (_receiver.Statistics.WaitingReceives == 0)
            await Task.Yield();
        _sender.TrySend(1);
        Assert.Same(scheduler, await wentOn.OrTimeout());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_awaiter_s_execution_context_flows_and_the_completer_s_does_not(bool endsFirst)
    {
        var local = new AsyncLocal<string> { Value = "awaiter" };
        var seen = new TaskCompletionSource<string?>();
        var receive = _receiver.ReceiveAsync();
        if (endsFirst)
            Complete();
        receive.GetAwaiter().OnCompleted(() => seen.SetResult(local.Value));
        if (!endsFirst)
            Complete();
        Assert.Equal("awaiter", await seen.Task.OrTimeout());

        void Complete() => Task.Run(() =>
        {
            local.Value = "completer";
            _sender.TrySend(1);
        }).Wait();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_flow_the_continuation_sees_neither(bool endsFirst)
    {
        var local = new AsyncLocal<string> { Value = "awaiter" };
        var seen = new TaskCompletionSource<string?>();
        var receive = _receiver.ReceiveAsync();
        if (endsFirst)
            Complete();
        Await();
        if (!endsFirst)
            Complete();
        Assert.Null(await seen.Task.OrTimeout());

        // A context would bring its own flow.
        void Await() => receive.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => seen.SetResult(local.Value));

        void Complete()
        {
            local.Value = "completer";
            _sender.TrySend(1);
        }
    }

    /// <summary>
    /// One receive, one send and one cancellation at the same moment, from outside or by the surrounding scope: the send succeeds exactly when the receive has
    /// the item.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Either_the_hand_over_or_the_cancellation_wins(bool byScope)
    {
        var rounds = Effort.Rounds(4000, inLongForm: 40_000);
        var (handedOver, cancelled) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            using var source = new CancellationTokenSource();
            var item = round;
            var received = -1;
            var wasSent = false;
            await CancelScope.RunAsync(async scope =>
            {
                var receive = _receiver.ReceiveAsync(byScope ? default : source.Token);
                using var start = new Barrier(2);
                var cancel = Task.Run(() =>
                {
                    start.SignalAndWait();
                    Thread.SpinWait(item % 40);
                    if (byScope)
                        scope.Cancel();
                    else
                        source.Cancel();
                });
                start.SignalAndWait();
                Thread.SpinWait((item / 40) % 40);
                wasSent = _sender.TrySend(item);
                try
                {
                    received = await receive;
                }
                catch (OperationCanceledException)
                {
                }

                await cancel;
            });

            Assert.Equal(wasSent ? item : -1, received);
            if (wasSent)
                handedOver++;
            else
                cancelled++;
        }

        Assert.Equal(0, _receiver.Statistics.WaitingReceives);
        Assert.Equal(rounds, handedOver + cancelled);
    }

    /// <summary>Awaited, completed and reused by many at once, so that every order of parking and completing occurs: nobody gets another one's result.</summary>
    [Fact]
    public async Task Operations_that_are_reused_by_many_at_once_keep_their_results_apart()
    {
        const int Clients = 8;
        var rounds = Effort.Rounds(1500, inLongForm: 15_000);
        var (requests, server) = MemoryChannel.Open<(int Number, Sender<int> Answer)>(1);
        await Nursery.RunAsync(nursery =>
        {
            nursery.StartSoon(async () =>
            {
                await foreach (var (number, answer) in server)
                    await answer.SendAsync(number);
            });
            for (var client = 0; client < Clients; client++)
            {
                var first = client * rounds;
                var own = requests.Clone();
                nursery.StartSoon(async () =>
                {
                    using (own)
                    {
                        var (answer, answers) = MemoryChannel.Open<int>(first % 2);
                        for (var number = first; number < first + rounds; number++)
                        {
                            await own.SendAsync((number, answer));
                            Assert.Equal(number, await answers.ReceiveAsync());
                        }
                    }
                });
            }

            requests.Dispose();
        }).OrTimeout();
    }
}
