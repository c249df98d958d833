using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC3001Tests : RuleTest<SC3001ThreadSleepInAsyncCode>
{
    [Theory]
    [InlineData("async Task M() { [|Thread.Sleep(100)|]; await WorkAsync(); }")]
    [InlineData("async Task M() { await WorkAsync(); [|Thread.Sleep(TimeSpan.FromSeconds(1))|]; }")]
    [InlineData("async Task<int> M(int delay) { [|Thread.Sleep(delay)|]; return await ComputeAsync(); }")]
    [InlineData("async ValueTask M() { [|Thread.Sleep(Timeout.Infinite)|]; await WorkAsync(); }")]
    [InlineData("async void M() { [|Thread.Sleep(100)|]; await WorkAsync(); }")]
    [InlineData("async Task M() { [|SpinWait.SpinUntil(() => Compute() > 1)|]; await WorkAsync(); }")]
    [InlineData("async Task M() { if (![|SpinWait.SpinUntil(() => Compute() > 1, 1000)|]) await WorkAsync(); }")]
    [InlineData("async Task M() { [|Task.Delay(100).Wait()|]; await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { [|Task.Delay(TimeSpan.FromSeconds(1), token).Wait(token)|]; await WorkAsync(); }")]
    [InlineData("async Task M() { lock (this) { [|Thread.Sleep(1)|]; } await WorkAsync(); }")]
    [InlineData("async Task M() { try { await WorkAsync(); } catch (IOException) { [|Thread.Sleep(100)|]; throw; } }")]
    [InlineData("async Task M() { while (Compute() < 3) { [|Thread.Sleep(10)|]; await WorkAsync(); } }")]
    public Task InAnAsyncFunction(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Task M() { [|Thread.Sleep(100)|]; return WorkAsync(); }")]
    [InlineData("Task<int> M() { [|Thread.Sleep(100)|]; return ComputeAsync(); }")]
    [InlineData("ValueTask M() { [|Task.Delay(1).Wait()|]; return FlushAsync(); }")]
    [InlineData("Task P { get { [|Thread.Sleep(1)|]; return WorkAsync(); } }")]
    [InlineData("Func<Task> M() => () => { [|Thread.Sleep(1)|]; return WorkAsync(); };")]
    [InlineData("Task M() { Task Local() { [|Thread.Sleep(1)|]; return WorkAsync(); } return Local(); }")]
    public Task InATaskReturningFunction(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M() { Func<Task> work = async () => { [|Thread.Sleep(1)|]; await WorkAsync(); }; work().Wait(); }")]
    [InlineData("void M(List<int> items) { items.ForEach(async item => { [|Thread.Sleep(item)|]; await WorkAsync(); }); }")]
    [InlineData("event EventHandler Changed; void M() { Changed += async (sender, e) => { [|Thread.Sleep(1)|]; await WorkAsync(); }; }")]
    [InlineData("async Task M() { async Task Local() { [|Thread.Sleep(1)|]; await WorkAsync(); } await Local(); }")]
    public Task InAnAsyncDelegateOrLocalFunction(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Task M() => Task.Run(() => [|Thread.Sleep(1)|]);")]
    [InlineData("Task M() { return Task.Run(() => { Work(); [|Thread.Sleep(1)|]; }); }")]
    [InlineData("Task M() => Task.Run(delegate { [|Thread.Sleep(1)|]; });")]
    [InlineData("Task M() => Task.Factory.StartNew(() => { [|Thread.Sleep(1)|]; });")]
    [InlineData("Task M() => Task.Factory.StartNew(() => { [|Thread.Sleep(1)|]; }, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);")]
    [InlineData("Task M() => WorkAsync().ContinueWith(t => { [|Thread.Sleep(1)|]; });")]
    [InlineData("void M() { ThreadPool.QueueUserWorkItem(_ => { [|Thread.Sleep(1)|]; }); }")]
    [InlineData("Task M() { var task = new Task(() => { [|Thread.Sleep(1)|]; }); task.Start(); return task; }")]
    [InlineData("Task M() => Task.Run((Action)(() => { [|Thread.Sleep(1)|]; }));")]
    [InlineData("Task M() => Task.Run(new Action(() => { [|Thread.Sleep(1)|]; }));")]
    public Task InPoolWork(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M(Nursery nursery) { nursery.StartWork(() => { [|Thread.Sleep(1)|]; }); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartWork(token => { [|Task.Delay(1, token).Wait()|]; }); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(() => { [|Thread.Sleep(1)|]; return WorkAsync(); }); }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { [|Thread.Sleep(1)|]; });")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(TimeSpan.FromSeconds(1), token => { [|Thread.Sleep(1)|]; return WorkAsync(); });")]
    [InlineData("void M(Nursery nursery) { nursery.StartWork(Child); } void Child() { [|Thread.Sleep(1)|]; }")]
    public Task InAChildOrScopeBody(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { await WorkAsync(); Pause(); } private void Pause() { [|Thread.Sleep(1)|]; }")]
    [InlineData("async Task M() { await WorkAsync(); Pause(); } void Pause() => PauseMore(); void PauseMore() => [|Thread.Sleep(1)|];")]
    [InlineData("async Task M() { await WorkAsync(); Pause(3); } static void Pause(int times) { [|Thread.Sleep(1)|]; if (times > 0) Pause(times - 1); }")]
    [InlineData("async Task M() { await WorkAsync(); A(); } void A() { B(); } void B() { [|Thread.Sleep(1)|]; A(); }")]
    [InlineData("Task M() => Task.Run(Pause); void Pause() { [|Thread.Sleep(1)|]; }")]
    [InlineData("Task M() => Task.Run(() => Pause()); void Pause() { [|Thread.Sleep(1)|]; }")]
    [InlineData("async Task M() { await WorkAsync(); Pause(); void Pause() { [|Thread.Sleep(1)|]; } }")]
    [InlineData("async Task M() { await WorkAsync(); if (Pause()) Work(); } bool Pause() { [|Thread.Sleep(1)|]; return true; }")]
    [InlineData("async Task M() { await WorkAsync(); Pause<int>(); } void Pause<T>() { [|Thread.Sleep(1)|]; }")]
    [InlineData("async Task M(C other) { await WorkAsync(); other?.Pause(); } void Pause() { [|Thread.Sleep(1)|]; }")]
    [InlineData("async Task M() { await WorkAsync(); Log(nameof(Pause)); Pause(); } void Pause() { [|Thread.Sleep(1)|]; }")]
    [InlineData("public async Task M() { await WorkAsync(); Pause(); } public void Pause() { [|Thread.Sleep(1)|]; }")]
    [InlineData("async Task M() { await WorkAsync(); Pause(1); } void N() { Pause(); Pause(1, 2); } void Pause(int times) { [|Thread.Sleep(times)|]; } void Pause() { } void Pause(int a, int b) { }")]
    public Task InASynchronousFunctionCalledOnlyFromAsyncCode(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task InAnInternalHelperCalledFromAnotherFile()
    {
        var test = TestOf("internal static class Helper { public static void Pause() { {|SC3001:System.Threading.Thread.Sleep(1)|}; } internal static void Idle() { System.Threading.Thread.Sleep(1); } }");
        test.TestState.Sources.Add("using System.Threading.Tasks; class C { async Task M() { await Task.Yield(); Helper.Pause(); Helper.Idle(); } }");
        test.TestState.Sources.Add("class D { void M() { Helper.Idle(); } }");
        return test.RunAsync();
    }

    [Fact]
    public Task AHalfTypedCallMayBeACallerToo()
    {
        var test = TestOf(InClass("async Task M() { await Task.Yield(); Pause(1); } void N() { Pause(1, ; } void Pause(int times) { Thread.Sleep(times); }"));
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }

    [Fact]
    public Task AnExtensionMethodCalledOnlyFromAsyncCode()
        => VerifyFileAsync("""
            static class X { internal static void Pause(this int milliseconds) => [|Thread.Sleep(milliseconds)|]; internal static void Rest(this int milliseconds) => Thread.Sleep(milliseconds); internal static void Nap(this int milliseconds) => Thread.Sleep(milliseconds); }
            class C { async Task M() { await Task.Yield(); 5.Pause(); X.Pause(6); 5.Rest(); 5.Nap(); } void N() => 5.Rest(); void O() => X.Nap(5); }
            """);

    [Fact]
    public Task InNewerLanguage()
        => VerifyFileAsync("""
            using static System.Threading.Thread;
            class C
            {
                async IAsyncEnumerable<int> Iterate() { [|Sleep(1)|]; yield return 1; await Task.Yield(); }
                IAsyncEnumerable<int> Forward() { [|Sleep(1)|]; return Iterate(); }
                async Task M() { await foreach (var item in Iterate()) [|Sleep(item)|]; Local(); static void Local() => [|Sleep(1)|]; }
                async Task N(object o) { if (o is int { } i) [|Sleep(i)|]; await using var stream = new MemoryStream(); }
            }
            interface I { async Task RunAsync() { [|Sleep(1)|]; await Task.Yield(); } }
            """);

    [Fact]
    public Task APartialMethod()
        => VerifyFileAsync("""
            partial class C { partial void Pause(); async Task M() { await Task.Yield(); Pause(); } }
            partial class C { partial void Pause() => [|Thread.Sleep(1)|]; }
            """);

    [Fact]
    public Task TheMessageNamesTheCall()
    {
        var test = TestOf("using System.Threading; using System.Threading.Tasks; class C { async Task M() { {|#0:Task.Delay(1).Wait()|}; await Task.Yield(); } }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC3001ThreadSleepInAsyncCode>.Diagnostic("SC3001").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("'Task.Delay(...).Wait' blocks a thread inside async code and cannot be cancelled; await a cancellable delay"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("void M() { Thread.Sleep(100); }")]
    [InlineData("public void M() { SpinWait.SpinUntil(() => Compute() > 1); Task.Delay(1).Wait(); }")]
    [InlineData("int P { get { Thread.Sleep(1); return 1; } }")]
    [InlineData("C() { Thread.Sleep(1); } ~C() { Thread.Sleep(1); }")]
    [InlineData("private void NeverCalled() { Thread.Sleep(1); }")]
    [InlineData("void M() { Pause(); } void Pause() { Thread.Sleep(1); }")]
    [InlineData("async Task M() { await WorkAsync(); Pause(); } void N() { Pause(); } void Pause() { Thread.Sleep(1); }")]
    [InlineData("async Task M() { await WorkAsync(); Pause(); } void N() { Outer(); } void Outer() { Pause(); } void Pause() { Thread.Sleep(1); }")]
    [InlineData("async Task M() { await WorkAsync(); Pause(1); } void N() { Pause(); } void Pause(int times = 2) { Thread.Sleep(times); }")]
    [InlineData("async Task M() { await WorkAsync(); Pause(); } void N() { Pause(1, 2, 3); } void Pause(params int[] times) { Thread.Sleep(times.Length); }")]
    [InlineData("async Task M() { await WorkAsync(); Pause(1); } void N() { Pause(1, 2, 3); } void Pause(int most, params int[] times) { Thread.Sleep(most); }")]
    [InlineData("void A() { B(); } void B() { Thread.Sleep(1); A(); }")]
    [InlineData("void A() { B(); } void B() { Thread.Sleep(1); A(); C1(); } void C1() { Thread.Sleep(1); B(); }")]
    [InlineData("void M() { void Local() { Thread.Sleep(1); } Local(); }")]
    [InlineData("IEnumerable<int> M() { Thread.Sleep(1); yield return 1; }")]
    public Task InSynchronousCode(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { await WorkAsync(); Pause(); } Action N() => Pause; void Pause() { Thread.Sleep(1); }")]
    [InlineData("async Task M() { await WorkAsync(); Pause(null, null); } event EventHandler Changed; C() { Changed += Pause; } void Pause(object sender, EventArgs e) { Thread.Sleep(1); }")]
    [InlineData("async Task M(List<int> items) { await WorkAsync(); items.ForEach(item => Thread.Sleep(item)); }")]
    [InlineData("async Task M() { Action pause = () => Thread.Sleep(1); pause(); await WorkAsync(); }")]
    [InlineData("Timer M() => new Timer(_ => Thread.Sleep(1));")]
    [InlineData("void M(int[] items) { Parallel.ForEach(items, item => Thread.Sleep(item)); }")]
    [InlineData("void M(CancellationToken token) { token.Register(() => Thread.Sleep(1)); }")]
    [InlineData("async Task M() { await WorkAsync(); new Thread(Pause).Start(); Pause(); } void Pause() { Thread.Sleep(1); }")]
    public Task InADelegateThatAnybodyMayRun(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Thread M() => new Thread(() => { while (true) Thread.Sleep(1); });")]
    [InlineData("Thread M() => new Thread(Loop) { IsBackground = true }; void Loop() { Thread.Sleep(1); }")]
    [InlineData("Thread M() => new Thread(new ThreadStart(Loop)); void Loop() { Pause(); } void Pause() { Thread.Sleep(1); }")]
    [InlineData("Thread M() => new Thread(state => { Thread.Sleep((int)state); });")]
    [InlineData("Task M() => Task.Factory.StartNew(() => { Thread.Sleep(1); }, TaskCreationOptions.LongRunning);")]
    [InlineData("Task M() => Task.Factory.StartNew(() => { Thread.Sleep(1); }, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);")]
    [InlineData("Task M(TaskCreationOptions options) => Task.Factory.StartNew(() => { Thread.Sleep(1); }, options);")]
    [InlineData("Task M() => Task.Factory.StartNew(Loop, TaskCreationOptions.LongRunning); void Loop() { Thread.Sleep(1); }")]
    [InlineData("void M() { new Task(() => { Thread.Sleep(1); }, TaskCreationOptions.LongRunning).Start(); }")]
    [InlineData("Task M() => WorkAsync().ContinueWith(t => Thread.Sleep(1), TaskContinuationOptions.LongRunning);")]
    [InlineData("Task M(TaskScheduler ownThreads) => Task.Factory.StartNew(() => { Thread.Sleep(1); }, CancellationToken.None, TaskCreationOptions.None, ownThreads);")]
    public Task OnAThreadOfItsOwn(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task InsideToThread()
    {
        var test = TestOf("""
            using System;
            using System.Threading;
            using System.Threading.Tasks;
            using Structured.Concurrency;
            namespace Structured.Concurrency { public static class ToThread { public static Task RunAsync(Action work) => null; } }
            class C
            {
                async Task M() { await ToThread.RunAsync(() => Thread.Sleep(1)); await ToThread.RunAsync(Pause); [|Thread.Sleep(1)|]; }
                void Pause() { Thread.Sleep(1); }
            }
            """);
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M() { Thread.Sleep(0); await WorkAsync(); }")]
    [InlineData("async Task M() { Thread.Sleep(TimeSpan.Zero); await WorkAsync(); }")]
    [InlineData("async Task M() { SpinWait.SpinUntil(() => Compute() > 1, 0); await WorkAsync(); }")]
    [InlineData("async Task M() { SpinWait.SpinUntil(() => Compute() > 1, TimeSpan.FromMilliseconds(0)); await WorkAsync(); }")]
    [InlineData("async Task M() { new SpinWait().SpinOnce(); Thread.SpinWait(20); Thread.Yield(); await WorkAsync(); }")]
    [InlineData("async Task M() { await Task.Delay(100); }")]
    [InlineData("async Task M() { WorkAsync().Wait(); await WorkAsync(); }")]
    [InlineData("async Task M() { Expression<Action> later = () => Thread.Sleep(1); Log(later); await WorkAsync(); }")]
    [InlineData("async Task M() { await WorkAsync(); Thread.Sleep(); } static class Thread { public static void Sleep() { } }")]
    public Task WhatDoesNotPutTheThreadToSleep(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task InAnOverrideImplementationOrVirtualMember()
        => VerifyFileAsync("""
            interface IPauser { void Pause(); }
            class C : IPauser
            {
                async Task M(C other) { await Task.Yield(); Pause(); PauseMore(); other.PauseOften(); ToString(); }
                public void Pause() { Thread.Sleep(1); }
                internal virtual void PauseMore() { Thread.Sleep(1); }
                public virtual void PauseOften() { Thread.Sleep(1); }
                public override string ToString() { Thread.Sleep(1); return ""; }
            }
            public class D { protected void Rest() { Thread.Sleep(1); } async Task M() { await Task.Yield(); Rest(); } }
            """);

    [Fact]
    public Task InAPublicMemberOfAPublicType()
        => VerifyFileAsync("public class C { public async Task M() { await Task.Yield(); Pause(); } public void Pause() { Thread.Sleep(1); } }");

    [Theory]
    [InlineData("static class Program { static void Main() { Thread.Sleep(1); } }")]
    [InlineData("static class Program { static async Task Main() { Thread.Sleep(1); await Task.Yield(); } }")]
    [InlineData("static class Program { static void Main() { Pause(); } static void Pause() { Thread.Sleep(1); } }")]
    [InlineData("Thread.Sleep(1);")]
    [InlineData("await Task.Yield(); Thread.Sleep(1); Task.Delay(1).Wait();")]
    public Task InTheProgramsEntryPoint(string source) => VerifyFileAsync(source, outputKind: OutputKind.ConsoleApplication);

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf("using System.Threading; using System.Threading.Tasks; class C { async Task M() { Thread.Sleep(1); await Task.Yield(); } }");
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task WorksWithoutTheRuntime()
    {
        var test = TestOf("using System.Threading; using System.Threading.Tasks; class C { async Task M() { [|Thread.Sleep(1)|]; await Task.Yield(); } }");
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("void M() { Pause(; } void Pause() { Thread.Sleep(1); } async Task N( { Thread.Sleep("), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }

    [Fact]
    public Task ACallThatDoesNotBindMayComeFromAnywhere()
    {
        var test = TestOf(InClass("async Task M() { await WorkAsync(); Pause(1); } void N() { Pause(missing); Pause(1, 2); } void Pause(int i) { Thread.Sleep(i); }"), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }
}
