using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC4006Tests : RuleTest<SC4006StartedSignalIsNeverGiven>
{
    [Theory]
    [InlineData("Task M(Nursery nursery) => nursery.StartAsync(async (Started [|started|], CancellationToken token) => { await Task.Delay(1, token); });")]
    [InlineData("Task M(Nursery nursery) => nursery.StartAsync(async (Started<int> [|started|], CancellationToken token) => { await Task.Delay(1, token); });")]
    [InlineData("async Task Serve(Started [|started|], CancellationToken token) { if (token.CanBeCanceled) started.Set(); await Task.Delay(1, token); }")]
    [InlineData("async Task Serve(Started [|started|], CancellationToken token) { if (Compute() == 1) return; started.Set(); await Task.Delay(1, token); }")]
    [InlineData("async Task Serve(Started<int> [|started|], CancellationToken token) { try { started.Set(await ComputeAsync()); } catch (InvalidOperationException) { Log(\"no\"); } }")]
    [InlineData("async Task Serve(Started [|started|], CancellationToken token) { while (Compute() < 5) { await Task.Delay(1, token); started.Set(); } }")]
    [InlineData("async Task Serve(Started [|started|], CancellationToken token) { foreach (var item in new[] { 1 }) { started.Set(); await Task.Delay(item, token); } }")]
    [InlineData("async Task Serve(Started [|started|], CancellationToken token) { switch (Compute()) { case 1: started.Set(); break; case 2: break; } await WorkAsync(); }")]
    [InlineData("async Task Serve(Started [|started|], CancellationToken token) { try { await WorkAsync(); started.Set(); } catch (Exception e) { Log(e); } }")]
    [InlineData("async Task Serve(Started [|started|], CancellationToken token) { for (var i = 0; i < Compute(); i++) { started.Set(); await Task.Delay(i, token); } }")]
    [InlineData("async Task Serve(Started [|started|], object gate) { lock (gate) { if (Compute() > 1) return; } started.Set(); await WorkAsync(); }")]
    [InlineData("async Task Serve(Started<string> [|started|], string name) { if (name != null) { started.Set(name); } await WorkAsync(); }")]
    [InlineData("async Task Serve(Started [|started|]) { using (var stream = new MemoryStream()) { if (stream.Length == 0) return; started.Set(); } await WorkAsync(); }")]
    [InlineData("async Task Serve(Started [|started|], Task other) { if (await Task.WhenAny(other, WorkAsync()) == other) started.Set(); }")]
    [InlineData("async Task<int> Serve(Started [|started|]) { await WorkAsync(); return Compute(); }")]
    [InlineData("async Task Serve(Started [|started|]) { _ = Compute() > 1 && Ready(); await WorkAsync(); bool Ready() => true; }")]
    [InlineData("Task M(OwnedNursery nursery) => nursery.StartAsync(async (Started [|ready|], CancellationToken token) => { if (token.CanBeCanceled) { ready.Set(); } });")]
    [InlineData("async Task Serve(Started [|started|]) { goto End; End: await WorkAsync(); }")]
    [InlineData("async Task Serve(Started [|started|], CancellationToken token) { Action log = () => Log(token); log(); await Task.Delay(1, token); }")]
    [InlineData("async Task Serve(Started [|started|], CancellationToken token) { Tell(); await Task.Delay(1, token); void Tell() { Log(token); } }")]
    public Task AWayWithoutIt(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task ALocalFunction() => VerifyNewestAsync("async Task M(Nursery nursery) { await nursery.StartAsync(Serve); async Task Serve(Started [|started|], CancellationToken token) => await Task.Delay(1, token); }");

    [Theory]
    [InlineData("Task M(Nursery nursery) => nursery.StartAsync(async (Started started, CancellationToken token) => { started.Set(); await Task.Delay(1, token); });")]
    [InlineData("Task<int> M(Nursery nursery) => nursery.StartAsync(async (Started<int> started, CancellationToken token) => { started.Set(await ComputeAsync()); await Task.Delay(1, token); });")]
    [InlineData("async Task Serve(Started started, CancellationToken token) { if (token.CanBeCanceled) started.Set(); else started.Set(); await Task.Delay(1, token); }")]
    [InlineData("async Task Serve(Started started, CancellationToken token) { if (Compute() == 1) throw new InvalidOperationException(); started.Set(); await Task.Delay(1, token); }")]
    [InlineData("async Task Serve(Started<int> started, CancellationToken token) { try { started.Set(await ComputeAsync()); } catch (InvalidOperationException) { Log(\"no\"); throw; } }")]
    [InlineData("async Task Serve(Started<int> started, CancellationToken token) { try { await WorkAsync(); } finally { started.Set(1); } }")]
    [InlineData("async Task Serve(Started started, CancellationToken token) { while (true) { await Task.Delay(1, token); if (Compute() > 3) started.Set(); } }")]
    [InlineData("async Task Serve(Started started, CancellationToken token) { do { await Task.Delay(1, token); started.Set(); } while (Compute() < 5); }")]
    [InlineData("async Task Serve(Started started, CancellationToken token) { await Inner(started, token); } static Task Inner(Started started, CancellationToken token) { started.Set(); return WorkAsync(); }")]
    [InlineData("async Task Serve(Started started, CancellationToken token) { Action ready = () => started.Set(); await WorkAsync(); ready(); }")]
    [InlineData("async Task Serve(Started started, CancellationToken token) { Ready(); await WorkAsync(); void Ready() { started.Set(); } }")]
    [InlineData("async Task Serve(Started started, CancellationToken token) { switch (Compute()) { case 1: started.Set(); break; default: throw new InvalidOperationException(); } await WorkAsync(); }")]
    [InlineData("Task M(Nursery nursery) => nursery.StartAsync((Started started, CancellationToken token) => Inner(started)); static Task Inner(Started started) { started.Set(); return WorkAsync(); }")]
    [InlineData("Task Inner(Started started) { return WorkAsync(); }")]
    [InlineData("async Task M(Nursery nursery) { nursery.StartSoon(async token => { await Task.Delay(1, token); }); await WorkAsync(); }")]
    [InlineData("async Task Serve(Own started) { await WorkAsync(); } struct Own { public void Set() { } }")]
    [InlineData("async Task Serve(Started started) { for (;;) { if (Compute() > 1) { started.Set(); break; } await WorkAsync(); } }")]
    [InlineData("async Task Serve(Started started) { try { started.Set(); await WorkAsync(); } catch (Exception e) { Log(e); } }")]
    [InlineData("async Task Serve(Started started, object gate) { lock (gate) { started.Set(); } await WorkAsync(); }")]
    [InlineData("async Task Serve(Started started) { using (var stream = new MemoryStream()) { started.Set(); await WorkAsync(); } }")]
    [InlineData("async Task Serve(Started<int> started) { var x = Compute() > 1 ? 1 : 2; started.Set(x); await WorkAsync(); }")]
    [InlineData("async Task Serve(Started started) { started.Set(); if (Compute() > 1) return; await WorkAsync(); }")]
    [InlineData("async Task<int> Serve(Started<int> started) { var value = await ComputeAsync(); started.Set(value); return value; }")]
    [InlineData("async Task Serve(Started started) { await WorkAsync(); throw new InvalidOperationException(); }")]
    [InlineData("async Task Serve(Started started) { Log(started); await WorkAsync(); }")]
    [InlineData("async Task Serve(Started started) { var ready = started; await WorkAsync(); ready.Set(); }")]
    [InlineData("async Task Serve(List<Started> all, Started started) { all.Add(started); await WorkAsync(); }")]
    [InlineData("async Task Serve(Started started) { goto Ready; Ready: started.Set(); await WorkAsync(); }")]
    [InlineData("int Count { get; set; } async Task Serve(Started<int> started, CancellationToken token) { var count = 0; try { count = Count; } catch (Exception) { return; } started.Set(count); await Task.Delay(1, token); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task Serve(Started<bool> started, CancellationToken token) { var isStopping = false; try { isStopping = _stop.IsCancellationRequested; } catch (Exception) { return; } started.Set(isStopping); await Task.Delay(1, token); }")]
    public Task EveryWayWithIt(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task TheMessageNamesTheSignal()
    {
        var test = TestOf("using System.Threading; using System.Threading.Tasks; using Structured.Concurrency; class C { async Task M(Started {|#0:ready|}, CancellationToken token) { await Task.Delay(1, token); } }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC4006StartedSignalIsNeverGiven>.Diagnostic("SC4006").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("There is a way to return without having called 'ready.Set', which makes 'StartAsync' fail; call it once the child is ready, or throw"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf(InClass("async Task Serve(Started started, CancellationToken token) { await Task.Delay(1, token); }"));
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("async Task Serve(Started started, CancellationToken token) { if ( started.Set( await } Task M(Nursery nursery) => nursery.StartAsync(async (Started"), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }
}
