using System.Threading.Tasks;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC1005Tests : RuleTest<SC1005StoredTaskIsNeverObserved>
{
    /// <summary>Work that is seen to be started by the call.</summary>
    private const string Started = " static async Task LoopAsync() { await Task.Yield(); } static async Task<int> CountAsync() { await Task.Yield(); return 1; }";

    [Theory]
    [InlineData("Task _loop; void Start() { _loop = [|LoopAsync()|]; }")]
    [InlineData("Task _loop; void Start() { this._loop = [|Task.Run(() => Work())|]; }")]
    [InlineData("Task<int> _answer; C() { _answer = [|CountAsync()|]; }")]
    [InlineData("readonly Task _loop = [|LoopAsync()|];")]
    [InlineData("private Task Loop { get; set; } void Start() { Loop = [|LoopAsync()|]; }")]
    [InlineData("static Task _loop; static void Start() { _loop = [|LoopAsync()|]; }")]
    [InlineData("Task _loop; void Start() { if (_loop == null) _loop = [|LoopAsync()|]; }")]
    [InlineData("Task _loop; bool IsDone => _loop != null && _loop.IsCompleted; void Start() { _loop = [|LoopAsync()|]; }")]
    [InlineData("Task _loop; void Start() { _loop = [|LoopAsync()|]; } void Stop() { _loop?.Dispose(); _loop = null; }")]
    public Task InAField(string members) => VerifyMembersAsync(members + Started);

    [Theory]
    [InlineData("readonly List<Task> _tasks = new List<Task>(); void Start() { _tasks.Add([|LoopAsync()|]); }")]
    [InlineData("readonly List<Task> _tasks = new List<Task>(); int Count => _tasks.Count; void Start() { _tasks.Add([|LoopAsync()|]); } void Stop() { _tasks.Clear(); }")]
    [InlineData("readonly ConcurrentBag<Task> _tasks = new ConcurrentBag<Task>(); void Start() { _tasks.Add([|Task.Run(() => Work())|]); }")]
    [InlineData("readonly Dictionary<string, Task> _tasks = new Dictionary<string, Task>(); void Start(string key) { _tasks[key] = [|LoopAsync()|]; } void Stop(string key) { _tasks.Remove(key); }")]
    [InlineData("readonly ConcurrentDictionary<string, Task> _tasks = new ConcurrentDictionary<string, Task>(); void Start(string key) { _tasks.TryAdd(key, [|LoopAsync()|]); }")]
    [InlineData("readonly List<Task> _tasks = new List<Task>(); void M() { _tasks.Add([|LoopAsync()|]); } bool Has(Task task) => _tasks.Contains(task);")]
    public Task InACollection(string members) => VerifyMembersAsync(members + Started);

    [Theory]
    [InlineData("Task _loop; void Start() { _loop = LoopAsync(); } async Task Stop() { await _loop; }")]
    [InlineData("Task _loop; void Start() { _loop = LoopAsync(); } void Stop() { _loop.Wait(); }")]
    [InlineData("Task _loop; void Start() { _loop = LoopAsync(); } async Task Stop() { if (_loop != null) await _loop.ConfigureAwait(false); }")]
    [InlineData("Task _loop; void Start() { _loop = LoopAsync(); } Task Stop() => _loop;")]
    [InlineData("Task _loop; void Start() { _loop = LoopAsync(); } Task Stop() => _loop ?? Task.CompletedTask;")]
    [InlineData("Task _loop; void Start() { _loop = LoopAsync(); } Task Stop() => Task.WhenAll(_loop, LoopAsync());")]
    [InlineData("Task _loop; void Start() { _loop = LoopAsync(); _loop.ContinueWith(task => Log(task.Exception)); }")]
    [InlineData("Task _loop; void Start() { _loop = LoopAsync(); } void Check() { if (_loop.IsFaulted) Log(_loop.Exception); }")]
    [InlineData("Task<int> _answer; void Start() { _answer = CountAsync(); } int Get() => _answer.Result;")]
    [InlineData("Task _loop; Task Start() => _loop = LoopAsync();")]
    [InlineData("Task _loop; async Task Start() { await (_loop = LoopAsync()); }")]
    [InlineData("Task _loop; Task Loop => _loop; void Start() { _loop = LoopAsync(); }")]
    [InlineData("Task _loop; void Start() { _loop = LoopAsync(); Log(_loop); }")]
    [InlineData("Task _loop; void Start() { _loop = LoopAsync(); var copy = _loop; }")]
    [InlineData("Task _loop; void Start() { _loop = LoopAsync(); } Func<Task> Stop() => () => _loop;")]
    [InlineData("Task _last = Task.CompletedTask; void Enqueue() { _last = _last.ContinueWith(_ => Work()); }")]
    public Task ThatIsObserved(string members) => VerifyMembersAsync(members + Started);

    [Theory]
    [InlineData("readonly List<Task> _tasks = new List<Task>(); void Start() { _tasks.Add(LoopAsync()); } Task Stop() => Task.WhenAll(_tasks);")]
    [InlineData("readonly List<Task> _tasks = new List<Task>(); void Start() { _tasks.Add(LoopAsync()); } async Task Stop() { foreach (var task in _tasks) await task; }")]
    [InlineData("readonly ConcurrentQueue<Task> _tasks = new ConcurrentQueue<Task>(); void Start() { _tasks.Enqueue(LoopAsync()); } async Task Next() { Task task; if (_tasks.TryDequeue(out task)) await task; }")]
    [InlineData("readonly Dictionary<string, Task> _tasks = new Dictionary<string, Task>(); void Start(string key) { _tasks[key] = LoopAsync(); } Task Get(string key) => _tasks[key];")]
    [InlineData("readonly Dictionary<string, Task> _tasks = new Dictionary<string, Task>(); void Start(string key) { _tasks.Add(key, LoopAsync()); } Task Stop() => Task.WhenAll(_tasks.Values);")]
    [InlineData("readonly List<Task> _tasks = new List<Task>(); void Start() { _tasks.Add(LoopAsync()); } async Task Stop() { await Task.WhenAll(_tasks.ToArray()); }")]
    [InlineData("readonly List<Task> _tasks = new List<Task>(); void Start() { _tasks.Add(LoopAsync()); _tasks.RemoveAll(task => task.IsCompleted); Log(_tasks); }")]
    public Task CollectionsThatAreObserved(string members) => VerifyMembersAsync(members + Started);

    [Theory]
    [InlineData("public Task Loop; void Start() { Loop = LoopAsync(); }")]
    [InlineData("protected Task Loop { get; private set; } void Start() { Loop = LoopAsync(); }")]
    [InlineData("internal Task Loop; void Start() { Loop = LoopAsync(); } class Other { Task M(C it) => it.Loop; }")]
    [InlineData("internal Task Loop { get; set; } void Start() { Loop = LoopAsync(); } static class Other { static async Task M(C it) { await it.Loop; } }")]
    [InlineData("internal virtual Task Loop { get; set; } void Start() { Loop = LoopAsync(); }")]
    [InlineData("public List<Task> Tasks { get; } = new List<Task>(); void Start() { Tasks.Add(LoopAsync()); }")]
    public Task ThatOthersCanSee(string members) => VerifyMembersAsync(members + Started);

    [Theory]
    [InlineData("internal Task Loop; void Start() { Loop = [|LoopAsync()|]; }")]
    [InlineData("internal static Task Loop { get; set; } static void Start() { Loop = [|Task.Run(() => Work())|]; }")]
    [InlineData("internal readonly List<Task> Loops = new List<Task>(); void Start() { Loops.Add([|LoopAsync()|]); }")]
    [InlineData("sealed class Inner { internal Task Loop; internal void Start() { Loop = [|LoopAsync()|]; } } void M(Inner it) => it.Start();")]
    [InlineData("private protected Task<int> Answer; void Start() { Answer = [|CountAsync()|]; }")]
    public Task ThatTheAssemblyCouldSee(string members) => VerifyMembersAsync(members + Started);

    [Fact]
    public Task ThatAnotherFileNames() => VerifyFileAsync("static class Reader { static Task Read(Holder it) => it.Loop; } class Holder { internal Task Loop; void Start() { Loop = LoopAsync(); } static async Task LoopAsync() { await Task.Yield(); } }");

    [Fact]
    public Task ThatAnotherAssemblyMaySee() => VerifyFileAsync("[assembly: InternalsVisibleTo(\"Tests\")] class Holder { internal Task Loop; void Start() { Loop = LoopAsync(); } static async Task LoopAsync() { await Task.Yield(); } }");

    [Theory]
    [InlineData("Task _done = Task.CompletedTask; Task<int> _one = Task.FromResult(1); void Reset() { _done = Task.CompletedTask; _one = null; }")]
    [InlineData("Task _given; C(Task given) { _given = given; }")]
    [InlineData("readonly TaskCompletionSource<int> _source = new TaskCompletionSource<int>(); Task _task; void M() { _task = _source.Task; }")]
    [InlineData("readonly List<int> _numbers = new List<int>(); void M() { _numbers.Add(1); }")]
    [InlineData("Func<Task> _factory; void M() { _factory = () => LoopAsync(); }")]
    [InlineData("Lazy<Task> _lazy = new Lazy<Task>(() => LoopAsync()); ")]
    public Task WhatIsNoTaskThatWasStarted(string members) => VerifyMembersAsync(members + Started);

    [Fact]
    public Task ThatIsGivenOnlyOnce() => VerifyNewestAsync("Task _loop; void Start() { _loop ??= [|LoopAsync()|]; }" + Started);

    [Fact]
    public Task ThatIsOnlyAskedWhetherItHasEnded() => VerifyNewestAsync("Task? _loop; bool IsRunning => _loop is { IsCompleted: false }; bool HasRun => _loop is not null; void Start() { _loop = [|LoopAsync()|]; }" + Started);

    [Fact]
    public Task ThatIsTakenOutByAPattern() => VerifyNewestAsync("Task? _loop; void Start() { _loop = LoopAsync(); } async Task StopAsync() { if (_loop is { IsCompleted: false } loop) await loop; }" + Started);

    [Fact]
    public Task ThatANestedTypeSees() => VerifyNewestAsync("Task _loop; void Start() { _loop = LoopAsync(); } sealed class Stopper { readonly C owner = new C(); public Task StopAsync() => owner._loop; }" + Started);

    [Fact]
    public Task ThatAnotherPartSees() => VerifyFileAsync("""
        partial class C { Task _loop; void Start() { _loop = Task.Run(() => { }); } }
        partial class C { async Task StopAsync() { await _loop; } }
        """);

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf("using System.Threading.Tasks; class C { Task _loop = Task.Run(() => { }); }");
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("Task _loop; void Start() { _loop = ; _loop.; missing = WorkAsync( } List<Task> _tasks = new(; "), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("Task _loop; void Start() { _loop = {|#0:LoopAsync()|}; }", "The task put in '_loop' is never awaited, joined or passed on: it may outlive the object, and its failure is lost; start it in an OwnedNursery, or await it when the object ends")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members + Started, message);
}
