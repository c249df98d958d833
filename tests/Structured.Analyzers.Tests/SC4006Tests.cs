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
