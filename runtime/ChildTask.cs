using System;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>
/// The result of a child that gives one. Not awaitable itself, so that a child whose result nobody wants can be started without a warning; await
/// <see cref="Task"/> inside the nursery, or read <see cref="Result"/> after it.
/// </summary>
/// <typeparam name="T">What the child gives.</typeparam>
/// <remarks>Thread-safe.</remarks>
public sealed class ChildTask<T>
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ChildTask()
    {
    }

    /// <summary>Ends as the child ends. Nobody needs to observe it: the nursery reports the failure.</summary>
    public Task<T> Task => _completion.Task;

    /// <summary>What the child gave. Never blocks.</summary>
    /// <exception cref="InvalidOperationException">The child has not ended yet.</exception>
    public T Result => Task.IsCompleted
        ? Task.GetAwaiter().GetResult()
        : throw new InvalidOperationException("The child has not ended yet: read Result after the nursery, or await Task inside it.");

    internal void Complete(Task<T> task)
    {
        if (task.Status == TaskStatus.RanToCompletion)
        {
            _completion.TrySetResult(task.Result);
        }
        else if (task.IsCanceled)
        {
            _completion.TrySetCanceled();
        }
        else
        {
            Fail(task.Exception!.InnerExceptions);
        }
    }

    internal void Fail(System.Collections.Generic.IEnumerable<Exception> exceptions)
    {
        _completion.TrySetException(exceptions);
        // Observed here: the nursery is what reports it.
        _ = _completion.Task.Exception;
    }

    internal void Cancel(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);
}
