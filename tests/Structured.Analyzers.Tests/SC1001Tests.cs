using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC1001Tests : RuleTest<SC1001TaskRunIsFireAndForget>
{
    [Theory]
    [InlineData("async Task M() { await [|Task.Factory.StartNew(() => WorkAsync())|]; }")]
    [InlineData("async Task M() { await [|Task.Factory.StartNew(async () => await WorkAsync())|].ConfigureAwait(false); }")]
    [InlineData("async Task M() { _ = await [|Task.Factory.StartNew(() => ComputeAsync(), TaskCreationOptions.LongRunning)|]; }")]
    [InlineData("Task _running; void M() { _running = [|Task.Factory.StartNew(WorkAsync, TaskCreationOptions.LongRunning)|]; } Task Stop() => _running;")]
    [InlineData("async Task M() { await [|Task.Run<Task>(() => WorkAsync())|]; }")]
    [InlineData("async Task M(CancellationToken token) { await [|Task.Run(SendAsync, token)|].ConfigureAwait(false); } async ValueTask SendAsync() => await WorkAsync();")]
    [InlineData("async Task M() { await [|Task.Run(() => FlushAsync())|]; }")]
    [InlineData("Task M() => [|Task.Factory.StartNew(() => WorkAsync())|];")]
    [InlineData("void M() { [|Task.Factory.StartNew(() => WorkAsync())|].Wait(); }")]
    [InlineData("async Task M() { var all = new List<Task>(); all.Add([|Task.Factory.StartNew(() => WorkAsync())|]); await Task.WhenAll(all); }")]
    public Task TheTaskInsideATask(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { await await Task.Factory.StartNew(() => WorkAsync()); }")]
    [InlineData("async Task M() { await await Task.Run<Task>(() => WorkAsync()); }")]
    [InlineData("async Task M() { await await Task.Run(() => FlushAsync()); }")]
    [InlineData("async Task M() { await Task.Run(async () => await FlushAsync()); }")]
    [InlineData("async Task M() { await Task.Run(() => Task.WhenAny(WorkAsync(), WorkAsync())); }")]
    [InlineData("async Task M() { await Task.Run(async () => { await WorkAsync(); return WorkAsync(); }); }")]
    [InlineData("async Task M() { await Task.Factory.StartNew(() => WorkAsync()).Unwrap(); }")]
    [InlineData("async Task M() { var inner = await Task.Factory.StartNew(() => WorkAsync()); await inner; }")]
    [InlineData("async Task<int> M() => await (await Task.Factory.StartNew(() => ComputeAsync()));")]
    [InlineData("async Task<Task> M() => await Task.Factory.StartNew(() => WorkAsync());")]
    [InlineData("async Task M() { await Task.Factory.StartNew(() => Work()); }")]
    [InlineData("async Task M(Task[] tasks) { await Task.WhenAny(tasks); }")]
    [InlineData("Task<Task> _running; async Task M() { _running = Task.Factory.StartNew(() => WorkAsync()); await await _running; }")]
    [InlineData("Task _running; void M() { _running = Task.Factory.StartNew(() => WorkAsync()).Unwrap(); } Task Stop() => _running;")]
    [InlineData("Task _running; void M() { _running = Task.Factory.StartNew(() => Work(), TaskCreationOptions.LongRunning); } Task Stop() => _running;")]
    [InlineData("Task _running; void M() { _running = Task.Run(() => WorkAsync()); } Task Stop() => _running;")]
    [InlineData("Task<Task> M() => Task.Factory.StartNew(() => WorkAsync());")]
    public Task ATaskInsideATaskThatIsAwaited(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M() { [|Task.Run(() => Work())|]; }")]
    [InlineData("void M() { [|Task.Run((Action)Work)|]; }")]
    [InlineData("void M() { [|Task.Run(WorkAsync)|]; }")]
    [InlineData("void M() { [|Task.Run(async () => { await WorkAsync(); })|]; }")]
    [InlineData("void M(CancellationToken token) { [|Task.Run(() => Work(), token)|]; }")]
    [InlineData("void M() { _ = [|Task.Run(() => Work())|]; }")]
    [InlineData("void M() { _ = [|Task.Run(() => Compute())|]; }")]
    [InlineData("async Task M() { await WorkAsync(); _ = [|Task.Run(() => Work())|]; }")]
    [InlineData("void M() { [|Task.Factory.StartNew(() => Work())|]; }")]
    [InlineData("void M() { [|Task.Factory.StartNew(() => Work(), TaskCreationOptions.LongRunning)|]; }")]
    [InlineData("void M(TaskFactory factory) { [|factory.StartNew(() => Work())|]; }")]
    [InlineData("void M(TaskFactory<int> factory) { [|factory.StartNew(() => Compute())|]; }")]
    [InlineData("void M() { [|Task<int>.Factory.StartNew(() => Compute())|]; }")]
    [InlineData("void M() { [|new Task(Work).Start()|]; }")]
    [InlineData("void M() { [|(new Task(() => Work(), TaskCreationOptions.LongRunning)).Start()|]; }")]
    [InlineData("void M() { var task = new Task(Work); [|task.Start()|]; }")]
    public Task Dropped(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task DroppedInAsyncCodeEvenThoughTheCompilerWarns()
        => VerifyMembersAsync("async Task M() { await WorkAsync(); [|Task.Run(() => Work())|]; }");

    [Theory]
    [InlineData("void M() { [|Task.Run(() => Work())|].ConfigureAwait(false); }")]
    [InlineData("void M() { _ = [|Task.Run(() => Work())|].ConfigureAwait(false); }")]
    [InlineData("void M() { [|Task.Run(() => Work())|].ContinueWith(t => Log(t.Exception)); }")]
    [InlineData("void M() { [|Task.Run(() => Work())|].ContinueWith(t => Log(t.Exception), TaskContinuationOptions.OnlyOnFaulted); }")]
    [InlineData("void M() { _ = [|Task.Run(() => Work())|].ContinueWith(t => Log(t.Exception)).ConfigureAwait(false); }")]
    [InlineData("void M() { [|Task.Factory.StartNew(async () => { await WorkAsync(); })|].Unwrap(); }")]
    [InlineData("void M() { [|Task.Factory.StartNew(() => WorkAsync())|].Unwrap().ContinueWith(t => Log(t.Exception)); }")]
    [InlineData("void M() { [|Task.Run(() => Work())|]?.ContinueWith(t => Log(t.Exception)); }")]
    [InlineData("void M() { var task = [|Task.Run(() => Work())|]; Log(task.Status); }")]
    [InlineData("void M() { var task = [|Task.Run(() => Work())|].ContinueWith(t => Log(t.Exception)); Log(task.Status); }")]
    [InlineData("void M() { var task = Task.Run(() => Work()); [|task.ContinueWith(t => Log(t.Exception))|]; }")]
    [InlineData("void M() { [|Task.Run(() => Work())|]?.ContinueWith(t => Log(t)); }")]
    [InlineData("void M() { var task = new Task(Work); [|task.Start()|]; }")]
    [InlineData("void M() { [|new Task(Work).Start()|]; }")]
    [InlineData("void M() { ([|Task.Run(() => Work())|]).ConfigureAwait(false); }")]
    public Task DroppedAtTheEndOfAChain(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M() => [|Task.Run(() => Work())|];")]
    [InlineData("C() => [|Task.Run(() => Work())|];")]
    [InlineData("int P { set => [|Task.Run(() => Work())|]; }")]
    [InlineData("event Action E { add => [|Task.Run(value)|]; remove { } }")]
    [InlineData("Action M() => () => [|Task.Run(() => Work())|];")]
    [InlineData("void M(List<int> items) => items.ForEach(item => [|Task.Run(() => Log(item))|]);")]
    [InlineData("void M(Timer timer) { void Tick() => [|Task.Run(() => Work())|]; Tick(); }")]
    [InlineData("void M(EventHandler handler) { handler += (sender, e) => [|Task.Run(() => Work())|]; }")]
    public Task DroppedAsAnExpressionBody(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M() { var unused = [|Task.Run(() => Work())|]; }")]
    [InlineData("void M() { Task task; task = [|Task.Run(() => Work())|]; }")]
    [InlineData("void M() { for (var i = 0; i < 3; i++) { Task task = [|Task.Run(() => Work())|]; } }")]
    public Task DroppedInALocalThatNobodyReads(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("static class X { public static void Forget(this Task task) { } }")]
    [InlineData("static class X { public static void Forget(this Task task) => task.ContinueWith(t => Console.Error.WriteLine(t.Exception), TaskContinuationOptions.OnlyOnFaulted); }")]
    [InlineData("static class X { public static void Forget(this Task task) { task.ConfigureAwait(false); } }")]
    [InlineData("static class X { public static void Forget(this Task task) { _ = task.Exception; } }")]
    [InlineData("""
        static class X
        {
            public static void Forget(this Task task)
            {
                if (!task.IsCompleted || task.IsFaulted)
                    _ = ForgetAwaited(task);
                async Task ForgetAwaited(Task pending) { try { await pending.ConfigureAwait(false); } catch (Exception) { } }
            }
        }
        """)]
    [InlineData("static class X { public static void Forget(this Task task) => task.Ignore(); static void Ignore(this Task task) { } }")]
    [InlineData("static class X { public static void Forget(this Task task) => One(task); static void One(Task task) => Two(task); static void Two(Task task) => Three(task); static void Three(Task task) => Four(task); static void Four(Task task) { } }")]
    [InlineData("static class X { public static void Forget(this Task task) { task?.ConfigureAwait(false); } }")]
    public Task LaunderedByAHelperWhoseSourceLetsGo(string helper)
        => VerifyFileAsync(helper + "\nclass C { void M() { [|Task.Run(() => { })|].Forget(); X.Forget([|Task.Run(() => { })|]); } }");

    [Fact]
    public Task LaunderedByAnExtensionFromMetadata()
    {
        var test = TestOf("using System.Threading.Tasks; class C { void M() { [|Task.Run(() => { })|].Forget(); } }");
        test.TestState.AdditionalProjects["Helpers"].Sources.Add("using System.Threading.Tasks; public static class Helpers { public static void Forget(this Task task) { } }");
        test.TestState.AdditionalProjectReferences.Add("Helpers");
        return test.RunAsync();
    }

    [Fact]
    public Task DroppedInAFinalizerAndAnIndexer()
        => VerifyMembersAsync("~C() { [|Task.Run(() => Work())|]; } int this[int i] { get { [|Task.Run(() => Work())|]; return i; } }");

    [Fact]
    public Task DroppedByANullConditionalCall()
        => VerifyMembersAsync("void M(TaskFactory factory) { factory?[|.StartNew(() => Work())|]; }");

    [Fact]
    public Task DroppedOnEitherSideOfAChoice()
        => VerifyMembersAsync("void M(bool b) { _ = b ? [|Task.Run(() => Work())|] : [|Task.Run(WorkAsync)|]; }");

    [Fact]
    public Task DroppedInTopLevelStatements()
        => VerifyFileAsync("[|Task.Run(() => Console.WriteLine())|];\n_ = [|Task.Run(() => Console.WriteLine())|];\n", outputKind: OutputKind.ConsoleApplication);

    [Fact]
    public Task DroppedInNewerLanguage()
        => VerifyNewestAsync("""
            void M(int i)
            {
                _ = i switch { 0 => [|Task.Run(() => Work())|], _ => [|Task.Run(WorkAsync)|] };
                static void Local() => [|Task.Run(static () => Work())|];
                Local();
            }

            record R { public R() { [|Task.Run(() => Work())|]; } }
            interface I { void Start() => [|Task.Run(() => Work())|]; }
            """);

    [Fact]
    public Task DroppedInAPrimaryConstructorsInitializer()
    {
        var test = TestOf(InClass("class D(Action work) { readonly Action _start = () => [|Task.Run(work)|]; public void Start() => _start(); }"), LanguageVersions.CSharp12);
        return test.RunAsync();
    }

    [Fact]
    public Task TheMessageNamesTheCall()
    {
        var test = TestOf("using System.Threading.Tasks; class C { void M() { {|#0:Task.Factory.StartNew(() => { })|}; } }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC1001TaskRunIsFireAndForget>.Diagnostic("SC1001").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("The task started by 'TaskFactory.StartNew' is dropped: nothing waits for it, cancels it or sees it fail; start it in a nursery or await it"));
        return test.RunAsync();
    }

    [Fact]
    public Task TheMessageSaysThatOnlyTheBeginningIsWaitedFor()
        => VerifyMessageAsync("async Task M() { await {|#0:Task.Run(() => FlushAsync())|}; }", "The task that the task of 'Task.Run' gives is dropped: nothing waits for it, cancels it or sees it fail; wait for that as well, with 'Unwrap()' or a second 'await'");

    [Theory]
    [InlineData("async Task M() { await Task.Run(() => Work()); }")]
    [InlineData("async Task M() { await Task.Run(() => Work()).ConfigureAwait(false); }")]
    [InlineData("async Task M() => await Task.Run(() => Work());")]
    [InlineData("Task M() { return Task.Run(() => Work()); }")]
    [InlineData("Task M() => Task.Run(() => Work());")]
    [InlineData("Func<Task> M() => () => Task.Run(() => Work());")]
    [InlineData("void M() { Task.Run(() => Work()).Wait(); }")]
    [InlineData("int M() { return Task.Run(() => Compute()).Result; }")]
    [InlineData("void M() { Task.Run(() => Work()).GetAwaiter().GetResult(); }")]
    [InlineData("async Task M() { var task = Task.Run(() => Work()); Work(); await task; }")]
    [InlineData("async Task M() { await Task.WhenAll(Task.Run(() => Work()), Task.Run(() => Work())); }")]
    [InlineData("async Task M(List<int> items) { await Task.WhenAll(items.Select(item => Task.Run(() => Log(item)))); }")]
    [InlineData("void M() { var task = Task.Run(() => Work()); try { Work(); } finally { task.Wait(); } }")]
    [InlineData("bool M() { var task = Task.Run(() => Work()); return task.Wait(1000); }")]
    [InlineData("async Task M() { var task = Task.Factory.StartNew(() => WorkAsync()).Unwrap(); await task; }")]
    [InlineData("Task M() { var task = new Task(Work); task.Start(); return task; }")]
    [InlineData("void M() { var task = new Task(Work); task.Start(); task.Wait(); }")]
    [InlineData("void M() { new Task(Work).RunSynchronously(); }")]
    [InlineData("Task _task; void M() { _task.Start(); }")]
    public Task AwaitedReturnedOrWaitedFor(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Task _loop; void M() { _loop = Task.Run(() => Work()); }")]
    [InlineData("Task _loop; void M() { _loop = _loop ?? Task.Run(() => Work()); }")]
    [InlineData("readonly Task _loop = Task.Run(() => Work()); Task Join() => _loop;")]
    [InlineData("readonly List<Task> _tasks = new List<Task>(); void M() { _tasks.Add(Task.Run(() => Work())); }")]
    [InlineData("readonly ConcurrentDictionary<int, Task> _tasks = new ConcurrentDictionary<int, Task>(); void M(int id) { _tasks[id] = Task.Run(() => Work()); }")]
    [InlineData("readonly ConcurrentDictionary<int, Task> _tasks = new ConcurrentDictionary<int, Task>(); void M(int id) { _tasks.GetOrAdd(id, _ => Task.Run(() => Work())); }")]
    [InlineData("Task _task; void M() { Interlocked.Exchange(ref _task, Task.Run(() => Work())); }")]
    [InlineData("Task _task; void M() { Volatile.Write(ref _task, Task.Run(() => Work())); }")]
    [InlineData("readonly Lazy<Task> _lazy = new Lazy<Task>(() => Task.Run(() => Work())); Task M() => _lazy.Value;")]
    [InlineData("void M(Task[] tasks) { for (var i = 0; i < tasks.Length; i++) tasks[i] = Task.Run(() => Work()); }")]
    [InlineData("IEnumerable<Task> M() { yield return Task.Run(() => Work()); }")]
    [InlineData("void M(out Task task) { task = Task.Run(() => Work()); }")]
    [InlineData("Task M() { Task task = null; try { task = Task.Run(() => Work()); } catch { } return task; }")]
    [InlineData("void M(Action<Task> keep) { keep(Task.Run(() => Work())); }")]
    [InlineData("void M(TaskCompletionSource<Task> source) { source.SetResult(Task.Run(() => Work())); }")]
    [InlineData("void M() { Task work; work = Task.Run(Work); work.Wait(); }")]
    [InlineData("void M() { ref Task slot = ref _slots[0]; slot = Task.Run(Work); } readonly Task[] _slots = new Task[1];")]
    public Task Stored(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("static class X { public static void Track(this Task task) { Tasks.Add(task); } static readonly List<Task> Tasks = new List<Task>(); }")]
    [InlineData("static class X { public static void Track(this Task task) { task.Wait(); } }")]
    [InlineData("static class X { public static void Track(this Task task) { task.GetAwaiter().GetResult(); } }")]
    [InlineData("static class X { public static async void Track(this Task task) { try { await task; } catch (Exception) { } } }")]
    [InlineData("static class X { static Task s_last; public static void Track(this Task task) => s_last = task; }")]
    [InlineData("static class X { static Task s_last; public static void Track(this Task task) { lock (typeof(X)) { var next = Task.WhenAll(s_last, task); s_last = next; } } }")]
    [InlineData("static class X { public static void Track(this Task task) => Keep(task); static object s_kept; static void Keep(object o) => s_kept = o; }")]
    [InlineData("static class X { public static void Track(this Task task) => Console.WriteLine(task); }")]
    [InlineData("static class X { public static void Track(this Task task) => Again(task); static void Again(Task task) => Track(task); }")]
    public Task GivenToAHelperThatKeepsIt(string helper)
        => VerifyFileAsync(helper + "\nclass C { void M() { Task.Run(() => { }).Track(); X.Track(Task.Run(() => { })); } }");

    [Theory]
    [InlineData("void M(TaskCompletionSource<int> source) { Task.Run(() => Compute()).ContinueWith(t => { if (t.IsFaulted) source.SetException(t.Exception); else source.SetResult(t.Result); }); }")]
    [InlineData("void M(TaskCompletionSource<int> source, int result) { Task.Run(() => source.TrySetResult(result)); Task.Run(() => source.SetResult(result)); Task.Run(() => { source.SetResult(result); }); }")]
    [InlineData("static void Forward(Task task, TaskCompletionSource<int> source) { } void M(TaskCompletionSource<int> source) { Forward(Task.Run(() => Work()), source); }")]
    public Task HandedToACompletionSource(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task WorkThatMayFailBeforeItSettlesTheSourceIsADrop()
        => VerifyMembersAsync("void M(TaskCompletionSource<int> source) { [|Task.Run(() => source.SetResult(Compute()))|]; [|Task.Run(() => { Work(); source.SetResult(1); })|]; }");

    [Fact]
    public Task AContinuationThatSettlesASourceOnFailureOnlyIsADrop()
        => VerifyMembersAsync("void M(TaskCompletionSource<int> source) { [|Task.Run(() => Work())|].ContinueWith(t => source.SetException(t.Exception), TaskContinuationOptions.OnlyOnFaulted); }");

    [Fact]
    public Task AContinuationOfATaskObservedElsewhere()
        => VerifyMembersAsync("""
            Task _loop;
            void M(Task given) { _loop.ContinueWith(t => Log(t)); given.ContinueWith(t => Log(t)); }
            async Task N() { var task = Task.Run(() => Work()); _ = task.ContinueWith(t => Log(t)); await task; }
            """);

    [Fact]
    public Task AHelperFromMetadataThatIsNoExtensionOfTask()
    {
        var test = TestOf("using System.Threading.Tasks; class C { void M(Tracker tracker) { tracker.Track(Task.Run(() => { })); Tracker.Watch(Task.Run(() => { })); 5.With(Task.Run(() => { })); } }");
        test.TestState.AdditionalProjects["Helpers"].Sources.Add("""
            using System.Threading.Tasks;
            public class Tracker { public void Track(Task task) { } public static void Watch(Task task) { } }
            public static class Numbers { public static void With(this int number, Task task) { } }
            """);
        test.TestState.AdditionalProjectReferences.Add("Helpers");
        return test.RunAsync();
    }

    [Fact]
    public Task AnExpressionTree()
        => VerifyMembersAsync("void Expect(Expression<Action> call) { } void M() { Expect(() => Task.Run(() => Work())); }");

    [Fact]
    public Task AwaitersSchedulersAndWorkItems()
        => VerifyFileAsync("""
            class Awaiter : ICriticalNotifyCompletion
            {
                public void OnCompleted(Action continuation) => Task.Run(continuation);
                public void UnsafeOnCompleted(Action continuation) { Task.Factory.StartNew(continuation); }
            }

            class Scheduler : TaskScheduler
            {
                protected override void QueueTask(Task task) => Task.Run(() => TryExecuteTask(task));
                protected override bool TryExecuteTaskInline(Task task, bool previouslyQueued) => false;
                protected override IEnumerable<Task> GetScheduledTasks() => Array.Empty<Task>();
            }

            class Context : SynchronizationContext
            {
                public override void Post(SendOrPostCallback d, object state) => Task.Run(() => d(state));
            }

            class Item : IThreadPoolWorkItem
            {
                public void Execute() => Task.Run(() => { });
            }
            """);

    [Fact]
    public Task ALookAlikeThatIsNotTheFrameworks()
        => VerifyFileAsync("""
            class Task { public static void Run(Action action) { } public void Start() { } }
            class C { void M() { Task.Run(() => { }); new Task().Start(); } }
            """);

    [Fact]
    public Task HelpersListedAsDetached()
        => VerifyFileAsync(
            """
            static class X { public static void Forget(this Task task) { } public static void Ignore(this Task task) { } }
            class C { void M() { Task.Run(() => { }).Forget(); [|Task.Run(() => { })|].Ignore(); } }
            """,
            "structured_concurrency.detached_methods = M:X.Other | M:X.Forget(System.Threading.Tasks.Task)");

    [Fact]
    public Task ATypeListedAsDetached()
        => VerifyFileAsync(
            "static class X { public static void Forget(this Task task) { } } class C { void M() { Task.Run(() => { }).Forget(); } }",
            "structured_concurrency.detached_methods = T:X");

    [Fact]
    public Task HelpersListedAsObserving()
        => VerifyFileAsync(
            "static class X { public static void Track(this Task task) { } } class C { void M() { Task.Run(() => { }).Track(); } }",
            "structured_concurrency.observing_methods = M:X.Track(System.Threading.Tasks.Task)");

    [Fact]
    public Task HelpersThatSayItInCode()
        => VerifyFileAsync("""
            class DetachedAttribute : Attribute { public DetachedAttribute(string reason) { } }
            class TakesOwnershipAttribute : Attribute { }
            static class X
            {
                [Detached("metrics")] public static void Forget(this Task task) { }
                [TakesOwnership] public static void Track(this Task task) { }
                public static void Watch([TakesOwnership] this Task task, Task other) { }
                [Detached("metrics")] public static void Report() { Task.Run(() => { }); Action later = () => { Task.Run(() => { }); }; later(); }
            }
            class C { void M() { Task.Run(() => { }).Forget(); Task.Run(() => { }).Track(); Task.Run(() => { }).Watch([|Task.Run(() => { })|]); } }
            """);

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    [InlineData("Off")]
    [InlineData("false")]
    [InlineData("")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf("using System.Threading.Tasks; class C { void M() { Task.Run(() => { }); } }");
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task WorksWithoutTheRuntime()
    {
        var test = TestOf("using System.Threading.Tasks; class C { void M() { [|Task.Run(() => { })|]; } }");
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("void M() { Task.Run(; Task.Run(() => Missing()).; task.Start(); Task.Run(() => } void N( { _ = Task.Run"), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }
}
