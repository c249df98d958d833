using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>The end of a memory channel that items come out of. Opened with <see cref="MemoryChannel.Open{T}"/>.</summary>
/// <typeparam name="T">What goes through the channel.</typeparam>
/// <remarks>
/// Thread-safe. Each item goes to one receiver. When the last one was disposed, sends throw <see cref="BrokenChannelException"/> and what is in the buffer is
/// dropped. <c>await foreach</c> gives the items until the channel ends; it does not dispose of the receiver.
/// </remarks>
public sealed class Receiver<T> : IAsyncEnumerable<T>, IDisposable
{
    private readonly ChannelCore<T> _channel;

    internal Receiver(ChannelCore<T> channel) => _channel = channel;

    /// <summary>What the channel looks like now.</summary>
    public MemoryChannelStatistics Statistics => _channel.Statistics;

    /// <summary>Whether the channel has ended: every sender was disposed and no item is left.</summary>
    public bool IsEnded => _channel.IsEnded;

    /// <summary>Under the channel's lock.</summary>
    internal bool IsDisposed { get; set; }

    /// <summary>Receives the oldest item, or waits for one. Receives are served in the order they came. A checkpoint.</summary>
    /// <param name="cancellationToken">Observed besides the surrounding scope.</param>
    /// <returns>The item. To be awaited once.</returns>
    /// <exception cref="ChannelEndedException">Every sender was disposed and no item is left.</exception>
    /// <exception cref="ObjectDisposedException">This receiver was disposed, before or meanwhile.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; then no item was taken.</exception>
    [Checkpoint]
    public ValueTask<T> ReceiveAsync(CancellationToken cancellationToken = default) => _channel.ReceiveAsync(this, cancellationToken, enumeration: null);

    /// <summary>Receives an item if there is one. Does not look at cancellation.</summary>
    /// <param name="item">The item.</param>
    /// <returns>False when there is none now; <see cref="IsEnded"/> tells whether there will be.</returns>
    /// <exception cref="ObjectDisposedException">This receiver was disposed.</exception>
    public bool TryReceive([MaybeNullWhen(false)] out T item) => _channel.TryReceive(this, out item);

    /// <summary>A further receiver from the same channel, to be disposed on its own. Each item still goes to one of them.</summary>
    /// <returns>The new receiver.</returns>
    /// <exception cref="ObjectDisposedException">This receiver was disposed.</exception>
    public Receiver<T> Clone() => _channel.OpenReceiver(this);

    /// <summary>Closes this receiver. Its pending receives end with <see cref="ObjectDisposedException"/>. Again: does nothing.</summary>
    public void Dispose() => _channel.Dispose(this);

    /// <summary>Gives the items until every sender was disposed and no item is left.</summary>
    /// <param name="cancellationToken">Observed besides the surrounding scope; <c>WithCancellation</c> passes it.</param>
    /// <returns>The items.</returns>
    /// <exception cref="ObjectDisposedException">This receiver was disposed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        var enumeration = new ReceiverEnumeration();
        while (true)
        {
            var item = await _channel.ReceiveAsync(this, cancellationToken, enumeration).ConfigureAwait(Dispatcher.KeepsContext);
            if (enumeration.HasEnded)
                yield break;
            yield return item;
        }
    }
}
