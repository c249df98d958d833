using System;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>How a <see cref="Nursery"/> is opened. May be shared by several; not to be changed once one was opened with it.</summary>
public sealed class NurseryOptions
{
    internal static readonly NurseryOptions Default = new();

    private int? _maxConcurrency;

    /// <summary>A name for people; it appears in messages.</summary>
    public string? Name { get; set; }

    /// <summary>How many children may run at once; the others wait in the order they were started. Null for no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int? MaxConcurrency
    {
        get => _maxConcurrency;
        set
        {
            if (value < 1)
                throw new ArgumentOutOfRangeException(nameof(MaxConcurrency), value, "At least one child must be allowed to run.");
            _maxConcurrency = value;
        }
    }

    /// <summary>Where children that are queued run; null for the thread pool.</summary>
    public TaskScheduler? Scheduler { get; set; }

    /// <summary>The clock for this nursery's scope and all below it; null inherits the surrounding one.</summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Failures always surface as one <see cref="AggregateException"/>, even a single one: Trio's strict exception groups.</summary>
    public bool AlwaysAggregate { get; set; }

    /// <summary>
    /// Decides what the failure of a child means. Called on the thread where the child ended, never under a lock, possibly on several threads at once. When it
    /// throws, that is a failure of its own which cancels the nursery. Null: <see cref="FailureAction.CancelNursery"/>.
    /// </summary>
    public Func<ChildFailure, FailureAction>? OnChildFailure { get; set; }
}

/// <summary>What the failure of a child means for its nursery.</summary>
public enum FailureAction
{
    /// <summary>Cancel the siblings; the failure surfaces at the join.</summary>
    CancelNursery,

    /// <summary>The siblings go on; the failure surfaces at the join.</summary>
    Continue,

    /// <summary>The siblings go on; the failure was dealt with and does not surface.</summary>
    Handled,
}

/// <summary>A child that failed.</summary>
public sealed class ChildFailure
{
    internal ChildFailure(Nursery nursery, string? childName, Exception exception)
    {
        Nursery = nursery;
        ChildName = childName;
        Exception = exception;
    }

    /// <summary>The nursery the child ran in.</summary>
    public Nursery Nursery { get; }

    /// <summary>The name the child was started under; null where none was given.</summary>
    public string? ChildName { get; }

    /// <summary>What it failed with; the first, where there were several.</summary>
    public Exception Exception { get; }
}
