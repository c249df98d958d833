using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Linq;
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
        using var own = source.StartActivity("own");
        Assert.Same(own, Activity.Current);
        gate.SetResult();
        Assert.Same(own, Activity.Current);
        await nursery.OrTimeout();
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
