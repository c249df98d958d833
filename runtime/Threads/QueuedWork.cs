using System;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>Work that is handed to somebody else's scheduler.</summary>
internal static class QueuedWork
{
    [Detached("What the work settles is waited for, and it never throws.")]
    public static Task OnScheduler(Action<object?> work, object? state, TaskScheduler scheduler)
        => Task.Factory.StartNew(work, state, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
}
