using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC4007Tests : RuleTest<SC4007BlockingChild>
{
    [Theory]
    [InlineData("void M(Nursery nursery) { nursery.[|StartWork|](() => WorkAsync()); }")]
    [InlineData("void M(Nursery nursery) { nursery.[|StartWork|](token => Task.Delay(1, token)); }")]
    [InlineData("void M(Nursery nursery) { nursery.[|StartWork|](() => ComputeAsync()); }")]
    [InlineData("void M(Nursery nursery) { nursery.[|StartWork|](() => FlushAsync()); }")]
    [InlineData("void M(Nursery nursery) { nursery.[|StartWork|](async token => { await Task.Delay(1, token); return 1; }); }")]
    [InlineData("void M(OwnedNursery nursery) { var child = nursery.[|StartWork|](() => ComputeAsync()); Log(child); }")]
    [InlineData("void M(Nursery nursery) { nursery.[|StartWork<Task>|](() => WorkAsync()); }")]
    public Task WorkThatReturnsATask(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M(Nursery nursery) { nursery.StartWork(() => Work()); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartWork(Work); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartWork(token => Compute()); }")]
    [InlineData("void M(Nursery nursery) { var child = nursery.StartWork(() => Compute()); Log(child.Task); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(() => WorkAsync()); nursery.StartNow(token => WorkAsync()); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(() => FlushAsync()); }")]
    [InlineData("void M(Own own) { own.StartWork(() => WorkAsync()); } class Own { public T StartWork<T>(Func<T> work) => work(); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartWork(() => { Func<Task> later = () => WorkAsync(); return later; }); }")]
    public Task WorkThatDoesNot(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf(InClass("void M(Nursery nursery) { nursery.StartWork(() => WorkAsync()); }"));
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("void M(Nursery nursery) { nursery.StartWork(() => WorkAsync(; nursery.StartWork(; } "), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }
}
