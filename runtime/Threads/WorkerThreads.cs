using System;
using System.Collections.Generic;
using System.Threading;

namespace Structured.Concurrency;

/// <summary>
/// Threads for blocking work. Threads of its own and not the pool's: a pool whose threads block starves everybody else, and grows by only a thread or two a second.
/// Thread-safe.
/// </summary>
/// <param name="longestIdle">How long a thread that has nothing to do waits for the next work before it ends.</param>
internal sealed class WorkerThreads(TimeSpan longestIdle)
{
    // Invariant. A worker is among the idle ones exactly while it has no work and none is on its way: whoever takes it out, under the lock, either gives it work and
    // then signals it, or is the worker itself, which then ends.
    private readonly List<Worker> _idle = [];
    private readonly TimeSpan _longestIdle = longestIdle;
    private int _lastNumber;

    /// <summary>The threads of the process.</summary>
    public static WorkerThreads Shared { get; } = new(TimeSpan.FromSeconds(10));

    /// <summary>Runs the work on a thread of its own. It must not throw.</summary>
    [Detached("A thread without work ends by itself after a while.")]
    public void Start(Action work)
    {
        Worker? worker = null;
        lock (_idle)
        {
            if (_idle.Count > 0)
            {
                worker = _idle[_idle.Count - 1];
                _idle.RemoveAt(_idle.Count - 1);
            }
        }

        if (worker is not null)
        {
            worker.Give(work);
            return;
        }

        worker = new Worker(this, work);
        var thread = new Thread(static worker => ((Worker)worker!).RunAll())
        {
            IsBackground = true,
            Name = $"Structured.Concurrency worker {Interlocked.Increment(ref _lastNumber)}",
        };
#if NETSTANDARD2_0
        // The work brings the context it is to run in.
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            thread.Start(worker);
#else
        thread.UnsafeStart(worker);
#endif
    }

    private sealed class Worker(WorkerThreads threads, Action first)
    {
        private readonly SemaphoreSlim _workIsThere = new(0);
        private Action? _work = first;

        public void Give(Action next)
        {
            _work = next;
            _workIsThere.Release();
        }

        public void RunAll()
        {
            do
            {
                RunOne();
                lock (threads._idle)
                    threads._idle.Add(this);
            }
            while (_workIsThere.Wait(threads._longestIdle) || !TryLeave());
        }

        /// <summary>A method of its own, and the field cleared: what the work holds is not to live as long as the thread.</summary>
        private void RunOne()
        {
            var work = _work!;
            _work = null;
            work();
        }

        /// <summary>False when work was given to this thread just now.</summary>
        private bool TryLeave()
        {
            lock (threads._idle)
            {
                if (threads._idle.Remove(this))
                    return true;
            }

            // It is about to be signalled.
            _workIsThere.Wait();
            return false;
        }
    }
}
