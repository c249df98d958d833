using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Structured.Analyzers;

namespace Structured.Neighbours.Tests;

/// <summary>What each suppressor takes back, and what it leaves, of what the neighbours say.</summary>
public class SuppressorTests
{
    /// <summary>A title, the members of a class, and which of the rules that the suppressor knows are still reported.</summary>
    private static readonly (string Title, StructuredSuppressor Suppressor, string Members, string[] Left)[] Cases =
    [
        ("A child is under the scope of its nursery", new SCS0001ScopeIsObserved(), "Task M(CancellationToken token) => Nursery.RunAsync(nursery => nursery.StartSoon(() => ToThread.RunAsync(() => Work())), token);", []),
        ("A nursery inside another", new SCS0001ScopeIsObserved(), "Task M(CancellationToken token) => Nursery.RunAsync(async nursery => { await Nursery.RunAsync(inner => inner.StartSoon(() => WorkAsync())); Work(); }, token);", []),
        ("A checkpoint beside the nursery of the object", new SCS0001ScopeIsObserved(), "private readonly OwnedNursery _nursery = Nursery.Open(); async Task M() { await Checkpoint.YieldAsync(); _nursery.StartSoon(() => M()); }", []),
        ("A receiver in a child", new SCS0001ScopeIsObserved(), "Task M(Receiver<int> receiver, CancellationToken token) => Nursery.RunAsync(async nursery => { await foreach (var item in receiver) Use(item); }, token);", []),
        ("A nursery beside a token, under no scope", new SCS0001ScopeIsObserved(), "async Task M(CancellationToken token) { await Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())); token.ThrowIfCancellationRequested(); }", ["MA0040", "S8949"]),
        ("A delay does not see the scope", new SCS0001ScopeIsObserved(), "Task M(CancellationToken token) => Nursery.RunAsync(async nursery => { await Task.Delay(1); Work(); }, token);", ["MA0040", "S8949"]),
        ("Work on a thread, beside a token, under no scope", new SCS0001ScopeIsObserved(), "async Task M(CancellationToken token) { await ToThread.RunAsync(() => Work()); token.ThrowIfCancellationRequested(); }", ["CA2016", "MA0040", "S8949"]),
        ("Of the same name, but not of the runtime", new SCS0001ScopeIsObserved(), "Task M(CancellationToken token) => Nursery.RunAsync(async nursery => { await RunAsync(() => Work()); Work(); }, token); static Task RunAsync(Action work, CancellationToken token = default) { work(); return Task.Delay(1, token); }", ["MA0040", "S8949"]),

        ("A function that only joins", new SCS0002JoinKeepsItsFunction(), "async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())); }", []),
        ("Without going back to the context", new SCS0002JoinKeepsItsFunction(), "async Task M() { await Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())).ConfigureAwait(false); }", []),
        ("Another function that only awaits", new SCS0002JoinKeepsItsFunction(), "async Task M() { await WorkAsync(); }", ["AsyncFixer01", "MA0215", "VSTHRD202"]),
        ("A child that ends with an await", new SCS0002JoinKeepsItsFunction(), "Task M() => Nursery.RunAsync(nursery => nursery.StartSoon(async () => { Work(); return await Task.FromResult(1); }));", []),
        ("Another lambda that ends with an await", new SCS0002JoinKeepsItsFunction(), "Func<Task<int>> M() => async () => { Work(); return await Task.FromResult(1); };", ["MA0215", "RCS1174"]),

        ("Dispose only cancels", new SCS0003NurseryNeedsNoDisposePattern(), "public class P : IDisposable, IAsyncDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void Dispose() => _nursery.Cancel(); public async ValueTask DisposeAsync() { await _nursery.DisposeAsync(); } }", []),
        ("In a block", new SCS0003NurseryNeedsNoDisposePattern(), "public class P : IDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void Dispose() { _nursery.Cancel(); } }", []),
        ("Dispose frees something", new SCS0003NurseryNeedsNoDisposePattern(), "public class P : IDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); private readonly Timer _timer = new Timer(_ => { }); public void Dispose() { _nursery.Cancel(); _timer.Dispose(); } }", ["CA1063", "CA1816", "S3881"]),
        ("With a finalizer", new SCS0003NurseryNeedsNoDisposePattern(), "public class P : IDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void Dispose() => _nursery.Cancel(); ~P() => Work(); }", ["CA1063", "CA1816", "S3881"]),
        ("What it cancels is no nursery", new SCS0003NurseryNeedsNoDisposePattern(), "public class P : IDisposable { private readonly CancellationTokenSource _stop = new(); public void Dispose() => _stop.Cancel(); }", ["CA1063", "CA1816", "S3881"]),

        ("Its own Dispose", new SCS0004DisposeIsPartOfDisposeAsync(), "sealed class P : IDisposable, IAsyncDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void Dispose() => _nursery.Cancel(); public async ValueTask DisposeAsync() { Dispose(); await _nursery.DisposeAsync(); } }", []),
        ("Its own Dispose, with this", new SCS0004DisposeIsPartOfDisposeAsync(), "sealed class P : IDisposable, IAsyncDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void Dispose() => _nursery.Cancel(); public async ValueTask DisposeAsync() { this.Dispose(); await _nursery.DisposeAsync(); } }", []),
        ("In another method", new SCS0004DisposeIsPartOfDisposeAsync(), "sealed class P : IDisposable, IAsyncDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); public void Dispose() => _nursery.Cancel(); public async ValueTask DisposeAsync() { await _nursery.DisposeAsync(); } public async Task StopAsync() { Dispose(); await _nursery.JoinAsync(); } }", ["CA1849", "MA0042", "S6966", "VSTHRD103"]),
        ("Of something else", new SCS0004DisposeIsPartOfDisposeAsync(), "sealed class P : IAsyncDisposable { private readonly OwnedNursery _nursery = Nursery.Open(); private readonly Timer _timer = new Timer(_ => { }); public async ValueTask DisposeAsync() { _timer.Dispose(); await _nursery.DisposeAsync(); } }", ["MA0042", "S6966"]),

        ("A filter that lets cancellation through", new SCS0005HandlerLetsCancellationThrough(), "void M() { try { Work(); } catch (Exception e) when (e is not OperationCanceledException) { Use(e); } }", []),
        ("No filter", new SCS0005HandlerLetsCancellationThrough(), "void M() { try { Work(); } catch (Exception e) { Use(e); } }", ["S2221"]),
        ("A filter about something else", new SCS0005HandlerLetsCancellationThrough(), "void M() { try { Work(); } catch (Exception e) when (e.Message is not null) { Use(e); } }", ["S2221"]),
    ];

