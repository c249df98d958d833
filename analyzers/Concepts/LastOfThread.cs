using System;
using System.Threading;

namespace Structured.Analyzers;

/// <summary>What each thread made last. Rules look at one function after the other, and several of them at the same: what they need of it is found out once. Thread-safe; a value is only given to the thread that made it.</summary>
/// <typeparam name="T">What is made.</typeparam>
internal sealed class LastOfThread<T>
    where T : class
{
    // As many as there are threads at work, mostly; those that share a place make anew what another has replaced.
    private readonly Entry?[] _entries = new Entry?[16];

    /// <summary>The last value of this thread if it <paramref name="fits"/>, or else a new one.</summary>
    public T Get(Func<T, bool> fits, Func<T> make)
    {
        var thread = Thread.CurrentThread.ManagedThreadId;
        ref var place = ref _entries[thread % _entries.Length];
        if (Volatile.Read(ref place) is { } known && known.Thread == thread && fits(known.Value))
            return known.Value;
        var value = make();
        Volatile.Write(ref place, new Entry(thread, value));
        return value;
    }

    private sealed record Entry(int Thread, T Value);
}
