using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC1010Tests : RuleTest<SC1010ResourceIsDisposedBeforeTheChildEnds>
{
    private const string Members = "\nstatic Stream Open() => new MemoryStream(); static Task UseAsync(Stream stream) => Task.Delay(1); static Task<int> ReadAsync(Stream stream) => Task.FromResult(1); static Task RunAsync(Stream stream, CancellationToken token) => Task.Delay(1, token);";

    [Theory]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using (var stream = Open()) { nursery.StartSoon(() => UseAsync([|stream|])); } });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { using (var stream = Open()) { nursery.StartSoon(() => UseAsync([|stream|])); await WorkAsync(); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using (var stream = Open()) { nursery.StartNow(() => UseAsync([|stream|])); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using (var stream = Open()) { nursery.StartWork(() => [|stream|].Flush()); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using (var stream = Open()) { nursery.StartSoon(async token => { await WorkAsync(); await UseAsync([|stream|]); }); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using (Stream stream = Open()) { nursery.StartSoon(RunAsync, [|stream|]); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using (Stream stream = Open()) { nursery.StartSoon(new Func<Task>([|stream|].FlushAsync)); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using (Stream a = Open(), b = Open()) { nursery.StartSoon(() => UseAsync([|b|])); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using (var stream = Open()) { nursery.StartSoon(() => ReadAsync([|stream|])); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { foreach (var i in new[] { 1 }) { using (var stream = Open()) { nursery.StartSoon(() => UseAsync([|stream|])); } } });")]
    [InlineData("void M(Nursery nursery) { using (var stream = Open()) { nursery.StartSoon(() => UseAsync([|stream|])); } }")]
    [InlineData("OwnedNursery _nursery; void M() { using (var stream = Open()) { _nursery.StartSoon(() => UseAsync([|stream|])); } }")]
    [InlineData("Task M() => Nursery.RunAsync(outer => { using (var stream = Open()) { return Nursery.RunAsync(inner => { outer.StartSoon(() => UseAsync([|stream|])); }); } });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { using (var source = new CancellationTokenSource()) { await nursery.StartAsync((started, token) => Task.Delay(1, [|source|].Token)); } });")]
    public Task DisposedAtTheEndOfAStatement(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using var stream = Open(); nursery.StartSoon(() => UseAsync([|stream|])); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { await using var stream = Open(); nursery.StartSoon(() => UseAsync([|stream|])); await WorkAsync(); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { await using (var stream = Open()) { nursery.StartSoon(() => UseAsync([|stream|])); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using var stream = Open(); nursery.StartSoon(() => UseAsync([|stream|])); nursery.StartSoon(() => UseAsync([|stream|])); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using var a = Open(); using var b = Open(); nursery.StartSoon(() => UseAsync([|b|])); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { if (Compute() > 1) { using var stream = Open(); nursery.StartSoon(() => UseAsync([|stream|])); } });")]
    [InlineData("async Task M() { await using var nursery = Nursery.Open(); using var stream = Open(); nursery.StartSoon(() => UseAsync([|stream|])); }")]
    [InlineData("async Task M(Nursery nursery) { using var stream = Open(); nursery.StartSoon(() => UseAsync([|stream|])); await WorkAsync(); }")]
    public Task DisposedAtTheEndOfTheBody(string members) => VerifyNewestAsync(members + Members);

    [Fact]
    public Task TheMessageNamesTheResource()
    {
        var test = TestOf("using System.IO; using System.Threading.Tasks; using Structured.Concurrency; class C { Task M() => Nursery.RunAsync(nursery => { using (var file = new MemoryStream()) { nursery.StartSoon(() => {|#0:file|}.FlushAsync()); } }); }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC1010ResourceIsDisposedBeforeTheChildEnds>.Diagnostic("SC1010").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("'file' is disposed when its scope ends, but the child that uses it is joined later, by the nursery; declare it outside the nursery or inside the child"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M() { using (var stream = Open()) { await Nursery.RunAsync(nursery => { nursery.StartSoon(() => UseAsync(stream)); }); } }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { nursery.StartSoon(async () => { using (var stream = Open()) await UseAsync(stream); }); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var stream = Open(); nursery.StartSoon(() => UseAsync(stream)); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { using (var stream = Open()) { await UseAsync(stream); } nursery.StartSoon(() => WorkAsync()); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { using (var stream = Open()) { nursery.StartSoon(() => WorkAsync()); await UseAsync(stream); } });")]
    [InlineData("Task M() => Nursery.RunAsync(async outer => { using (var stream = Open()) { await Nursery.RunAsync(inner => { inner.StartSoon(() => UseAsync(stream)); }); } });")]
    [InlineData("Task M(Stream stream) => Nursery.RunAsync(nursery => { using (stream) { nursery.StartSoon(() => WorkAsync()); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using (var stream = Open()) { var length = stream.Length; nursery.StartSoon(() => Task.Delay((int)length)); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using (var source = new CancellationTokenSource()) { var token = source.Token; nursery.StartSoon(() => Task.Delay(1, token)); } });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { using (var stream = Open()) { var count = nursery.StartSoon(() => ReadAsync(stream)); await count.Task; } });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { using (var stream = Open()) { Log(await nursery.StartSoon(() => ReadAsync(stream)).Task); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using (var stream = Open()) { nursery.StartSoon(() => WorkAsync(), nameof(stream)); } });")]
    [InlineData("async Task M() { using (var stream = Open()) { await Task.Run(() => UseAsync(stream)); } }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Stream stream; using (stream = Open()) { nursery.StartSoon(() => WorkAsync()); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { foreach (var path in new[] { 1 }) { nursery.StartSoon(() => Task.Delay(path)); } });")]
    [InlineData("Task M(Runner runner) { using (var stream = Open()) { runner.StartSoon(() => UseAsync(stream)); } return WorkAsync(); } class Runner { public void StartSoon(Func<Task> child) { } }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Use(nursery); }); void Use(Nursery nursery) { var stream = Open(); nursery.StartSoon(() => UseAsync(stream)); }")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(TimeSpan.FromSeconds(1), async token => { using (var stream = Open()) { await UseAsync(stream); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { nursery.StartSoon(async () => { using (var stream = Open()) { await Nursery.RunAsync(inner => { inner.StartNow(() => UseAsync(stream)); }); } }); });")]
    [InlineData("void M() { using (var stream = Open()) { stream.Flush(); } }")]
    public Task WhereTheResourceOutlivesTheChild(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("async Task M() { using var stream = Open(); await Nursery.RunAsync(nursery => { nursery.StartSoon(() => UseAsync(stream)); }); }")]
    [InlineData("async Task M() { await using var stream = Open(); await Nursery.RunAsync(async nursery => { nursery.StartSoon(() => UseAsync(stream)); await WorkAsync(); }); }")]
    [InlineData("async Task M() { using var stream = Open(); await using var nursery = Nursery.Open(); nursery.StartSoon(() => UseAsync(stream)); }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { nursery.StartSoon(async () => { using var stream = Open(); await UseAsync(stream); }); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { using var stream = Open(); nursery.StartSoon(() => WorkAsync()); await UseAsync(stream); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { using var stream = Open(); var length = stream.Length; nursery.StartSoon(() => Task.Delay((int)length)); await WorkAsync(); });")]
    [InlineData("Task M() => Nursery.RunAsync(async outer => { using var stream = Open(); await Nursery.RunAsync(inner => { inner.StartSoon(() => UseAsync(stream)); }); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { using var stream = Open(); var child = nursery.StartSoon(() => ReadAsync(stream)); Log(await child.Task); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Stream stream = Open(); nursery.StartSoon(async () => { await using var mine = stream; await UseAsync(mine); }); });")]
    public Task WhereTheResourceOutlivesTheChildInNewerLanguage(string members) => VerifyNewestAsync(members + Members);

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf("using System.IO; using System.Threading.Tasks; using Structured.Concurrency; class C { Task M() => Nursery.RunAsync(nursery => { using (var file = new MemoryStream()) { nursery.StartSoon(() => file.FlushAsync()); } }); }");
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task SilentWithoutTheRuntime()
    {
        var test = TestOf("using System; using System.Threading.Tasks; class C { void M() { Console.WriteLine(); } }");
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("Task M() => Nursery.RunAsync(nursery => { using var stream = ; nursery.StartSoon(( => missing(stream)); nursery.StartSoon(stream"), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        test.TestBehaviors = TestBehaviors.SkipGeneratedCodeCheck | TestBehaviors.SkipSuppressionCheck;
        return test.RunAsync();
    }
}