    private static readonly Lazy<Task<IReadOnlyList<Report>>> LazyReports = new(static () => Neighbours.ReportAsync(Cases.Select(static each => Source(each.Members))));

    public static TheoryData<string> Titles => new(Cases.Select(static each => each.Title));

    [Theory]
    [MemberData(nameof(Titles))]
    public async Task Takes_back_what_is_beside_the_point(string title)
    {
        var index = Array.FindIndex(Cases, each => each.Title == title);
        Assert.Equal(Cases[index].Left, LeftOf(Cases[index].Suppressor, (await LazyReports.Value)[index]));
    }

    [Fact]
    public async Task Is_silent_where_the_package_is_switched_off()
    {
        var reports = await Neighbours.ReportAsync(Cases.Where(static each => each.Left.Length == 0).Select(static each => Source(each.Members)), preset: "off");
        Assert.All(Cases.Where(static each => each.Left.Length == 0).Zip(reports), static each => Assert.NotEmpty(LeftOf(each.First.Suppressor, each.Second)));
    }

    private static IEnumerable<string> LeftOf(StructuredSuppressor suppressor, Report report)
    {
        var known = suppressor.SupportedSuppressions.Select(static each => each.SuppressedDiagnosticId).ToHashSet();
        return report.Diagnostics.Select(static each => each.Id).Where(known.Contains).Distinct().Order(StringComparer.Ordinal);
    }

    private static string Source(string members) => $$"""
        using System;
        using System.Threading;
        using System.Threading.Tasks;
        using Structured.Concurrency;

        public class C
        {
            {{members}}

            static void Work() { }
            static void Use(object value) { }
            static Task WorkAsync() => Task.Run(Work, CancellationToken.None);
        }
        """;
}
