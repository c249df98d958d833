using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Nurseries;

/// <summary>The places that children of a nursery live in: what its invariant promises, on its own and from many threads.</summary>
public class ChildBlockTests
{
    private readonly Nursery _nursery = Nursery.Open();

    [Fact]
    public void It_dies_when_the_last_holder_leaves_and_takes_nobody_afterwards()
    {
        var first = NewChild();
        var block = new ChildBlock(_nursery, 4, first, isHeld: true);
        var second = NewChild();
        Assert.True(block.TryTake(second));
        Assert.Equal(3, block.HolderCount);
        Assert.Equal([first, second], block.Children);

        Assert.False(first.GiveUpPlace(out var left));
        Assert.Same(block, left);
        Assert.False(block.Leave());
        Assert.Equal([second], block.Children);
        Assert.True(second.GiveUpPlace(out _));
        Assert.Equal(0, block.HolderCount);
        Assert.Empty(block.Children);
        Assert.False(block.TryTake(NewChild()));
    }

    [Fact]
    public void Held_by_the_nursery_it_outlives_its_children()
    {
        var first = NewChild();
        var block = new ChildBlock(_nursery, 3, first, isHeld: true);
        Assert.False(first.GiveUpPlace(out _));
        foreach (var child in new[] { NewChild(), NewChild() })
        {
            Assert.True(block.TryTake(child));
            Assert.False(child.GiveUpPlace(out _));
        }

        // A place is not taken twice.
        Assert.False(block.TryTake(NewChild()));
        Assert.Equal(1, block.HolderCount);
        Assert.True(block.Leave());
    }

    [Fact]
    public void Blocks_grow_with_the_number_of_children_up_to_a_bound()
        => Assert.Equal([10, 20, 40, 64, 64], new[] { 0, 10, 20, 40, 64 }.Select(ChildBlock.CapacityAfter));

    [Fact]
    public async Task However_many_come_and_go_at_once_it_dies_once()
    {
        var rounds = Effort.Rounds(1_000, inLongForm: 100_000);
        for (var round = 0; round < rounds; round++)
        {
            var first = NewChild();
            var block = new ChildBlock(_nursery, 8, first, isHeld: false);
            var deaths = 0;
            var taken = 1;
            using var start = new Barrier(2);
            void ComeAndGo(Child own, Child? other)
            {
                start.SignalAndWait();
                if (other?.GiveUpPlace(out _) == true)
                    Interlocked.Increment(ref deaths);
                while (block.TryTake(own))
                {
                    Interlocked.Increment(ref taken);
                    if (own.GiveUpPlace(out _))
                        Interlocked.Increment(ref deaths);
                }
            }

            var elsewhere = Task.Run(() => ComeAndGo(NewChild(), null));
            ComeAndGo(NewChild(), first);
            await elsewhere.OrTimeout();
            Assert.Equal(1, deaths);
            Assert.InRange(taken, 1, 8);
            Assert.Equal(0, block.HolderCount);
            Assert.Empty(block.Children);
        }
    }

    private Child NewChild() => new Child.OfDelegate(_nursery, default, () => Task.CompletedTask);
}
