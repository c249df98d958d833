using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC1006Tests : RuleTest<SC1006WhenAnyLeavesTheLosersRunning>
{
    private const string More = """
         static Task WorkAsync(CancellationToken token) => Task.Run(Work, token); static async Task<int> FetchAsync(string url) { await Task.Delay(1); return url.Length; } static Task FetchAsync(string url, TimeSpan limit) => WorkAsync();
         static Task<int> FetchAsync(string url, CancellationToken token) => Task.Run(() => 1, token); static async Task LoopAsync(CancellationToken token) { while (true) await Task.Delay(1, token); }
         static Task<int> ReadAsync(byte[] buffer) => Task.Run(() => 1); static Task SlowAsync() => Task.Run(Work); static async ValueTask StoreAsync() { await Task.Delay(1); }
        """;

    [Theory]
    [InlineData("async Task M() { var work = SlowAsync(); if (await [|Task.WhenAny(work, Task.Delay(1000))|] != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); var winner = await [|Task.WhenAny(work, Task.Delay(1000))|]; if (winner != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); var delay = Task.Delay(1000); if (await [|Task.WhenAny(work, delay)|] == delay) throw new TimeoutException(); await work; }")]
    [InlineData("async Task<bool> M() { var work = SlowAsync(); return await [|Task.WhenAny(work, Task.Delay(1000))|] == work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); var race = [|Task.WhenAny(work, Task.Delay(1000))|]; if (await race != work) Work(); }")]
    [InlineData("async Task M() { var work = SlowAsync(); var race = [|Task.WhenAny(work, Task.Delay(1000))|]; if (await race.ConfigureAwait(false) != work || race.Result != work) Work(); }")]
    [InlineData("async Task<int> M() { var work = FetchAsync(\"\"); if (await [|Task.WhenAny(work, Task.Delay(1000))|].ConfigureAwait(false) == work) return await work; return -1; }")]
    [InlineData("async Task<int> M() { var work = FetchAsync(\"\"); return await [|Task.WhenAny(work, Task.Delay(1000))|] == work ? await work : -1; }")]
    [InlineData("async Task<int> M() { var work = FetchAsync(\"\"); var timedOut = await [|Task.WhenAny(work, Task.Delay(1000))|] != work; if (timedOut) return -1; return await work; }")]
    [InlineData("async Task M() { await [|Task.WhenAny(SlowAsync(), Task.Delay(1000))|]; Work(); }")]
    [InlineData("async Task M() { var work = SlowAsync(); await [|Task.WhenAny(work, Task.Delay(1000))|]; if (work.IsCompleted) Log(1); else Log(2); }")]
    [InlineData("async Task M() { var work = Task.Run(Work); var winner = await [|Task.WhenAny(work, Task.Delay(1000))|]; Log(winner == work ? 1 : 2); }")]
    [InlineData("async Task M(Func<Task> action, TimeSpan limit) { var work = action(); if (await [|Task.WhenAny(work, Task.Delay(limit))|] != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M() { Task work; work = SlowAsync(); if (await [|Task.WhenAny(Task.Delay(1000), work)|] != work) return; await work; }")]
    [InlineData("void M() { var work = SlowAsync(); if ([|Task.WhenAny(work, Task.Delay(1000))|].Result != work) throw new TimeoutException(); }")]
    [InlineData("void M() { var work = SlowAsync(); [|Task.WhenAny(work, Task.Delay(1000))|].GetAwaiter().GetResult(); Work(); }")]
    [InlineData("async Task M() { var work = StoreAsync().AsTask(); if (await [|Task.WhenAny(work, Task.Delay(1000))|] != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M() { var work = SlowAsync().ContinueWith(t => Work()); if (await [|Task.WhenAny(work, Task.Delay(1000))|] != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M() { var work = SlowAsync().WaitAsync(TimeSpan.FromSeconds(1)); if (await [|Task.WhenAny(work, Task.Delay(1000))|] != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M() { var work = StoreAsync().Preserve().AsTask(); if (await [|Task.WhenAny(work, Task.Delay(1000))|] != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M(bool cached) { Task work = cached ? Task.FromResult(1) : FetchAsync(\"a\"); await [|Task.WhenAny(work, Task.Delay(1000))|]; Work(); }")]
    [InlineData("async Task M(bool cached) { Task work = cached ? Task.FromException<int>(new IOException()) : FetchAsync(\"a\"); await [|Task.WhenAny(work, Task.Delay(1000))|]; Work(); }")]
    [InlineData("async Task M(bool cached) { Task work = cached ? Task.FromCanceled<int>(new CancellationToken(true)) : FetchAsync(\"a\"); await [|Task.WhenAny(work, Task.Delay(1000))|]; Work(); }")]
    [InlineData("async Task M(bool cached) { Task work = cached ? Task.CompletedTask : FetchAsync(\"a\"); await [|Task.WhenAny(work, Task.Delay(1000))|]; Work(); }")]
    [InlineData("async Task M(bool cached) { Task work = cached ? null : FetchAsync(\"a\"); await [|Task.WhenAny(work, Task.Delay(1000))|]; Work(); }")]
    [InlineData("async Task M(bool cached) { Task work = cached ? default(Task) : FetchAsync(\"a\"); await [|Task.WhenAny(work, Task.Delay(1000))|]; Work(); }")]
    [InlineData("async Task M() { var tasks = new List<Task>(); var work = SlowAsync(); tasks.Add(work); await [|Task.WhenAny(work, Task.Delay(1000))|]; Work(); }")]
    [InlineData("async Task M() { var work = SlowAsync(); await [|Task.WhenAny(work, Task.Delay(1000))|]; work = work ?? SlowAsync(); }")]
    [InlineData("async Task M() { var work = SlowAsync(); await [|Task.WhenAny(work, Task.Delay(1000))|]; Log(GetHashCode()); }")]
    public Task ATimeoutLeavesTheWork(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task<int> M() { var a = FetchAsync(\"a\"); var b = FetchAsync(\"b\"); var first = await [|Task.WhenAny(a, b)|]; return await first; }")]
    [InlineData("async Task<int> M(string[] urls) { var tasks = urls.Select(url => FetchAsync(url)).ToList(); var first = await [|Task.WhenAny(tasks)|]; return await first; }")]
    [InlineData("async Task<int> M(string[] urls) { return await await [|Task.WhenAny(urls.Select(FetchAsync))|]; }")]
    [InlineData("async Task<int> M(string[] urls) { var tasks = new List<Task<int>>(); foreach (var url in urls) tasks.Add(FetchAsync(url)); return await await [|Task.WhenAny(tasks)|]; }")]
    [InlineData("async Task M() { await [|Task.WhenAny(new[] { SlowAsync(), WorkAsync(default(CancellationToken)) })|]; }")]
    [InlineData("async Task M() { var all = Task.WhenAll(SlowAsync(), SlowAsync()); if (await [|Task.WhenAny(all, Task.Delay(1000))|] != all) throw new TimeoutException(); await all; }")]
    [InlineData("async Task M(string[] urls) { var tasks = urls.Select(url => FetchAsync(url)).ToArray(); if (await [|Task.WhenAny(Task.WhenAll(tasks), Task.Delay(1000))|].ConfigureAwait(false) == null) Work(); }")]
    [InlineData("Task<Task> M() => [|Task.WhenAny(SlowAsync(), Task.Delay(1000))|];")]
    [InlineData("async Task M(CancellationToken token) { await [|Task.WhenAny(LoopAsync(token), LoopAsync(token))|]; Work(); }")]
    [InlineData("async Task M() { await [|Task.WhenAny(new Task[] { SlowAsync(), WorkAsync(default(CancellationToken)) })|]; Work(); }")]
    [InlineData("async Task M() { await [|Task.WhenAny(new List<Task> { SlowAsync(), WorkAsync(default(CancellationToken)) })|]; Work(); }")]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); await [|Task.WhenAny(new List<Task>(new[] { a, b }))|]; Work(); }")]
    [InlineData("async Task M() { var tasks = new Task[2]; tasks[0] = SlowAsync(); tasks[1] = SlowAsync(); await [|Task.WhenAny(tasks)|]; Work(); }")]
    [InlineData("async Task M(string[] urls) { await [|Task.WhenAny(urls.Select(async url => { await FetchAsync(url); }))|]; Work(); }")]
    [InlineData("async Task M(string[] urls) { var first = urls.Select(FetchAsync).ToList(); await [|Task.WhenAny(first.Concat(urls.Select(FetchAsync)))|]; Work(); }")]
    [InlineData("async Task M() { Task winner; winner = await ([|Task.WhenAny(SlowAsync(), Task.Delay(1000))|]); Log(winner); }")]
    [InlineData("void M() { var work = SlowAsync(); [|Task.WhenAny(work, Task.Delay(1000))|].Wait(); Work(); }")]
    [InlineData("async Task M(string[] urls) { await [|Task.WhenAny(urls.Select(FetchAsync).ToHashSet())|]; Work(); }")]
    [InlineData("async Task M(string[] urls) { await [|Task.WhenAny(urls.Select(FetchAsync).AsEnumerable())|]; Work(); }")]
    [InlineData("async Task M(string[] urls) { await [|Task.WhenAny(urls.Select(FetchAsync).Cast<Task>())|]; Work(); }")]
    [InlineData("async Task M(string[] urls) { await [|Task.WhenAny(urls.Select(FetchAsync).OfType<Task>())|]; Work(); }")]
    [InlineData("async Task M(string[] urls) { await [|Task.WhenAny(urls.Select(FetchAsync).Append(FetchAsync(\"z\")))|]; Work(); }")]
    [InlineData("async Task M(string[] urls) { await [|Task.WhenAny(urls.Select(FetchAsync).Prepend(FetchAsync(\"a\")))|]; Work(); }")]
    [InlineData("async Task M(string[] urls) { await [|Task.WhenAny(urls.Select(FetchAsync).Union(urls.Select(FetchAsync)))|]; Work(); }")]
    [InlineData("async Task M(string[] urls) { await [|Task.WhenAny(urls.Select(FetchAsync).ToArray())|]; Work(); }")]
    [InlineData("async Task M(string[] urls) { await [|Task.WhenAny(urls.Select(FetchAsync).ToList())|]; Work(); }")]
    [InlineData("async Task M() { var tasks = new Queue<Task>(); tasks.Enqueue(SlowAsync()); tasks.Enqueue(SlowAsync()); await [|Task.WhenAny(tasks)|]; Work(); }")]
    [InlineData("async Task M() { var tasks = new Stack<Task>(); tasks.Push(SlowAsync()); tasks.Push(SlowAsync()); await [|Task.WhenAny(tasks)|]; Work(); }")]
    [InlineData("async Task M() { var tasks = new List<Task>(); tasks.Insert(0, SlowAsync()); tasks.Insert(0, SlowAsync()); await [|Task.WhenAny(tasks)|]; Work(); }")]
    [InlineData("async Task M(string[] urls) { var tasks = new List<Task>(); tasks.AddRange(urls.Select(FetchAsync)); await [|Task.WhenAny(tasks)|]; Work(); }")]
    [InlineData("async Task M() { var tasks = new BlockingCollection<Task>(); tasks.TryAdd(SlowAsync()); tasks.TryAdd(SlowAsync()); await [|Task.WhenAny(tasks)|]; Work(); }")]
    [InlineData("async Task<int> M() { var a = FetchAsync(\"a\"); var b = FetchAsync(\"b\"); return await [|Task.WhenAny(a, b)|].Unwrap(); }")]
    [InlineData("async Task M() { var work = SlowAsync(); await [|Task.WhenAny(work, Task.Delay(1000))|].WaitAsync(TimeSpan.FromSeconds(2)); Work(); }")]
    [InlineData("void M() { var work = SlowAsync(); var race = [|Task.WhenAny(work, Task.Delay(1000))|]; race.Wait(); Work(); }")]
    [InlineData("void M() { var work = SlowAsync(); var race = [|Task.WhenAny(work, Task.Delay(1000))|]; race.GetAwaiter().GetResult(); Work(); }")]
    [InlineData("async Task M() { var tasks = new Task[] { SlowAsync(), SlowAsync() }; await [|Task.WhenAny(tasks)|]; Work(); }")]
    [InlineData("interface IJob { Task RunAsync(); } async Task M(IJob job) { await [|Task.WhenAny(job.RunAsync(), Task.Delay(1000))|]; Work(); }")]
    [InlineData("interface IJob { Task RunAsync(); } class Slow : IJob { public Task RunAsync() => SlowAsync(); } class Kept : IJob { readonly Task _held; public Task RunAsync() => _held; } async Task M(IJob job) { await [|Task.WhenAny(job.RunAsync(), Task.Delay(1000))|]; Work(); }")]
    [InlineData("interface IJob { Task RunAsync(); } class Logged : IJob { IJob _inner; public Task RunAsync() => _inner.RunAsync(); } async Task M(IJob job) { await [|Task.WhenAny(job.RunAsync(), Task.Delay(1000))|]; Work(); }")]
    [InlineData("static Task StartAsync() { var task = Task.Run(Work); return task; } async Task M() { await [|Task.WhenAny(StartAsync(), Task.Delay(1000))|]; Work(); }")]
    [InlineData("abstract class Job { public abstract Task RunAsync(); } class Slow : Job { public override Task RunAsync() => SlowAsync(); } async Task M(Job job) { await [|Task.WhenAny(job.RunAsync(), Task.Delay(1000))|]; Work(); }")]
    [InlineData("async Task M() { Task a = null; await [|Task.WhenAny(a ?? SlowAsync(), Task.Delay(1000))|]; Work(); }")]
    public Task ARaceLeavesTheSlower(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { using (var stop = new CancellationTokenSource()) { var work = SlowAsync(); if (await [|Task.WhenAny(work, Task.Delay(1000, stop.Token))|] != work) throw new TimeoutException(); stop.Cancel(); await work; } }")]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(); var work = SlowAsync(); await [|Task.WhenAny(work, Task.Delay(1000, stop.Token))|]; stop.Cancel(); }")]
    [InlineData("class Options { public Options() { } public Options(CancellationToken token) { Until = token; } public CancellationToken Until; } async Task RunAsync(Options options) => await LoopAsync(options.Until); async Task M() { var stop = new CancellationTokenSource(); var options = new Options(); var work = RunAsync(options); await [|Task.WhenAny(work, Task.Delay(1000, stop.Token))|]; stop.Cancel(); }")]
    [InlineData("async Task M(CancellationToken token) { var work = WorkAsync(token); if (await [|Task.WhenAny(work, Task.Delay(1000, token))|] != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M(CancellationToken token) { var work = SlowAsync(); if (await [|Task.WhenAny(work, Task.Delay(Timeout.Infinite, token))|] != work) throw new OperationCanceledException(token); await work; }")]
    [InlineData("async Task M(CancellationToken token) { var cancelled = new TaskCompletionSource<bool>(); using (token.Register(() => cancelled.TrySetResult(true))) { var work = SlowAsync(); if (await [|Task.WhenAny(work, cancelled.Task)|] != work) throw new OperationCanceledException(token); await work; } }")]
    [InlineData("async Task M(CancellationTokenSource stop) { var work = WorkAsync(stop.Token); var winner = await [|Task.WhenAny(work, Task.Delay(1000))|]; if (winner == work) { stop.Cancel(); await work; } }")]
    [InlineData("static CancellationTokenSource s_other = new CancellationTokenSource(); static void StopOther() { s_other.Cancel(); } async Task M() { var work = SlowAsync(); await [|Task.WhenAny(work, Task.Delay(1000))|]; StopOther(); }")]
    [InlineData("async Task M() { var work = WorkAsync(CancellationToken.None); await [|Task.WhenAny(work, Task.Delay(Timeout.Infinite, CancellationToken.None))|]; Work(); }")]
    public Task OnlyTheDelayOrSomeWaysAreCancelled(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { while (true) { var read = ReadAsync(null); if (await [|Task.WhenAny(read, Task.Delay(1000))|] != read) { Log(\"late\"); continue; } Log(await read); } }")]
    [InlineData("async Task M() { var work = SlowAsync(); for (var attempt = 0; attempt < 3; attempt++) { if (await [|Task.WhenAny(work, Task.Delay(1000))|] == work) { await work; return; } } throw new TimeoutException(); }")]
    [InlineData("async Task M(int limit) { var work = SlowAsync(); while (true) { if (await [|Task.WhenAny(work, Task.Delay(1000))|] == work) { await work; return; } if (Compute() > limit) throw new TimeoutException(); } }")]
    [InlineData("async Task M() { try { var work = SlowAsync(); if (await [|Task.WhenAny(work, Task.Delay(1000))|] != work) throw new TimeoutException(); await work; } catch (TimeoutException e) { Log(e); } }")]
    [InlineData("async Task M() { var work = SlowAsync(); try { if (await [|Task.WhenAny(work, Task.Delay(1000))|] != work) return; await work; } finally { Work(); } }")]
    [InlineData("async Task M(int mode) { Task work = mode == 1 ? SlowAsync() : WorkAsync(default(CancellationToken)); if (await [|Task.WhenAny(work, Task.Delay(1000))|] != work) return; await work; }")]
    [InlineData("async Task M(TaskCompletionSource<int> stop) { var work = SlowAsync(); var winner = await [|Task.WhenAny(work, stop.Task, Task.Delay(1000))|]; if (winner == stop.Task) return; else if (winner != work) throw new TimeoutException(); await work; }")]
    [InlineData("Task M() => Task.Run(async () => { var work = SlowAsync(); if (await [|Task.WhenAny(work, Task.Delay(1000))|] != work) Log(\"late\"); });")]
    [InlineData("async Task M() { await Local(); async Task Local() { var work = SlowAsync(); if (await [|Task.WhenAny(work, Task.Delay(1000))|] != work) Log(\"late\"); } }")]
    public Task OnSomeWay(string members) => VerifyMembersAsync(members + More);

    [Fact]
    public Task InAProgram()
        => VerifyFileAsync(
            """
            var work = Task.Run(() => Thread.Sleep(1));
            if (await [|Task.WhenAny(work, Task.Delay(1000))|] != work)
                Console.WriteLine("late");
            Console.WriteLine("more");
            """,
            outputKind: OutputKind.ConsoleApplication);

    [Fact]
    public Task TheLastStatementOfAProgram()
        => VerifyFileAsync(
            """
            var work = Task.Run(() => Thread.Sleep(1));
            await Task.WhenAny(work, Task.Delay(1000));
            """,
            outputKind: OutputKind.ConsoleApplication);

    [Theory]
    [InlineData("static async Task Main() { await Task.Yield(); await Task.WhenAny(SlowAsync(), Task.Delay(1000)); }")]
    [InlineData("static async Task Main() { await [|Task.WhenAny(SlowAsync(), Task.Delay(1000))|]; await Task.Yield(); }")]
    [InlineData("static async Task Main(string[] args) { if (args.Length > 0) { await [|Task.WhenAny(SlowAsync(), Task.Delay(1000))|]; } await Task.Yield(); }")]
    [InlineData("static async Task Main() { await Task.WhenAny(SlowAsync(), Task.Delay(1000)); void Local() { } }")]
    [InlineData("static async Task Main(string[] args) { switch (args.Length) { case 1: await [|Task.WhenAny(SlowAsync(), Task.Delay(1000))|]; break; } }")]
    public Task TheLastStatementOfMain(string main)
        => VerifyFileAsync("static class Program { " + main + " static Task SlowAsync() => Task.Run(() => Thread.Sleep(1)); }", outputKind: OutputKind.ConsoleApplication);

    [Fact]
    public Task WithoutTheNameOfTheClass()
        => VerifyFileAsync("using static System.Threading.Tasks.Task; class C { static Task SlowAsync() => Run(() => Thread.Sleep(1)); async Task M() { await [|WhenAny(SlowAsync(), Delay(1000))|]; } }");

    [Fact]
    public Task TheMessageNamesTheLoser()
    {
        var test = TestOf(InClass("async Task M() { var work = SlowAsync(); if (await {|#0:Task.WhenAny(work, Task.Delay(1000))|} != work) throw new TimeoutException(); await work; }" + More));
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC1006WhenAnyLeavesTheLosersRunning>.Diagnostic("SC1006").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("'work' may run on after it has lost this race: nothing cancels it or waits for it; run it in a cancel scope with a timeout, or cancel and await it"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M(Task work) { if (await Task.WhenAny(work, Task.Delay(1000)) != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M(IEnumerable<Task> tasks) { await Task.WhenAny(tasks); }")]
    [InlineData("readonly Task _loop = LoopAsync(default(CancellationToken)); async Task M() { await Task.WhenAny(_loop, Task.Delay(1000)); }")]
    [InlineData("Task Loop { get; } = LoopAsync(default(CancellationToken)); async Task M(CancellationToken token) { await Task.WhenAny(Loop, Task.Delay(Timeout.Infinite, token)); }")]
    [InlineData("async Task M(TaskCompletionSource<int> reply) { if (await Task.WhenAny(reply.Task, Task.Delay(1000)) != reply.Task) throw new TimeoutException(); }")]
    [InlineData("async Task M() { var source = new TaskCompletionSource<int>(); var reply = source.Task; if (await Task.WhenAny(reply, Task.Delay(1000)) != reply) throw new TimeoutException(); }")]
    [InlineData("readonly TaskCompletionSource<int> _reply = new TaskCompletionSource<int>(); Task Reply() => _reply.Task; async Task M() { var reply = Reply(); if (await Task.WhenAny(reply, Task.Delay(1000)) != reply) throw new TimeoutException(); }")]
    [InlineData("static Task WhenCancelled(CancellationToken token) { var source = new TaskCompletionSource<int>(); token.Register(() => source.TrySetResult(1)); return source.Task; } async Task M(CancellationToken token) { await Task.WhenAny(WhenCancelled(token), Task.Delay(1000)); }")]
    [InlineData("async Task M(ConcurrentDictionary<int, Task> running) { var work = running.GetOrAdd(1, _ => SlowAsync()); if (await Task.WhenAny(work, Task.Delay(1000)) != work) return; await work; }")]
    [InlineData("interface IWaiter { Task WaitAsync(); } class Waiter : IWaiter { readonly TaskCompletionSource<int> _source = new TaskCompletionSource<int>(); public Task WaitAsync() => _source.Task; } async Task M(IWaiter waiter) { var wait = waiter.WaitAsync(); if (await Task.WhenAny(wait, Task.Delay(1000)) != wait) throw new TimeoutException(); }")]
    [InlineData("async Task M() { await Task.WhenAny(Task.Delay(1), Task.Delay(2)); }")]
    [InlineData("async Task M() { await Task.WhenAny(Task.CompletedTask, Task.FromResult(1)); }")]
    [InlineData("async Task M(Dictionary<int, Task> running) { await Task.WhenAny(running.Values.Where(task => !task.IsCompleted)); Work(); }")]
    [InlineData("readonly Task[] _all = new Task[2]; async Task M() { await Task.WhenAny(_all[0], _all[1]); Work(); }")]
    [InlineData("async Task M(C other) { await Task.WhenAny(other._loops.ToArray()); Work(); } List<Task> _loops;")]
    [InlineData("async Task M(string[] urls, Task given) { await Task.WhenAny(urls.Select(FetchAsync).Append(given)); Work(); }")]
    [InlineData("async Task M(bool cached, Task given) { var work = cached ? given : FetchAsync(\"a\"); await Task.WhenAny(work, Task.Delay(1000)); Work(); }")]
    [InlineData("async Task M(Task given) { var work = given ?? SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); Work(); }")]
    [InlineData("Task _held; Task HeldAsync() { var held = _held; return held; } async Task M() { await Task.WhenAny(HeldAsync(), Task.Delay(1000)); Work(); }")]
    [InlineData("abstract class Job { public abstract Task RunAsync(); } class Kept : Job { readonly Task _held; public override Task RunAsync() => _held; } async Task M(Job job) { await Task.WhenAny(job.RunAsync(), Task.Delay(1000)); Work(); }")]
    [InlineData("async Task M(Task given, bool own) { var work = given; if (own) work = SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); Work(); }")]
    [InlineData("async Task M(bool first, bool second, Task a, Task b) { var work = first ? a : second ? b : SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); Work(); }")]
    public Task TasksOfOthers(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var work = SlowAsync(); if (await Task.WhenAny(work, Task.Delay(1000)) != work) Log(\"slow\"); await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); Log(work.IsCompleted); await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); try { if (await Task.WhenAny(work, Task.Delay(1000)) != work) throw new TimeoutException(); } finally { await work; } }")]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); await Task.WhenAny(a, b); await Task.WhenAll(a, b); }")]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); if (await Task.WhenAny(a, b) == a) await b; else await a; }")]
    [InlineData("async Task M(string[] urls) { var tasks = urls.Select(url => FetchAsync(url)).ToList(); await Task.WhenAny(tasks); await Task.WhenAll(tasks); }")]
    [InlineData("async Task M(string[] urls) { var tasks = urls.Select(url => FetchAsync(url)).ToList(); while (tasks.Count > 0) { var next = await Task.WhenAny(tasks); tasks.Remove(next); Log(await next); } }")]
    [InlineData("async Task M(string[] urls) { var tasks = new HashSet<Task>(); foreach (var url in urls) { if (tasks.Count >= 4) tasks.Remove(await Task.WhenAny(tasks)); tasks.Add(FetchAsync(url)); } await Task.WhenAll(tasks); }")]
    [InlineData("async Task<Task> M() { var work = SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); return work; }")]
    [InlineData("readonly List<Task> _running = new List<Task>(); async Task M() { var work = SlowAsync(); _running.Add(work); await Task.WhenAny(work, Task.Delay(1000)); _running.Add(work); }")]
    [InlineData("Task _running; async Task M() { var work = SlowAsync(); if (await Task.WhenAny(work, Task.Delay(1000)) != work) _running = work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); if (await Task.WhenAny(work, Task.Delay(1000)) != work) { Watch(work); } else await work; } void Watch(Task task) => task.Wait();")]
    [InlineData("async Task M() { var work = SlowAsync(); if (await Task.WhenAny(work, Task.Delay(1000)) != work) { await work.ContinueWith(t => Log(t.Exception)); return; } await work; }")]
    [InlineData("readonly List<Task> _all = new List<Task>(); async Task M() { var work = SlowAsync(); _all.Add(work); if (await Task.WhenAny(work, Task.Delay(1000)) != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M() { while (true) { var read = ReadAsync(null); var observed = read.ContinueWith(t => t.Exception); await await Task.WhenAny(read, Task.Delay(1000)); } }")]
    [InlineData("Task _work; async Task M() { var work = SlowAsync(); _work = work; await Task.WhenAny(work, Task.Delay(1000)); Work(); }")]
    [InlineData("Task Held { get; set; } async Task M() { var work = SlowAsync(); Held = work; await Task.WhenAny(work, Task.Delay(1000)); Work(); }")]
    public Task AwaitedOrPassedOn(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { using (var stop = new CancellationTokenSource()) { var work = WorkAsync(stop.Token); if (await Task.WhenAny(work, Task.Delay(1000)) != work) { stop.Cancel(); throw new TimeoutException(); } await work; } }")]
    [InlineData("async Task M(CancellationToken token) { using (var stop = CancellationTokenSource.CreateLinkedTokenSource(token)) { var a = WorkAsync(stop.Token); var b = WorkAsync(stop.Token); await Task.WhenAny(a, b); stop.Cancel(); } }")]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(); var token = stop.Token; var a = WorkAsync(token); var b = LoopAsync(token); try { await Task.WhenAny(a, b); } finally { stop.Cancel(); } }")]
    [InlineData("async Task M() { var first = new CancellationTokenSource(); var second = new CancellationTokenSource(); var a = WorkAsync(first.Token); var b = WorkAsync(second.Token); var winner = await Task.WhenAny(a, b); (winner == a ? second : first).Cancel(); await winner; }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task RunAsync() { while (true) await Task.Delay(1, _stop.Token); } async Task M() { await Task.WhenAny(RunAsync(), RunAsync()); _stop.Cancel(); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); void Stop() => _stop.Cancel(); async Task M() { await Task.WhenAny(LoopAsync(_stop.Token), LoopAsync(_stop.Token)); Stop(); }")]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(1000); var work = WorkAsync(stop.Token); if (await Task.WhenAny(work, Task.Delay(2000)) != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(); stop.CancelAfter(1000); await Task.WhenAny(WorkAsync(stop.Token), Task.Delay(2000)); }")]
    [InlineData("async Task M(TimeSpan limit) { var work = FetchAsync(\"\", limit); if (await Task.WhenAny(work, Task.Delay(limit)) != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M(CancellationToken token) { var work = WorkAsync(token); await Task.WhenAny(work, Task.Delay(Timeout.Infinite, token)); }")]
    [InlineData("async Task M(CancellationToken token) { var cancelled = new TaskCompletionSource<bool>(); using (token.Register(() => cancelled.TrySetResult(true))) { var work = WorkAsync(token); if (await Task.WhenAny(work, cancelled.Task) != work) throw new OperationCanceledException(token); await work; } }")]
    [InlineData("async Task M(CancellationToken token) { var work = WorkAsync(token); await Task.WhenAny(work, Task.Delay(1000)); if (token.IsCancellationRequested) return; await work; }")]
    [InlineData("async Task M() { using (var client = new System.Net.Sockets.TcpClient()) { var connect = client.ConnectAsync(\"host\", 1); if (await Task.WhenAny(connect, Task.Delay(1000)) != connect) throw new TimeoutException(); await connect; } }")]
    [InlineData("async Task M(System.Net.Sockets.TcpClient client) { var connect = client.ConnectAsync(\"host\", 1); if (await Task.WhenAny(connect, Task.Delay(1000)) != connect) { client.Close(); throw new TimeoutException(); } await connect; }")]
    [InlineData("Task M(Nursery nursery) => Nursery.RunAsync(async inner => { await Task.WhenAny(WorkAsync(default(CancellationToken)), Task.Delay(1000)); inner.Cancel(); });")]
    [InlineData("async Task M(TimeSpan limit) { var work = FetchAsync(\"\", limit); var pause = Task.Delay(limit); if (await Task.WhenAny(work, pause) != work) throw new TimeoutException(); await work; }")]
    [InlineData("int _limit; Task RunAsync(int limit) => SlowAsync(); async Task M() { var work = RunAsync(_limit * 2); if (await Task.WhenAny(work, Task.Delay(_limit)) != work) throw new TimeoutException(); await work; }")]
    [InlineData("TimeSpan Limit { get; } async Task M() { var work = FetchAsync(\"\", this.Limit); if (await Task.WhenAny(work, Task.Delay(Limit)) != work) throw new TimeoutException(); await work; }")]
    [InlineData("async Task M() { var limit = TimeSpan.FromSeconds(1); var work = FetchAsync(\"\", limit); if (await Task.WhenAny(work, Task.Delay(limit)) != work) throw new TimeoutException(); await work; }")]
    [InlineData("Stream Source { get; } async Task M() { var read = Source.ReadAsync(null, 0, 1); if (await Task.WhenAny(read, Task.Delay(1000)) != read) { Source.Dispose(); return; } await read; }")]
    [InlineData("readonly Stream _source = null; async Task M() { var read = _source.ReadAsync(null, 0, 1); if (await Task.WhenAny(read, Task.Delay(1000)) != read) { this._source.Close(); return; } await read; }")]
    [InlineData("readonly Stream _source = null; async Task M() { var read = _source.ReadAsync(null, 0, 1); if (await Task.WhenAny(read, Task.Delay(1000)) != read) { _source?.Dispose(); return; } await read; }")]
    [InlineData("async Task M(Stream source) { var read = source.ReadAsync(null, 0, 1); if (await Task.WhenAny(read, Task.Delay(1000)) != read) { source?.Close(); return; } await read; }")]
    [InlineData("CancellationToken Stop { get; set; } async Task M() { var work = WorkAsync(Stop); if (await Task.WhenAny(work, Task.Delay(Timeout.Infinite, Stop)) != work) throw new OperationCanceledException(); await work; }")]
    [InlineData("async Task M(CancellationToken token) { var work = WorkAsync(token); if (await Task.WhenAny(work, Task.Delay(-1, token)) != work) throw new OperationCanceledException(); await work; }")]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(); CancellationToken token; token = stop.Token; var work = WorkAsync(token); await Task.WhenAny(work, Task.Delay(1000)); stop.Cancel(); }")]
    [InlineData("class Options { public Options() { } public Options(CancellationToken token) { Until = token; } public CancellationToken Until; } async Task RunAsync(Options options) => await LoopAsync(options.Until); async Task M() { var stop = new CancellationTokenSource(); var options = new Options(stop.Token); var work = RunAsync(options); await Task.WhenAny(work, Task.Delay(1000)); stop.Cancel(); }")]
    [InlineData("class Options { public Options() { } public Options(CancellationToken token) { Until = token; } public CancellationToken Until; } async Task RunAsync(Options options) => await LoopAsync(options.Until); async Task M() { var stop = new CancellationTokenSource(); var options = new Options { Until = stop.Token }; var work = RunAsync(options); await Task.WhenAny(work, Task.Delay(1000)); stop.Cancel(); }")]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(); var work = WorkAsync(stop.Token); await Task.WhenAny(work, Task.Delay(1000)); End(); void End() { stop.Cancel(); } }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); void End() { Work(); _stop.Cancel(); } async Task M() { var work = WorkAsync(_stop.Token); await Task.WhenAny(work, Task.Delay(1000)); End(); }")]
    public Task CancelledOrClosed(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var read = ReadAsync(null); while (true) { if (await Task.WhenAny(read, Task.Delay(1000)) == read) { Log(await read); read = ReadAsync(null); } else Log(\"still here\"); } }")]
    [InlineData("async Task M(CancellationToken token) { var read = ReadAsync(null); while (!token.IsCancellationRequested) { var winner = await Task.WhenAny(read, Task.Delay(1000)); if (winner == read) { Log(await read); read = ReadAsync(null); } else Log(\"ping\"); } }")]
    [InlineData("async Task M() { Task<int> read = null; while (true) { if (read == null) read = ReadAsync(null); if (await Task.WhenAny(read, Task.Delay(1000)) != read) { Log(\"ping\"); continue; } Log(await read); read = null; } }")]
    [InlineData("async Task M() { Task<int> read = null; while (true) { read = read ?? ReadAsync(null); if (await Task.WhenAny(read, Task.Delay(1000)) != read) { Log(\"ping\"); continue; } Log(await read); read = null; } }")]
    [InlineData("async Task M() { var work = SlowAsync(); while (await Task.WhenAny(work, Task.Delay(1000)) != work) Log(\"still\"); await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); while (!work.IsCompleted) { await Task.WhenAny(work, Task.Delay(1000)); Log(\"still\"); } }")]
    [InlineData("async Task M() { var work = SlowAsync(); do { Log(\"still\"); } while (!work.IsCompleted && await Task.WhenAny(work, Task.Delay(1000)) != work); }")]
    [InlineData("async Task M() { var tasks = new List<Task> { SlowAsync(), SlowAsync() }; Task done; do { done = await Task.WhenAny(tasks); tasks.Remove(done); } while (done.Status != TaskStatus.RanToCompletion && tasks.Count > 0); }")]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(); var a = WorkAsync(stop.Token); if (await Task.WhenAny(a, Task.Delay(200)) == a) return; var b = SlowAsync(); if (await Task.WhenAny(a, b) == a) { await b; } else { stop.Cancel(); } }")]
    [InlineData("async Task M() { var a = SlowAsync(); if (await Task.WhenAny(a, Task.Delay(200)) != a) { Log(\"slow\"); var limit = Task.Delay(2000); if (await Task.WhenAny(a, limit) == limit) await a; } }")]
    public Task WatchedRoundAfterRound(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var work = SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); Action check = () => work.Wait(); check(); }")]
    [InlineData("async Task M() { var work = SlowAsync(); if (await Task.WhenAny(work, Task.Delay(1000)) == work) return; Func<Task> rest = async () => await work; await rest(); }")]
    [InlineData("Task M() { return Task.WhenAny(SlowAsync(), Task.Delay(1000)).ContinueWith(t => Work()); }")]
    [InlineData("async Task M() { await WhenAny(SlowAsync(), SlowAsync()); } static Task WhenAny(params Task[] tasks) => Task.WhenAll(tasks);")]
    [InlineData("async Task M() { Task work = null; if (Compute() > 1) work = SlowAsync(); if (work != null) { await Task.WhenAny(work, Task.Delay(1000)); await work; } }")]
    [InlineData("async Task M(TaskCompletionSource<int> stop) { var work = SlowAsync(); var winner = await Task.WhenAny(work, stop.Task); if (winner == stop.Task) { await work; return; } Log(1); }")]
    [InlineData("async Task M(TaskCompletionSource<int> a, TaskCompletionSource<int> b) { var work = SlowAsync(); var winner = await Task.WhenAny(work, a.Task, b.Task); if (winner == a.Task || winner == b.Task) { work.Wait(); } Log(1); }")]
    [InlineData("async Task M() { var work = SlowAsync(); var late = await Task.WhenAny(work, Task.Delay(1000)) != work; if (late) Log(1); if (late) { await work; } }")]
    [InlineData("async Task M() { var work = SlowAsync(); if (await Task.WhenAny(work, Task.Delay(1000)) is Task done && ReferenceEquals(done, work)) { await work; } else { await work; } }")]
    [InlineData("async Task M() { var work = SlowAsync(); if (ReferenceEquals(await Task.WhenAny(work, Task.Delay(1000)), work)) { Log(1); } else { await work; } }")]
    public Task OtherShapes(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); var first = await Task.WhenAny(a, b); var isFirst = !(first != a); if (isFirst) await b; else await a; }")]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); var first = await Task.WhenAny(a, b); var isFirst = first == a && Compute() > 0; if (isFirst) { await b; return; } await a; await b; }")]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); var first = await Task.WhenAny(a, b); var isSecond = first == b || Compute() > 0; if (!isSecond) await b; else await Task.WhenAll(a, b); }")]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); var first = await Task.WhenAny(a, b); if (first.Equals(a)) await b; else await a; }")]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); var first = await Task.WhenAny(a, b); if (object.Equals(a, first)) await b; else await a; }")]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); var first = await Task.WhenAny(a, b); if ((object)first == (object)a) await b; else await a; }")]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); Task first; first = await Task.WhenAny(a, b); if (a == (first)) await b; else await a; }")]
    [InlineData("void M() { var work = SlowAsync(); var delay = Task.Delay(1000); if (Task.WhenAny(work, delay).GetAwaiter().GetResult() == delay) work.Wait(); }")]
    public Task TheWinnerIsToldApartInOtherWays(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); var first = await [|Task.WhenAny(a, b)|]; var isFirst = first == a && Compute() > 0; if (!isFirst) { await b; return; } await b; }")]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); var first = await [|Task.WhenAny(a, b)|]; var isFirst = first == a || Compute() > 0; if (isFirst) await b; else await a; }")]
    [InlineData("async Task M() { var a = SlowAsync(); var b = SlowAsync(); var first = await [|Task.WhenAny(a, b)|]; if (!first.Equals(a)) await b; else await a; }")]
    [InlineData("async Task M() { var work = SlowAsync(); await [|Task.WhenAny(work, Task.Delay(1000))|]; if (work != null) return; await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); var isFirst = await [|Task.WhenAny(work, Task.Delay(1000))|] == work; isFirst = Compute() > 1; if (isFirst) return; await work; }")]
    [InlineData("async Task M(CancellationToken token) { var work = WorkAsync(token); await [|Task.WhenAny(work, Task.Delay(1000))|]; if (!token.IsCancellationRequested) return; await work; }")]
    public Task ATestThatSaysLess(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var work = SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); if (work == null) return; await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); if (work.Status == TaskStatus.RanToCompletion) return; await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); if (work.IsFaulted || work.IsCanceled) return; await work; }")]
    public Task ATestOfTheWorkItself(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var work = SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); if (work is null) return; await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); await [|Task.WhenAny(work, Task.Delay(1000))|]; if (work is null) Work(); else return; await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); if (work is not null) await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); await [|Task.WhenAny(work, Task.Delay(1000))|]; if (work is not null) return; await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); if (work is { IsCompleted: true }) return; await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); if (work.Status is TaskStatus.RanToCompletion or TaskStatus.Faulted) return; await work; }")]
    [InlineData("async Task M() { var work = SlowAsync(); await Task.WhenAny(work, Task.Delay(1000)); if (work.IsCompleted is true) return; await work; }")]
    public Task APatternAboutTheWork(string members) => VerifyNewestAsync(members + More);

    [Fact]
    public Task NewerLanguage()
        => VerifyNewestAsync(
            """
            async Task<int> A() { var work = FetchAsync(""); return await [|Task.WhenAny(work, Task.Delay(1000))|] == work ? await work : throw new TimeoutException(); }
            async Task B() { await using var stream = new MemoryStream(); var work = SlowAsync(); if (await [|Task.WhenAny(work, Task.Delay(1000))|] != work) return; await work; }
            async Task C1() { using var client = new System.Net.Http.HttpClient(); var work = client.GetStringAsync("http://localhost"); if (await Task.WhenAny(work, Task.Delay(1000)) != work) throw new TimeoutException(); await work; }
            async Task D() { Task<int> read = null; while (true) { read ??= ReadAsync(null); if (await Task.WhenAny(read, Task.Delay(1000)) == read) { Log(await read); read = null; } } }
            async Task E() { var work = SlowAsync(); if (await Task.WhenAny(work, Task.Delay(1000)) is var winner && winner == work) { await work; } else { await work; } }
            async Task F(int mode) { Task work = mode switch { 1 => SlowAsync(), _ => WorkAsync(default) }; await [|Task.WhenAny(work, Task.Delay(1000))|]; }
            async Task G() { var work = SlowAsync(); if (work is { IsCompleted: false }) { await Task.WhenAny(work, Task.Delay(1000)); } await work; }
            """ + More);

    [Fact]
    public Task CSharp12()
        => TestOf(
            InClass("async Task<int> M() { Task<int>[] tasks = [FetchAsync(\"a\"), FetchAsync(\"b\")]; return await await [|Task.WhenAny(tasks)|]; }" + More),
            LanguageVersions.CSharp12).RunAsync();

    [Fact]
    public Task HalfTypedCode()
    {
        var test = TestOf(InClass("async Task M() { var work = SlowAsync(); if (await Task.WhenAny(work, ) != work) throw; await Task.WhenAny(; }" + More));
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("structured_concurrency.detached_methods = M:C.Start", "static Task Start() => Task.Run(Work); async Task M() { await Task.WhenAny(Start(), Task.Delay(1000)); Work(); }")]
    [InlineData("structured_concurrency.detached_methods = M:C.M", "async Task M() { await Task.WhenAny(SlowAsync(), Task.Delay(1000)); Work(); }")]
    public Task MethodsThatDetachKnowingly(string options, string members) => VerifyMembersAsync(members + More, options);

    [Fact]
    public Task TheAttributeSaysTheSame()
        => VerifyMembersAsync("class DetachedAttribute : Attribute { public DetachedAttribute(string reason) { } } [Detached(\"ends with the process\")] async Task M() { await Task.WhenAny(SlowAsync(), Task.Delay(1000)); Work(); }" + More);

    [Fact]
    public Task MoreThanAWordHasBits()
        => VerifyMembersAsync("async Task M() { " + string.Concat(Enumerable.Range(0, 70).Select(static number => $"var t{number} = SlowAsync(); if (await [|Task.WhenAny(t{number}, Task.Delay(1000))|] != t{number}) Work(); ")) + "}" + More);

    [Theory]
    [InlineData("async Task M() { await {|#0:Task.WhenAny(SlowAsync(), Task.Delay(1000))|}; Work(); }", "'SlowAsync' may run on after it has lost this race: nothing cancels it or waits for it; run it in a cancel scope with a timeout, or cancel and await it")]
    [InlineData("async Task M(C other) { await {|#0:Task.WhenAny(other.AgainAsync(), Task.Delay(1000))|}; Work(); } async Task AgainAsync() { await Task.Delay(1); }", "'AgainAsync' may run on after it has lost this race: nothing cancels it or waits for it; run it in a cancel scope with a timeout, or cancel and await it")]
    [InlineData("async Task M(Func<Func<Task>> make) { await {|#0:Task.WhenAny(make()(), Task.Delay(1000))|}; Work(); }", "The work may run on after it has lost this race: nothing cancels it or waits for it; run it in a cancel scope with a timeout, or cancel and await it")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members + More, message);
}
