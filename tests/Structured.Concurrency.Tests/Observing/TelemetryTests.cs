using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Observing;

/// <summary>Alone: the meters count what the whole process does.</summary>
[CollectionDefinition(nameof(TelemetryTests), DisableParallelization = true)]
[Collection(nameof(TelemetryTests))]
public class TelemetryTests
{
    [Fact]
    public async Task Nurseries_and_children_are_activities_that_nest()
    {
        var stopped = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Structured.Concurrency",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        Activity? inside = null;
        await Nursery.RunAsync(new NurseryOptions { Name = "outer", OnChildFailure = static _ => FailureAction.Handled }, async nursery =>
        {
            Assert.Equal("outer", Activity.Current!.OperationName);
            nursery.StartSoon(async () =>
            {
                inside = Activity.Current;
                await Task.Yield();
            }, "worker");
            nursery.StartNow(static () => Task.FromException(new FormatException("broken")), "broken");
            nursery.StartNow(static () => Checkpoint.SleepForeverAsync(), "cut short");
            Assert.Equal("outer", Activity.Current!.OperationName);
            while (nursery.LiveChildCount > 1)
                await Task.Yield();
            nursery.Cancel();
        }).OrTimeout();
        Assert.Null(Activity.Current);

        var byName = stopped.Where(static activity => activity.OperationName is "outer" or "worker" or "broken" or "cut short").ToDictionary(static activity => activity.OperationName);
        Assert.Equal(4, byName.Count);
        Assert.Same(byName["worker"], inside);
        Assert.All(["worker", "broken", "cut short"], name => Assert.Equal(byName["outer"].SpanId, byName[name].ParentSpanId));
        Assert.Equal(ActivityStatusCode.Error, byName["broken"].Status);
        Assert.Equal("broken", byName["broken"].StatusDescription);
        Assert.Equal(ActivityStatusCode.Unset, byName["worker"].Status);
        Assert.Equal(true, byName["cut short"].GetTagItem("structured.cancelled"));
        Assert.Equal("nursery", byName["outer"].GetTagItem("structured.kind"));
        Assert.Equal("child", byName["worker"].GetTagItem("structured.kind"));
        Assert.StartsWith("TelemetryTests.cs:", (string)byName["worker"].GetTagItem("structured.origin")!);
    }

    [Fact]
    public async Task The_activity_of_whoever_completes_a_childs_task_is_left_alone()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is "Structured.Concurrency" or "test",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("test");
        var gate = new TaskCompletionSource();
        var nursery = Nursery.RunAsync(nursery => nursery.StartNow(() => gate.Task));
        Exception? failure = null;
        // Where no context is current, what awaits the task runs inside SetResult.
        var completer = new Thread(() => failure = Record.Exception(() =>
        {
            using var own = source.StartActivity("own");
            Assert.Same(own, Activity.Current);
            gate.SetResult();
            Assert.True(nursery.IsCompleted);
            Assert.Same(own, Activity.Current);
        }));
        completer.Start();
        await nursery.OrTimeout();
        await Task.Run(completer.Join).OrTimeout();
        Assert.Null(failure);
    }

    [Fact]
    public async Task The_callers_activity_flows_into_the_children_when_nobody_listens()
    {
        var own = new Activity("own").Start();
        await Nursery.RunAsync(nursery => nursery.StartSoon(() =>
        {
            Assert.Same(own, Activity.Current);
            return Task.CompletedTask;
        })).OrTimeout();
        own.Stop();
    }

    [Fact]
    public async Task Children_are_counted_and_the_time_to_cancel_is_measured()
    {
        var sums = new ConcurrentDictionary<string, long>();
        var times = new ConcurrentQueue<double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Structured.Concurrency")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => times.Enqueue(value));
        listener.Start();

        await Nursery.RunAsync(new NurseryOptions { OnChildFailure = static _ => FailureAction.Handled }, async nursery =>
        {
            for (var index = 0; index < 3; index++)
                nursery.StartNow(static () => Checkpoint.SleepForeverAsync());
            nursery.StartNow(static () => Task.CompletedTask);
            nursery.StartNow(static () => Task.FromException(new FormatException()));
            Assert.Equal(3, sums["structured.children.live"]);
            nursery.Cancel();
            await Task.Yield();
        }).OrTimeout();

        Assert.Equal(5, sums["structured.children.started"]);
        Assert.Equal(1, sums["structured.children.failed"]);
        Assert.Equal(3, sums["structured.children.cancelled"]);
        Assert.Equal(0, sums["structured.children.live"]);
        Assert.InRange(Assert.Single(times), 0, 30);
    }

    [Fact]
    public async Task Without_names_activities_are_called_by_what_they_stand_for_and_a_foreign_cancellation_is_a_failure()
    {
        var stopped = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Structured.Concurrency",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await Assert.ThrowsAsync<TaskCanceledException>(static () => Nursery.RunAsync(static nursery => nursery.StartNow(static () => Task.FromCanceled(new CancellationToken(true)))));
        await Nursery.RunAsync(static nursery =>
        {
            nursery.Cancel();
            nursery.StartNow(new Func<Task>(static () => throw new OperationCanceledException()), "thrown");
        });
        var activities = stopped.ToArray();
        Assert.Equal(["child", "nursery", "thrown", "nursery"], activities.Select(static activity => activity.OperationName));
        Assert.Equal(
            [ActivityStatusCode.Error, ActivityStatusCode.Error, ActivityStatusCode.Unset, ActivityStatusCode.Unset],
            activities.Select(static activity => activity.Status));
        Assert.Null(activities[0].GetTagItem("structured.cancelled"));
        Assert.Equal(true, activities[2].GetTagItem("structured.cancelled"));
        Assert.StartsWith("TelemetryTests.cs:", (string)activities[1].GetTagItem("structured.origin")!);
    }

    [Theory]
    [InlineData("structured.children.live", "{child}", 8)]
    [InlineData("structured.children.started", "{child}", 4)]
    [InlineData("structured.children.failed", "{child}", 2)]
    [InlineData("structured.children.cancelled", "{child}", 1)]
    [InlineData("structured.nursery.time_to_cancel", "s", 1)]
    public async Task Each_instrument_can_be_listened_to_alone_and_says_what_it_measures(string name, string unit, int measurements)
    {
        Instrument? found = null;
        var count = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name != "Structured.Concurrency" || instrument.Name != name)
                    return;
                found = instrument;
                listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => count++);
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => count++);
        listener.Start();
        await Nursery.RunAsync(new NurseryOptions { OnChildFailure = static _ => FailureAction.Handled }, static nursery =>
        {
            nursery.StartNow(static () => Task.CompletedTask);
            nursery.StartNow(static () => Task.FromException(new FormatException()));
            nursery.StartNow(static () => Task.FromCanceled(new CancellationToken(true)));
            nursery.StartNow(static () => Checkpoint.SleepForeverAsync());
            nursery.Cancel();
        }).OrTimeout();
        Assert.Equal(unit, found!.Unit);
        Assert.EndsWith(".", found.Description);
        Assert.Equal(measurements, count);
    }

    [Fact]
    public async Task A_child_that_started_before_anybody_listened_is_not_counted_out()
    {
        var gate = new TaskCompletionSource();
        var nursery = Nursery.RunAsync(nursery => nursery.StartNow(() => gate.Task));
        var sums = new List<long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "structured.children.live")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => sums.Add(value));
        listener.Start();
        gate.SetResult();
        await nursery.OrTimeout();
        Assert.Empty(sums);
    }
}
