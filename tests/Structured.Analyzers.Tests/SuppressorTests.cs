using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

/// <summary>
/// What each suppressor takes back, and what it leaves, wherever a neighbour reports: a stand-in says at <c>[|…|]</c> what the neighbour would say. What the real neighbours say where is
/// in Neighbours.Tests.
/// </summary>
public class SuppressorTests
{
    private const string Helpers = """
            static void Work() { }
            static void Use(object value) { }
            static Task WorkAsync() => Task.Run(Work);
            static Task RunAsync(Action work, CancellationToken token = default) { work(); return Task.Delay(1, token); }
        """;

    [Theory]
    [InlineData("Task M(CancellationToken token) => Nursery.RunAsync(nursery => nursery.StartSoon(() => [|ToThread.RunAsync|](() => Work())), token);")]
    [InlineData("Task M(CancellationToken token) => CancelScope.FailAfterAsync(TimeSpan.FromSeconds(1), async scope => { await [|Checkpoint.YieldAsync()|]; });")]
    [InlineData("Task M(CancellationToken token) => Nursery.RunAsync(async nursery => { await Nursery.[|RunAsync|](inner => inner.StartSoon(() => WorkAsync())); Work(); }, token);")]
    [InlineData("Task M(Receiver<int> receiver, CancellationToken token) => Nursery.RunAsync(async nursery => { await foreach (var item in [|receiver|]) Use(item); }, token);")]
    [InlineData("readonly OwnedNursery _nursery = Nursery.Open(); async Task M() { await [|Checkpoint.YieldAsync|](); _nursery.StartSoon(() => M()); }")]
    [InlineData("async Task M() { using var stop = new CancellationTokenSource(); await [|Checkpoint.YieldAsync|](); stop.Cancel(); }")]
    public Task TheScopeIsObserved(string members) => TakesBack(new SCS0001ScopeIsObserved(), members);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { await [|Nursery.RunAsync|](nursery => nursery.StartSoon(() => WorkAsync())); token.ThrowIfCancellationRequested(); }")]
    [InlineData("async Task M(CancellationToken token) { await [|Checkpoint.YieldAsync|](); }")]
    [InlineData("async Task M() { var token = new CancellationToken(true); await [|Checkpoint.YieldAsync|](); Use(token); }")]
    [InlineData("async Task M(CancellationTokenSource stop) { await [|Checkpoint.YieldAsync|](); Use(stop); }")]
    [InlineData("Task M(CancellationToken token) => Nursery.RunAsync(async nursery => { await [|Task.Delay|](1); Work(); }, token);")]
    [InlineData("Task M(CancellationToken token) => Nursery.RunAsync(async nursery => { await [|RunAsync|](() => Work()); Work(); }, token);")]
    [InlineData("Task M(IAsyncEnumerable<int> items, CancellationToken token) => Nursery.RunAsync(async nursery => { await foreach (var item in [|items|]) Use(item); }, token);")]
    [InlineData("async Task M(Receiver<int> receiver, CancellationToken token) { await foreach (var item in [|receiver|]) Use(item); token.ThrowIfCancellationRequested(); }")]
    public Task NoScopeThatWouldBeObserved(string members) => Leaves(new SCS0001ScopeIsObserved(), members);

    [Theory]
    [InlineData("async Task [|M|]() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())); }")]
    [InlineData("async Task [|M|]() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())).ConfigureAwait(false); }")]
    [InlineData("async Task [|M|]() { await Nursery.RunAsync(async nursery => { nursery.StartSoon(() => WorkAsync()); await WorkAsync(); }); }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => nursery.StartSoon([|async|] () => { Work(); return await Task.FromResult(1); }));")]
    [InlineData("Task M() => Nursery.RunAsync([|async|] nursery => { await WorkAsync(); });")]
    [InlineData("Task M() => CancelScope.ShieldAsync([|async|] scope => { await WorkAsync(); });")]
    [InlineData("Task M() { async Task [|Local|]() { await CancelScope.ShieldAsync(scope => WorkAsync()); } return Local(); }")]
    public Task TheJoinKeepsItsFunction(string members) => TakesBack(new SCS0002JoinKeepsItsFunction(), members);

    [Theory]
    [InlineData("async Task [|M|]() { await WorkAsync(); }")]
    [InlineData("async Task [|M|]() { await WorkAsync().ConfigureAwait(false); }")]
    [InlineData("async Task [|M|]() { await WorkAsync(); await Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())); }")]
    [InlineData("Task [|M|]() { Func<Task> later = async () => await Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())); return later(); }")]
    [InlineData("Func<Task<int>> M() => [|async|] () => { Work(); return await Task.FromResult(1); };")]
    [InlineData("[|int|] _field; async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())); }")]
    public Task AFunctionThatJoinsNothingOrMore(string members) => Leaves(new SCS0002JoinKeepsItsFunction(), members);

