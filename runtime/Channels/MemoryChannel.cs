using System;

namespace Structured.Concurrency;

/// <summary>
/// A queue in memory between producers and consumers, with an end for each. Back pressure comes from its size, its end from disposing of the ends. After
/// Trio's <c>open_memory_channel</c>.
/// </summary>
public static class MemoryChannel
{
    /// <summary>As the size of a buffer: no limit. Sending never waits, so nothing slows a producer down that is faster than its consumer.</summary>
    public const int Unbounded = int.MaxValue;

    /// <summary>Opens a channel.</summary>
    /// <typeparam name="T">What goes through it.</typeparam>
    /// <param name="maxBufferSize">
    /// How many items may lie in between. Zero: none, a send completes when a receiver has taken the item. <see cref="Unbounded"/> for no limit. Memory is used
    /// for the items there are, not for those there might be.
    /// </param>
    /// <returns>Both ends. Dispose of each when its user is done: that is how the other side learns of it.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxBufferSize"/> is negative.</exception>
    public static (Sender<T> Sender, Receiver<T> Receiver) Open<T>(int maxBufferSize)
    {
        if (maxBufferSize < 0)
            throw new ArgumentOutOfRangeException(nameof(maxBufferSize), maxBufferSize, "A buffer cannot have a negative size: 0 hands items over one by one, MemoryChannel.Unbounded sets no limit.");
        var channel = new ChannelCore<T>(maxBufferSize);
        return (channel.OpenSender(), channel.OpenReceiver());
    }
}

/// <summary>What a memory channel looks like at one moment. All of it was read at once.</summary>
public readonly record struct MemoryChannelStatistics
{
    /// <summary>The items that were sent and not received yet.</summary>
    public int BufferedCount { get; internal init; }

    /// <summary>The size the channel was opened with.</summary>
    public int MaxBufferSize { get; internal init; }

    /// <summary>The sending ends that were not disposed, clones included.</summary>
    public int OpenSenders { get; internal init; }

    /// <summary>The receiving ends that were not disposed, clones included.</summary>
    public int OpenReceivers { get; internal init; }

    /// <summary>The sends that wait for a place or a receiver.</summary>
    public int WaitingSends { get; internal init; }

    /// <summary>The receives that wait for an item.</summary>
    public int WaitingReceives { get; internal init; }
}

/// <summary>Nothing will come out of a channel any more: every sender was disposed and the buffer is empty.</summary>
public sealed class ChannelEndedException : InvalidOperationException
{
    /// <summary>With a message that says so.</summary>
    public ChannelEndedException()
        : base("The channel has ended: every sender was disposed, and every item was received.")
    {
    }

    /// <summary>With a message of one's own.</summary>
    /// <param name="message">The message.</param>
    public ChannelEndedException(string message)
        : base(message)
    {
    }

    /// <summary>With a message of one's own and what led to it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">What led to it.</param>
    public ChannelEndedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Nobody will ever receive what is sent: every receiver of the channel was disposed.</summary>
public sealed class BrokenChannelException : InvalidOperationException
{
    /// <summary>With a message that says so.</summary>
    public BrokenChannelException()
        : base("The channel is broken: every receiver was disposed, so nobody would receive the item.")
    {
    }

    /// <summary>With a message of one's own.</summary>
    /// <param name="message">The message.</param>
    public BrokenChannelException(string message)
        : base(message)
    {
    }

    /// <summary>With a message of one's own and what led to it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">What led to it.</param>
    public BrokenChannelException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
