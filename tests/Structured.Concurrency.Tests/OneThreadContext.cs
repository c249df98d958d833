using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests;

/// <summary>As the one of a user interface: what is posted runs on one thread, in order.</summary>
internal sealed class OneThreadContext : SynchronizationContext, IDisposable
{
    private readonly BlockingCollection<KeyValuePair<SendOrPostCallback, object?>> _posted = new();
    private readonly Thread _thread;

    public OneThreadContext()
    {
        _thread = new Thread(Pump) { IsBackground = true };
        _thread.Start();
    }

    public override void Post(SendOrPostCallback callback, object? state) => _posted.Add(new(callback, state));

    public Task<T> RunAsync<T>(Func<Task<T>> body)
    {
        var result = new TaskCompletionSource<Task<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(_ => result.SetResult(body()), null);
        return result.Task.Unwrap().OrTimeout();
    }

    public void Dispose()
    {
        _posted.CompleteAdding();
        _thread.Join();
        _posted.Dispose();
    }

    private void Pump()
    {
        SetSynchronizationContext(this);
        foreach (var (callback, state) in _posted.GetConsumingEnumerable())
            callback(state);
    }
}
