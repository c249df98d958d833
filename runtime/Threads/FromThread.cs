using System;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>
/// From a thread of <see cref="ToThread"/> back to where its call came from: the synchronization context, the task scheduler of the nursery, or else the pool.
/// Blocks the thread until that is done. After Trio's <c>from_thread.run</c>.
/// </summary>
/// <remarks>Works only inside work that <see cref="ToThread"/> runs, on its thread. The thread's context, and so its cancel scope, flows back with it.</remarks>
public static class FromThread
{
    /// <summary>Runs <paramref name="work"/> back there and waits for it.</summary>
    /// <param name="work">What to run. What it throws is thrown here.</param>
    /// <exception cref="ArgumentNullException"><paramref name="work"/> is null.</exception>
    /// <exception cref="InvalidOperationException">Not on a thread of <see cref="ToThread"/>.</exception>
    /// <exception cref="OperationCanceledException">The call of <see cref="ToThread"/> was abandoned: there is nothing left to go back to.</exception>
    public static void Run(Action work)
    {
        Guard.NotNull(work);
        Run(() =>
        {
            work();
            return Task.CompletedTask;
        });
    }

    /// <inheritdoc cref="Run(Action)"/>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <returns>What the work gave.</returns>
    public static T Run<T>(Func<T> work)
    {
        Guard.NotNull(work);
        return Run(() => Task.FromResult(work()));
    }

    /// <inheritdoc cref="Run(Action)"/>
    public static void Run(Func<Task> work)
    {
        Guard.NotNull(work);
        Run<object?>(async () =>
        {
            await Guard.Returned(work()).ConfigureAwait(Dispatcher.KeepsContext);
            return null;
        });
    }

    /// <inheritdoc cref="Run{T}(Func{T})"/>
    public static T Run<T>(Func<Task<T>> work)
    {
        Guard.NotNull(work);
        var call = ThreadCall.Current ?? throw new InvalidOperationException(
            "FromThread works only on a thread that ToThread.RunAsync gave to blocking work: elsewhere there is nothing to go back to. Await asynchronous code directly.");
        if (call.IsAbandoned)
            throw new OperationCanceledException("The call of ToThread that this thread works for was cancelled and abandoned.");

        var context = ExecutionContext.Capture();
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        call.PostBack(() =>
        {
            if (context is null)
                _ = CompleteAsync(work, result);
            else
                ExecutionContext.Run(context, _ => _ = CompleteAsync(work, result), null);
        });
        // The thread is there to block; nothing that it waits for needs it.
        return result.Task.GetAwaiter().GetResult();
    }

    /// <summary>Ends the result as the work ends; fails never itself, so its task need not be watched.</summary>
    [Detached("The result is waited for.")]
    private static async Task CompleteAsync<T>(Func<Task<T>> work, TaskCompletionSource<T> result)
    {
        try
        {
            result.TrySetResult(await Guard.Returned(work()).ConfigureAwait(Dispatcher.KeepsContext));
        }
        catch (Exception exception)
        {
            // Also a cancellation: set as an exception it is rethrown as it was.
            result.TrySetException(exception);
        }
    }
}
