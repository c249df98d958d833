using System;

namespace Structured.Concurrency;

/// <summary>Tells the analyzers that awaiting or calling this method is a checkpoint: it observes cancellation and may give the thread back.</summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class CheckpointAttribute : Attribute;

/// <summary>Tells the analyzers that a method takes over the tasks it is given: it stores, awaits or reports them.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Parameter, Inherited = false)]
public sealed class TakesOwnershipAttribute : Attribute;

/// <summary>Tells the analyzers that a method lets a task go on purpose.</summary>
/// <param name="reason">Why nobody needs to wait for it; for the next reader.</param>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class DetachedAttribute(string reason) : Attribute
{
    /// <summary>Why nobody needs to wait for it.</summary>
    public string Reason { get; } = reason;
}
