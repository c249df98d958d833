using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC4001Tests : RuleTest<SC4001NurseryIsNotNeeded>
{
    private const string Members = " static async Task SaveAsync(int number, CancellationToken token = default) { await Task.Delay(number, token); } static Task LoadAsync(CancellationToken token) => Task.Delay(1, token); static void Use(Nursery nursery) { } ";

    [Theory]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(() => WorkAsync())); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => { nursery.StartSoon(() => WorkAsync()); }); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => { nursery.StartNow(() => WorkAsync()); }); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => { nursery.StartNow(token => SaveAsync(1, token)); }); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(LoadAsync)); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(C.WorkAsync)); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(async () => await WorkAsync())); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(async token => { await SaveAsync(1, token).ConfigureAwait(false); })); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => { nursery.StartNow(token => { return SaveAsync(1, token); }); }); }")]
    [InlineData("async Task M(CancellationToken token) { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(ct => SaveAsync(1, ct)), token); }")]
    [InlineData("async Task M(CancellationToken token) { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(LoadAsync), token); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(() => WorkAsync()), CancellationToken.None); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => { nursery.StartSoon(() => WorkAsync()); }).ConfigureAwait(false); }")]
    [InlineData("Task M() => [|Nursery.RunAsync|](nursery => nursery.StartSoon(() => WorkAsync()));")]
    [InlineData("Task M() { return [|Nursery.RunAsync|](nursery => { nursery.StartSoon(token => SaveAsync(1, token)); }); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => nursery.StartNow(() => ComputeAsync())); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(() => FlushAsync())); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(() => Task.Delay(1))); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](body: nursery => { nursery.StartSoon(child: () => WorkAsync()); }); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](delegate(Nursery nursery) { nursery.StartSoon(() => WorkAsync()); }); }")]
    [InlineData("async Task M() { try { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(() => WorkAsync())); } catch (IOException) { } }")]
    [InlineData("async Task M(bool twice) { await Nursery.RunAsync(async outer => { outer.StartSoon(() => WorkAsync()); await [|Nursery.RunAsync|](nursery => nursery.StartSoon(() => WorkAsync())); }); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(() => SlowlyAsync())); } static async Task SlowlyAsync() { await Task.Yield(); for (var i = 0; i < 9; i++) Work(); }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(() => LoopAsync())); } static async Task LoopAsync() { while (true) { await Task.Delay(1); } }")]
    [InlineData("async Task M() { await [|Nursery.RunAsync|](nursery => nursery.StartNow(() => BusyAsync())); } static async Task BusyAsync() { for (var i = 0; i < 9; i++) Work(); await Task.Yield(); }")]
    public Task OneChildAndNothingElse(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => { nursery.StartSoon(() => WorkAsync()); nursery.StartSoon(() => WorkAsync()); }); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(async nursery => { nursery.StartSoon(() => WorkAsync()); await ComputeAsync(); }); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => { Work(); nursery.StartSoon(() => WorkAsync()); }); }")]
    [InlineData("async Task M(int[] items) { await Nursery.RunAsync(nursery => { foreach (var item in items) nursery.StartSoon(token => SaveAsync(item, token)); }); }")]
    [InlineData("async Task M(bool wanted) { await Nursery.RunAsync(nursery => { if (wanted) nursery.StartSoon(() => WorkAsync()); }); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(async nursery => { await WorkAsync(); }); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => { }); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => { Func<Task> start = () => WorkAsync(); nursery.StartSoon(start); }); }")]
    [InlineData("async Task M(Func<Task> start) { await Nursery.RunAsync(nursery => nursery.StartSoon(start)); }")]
    public Task MoreThanOneChild(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("async Task M() { await Nursery.RunAsync(new NurseryOptions { OnChildFailure = _ => FailureAction.Handled }, nursery => nursery.StartSoon(() => WorkAsync())); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(new NurseryOptions { AlwaysAggregate = true }, nursery => nursery.StartSoon(() => WorkAsync())); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(new NurseryOptions { Name = \"mail\" }, nursery => nursery.StartSoon(() => WorkAsync())); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync(), \"mail\")); }")]
    [InlineData("async Task M(CancellationToken token) { await Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync()), token); }")]
    [InlineData("async Task M(CancellationToken token) { await Nursery.RunAsync(nursery => nursery.StartSoon(ct => WorkAsync()), token); }")]
    [InlineData("async Task M(CancellationToken token) { await Nursery.RunAsync(nursery => nursery.StartSoon(C.WorkAsync), token); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => { nursery.CancelScope.Deadline = DateTimeOffset.Now; nursery.StartSoon(() => WorkAsync()); }); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => SpawnAsync(nursery))); } static async Task SpawnAsync(Nursery nursery) { nursery.StartSoon(() => WorkAsync()); await Task.Yield(); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => SaveAsync(nursery.LiveChildCount))); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => SaveAsync(1, CancelScope.Current.Token))); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => Use(nursery)); }")]
    [InlineData("async Task M(Nursery given) { await Nursery.RunAsync(nursery => given.StartSoon(() => WorkAsync())); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon((number, token) => SaveAsync(number, token), 1)); }")]
    public Task NurseriesWithAMeaningOfTheirOwn(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("async Task<int> M() { return await Nursery.RunAsync(nursery => nursery.StartSoon(() => ComputeAsync()).Task); }")]
    [InlineData("async Task M() { ChildTask<int> child = null; await Nursery.RunAsync(nursery => { child = nursery.StartSoon(() => ComputeAsync()); }); Log(child.Result); }")]
    [InlineData("async Task M() { var run = Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())); Work(); await run; }")]
    [InlineData("async Task M() { await Task.WhenAll(Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())), WorkAsync()); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartWork(() => Work())); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartWork(() => Compute())); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartAsync(async (started, token) => { started.Set(); await SaveAsync(1, token); })); }")]
    [InlineData("async Task<int> M() { return await Nursery.RunMainAsync(nursery => { nursery.StartSoon(() => WorkAsync()); return Task.CompletedTask; }); }")]
    [InlineData("void M(OwnedNursery nursery) { nursery.StartSoon(() => WorkAsync()); }")]
    [InlineData("async Task M() { await Own.RunAsync(nursery => nursery.StartSoon()); } class Own { public void StartSoon() { } public static Task RunAsync(Action<Own> body) => null; }")]
    public Task WhatIsUsedOrStartedInAnotherWay(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(async () => { Work(); await WorkAsync(); })); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartNow(async token => { try { await SaveAsync(1, token); } catch (IOException e) { Log(e); } })); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => BusyAsync())); } static async Task BusyAsync() { for (var i = 0; i < 9; i++) Work(); await Task.Yield(); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(BusyAsync)); } static Task BusyAsync() { for (var i = 0; i < 9; i++) Work(); return Task.CompletedTask; }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => SleepyAsync())); } static async Task SleepyAsync() { Thread.Sleep(100); await Task.Yield(); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => CountAsync())); } static async Task CountAsync() { Count(); await Task.Yield(); } static void Count() { for (var i = 0; i < 9; i++) Work(); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => LockedAsync())); } static readonly object Gate = new object(); static Task LockedAsync() { lock (Gate) Work(); return Task.CompletedTask; }")]
    [InlineData("async Task M(Func<Task> given) { await Nursery.RunAsync(nursery => nursery.StartSoon(() => given())); }")]
    [InlineData("async Task M(Task given) { await Nursery.RunAsync(nursery => nursery.StartSoon(() => given)); }")]
    public Task ChildrenThatAreMoreThanACall(string members) => VerifyMembersAsync(members + Members);

    [Fact]
    public Task TheMessageSaysWhatToDo()
    {
        var test = TestOf("using System.Threading.Tasks; using Structured.Concurrency; class C { async Task M() { await {|#0:Nursery.RunAsync|}(nursery => nursery.StartSoon(token => Task.Delay(1, token))); } }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC4001NurseryIsNotNeeded>.Diagnostic("SC4001").WithLocation(0).WithSeverity(DiagnosticSeverity.Info)
            .WithMessage("This nursery starts one child and does nothing else; await 'Delay' where it stands"));
        return test.RunAsync();
    }
}
