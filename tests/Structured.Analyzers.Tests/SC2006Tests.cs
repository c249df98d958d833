using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC2006Tests : RuleTest<SC2006PollingInsteadOfWaiting>
{
    private const string Members = """

            bool _ready; volatile bool _stopped; int _count; object _result; Task _task; long _ticks; readonly bool _fixed; int? _number; DateTime _due;
            readonly ConcurrentQueue<int> _queue = new ConcurrentQueue<int>(); readonly List<int> _list = new List<int>(); readonly Dictionary<int, string> _map = new Dictionary<int, string>(); readonly bool[] _flags = new bool[2];
            bool IsReady { get; set; } bool IsOpen => _count > 0; bool IsGone { get { return _result == null; } } bool Exists => File.Exists("a"); bool IsFixed { get; } Job Current { get; set; }
            class Job { public bool Done; public bool IsDone { get; set; } public virtual bool IsIdle => Done; public int Left { get; private set; } }
            interface IConnection { bool IsConnected { get; } }
            static bool Check() => true; static Task<bool> CheckAsync() => Task.FromResult(true);
        """;

    [Theory]
    [InlineData("async Task M() { [|while|] (!_ready) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (!_ready) { await Task.Delay(10); } }")]
    [InlineData("async Task M() { [|while|] (!_ready) { await Task.Yield(); } }")]
    [InlineData("async Task M(CancellationToken token) { [|while|] (!_stopped) { await Task.Delay(TimeSpan.FromSeconds(1), token).ConfigureAwait(false); } }")]
    [InlineData("async Task M() { [|while|] (!IsReady) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (!IsOpen) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (IsGone) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (!this._ready && _count < 3) await Task.Delay(10); }")]
    [InlineData("async Task M(CancellationToken token) { [|while|] (!_ready && !token.IsCancellationRequested) await Task.Delay(10, token); }")]
    [InlineData("async Task M(CancellationToken token) { [|while|] (!_ready) { token.ThrowIfCancellationRequested(); await Task.Delay(10); } }")]
    [InlineData("async Task M() { [|while|] (_result == null) await Checkpoint.SleepAsync(10); }")]
    [InlineData("async Task M() { [|while|] (_result == null) await Checkpoint.YieldAsync(); }")]
    [InlineData("async Task M() { [|do|] { await Task.Delay(10); } while (!_ready); }")]
    [InlineData("async Task M() { [|for|] (; !_ready; ) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (true) { if (_ready) break; await Task.Delay(10); } }")]
    [InlineData("async Task M() { [|while|] (true) { if (_ready) { return; } await Task.Delay(10); } }")]
    [InlineData("async Task<object> M() { [|for|] (;;) { await Task.Delay(10); if (_result != null) return _result; } }")]
    [InlineData("async Task M() { [|while|] (!_task.IsCompleted) await Task.Delay(10); }")]
    [InlineData("async Task M(Task work) { [|while|] (work.Status == TaskStatus.Running) await Task.Delay(10); }")]
    [InlineData("async Task M(Thread thread) { [|while|] (thread.IsAlive) await Task.Delay(10); }")]
    [InlineData("async Task M(Job job) { [|while|] (!job.IsDone) await Task.Delay(10); }")]
    [InlineData("async Task M(Job job) { [|while|] (!job.Done || job.Left > 0) await Task.Delay(10); }")]
    [InlineData("async Task M(Job job) { [|while|] (!job.IsIdle) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (Current?.IsDone == false) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (_queue.IsEmpty) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (_list.Count == 0) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (!_map.ContainsKey(1)) await Task.Delay(10); }")]
    [InlineData("async Task M() { int item; [|while|] (!_queue.TryDequeue(out item)) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (!Volatile.Read(ref _ready)) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (Interlocked.Read(ref _ticks) == 0) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (!_number.HasValue) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (!_flags[0]) await Task.Delay(10); }")]
    [InlineData("async Task M() { var done = false; var work = Task.Run(() => { done = true; }); [|while|] (!done) await Task.Delay(10); await work; }")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { nursery.StartSoon(WorkAsync); [|while|] (nursery.LiveChildCount > 0) await Task.Delay(10); });")]
    [InlineData("Task M() => Task.Run(async () => { [|while|] (!_ready) await Task.Delay(10); });")]
    [InlineData("event EventHandler Changed; async Task M() { [|while|] (Changed == null) await Task.Delay(10); }")]
    [InlineData("async Task M() { [|while|] (!_ready) { if (_stopped) throw new OperationCanceledException(); await Task.Delay(10); } }")]
    [InlineData("async Task M() { [|do|] await Task.Delay(10); while (_count == 0); }")]
    [InlineData("async Task M(ValueTask work) { [|while|] (!work.IsCompleted) await Task.Delay(10); }")]
    [InlineData("async Task M(ValueTask work) { [|while|] (!work.IsCompletedSuccessfully) await Task.Delay(10); }")]
    [InlineData("async Task M(Task work) { [|while|] (!work.IsCompletedSuccessfully) await Task.Delay(10); }")]
    [InlineData("async Task M(Task work) { [|while|] (!work.IsFaulted) await Task.Delay(10); }")]
    [InlineData("async Task M(Task work) { [|while|] (!work.IsCanceled) await Task.Delay(10); }")]
    [InlineData("async Task M(Thread thread) { [|while|] (thread.ThreadState == ThreadState.Running) await Task.Delay(10); }")]
    [InlineData("async Task M(ManualResetEventSlim done) { [|while|] (!done.IsSet) await Task.Delay(10); }")]
    [InlineData("async Task M(CountdownEvent left) { [|while|] (!left.IsSet) await Task.Delay(10); }")]
    [InlineData("async Task M(CountdownEvent left) { [|while|] (left.CurrentCount > 0) await Task.Delay(10); }")]
    [InlineData("async Task M(SemaphoreSlim turn) { [|while|] (turn.CurrentCount == 0) await Task.Delay(10); }")]
    [InlineData("async Task M(Lazy<int> value) { [|while|] (!value.IsValueCreated) await Task.Delay(10); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { [|while|] (!_ready && !_stop.Token.IsCancellationRequested) await Task.Delay(10); }")]
    [InlineData("async Task M(bool isOpen) { Use(() => isOpen = true); [|while|] (!isOpen) await Task.Delay(10); } static void Use(Action set) { }")]
    public Task State(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("async Task M() { [|while|] (_result is null) await Task.Delay(10); }")]
    [InlineData("async Task M(Job job) { [|while|] (job is { Done: false }) await Task.Delay(10); }")]
    public Task StateInNewerLanguage(string members) => VerifyNewestAsync(members + Members);

    [Fact]
    public Task TheMessageNamesWhatIsAskedFirst()
        => VerifyMessageAsync(
            "bool _first, _second; async Task M() { {|#0:while|} (true) { if (_first) return; if (_second) break; await Task.Delay(10); } }",
            "This loop asks '_first' again and again; wait until whoever changes it says so, with a task, a semaphore or a channel");

    [Fact]
    public Task TheMessageNamesWhatIsPolled()
    {
        var test = TestOf("using System.Threading.Tasks; class C { bool _ready; async Task M() { {|#0:while|} (!_ready) await Task.Delay(10); } void Set() => _ready = true; }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC2006PollingInsteadOfWaiting>.Diagnostic("SC2006").WithLocation(0).WithSeverity(DiagnosticSeverity.Info)
            .WithMessage("This loop asks '_ready' again and again; wait until whoever changes it says so, with a task, a semaphore or a channel"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M() { while (!await CheckAsync()) await Task.Delay(10); }")]
    [InlineData("async Task M() { while (!Check()) await Task.Delay(10); }")]
    [InlineData("async Task M() { while (!_ready && Check()) await Task.Delay(10); }")]
    [InlineData("async Task M() { while (!File.Exists(\"a\")) await Task.Delay(10); }")]
    [InlineData("async Task M() { while (!Exists) await Task.Delay(10); }")]
    [InlineData("async Task M(IConnection connection) { while (!connection.IsConnected) await Task.Delay(10); }")]
    [InlineData("async Task M(System.Diagnostics.Process process) { while (!process.HasExited) await Task.Delay(10); }")]
    [InlineData("async Task M(Stream stream) { while (stream.Position < stream.Length) await Task.Delay(10); }")]
    [InlineData("async Task M(System.Net.Sockets.NetworkStream stream) { while (!stream.DataAvailable) await Task.Delay(10); }")]
    [InlineData("async Task M() { while (!Console.KeyAvailable) await Task.Delay(10); }")]
    [InlineData("async Task M(System.Net.WebSockets.WebSocket socket) { while (socket.State == System.Net.WebSockets.WebSocketState.Open) await Task.Delay(10); }")]
    [InlineData("async Task M() { while (DateTime.UtcNow < _due) await Task.Delay(10); }")]
    [InlineData("async Task M() { var watch = System.Diagnostics.Stopwatch.StartNew(); while (!_ready && watch.ElapsedMilliseconds < 100) await Task.Delay(10); }")]
    [InlineData("async Task M() { while (Environment.TickCount < _count) await Task.Delay(10); }")]
    [InlineData("async Task M() { int taken = 0; while (Interlocked.CompareExchange(ref _count, 1, 0) != 0) await Task.Yield(); Log(taken); }")]
    [InlineData("async Task M(Func<bool> ready) { while (!ready()) await Task.Delay(10); }")]
    [InlineData("async Task M() { while (!_list.Any(item => item > 1)) await Task.Delay(10); }")]
    [InlineData("async Task M(dynamic job) { while (!job.Done) await Task.Delay(10); }")]
    [InlineData("async Task M() { while (true) { if (DateTime.UtcNow > _due) break; await Task.Delay(10); } }")]
    [InlineData("async Task<object> M() { while (true) { if (Check()) return null; await Task.Delay(10); } }")]
    [InlineData("class Latch { public bool IsOpen { get; set; } } async Task M() { while (!new Latch().IsOpen) await Task.Delay(10); }")]
    [InlineData("class Board { public bool this[int number] => true; } Board _board; async Task M() { while (!_board[0]) await Task.Delay(10); }")]
    public Task SomethingOutside(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("async Task M() { while (!_ready) { await Task.Delay(10); Work(); } }")]
    [InlineData("async Task M() { while (!_ready) { Work(); await Task.Delay(10); } }")]
    [InlineData("async Task M() { while (!_ready) { await WorkAsync(); } }")]
    [InlineData("async Task M() { while (!_ready) await FlushAsync(); }")]
    [InlineData("async Task M() { while (!_ready) { await Task.Delay(10); _ready = Check(); } }")]
    [InlineData("async Task M() { var attempts = 0; while (!_ready && attempts < 5) { await Task.Delay(10); attempts++; } }")]
    [InlineData("async Task M() { var attempts = 5; while (attempts-- > 0) await Task.Delay(10); }")]
    [InlineData("async Task M() { for (var i = 0; i < 5 && !_ready; i++) await Task.Delay(10); }")]
    [InlineData("async Task M() { var delay = 1; while (!_ready) await Task.Delay(delay *= 2); }")]
    [InlineData("async Task M() { while (true) await Task.Delay(10); }")]
    [InlineData("async Task M(CancellationToken token) { while (!token.IsCancellationRequested) await Task.Delay(10, token); }")]
    [InlineData("readonly CancellationTokenSource _source = new CancellationTokenSource(); async Task M() { while (!_source.IsCancellationRequested) await Task.Delay(10); }")]
    [InlineData("readonly CancellationTokenSource _source = new CancellationTokenSource(); async Task M() { while (!_source.Token.IsCancellationRequested) await Task.Delay(10); }")]
    [InlineData("CancellationToken Stopping { get; set; } async Task M() { while (!Checkpoint.IsCancelled) await Task.Delay(10); }")]
    [InlineData("async Task M() { while (_fixed) await Task.Delay(10); }")]
    [InlineData("async Task M() { while (IsFixed) await Task.Delay(10); }")]
    [InlineData("async Task M(bool forEver) { while (forEver) await Task.Delay(10); }")]
    [InlineData("async Task M() { var forEver = true; while (forEver) await Task.Delay(10); }")]
    [InlineData("async Task M(IEnumerator<int> items) { while (items.MoveNext()) await Task.Yield(); }")]
    [InlineData("async Task M() { int item; while (_queue.TryDequeue(out item)) await Task.Delay(10); }")]
    [InlineData("void M() { while (!_ready) Thread.Sleep(10); }")]
    [InlineData("void M() { SpinWait spin = default(SpinWait); while (!_ready) spin.SpinOnce(); }")]
    [InlineData("async Task M() { if (!_ready) await Task.Delay(10); }")]
    [InlineData("async Task M() { foreach (var item in _list) await Task.Delay(item); }")]
    [InlineData("async Task M() { while (true) { if (_ready) Work(); await Task.Delay(10); } }")]
    [InlineData("async Task M() { while (!_ready) { try { await Task.Delay(10); } catch (OperationCanceledException) { Work(); } } }")]
    [InlineData("async Task M(int limit) { var tries = 0; tries++; while (tries < limit) await Task.Delay(10); }")]
    public Task OtherLoops(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf("using System.Threading.Tasks; class C { bool _ready; async Task M() { while (!_ready) await Task.Delay(10); } void Set() => _ready = true; }");
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task WithoutTheRuntime()
    {
        var test = TestOf("using System.Threading.Tasks; class C { bool _ready; async Task M() { [|while|] (!_ready) await Task.Delay(10); } void Set() => _ready = true; }");
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("bool _ready; async Task M() { while (!) await Task.Delay(10); while (_gone) await Task.Delay(10); while (_ready) await Task.; do { await } while (_ready; for (;;"), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        test.TestBehaviors = TestBehaviors.SkipGeneratedCodeCheck | TestBehaviors.SkipSuppressionCheck;
        return test.RunAsync();
    }
}
