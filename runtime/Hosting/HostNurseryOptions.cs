using System;

namespace Structured.Concurrency.Hosting;

/// <summary>How the nursery of a host behaves.</summary>
public sealed class HostNurseryOptions
{
    private TimeSpan _gracePeriod = TimeSpan.Zero;
    private int? _maxConcurrency;

    /// <summary>What a child's failure means: it is logged, or it is logged and stops the host.</summary>
    public HostFailureAction OnFailure { get; set; } = HostFailureAction.Log;

    /// <summary>
    /// At shutdown, how long children may go on before they are cancelled; within the host's own shutdown timeout. Zero: cancelled at once. The nursery takes no new
    /// children from outside meanwhile.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public TimeSpan GracePeriod
    {
        get => _gracePeriod;
        set => _gracePeriod = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(GracePeriod), value, "A grace period cannot be negative.");
    }

    /// <summary>How many children may run at once; null for no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int? MaxConcurrency
    {
        get => _maxConcurrency;
        set => _maxConcurrency = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(MaxConcurrency), value, "At least one child must be allowed to run.");
    }

    /// <summary>The clock of the nursery and its grace period; null for the system's.</summary>
    public TimeProvider? TimeProvider { get; set; }
}

/// <summary>What the failure of a child of the host's nursery means.</summary>
public enum HostFailureAction
{
    /// <summary>It is logged as an error; everything else goes on.</summary>
    Log,

    /// <summary>It is logged as critical, and the host is asked to stop.</summary>
    StopHost,
}
