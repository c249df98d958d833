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
    public Task ChannelsWithoutABound(string members) => VerifyMembersAsync(members, On);

    [Theory]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(async nursery => { await foreach (var item in items) [|nursery.StartSoon(() => WorkAsync())|]; });")]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(async nursery => { await foreach (var item in items) { if (item > 1) [|nursery.StartNow(token => Task.Delay(item, token))|]; } });")]
    public Task AChildForEachItem(string members) => VerifyNewestAsync(members, On);

    [Theory]
    [InlineData("void M() { var (sender, receiver) = MemoryChannel.Open<int>(10); Log(sender); Log(receiver); }")]
    [InlineData("object M() => System.Threading.Channels.Channel.CreateBounded<int>(10);")]
    [InlineData("const int Unbounded = 3; int M() => Unbounded;")]
    [InlineData("object M() => Own.CreateUnbounded(); static class Own { public static object CreateUnbounded() => null; }")]
    [InlineData("Task M(int[] items) => Nursery.RunAsync(nursery => { foreach (var item in items) nursery.StartSoon(() => WorkAsync()); });")]
    public Task WhatHasABound(string members) => VerifyMembersAsync(members, On);

    [Theory]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(new NurseryOptions { MaxConcurrency = 4 }, async nursery => { await foreach (var item in items) nursery.StartSoon(() => WorkAsync()); });")]
    [InlineData("async Task M(Nursery nursery, IAsyncEnumerable<int> items) { await foreach (var item in items) nursery.StartSoon(() => WorkAsync()); }")]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(async nursery => { nursery.StartSoon(() => WorkAsync()); await foreach (var item in items) await Task.Delay(item); });")]
    public Task ChildrenWithALimit(string members) => VerifyNewestAsync(members, On);

    [Fact]
    public Task OffByDefault() => VerifyMembersAsync("object _channel = System.Threading.Channels.Channel.CreateUnbounded<int>();");
}
