using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Testing;

/// <summary>
/// Runs a whole tree of nurseries on one thread. Whenever several things could go on, a seed decides which does, and when nothing can, the clock jumps to its next
/// timer. The same seed gives the same interleaving, so one that fails can be replayed.
/// </summary>
/// <remarks>
/// Under the seed is what this library schedules, and every continuation of an ordinary <c>await</c>. What leaves for the thread pool by itself is not:
/// <c>Task.Run</c>, <c>ConfigureAwait(false)</c> on something that is not this library's, real timers and input/output. Such code still runs, and comes back at
/// its next wait for a channel or limiter, but in an order the seed does not decide, and the clock does not wait for it. It does wait for <see cref="ToThread"/>.
/// </remarks>
public sealed class DeterministicRun
{
    // In real time: what left the run, for input or output say, may still come back.
    private static readonly TimeSpan LongestStall = TimeSpan.FromSeconds(5);

    // What is left over when the root has ended is run as well, but code that goes on for ever must not keep the run from ending.
    private const int MostStepsAfterTheEnd = 10_000;

    private readonly RunDispatcher _dispatcher;
    private readonly VirtualClock _clock;

    private DeterministicRun(int seed, VirtualClock? clock)
    {
        Seed = seed;
        _clock = clock ?? new VirtualClock();
        _dispatcher = new RunDispatcher(this);
    }

    private int Seed { get; }

    /// <summary>Runs <paramref name="body"/> with a nursery, and everything started in it, on one thread, in the order that <paramref name="seed"/> decides.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="body">What to run; it is handed the root nursery.</param>
    /// <param name="clock">The clock of the run, to look at or to start at another time; null for a new one. One run at a time.</param>
    /// <returns>Ends as the root nursery does.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// Called inside another run; or the run stalled: everything waited, nothing was left that could wake it.
    /// </exception>
    public static Task RunAsync(int seed, Func<Nursery, Task> body, VirtualClock? clock = null)
    {
        if (body is null)
            throw new ArgumentNullException(nameof(body));
        return RunAsync(
            seed,
            async nursery =>
            {
                await body(nursery);
                return true;
            },
            clock);
    }

    /// <inheritdoc cref="RunAsync(int, Func{Nursery, Task}, VirtualClock)"/>
    public static Task RunAsync(int seed, Func<Task> body, VirtualClock? clock = null)
    {
        if (body is null)
            throw new ArgumentNullException(nameof(body));
        return RunAsync(seed, _ => body(), clock);
    }

    /// <inheritdoc cref="RunAsync(int, Func{Nursery, Task}, VirtualClock)"/>
    /// <typeparam name="T">What the body gives.</typeparam>
    /// <returns>What the body gave.</returns>
    public static Task<T> RunAsync<T>(int seed, Func<Task<T>> body, VirtualClock? clock = null)
    {
        if (body is null)
            throw new ArgumentNullException(nameof(body));
        return RunAsync(seed, _ => body(), clock);
    }

    /// <inheritdoc cref="RunAsync(int, Func{Nursery, Task}, VirtualClock)"/>
    /// <typeparam name="T">What the body gives.</typeparam>
    /// <returns>What the body gave.</returns>
    public static Task<T> RunAsync<T>(int seed, Func<Nursery, Task<T>> body, VirtualClock? clock = null)
    {
        if (body is null)
            throw new ArgumentNullException(nameof(body));
        if (Dispatcher.Current is not null)
            throw new InvalidOperationException("A deterministic run cannot be started inside another one: it has a thread and a clock of its own.");
        var run = new DeterministicRun(seed, clock);
        return Task.Run(() => run.Run(body));
    }

    /// <summary>Runs <paramref name="body"/> under one seed after the other, and stops at the first that fails.</summary>
    /// <param name="runs">How many seeds.</param>
    /// <param name="body">What to run; called anew for each seed, so it has to make its own state.</param>
    /// <param name="firstSeed">The first seed; the next ones follow it.</param>
    /// <returns>Done when every run was.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="runs"/> is negative.</exception>
    /// <exception cref="InterleavingFailedException">A run failed; it says which seed replays it.</exception>
    public static async Task ExploreAsync(int runs, Func<Nursery, Task> body, int firstSeed = 0)
    {
        if (body is null)
            throw new ArgumentNullException(nameof(body));
        if (runs < 0)
            throw new ArgumentOutOfRangeException(nameof(runs), runs, "The number of runs cannot be negative.");
        for (var run = 0; run < runs; run++)
        {
            var seed = unchecked(firstSeed + run);
            try
            {
                await RunAsync(seed, body).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                throw new InterleavingFailedException(seed, exception);
            }
        }
    }

    internal void Post(Action<object?> callback, object? state) => _dispatcher.Post(callback, state);

    internal void Wake() => _dispatcher.Wake();

    private Task<T> Run<T>(Func<Nursery, Task<T>> body)
    {
        if (_clock.Run is not null)
            throw new InvalidOperationException("This clock drives another run at the moment.");
        _clock.Run = this;
        try
        {
            Nursery? root = null;
            return _dispatcher.RunAll(
                () => Nursery.RunAsync(
                    new NurseryOptions { Name = $"run with seed {Seed}", TimeProvider = _clock },
                    nursery =>
                    {
#pragma warning disable SC1009 // The dispatcher, which may cancel it, is done before the nursery has closed.
                        root = nursery;
#pragma warning restore SC1009
                        return body(nursery);
                    }),
                () => root?.Cancel("The deterministic run stalled."));
        }
        finally
        {
            _clock.Run = null;
        }
    }

