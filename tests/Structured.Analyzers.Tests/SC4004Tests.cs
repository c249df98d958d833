using System.Threading.Tasks;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

/// <summary>The rule is off in the recommended preset; every case switches it on.</summary>
public class SC4004Tests : RuleTest<SC4004UnboundedGrowth>
{
    private const string On = "dotnet_diagnostic.SC4004.severity = suggestion";

    [Theory]
    [InlineData("void M() { var (sender, receiver) = MemoryChannel.Open<int>([|MemoryChannel.Unbounded|]); Log(sender); Log(receiver); }")]
    [InlineData("const int Size = [|MemoryChannel.Unbounded|];")]
    [InlineData("object _channel = [|System.Threading.Channels.Channel.CreateUnbounded<int>()|];")]
    [InlineData("object M() => [|System.Threading.Channels.Channel.CreateUnbounded<int>(new System.Threading.Channels.UnboundedChannelOptions())|];")]
    [InlineData("void M() { var channel = [|System.Threading.Channels.Channel.CreateUnbounded<string>()|]; Log(channel.Reader); }")]
    [InlineData("static readonly System.Threading.Channels.Channel<int> _jobs = [|System.Threading.Channels.Channel.CreateUnbounded<int>()|];")]
    [InlineData("int M(bool bounded) => bounded ? 10 : [|MemoryChannel.Unbounded|];")]
    [InlineData("int Size { get; } = [|MemoryChannel.Unbounded|];")]
    [InlineData("Func<object> M() => () => [|System.Threading.Channels.Channel.CreateUnbounded<int>()|];")]
    public Task ChannelsWithoutABound(string members) => VerifyMembersAsync(members, On);

