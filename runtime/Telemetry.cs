using System;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Structured.Concurrency;

/// <summary>The activities and the metrics of this library, both under the name <c>Structured.Concurrency</c>. Nobody listening, they cost a look.</summary>
internal static class Telemetry
{
    private const string Name = "Structured.Concurrency";

    private static readonly string? Version = typeof(Telemetry).Assembly.GetName().Version?.ToString(3);
    private static readonly ActivitySource Activities = new(Name, Version);
    private static readonly Meter Meter = new(Name, Version);
    private static readonly UpDownCounter<long> Live = Meter.CreateUpDownCounter<long>("structured.children.live", "{child}", "Children that were started and have not ended.");
    private static readonly Counter<long> Started = Meter.CreateCounter<long>("structured.children.started", "{child}", "Children that were started.");
    private static readonly Counter<long> Failed = Meter.CreateCounter<long>("structured.children.failed", "{child}", "Children that ended with a failure.");
    private static readonly Counter<long> Cancelled = Meter.CreateCounter<long>("structured.children.cancelled", "{child}", "Children that ended by cancellation.");
    private static readonly Histogram<double> TimeToCancel = Meter.CreateHistogram<double>("structured.nursery.time_to_cancel", "s", "From the cancellation of a nursery to the end of its last child.");

    public static bool HasListeners => Activities.HasListeners();

    public static bool IsTimeToCancelMeasured => TimeToCancel.Enabled;

    private static bool AreChildrenCounted => Live.Enabled || Started.Enabled || Failed.Enabled || Cancelled.Enabled;

    public static Activity? StartNursery(Nursery nursery)
    {
        var activity = Activities.StartActivity(nursery.Name ?? "nursery");
        activity?.SetTag("structured.kind", "nursery").SetTag("structured.origin", nursery.Origin);
        return activity;
    }

    public static Activity? StartChild(Child child)
    {
        var activity = Activities.StartActivity(child.Name ?? "child");
        activity?.SetTag("structured.kind", "child").SetTag("structured.origin", child.Origin);
        return activity;
    }

    /// <summary>Ends an activity without a trace in the context of whoever completes it.</summary>
    public static void Stop(Activity activity, bool isCancelled, string? failure)
    {
        var current = Activity.Current;
        if (failure is not null)
            activity.SetStatus(ActivityStatusCode.Error, failure);
        else if (isCancelled)
            activity.SetTag("structured.cancelled", true);
        activity.Stop();
        Activity.Current = ReferenceEquals(current, activity) ? activity.Parent : current;
    }

    public static void OnStarted(Child child)
    {
        if (!AreChildrenCounted)
            return;
        child.IsCounted = true;
        Started.Add(1);
        Live.Add(1);
    }

    public static void OnEnded(Child child, bool isCancelled, Exception? failure)
    {
        if (child.IsCounted)
        {
            Live.Add(-1);
            if (failure is not null)
                Failed.Add(1);
            else if (isCancelled)
                Cancelled.Add(1);
        }

        if (child.Activity is { } activity)
            Stop(activity, isCancelled, failure?.Message);
    }

    public static void OnCancelledNurseryEnded(double seconds) => TimeToCancel.Record(seconds);
}
