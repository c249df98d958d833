using System;
using System.Collections.Generic;
using System.Threading;

namespace Structured.Concurrency;

/// <summary>
/// Places for some children of one nursery, in the order they started. A nursery has a chain of these; children come and go in them without its lock.
/// </summary>
internal sealed class ChildBlock
{
    // Invariant. _word holds together how many places were ever taken (above) and how many hold the block (below): the children that live in it and, as long as
    // it is the one the nursery's body or owner starts children in, the nursery. Taking a place and holding the block are one exchange. Whoever finds that it was the
    // last holder tries to mark the block dead; that fails where somebody took a place meanwhile, who is then the last holder to be. So a block dies once,
    // holding nobody, and nobody gets into a dead one; the nursery counts a block until it is dead, so it cannot close with a child in one.
    // Places are not taken twice: a slot holds null, then the child while it lives, then null.
    private const int Smallest = 10;
    private const int Largest = 64;
    private const int OnePlace = 1 << 16;
    private const int Holders = OnePlace - 1;
    private const int Dead = int.MinValue;

    private readonly Slot[] _slots;
    private int _word;

    /// <param name="nursery">Whose children they are.</param>
    /// <param name="capacity">How many places there are.</param>
    /// <param name="first">The one who takes the first place.</param>
    /// <param name="isHeld">Whether the nursery holds the block, until it calls <see cref="Leave()"/>.</param>
    public ChildBlock(Nursery nursery, int capacity, Child first, bool isHeld)
    {
        Nursery = nursery;
        _slots = new Slot[capacity];
        _word = OnePlace + (isHeld ? 2 : 1);
        Put(first, 0);
    }

    public Nursery Nursery { get; }

    // The nursery's chain, under its lock.
    public ChildBlock? Older;
    public ChildBlock? Newer;

    /// <summary>How many places the next block of a nursery has: few at first, because most nurseries have few children.</summary>
    public static int CapacityAfter(int capacity) => capacity == 0 ? Smallest : Math.Min(capacity * 2, Largest);

    /// <summary>How many children live in it, and the nursery where it holds the block.</summary>
    public int HolderCount => Volatile.Read(ref _word) & Holders;

    /// <summary>Takes a place. False where the block is full or dead.</summary>
    public bool TryTake(Child child)
    {
        var word = Volatile.Read(ref _word);
        while (true)
        {
            if (word < 0 || word >> 16 >= _slots.Length)
                return false;
            var seen = Interlocked.CompareExchange(ref _word, word + OnePlace + 1, word);
            if (seen == word)
                break;
            word = seen;
        }

        Put(child, word >> 16);
        return true;
    }

    /// <summary>Gives the place of a child up.</summary>
    /// <returns>Whether the block died of it.</returns>
    public bool Leave(int place)
    {
        _slots[place].Child = null;
        return Leave();
    }

    /// <summary>Ends one hold.</summary>
    /// <returns>Whether the block died of it.</returns>
    public bool Leave()
    {
        var word = Interlocked.Decrement(ref _word);
        return (word & Holders) == 0 && Interlocked.CompareExchange(ref _word, word | Dead, word) == word;
    }

    /// <summary>The children that live in it, in the order they started.</summary>
    public IEnumerable<Child> Children
    {
        get
        {
            for (var place = 0; place < _slots.Length; place++)
            {
                if (Volatile.Read(ref _slots[place].Child) is { } child)
                    yield return child;
            }
        }
    }

    private void Put(Child child, int place)
    {
        child.Take(this, place);
        Volatile.Write(ref _slots[place].Child, child);
    }

    /// <summary>Of a type of its own, because storing into an array of a class checks the type each time.</summary>
    private struct Slot
    {
        public Child? Child;
    }
}