    [Theory]
    [InlineData("public class [|P|] : IDisposable, IAsyncDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void Dispose() => _nursery.Cancel(); public async ValueTask DisposeAsync() { await _nursery.DisposeAsync(); } }")]
    [InlineData("public class P : IDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void [|Dispose|]() { _nursery.Cancel(); } }")]
    [InlineData("public class P : IDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void [|Dispose|]() { this._nursery.Cancel(); } public void Stop(bool now) => Work(); }")]
    public Task ANurseryNeedsNoDisposePattern(string members) => TakesBack(new SCS0003NurseryNeedsNoDisposePattern(), members);

    [Theory]
    [InlineData("public class [|P|] : IDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); private readonly Timer _timer = new Timer(_ => { }); public void Dispose() { _nursery.Cancel(); _timer.Dispose(); } }")]
    [InlineData("public class [|P|] : IDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void Dispose() => _nursery.Cancel(); ~P() => Work(); }")]
    [InlineData("public class [|P|] : IDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void Dispose() => _nursery.Cancel(); protected virtual void Dispose(bool disposing) { } }")]
    [InlineData("public class [|P|] : IDisposable { private readonly CancellationTokenSource _stop = new(); public void Dispose() => _stop.Cancel(); }")]
    [InlineData("public class [|P|] : IDisposable { private OwnedNursery Nursery { get; } = Structured.Concurrency.Nursery.Open(); public void Dispose() => Nursery.Cancel(); }")]
    [InlineData("public class [|P|] : IDisposable { private readonly Nursery _nursery = null; public void Dispose() => _nursery.Cancel(); }")]
    [InlineData("public class [|P|] : IDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void Dispose() => _nursery.StartSoon(() => WorkAsync()); }")]
    [InlineData("public class [|P|] { private readonly OwnedNursery _nursery = Nursery.Open(); public void Cancel() => _nursery.Cancel(); }")]
    public Task ADisposalThatDoesMore(string members) => Leaves(new SCS0003NurseryNeedsNoDisposePattern(), members);

    [Theory]
    [InlineData("[|Dispose|]();")]
    [InlineData("this.[|Dispose|]();")]
    public Task ItsOwnDisposeIsPartOfDisposeAsync(string call)
        => TakesBack(new SCS0004DisposeIsPartOfDisposeAsync(), "sealed class P : IDisposable, IAsyncDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void Dispose() => _nursery.Cancel(); public async ValueTask DisposeAsync() { " + call + " await _nursery.DisposeAsync(); } }");

    [Theory]
    [InlineData("sealed class P : IDisposable, IAsyncDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void Dispose() => _nursery.Cancel(); public ValueTask DisposeAsync() => _nursery.DisposeAsync(); public async Task StopAsync() { [|Dispose|](); await _nursery.JoinAsync(); } }")]
    [InlineData("sealed class P : IAsyncDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); private readonly Timer _timer = new Timer(_ => { }); public async ValueTask DisposeAsync() { _timer.[|Dispose|](); await _nursery.DisposeAsync(); } }")]
    [InlineData("sealed class P : IAsyncDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); void Close() { } public async ValueTask DisposeAsync() { [|Close|](); await _nursery.DisposeAsync(); } }")]
    [InlineData("sealed class P : IAsyncDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); void Dispose(bool all) { } public async ValueTask DisposeAsync() { [|Dispose|](true); await _nursery.DisposeAsync(); } }")]
    [InlineData("sealed class P : IDisposable, IAsyncDisposable { private readonly Timer _timer = new Timer(_ => { }); public void Dispose() => _timer.Dispose(); public async ValueTask DisposeAsync() { [|Dispose|](); await Task.Yield(); } }")]
    [InlineData("class B : IDisposable { public void Dispose() { } } sealed class P : B, IAsyncDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public async ValueTask DisposeAsync() { [|Dispose|](); await _nursery.DisposeAsync(); } }")]
    public Task AnotherCallOfDispose(string members) => Leaves(new SCS0004DisposeIsPartOfDisposeAsync(), members);

    [Fact]
    public Task AFilterLetsCancellationThrough()
        => TakesBack(new SCS0005HandlerLetsCancellationThrough(), "void M() { try { Work(); } [|catch|] (Exception e) when (e is not OperationCanceledException) { Use(e); } }");

    [Theory]
    [InlineData("void M() { try { Work(); } [|catch|] (Exception e) { Use(e); } }")]
    [InlineData("void M() { try { Work(); } [|catch|] (Exception e) when (e.Message is not null) { Use(e); } }")]
    [InlineData("void M() { try { Work(); } [|catch|] (Exception e) when (e is not InvalidOperationException) { Use(e); } }")]
    [InlineData("void M() { try { Work(); } [|catch|] (Exception e) when (e is OperationCanceledException) { Use(e); } }")]
    public Task AnotherFilterOrNone(string members) => Leaves(new SCS0005HandlerLetsCancellationThrough(), members);