    private sealed class RunDispatcher(DeterministicRun run) : Dispatcher
    {
        // Invariant. Only the run's thread takes from _ready; anybody may add to it, under the lock. The run is idle when nothing is ready and nothing of it goes
        // on outside, and only then does the clock move.
        private readonly object _lock = new();
        private readonly List<Callback> _ready = [];
        private readonly Randomness _randomness = new(run.Seed);
        private readonly List<Exception> _thrown = [];
        private int _outside;

        public override TimeProvider TimeProvider => run._clock;

        public override void Post(Action<object?> callback, object? state)
        {
            lock (_lock)
            {
                _ready.Add(new Callback(callback, state));
                Monitor.Pulse(_lock);
            }
        }

        public override bool ShouldYield() => _randomness.Next(2) == 0;

        public override void BeginOutside()
        {
            lock (_lock)
                _outside++;
        }

        public override void EndOutside()
        {
            lock (_lock)
            {
                _outside--;
                Monitor.Pulse(_lock);
            }
        }

        public void Wake()
        {
            lock (_lock)
                Monitor.Pulse(_lock);
        }

        public Task<T> RunAll<T>(Func<Task<T>> main, Action cancel)
        {
            var context = ExecutionContext.Capture();
            var previousContext = SynchronizationContext.Current;
            Current = this;
            SynchronizationContext.SetSynchronizationContext(new RunContext(this));
            try
            {
                Task<T>? task = null;
                Post(_ => task = main(), null);
                RunUntil(() => task is { IsCompleted: true }, context);
                if (task is not { IsCompleted: true })
                {
                    // Cleanup gets its chance, but the run has failed.
                    Post(_ => cancel(), null);
                    RunUntil(() => task is { IsCompleted: true }, context);
                    _thrown.Insert(0, Stalled());
                }

                if (_thrown.Count > 0)
                {
                    _ = task?.Exception;
                    return Task.FromException<T>(_thrown.Count == 1 ? _thrown[0] : new AggregateException(_thrown));
                }

                return task!;
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(previousContext);
                Current = null;
            }
        }

        private void RunUntil(Func<bool> isOver, ExecutionContext? context)
        {
            for (var stepsAfterTheEnd = 0; stepsAfterTheEnd < MostStepsAfterTheEnd && Step(context, isOver);)
            {
                if (isOver())
                    stepsAfterTheEnd++;
            }
        }

        /// <summary>Runs one ready callback, or moves the clock, or waits for what goes on outside.</summary>
        /// <returns>False when the run is over, or will never be.</returns>
        private bool Step(ExecutionContext? context, Func<bool> isOver)
        {
            Callback next;
            lock (_lock)
            {
                if (_ready.Count == 0)
                {
                    if (isOver())
                        return false;
                    if (_outside == 0 && run._clock.JumpInRun(PostUnderLock))
                        return true;
#pragma warning disable SC3003 // This thread is the run's own; nothing of the run can go on while it waits.
                    return Monitor.Wait(_lock, _outside > 0 ? Timeout.InfiniteTimeSpan : LongestStall);
#pragma warning restore SC3003
                }

                var index = _randomness.Next(_ready.Count);
                next = _ready[index];
                _ready[index] = _ready[_ready.Count - 1];
                _ready.RemoveAt(_ready.Count - 1);
            }

            try
            {
                // In a context of its own, so that nothing it sets is seen by the next.
                if (context is null)
                    next.Invoke();
                else
                    ExecutionContext.Run(context, static callback => ((Callback)callback!).Invoke(), next);
            }
            catch (Exception exception)
            {
                // An async void method, or a timer callback: there is nobody else to tell.
                _thrown.Add(exception);
            }

            return true;
        }

        private void PostUnderLock(Action callback) => _ready.Add(new Callback(static callback => ((Action)callback!)(), callback));

        private InvalidOperationException Stalled()
            => new($"The run with seed {run.Seed} stalled: everything in it waits, no timer is set, and for {LongestStall.TotalSeconds:0} s nothing came from outside.");
    }

    private sealed class Callback(Action<object?> callback, object? state)
    {
        public void Invoke() => callback(state);
    }

    /// <summary>Brings the continuations of ordinary awaits to the run.</summary>
    private sealed class RunContext(RunDispatcher dispatcher) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback callback, object? state)
            => dispatcher.Post(static posted => ((Posted)posted!).Invoke(), new Posted(callback, state));

        public override void Send(SendOrPostCallback callback, object? state)
        {
            if (!ReferenceEquals(Dispatcher.Current, dispatcher))
                throw new NotSupportedException("Nobody outside a deterministic run can wait for it synchronously.");
            callback(state);
        }

        public override SynchronizationContext CreateCopy() => this;

        private sealed class Posted(SendOrPostCallback callback, object? state)
        {
            public void Invoke() => callback(state);
        }
    }

    /// <summary>Numbers from a seed, the same on every framework (SplitMix64, by Steele, Lea and Flood).</summary>
    private sealed class Randomness(int seed)
    {
        private ulong _state = unchecked((ulong)seed * 0x9E3779B97F4A7C15UL);

        public int Next(int below)
        {
            unchecked
            {
                _state += 0x9E3779B97F4A7C15UL;
                var mixed = _state;
                mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL;
                mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
                mixed ^= mixed >> 31;
                return (int)((mixed >> 32) * (ulong)below >> 32);
            }
        }
    }
}

/// <summary>One interleaving of <see cref="DeterministicRun.ExploreAsync"/> failed.</summary>
public sealed class InterleavingFailedException : Exception
{
    internal InterleavingFailedException(int seed, Exception exception)
        : base($"The interleaving of seed {seed} failed: {exception.Message} Replay it with DeterministicRun.RunAsync({seed}, …).", exception)
        => Seed = seed;

    /// <summary>The seed that replays it.</summary>
    public int Seed { get; }
}
