using System;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>What the ends of one memory channel share.</summary>
internal sealed class ChannelCore<T> : IWaitOwner<T>
{
    // Invariant, whenever the lock is free: receives wait only while the buffer is empty and no send waits; sends wait only while the buffer is full; neither
    // waits when the other side has gone, nor on behalf of an end that was disposed. Every operation that meets a waiting counterpart takes the first of them
    // out of its queue, under the lock, and that alone decides who gets the item. Waits are completed after the lock: no foreign code runs under it.
    private readonly Lock _lock = new();
    private readonly int _maxBufferSize;
    private RingBuffer<T> _buffer = new();
    private WaitQueue<T> _sends;
    private WaitQueue<T> _receives;
    private readonly WaitPool<T> _sendPool = new();
    private readonly WaitPool<T> _receivePool = new();
    private int _openSenders;
    private int _openReceivers;

    public ChannelCore(int maxBufferSize) => _maxBufferSize = maxBufferSize;

    public MemoryChannelStatistics Statistics
    {
        get
        {
            lock (_lock)
            {
                return new MemoryChannelStatistics
                {
                    BufferedCount = _buffer.Count,
                    MaxBufferSize = _maxBufferSize,
                    OpenSenders = _openSenders,
                    OpenReceivers = _openReceivers,
                    WaitingSends = _sends.Count,
                    WaitingReceives = _receives.Count,
                };
            }
        }
    }

    /// <summary>Whether a receive would find nothing now and ever.</summary>
    public bool IsEnded
    {
        get
        {
            lock (_lock)
                return HasEnded;
        }
    }

    // A send that waits cannot outlive its sender, so an empty buffer is all there is to look at.
    private bool HasEnded => _openSenders == 0 && _buffer.Count == 0;

    public Sender<T> OpenSender(Sender<T>? clonedFrom = null)
    {
        lock (_lock)
        {
            if (clonedFrom is { IsDisposed: true })
                throw Disposed(clonedFrom);
            _openSenders++;
        }

        return new Sender<T>(this);
    }

    public Receiver<T> OpenReceiver(Receiver<T>? clonedFrom = null)
    {
        lock (_lock)
        {
            if (clonedFrom is { IsDisposed: true })
                throw Disposed(clonedFrom);
            _openReceivers++;
        }

        return new Receiver<T>(this);
    }

    public bool TrySend(Sender<T> sender, T item)
    {
        Wait<T>? receive;
        lock (_lock)
        {
            if (UnusableReason(sender) is { } exception)
                throw exception;
            if (!TryPass(item, out receive))
                return false;
        }

        receive?.Complete(item);
        return true;
    }

    public ValueTask SendAsync(Sender<T> sender, T item, CancellationToken cancellationToken)
    {
        var scope = CancelScope.Current;
        if (Cancellation.IsRequested(scope, cancellationToken))
            return Cancellation.FailedAsync(Cancellation.Of(scope, cancellationToken));

        Wait<T>? receive;
        Wait<T>? send = null;
        Exception? failure;
        lock (_lock)
        {
            failure = UnusableReason(sender);
            if (failure is not null)
            {
                receive = null;
            }
            else if (!TryPass(item, out receive))
            {
                send = _sendPool.Take(this);
                send.Item = item;
                send.Party = sender;
                _sends.Enqueue(send);
            }
        }

        if (send is not null)
        {
            var task = send.PlainTask;
            send.Observe(scope, cancellationToken);
            return task;
        }

        receive?.Complete(item);
        return failure is null ? default : Cancellation.FailedAsync(failure);
    }

    public bool TryReceive(Receiver<T> receiver, out T item)
    {
        Wait<T>? send;
        lock (_lock)
        {
            if (receiver.IsDisposed)
                throw Disposed(receiver);
            if (!TryTake(out item, out send))
                return false;
        }

        send?.Complete(default!);
        return true;
    }

