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
    [InlineData("void M(Nursery nursery) { nursery.[|StartNow|](() => { Thread.Sleep(1000); return WorkAsync(); }); }")]
    [InlineData("void M(Nursery nursery) { nursery.[|StartNow|](async () => { Thread.Sleep(1000); await WorkAsync(); }); }")]
    [InlineData("void M(Nursery nursery, ManualResetEventSlim ready) { nursery.[|StartNow|](async token => { ready.Wait(token); await WorkAsync(); }); }")]
    [InlineData("void M(Nursery nursery, BlockingCollection<int> items) { nursery.[|StartNow|](async token => { await Task.Delay(items.Take(), token); }); }")]
    [InlineData("void M(Nursery nursery) { nursery.[|StartNow|](async token => { if (Compute() > 1) Console.ReadLine(); await WorkAsync(); }); }")]
    [InlineData("void M(Nursery nursery) { nursery.[|StartNow|](() => ServeAsync()); } async Task ServeAsync() { Thread.Sleep(10); await WorkAsync(); }")]
    [InlineData("void M(Nursery nursery) { nursery.[|StartNow|](ServeAsync); } async Task ServeAsync() { Thread.Sleep(10); await WorkAsync(); }")]
    [InlineData("void M(OwnedNursery nursery, Thread worker) { nursery.[|StartNow|](async token => { worker.Join(); await WorkAsync(); }); }")]
    [InlineData("void M(Nursery nursery, int[] items) { nursery.[|StartNow|](async token => { Parallel.ForEach(items, item => Work()); await WorkAsync(); }); }")]
    [InlineData("void M(Nursery nursery) { nursery.[|StartSoon|](() => { Thread.Sleep(1000); return Task.CompletedTask; }); }")]
    [InlineData("void M(Nursery nursery, Task task) { nursery.[|StartSoon|](() => { task.Wait(); return Task.CompletedTask; }); }")]
    [InlineData("void M(Nursery nursery, WaitHandle ready) { nursery.[|StartSoon|](token => { ready.WaitOne(); Work(); return Task.CompletedTask; }); }")]
    [InlineData("void M(Nursery nursery, BlockingCollection<int> items) { nursery.[|StartSoon|](Drain); Task Drain() { foreach (var item in items.GetConsumingEnumerable()) Log(item); return Task.CompletedTask; } }")]
    [InlineData("void M(Nursery nursery) { nursery.[|StartSoon|](() => { while (true) Console.ReadLine(); }); }")]
    public Task AChildThatBlocks(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Monitor.Wait(this)")]
    [InlineData("WaitHandle.WaitAny(handles)")]
    [InlineData("WaitHandle.WaitAll(handles)")]
    [InlineData("new CountdownEvent(1).Wait()")]
    [InlineData("new SemaphoreSlim(1).Wait()")]
    [InlineData("new Barrier(2).SignalAndWait()")]
    [InlineData("SpinWait.SpinUntil(() => handles != null)")]
    [InlineData("Task.WaitAll(WorkAsync(), WorkAsync())")]
    [InlineData("Task.WaitAny(WorkAsync(), WorkAsync())")]
    [InlineData("System.Diagnostics.Process.GetCurrentProcess().WaitForExit()")]
    [InlineData("Console.Read()")]
    [InlineData("Console.ReadKey()")]
    [InlineData("socket.Accept()")]
    [InlineData("socket.Receive(new byte[1])")]
    [InlineData("listener.AcceptTcpClient()")]
    [InlineData("listener.AcceptSocket()")]
    [InlineData("new System.Net.HttpListener().GetContext()")]
    public Task AnyCallThatBlocks(string call)
        => VerifyMembersAsync("void M(Nursery nursery, WaitHandle[] handles, System.Net.Sockets.Socket socket, System.Net.Sockets.TcpListener listener) { nursery.[|StartSoon|](() => { " + call + "; return Task.CompletedTask; }); }");

    [Theory]
    [InlineData("void M(Nursery nursery) { nursery.StartNow(async () => { await WorkAsync(); Thread.Sleep(1000); }); }")]
    [InlineData("void M(Nursery nursery, BlockingCollection<int> items) { nursery.StartNow(async token => { await Task.Delay(1, token); Log(items.Take()); }); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(async () => { Thread.Sleep(10); await WorkAsync(); }); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartNow(() => ToThread.RunAsync(() => Thread.Sleep(1000))); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(() => ToThread.RunAsync(() => Console.ReadLine())); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(() => { Action later = () => Thread.Sleep(1); later(); return Task.CompletedTask; }); }")]
    [InlineData("void M(Nursery nursery, SemaphoreSlim gate) { nursery.StartNow(async () => { if (gate.Wait(0)) await WorkAsync(); }); }")]
    [InlineData("void M(Nursery nursery, WaitHandle ready) { nursery.StartSoon(() => { if (ready.WaitOne(TimeSpan.Zero)) Work(); return Task.CompletedTask; }); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartNow(() => { Work(); return WorkAsync(); }); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartNow(() => ServeAsync()); } async Task ServeAsync() { await WorkAsync(); Thread.Sleep(10); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartWork(() => Thread.Sleep(1000)); }")]
    [InlineData("void M(Nursery nursery, Func<Task> work) { nursery.StartNow(work); nursery.StartSoon(work); }")]
    [InlineData("void M(Nursery nursery, Func<Task> work) { nursery.StartNow(() => work()); }")]
    [InlineData("void M(Nursery nursery, SemaphoreSlim gate) { nursery.StartNow(async () => { await gate.WaitAsync(); gate.Release(); }); }")]
    [InlineData("void M(Nursery nursery, string[] parts) { nursery.StartNow(async () => { Log(string.Join(\",\", parts)); await WorkAsync(); }); }")]
    [InlineData("void M(Own own) { own.StartNow(() => { Thread.Sleep(1); return WorkAsync(); }); } class Own { public void StartNow(Func<Task> work) => work(); }")]
    [InlineData("Task M(Nursery nursery) => nursery.StartAsync(async (Started started, CancellationToken token) => { started.Set(); await WorkAsync(); });")]
    [InlineData("void M(Nursery nursery) { Thread.Sleep(1); nursery.StartNow(() => WorkAsync()); }")]
    [InlineData("void M(Nursery nursery, object gate) { nursery.StartNow(async () => { lock (gate) Work(); await WorkAsync(); }); }")]
    public Task AChildThatDoesNotBlock(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M(Nursery nursery, IAsyncEnumerable<int> items) { nursery.StartNow(async () => { await foreach (var item in items) Thread.Sleep(item); }); }")]
    [InlineData("void M(Nursery nursery, IAsyncDisposable resource) { nursery.StartSoon(async () => { await using (resource) Thread.Sleep(1); }); }")]
    public Task AChildThatWaitsFirst(string members) => VerifyNewestAsync(members);

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

    [Theory]
    [InlineData("void M(Nursery nursery) { nursery.{|#0:StartWork|}(() => WorkAsync()); }", "'StartWork' is for synchronous work, and this delegate returns something to await, which nobody would; use 'StartSoon'")]
    [InlineData("void M(Nursery nursery) { nursery.{|#0:StartNow|}(async () => { Thread.Sleep(1000); await WorkAsync(); }); }", "'StartNow' runs this delegate on the caller's thread up to its first await, and 'Thread.Sleep' blocks it there; run that with 'ToThread.RunAsync'")]
    [InlineData("void M(Nursery nursery) { nursery.{|#0:StartSoon|}(() => { Thread.Sleep(1000); return Task.CompletedTask; }); }", "'StartSoon' runs this delegate on a thread of the pool, which 'Thread.Sleep' blocks; run it with 'ToThread.RunAsync'")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members, message);
}