    /// <summary>The ids stand in the comparison with the neighbours, and in what users write to switch a suppressor off.</summary>
    [Theory]
    [InlineData(typeof(SCS0001ScopeIsObserved), "SCS0001: CA2016 MA0032 MA0040 MA0079 MA0080 S8949: The runtime's members observe the scope around them without being given its token.")]
    [InlineData(typeof(SCS0002JoinKeepsItsFunction), "SCS0002: AsyncFixer01 MA0215 RCS1174 VSTHRD202: The function joins what it started, and stays on the stack while it does.")]
    [InlineData(typeof(SCS0003NurseryNeedsNoDisposePattern), "SCS0003: CA1063 CA1816 S3881: Dispose only cancels an owned nursery: there is nothing to finalize.")]
    [InlineData(typeof(SCS0004DisposeIsPartOfDisposeAsync), "SCS0004: CA1849 MA0042 S6966 VSTHRD103: DisposeAsync calls the object's own Dispose; awaiting DisposeAsync instead would call itself.")]
    [InlineData(typeof(SCS0005HandlerLetsCancellationThrough), "SCS0005: S2221: The handler has a filter, which lets cancellation through.")]
    public void WhatItSpeaksOf(Type suppressor, string expected)
    {
        var known = ((StructuredSuppressor)Activator.CreateInstance(suppressor)!).SupportedSuppressions;
        Assert.Equal(expected, Assert.Single(known.Select(static each => each.Id).Distinct()) + ": " + string.Join(" ", known.Select(static each => each.SuppressedDiagnosticId)) + ": " + Assert.Single(known.Select(static each => each.Justification.ToString()).Distinct()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public async Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
        => Assert.False(await IsTakenBack(new SCS0002JoinKeepsItsFunction(), "async Task [|M|]() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())); }", preset));

    [Fact]
    public async Task SilentWithoutTheRuntime()
        => Assert.False(await IsTakenBack(new SCS0005HandlerLetsCancellationThrough(), "void M() { try { Work(); } [|catch|] (Exception e) when (e is not OperationCanceledException) { Use(e); } }", referencesRuntime: false));

    private static async Task TakesBack(StructuredSuppressor suppressor, string members) => Assert.True(await IsTakenBack(suppressor, members));

    private static async Task Leaves(StructuredSuppressor suppressor, string members) => Assert.False(await IsTakenBack(suppressor, members));

    private static async Task<bool> IsTakenBack(StructuredSuppressor suppressor, string members, string? preset = "recommended", bool referencesRuntime = true)
    {
        var usings = "using System; using System.Collections.Generic; using System.Threading; using System.Threading.Tasks;" + (referencesRuntime ? " using Structured.Concurrency;" : "") + "\n";
        var markup = Markup.Parse(usings + "public class C\n{\n" + members + "\n" + Helpers + "\n}\n");
        var tree = CSharpSyntaxTree.ParseText(markup.Text, new CSharpParseOptions(LanguageVersion.Latest));
        var references = referencesRuntime ? References.Framework.Add(References.Runtime) : References.Framework;
        var compilation = CSharpCompilation.Create("Case", [tree], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.Empty(compilation.GetDiagnostics().Where(static each => each.Severity == DiagnosticSeverity.Error));

        var neighbour = new Neighbour(suppressor.SupportedSuppressions.Select(static each => each.SuppressedDiagnosticId), Location.Create(tree, markup.Spans.Single().Span));
        var options = new CompilationWithAnalyzersOptions(new AnalyzerOptions([], new BuildProperty(preset)), onAnalyzerException: null, concurrentAnalysis: false, logAnalyzerExecutionTime: false, reportSuppressedDiagnostics: true);
        var reported = await compilation.WithAnalyzers([neighbour, suppressor], options).GetAnalyzerDiagnosticsAsync();
        Assert.Equal(neighbour.SupportedDiagnostics.Length, reported.Length);
        Assert.Single(reported.Select(static each => each.IsSuppressed).Distinct());
        return reported[0].IsSuppressed;
    }

    [SuppressMessage("MicrosoftCodeAnalysisCorrectness", "RS1001", Justification = "It is made here, not found.")]
    private sealed class Neighbour(IEnumerable<string> ids, Location place) : DiagnosticAnalyzer
    {
        public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ids.Select(static id => new DiagnosticDescriptor(id, "Title", "Message", "Category", DiagnosticSeverity.Warning, isEnabledByDefault: true)).ToImmutableArray();

        public override void Initialize(AnalysisContext context)
        {
            context.EnableConcurrentExecution();
            context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
            context.RegisterSemanticModelAction(model =>
            {
                foreach (var descriptor in SupportedDiagnostics)
                    model.ReportDiagnostic(Diagnostic.Create(descriptor, place));
            });
        }
    }

    private sealed class BuildProperty(string? preset) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Options(preset);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Options(string? preset) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
            {
                value = key == AnalyzerSettings.BuildProperty ? preset : null;
                return value is not null;
            }
        }
    }
}
