using System;
using System.Threading;

namespace Structured.Concurrency;

/// <summary>How a <see cref="CancelScope"/> is opened. May be shared by several.</summary>
public sealed class CancelScopeOptions
{
    internal static readonly CancelScopeOptions Default = new();

    private TimeSpan? _timeout;

    /// <summary>A name for people.</summary>
    public string? Name { get; set; }

    /// <summary>How long the scope may run, from its entry. <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> or null: no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative and not infinite.</exception>
    public TimeSpan? Timeout
    {
        get => _timeout;
        set
        {
            if (value is { } timeout && timeout < TimeSpan.Zero && timeout != System.Threading.Timeout.InfiniteTimeSpan)
                throw new ArgumentOutOfRangeException("timeout", timeout, "A timeout cannot be negative; use Timeout.InfiniteTimeSpan for none.");
            _timeout = value;
        }
    }

    /// <summary>The moment the scope is cancelled. With <see cref="Timeout"/> as well, the earlier of both counts.</summary>
    public DateTimeOffset? Deadline { get; set; }

    /// <summary>Keeps cancellation from outside away.</summary>
    public bool Shield { get; set; }

    /// <summary>The clock for this scope and all below it; null inherits the surrounding one.</summary>
    public TimeProvider? TimeProvider { get; set; }

    internal static CancelScopeOptions ForTimeout(TimeSpan timeout) => new() { Timeout = timeout };

    internal static CancelScopeOptions ForShield(TimeSpan? timeout) => new() { Shield = true, Timeout = timeout };
}
