using System.Threading.Tasks;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

/// <summary>The rule is off in the recommended preset; every case switches it on.</summary>
public class SC1008Tests : RuleTest<SC1008WhenAllDoesNotCancelSiblings>
{
    /// <summary>Work that is seen to be started by the call.</summary>
    private const string Started = " static async Task LoopAsync() { await Task.Yield(); } static async Task<int> CountAsync() { await Task.Yield(); return 1; }";

    private const string On = "dotnet_diagnostic.SC1008.severity = suggestion";

    [Theory]
    [InlineData("async Task M() { await [|Task.WhenAll(LoopAsync(), CountAsync())|]; }")]
    [InlineData("async Task M() { await [|Task.WhenAll(LoopAsync(), LoopAsync())|].ConfigureAwait(false); }")]
    [InlineData("async Task M() { var first = LoopAsync(); var second = CountAsync(); await [|Task.WhenAll(first, second)|]; }")]
    [InlineData("async Task M(int[] items) { await [|Task.WhenAll(items.Select(async item => await LoopAsync()))|]; }")]
    [InlineData("async Task M(int[] items) { await [|Task.WhenAll(items.Select(item => LoopAsync()))|]; }")]
    [InlineData("async Task M(int[] items) { await [|Task.WhenAll(items.Select(item => LoopAsync()).ToList())|]; }")]
    [InlineData("async Task M(int[] items) { var tasks = items.Select(item => CountAsync()).ToArray(); await [|Task.WhenAll(tasks)|]; }")]
    [InlineData("async Task M() { var all = new[] { LoopAsync(), LoopAsync() }; await [|Task.WhenAll(all)|]; }")]
    [InlineData("async Task<int> M() { return (await [|Task.WhenAll(CountAsync(), CountAsync())|]).Length; }")]
    public Task TasksStartedForIt(string members) => VerifyMembersAsync(members + Started, On);

    [Theory]
    [InlineData("async Task M(Task first, Task second) { await Task.WhenAll(first, second); }")]
    [InlineData("async Task M(IEnumerable<Task> tasks) { await Task.WhenAll(tasks); }")]
    [InlineData("async Task M(Task given) { await Task.WhenAll(given, LoopAsync()); }")]
    [InlineData("List<Task> _tasks; async Task M() { await Task.WhenAll(_tasks); }")]
    [InlineData("Task _loop; async Task M() { await Task.WhenAll(_loop, LoopAsync()); }")]
    [InlineData("async Task M() { await Task.WhenAll(LoopAsync()); }")]
    [InlineData("async Task M() { await Task.WhenAll(Task.CompletedTask, Task.FromResult(1)); }")]
    [InlineData("Task M() => Task.WhenAll(LoopAsync(), LoopAsync());")]
    [InlineData("async Task M() { await Task.WhenAny(LoopAsync(), LoopAsync()); }")]
    [InlineData("async Task M(TaskCompletionSource<int> a, TaskCompletionSource<int> b) { await Task.WhenAll(a.Task, b.Task); }")]
    [InlineData("async Task M(Own own) { await own.WhenAll(LoopAsync(), LoopAsync()); } class Own { public Task WhenAll(params Task[] tasks) => null; }")]
    [InlineData("async Task M() { await Nursery.RunAsync(async nursery => { nursery.StartSoon(() => LoopAsync()); nursery.StartSoon(() => LoopAsync()); await LoopAsync(); }); }")]
    [InlineData("async Task M(Dictionary<string, Task> cache) { await Task.WhenAll(cache.Values); }")]
    public Task TasksOfOthers(string members) => VerifyMembersAsync(members + Started, On);

    [Fact]
    public Task OffByDefault() => VerifyMembersAsync("async Task M() { await Task.WhenAll(LoopAsync(), LoopAsync()); }" + Started);

    [Theory]
    [InlineData("async Task M() { await {|#0:Task.WhenAll(LoopAsync(), CountAsync())|}; }", "When one of these tasks fails, 'WhenAll' lets the others run to their end before it says so; start them in a nursery, which cancels them")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members + Started, message, On);
}
