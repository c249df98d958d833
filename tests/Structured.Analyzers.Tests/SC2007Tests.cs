using System.Threading.Tasks;

namespace Structured.Analyzers.Tests;

public class SC2007Tests : RuleTest<SC2007TimeoutByHand>
{
    private const string More = """
         static Task WorkAsync(CancellationToken token) => Task.Run(Work, token); static async Task<int> FetchAsync(string url, CancellationToken token = default(CancellationToken)) { await Task.Delay(1, token); return url.Length; }
         static async Task SlowAsync() { await Task.Delay(1); } static async ValueTask<int> ReadAsync(CancellationToken token) { await Task.Delay(1, token); return 1; } static bool TryRead(out int item) { item = 1; return true; }
         TimeSpan Limit { get; } = TimeSpan.FromSeconds(1); CancellationTokenSource _stopping = new CancellationTokenSource();
        """;

    [Theory]
    [InlineData("async Task M() { using (var cts = [|new CancellationTokenSource(1000)|]) await WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { var cts = [|new CancellationTokenSource(TimeSpan.FromSeconds(5))|]; await WorkAsync(cts.Token).ConfigureAwait(false); }")]
    [InlineData("async Task<int> M(string url) { using (var cts = [|new CancellationTokenSource(Limit)|]) { return await FetchAsync(url, cts.Token); } }")]
    [InlineData("async Task<int> M(string url) { using (var cts = new CancellationTokenSource()) { [|cts.CancelAfter(1000)|]; return await FetchAsync(url, cts.Token); } }")]
    [InlineData("async Task<int> M(string url, CancellationToken token) { using (var cts = CancellationTokenSource.CreateLinkedTokenSource(token)) { [|cts.CancelAfter(Limit)|]; return await FetchAsync(url, cts.Token); } }")]
    [InlineData("async Task<int> M(string url, CancellationToken token) { using (var timeout = [|new CancellationTokenSource(1000)|]) using (var both = CancellationTokenSource.CreateLinkedTokenSource(token, timeout.Token)) return await FetchAsync(url, both.Token); }")]
    [InlineData("async Task M() { using (var cts = [|new CancellationTokenSource(1000)|]) { var token = cts.Token; await WorkAsync(token); } }")]
    [InlineData("async Task M() { await WorkAsync([|new CancellationTokenSource(1000)|].Token); }")]
    [InlineData("async Task<int> M() => await FetchAsync(\"\", [|new CancellationTokenSource(Limit)|].Token).ConfigureAwait(false);")]
    [InlineData("async Task M() { using (var cts = [|new CancellationTokenSource(1000)|]) await Task.Run(() => WorkAsync(cts.Token)); }")]
    [InlineData("async Task M() { Func<Task> f = async () => { using (var cts = [|new CancellationTokenSource(1000)|]) await WorkAsync(cts.Token); }; await f(); }")]
    [InlineData("async void M(object sender, EventArgs e) { using (var cts = [|new CancellationTokenSource(1000)|]) await WorkAsync(cts.Token); }")]
    public Task ASourceForOneCall(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { using (var cts = [|new CancellationTokenSource(1000)|]) { await WorkAsync(cts.Token); Work(); await FetchAsync(\"\", cts.Token); } }")]
    [InlineData("async Task M() { using (var cts = [|new CancellationTokenSource(1000)|]) { while (Compute() > 0) await Task.Delay(10, cts.Token); } }")]
    [InlineData("async Task<int> M() { var cts = [|new CancellationTokenSource(1000)|]; try { while (true) { if (TryRead(out var item)) return item; await Task.Delay(10, cts.Token); } } catch (Exception) { throw new TimeoutException(); } }")]
    [InlineData("async Task M() { using (var cts = [|new CancellationTokenSource(1000)|]) { while (!cts.IsCancellationRequested) { await WorkAsync(cts.Token); } } }")]
    [InlineData("async Task M() { using (var cts = [|new CancellationTokenSource(1000)|]) { while (true) { cts.Token.ThrowIfCancellationRequested(); await WorkAsync(cts.Token); } } }")]
    [InlineData("async Task M() { foreach (var each in new[] { 1 }) { using (var cts = [|new CancellationTokenSource(1000)|]) { Log(each); await WorkAsync(cts.Token); } } }")]
    public Task ASourceForOneBlock(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task<bool> M() { using (var cts = [|new CancellationTokenSource(1000)|]) { try { await WorkAsync(cts.Token); return true; } catch (OperationCanceledException) when (cts.IsCancellationRequested) { return false; } } }")]
    [InlineData("async Task M(CancellationToken token) { var cts = CancellationTokenSource.CreateLinkedTokenSource(token); [|cts.CancelAfter(1000)|]; try { await WorkAsync(cts.Token); } catch (OperationCanceledException) when (!token.IsCancellationRequested) { throw new TimeoutException(); } }")]
    [InlineData("async Task M() { var cts = [|new CancellationTokenSource(1000)|]; try { await WorkAsync(cts.Token); } finally { cts.Dispose(); } }")]
    [InlineData("async Task M() { try { using (var cts = [|new CancellationTokenSource(1000)|]) await WorkAsync(cts.Token); } catch (OperationCanceledException) { await SlowAsync(); } }")]
    [InlineData("async Task M() { var cts = [|new CancellationTokenSource(1000)|]; await WorkAsync(cts.Token); if (cts.IsCancellationRequested) Log(1); }")]
    [InlineData("async Task M() { var cts = [|new CancellationTokenSource(1000)|]; await WorkAsync((cts.Token)); if (cts.Token.IsCancellationRequested) Log(1); }")]
    [InlineData("async Task<int> M() { var cts = [|new CancellationTokenSource(1000)|]; Check(cts.Token); return await FetchAsync(\"\", cts.Token); } static bool Check(CancellationToken token) => token.IsCancellationRequested;")]
    [InlineData("async Task M() { try { Work(); } catch (Exception) { var cts = [|new CancellationTokenSource(1000)|]; await WorkAsync(cts.Token); } }")]
    public Task HandlersAndQuestions(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { await [|SlowAsync().WaitAsync(Limit)|]; }")]
    [InlineData("async Task M() { await [|SlowAsync().WaitAsync(TimeSpan.FromSeconds(1))|].ConfigureAwait(false); }")]
    [InlineData("async Task<int> M(CancellationToken token) { return await [|FetchAsync(\"\", token).WaitAsync(Limit, token)|]; }")]
    [InlineData("async Task M() { var work = SlowAsync(); Work(); await [|work.WaitAsync(Limit)|]; }")]
    [InlineData("async Task M() { await [|Task.Run(Work).WaitAsync(Limit)|]; }")]
    [InlineData("async Task<int> M() { try { return await [|FetchAsync(\"\").WaitAsync(Limit)|]; } catch (TimeoutException) { return -1; } }")]
    [InlineData("async Task<int> M(CancellationToken token) { return await [|ReadAsync(token).AsTask().WaitAsync(Limit)|]; }")]
    [InlineData("async Task M() { await [|Task.WhenAll(SlowAsync(), WorkAsync(default(CancellationToken))).WaitAsync(Limit)|]; }")]
    public Task AWaitThatLeavesTheWork(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("await foreach (var item in Items(cts.Token)) Log(item);")]
    [InlineData("await foreach (var item in Items().WithCancellation(cts.Token)) Log(item);")]
    [InlineData("await foreach (var item in Items(cts.Token)) await WorkAsync(cts.Token);")]
    [InlineData("var first = await ReadAsync(cts.Token); Log(await FetchAsync(first.ToString(), cts.Token));")]
    public Task InNewerCode(string statements) => VerifyNewestAsync(
        "async Task M() { using var cts = [|new CancellationTokenSource(Limit)|]; " + statements + " } static async IAsyncEnumerable<int> Items([EnumeratorCancellation] CancellationToken token = default) { await Task.Delay(1, token); yield return 1; }" + More);

    [Fact]
    public Task ACreationWithoutAType() => VerifyNewestAsync("async Task M() { using CancellationTokenSource cts = [|new(Limit)|]; await WorkAsync(cts.Token); }" + More);

    [Fact]
    public Task AProgram() => VerifyFileAsync("""
        using var cts = [|new CancellationTokenSource(1000)|];
        await Task.Delay(10, cts.Token);
        """, outputKind: Microsoft.CodeAnalysis.OutputKind.ConsoleApplication);

    // Whoever holds the source decides when it ends.
    [Theory]
    [InlineData("CancellationTokenSource _limit = new CancellationTokenSource(1000); Task M() => WorkAsync(_limit.Token);")]
    [InlineData("CancellationTokenSource _limit; async Task M() { _limit = new CancellationTokenSource(1000); await WorkAsync(_limit.Token); }")]
    [InlineData("CancellationTokenSource M() { var cts = new CancellationTokenSource(1000); return cts; }")]
    [InlineData("CancellationToken M() => new CancellationTokenSource(1000).Token;")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(1000); Log(cts); await WorkAsync(cts.Token); }")]
    [InlineData("List<CancellationTokenSource> _all = new List<CancellationTokenSource>(); async Task M() { var cts = new CancellationTokenSource(1000); _all.Add(cts); await WorkAsync(cts.Token); }")]
    [InlineData("CancellationToken _token; async Task M() { var cts = new CancellationTokenSource(1000); _token = cts.Token; await WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(1000); Console.CancelKeyPress += (s, e) => cts.Cancel(); await WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { using (var cts = new CancellationTokenSource(1000)) { var work = WorkAsync(cts.Token); if (Compute() > 1) cts.Cancel(); await work; } }")]
    [InlineData("async Task M(CancellationToken token) { var cts = new CancellationTokenSource(1000); using (token.Register(() => cts.Cancel())) await WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(1000); using (cts.Token.Register(Work)) await WorkAsync(cts.Token); }")]
    [InlineData("async Task M(CancellationToken other) { var cts = new CancellationTokenSource(1000); var token = cts.Token; await WorkAsync(token); token = other; await WorkAsync(token); }")]
    [InlineData("static CancellationTokenSource Make() => new CancellationTokenSource(1000); async Task M() { var cts = Make(); await WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(1000); await WorkAsync(CancellationTokenSource.CreateLinkedTokenSource(cts.Token).Token); }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(1000); Read(ref cts); await WorkAsync(cts.Token); } static void Read(ref CancellationTokenSource source) { }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(1000); var keeper = new Tuple<CancellationToken>(cts.Token); await WorkAsync(cts.Token); Log(keeper); }")]
    [InlineData("class Limit2 : CancellationTokenSource { public Limit2(int time) : base(time) { } } async Task M() { var cts = new Limit2(1000); await WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(1000); var holder = Keep(cts.Token); await WorkAsync(cts.Token); Log(holder); } static object Keep(CancellationToken token) => token;")]
    public Task QuietWhereTheSourceIsStoredOrShared(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { using (var cts = new CancellationTokenSource()) await WorkAsync(cts.Token); }")]
    [InlineData("async Task M(CancellationToken token) { using (var cts = CancellationTokenSource.CreateLinkedTokenSource(token, _stopping.Token)) await WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { using (var cts = new CancellationTokenSource(Timeout.Infinite)) await WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { using (var cts = new CancellationTokenSource(Timeout.InfiniteTimeSpan)) await WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { using (var cts = new CancellationTokenSource(-1)) await WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { using (var cts = new CancellationTokenSource(TimeSpan.MaxValue)) await WorkAsync(cts.Token); }")]
    public Task QuietWhereThereIsNoTimeLimit(string members) => VerifyMembersAsync(members + More);

    // A watchdog is set again with every sign of life, and a limit that may not be set is no scope.
    [Theory]
    [InlineData("async Task M() { using (var cts = new CancellationTokenSource(1000)) { while (true) { cts.CancelAfter(1000); await WorkAsync(cts.Token); } } }")]
    [InlineData("async Task M() { using (var cts = new CancellationTokenSource()) { while (true) { cts.CancelAfter(1000); await WorkAsync(cts.Token); cts.CancelAfter(-1); } } }")]
    [InlineData("async Task M(int? limit) { using (var cts = new CancellationTokenSource()) { if (limit.HasValue) cts.CancelAfter(limit.Value); await WorkAsync(cts.Token); } }")]
    [InlineData("async Task M() { using (var cts = new CancellationTokenSource()) { await WorkAsync(cts.Token); cts.CancelAfter(1000); await WorkAsync(cts.Token); } }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(); Action arm = () => cts.CancelAfter(1000); arm(); await WorkAsync(cts.Token); }")]
    [InlineData("async Task M(CancellationToken token) { using (var cts = CancellationTokenSource.CreateLinkedTokenSource(token)) { await WorkAsync(cts.Token); cts.CancelAfter(1000); } }")]
    public Task QuietWhereTheClockIsMoved(string members) => VerifyMembersAsync(members + More);

    // The time is that of more than the calls that are given the token, or of something that outlives them.
    [Theory]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(10000); await SlowAsync(); await WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(10000); await WorkAsync(cts.Token); await SlowAsync(); await WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(10000); while (true) { await SlowAsync(); await WorkAsync(cts.Token); } }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(10000); for (var i = 0; i < 3; i++) { await WorkAsync(cts.Token); await SlowAsync(); } }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(1000); var work = WorkAsync(cts.Token); await SlowAsync(); await work; }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(1000); var options = new ParallelOptions { CancellationToken = cts.Token }; Parallel.For(0, 1, options, _ => { }); await SlowAsync(); }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(1000); _ = WorkAsync(cts.Token); await SlowAsync(); }")]
    [InlineData("class Reader { public Reader(CancellationToken token) { } public Task RunAsync() => Task.Delay(1); } async Task M() { var cts = new CancellationTokenSource(1000); var reader = new Reader(cts.Token); await reader.RunAsync(); }")]
    [InlineData("Task M() { var cts = new CancellationTokenSource(1000); return WorkAsync(cts.Token); }")]
    [InlineData("async Task M() { var cts = new CancellationTokenSource(1000); Func<Task> work = () => WorkAsync(cts.Token); await work(); }")]
    [InlineData("async Task M() { using (var cts = new CancellationTokenSource(1000)) { await WorkAsync(cts.Token); await SlowAsync(); cts.Token.ThrowIfCancellationRequested(); Work(); } }")]
    [InlineData("async Task M(CancellationToken token) { using (var cts = new CancellationTokenSource(1000)) { await WorkAsync(cts.Token); await WorkAsync(CancellationTokenSource.CreateLinkedTokenSource(cts.Token, token).Token); } }")]
    public Task QuietWhereTheTimeIsForMore(string members) => VerifyMembersAsync(members + More);