    /// <param name="receiver">The end that receives.</param>
    /// <param name="cancellationToken">Observed besides the surrounding scope.</param>
    /// <param name="enumeration">Where an end is noted instead of thrown; null throws.</param>
    public ValueTask<T> ReceiveAsync(Receiver<T> receiver, CancellationToken cancellationToken, ReceiverEnumeration? enumeration)
    {
        var scope = CancelScope.Current;
        if (Cancellation.IsRequested(scope, cancellationToken))
            return Cancellation.FailedAsync<T>(Cancellation.Of(scope, cancellationToken));

        T item;
        Wait<T>? send = null;
        Wait<T>? receive = null;
        Exception? failure = null;
        lock (_lock)
        {
            if (receiver.IsDisposed)
            {
                failure = Disposed(receiver);
                item = default!;
            }
            else if (!TryTake(out item, out send))
            {
                if (HasEnded)
                {
                    if (enumeration is null)
                        failure = new ChannelEndedException();
                    else
                        enumeration.HasEnded = true;
                }
                else
                {
                    receive = _receivePool.Take(this);
                    receive.Party = receiver;
                    receive.Enumeration = enumeration;
                    _receives.Enqueue(receive);
                }
            }
        }

        if (receive is not null)
        {
            var task = receive.Task;
            receive.Observe(scope, cancellationToken);
            return task;
        }

        send?.Complete(default!);
        return failure is null ? new ValueTask<T>(item) : Cancellation.FailedAsync<T>(failure);
    }

    public void Dispose(Sender<T> sender)
    {
        Wait<T>? own;
        Wait<T>? ended = null;
        lock (_lock)
        {
            if (sender.IsDisposed)
                return;
            sender.IsDisposed = true;
            own = _sends.TakeAll(sender);
            if (--_openSenders == 0)
                ended = _receives.TakeAll(party: null);
        }

        FailAll(own, sender);
        while (ended is not null)
        {
            var next = Unlink(ended);
            if (ended.Enumeration is { } enumeration)
            {
                enumeration.HasEnded = true;
                ended.Complete(default!);
            }
            else
            {
                ended.Fail(new ChannelEndedException());
            }

            ended = next;
        }
    }

    public void Dispose(Receiver<T> receiver)
    {
        Wait<T>? own;
        Wait<T>? broken = null;
        lock (_lock)
        {
            if (receiver.IsDisposed)
                return;
            receiver.IsDisposed = true;
            own = _receives.TakeAll(receiver);
            if (--_openReceivers == 0)
            {
                broken = _sends.TakeAll(party: null);
                // Nobody can receive them; they are not to be kept alive by a sender that does not look.
                _buffer.Clear();
            }
        }

        FailAll(own, receiver);
        while (broken is not null)
        {
            var next = Unlink(broken);
            broken.Fail(new BrokenChannelException());
            broken = next;
        }
    }

    bool IWaitOwner<T>.TryWithdraw(Wait<T> wait)
    {
        lock (_lock)
            return wait.Party is Sender<T> ? _sends.Remove(wait) : _receives.Remove(wait);
    }

    /// <summary>Gives an item to the first waiting receive, which is then to be completed, or to the buffer. Under the lock.</summary>
    private bool TryPass(T item, out Wait<T>? receive)
    {
        if (_receives.TryDequeue(out receive!))
            return true;
        receive = null;
        if (_buffer.Count >= _maxBufferSize)
            return false;
        _buffer.Enqueue(item);
        return true;
    }

    /// <summary>Takes the oldest item there is, and lets in the one of the first waiting send, which is then to be completed. Under the lock.</summary>
    private bool TryTake(out T item, out Wait<T>? send)
    {
        if (_buffer.Count > 0)
        {
            item = _buffer.Dequeue();
            if (_sends.TryDequeue(out send!))
                _buffer.Enqueue(send.Item);
            else
                send = null;
            return true;
        }

        // Only without a buffer can a send be waiting now.
        if (_sends.TryDequeue(out send!))
        {
            item = send.Item;
            return true;
        }

        send = null;
        item = default!;
        return false;
    }

    private Exception? UnusableReason(Sender<T> sender)
        => sender.IsDisposed ? Disposed(sender) : _openReceivers == 0 ? new BrokenChannelException() : null;

    private static ObjectDisposedException Disposed(object end)
        => new(end.GetType().Name, end is Sender<T>
            ? "This sender was disposed. Dispose of a sender after its last send, and clone it for each further producer."
            : "This receiver was disposed. Dispose of a receiver after its last receive, and clone it for each further consumer.");

    private static void FailAll(Wait<T>? wait, object end)
    {
        while (wait is not null)
        {
            var next = Unlink(wait);
            wait.Fail(Disposed(end));
            wait = next;
        }
    }

    /// <summary>Before a wait is completed, because afterwards it may already be in use again.</summary>
    private static Wait<T>? Unlink(Wait<T> wait)
    {
        var next = wait.Next;
        wait.Next = null;
        return next;
    }
}

/// <summary>One <c>await foreach</c> over a receiver: where the end of the channel is noted.</summary>
internal sealed class ReceiverEnumeration
{
    public bool HasEnded { get; set; }
}
