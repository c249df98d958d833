using System;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>Awaits the end of a task, whatever it ends with; the task itself tells that.</summary>
internal readonly struct Settled(Task task) : ICriticalNotifyCompletion
{
    public bool IsCompleted => task.IsCompleted;

    public Settled GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => task.ConfigureAwait(Dispatcher.KeepsContext).GetAwaiter().OnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation) => task.ConfigureAwait(Dispatcher.KeepsContext).GetAwaiter().UnsafeOnCompleted(continuation);
}
