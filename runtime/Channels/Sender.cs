using System;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>The end of a memory channel that items go into. Opened with <see cref="MemoryChannel.Open{T}"/>.</summary>
/// <typeparam name="T">What goes through the channel.</typeparam>
/// <remarks>
/// Thread-safe. Give each producer a <see cref="Clone"/> of its own to dispose: the channel ends when the last sender was disposed. Disposing wakes the pending
/// sends of this sender with <see cref="ObjectDisposedException"/>; their items are not sent.
/// </remarks>
public sealed class Sender<T> : IDisposable
{
    private readonly ChannelCore<T> _channel;

    internal Sender(ChannelCore<T> channel) => _channel = channel;

    /// <summary>What the channel looks like now.</summary>
    public MemoryChannelStatistics Statistics => _channel.Statistics;

    /// <summary>Under the channel's lock.</summary>
    internal bool IsDisposed { get; set; }

    /// <summary>
    /// Sends an item, and waits for a place in the buffer, or without a buffer for a receiver to take it. Sends are served in the order they came. A checkpoint.
    /// </summary>
    /// <param name="item">What to send.</param>
    /// <param name="cancellationToken">Observed besides the surrounding scope.</param>
    /// <returns>Done when the item is in the buffer or was taken. To be awaited once.</returns>
    /// <exception cref="BrokenChannelException">Every receiver was disposed, before or meanwhile.</exception>
    /// <exception cref="ObjectDisposedException">This sender was disposed, before or meanwhile.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; then the item was not sent.</exception>
    [Checkpoint]
    public ValueTask SendAsync(T item, CancellationToken cancellationToken = default) => _channel.SendAsync(this, item, cancellationToken);

    /// <summary>Sends an item if that needs no waiting. Does not look at cancellation.</summary>
    /// <param name="item">What to send.</param>
    /// <returns>False when the buffer is full, or without a buffer when no receiver waits.</returns>
    /// <exception cref="BrokenChannelException">Every receiver was disposed.</exception>
    /// <exception cref="ObjectDisposedException">This sender was disposed.</exception>
    public bool TrySend(T item) => _channel.TrySend(this, item);

    /// <summary>A further sender into the same channel, to be disposed on its own.</summary>
    /// <returns>The new sender.</returns>
    /// <exception cref="ObjectDisposedException">This sender was disposed.</exception>
    public Sender<T> Clone() => _channel.OpenSender(this);

    /// <summary>Closes this sender. When it was the last, the receivers get what is in the buffer and then the end. Again: does nothing.</summary>
    public void Dispose() => _channel.Dispose(this);
}
