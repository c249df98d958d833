using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC1011Tests : RuleTest<SC1011OwnedNurseryIsNeverDisposed>
{
    [Theory]
    [InlineData("readonly OwnedNursery [|_nursery|] = Nursery.Open(); void Start() { _nursery.StartSoon(() => WorkAsync()); }")]
    [InlineData("OwnedNursery [|_nursery|]; C() { _nursery = Nursery.Open(new NurseryOptions { Name = \"C\" }); } void Start() { _nursery.StartNow(token => WorkAsync()); }")]
    [InlineData("private OwnedNursery [|Children|] { get; } = Nursery.Open();")]
    [InlineData("OwnedNursery [|_nursery|] = Nursery.Open(); void Stop() { _nursery.Cancel(); }")]
    [InlineData("OwnedNursery [|_nursery|]; void Start() { if (_nursery == null) _nursery = Nursery.Open(); _nursery.StartWork(() => Work()); } void Stop() { _nursery?.Cancel(\"stop\"); _nursery = null; }")]
    [InlineData("OwnedNursery [|_nursery|] = Nursery.Open(); int Count => _nursery.LiveChildCount; CancellationToken Token => _nursery.CancellationToken;")]
    [InlineData("static readonly OwnedNursery [|Shared|] = Nursery.Open();")]
    [InlineData("internal readonly OwnedNursery [|Children|] = Nursery.Open();")]
    [InlineData("internal static OwnedNursery [|Shared|] { get; } = Nursery.Open();")]
    [InlineData("OwnedNursery [|_nursery|] = Nursery.Open(); void Start() { _nursery.StartSoon(() => FlushAsync()); }")]
    public Task InAField(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M() { var [|nursery|] = Nursery.Open(); nursery.StartSoon(() => WorkAsync()); }")]
    [InlineData("async Task M() { OwnedNursery [|nursery|] = Nursery.Open(); nursery.StartSoon(() => WorkAsync()); await WorkAsync(); nursery.Cancel(); }")]
    [InlineData("void M() { Nursery [|nursery|] = Nursery.Open(); nursery.StartSoon(() => WorkAsync()); }")]
    [InlineData("void M() { var [|nursery|] = Nursery.Open(); Action start = () => nursery.StartSoon(() => WorkAsync()); start(); }")]
    [InlineData("void M() { [|Nursery.Open()|].StartSoon(() => WorkAsync()); }")]
    [InlineData("void M() { [|Nursery.Open()|]; }")]
    public Task InALocalOrNowhere(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("readonly OwnedNursery _nursery = Nursery.Open(); public ValueTask DisposeAsync() => _nursery.DisposeAsync();")]
    [InlineData("readonly OwnedNursery _nursery = Nursery.Open(); public async Task StopAsync() { _nursery.Cancel(); await _nursery.JoinAsync(); }")]
    [InlineData("readonly OwnedNursery _nursery = Nursery.Open(); public async Task StopAsync() { await _nursery.DisposeAsync().ConfigureAwait(false); }")]
    [InlineData("OwnedNursery _nursery; void Start() { _nursery = Nursery.Open(); } async Task Stop() { if (_nursery != null) await _nursery.DisposeAsync(); }")]
    [InlineData("OwnedNursery _nursery; void Start() { _nursery = Nursery.Open(); } async Task Stop() { var nursery = _nursery; await nursery.JoinAsync(); }")]
    [InlineData("readonly OwnedNursery _nursery; C(OwnedNursery nursery) { _nursery = nursery; } void Start() { _nursery.StartSoon(() => WorkAsync()); }")]
    [InlineData("readonly OwnedNursery _nursery = Nursery.Open(); OwnedNursery Give() => _nursery;")]
    [InlineData("readonly OwnedNursery _nursery = Nursery.Open(); void M() { Log(_nursery); }")]
    [InlineData("public OwnedNursery Children { get; } = Nursery.Open();")]
    [InlineData("protected readonly OwnedNursery Children = Nursery.Open();")]
    [InlineData("internal OwnedNursery Children = Nursery.Open(); class Other { ValueTask M(C it) => it.Children.DisposeAsync(); }")]
    [InlineData("OwnedNursery _nursery = Nursery.Open(); async Task M() { await DisposeOf(_nursery); } static async Task DisposeOf(IAsyncDisposable it) { await it.DisposeAsync(); }")]
    public Task WhatIsDisposedJoinedOrSeenByOthers(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { var nursery = Nursery.Open(); try { nursery.StartSoon(() => WorkAsync()); } finally { await nursery.DisposeAsync(); } }")]
    [InlineData("async Task M() { var nursery = Nursery.Open(); nursery.StartSoon(() => WorkAsync()); await nursery.JoinAsync(); }")]
    [InlineData("OwnedNursery M() { var nursery = Nursery.Open(); nursery.StartSoon(() => WorkAsync()); return nursery; }")]
    [InlineData("OwnedNursery M() => Nursery.Open();")]
    [InlineData("void M() { var nursery = Nursery.Open(); Log(nursery); }")]
    [InlineData("void M(List<OwnedNursery> all) { var nursery = Nursery.Open(); all.Add(nursery); }")]
    [InlineData("void M() { Log(Nursery.Open()); }")]
    [InlineData("Func<Task> M() { var nursery = Nursery.Open(); return () => nursery.JoinAsync(); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(async nursery => { nursery.StartSoon(() => WorkAsync()); await WorkAsync(); }); }")]
    public Task LocalsThatAreLookedAfter(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { await using var nursery = Nursery.Open(); nursery.StartSoon(() => WorkAsync()); }")]
    [InlineData("async Task M() { await using (var nursery = Nursery.Open()) { nursery.StartSoon(() => WorkAsync()); await WorkAsync(); } }")]
    [InlineData("async Task M() { await using (Nursery.Open()) { await WorkAsync(); } }")]
    [InlineData("async Task M() { var nursery = Nursery.Open(); await using (nursery.ConfigureAwait(false)) { await WorkAsync(); } }")]
    [InlineData("OwnedNursery _nursery = Nursery.Open(); sealed class Inner { readonly C owner = new C(); public Task StopAsync() => owner._nursery.JoinAsync(); }")]
    public Task NewerForms(string members) => VerifyNewestAsync(members);

    [Fact]
    public Task TheMessageSaysWhatToDo()
    {
        var test = TestOf("using Structured.Concurrency; class C { private readonly OwnedNursery {|#0:_nursery|} = Nursery.Open(); }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC1011OwnedNurseryIsNeverDisposed>.Diagnostic("SC1011").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("Nobody disposes of the owned nursery '_nursery', joins it or hands it over, so its children outlive their owner; dispose of it in 'DisposeAsync', or with 'await using'"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf("using Structured.Concurrency; class C { private readonly OwnedNursery _nursery = Nursery.Open(); }");
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("OwnedNursery _nursery = Nursery.Open(; void M() { var n = Nursery.Open().; _nursery. } "), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }
}
