using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC2004Tests : RuleTest<SC2004TokenIsNotPassedOn>
{
    private const string More = """

        static Task SaveAsync(int number, CancellationToken token = default(CancellationToken)) => Task.Delay(number, token);
        static Task SendAsync(string text) => Task.Delay(1);
        static Task SendAsync(string text, CancellationToken token) => Task.Delay(1, token);
        static int Count(int start, CancellationToken token = default(CancellationToken)) => start;
        """;

    [Theory]
    [InlineData("async Task M(CancellationToken token) { await [|SaveAsync|](1); }")]
    [InlineData("async Task M(CancellationToken token) { await [|SendAsync|](\"a\"); }")]
    [InlineData("async Task M(CancellationToken token) { await [|SendAsync|](\"a\").ConfigureAwait(false); }")]
    [InlineData("Task M(CancellationToken token) { return [|SaveAsync|](1); }")]
    [InlineData("Task M(CancellationToken token) => [|SaveAsync|](1);")]
    [InlineData("async Task M(Stream stream, CancellationToken token) { await stream.[|ReadAsync|](new byte[1], 0, 1); }")]
    [InlineData("async Task M(Stream stream, CancellationToken token) { await stream.[|FlushAsync|](); }")]
    [InlineData("async Task M(SemaphoreSlim turn, CancellationToken token) { await turn.[|WaitAsync|](); }")]
    [InlineData("void M(SemaphoreSlim turn, CancellationToken token) { turn.[|Wait|](); }")]
    [InlineData("int M(CancellationToken token) => [|Count|](1);")]
    [InlineData("async Task M(CancellationToken token) { var work = [|SaveAsync|](1); await work; }")]
    [InlineData("async Task M(CancellationToken token) { await Task.WhenAll([|SaveAsync|](1), [|SendAsync|](\"a\")); }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { await Task.WhenAll(items.Select(item => [|SaveAsync|](item))); }")]
    [InlineData("async Task M(CancellationToken token) { if (!token.IsCancellationRequested) await [|SaveAsync|](1); }")]
    [InlineData("async Task M(CancellationToken token) { if (token.IsCancellationRequested) Work(); else await [|SaveAsync|](1); }")]
    [InlineData("async Task M(CancellationToken token) { while (token.CanBeCanceled) Work(); await [|SaveAsync|](1); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } finally { await CloseAsync(token); } await CloseAsync(token); } private async Task CloseAsync(CancellationToken token) { await [|SaveAsync|](1); }")]
    [InlineData("Func<Task> M(CancellationToken token) { return (() => [|SaveAsync|](1)); }")]
    [InlineData("Task M(CancellationToken token) => Task.Run((Func<Task>)(() => [|SaveAsync|](1)));")]
    [InlineData("async Task M(CancellationToken token) { await Local(); async Task Local() { await Task.Run(() => [|SaveAsync|](1)); } }")]
    [InlineData("public async Task M(CancellationToken token, Stream stream) { await stream.[|FlushAsync|](); }")]
    public Task ATokenParameter(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { using (var linked = CancellationTokenSource.CreateLinkedTokenSource(token)) await [|SaveAsync|](1); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { await [|SaveAsync|](1); }")]
    [InlineData("CancellationToken Stopping { get; } async Task M() { await [|SaveAsync|](1); }")]
    [InlineData("Task M(CancellationToken token) => Task.Run(async () => { await [|SaveAsync|](1); });")]
    [InlineData("Func<CancellationToken, Task> M() => async token => { await [|SaveAsync|](1); };")]
    [InlineData("async Task M(CancellationToken token) { var inner = token; await [|SaveAsync|](1); }")]
    [InlineData("async Task M() { using (var stop = new CancellationTokenSource()) { Console.CancelKeyPress += (sender, e) => stop.Cancel(); await [|SaveAsync|](1); } }")]
    [InlineData("Func<CancellationToken, Task> _later; void M() { _later = token => Task.Run(() => [|SaveAsync|](1)); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { await [|SaveAsync|](1); _stop.Cancel(); }")]
    public Task AnotherToken(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(async token => { await [|SaveAsync|](1); }); }")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(TimeSpan.FromSeconds(1), token => [|SaveAsync|](1));")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { await [|SaveAsync|](1); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { nursery.StartSoon(() => [|SaveAsync|](1)); });")]
    public Task InsideAScope(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("Task M(CancellationToken outer) => CancelScope.FailAfterAsync(TimeSpan.FromSeconds(1), token => SaveAsync(1, [|outer|]));")]
    [InlineData("void M(Nursery nursery, CancellationToken outer) { nursery.StartSoon(async token => { await SaveAsync(1, [|outer|]); }); }")]
    [InlineData("Task M(CancellationToken outer) => CancelScope.MoveOnAfterAsync(TimeSpan.FromSeconds(1), async token => { await Task.WhenAll(new[] { 1 }.Select(item => SaveAsync(item, [|outer|]))); });")]
    [InlineData("Task M(CancellationToken outer) => CancelScope.FailAfterAsync(TimeSpan.FromSeconds(1), async token => { var own = token; await SaveAsync(1, [|outer|]); });")]
    public Task TheOuterTokenInAScope(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { await SaveAsync(1, token); }")]
    [InlineData("async Task M(CancellationToken token) { await SaveAsync(1, CancellationToken.None); }")]
    [InlineData("async Task M(CancellationToken token) { await SaveAsync(1, default(CancellationToken)); }")]
    [InlineData("async Task M() { await SaveAsync(1); }")]
    [InlineData("async Task M(CancellationToken _) { await SaveAsync(1); }")]
    [InlineData("async Task M(CancellationToken token) { await WorkAsync(); Work(); }")]
    [InlineData("async Task M(CancellationToken first, CancellationToken second) { await SaveAsync(1); }")]
    [InlineData("CancellationTokenSource _reading, _writing; async Task M() { await SaveAsync(1); }")]
    [InlineData("CancellationToken _token; static async Task M() { await SaveAsync(1); }")]
    [InlineData("async Task M(CancellationTokenSource source) { await SaveAsync(1, source.Token); }")]
    [InlineData("async Task M() { using (var stop = new CancellationTokenSource()) { await SaveAsync(1); stop.Cancel(); } }")]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(1000); await SaveAsync(1); Log(stop); }")]
    [InlineData("async Task M() { var none = CancellationToken.None; await SaveAsync(1); Log(none); }")]
    [InlineData("async Task M() { var none = default(CancellationToken); await SaveAsync(1); Log(none); }")]
    [InlineData("async Task M() { var none = new CancellationToken(); await SaveAsync(1); Log(none); }")]
    public Task PassedOrNotClear(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("static Task SendAsync(int number) => SendAsync(number, default(CancellationToken)); static Task SendAsync(int number, CancellationToken token) => SendAsync(number);")]
    [InlineData("static Task<int> GetAsync(int id) => Task.FromResult(id); static ValueTask<int> GetAsync(int id, CancellationToken token) => default(ValueTask<int>); async Task M(CancellationToken token) { await GetAsync(1); }")]
    [InlineData("static Task FindAsync(params object[] keys) => Task.CompletedTask; static Task FindAsync(object[] keys, CancellationToken token) => Task.CompletedTask; async Task M(CancellationToken token) { await FindAsync(1); }")]
    [InlineData("static Task PutAsync(string text) => Task.CompletedTask; static Task PutAsync(int number, CancellationToken token) => Task.CompletedTask; async Task M(CancellationToken token) { await PutAsync(\"a\"); }")]
    [InlineData("static Task PutAsync(string text) => Task.CompletedTask; [Obsolete] static Task PutAsync(string text, CancellationToken token) => Task.CompletedTask; async Task M(CancellationToken token) { await PutAsync(\"a\"); }")]
    [InlineData("Task PutAsync(string text) => Task.CompletedTask; static Task PutAsync(string text, CancellationToken token) => Task.CompletedTask; async Task M(CancellationToken token) { await PutAsync(\"a\"); }")]
    [InlineData("class D { public Task PutAsync(string text) => Task.CompletedTask; private Task PutAsync(string text, CancellationToken token) => Task.CompletedTask; } async Task M(D other, CancellationToken token) { await other.PutAsync(\"a\"); }")]
    public Task AnOverloadThatDoesNotFit(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Task M(CancellationToken token) => Task.Run(Work);")]
    [InlineData("Task M(CancellationToken token) => Task.Factory.StartNew(Work);")]
    [InlineData("void M(BlockingCollection<int> items, CancellationToken token) { items.Add(1); }")]
    [InlineData("async Task M(SemaphoreSlim turn, CancellationToken token) { turn.Wait(); await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { await Task.Delay(1); }")]
    [InlineData("void M(CancellationToken token) { WorkAsync().ContinueWith(_ => Work()); WorkAsync().Wait(); }")]
    [InlineData("void M(TaskCompletionSource<int> done, CancellationToken token) { done.TrySetCanceled(); }")]
    [InlineData("void M(CancellationToken token) { var linked = CancellationTokenSource.CreateLinkedTokenSource(token); Log(linked); }")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { await Checkpoint.SleepAsync(1); });")]
    [InlineData("Task M(CancellationToken token) => Nursery.RunAsync(async nursery => { await Checkpoint.SleepAsync(1); });")]
    [InlineData("async Task M(SemaphoreSlim turn, CancellationToken token) { if (await turn.WaitAsync(0)) Work(); }")]
    public Task CallsThatOthersLookAfter(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } finally { await SaveAsync(1); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } catch (Exception) { await SaveAsync(1); throw; } }")]
    [InlineData("async Task M(CancellationToken token) { if (token.IsCancellationRequested) await SaveAsync(1); }")]
    [InlineData("async Task M(CancellationToken token) { while (!token.IsCancellationRequested) await WorkAsync(); await SaveAsync(1); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task StopAsync() { _stop.Cancel(); await SaveAsync(1); }")]
    [InlineData("Task M(CancellationToken outer) => CancelScope.ShieldAsync(token => SaveAsync(1, token));")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task StopAsync() { _stop?.Cancel(); await SaveAsync(1); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task StopAsync() { await this._stop.CancelAsync(); await SaveAsync(1); }")]
    [InlineData("async Task M(CancellationToken token) { if (!token.IsCancellationRequested) Work(); else await SaveAsync(1); }")]
    [InlineData("async Task M(CancellationToken token) { if ((token.IsCancellationRequested)) { Work(); await SaveAsync(1); } }")]
    [InlineData("async Task M(CancellationTokenSource stop) { while (!stop.Token.IsCancellationRequested) Work(); await SaveAsync(1); }")]
    [InlineData("void M(CancellationToken token) { token.UnsafeRegister(_ => { SaveAsync(1).Wait(); }, null); }")]
    [InlineData("class P : IDisposable { readonly CancellationTokenSource _stop = new CancellationTokenSource(); public void Dispose() { SaveAsync(1).Wait(); } }")]
    [InlineData("class P : IAsyncDisposable { readonly CancellationTokenSource _stop = new CancellationTokenSource(); public ValueTask DisposeAsync() => DisposeAsyncCore(); protected virtual async ValueTask DisposeAsyncCore() { await SaveAsync(1); } }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); ~C() { SaveAsync(1).Wait(); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } finally { await CloseAsync(token); } } private async Task CloseAsync(CancellationToken token) { await SaveAsync(1); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } finally { await CloseAsync(token, 3); } } private async Task CloseAsync(CancellationToken token, int times) { if (times > 0) await CloseAsync(token, times - 1); await SaveAsync(1); }")]
    public Task Cleaning(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("void M(CancellationToken token) { SaveAsync(1); }")]
    [InlineData("void M(CancellationToken token) { _ = SaveAsync(1); }")]
    [InlineData("event EventHandler Changed; void M(CancellationToken token) { Changed += async (sender, e) => await SaveAsync(1); }")]
    [InlineData("Func<Task> _later; void M(CancellationToken token) { _later = () => SaveAsync(1); }")]
    [InlineData("void M(CancellationToken token) { Expression<Func<Task>> tree = () => SaveAsync(1, default(CancellationToken)); Log(tree); }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } } static Task HandleAsync(Request request, CancellationToken token = default(CancellationToken)) => WorkAsync(); async Task M(Request request) { await HandleAsync(request); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); Func<Task> _later; void M() { _later = (() => SaveAsync(1)); }")]
    [InlineData("async Task M(CancellationToken token) { Func<Task> later = () => Task.Run(() => SaveAsync(1)); await WorkAsync(); Log(later); }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } } static Task HandleAsync(Request request, string text, CancellationToken token = default(CancellationToken)) => Task.Delay(1, token); async Task M(Request request, string text) { await HandleAsync(request, text); }")]
    [InlineData("CancellationToken _parent; async Task SetAsync(SemaphoreSlim gate, CancellationToken token) { await gate.WaitAsync(); _parent = token; }")]
    [InlineData("CancellationTokenSource _stop; async Task SetAsync(SemaphoreSlim gate, CancellationToken token) { await gate.WaitAsync(); try { this._stop = CancellationTokenSource.CreateLinkedTokenSource(token, default(CancellationToken)); } finally { gate.Release(); } }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } } async Task HandleAsync(Request request) { await SaveAsync(1); } void M(Request request) { _ = HandleAsync(request); }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } } async Task HandleAsync(Request request) { await SaveAsync(1); } void M(OwnedNursery nursery, Request request) { nursery.StartNow(() => HandleAsync(request)); }")]
    public Task WhatRunsOnByIntent(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); Task LoopAsync() => SaveAsync(1, _stop.Token); async Task M() { await SaveAsync(1); }")]
    [InlineData("CancellationTokenSource _wait; CancellationToken Waiting => _wait.Token; async Task M() { await SaveAsync(1); _wait = new CancellationTokenSource(); await SaveAsync(2, Waiting); }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } } static readonly CancellationTokenSource Stop = new CancellationTokenSource(); async Task M(Request request) { await SaveAsync(1); }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } } readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M(Request request = null) { await SaveAsync(1); }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } } async Task M(Request request = null) { await SaveAsync(1); }")]
    [InlineData("partial class P { readonly CancellationTokenSource _stop = new CancellationTokenSource(); Task LoopAsync() => SaveAsync(1, _stop.Token); } partial class P { async Task M() { await SaveAsync(1); } }")]
    public Task ATokenOfTheTypeThatIsNotMeant(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { await SaveAsync(1, _stop.Token); await [|SaveAsync|](2); }")]
    public Task ATokenOfTheTypeThatTheFunctionUses(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(SemaphoreSlim turn, CancellationToken token) { try { await turn.WaitAsync(); Work(); } finally { turn.Release(); } }")]
    [InlineData("SemaphoreSlim Turn { get; } async Task M(CancellationToken token) { try { if (Compute() == 1) { await Turn.WaitAsync().ConfigureAwait(false); Work(); } } finally { Turn.Release(); } }")]
    [InlineData("static void Retry(Action onRetry) { } void M(CancellationToken token) { Retry(onRetry: () => Count(1)); }")]
    [InlineData("async Task M(CancellationToken token) { _ = Task.Run(() => SaveAsync(1)); await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { _ = Task.Run(async () => { await SaveAsync(1); }).ContinueWith(task => Log(task)); await WorkAsync(); }")]
    [InlineData("void M(CancellationToken token) { token.Register(() => Count(1)); }")]
    public Task WhatMustRunToItsEnd(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("void M(CancellationToken token) { SaveAsync(1, token).Join(); }")]
    [InlineData("void M(CancellationToken token) { Waits.Join(SaveAsync(1, token)); }")]
    [InlineData("void M(CancellationToken token) { var work = SaveAsync(1); if (!work.IsCompleted) work.Join(token); }")]
    [InlineData("async Task M(CancellationToken token) { var work = SaveAsync(1); await work.WaitAsync(token); }")]
    [InlineData("void M(CancellationToken token) { [|SaveAsync|](1).[|Join|](); }")]
    [InlineData("void M(CancellationToken token) { var work = [|SaveAsync|](1); Log(token); Log(work); }")]
    [InlineData("void M(CancellationToken token) { var work = [|SaveAsync|](1); work.[|Join|](); }")]
    [InlineData("class Args { public Args(int code, CancellationToken token) { } } static Task CloseAsync(Args args, CancellationToken token = default(CancellationToken)) => Task.Delay(1, token); async Task M(CancellationToken token) { var args = new Args(1, token: token); await CloseAsync(args); await CloseAsync(new Args(2, token)); }")]
    [InlineData("class Args { public Args(int code, CancellationToken token) { } } static Task CloseAsync(Args args, CancellationToken token = default(CancellationToken)) => Task.Delay(1, token); async Task M(CancellationToken token) { var args = new Args(1, token: CancellationToken.None); await [|CloseAsync|](args); }")]
    public Task WaitsForWorkThatHasTheToken(string members) => VerifyFileAsync("using System; using System.Threading; using System.Threading.Tasks; class C { static void Log(object message) { } " + members + More + " } static class Waits { public static void Join(this Task work, CancellationToken token = default(CancellationToken)) { work.Wait(token); } }");

    [Theory]
    [InlineData("async Task M(SemaphoreSlim turn, CancellationToken token) { await turn.[|WaitAsync|](); try { Work(); } finally { turn.Release(); } }")]
    [InlineData("void M(CancellationToken token) { Task.Run(async () => { await [|SaveAsync|](1); }); }")]
    [InlineData("CancellationToken _parent; async Task SetAsync(CancellationToken token) { await [|SaveAsync|](1); _parent = token; await SaveAsync(2, token); }")]
    [InlineData("async Task SetAsync(CancellationToken token) { await [|SaveAsync|](1); var parent = token; Log(parent); }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } } async Task HandleAsync(Request request) { await [|SaveAsync|](1); } async Task M(Request request) { _ = HandleAsync(request); await HandleAsync(request); }")]
    [InlineData("public class Request { public CancellationToken Aborted { get; } } public async Task HandleAsync(Request request) { await [|SaveAsync|](1); } void M(Request request) { _ = HandleAsync(request); }")]
    public Task WhatMayBeCancelled(string members) => VerifyMembersAsync(members + More);

    [Fact]
    public Task NewerLanguage()
        => VerifyFileAsync("""
            class C
            {
                static async IAsyncEnumerable<int> Items([EnumeratorCancellation] CancellationToken token = default) { await Task.Delay(1, token); yield return 1; }
                async Task M(CancellationToken token) { await foreach (var item in [|Items|]()) Console.WriteLine(item); }
                async Task N(CancellationToken token) { await foreach (var item in Items().WithCancellation(token)) Console.WriteLine(item); }
                async Task P(Stream stream, CancellationToken token) { await stream.[|CopyToAsync|](Stream.Null); await (stream?.FlushAsync() ?? Task.CompletedTask); }
                public ValueTask DisposeAsync() => default;
            }
            class D : IAsyncDisposable
            {
                readonly CancellationTokenSource _stop = new();
                public async ValueTask DisposeAsync() { await Stream.Null.FlushAsync(); }
            }
            """);

    [Fact]
    public Task TheMessageTellsWhichToken()
    {
        var test = TestOf(InClass("async Task M(CancellationToken token) { await {|#0:SaveAsync|}(1); }" + More));
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC2004TokenIsNotPassedOn>.Diagnostic("SC2004").WithLocation(0).WithSeverity(DiagnosticSeverity.Info)
            .WithMessage("'SaveAsync' is not given 'token', so it runs on when that is cancelled; pass it"));
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("async Task M(CancellationToken token) { await SaveAsync(; await SaveAsync(missing); } async Task N(CancellationToken token) { await SaveAsync(missing" + More), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M(CancellationToken token) { await CancelScope.FailAfterAsync(TimeSpan.FromSeconds(1), inner => SaveAsync(1, {|#0:token|})); }", "'SaveAsync' is given 'token', which does not know of the scope around it; its own token is 'inner'")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members + More, message);
}
