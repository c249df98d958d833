using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC1003Tests : RuleTest<SC1003AsyncVoid>
{
    [Theory]
    [InlineData("async void [|M|]() { await WorkAsync(); }")]
    [InlineData("public async void [|M|](int number) { await WorkAsync(); }")]
    [InlineData("private static async void [|M|]() => await WorkAsync();")]
    [InlineData("internal async void [|M|]<T>(T item) { await WorkAsync(); }")]
    [InlineData("async void [|M|]() { try { await WorkAsync(); } catch (Exception e) { Log(e); } }")]
    [InlineData("void M() { Local(); async void [|Local|]() { await WorkAsync(); } }")]
    [InlineData("async Task M() { await WorkAsync(); async void [|Local|]() => await WorkAsync(); Local(); }")]
    [InlineData("protected virtual async void [|M|]() { await WorkAsync(); }")]
    [InlineData("async void [|M|](object state) { await WorkAsync(); }")]
    [InlineData("async void [|M|](object sender, string text) { await WorkAsync(); }")]
    [InlineData("async void [|M|](EventArgs e) { await WorkAsync(); }")]
    [InlineData("Timer M() => new Timer(Tick); async void [|Tick|](object state) { await WorkAsync(); }")]
    public Task AMethodOrLocalFunction(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M(List<int> items) { items.ForEach([|async|] item => await WorkAsync()); }")]
    [InlineData("void M(int[] items) { Parallel.ForEach(items, [|async|] item => { await WorkAsync(); }); }")]
    [InlineData("Timer M() => new Timer([|async|] _ => await WorkAsync());")]
    [InlineData("Action M() => [|async|] () => await WorkAsync();")]
    [InlineData("Action M() { Action a = [|async|] () => { await WorkAsync(); }; return a; }")]
    [InlineData("Action<int> M() => [|async|] delegate (int i) { await WorkAsync(); };")]
    [InlineData("void M(CancellationToken token) { token.Register([|async|] () => await WorkAsync()); }")]
    [InlineData("event Action<string> Changed; void M() { Changed += [|async|] text => await WorkAsync(); }")]
    [InlineData("Thread M() => new Thread([|async|] () => await WorkAsync());")]
    [InlineData("void M() { ThreadPool.QueueUserWorkItem([|async|] _ => await WorkAsync()); }")]
    [InlineData("void M() { SynchronizationContext.Current.Post([|async|] _ => await WorkAsync(), null); }")]
    [InlineData("void M() { Run([|async|] () => await WorkAsync()); } void Run(Action action) => action();")]
    [InlineData("Action M() => new Action([|async|] () => await WorkAsync());")]
    public Task AFunctionGivenAsAVoidDelegate(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task AnImplementationOfAnInterfaceOfOnesOwn()
        => VerifyFileAsync("interface ICommand { void Execute(); } class C : ICommand { public async void [|Execute|]() { await Task.Yield(); } } class D : ICommand { async void ICommand.[|Execute|]() { await Task.Yield(); } }");

    [Fact]
    public Task AnOverride()
        => VerifyFileAsync("abstract class B { protected abstract void OnStart(); } class C : B { protected override async void [|OnStart|]() { await Task.Yield(); } }");

    [Fact]
    public Task APartialMethod()
        => VerifyFileAsync("partial class C { partial void OnStart(); } partial class C { async partial void [|OnStart|]() { await Task.Yield(); } }");

    [Fact]
    public Task TheMessageNamesTheLocalFunction()
        => VerifyMessageAsync(
            "void M() { Run(); async void {|#0:Run|}() { await WorkAsync(); } }",
            "'Run' is async void: nobody can wait for it or cancel it, and an exception in it ends the process; return a task");

    [Fact]
    public Task TheMessageNamesTheFunction()
    {
        var test = TestOf("using System; using System.Threading.Tasks; class C { async void {|#0:M|}() { await Task.Yield(); } Action N() => {|#1:async|} () => await Task.Yield(); }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC1003AsyncVoid>.Diagnostic("SC1003").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("'M' is async void: nobody can wait for it or cancel it, and an exception in it ends the process; return a task"));
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC1003AsyncVoid>.Diagnostic("SC1003").WithLocation(1).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("This function, given as 'Action', is async void: nobody can wait for it or cancel it, and an exception in it ends the process; return a task"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async void OnChanged(object sender, EventArgs e) { await WorkAsync(); }")]
    [InlineData("private async void OnChanged(object sender, UnhandledExceptionEventArgs e) => await WorkAsync();")]
    [InlineData("async void OnChanged(C sender, EventArgs e) { await WorkAsync(); }")]
    [InlineData("async void OnChanged(object sender, RoutedEventArgs e) { await WorkAsync(); } class RoutedEventArgs { }")]
    [InlineData("async void OnChanged<T>(object sender, T e) where T : EventArgs { await WorkAsync(); }")]
    [InlineData("event EventHandler Changed; void M() { Changed += async (sender, e) => await WorkAsync(); }")]
    [InlineData("event EventHandler Changed; void M() { Changed += async delegate { await WorkAsync(); }; }")]
    [InlineData("event EventHandler<string> Changed; void M() { Changed += async (sender, text) => { await WorkAsync(); }; }")]
    [InlineData("void M(FileSystemWatcher watcher) { watcher.Created += async (sender, e) => await WorkAsync(); }")]
    [InlineData("void M() { Console.CancelKeyPress += async (sender, e) => await WorkAsync(); }")]
    [InlineData("event EventHandler Changed; void M() { async void Handle(object sender, EventArgs e) { await WorkAsync(); } Changed += Handle; }")]
    [InlineData("EventHandler M() => async (sender, e) => await WorkAsync();")]
    [InlineData("event EventHandler<byte[]> Read; void M(C other) { other.Read += this.OnRead; } async void OnRead(object sender, byte[] bytes) { await WorkAsync(); }")]
    [InlineData("event EventHandler<int> Read; C() { Read += OnRead; } private static async void OnRead(object sender, int count) => await WorkAsync();")]
    public Task AnEventHandler(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { await WorkAsync(); }")]
    [InlineData("async Task<int> M() => await ComputeAsync();")]
    [InlineData("async ValueTask M() { await WorkAsync(); }")]
    [InlineData("void M() { Work(); }")]
    [InlineData("Task M() => WorkAsync();")]
    [InlineData("Func<Task> M() => async () => await WorkAsync();")]
    [InlineData("Func<int, Task<int>> M() => async i => await ComputeAsync();")]
    [InlineData("Task M() => Task.Run(async () => await WorkAsync());")]
    [InlineData("Task M() => Task.Run(async () => { await WorkAsync(); return 1; });")]
    [InlineData("Task<Task> M() => Task.Factory.StartNew(async () => await WorkAsync());")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => await WorkAsync());")]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(async () => await WorkAsync()); nursery.StartNow(async token => await WorkAsync()); }")]
    [InlineData("Task M(int[] items) => Task.WhenAll(items.Select(async item => await WorkAsync()));")]
    [InlineData("void M() { async Task Local() { await WorkAsync(); } Local().Wait(); }")]
    [InlineData("void M() { Run(async () => await WorkAsync()); } void Run(Action action) { } void Run(Func<Task> action) { }")]
    [InlineData("Action M() => () => Work();")]
    [InlineData("Delegate M() => (Func<Task>)(async () => await WorkAsync());")]
    public Task WhatReturnsATask(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task AnEventHandlerThatIsSubscribedThroughItsInterface()
        => VerifyFileAsync("""
            interface IHandler { void OnRead(object sender, byte[] bytes); }
            class Handler : IHandler { public async void OnRead(object sender, byte[] bytes) { await Task.Yield(); } }
            class Other { public async void [|OnRead|](object sender, byte[] bytes) { await Task.Yield(); } }
            class Connection { public event EventHandler<byte[]>? Read; public Connection(IHandler handler) { Read += handler.OnRead; } }
            """);

    [Fact]
    public Task InNewerLanguage()
        => VerifyFileAsync("""
            class C
            {
                async IAsyncEnumerable<int> Iterate() { yield return 1; await Task.Yield(); }
                void M() { var run = async () => await Task.Yield(); run().Wait(); static async void [|Local|]() => await Task.Yield(); Local(); }
                Action<int> N() => [|async|] static _ => await Task.Yield();
            }
            """);

    [Theory]
    [InlineData("structured_concurrency.async_void_entry_points = M:B.OnStart")]
    [InlineData("structured_concurrency.async_void_entry_points = T:B")]
    [InlineData("structured_concurrency.async_void_entry_points = M:C.OnStart | M:Other.M")]
    public Task AnOverrideThatTheOptionNames(string option)
        => VerifyFileAsync("abstract class B { protected abstract void OnStart(); } class C : B { protected override async void OnStart() { await Task.Yield(); } async void [|M|]() { await Task.Yield(); } }", option);

    [Theory]
    [InlineData("structured_concurrency.async_void_entry_points = M:ICommand.Execute(System.Object)")]
    [InlineData("structured_concurrency.async_void_entry_points = T:ICommand")]
    public Task AnImplementationThatTheOptionNames(string option)
        => VerifyFileAsync("interface ICommand { void Execute(object o); } class C : ICommand { public async void Execute(object o) { await Task.Yield(); } public async void [|Execute|]() { await Task.Yield(); } } class D : ICommand { async void ICommand.Execute(object o) { await Task.Yield(); } }", option);

    [Fact]
    public Task AMethodThatIsDetachedKnowingly()
        => VerifyFileAsync("class DetachedAttribute : Attribute { public DetachedAttribute(string reason) { } } class C { [Detached(\"warms the cache\")] async void M() { await Task.Yield(); } async void [|N|]() { await Task.Yield(); } }");

    [Fact]
    public Task AnAwaiterOrSchedulersOwnMember()
        => VerifyFileAsync("class A : INotifyCompletion { public bool IsCompleted => false; public void GetResult() { } public async void OnCompleted(Action continuation) { await Task.Yield(); continuation(); } }");

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf("using System.Threading.Tasks; class C { async void M() { await Task.Yield(); } }");
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task WorksWithoutTheRuntime()
    {
        var test = TestOf("using System.Threading.Tasks; class C { async void [|M|]() { await Task.Yield(); } }");
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async void M( { await WorkAsync(); }")]
    [InlineData("void M() { Missing(async () => await WorkAsync()); missing += async x => await WorkAsync(); }")]
    [InlineData("async void M();")]
    [InlineData("void M() { async void Local( }")]
    public Task CodeThatDoesNotCompile(string members)
    {
        var test = TestOf(InClass(members), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }
}
