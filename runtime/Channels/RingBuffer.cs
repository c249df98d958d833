using System;

namespace Structured.Concurrency;

/// <summary>A queue in one array, which grows with what lies in it and lets go of a large one when it has run empty. Not thread-safe.</summary>
internal struct RingBuffer<T>
{
    private const int SmallestLength = 4;

    // A backlog this long is an accident, not the ordinary state; its memory is not kept.
    private const int LongestKept = 16 * 1024;

    private T[] _items;
    private int _head;

    public RingBuffer() => _items = [];

    public int Count { get; private set; }

    /// <summary>How many fit in before it has to grow.</summary>
    public readonly int Capacity => _items.Length;

    public void Enqueue(T item)
    {
        var items = _items;
        if (Count == items.Length)
            items = Grow();
        var tail = _head + Count;
        if (tail >= items.Length)
            tail -= items.Length;
        items[tail] = item;
        Count++;
    }

    public T Dequeue()
    {
        var items = _items;
        var item = items[_head];
        items[_head] = default!;
        var next = _head + 1;
        _head = next == items.Length ? 0 : next;
        if (--Count == 0 && items.Length > LongestKept)
            Clear();
        return item;
    }

    public void Clear()
    {
        _items = [];
        _head = 0;
        Count = 0;
    }

    private T[] Grow()
    {
        var items = new T[Math.Max(SmallestLength, checked(_items.Length * 2))];
        var first = Math.Min(Count, _items.Length - _head);
        Array.Copy(_items, _head, items, 0, first);
        Array.Copy(_items, 0, items, first, Count - first);
        _items = items;
        _head = 0;
        return items;
    }
}
