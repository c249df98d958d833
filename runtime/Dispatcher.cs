using System;
using System.Threading;

namespace Structured.Concurrency;

/// <summary>
/// Takes the place of the thread pool for everything below a scope: where children, and what a wait of this library resumes, are queued. There is one only in a
/// seeded run of <c>Structured.Concurrency.Testing</c>; everywhere else it is null, and the pool it is.
/// </summary>
/// <remarks>
/// Two rules keep a run on its one thread. What this library would give to the pool goes through <see cref="CancelScope.Dispatcher"/>; and its own awaits say
/// <c>ConfigureAwait(Dispatcher.KeepsContext)</c> instead of <c>ConfigureAwait(false)</c>, which would leave the thread for the pool.
/// </remarks>
internal abstract class Dispatcher
{
    [ThreadStatic]
    private static Dispatcher? _current;

    private static volatile bool _hasEverBeen;

    /// <summary>The dispatcher whose thread this is.</summary>
    public static Dispatcher? Current
    {
        get => _current;
        protected set
        {
            _hasEverBeen = true;
            _current = value;
            CheckpointAwaiter.LookAgain();
        }
    }

    /// <summary>Whether there ever was one in this process: cheaper to ask than <see cref="Current"/>.</summary>
    public static bool HasEverBeen => _hasEverBeen;

    /// <summary>What the library's own awaits give to <c>ConfigureAwait</c>.</summary>
    public static bool KeepsContext => _current is not null;

    /// <summary>The clock of everything in the run that was given no other.</summary>
    public abstract TimeProvider TimeProvider { get; }

    /// <summary>Queues a callback. Never runs it inline. Thread-safe.</summary>
    public abstract void Post(Action<object?> callback, object? state);

    /// <summary>Whether a checkpoint gives the thread to others here; decides in place of the clock, which differs from run to run.</summary>
    public abstract bool ShouldYield();

    /// <summary>Work of this run goes on elsewhere, in a thread say: the run is not idle until <see cref="EndOutside"/>. Thread-safe.</summary>
    public abstract void BeginOutside();

    /// <summary>The end of what <see cref="BeginOutside"/> began; called after what it leads to was posted. Thread-safe.</summary>
    public abstract void EndOutside();
}