    // A scope is awaited; code that blocks, or that walks a sequence for somebody else, cannot have one.
    [Theory]
    [InlineData("void M() { using (var cts = new CancellationTokenSource(1000)) WorkAsync(cts.Token).Wait(); }")]
    [InlineData("int M(BlockingCollection<int> items) { using (var cts = new CancellationTokenSource(1000)) return items.Take(cts.Token); }")]
    public Task QuietInSynchronousCode(string members) => VerifyMembersAsync(members + More);

    [Fact]
    public Task QuietInAnIterator() => VerifyNewestAsync("async IAsyncEnumerable<int> M() { using var cts = new CancellationTokenSource(1000); while (true) yield return await ReadAsync(cts.Token); }" + More);

    [Theory]
    [InlineData("TaskCompletionSource<bool> _ready = new TaskCompletionSource<bool>(); async Task M() { await _ready.Task.WaitAsync(Limit); }")]
    [InlineData("async Task M(Task work) { await work.WaitAsync(Limit); }")]
    [InlineData("Task _loop; async Task M() { await _loop.WaitAsync(Limit); }")]
    [InlineData("async Task M() { var work = SlowAsync(); try { await work.WaitAsync(Limit); } catch (TimeoutException) { Log(\"slow\"); } await work; }")]
    [InlineData("async Task M(CancellationToken token) { await SlowAsync().WaitAsync(token); }")]
    [InlineData("async Task M(CancellationToken token) { await SlowAsync().WaitAsync(Timeout.InfiniteTimeSpan, token); }")]
    [InlineData("async Task M() { await SlowAsync().WaitAsync(TimeSpan.Zero); }")]
    [InlineData("async Task M() { using (var stop = new CancellationTokenSource()) { try { await WorkAsync(stop.Token).WaitAsync(Limit); } catch (TimeoutException) { stop.Cancel(); throw; } } }")]
    [InlineData("async Task M(SemaphoreSlim gate) { if (!await gate.WaitAsync(Limit)) return; Work(); }")]
    [InlineData("async Task M() { try { Work(); } finally { await SlowAsync().WaitAsync(Limit); } }")]
    [InlineData("async Task M(TaskCompletionSource<int> reply) { Log(await reply.Task.WaitAsync(Limit)); }")]
    [InlineData("Task<int> _cached; Task<int> Cached() => _cached; async Task M() { Log(await Cached().WaitAsync(Limit)); }")]
    public Task QuietWhereTheWorkIsNotLeftBehindHere(string members) => VerifyMembersAsync(members + More);

    [Fact]
    public Task QuietWhereTheMethodIsDetached() => VerifyMembersAsync("[Detached(\"best effort\")] async Task M() { await SlowAsync().WaitAsync(Limit); }" + More);

    [Theory]
    [InlineData("async Task M() { using (var cts = {|#0:new CancellationTokenSource(1000)|}) await WorkAsync(cts.Token); }", "'new CancellationTokenSource' makes a timeout by hand, which ends its wait with a cancellation that nobody asked for; use 'CancelScope.FailAfterAsync' or 'CancelScope.MoveOnAfterAsync'")]
    [InlineData("async Task M() { using (var cts = new CancellationTokenSource()) { {|#0:cts.CancelAfter(1000)|}; await WorkAsync(cts.Token); } }", "'CancelAfter' makes a timeout by hand, which ends its wait with a cancellation that nobody asked for; use 'CancelScope.FailAfterAsync' or 'CancelScope.MoveOnAfterAsync'")]
    [InlineData("async Task M() { await {|#0:SlowAsync().WaitAsync(Limit)|}; }", "'WaitAsync' makes a timeout by hand, which gives up waiting, and leaves the work running; use 'CancelScope.FailAfterAsync' or 'CancelScope.MoveOnAfterAsync'")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members + More, message);
}