    [Theory]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(async nursery => { await foreach (var item in items) [|nursery.StartSoon(() => WorkAsync())|]; });")]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(async nursery => { await foreach (var item in items) { if (item > 1) [|nursery.StartNow(token => Task.Delay(item, token))|]; } });")]
    [InlineData("Task M(Receiver<int> items) => Nursery.RunAsync(async nursery => { await foreach (var item in items) [|nursery.StartSoon(() => WorkAsync())|]; });")]
    [InlineData("Task M(Receiver<int> items) => Nursery.RunAsync(async nursery => { while (true) { var item = await items.ReceiveAsync(); [|nursery.StartSoon(token => Task.Delay(item, token))|]; } });")]
    [InlineData("Task M(System.Threading.Channels.ChannelReader<int> items) => Nursery.RunAsync(async nursery => { while (await items.WaitToReadAsync()) while (items.TryRead(out var item)) [|nursery.StartSoon(() => Task.Delay(item))|]; });")]
    [InlineData("Task M(System.Threading.Channels.ChannelReader<int> items) => Nursery.RunAsync(async nursery => { for (;;) { var item = await items.ReadAsync().ConfigureAwait(false); [|nursery.StartWork(() => Log(item))|]; } });")]
    [InlineData("Task M(System.Threading.Channels.ChannelReader<int> items) => Nursery.RunAsync(async nursery => { await foreach (var item in items.ReadAllAsync()) [|nursery.StartSoon(() => WorkAsync())|]; });")]
    [InlineData("Task<int> M(IAsyncEnumerable<int> items) => Nursery.RunAsync(async nursery => { var count = 0; await foreach (var item in items) { count++; [|nursery.StartSoon(() => WorkAsync())|]; } return count; });")]
    [InlineData("Task M(IAsyncEnumerable<int> items, CancellationToken token) => Nursery.RunAsync(async nursery => { await foreach (var item in items.WithCancellation(token)) { try { [|nursery.StartSoon(() => WorkAsync())|]; } finally { Work(); } } }, token);")]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(async outer => { await Nursery.RunAsync(new NurseryOptions { MaxConcurrency = 4 }, async inner => { await foreach (var item in items) [|outer.StartSoon(() => WorkAsync())|]; }); });")]
    [InlineData("Task M(IAsyncEnumerable<(int, int)> items) => Nursery.RunAsync(async nursery => { await foreach (var (first, second) in items) [|nursery.StartSoon(() => Task.Delay(first + second))|]; });")]
    public Task AChildForEachItem(string members) => VerifyNewestAsync(members, On);

    [Theory]
    [InlineData("void M() { var (sender, receiver) = MemoryChannel.Open<int>(10); Log(sender); Log(receiver); }")]
    [InlineData("object M() => System.Threading.Channels.Channel.CreateBounded<int>(10);")]
    [InlineData("const int Unbounded = 3; int M() => Unbounded;")]
    [InlineData("object M() => Own.CreateUnbounded(); static class Own { public static object CreateUnbounded() => null; }")]
    [InlineData("Task M(int[] items) => Nursery.RunAsync(nursery => { foreach (var item in items) nursery.StartSoon(() => WorkAsync()); });")]
    [InlineData("object M() => System.Threading.Channels.Channel.CreateBounded<int>(new System.Threading.Channels.BoundedChannelOptions(3));")]
    [InlineData("int M(int size) => size == int.MaxValue ? 1 : size;")]
    [InlineData("object M() => new Queue<int>();")]
    [InlineData("object M() => new BlockingCollection<int>();")]
    [InlineData("object M() => new System.Threading.Channels.UnboundedChannelOptions();")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { for (var i = 0; i < 100; i++) nursery.StartSoon(() => WorkAsync()); });")]
    [InlineData("Task M(Queue<int> items) => Nursery.RunAsync(nursery => { while (items.Count > 0) { items.Dequeue(); nursery.StartSoon(() => WorkAsync()); } });")]
    [InlineData("Task M(IEnumerable<string> names) => Nursery.RunAsync(async nursery => { foreach (var name in names) { await Task.Delay(1); nursery.StartSoon(() => WorkAsync()); } });")]
    [InlineData("Task M(Stream stream, byte[] bytes) => Nursery.RunAsync(async nursery => { while (await stream.ReadAsync(bytes, 0, 1) > 0) nursery.StartSoon(() => WorkAsync()); });")]
    public Task WhatHasABound(string members) => VerifyMembersAsync(members, On);

    [Theory]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(new NurseryOptions { MaxConcurrency = 4 }, async nursery => { await foreach (var item in items) nursery.StartSoon(() => WorkAsync()); });")]
    [InlineData("async Task M(Nursery nursery, IAsyncEnumerable<int> items) { await foreach (var item in items) nursery.StartSoon(() => WorkAsync()); }")]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(async nursery => { nursery.StartSoon(() => WorkAsync()); await foreach (var item in items) await Task.Delay(item); });")]
    [InlineData("Task M(Receiver<int> items) => Nursery.RunAsync(new NurseryOptions { MaxConcurrency = 8 }, async nursery => { while (true) { var item = await items.ReceiveAsync(); nursery.StartSoon(() => Task.Delay(item)); } });")]
    [InlineData("Task M(NurseryOptions options, IAsyncEnumerable<int> items) => Nursery.RunAsync(options, async nursery => { await foreach (var item in items) nursery.StartSoon(() => WorkAsync()); });")]
    [InlineData("readonly OwnedNursery _nursery = Nursery.Open(new NurseryOptions { MaxConcurrency = 8 }); async Task M(IAsyncEnumerable<int> items) { await foreach (var item in items) _nursery.StartSoon(() => WorkAsync()); }")]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(async nursery => { await foreach (var item in items) Log(item); nursery.StartSoon(() => WorkAsync()); });")]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(async nursery => { await foreach (var item in items) await Nursery.RunAsync(inner => { inner.StartSoon(() => WorkAsync()); inner.StartSoon(() => WorkAsync()); }); });")]
    [InlineData("Task M(Receiver<int> items) => Nursery.RunAsync(async nursery => { var first = await items.ReceiveAsync(); nursery.StartSoon(() => Task.Delay(first)); });")]
    [InlineData("Task M(Receiver<int> items, int[] names) => Nursery.RunAsync(async nursery => { var first = await items.ReceiveAsync(); foreach (var name in names) nursery.StartSoon(() => Task.Delay(first)); });")]
    [InlineData("Task M(IAsyncEnumerable<int> items, CapacityLimiter limiter) => Nursery.RunAsync(async nursery => { await foreach (var item in items) await limiter.RunAsync(() => Task.Delay(item)); });")]
    [InlineData("Task M(IAsyncEnumerable<int> items, Own own) => Nursery.RunAsync(async nursery => { nursery.StartSoon(() => WorkAsync()); await foreach (var item in items) own.StartSoon(() => WorkAsync()); }); class Own { public void StartSoon(Func<Task> work) { } }")]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(async nursery => { Action start = () => nursery.StartSoon(() => WorkAsync()); start(); await foreach (var item in items) Log(item); });")]
    public Task ChildrenWithALimit(string members) => VerifyNewestAsync(members, On);

    [Fact]
    public Task OffByDefault() => VerifyMembersAsync("object _channel = System.Threading.Channels.Channel.CreateUnbounded<int>();");

    [Theory]
    [InlineData("object M() => {|#0:System.Threading.Channels.Channel.CreateUnbounded<int>()|};", "A channel without a bound lets memory grow without end when more arrives than is dealt with; set a limit")]
    [InlineData("Task M(Receiver<int> items) => Nursery.RunAsync(async nursery => { await foreach (var item in items) {|#0:nursery.StartSoon(() => WorkAsync())|}; });", "A child for each item, in a nursery without a limit, lets memory grow without end when more arrives than is dealt with; set a limit")]
    [InlineData("object M() => MemoryChannel.Open<int>({|#0:MemoryChannel.Unbounded|});", "A channel without a bound lets memory grow without end when more arrives than is dealt with; set a limit")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members, message, On);
}
