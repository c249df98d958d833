using System;
using System.Collections.Generic;
using System.Threading;

namespace Structured.Concurrency;

/// <summary>
/// A thread for blocking work. Threads of its own and not the pool's: a pool whose threads block starves everybody else, and grows by only a thread or two a
/// second. A thread that has nothing to do waits a while for the next work and then ends.
/// </summary>
internal sealed class WorkerThread
{
    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(10);
    private static readonly Lock IdleLock = new();
    private static readonly Stack<WorkerThread> Idle = new();
    private static int _lastNumber;

    private readonly SemaphoreSlim _workIsThere = new(0);
    private Action? _work;

    private WorkerThread()
    {
    }

    /// <summary>Runs the work on a thread of its own. It must not throw.</summary>
    public static void Start(Action work)
    {
        WorkerThread? worker = null;
        lock (IdleLock)
        {
            if (Idle.Count > 0)
                worker = Idle.Pop();
        }

        if (worker is not null)
        {
            worker._work = work;
            worker._workIsThere.Release();
            return;
        }

        worker = new WorkerThread { _work = work };
        var thread = new Thread(static worker => ((WorkerThread)worker!).RunAll())
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

    private void RunAll()
    {
        do
        {
            var work = _work!;
            _work = null;
            work();
            lock (IdleLock)
                Idle.Push(this);
        }
        while (_workIsThere.Wait(LongestIdle) || !TryLeave());
    }

    /// <summary>False when new work was given to this thread just now: then it is about to be signalled.</summary>
    private bool TryLeave()
    {
        lock (IdleLock)
        {
            if (Idle.Contains(this))
            {
                var others = Idle.ToArray();
                Idle.Clear();
                for (var index = others.Length - 1; index >= 0; index--)
                {
                    if (!ReferenceEquals(others[index], this))
                        Idle.Push(others[index]);
                }

                return true;
            }
        }

        _workIsThere.Wait();
        return false;
    }
}
