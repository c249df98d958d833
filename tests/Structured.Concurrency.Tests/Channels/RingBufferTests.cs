using System;
using System.Runtime.CompilerServices;

namespace Structured.Concurrency.Tests.Channels;

/// <summary>The memory of a channel's buffer; what a channel does with its items is tested there.</summary>
public class RingBufferTests
{
    private const int LongestKept = 16 * 1024;

    [Fact]
    public void The_memory_of_a_long_backlog_is_let_go_of_when_it_has_run_empty()
    {
        var buffer = FilledAndEmptied(LongestKept + 1);
        Assert.Equal(0, buffer.Capacity);
        buffer.Enqueue(1);
        buffer.Enqueue(2);
        Assert.Equal(1, buffer.Dequeue());
        Assert.Equal(2, buffer.Dequeue());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(LongestKept)]
    public void The_memory_of_an_ordinary_backlog_is_kept_for_the_next_one(int items)
    {
        var buffer = FilledAndEmptied(items);
        Assert.InRange(buffer.Capacity, items, items + 1);
    }

    [Fact]
    public void What_was_taken_out_is_not_kept_alive()
    {
        var buffer = new RingBuffer<object>();
        var item = PutInAndTakeOut(ref buffer);
        GC.Collect();
        Assert.False(item.IsAlive);
        Assert.Equal(4, buffer.Capacity);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference PutInAndTakeOut(ref RingBuffer<object> buffer)
    {
        buffer.Enqueue(new object());
        return new WeakReference(buffer.Dequeue());
    }

    private static RingBuffer<int> FilledAndEmptied(int items)
    {
        var buffer = new RingBuffer<int>();
        for (var item = 0; item < items; item++)
            buffer.Enqueue(item);
        for (var item = 0; item < items; item++)
            Assert.Equal(item, buffer.Dequeue());
        return buffer;
    }
}
