using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC1002Tests : RuleTest<SC1002TaskIsDiscarded>
{
    [Theory]
    [InlineData("void M() { [|WorkAsync()|]; }")]
    [InlineData("void M() { [|ComputeAsync()|]; }")]
    [InlineData("void M() { [|FlushAsync()|]; }")]
    [InlineData("void M() { _ = [|WorkAsync()|]; }")]
    [InlineData("void M() { _ = [|FlushAsync()|]; }")]
    [InlineData("Action<object> M() => _ => { _ = [|WorkAsync()|]; };")]
    [InlineData("Action<object> M() => _ => _ = [|WorkAsync()|];")]
    [InlineData("async Task M() { await WorkAsync(); _ = [|WorkAsync()|]; }")]
    [InlineData("async Task M() { _ = [|M()|]; await WorkAsync(); }")]
    [InlineData("async void M() { await WorkAsync(); _ = [|ComputeAsync()|]; }")]
    [InlineData("void M(C other) { other?[|.RunAsync()|]; } Task RunAsync() => WorkAsync();")]
    [InlineData("async Task M(C other) { other?[|.RunAsync()|]; await WorkAsync(); } Task RunAsync() => WorkAsync();")]
    [InlineData("void M(C other) { _ = other?[|.RunAsync()|]; } Task RunAsync() => WorkAsync();")]
    [InlineData("void M(C other) { _ = other?[|.RunAsync()|] ?? Task.CompletedTask; } Task RunAsync() => WorkAsync();")]
    [InlineData("void M(Func<Task> work) { [|work()|]; }")]
    [InlineData("void M(Func<int, Task> work) { work?[|.Invoke(1)|]; }")]
    [InlineData("void M() { [|Task.Delay(100)|]; }")]
    [InlineData("void M() { [|Task.Yield()|]; }")]
    [InlineData("void M(List<Task> tasks) { [|Task.WhenAll(tasks)|]; }")]
    [InlineData("void M(Stream stream, byte[] bytes) { [|stream.WriteAsync(bytes, 0, bytes.Length)|]; }")]
    [InlineData("void M(IAsyncDisposable resource) { [|resource.DisposeAsync()|]; }")]
    [InlineData("void M(SemaphoreSlim gate) { [|gate.WaitAsync()|]; Work(); gate.Release(); }")]
    [InlineData("int P { get { [|WorkAsync()|]; return 1; } set { _ = [|WorkAsync()|]; } }")]
    [InlineData("int M(bool b) { try { Work(); } catch (Exception) { [|WorkAsync()|]; } finally { [|FlushAsync()|]; } return 1; }")]
    [InlineData("void M() { for ([|WorkAsync()|]; Compute() > 1; [|WorkAsync()|]) { } }")]
    [InlineData("void M(C other) { other?[|.Next().RunAsync()|]; } C Next() => this; Task RunAsync() => WorkAsync();")]
    [InlineData("void M(bool b) { _ = b ? [|WorkAsync()|] : [|ComputeAsync()|]; }")]
    [InlineData("void M(Task given) { _ = given ?? [|WorkAsync()|]; }")]
    [InlineData("void M() { _ = ([|WorkAsync()|]); }")]
    [InlineData("void M() { _ = (object)[|WorkAsync()|]; }")]
    [InlineData("async Task M(object gate) { lock (gate) { [|WorkAsync()|]; } await WorkAsync(); }")]
    [InlineData("void M<T>(T source) where T : ISource { [|source.ReadAsync()|]; } interface ISource { Task ReadAsync(); }")]
    [InlineData("Action<object> M() => _ => { _ = [|WorkAsync()|]; _ = [|ComputeAsync()|]; };")]
    [InlineData("void M() { [|Pick(WorkAsync())|]; } Task Pick(Task given) { if (Compute() > 1) return given; return ComputeAsync(); }")]
    [InlineData("void M<T>(Func<T> start) where T : Task { [|start()|]; }")]
    [InlineData("interface IJob { TaskAwaiter GetAwaiter(); } interface INamedJob : IJob { } static INamedJob Start() => null; void M() { [|Start()|]; }")]
    [InlineData("void M<T>(Func<T> start) where T : Task, IAsyncResult { [|start()|]; }")]
    public Task Dropped(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M() { var task = [|WorkAsync()|]; Func<Task, Task> wait = async task => await task; Log(wait); }")]
    [InlineData("void M() { var task = [|WorkAsync()|]; static async Task WaitAsync(Task task) => await task; Func<Task, Task> wait = WaitAsync; Log(wait); }")]
    public Task AnotherFunctionMayWaitForWhatItCallsTheSame(string members) => VerifyNewestAsync(members);

    [Theory]
    [InlineData("void M() { (_, _) = ([|WorkAsync()|], [|ComputeAsync()|]); }")]
    [InlineData("async Task M() { { var task = [|WorkAsync()|]; Work(); } { var task = WorkAsync(); await task; } }")]
    [InlineData("async Task M() { (_, var second) = ([|WorkAsync()|], WorkAsync()); await second; }")]
    [InlineData("void M() { (_, (_, var number)) = ([|WorkAsync()|], ([|ComputeAsync()|], 1)); Log(number); }")]
    [InlineData("async Task<bool> M() { await Task.Yield(); return [|LoadAsync()|] != null; } async Task<string> LoadAsync() { await Task.Yield(); return null; }")]
    [InlineData("async Task<bool> M() { await Task.Yield(); return [|LoadAsync()|] is null; } async Task<string> LoadAsync() { await Task.Yield(); return null; }")]
    [InlineData("void M() { using ([|EnterAsync()|]) Work(); } Task<IDisposable> EnterAsync() => Task.FromResult<IDisposable>(null);")]
    [InlineData("void M() { using (var held = [|EnterAsync()|]) Work(); } Task<IDisposable> EnterAsync() => Task.FromResult<IDisposable>(null);")]
    [InlineData("void M() { var all = new List<Task>(); all.Add([|WorkAsync()|]); Log(all.Count); }")]
    [InlineData("void M() { var all = new List<Task> { [|WorkAsync()|] }; Log(all.Count); }")]
    [InlineData("void M() { var all = new Task[2]; all[0] = [|WorkAsync()|]; all[1] = [|WorkAsync()|]; }")]
    [InlineData("void M() { Task[] all = { [|WorkAsync()|] }; Log(all.Length); }")]
    [InlineData("void M() { ((_, _), _) = (([|WorkAsync()|], 1), 2); }")]
    [InlineData("void M() { (_, _) = ([|WorkAsync()|], (1, [|ComputeAsync()|])); }")]
    [InlineData("async Task<bool> M() { await Task.Yield(); return ([|LoadAsync()|]) == null; } async Task<string> LoadAsync() { await Task.Yield(); return null; }")]
    [InlineData("async Task<bool> M() { await Task.Yield(); return null != [|LoadAsync()|]; } async Task<string> LoadAsync() { await Task.Yield(); return null; }")]
    public Task DroppedAsIfItWereItsResult(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { (var first, var second) = (WorkAsync(), WorkAsync()); await first; await second; }")]
    [InlineData("async Task M() { var both = (WorkAsync(), WorkAsync()); await both.Item1; await both.Item2; }")]
    [InlineData("Task _running; async Task M() { (_running, _) = (WorkAsync(), 1); await _running; }")]
    [InlineData("Task _running; bool M() => Running() != null; Task Running() => _running;")]
    [InlineData("async Task M() { using (var held = EnterAsync()) await held; } Task<IDisposable> EnterAsync() => Task.FromResult<IDisposable>(null);")]
    [InlineData("async Task M() { using (await EnterAsync()) Work(); } Task<IDisposable> EnterAsync() => Task.FromResult<IDisposable>(null);")]
    [InlineData("async Task M() { var all = new List<Task>(); all.Add(WorkAsync()); all.Add(WorkAsync()); await Task.WhenAll(all); }")]
    [InlineData("async Task M() { var all = new List<Task> { WorkAsync() }; foreach (var each in all) await each; }")]
    [InlineData("List<Task> M() { var all = new List<Task>(); all.Add(WorkAsync()); return all; }")]
    [InlineData("Func<Task> M() { var all = new List<Task>(); all.Add(WorkAsync()); return () => Task.WhenAll(all); }")]
    [InlineData("void M(List<Task> shared) { var all = shared; all.Add(WorkAsync()); }")]
    [InlineData("void M(List<Task> all) { all.Add(WorkAsync()); }")]
    [InlineData("async Task M() { var all = new Task[2]; all[0] = WorkAsync(); all[1] = WorkAsync(); await Task.WhenAll(all); }")]
    [InlineData("async Task M() { Task[] all = { WorkAsync(), WorkAsync() }; await all[0]; await all[1]; }")]
    [InlineData("async Task M() { var pending = new Dictionary<int, Task>(); pending[1] = WorkAsync(); await pending[1]; }")]
    public Task NotDroppedThoughItIsHeldInAnotherWay(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("bool M() => [|LoadAsync()|] is { }; async Task<string> LoadAsync() { await Task.Yield(); return null; }")]
    [InlineData("void M() { using var held = [|EnterAsync()|]; Work(); } Task<IDisposable> EnterAsync() => Task.FromResult<IDisposable>(null);")]
    [InlineData("Task<string> _running; bool M() => Running() is { }; Task<string> Running() => _running;")]
    [InlineData("async Task M() { if (LoadAsync() is { } loading) await loading; } async Task<string> LoadAsync() { await Task.Yield(); return null; }")]
    [InlineData("async Task<bool> M() { await Task.Yield(); return [|LoadAsync()|] is not null; } async Task<string> LoadAsync() { await Task.Yield(); return null; }")]
    [InlineData("async Task<bool> M() { await Task.Yield(); return [|LoadAsync()|] == default; } async Task<string> LoadAsync() { await Task.Yield(); return null; }")]
    public Task MatchedOrDisposedOf(string members) => VerifyNewestAsync(members);

    [Theory]
    [InlineData("void M() { [|WorkAsync()|].ConfigureAwait(false); }")]
    [InlineData("void M() { _ = [|WorkAsync()|].ConfigureAwait(false); }")]
    [InlineData("void M() { [|FlushAsync()|].AsTask(); }")]
    [InlineData("void M() { [|FlushAsync()|].Preserve(); }")]
    [InlineData("void M() { [|FlushAsync()|].AsTask().ContinueWith(t => Log(t.Exception)); }")]
    [InlineData("void M() { [|WorkAsync()|].ContinueWith(t => Log(t.Exception), TaskContinuationOptions.OnlyOnFaulted); }")]
    [InlineData("void M() { _ = [|WorkAsync()|].ContinueWith(t => { if (t.IsFaulted) Log(t.Exception); }, TaskScheduler.Default).ConfigureAwait(false); }")]
    [InlineData("void M() { [|WorkAsync()|].ContinueWith(t => WorkAsync()).Unwrap(); }")]
    [InlineData("void M() { var task = WorkAsync(); [|task.ContinueWith(t => Log(t.Exception))|]; }")]
    [InlineData("async Task M() { await [|WorkAsync().ContinueWith(async t => await WorkAsync())|]; }")]
    [InlineData("async Task M() { await [|WorkAsync().ContinueWith(t => PingAsync())|].ConfigureAwait(false); } static async Task PingAsync() => await WorkAsync();")]
    [InlineData("Task M() => [|WorkAsync().ContinueWith(async t => { await WorkAsync(); })|];")]
    [InlineData("async Task M(Task given) { await [|given.ContinueWith(PingAsync)|]; } static async Task PingAsync(Task task) { await task; }")]
    [InlineData("void M() { [|WorkAsync()|].ContinueWith(async t => await WorkAsync()); }")]
    [InlineData("void M() { _ = [|WorkAsync()|].ContinueWith(async t => await WorkAsync()); }")]
    [InlineData("void M() { ([|WorkAsync()|]).ConfigureAwait(continueOnCapturedContext: false); }")]
    public Task DroppedAtTheEndOfAChain(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M() => [|WorkAsync()|];")]
    [InlineData("C() => [|WorkAsync()|];")]
    [InlineData("Action M() => () => [|WorkAsync()|];")]
    [InlineData("void M(List<int> items) => items.ForEach(item => [|ComputeAsync()|]);")]
    [InlineData("void M(int[] items) => Parallel.ForEach(items, item => [|WorkAsync()|]);")]
    [InlineData("Timer M() => new Timer(_ => [|WorkAsync()|]);")]
    [InlineData("event EventHandler Changed; void M() => Changed += (sender, e) => [|WorkAsync()|];")]
    [InlineData("Thread M() => new Thread(() => [|WorkAsync()|]);")]
    [InlineData("void M(CancellationToken token) { token.Register(() => [|WorkAsync()|]); }")]
    [InlineData("void M() { Nursery.RunAsync(nursery => { _ = [|WorkAsync()|]; }).Wait(); }")]
    public Task DroppedAsAnExpressionBody(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M() { var _ = [|WorkAsync()|]; }")]
    [InlineData("async Task M() { var unused = [|WorkAsync()|]; await WorkAsync(); }")]
    [InlineData("void M() { Task task = null; task = [|WorkAsync()|]; }")]
    public Task DroppedInALocalThatNobodyReads(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { var found = [|ComputeAsync()|]; if (found == default) Log(1); await WorkAsync(); }")]
    [InlineData("void M() { var found = [|ComputeAsync()|]; if (null != found) Log(1); }")]
    [InlineData("void M() { Task found = [|ComputeAsync()|]; if (found is null) Log(1); }")]
    [InlineData("void M() { var work = [|WorkAsync()|]; Log(work.Status); Log($\"{work.Id}: {work.Status}\"); }")]
    [InlineData("void M() { var work = [|WorkAsync()|]; if (null == work) Log(1); }")]
    [InlineData("void M() { var work = [|WorkAsync()|]; Log($\"started {work.Id}\"); }")]
    [InlineData("void M() { var work = [|WorkAsync()|]; if ((object)work != null) Log(work.Status); }")]
    public Task DroppedInALocalThatIsNotWaitedFor(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { Task work = null; if (Compute() > 1) work = WorkAsync(); if (work != null) await work; }")]
    [InlineData("void M() { var work = WorkAsync(); if (work.Status == TaskStatus.Faulted) Log(1); }")]
    [InlineData("void M() { var work = WorkAsync(); Log(work); }")]
    [InlineData("bool M() { var work = WorkAsync(); return Ended(work.Status); } static bool Ended(TaskStatus status) => status > TaskStatus.Running;")]
    [InlineData("void M() { var work = WorkAsync(); while (!work.IsCompleted) Work(); }")]
    [InlineData("void M(Task other) { var work = WorkAsync(); if (work == other) Log(1); }")]
    [InlineData("int M() { var work = WorkAsync(); return work.Id; }")]
    [InlineData("void M() { var work = WorkAsync(); if (work != Task.CompletedTask) Log(1); }")]
    [InlineData("void M() { var work = WorkAsync(); Log(Tell(work.Status)); } string Tell(TaskStatus status) => \"\";")]
    public Task ALocalThatIsLookedAt(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("static class X { public static void Forget(this Task task) { } }")]
    [InlineData("static class X { public static void Forget(this Task task, Action<Exception> handler = null) => task.ContinueWith(t => handler(t.Exception), TaskContinuationOptions.OnlyOnFaulted); }")]
    [InlineData("static class X { public static void Forget(this Task task) => _ = [|Observe(task)|]; static async Task Observe(Task task) { try { await task; } catch { } } }")]
    public Task LaunderedByAHelperWhoseSourceLetsGo(string helper)
        => VerifyFileAsync(helper + "\nclass C { Task RunAsync() => Task.Delay(1); void M() { [|RunAsync()|].Forget(); X.Forget([|RunAsync()|]); this?[|.RunAsync()|].Forget(); } }");

    [Theory]
    [InlineData("static int Keep(Task task) => 1; int M() => Keep([|WorkAsync()|]);")]
    [InlineData("static bool Ask(Task task, string name) { Log(name); return task.IsCompleted; } void M() { if (!Ask([|WorkAsync()|], \"work\")) Work(); }")]
    [InlineData("string Named(Task<int> task) { _ = task; return \"\"; } void M() { var name = Named([|ComputeAsync()|]); Log(name); }")]
    [InlineData("void M() { Start([|WorkAsync()|]); int Start(Task work) { return work.Id; } }")]
    [InlineData("void M() { Start([|WorkAsync()|]); int Start(Task work) => 1; }")]
    public Task LaunderedByAMethodThatReturnsSomethingElse(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("readonly List<Task> _all = new List<Task>(); int Keep(Task task) { _all.Add(task); return _all.Count; } int M() => Keep(WorkAsync());")]
    [InlineData("static object Boxed(Task task) => task; object M() => Boxed(WorkAsync());")]
    [InlineData("static object Cast(Task task) => (object)task; object M() => Cast(WorkAsync());")]
    [InlineData("static object Either(Task task, bool some) => some ? task : null; object M() => Either(WorkAsync(), Compute() > 1);")]
    [InlineData("static (Task, int) With(Task task, int number) => (task, number); object M() => With(WorkAsync(), 1);")]
    [InlineData("static int Result(Task<int> task) => task.Result; int M() => Result(ComputeAsync());")]
    [InlineData("static List<Task> One(Task task) => new List<Task> { task }; object M() => One(WorkAsync());")]
    [InlineData("static Func<Task> Lazy(Task task) => () => task; object M() => Lazy(WorkAsync());")]
    [InlineData("static bool Wait(Task task) { task.Wait(); return true; } bool M() => Wait(WorkAsync());")]
    [InlineData("class Fake { public virtual int Keep(Task task) => 1; } int M(Fake fake) => fake.Keep(WorkAsync());")]
    [InlineData("void M() { Log(Wrap(WorkAsync())); } object Wrap(Task work) => (object)work;")]
    [InlineData("void M() { Log(Wrap(WorkAsync())); } object Wrap(Task work) => (work);")]
    [InlineData("void M() { Log(Wrap(WorkAsync())); } IAsyncResult Wrap(Task work) { return work as IAsyncResult; }")]
    [InlineData("void M() { Start(WorkAsync()); } int Start(Task work) { Action later = () => work.Wait(); later(); return 1; }")]
    public Task AMethodThatReturnsSomethingElseAndKeepsTheTask(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task LaunderedByAnExtensionFromMetadata()
    {
        var test = TestOf("using System; using System.Threading.Tasks; class C { Task RunAsync() => Task.Delay(1); ValueTask<int> GetAsync() => default; void M() { [|RunAsync()|].SafeFireAndForget(e => { }); [|GetAsync()|].Ignore(); } }");
        test.TestState.AdditionalProjects["Helpers"].Sources.Add("using System; using System.Threading.Tasks; public static class Helpers { public static async void SafeFireAndForget(this Task task, Action<Exception> onException) { } public static void Ignore<T>(this ValueTask<T> task) { } }");
        test.TestState.AdditionalProjectReferences.Add("Helpers");
        test.DisabledDiagnostics.Add("CS1998");
        return test.RunAsync();
    }

    [Theory]
    [InlineData("Nito.AsyncEx.Synchronous", "TaskExtensions", "WaitAndUnwrapException", true)]
    [InlineData("Microsoft.VisualStudio.Threading", "TplExtensions", "WaitWithoutInlining", true)]
    [InlineData("Microsoft.VisualStudio.Threading", "TplExtensions", "Forget", false)]
    public Task AnExtensionFromMetadataThatIsKnownToWait(string space, string type, string name, bool waits)
    {
        var (open, close) = waits ? ("", "") : ("[|", "|]");
        var test = TestOf($"using System.Threading.Tasks; using {space}; class C {{ Task RunAsync() => Task.Delay(1); void M() {{ {open}RunAsync(){close}.{name}(); }} }}");
        test.TestState.AdditionalProjects["Helpers"].Sources.Add($"using System.Threading.Tasks; namespace {space} {{ public static class {type} {{ public static void {name}(this Task task) {{ }} }} }}");
        test.TestState.AdditionalProjectReferences.Add("Helpers");
        return test.RunAsync();
    }

    [Fact]
    public Task AMethodThatGivesBackItsOwnArgumentPassesTheQuestionOn()
        => VerifyMembersAsync("""
            static Task Named(Task task, string name) { Log(name); return task; }
            readonly List<Task> _all = new List<Task>();
            Task Tracked(Task task) { _all.Add(task); return task; }
            void M() { Named([|WorkAsync()|], "work"); _ = Named([|WorkAsync()|], "work").ConfigureAwait(false); Tracked(WorkAsync()); }
            async Task N() { await Named(WorkAsync(), "work"); }
            """);

    [Fact]
    public Task CustomAwaitables()
        => VerifyFileAsync("""
            class Operation { public TaskAwaiter GetAwaiter() => Task.CompletedTask.GetAwaiter(); }
            class Derived : Operation { }
            interface IOperation { TaskAwaiter GetAwaiter(); }
            class C
            {
                Operation Start() => new Operation();
                Derived StartDerived() => new Derived();
                IOperation StartAny() => null;
                void M() { [|Start()|]; _ = [|StartDerived()|]; [|StartAny()|]; }
            }
            """);

    [Fact]
    public Task TheNurserysOwnTasks()
        => VerifyMembersAsync("""
            void M() { [|Nursery.RunAsync(async nursery => { nursery.StartSoon(WorkAsync); await WorkAsync(); })|]; }
            void N(Nursery nursery) { nursery.StartSoon(() => ComputeAsync()); nursery.StartNow(ComputeAsync); nursery.StartWork(() => Compute()); }
            """);

    [Fact]
    public Task DroppedInTopLevelStatements()
        => VerifyFileAsync("_ = [|Task.Delay(1)|];\n[|Task.Delay(1)|];\n[|Local()|];\nTask Local() => Task.Delay(1);\n", outputKind: OutputKind.ConsoleApplication);

    [Fact]
    public Task DroppedInNewerLanguage()
        => VerifyNewestAsync("""
            async Task M(int i, IAsyncEnumerable<int> items)
            {
                await foreach (var item in items) _ = [|WorkAsync()|];
                _ = i switch { 0 => [|WorkAsync()|], _ => ComputeAsync() is { } task ? task : Task.CompletedTask };
                static void Local() => [|WorkAsync()|];
                Local();
                Task? maybe = null;
                maybe ??= WorkAsync();
                await maybe;
                if (i is > 3 and < 5) { using var stream = new MemoryStream(); _ = [|stream.FlushAsync()|]; }
            }

            record R(int I) { public int J { get; init; } = I; public void Start() => [|WorkAsync()|]; }
            interface I { Task RunAsync(); void Start() => [|RunAsync()|]; }
            async IAsyncEnumerable<int> Iterate() { _ = [|WorkAsync()|]; yield return await ComputeAsync(); }
            """);

    [Fact]
    public Task DroppedInThePropertyBodyOfTheNewestLanguage()
    {
        var test = TestOf(InClass("int P { get => field; set { field = value; [|WorkAsync()|]; } }"), LanguageVersions.CSharp14);
        return test.RunAsync();
    }

    /// <summary>The compiler speaks of plain calls in async code, and of calls of async methods anywhere. Where it does, this rule is silent; where it does not, this rule speaks.</summary>
    [Theory]
    [InlineData("async Task A() { await WorkAsync(); {|CS4014:WorkAsync()|}; }")]
    [InlineData("async Task A() { await WorkAsync(); {|CS4014:WorkAsync().ConfigureAwait(false)|}; }")]
    [InlineData("async Task A() { await WorkAsync(); {|CS4014:WorkAsync().ContinueWith(t => Log(t))|}; }")]
    [InlineData("async Task A() { await WorkAsync(); {|CS4014:A()|}; }")]
    [InlineData("async Task A() { await WorkAsync(); } void M() { {|CS4014:A()|}; }")]
    [InlineData("async Task A() { await WorkAsync(); } void M() => {|CS4014:A()|};")]
    [InlineData("async Task A() { await WorkAsync(); } Action M() => () => {|CS4014:A()|};")]
    [InlineData("async Task A() { await WorkAsync(); } C() { {|CS4014:A()|}; }")]
    [InlineData("async Task A() { await WorkAsync(); } void M() { [|A()|].ConfigureAwait(false); }")]
    [InlineData("async Task A() { await WorkAsync(); } void M(C other) { other?[|.A()|]; }")]
    [InlineData("async Task A() { await WorkAsync(); _ = [|WorkAsync()|]; }")]
    [InlineData("async Task A() { await WorkAsync(); lock (this) { [|WorkAsync()|]; {|CS4014:A()|}; } }")]
    [InlineData("async Task A() { await WorkAsync(); Action later = () => [|WorkAsync()|]; later(); }")]
    [InlineData("async Task A() { await WorkAsync(); Action later = async () => {|CS4014:WorkAsync()|}; later(); }")]
    [InlineData("async Task A() { await WorkAsync(); void Local() { [|WorkAsync()|]; } Local(); }")]
    [InlineData("async Task A() { await WorkAsync(); var task = WorkAsync(); {|CS4014:task.ContinueWith(t => Log(t))|}; }")]
    [InlineData("async Task A(Func<Task> work) { await WorkAsync(); {|CS4014:work()|}; work?[|.Invoke()|]; }")]
    [InlineData("async Task A() { await WorkAsync(); for ({|CS4014:WorkAsync()|}; Compute() > 1; {|CS4014:A()|}) { } }")]
    [InlineData("async Task A() { await WorkAsync(); try { } catch { {|CS4014:WorkAsync()|}; } finally { {|CS4014:WorkAsync()|}; } }")]
    public async Task SpeaksJustWhereTheCompilerDoesNot(string members)
    {
        foreach (var version in new[] { LanguageVersions.CSharp73, LanguageVersion.Latest })
        {
            var test = TestOf(InClass(members), version);
            test.CompilerDiagnostics = CompilerDiagnostics.Warnings;
            test.DisabledDiagnostics.AddRange(["CS1998", "CS8321"]);
            await test.RunAsync();
        }
    }

    [Fact]
    public Task TakesOverWhereTheProjectSwitchesTheCompilersWarningOff()
    {
        var test = TestOf(InClass("async Task M() { [|WorkAsync()|]; [|M()|]; await WorkAsync(); }"));
        test.SolutionTransforms.Add(static (solution, id) => solution.WithProjectCompilationOptions(
            id,
            solution.GetProject(id)!.CompilationOptions!.WithSpecificDiagnosticOptions(new Dictionary<string, ReportDiagnostic> { ["CS4014"] = ReportDiagnostic.Suppress })));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("silent")]
    public Task TakesOverWhereTheEditorConfigurationSwitchesTheCompilersWarningOff(string severity)
        => VerifyMembersAsync("async Task M() { [|WorkAsync()|]; await WorkAsync(); }", "dotnet_diagnostic.CS4014.severity = " + severity);

    [Theory]
    [InlineData("is_global = true\n")]
    [InlineData("root = true\n[*.cs]\n")]
    public Task TheProjectsNoWarnWinsOverAnEditorConfiguration(string header)
    {
        var test = TestOf(InClass("async Task M() { [|WorkAsync()|]; await WorkAsync(); }"));
        test.CompilerDiagnostics = CompilerDiagnostics.Warnings;
        test.TestState.AnalyzerConfigFiles.Add((header.StartsWith("is") ? "/.globalconfig" : "/.editorconfig", header + "dotnet_diagnostic.CS4014.severity = warning\n"));
        test.SolutionTransforms.Add(static (solution, id) => solution.WithProjectCompilationOptions(
            id,
            solution.GetProject(id)!.CompilationOptions!.WithSpecificDiagnosticOptions(new Dictionary<string, ReportDiagnostic> { ["CS4014"] = ReportDiagnostic.Suppress })));
        return test.RunAsync();
    }

    [Fact]
    public Task LeavesItToTheCompilerWhereItsWarningIsAnError()
        => VerifyMembersAsync("async Task M() { {|CS4014:WorkAsync()|}; await WorkAsync(); }", "dotnet_diagnostic.CS4014.severity = error");

    [Fact]
    public Task LeavesItToTheCompilerWhereTheProjectMakesItsWarningAnError()
    {
        var test = TestOf(InClass("async Task M() { {|CS4014:WorkAsync()|}; await WorkAsync(); }"));
        test.SolutionTransforms.Add(static (solution, id) => solution.WithProjectCompilationOptions(
            id,
            solution.GetProject(id)!.CompilationOptions!.WithSpecificDiagnosticOptions(new Dictionary<string, ReportDiagnostic> { ["CS4014"] = ReportDiagnostic.Error })));
        return test.RunAsync();
    }

    [Fact]
    public Task APragmaSpeaksForItsPlace()
        => VerifyMembersAsync("""
            async Task M()
            {
            #pragma warning disable CS4014 // Nobody waits for the warm-up.
                WorkAsync();
            #pragma warning restore CS4014
                await WorkAsync();
            }
            """);

    [Fact]
    public Task TheMessageNamesTheCall()
    {
        var test = TestOf("using System.Threading.Tasks; class C { Task RunAsync() => Task.Delay(1); void M() { {|#0:RunAsync()|}; } }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC1002TaskIsDiscarded>.Diagnostic("SC1002").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("The task returned by 'C.RunAsync' is dropped: nothing waits for it, cancels it or sees it fail; await it or start it in a nursery"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M() { await WorkAsync(); }")]
    [InlineData("async Task M() { await WorkAsync().ConfigureAwait(false); }")]
    [InlineData("async Task M() { _ = await ComputeAsync(); }")]
    [InlineData("async Task<int> M(C other) => await (other?.RunAsync() ?? Task.FromResult(0)); Task<int> RunAsync() => ComputeAsync();")]
    [InlineData("Func<object, object> M() => _ => { _ = WorkAsync(); return _; };")]
    [InlineData("Task M() => WorkAsync();")]
    [InlineData("Task M() { return WorkAsync().ContinueWith(t => Log(t)); }")]
    [InlineData("ValueTask M() => FlushAsync();")]
    [InlineData("Func<Task> M() => () => WorkAsync();")]
    [InlineData("Task M() { Func<int, Task> work = i => WorkAsync(); return work(1); }")]
    [InlineData("void M() { WorkAsync().Wait(); }")]
    [InlineData("void M() { WorkAsync().GetAwaiter().GetResult(); }")]
    [InlineData("void M() { FlushAsync().GetAwaiter().GetResult(); }")]
    [InlineData("int M() => ComputeAsync().Result;")]
    [InlineData("void M() { Log(ComputeAsync().Result); }")]
    [InlineData("async Task M() { var a = WorkAsync(); var b = ComputeAsync(); await Task.WhenAll(a, b); }")]
    [InlineData("async Task M() { Task task; task = WorkAsync(); await task; }")]
    [InlineData("async Task M(bool b) { var task = b ? WorkAsync() : Task.CompletedTask; await task; }")]
    [InlineData("void M() { var task = WorkAsync(); if (task.IsCompleted) Work(); }")]
    [InlineData("void M() { Work(); Compute(); _ = Compute(); }")]
    [InlineData("void M() { Task.Run(() => WorkAsync()); }")]
    [InlineData("void M() { Task.Run(async () => { await WorkAsync(); }); _ = Task.Factory.StartNew(() => WorkAsync()).Unwrap(); }")]
    [InlineData("async Task M() { await WorkAsync().ContinueWith(async t => await WorkAsync()).Unwrap(); }")]
    [InlineData("async Task M() { await await WorkAsync().ContinueWith(async t => await WorkAsync()); }")]
    [InlineData("async Task M() { var inner = await WorkAsync().ContinueWith(async t => await WorkAsync()); await inner; }")]
    [InlineData("Task<Task> M() => WorkAsync().ContinueWith(async t => await WorkAsync());")]
    [InlineData("async Task M(Task<Task> all) { await all.ContinueWith(t => t.Result); }")]
    [InlineData("async Task M(Task other) { await WorkAsync().ContinueWith(t => other); }")]
    [InlineData("async Task M() { await WorkAsync().ContinueWith(t => Task.CompletedTask); }")]
    [InlineData("async Task M() { await WorkAsync().ContinueWith(t => ComputeAsync().Result); }")]
    public Task AwaitedReturnedOrWaitedFor(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M() { _ = Task.CompletedTask; }")]
    [InlineData("void M() { Task.FromResult(1); }")]
    [InlineData("void M() { _ = Task.FromException(new Exception()); _ = Task.FromCanceled(new CancellationToken(true)); }")]
    [InlineData("Task _task; void M() { _ = _task; }")]
    [InlineData("Task Completion { get; } void M() { _ = Completion; }")]
    [InlineData("void M(Task given) { _ = given; given.ContinueWith(t => Log(t)); }")]
    [InlineData("void M(TaskCompletionSource<int> source) { _ = source.Task; source.Task.ContinueWith(t => Log(t)); }")]
    [InlineData("void M(dynamic d) { d.RunAsync(); _ = d.RunAsync(); }")]
    [InlineData("void M(OwnedNursery nursery) { _ = nursery.Completion; }")]
    [InlineData("static Task<Task> StartNew(int number) => Task.FromResult(WorkAsync()); async Task M() { await StartNew(1); }")]
    public Task NotACallThatStartsAnything(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Task _task; void M() { _task = WorkAsync(); }")]
    [InlineData("readonly List<Task> _tasks = new List<Task>(); void M() { _tasks.Add(WorkAsync()); }")]
    [InlineData("readonly Queue<Task> _tasks = new Queue<Task>(); void M() { _tasks.Dequeue(); }")]
    [InlineData("readonly ConcurrentDictionary<int, Task<int>> _cache = new ConcurrentDictionary<int, Task<int>>(); void M(int key) { _cache.GetOrAdd(key, _ => ComputeAsync()); }")]
    [InlineData("Task _task; void M() { Interlocked.CompareExchange(ref _task, WorkAsync(), null); Interlocked.Exchange(ref _task, null); }")]
    [InlineData("Task _task; void M() { Volatile.Write(ref _task, WorkAsync()); Volatile.Read(ref _task); }")]
    [InlineData("Task _task; void M() { LazyInitializer.EnsureInitialized(ref _task, () => WorkAsync()); }")]
    [InlineData("Task[] M() => new[] { WorkAsync(), ComputeAsync() };")]
    [InlineData("void M() { var pair = (WorkAsync(), ComputeAsync()); Log(pair); }")]
    [InlineData("IEnumerable<Task> M() { yield return WorkAsync(); }")]
    [InlineData("object M() => WorkAsync();")]
    [InlineData("void M() { var awaiter = WorkAsync().GetAwaiter(); awaiter.OnCompleted(Work); }")]
    [InlineData("void M() { Log(WorkAsync()); }")]
    [InlineData("void M(TaskCompletionSource<Task> source) { source.TrySetResult(WorkAsync()); }")]
    [InlineData("void M() { new Holder(WorkAsync()); } class Holder { public Holder(Task task) { } }")]
    [InlineData("void M(IAsyncEnumerable<int> items) { items.GetAsyncEnumerator(); }")]
    [InlineData("void M(Dictionary<string, Task> map) { map[\"a\"] = WorkAsync(); }")]
    [InlineData("event Action Ended; void M() { var work = WorkAsync(); Ended += () => work.Wait(); }")]
    public Task Stored(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("static class X { static readonly List<Task> s_all = new List<Task>(); public static void Track(this Task task) => s_all.Add(task); }")]
    [InlineData("static class X { public static void Track(this Task task) => task.GetAwaiter().GetResult(); }")]
    [InlineData("static class X { public static async void Track(this Task task) { try { await task; } catch { } } }")]
    [InlineData("static class X { public static void Track(this Task task) => Task.Run(async () => await task); }")]
    public Task GivenToAHelperThatKeepsIt(string helper)
        => VerifyFileAsync(helper + "\nclass C { Task RunAsync() => Task.Delay(1); void M() { RunAsync().Track(); X.Track(RunAsync()); } }");

    [Fact]
    public Task GivenToAVirtualHelper()
        => VerifyFileAsync("class Base { protected virtual void Handle(Task task) { } } class C : Base { Task RunAsync() => Task.Delay(1); void M() { Handle(RunAsync()); } }");

    [Theory]
    [InlineData("void M(TaskCompletionSource<int> source) { ComputeAsync().ContinueWith(t => { if (t.IsFaulted) source.TrySetException(t.Exception.InnerExceptions); else if (t.IsCanceled) source.TrySetCanceled(); else source.TrySetResult(t.Result); }); }")]
    [InlineData("static void Forward<T>(Task<T> task, TaskCompletionSource<T> source) { } void M(TaskCompletionSource<int> source) { Forward(ComputeAsync(), source); }")]
    public Task HandedToACompletionSource(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task ABuilderThatCanBeAwaited()
        => VerifyFileAsync("""
            class Request { public Request With(string name) => this; public TaskAwaiter GetAwaiter() => Task.CompletedTask.GetAwaiter(); }
            static class X { public static Request Also(this Request request, int number) => request; }
            class C { async Task M(Request request) { request.With("a"); request.Also(1); await request; } }
            """);

    [Fact]
    public Task AwaitableOnlyByExtension()
        => VerifyFileAsync("""
            static class X { public static TaskAwaiter GetAwaiter(this TimeSpan delay) => Task.Delay(delay).GetAwaiter(); }
            class C { TimeSpan Measure() => default; void M() { Measure(); _ = Measure(); } }
            """);

    [Fact]
    public Task AnExpressionTree()
        => VerifyMembersAsync("""
            void Verify(Expression<Action<C>> call) { }
            void Setup(Expression<Func<C, Task>> call) { }
            public Task RunAsync() => WorkAsync();
            void M() { Verify(c => c.RunAsync()); Setup(c => c.RunAsync()); }
            """);

    [Fact]
    public Task CommandsOfARedisBatch()
        => VerifyFileAsync("""
            namespace StackExchange.Redis
            {
                public interface IDatabaseAsync { Task<bool> SetAsync(string key, string value); }
                public interface IDatabase : IDatabaseAsync { }
                public interface IBatch : IDatabaseAsync { void Execute(); }
                public interface ITransaction : IBatch { Task<bool> ExecuteAsync(); }
            }
            class C
            {
                void M(StackExchange.Redis.IBatch batch) { batch.SetAsync("a", "b"); _ = batch.SetAsync("c", "d"); batch.Execute(); }
                async Task N(StackExchange.Redis.ITransaction transaction) { _ = transaction.SetAsync("a", "b"); await transaction.ExecuteAsync(); }
                void O(StackExchange.Redis.IDatabase database) { [|database.SetAsync("a", "b")|]; }
            }
            """);

    [Fact]
    public Task CallsCheckedOnASubstitute()
        => VerifyFileAsync("""
            namespace NSubstitute { public static class SubstituteExtensions { public static T Received<T>(this T substitute, int calls = 1) where T : class => substitute; } }
            namespace Tests
            {
                using NSubstitute;
                public interface IMailer { Task SendAsync(string to); }
                class C { void M(IMailer mailer) { mailer.Received().SendAsync("a"); mailer.Received(2).SendAsync("b"); [|mailer.SendAsync("c")|]; } }
            }
            """);

    [Fact]
    public Task MethodsListedAsDetached()
        => VerifyFileAsync(
            "class C { Task PingAsync(int times) => Task.Delay(times); Task PongAsync() => Task.Delay(1); void M() { PingAsync(1); _ = PingAsync(2); [|PongAsync()|]; } }",
            "structured_concurrency.detached_methods = M:C.PingAsync(System.Int32)");

    [Theory]
    [InlineData("M:Box`1.PingAsync")]
    [InlineData("M:Box`1.Part.PingAsync")]
    [InlineData("M:Box`1.SendAsync``1(``0,`0)")]
    [InlineData("T:Box`1")]
    [InlineData("T:IPart | M:Other.Thing(System.Int32)")]
    public Task MethodsOfGenericTypesListedAsDetached(string id)
    {
        var isPing = id == "M:Box`1.PingAsync" || id == "T:Box`1";
        var isPartsPing = id == "M:Box`1.Part.PingAsync" || id.StartsWith("T:IPart", System.StringComparison.Ordinal);
        var isSend = id.Contains("SendAsync") || id == "T:Box`1";
        return VerifyFileAsync(
            $$"""
            interface IPart { }
            class Box<T>
            {
                public class Part : IPart { public Task PingAsync() => Task.Delay(1); }
                public Task PingAsync() => Task.Delay(1);
                public Task SendAsync<TItem>(TItem item, T value) => Task.Delay(1);
            }
            class C { void M(Box<int> box, Box<int>.Part part) { {{Marked("box.PingAsync()", isPing)}}; {{Marked("part.PingAsync()", isPartsPing)}}; {{Marked("box.SendAsync(\"a\", 1)", isSend)}}; } }
            """,
            "structured_concurrency.detached_methods = " + id);

        static string Marked(string call, bool isListed) => isListed ? call : "[|" + call + "|]";
    }

    [Fact]
    public Task AnExplicitImplementationListedAsDetached()
        => VerifyFileAsync(
            "interface IJob { void Run(); } class Job : IJob { static Task PingAsync() => Task.Delay(1); void IJob.Run() { PingAsync(); } void Run() { [|PingAsync()|]; } }",
            "structured_concurrency.detached_methods = M:Job.IJob.Run");

    [Fact]
    public Task MethodsThatSayTheyDetach()
        => VerifyFileAsync("""
            class DetachedAttribute : Attribute { public DetachedAttribute(string reason) { } }
            class C
            {
                [Detached("best effort")] Task PingAsync() => Task.Delay(1);
                Task PongAsync() => Task.Delay(1);
                [Detached("best effort")] void Warm() { _ = PongAsync(); }
                void M() { PingAsync(); [Detached("best effort")] void Local() => PongAsync(); Local(); [|PongAsync()|]; }
            }
            """);

    [Fact]
    public Task WorkItemsAndValueTaskSources()
        => VerifyFileAsync("""
            class Item : IThreadPoolWorkItem
            {
                Task RunAsync() => Task.Delay(1);
                void IThreadPoolWorkItem.Execute() => RunAsync();
                public void Other() => [|RunAsync()|];
            }
            """);

    [Fact]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn()
    {
        var test = TestOf("using System.Threading.Tasks; class C { void M() { Task.Delay(1); } }");
        test.Preset = null;
        return test.RunAsync();
    }

    [Fact]
    public Task WorksWithoutTheRuntime()
    {
        var test = TestOf("using System.Threading.Tasks; class C { void M() { [|Task.Delay(1)|]; } }");
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("void M() { WorkAsync(; _ = WorkAsync(1, 2); MissingAsync(); WorkAsync()?.; await WorkAsync(); _ = => WorkAsync() } Task N( { return WorkAsync("));
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }
}
