using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC3003Tests : RuleTest<SC3003BlockingWaitInAsyncCode>
{
    [Theory]
    [InlineData("async Task M(SemaphoreSlim gate) { [|gate.Wait()|]; try { await WorkAsync(); } finally { gate.Release(); } }")]
    [InlineData("async Task M(SemaphoreSlim gate, CancellationToken token) { [|gate.Wait(token)|]; await WorkAsync(); }")]
    [InlineData("async Task M(SemaphoreSlim gate) { if ([|gate.Wait(1000)|]) await WorkAsync(); }")]
    [InlineData("async Task M(ManualResetEventSlim signal) { [|signal.Wait()|]; await WorkAsync(); }")]
    [InlineData("async Task M(AutoResetEvent signal) { [|signal.WaitOne()|]; await WorkAsync(); }")]
    [InlineData("async Task M(WaitHandle handle) { if ([|handle.WaitOne(TimeSpan.FromSeconds(1))|]) await WorkAsync(); }")]
    [InlineData("async Task M(Mutex mutex) { [|mutex.WaitOne()|]; await WorkAsync(); }")]
    [InlineData("async Task M(WaitHandle[] handles) { [|WaitHandle.WaitAny(handles)|]; [|WaitHandle.WaitAll(handles, 100)|]; await WorkAsync(); }")]
    [InlineData("async Task M(CountdownEvent count) { [|count.Wait()|]; await WorkAsync(); }")]
    [InlineData("async Task M(Barrier barrier) { [|barrier.SignalAndWait()|]; await WorkAsync(); }")]
    [InlineData("async Task M() { await WorkAsync(); lock (this) { [|Monitor.Wait(this)|]; } }")]
    [InlineData("async Task M(Thread thread) { [|thread.Join()|]; await WorkAsync(); }")]
    [InlineData("async Task M(Thread thread) { if (![|thread.Join(1000)|]) await WorkAsync(); }")]
    [InlineData("async Task M(BlockingCollection<int> items) { Log([|items.Take()|]); await WorkAsync(); }")]
    [InlineData("async Task M(BlockingCollection<int> items) { foreach (var item in [|items.GetConsumingEnumerable()|]) await WorkAsync(); }")]
    [InlineData("async Task M(System.Diagnostics.Process process) { [|process.WaitForExit()|]; await WorkAsync(); }")]
    [InlineData("async Task M(System.Diagnostics.Process process) { if (![|process.WaitForExit(500)|]) await WorkAsync(); }")]
    [InlineData("async Task M() { Log([|Console.ReadLine()|]); [|Console.ReadKey()|]; [|Console.Read()|]; await WorkAsync(); }")]
    [InlineData("async Task M(int[] items) { [|Parallel.ForEach(items, item => Work())|]; await WorkAsync(); }")]
    [InlineData("async Task M() { [|Parallel.For(0, 10, i => Work())|]; [|Parallel.Invoke(Work, Work)|]; await WorkAsync(); }")]
    public Task InAnAsyncFunction(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Task M(SemaphoreSlim gate) { [|gate.Wait()|]; return WorkAsync(); }")]
    [InlineData("Task M(ManualResetEventSlim signal) => Task.Run(() => [|signal.Wait()|]);")]
    [InlineData("void M(Nursery nursery, BlockingCollection<int> items) { nursery.StartWork(() => { [|items.Take()|]; }); }")]
    [InlineData("SemaphoreSlim _gate; async Task M() { await WorkAsync(); Enter(); } private void Enter() { [|_gate.Wait()|]; }")]
    [InlineData("async Task M(EventWaitHandle signal) { await WorkAsync(); Wait(); void Wait() => [|signal.WaitOne()|]; }")]
    [InlineData("Func<Task> M(CountdownEvent count) => () => { [|count.Wait(5)|]; return WorkAsync(); };")]
    public Task InOtherAsyncCode(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task TheMessageNamesTheCall()
    {
        var test = TestOf("using System.Threading; using System.Threading.Tasks; class C { async Task M(SemaphoreSlim gate) { {|#0:gate.Wait()|}; await Task.Yield(); } }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC3003BlockingWaitInAsyncCode>.Diagnostic("SC3003").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("'SemaphoreSlim.Wait' blocks a thread inside async code; await its asynchronous form, or move it to a thread with 'ToThread.RunAsync'"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M(SemaphoreSlim gate) { if (gate.Wait(0)) await WorkAsync(); }")]
    [InlineData("async Task M(SemaphoreSlim gate) { if (gate.Wait(TimeSpan.Zero)) await WorkAsync(); }")]
    [InlineData("async Task M(WaitHandle handle) { if (handle.WaitOne(0)) await WorkAsync(); }")]
    [InlineData("async Task M(WaitHandle handle) { if (handle.WaitOne(TimeSpan.Zero, false)) await WorkAsync(); }")]
    [InlineData("async Task M(ManualResetEventSlim signal) { if (signal.Wait(0) || signal.IsSet) await WorkAsync(); }")]
    [InlineData("async Task M(Thread thread) { if (!thread.Join(0)) await WorkAsync(); }")]
    [InlineData("async Task M(System.Diagnostics.Process process) { if (process.WaitForExit(0)) await WorkAsync(); }")]
    [InlineData("async Task M(WaitHandle[] handles) { if (WaitHandle.WaitAny(handles, 0) == 0) await WorkAsync(); }")]
    public Task AZeroTimeoutOnlyAsks(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M(SemaphoreSlim gate) { await gate.WaitAsync(); }")]
    [InlineData("async Task M(System.Diagnostics.Process process, CancellationToken token) { await process.WaitForExitAsync(token); process.WaitForExit(); }")]
    [InlineData("async Task M(System.Diagnostics.Process process) { if (process.HasExited) process.WaitForExit(); await WorkAsync(); }")]
    [InlineData("async Task M(BlockingCollection<int> items) { int item; while (items.TryTake(out item)) Log(item); items.Add(1); items.CompleteAdding(); await WorkAsync(); }")]
    [InlineData("async Task M(ManualResetEventSlim signal, AutoResetEvent other) { signal.Set(); other.Set(); await WorkAsync(); }")]
    [InlineData("async Task M(List<int> items) { items.ForEach(item => Work()); await WorkAsync(); }")]
    [InlineData("async Task M() { Console.WriteLine(Console.KeyAvailable); await WorkAsync(); }")]
    [InlineData("async Task M(TextReader reader) { Log(reader.ReadLine()); await WorkAsync(); }")]
    [InlineData("async Task M() { lock (this) { Monitor.Pulse(this); } Monitor.Enter(this); await WorkAsync(); }")]
    [InlineData("async Task M(CountdownEvent count) { count.Signal(); await WorkAsync(); }")]
    [InlineData("async Task M(Task task) { task.Wait(); Thread.Sleep(1); await WorkAsync(); }")]
    [InlineData("async Task M(string[] parts) { Log(string.Join(\",\", parts)); await WorkAsync(); }")]
    [InlineData("async Task M(Gate gate) { gate.Wait(); gate.Join(); await WorkAsync(); } class Gate { public void Wait() { } public void Join() { } }")]
    [InlineData("async Task M(IEnumerable<int> items) { Log(items.Join(items, i => i, i => i, (a, b) => a).Take(3)); await WorkAsync(); }")]
    [InlineData("async Task M(SemaphoreSlim gate) { Expression<Action> later = () => gate.Wait(); Log(later); await WorkAsync(); }")]
    [InlineData("async Task M(SemaphoreSlim gate) { Log(nameof(gate.Wait)); await WorkAsync(); }")]
    public Task WhatDoesNotBlock(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M(SemaphoreSlim gate) { gate.Wait(); }")]
    [InlineData("public void M(ManualResetEventSlim signal) { signal.Wait(); }")]
    [InlineData("SemaphoreSlim _gate; void Enter() { _gate.Wait(); } void M() { Enter(); } async Task N() { await WorkAsync(); Enter(); }")]
    [InlineData("BlockingCollection<int> _items; Thread M() => new Thread(Loop); void Loop() { foreach (var item in _items.GetConsumingEnumerable()) Log(item); }")]
    [InlineData("BlockingCollection<int> _items; Task M() => Task.Factory.StartNew(Loop, TaskCreationOptions.LongRunning); void Loop() { foreach (var item in _items.GetConsumingEnumerable()) Log(item); }")]
    [InlineData("Task M(ManualResetEventSlim signal) => Task.Factory.StartNew(() => signal.Wait(), TaskCreationOptions.LongRunning);")]
    [InlineData("IEnumerable<int> M(BlockingCollection<int> items) { yield return items.Take(); }")]
    [InlineData("int P { get { Console.Read(); return 1; } }")]
    [InlineData("void Dispose(Thread thread) { thread.Join(); }")]
    [InlineData("event EventHandler Changed; void M(AutoResetEvent signal) { Changed += (sender, e) => signal.WaitOne(); }")]
    [InlineData("void M(int[] items) { Parallel.ForEach(items, item => Work()); }")]
    public Task InSynchronousCode(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("static class Program { static void Main() { System.Console.ReadKey(); } }")]
    [InlineData("static class Program { static async Task Main() { await Task.Yield(); Console.ReadLine(); } }")]
    [InlineData("await Task.Yield(); Console.ReadLine();")]
    public Task InTheProgramsEntryPoint(string source) => VerifyFileAsync(source, outputKind: OutputKind.ConsoleApplication);

    [Fact]
    public Task InsideToThread() => VerifyNewestAsync("async Task M(Thread thread, AutoResetEvent signal) { await ToThread.RunAsync(() => thread.Join()); await ToThread.RunAsync(() => signal.WaitOne(100)); }");

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf("using System.Threading; using System.Threading.Tasks; class C { async Task M(SemaphoreSlim gate) { gate.Wait(); await Task.Yield(); } }");
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task WorksWithoutTheRuntime()
    {
        var test = TestOf("using System.Threading; using System.Threading.Tasks; class C { async Task M(SemaphoreSlim gate) { [|gate.Wait()|]; await Task.Yield(); } }");
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("async Task M(SemaphoreSlim gate) { gate.Wait(; missing.Wait(); await WorkAsync(); } async Task N(Mutex mutex) { mutex.WaitOne("), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }
}
