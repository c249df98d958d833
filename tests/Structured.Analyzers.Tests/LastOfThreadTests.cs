using System;
using System.Linq;
using System.Threading;

namespace Structured.Analyzers.Tests;

/// <summary>What a thread made last is found again by that thread alone, as long as it fits.</summary>
public class LastOfThreadTests
{
    [Fact]
    public void WhatFitsIsFoundAgain()
    {
        var last = new LastOfThread<string>();
        Assert.Equal("a", last.Get(static each => each == "a", static () => "a"));
        Assert.Equal("a", last.Get(static each => each == "a", static () => throw new InvalidOperationException()));
        Assert.Equal("b", last.Get(static each => each == "b", static () => "b"));
        Assert.Equal("again", last.Get(static each => each == "a", static () => "again"));
    }

    [Fact]
    public void NoThreadIsGivenWhatAnotherMade()
    {
        const int Rounds = 20_000;
        var last = new LastOfThread<Made>();
        var (foreign, found) = (0, 0);
        // More than there are places.
        var threads = Enumerable.Range(0, 40).Select(_ => new Thread(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var key = round / 4;
                var made = last.Get(each => each.Key == key, () => new Made(Environment.CurrentManagedThreadId, key));
                if (made.Thread != Environment.CurrentManagedThreadId || made.Key != key)
                    Interlocked.Increment(ref foreign);
                if (ReferenceEquals(made, last.Get(each => each.Key == key, () => new Made(Environment.CurrentManagedThreadId, key))))
                    Interlocked.Increment(ref found);
            }
        })).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        Assert.Equal(0, foreign);
        Assert.True(found > 0);
    }

    private sealed record Made(int Thread, int Key);
}
