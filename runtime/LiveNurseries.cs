using System;
using System.Collections.Generic;

namespace Structured.Concurrency;

/// <summary>Every nursery that is open, for <see cref="TaskTree"/>. Split into stripes, so that nurseries opened by many threads do not queue for one lock.</summary>
internal static class LiveNurseries
{
    private const int StripeCount = 16;

    // Invariant, for each stripe. An entry is in the ring exactly between Add and Remove (or the sweep that finds its nursery forgotten); both happen under the
    // stripe's lock. The stripe is itself the ring's fixed node.
    private static readonly Stripe[] Stripes = CreateStripes();

    /// <summary>A place that is not taken yet. The nursery is seen by others only from <see cref="Add"/> on, which is for the end of its constructor.</summary>
    /// <param name="nursery">The nursery.</param>
    /// <param name="mayBeForgotten">Whether it is only as alive as somebody holds it: one that an object owns, and that may never be disposed of.</param>
    public static Entry Reserve(Nursery nursery, bool mayBeForgotten)
        => new(Stripes[Environment.CurrentManagedThreadId % StripeCount], mayBeForgotten ? new WeakReference<Nursery>(nursery) : nursery);

    public static void Add(Entry entry)
    {
        var stripe = entry.Stripe!;
        lock (stripe)
        {
            if (entry.MayBeForgotten)
                Sweep(stripe);
            InsertBefore(stripe, entry);
        }
    }

    public static void Remove(Entry entry)
    {
        lock (entry.Stripe!)
            Unlink(entry);
    }

    public static List<Nursery> All()
    {
        var all = new List<Nursery>();
        foreach (var stripe in Stripes)
        {
            lock (stripe)
            {
                for (var entry = stripe.Next; entry != stripe; entry = entry.Next)
                {
                    if (entry.Nursery is { } nursery)
                        all.Add(nursery);
                }
            }
        }

        return all;
    }

    /// <summary>Looks at the two oldest: each addition pays for more than itself, so forgotten entries cannot pile up.</summary>
    private static void Sweep(Stripe stripe)
    {
        for (var look = 0; look < 2 && stripe.Next != stripe; look++)
        {
            var oldest = stripe.Next;
            Unlink(oldest);
            if (oldest.Nursery is not null)
                InsertBefore(stripe, oldest);
        }
    }

    private static void InsertBefore(Entry next, Entry entry)
    {
        entry.Previous = next.Previous;
        entry.Next = next;
        next.Previous.Next = entry;
        next.Previous = entry;
    }

    private static void Unlink(Entry entry)
    {
        entry.Previous.Next = entry.Next;
        entry.Next.Previous = entry.Previous;
        entry.Next = entry.Previous = entry;
    }

    private static Stripe[] CreateStripes()
    {
        var stripes = new Stripe[StripeCount];
        for (var index = 0; index < StripeCount; index++)
            stripes[index] = new Stripe();
        return stripes;
    }

    /// <summary>A node of a stripe's ring. Removing one twice does nothing.</summary>
    public class Entry
    {
        private readonly object? _nursery;

        public Entry(Stripe? stripe, object? nursery)
        {
            Stripe = stripe;
            _nursery = nursery;
            Next = Previous = this;
        }

        public Stripe? Stripe { get; }

        public Entry Next { get; set; }

        public Entry Previous { get; set; }

        public bool MayBeForgotten => _nursery is WeakReference<Nursery>;

        public Nursery? Nursery => _nursery as Nursery ?? (_nursery is WeakReference<Nursery> weak && weak.TryGetTarget(out var nursery) ? nursery : null);
    }

    public sealed class Stripe : Entry
    {
        public Stripe()
            : base(null, null)
        {
        }
    }
}
