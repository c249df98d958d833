using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC1007Tests : RuleTest<SC1007UnstructuredThreadOrCallback>
{
    private const string Members = """

            Thread _thread; Timer _timer; readonly System.Timers.Timer _clock = new System.Timers.Timer(); readonly ManualResetEvent _done = new ManualResetEvent(false); readonly List<Thread> _threads = new List<Thread>();
            static void Callback(object state) { } async void TickAsync(object state) { await WorkAsync(); } void Tick(object state) { _ = WorkAsync(); } void Quiet(object state) { Work(); }
        """;

    [Theory]
    [InlineData("void M() { [|new Thread(Work).Start()|]; }")]
    [InlineData("void M() { [|new Thread(() => Work()).Start()|]; }")]
    [InlineData("void M() { [|new Thread(new ThreadStart(Work)) { IsBackground = true, Name = \"worker\" }.Start()|]; }")]
    [InlineData("void M() { [|new Thread(Callback).Start(this)|]; }")]
    [InlineData("void M() { var thread = new Thread(Work); [|thread.Start()|]; }")]
    [InlineData("void M() { Thread thread; thread = new Thread(Work); thread.IsBackground = true; [|thread.Start()|]; }")]
    [InlineData("void M() { _thread = new Thread(Work); [|_thread.Start()|]; }")]
    [InlineData("void M() { this._thread = new Thread(Work); [|this._thread.Start()|]; } void Stop() { _thread.Interrupt(); _thread = null; }")]
    [InlineData("void M() { var thread = new Thread(Work); _threads.Add(thread); [|thread.Start()|]; }")]
    [InlineData("void M() { var thread = new Thread(Work); [|thread.Start()|]; _thread = thread; }")]
    [InlineData("async Task M() { [|new Thread(Work).Start()|]; await WorkAsync(); }")]
    [InlineData("Action M() => () => [|new Thread(Work).Start()|];")]
    [InlineData("void M() { var done = new ManualResetEventSlim(); [|new Thread(() => { Work(); done.Set(); }).Start()|]; }")]
    [InlineData("private Thread Worker { get; set; } = new Thread(Work); void M() { [|Worker.Start()|]; }")]
    [InlineData("private Thread Worker { get; set; } void M() { this.Worker = new Thread(Work); [|this.Worker.Start()|]; }")]
    [InlineData("readonly Thread _own = new Thread(Work); void M() { [|(_own).Start()|]; }")]
    [InlineData("void M() { var thread = new Thread(Work); if (thread != null) [|thread.Start()|]; (thread).IsBackground = true; }")]
    [InlineData("void M() { var thread = new Thread(Work); thread?.Interrupt(); [|thread.Start()|]; }")]
    [InlineData("void M() { [|new Thread(Work).UnsafeStart()|]; }")]
    public Task Threads(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("void M() { [|ThreadPool.QueueUserWorkItem(_ => Work())|]; }")]
    [InlineData("void M() { [|ThreadPool.QueueUserWorkItem(Callback)|]; }")]
    [InlineData("void M() { [|ThreadPool.QueueUserWorkItem(new WaitCallback(Callback), this)|]; }")]
    [InlineData("void M() { [|ThreadPool.QueueUserWorkItem(delegate { Work(); })|]; }")]
    [InlineData("void M() { [|ThreadPool.UnsafeQueueUserWorkItem(Callback, null)|]; }")]
    [InlineData("void M() { _ = [|ThreadPool.QueueUserWorkItem(async _ => await WorkAsync())|]; }")]
    [InlineData("void M(WaitCallback callback) { if ([|ThreadPool.QueueUserWorkItem(callback)|]) Work(); }")]
    [InlineData("void M() { [|ThreadPool.QueueUserWorkItem(state => Log(state), 1, true)|]; }")]
    [InlineData("void M() { var worker = new System.ComponentModel.BackgroundWorker(); worker.DoWork += (sender, e) => Work(); [|worker.RunWorkerAsync()|]; }")]
    [InlineData("readonly System.ComponentModel.BackgroundWorker _worker = new System.ComponentModel.BackgroundWorker(); void M() { [|_worker.RunWorkerAsync(1)|]; }")]
    [InlineData("void M() { var done = new ManualResetEvent(false); [|ThreadPool.QueueUserWorkItem(_ => { Work(); done.Set(); })|]; done.Dispose(); }")]
    [InlineData("void M() { var done = new ManualResetEvent(false); [|ThreadPool.QueueUserWorkItem(_ => { Work(); done.Set(); })|]; done?.Reset(); }")]
    [InlineData("void M() { ManualResetEvent done; done = new ManualResetEvent(false); [|ThreadPool.QueueUserWorkItem(_ => { Work(); done.Set(); })|]; }")]
    [InlineData("ManualResetEvent _own; void M() { _own = new ManualResetEvent(false); [|ThreadPool.QueueUserWorkItem(_ => { Work(); _own.Set(); })|]; } void Close() { this._own.Close(); }")]
    [InlineData("void M(System.Threading.Channels.ChannelWriter<int> writer) { [|ThreadPool.QueueUserWorkItem(_ => { Work(); writer.TryWrite(1); })|]; }")]
    [InlineData("void M() { [|ThreadPool.UnsafeQueueUserWorkItem(state => Log(state), 1, preferLocal: false)|]; }")]
    public Task WorkItems(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("void M() { _timer = [|new Timer|](async _ => await WorkAsync(), null, 1, 1); }")]
    [InlineData("void M() { _timer = [|new Timer|](async _ => { try { await WorkAsync(); } catch (Exception) { } }, null, 1, 1); }")]
    [InlineData("void M() { _timer = [|new Timer|](TickAsync, null, 1, 1); }")]
    [InlineData("void M() { _timer = [|new Timer|](new TimerCallback(TickAsync), null, 1, 1); }")]
    [InlineData("void M() { _timer = [|new System.Threading.Timer|](Tick, null, 1, 1); }")]
    [InlineData("void M() { _timer = [|new Timer|](_ => { _ = WorkAsync(); }, null, 1, 1); }")]
    [InlineData("void M() { _timer = [|new Timer|](_ => WorkAsync(), null, 1, 1); }")]
    [InlineData("void M() { _timer = [|new Timer|](_ => Task.Run(() => Work()), null, 1, 1); }")]
    [InlineData("void M() { _timer = [|new Timer|](_ => Begin(), null, 1, 1); } async void Begin() { await WorkAsync(); }")]
    [InlineData("void M() { _timer = [|new Timer|](_ => Begin(), null, 1, 1); } void Begin() { WorkAsync(); }")]
    [InlineData("void M() { using ([|new Timer|](TickAsync, null, 1, 1)) Work(); }")]
    [InlineData("void M() { [|_clock.Elapsed|] += async (sender, e) => await WorkAsync(); }")]
    [InlineData("void M() { [|_clock.Elapsed|] += (sender, e) => { _ = WorkAsync(); }; }")]
    [InlineData("void M() { [|_clock.Elapsed|] += (sender, e) => WorkAsync().ConfigureAwait(false); }")]
    [InlineData("void M() { [|_clock.Elapsed|] += OnElapsed; } async void OnElapsed(object sender, System.Timers.ElapsedEventArgs e) { await WorkAsync(); }")]
    [InlineData("void M() { StartTimer([|TickAsync|]); } void StartTimer(TimerCallback callback) { _timer = new Timer(callback, null, 1, 1); }")]
    [InlineData("void M() { _timer = [|new Timer|](_ => Begin(), null, 1, 1); } void Begin() => _ = WorkAsync();")]
    [InlineData("void M() { _timer = [|new Timer|]((_) => Begin(), null, 1, 1); async void Begin() { await WorkAsync(); } }")]
    public Task Timers(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("void M() { Thread thread = new(Work); [|thread.Start()|]; }")]
    [InlineData("void M() { _timer = [|new|](async _ => await WorkAsync(), null, 1, 1); }")]
    [InlineData("void M() { [|ThreadPool.QueueUserWorkItem(static _ => Work())|]; }")]
    public Task InNewerLanguage(string members) => VerifyNewestAsync(members + Members);

    [Fact]
    public Task TheMessageSaysWhatIsStarted()
    {
        var test = TestOf("using System.Threading; class C { void M() { {|#0:new Thread(M).Start()|}; } }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC1007UnstructuredThreadOrCallback>.Diagnostic("SC1007").WithLocation(0).WithSeverity(DiagnosticSeverity.Info)
            .WithMessage("'Thread.Start' starts a thread that nobody waits for, cancels or sees fail; start it in a nursery"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("void M() { var thread = new Thread(Work); thread.Start(); thread.Join(); }")]
    [InlineData("void M() { var thread = new Thread(Work); thread.Start(); if (!thread.Join(100)) Work(); }")]
    [InlineData("void M() { _thread = new Thread(Work); _thread.Start(); } void Stop() { _thread.Join(); }")]
    [InlineData("void M() { _thread = new Thread(Work); _thread.Start(); } void Stop() { _thread?.Join(); }")]
    [InlineData("void M() { _thread = new Thread(Work); _thread.Start(); } void Stop() { while (_thread.IsAlive) Thread.Sleep(1); }")]
    [InlineData("void M() { for (var i = 0; i < 2; i++) { var thread = new Thread(Work); _threads.Add(thread); thread.Start(); } foreach (var each in _threads) each.Join(); }")]
    [InlineData("void M() { var threads = new Thread[2]; for (var i = 0; i < 2; i++) { threads[i] = new Thread(Work); threads[i].Start(); } foreach (var each in threads) each.Join(); }")]
    [InlineData("void M() { var threads = Enumerable.Range(0, 2).Select(_ => new Thread(Work)).ToList(); threads.ForEach(thread => thread.Start()); }")]
    [InlineData("Thread M() { var thread = new Thread(Work); thread.Start(); return thread; }")]
    [InlineData("void M() { var thread = new Thread(Work); thread.Start(); Own(thread); } static void Own(Thread thread) { }")]
    [InlineData("void M(Thread thread) { thread.Start(); }")]
    [InlineData("protected Thread Worker; void M() { Worker = new Thread(Work); Worker.Start(); }")]
    [InlineData("void M() { var done = new ManualResetEvent(false); new Thread(() => { Work(); done.Set(); }).Start(); done.WaitOne(); }")]
    [InlineData("void M() { var left = new CountdownEvent(2); for (var i = 0; i < 2; i++) new Thread(() => { Work(); left.Signal(); }).Start(); left.Wait(); }")]
    [InlineData("void M() { _thread = new Thread(Run); _thread.Start(); } void Run() { Work(); _done.Set(); } void Stop() { _done.WaitOne(1000); }")]
    [InlineData("Task M() { var source = new TaskCompletionSource<int>(); new Thread(() => { try { source.SetResult(Compute()); } catch (Exception e) { source.SetException(e); } }).Start(); return source.Task; }")]
    [InlineData("class Scheduler : TaskScheduler { public Scheduler() { new Thread(Work).Start(); } protected override void QueueTask(Task task) { ThreadPool.QueueUserWorkItem(_ => TryExecuteTask(task)); } protected override bool TryExecuteTaskInline(Task task, bool queued) => false; protected override IEnumerable<Task> GetScheduledTasks() => null; }")]
    [InlineData("class DetachedAttribute : Attribute { public DetachedAttribute(string reason) { } } [Detached(\"lives as long as the process\")] void M() { new Thread(Work).Start(); }")]
    [InlineData("class Thread2 { public Thread2(Action work) { } public void Start() { } } void M() { new Thread2(Work).Start(); }")]
    [InlineData("private Thread Worker { get; set; } void M() { Worker = new Thread(Work); Worker.Start(); } void Stop() => Worker.Join();")]
    [InlineData("public Thread Worker { get; set; } void M() { Worker = new Thread(Work); Worker.Start(); }")]
    [InlineData("protected Thread _own; void M() { _own = new Thread(Work); _own.Start(); }")]
    [InlineData("void M() { var thread = new Thread(Work); thread.Start(); thread?.Join(); }")]
    [InlineData("void M() { var thread = new Thread(Work); thread.Start(); while (thread.ThreadState != ThreadState.Stopped) Thread.Sleep(1); }")]
    [InlineData("void M() { var thread = new Thread(Work); thread.Start(); while ((thread).IsAlive) Thread.Sleep(1); }")]
    [InlineData("void M() { var thread = new Thread(Work); _threads.Add(thread); thread.Start(); } void Stop() { foreach (var each in _threads) each.Join(); }")]
    [InlineData("void M() { var thread = new Thread(Work); var all = new[] { thread }; thread.Start(); all[0].Join(); }")]
    [InlineData("void M() { var thread = Make(); thread.Start(); } Thread Make() => new Thread(Work);")]
    [InlineData("void M() { foreach (var thread in _threads) thread.Start(); }")]
    [InlineData("void M() { var thread = new Thread(Work); thread.Start(); Keep(thread); } void Keep(Thread thread) => thread.Join();")]
    public Task ThreadsThatSomebodyJoins(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("void M() { var done = new ManualResetEventSlim(); ThreadPool.QueueUserWorkItem(_ => { Work(); done.Set(); }); done.Wait(); }")]
    [InlineData("void M() { using (var done = new ManualResetEvent(false)) { ThreadPool.QueueUserWorkItem(_ => { try { Work(); } finally { done.Set(); } }); WaitHandle.WaitAll(new WaitHandle[] { done }); } }")]
    [InlineData("async Task M() { var free = new SemaphoreSlim(0); ThreadPool.QueueUserWorkItem(_ => { Work(); free.Release(); }); await free.WaitAsync(); }")]
    [InlineData("Task M() { var source = new TaskCompletionSource<int>(); ThreadPool.QueueUserWorkItem(_ => source.TrySetResult(Compute())); return source.Task; }")]
    [InlineData("Task M() { var source = new TaskCompletionSource<int>(); ThreadPool.QueueUserWorkItem(state => ((TaskCompletionSource<int>)state).TrySetResult(1), source); return source.Task; }")]
    [InlineData("readonly System.Threading.Channels.Channel<int> _items = System.Threading.Channels.Channel.CreateUnbounded<int>(); void M() { ThreadPool.QueueUserWorkItem(_ => { Work(); _items.Writer.TryComplete(); }); }")]
    [InlineData("class Item : IThreadPoolWorkItem { public void Execute() { ThreadPool.UnsafeQueueUserWorkItem(this, false); } }")]
    [InlineData("struct Awaiter : INotifyCompletion { public bool IsCompleted => false; public void GetResult() { } public void OnCompleted(Action next) { ThreadPool.QueueUserWorkItem(_ => next()); } }")]
    [InlineData("void M() { var done = new ManualResetEvent(false); var worker = new System.ComponentModel.BackgroundWorker(); worker.DoWork += (sender, e) => Work(); worker.RunWorkerCompleted += (sender, e) => done.Set(); worker.RunWorkerAsync(); done.WaitOne(); }")]
    [InlineData("void M() { Expression<Action> tree = () => ThreadPool.QueueUserWorkItem(Callback); }")]
    [InlineData("class ThreadPool2 { public static void QueueUserWorkItem(WaitCallback callback) { } } void M() { ThreadPool2.QueueUserWorkItem(_ => Work()); }")]
    [InlineData("ManualResetEvent Done { get; } = new ManualResetEvent(false); void M() { ThreadPool.QueueUserWorkItem(_ => { Work(); Done.Set(); }); this.Done.WaitOne(); }")]
    [InlineData("void M() { var done = new ManualResetEvent(false); ThreadPool.QueueUserWorkItem(_ => { Work(); done.Set(); }); done?.WaitOne(); }")]
    [InlineData("void M(CountdownEvent left) { ThreadPool.QueueUserWorkItem(_ => { Work(); left.Signal(); }); left.Wait(); }")]
    [InlineData("void M(SemaphoreSlim turn) { turn.Wait(); ThreadPool.QueueUserWorkItem(_ => { Work(); turn.Release(); }); }")]
    [InlineData("void M(System.Threading.Channels.ChannelWriter<int> writer) { ThreadPool.QueueUserWorkItem(_ => { Work(); writer.Complete(); }); }")]
    [InlineData("readonly TaskCompletionSource<int> _source = new TaskCompletionSource<int>(); void M() { ThreadPool.QueueUserWorkItem(_ => RunAll()); } void RunAll() => RunOne(); void RunOne() => _source.SetResult(1);")]
    [InlineData("void M(Barrier barrier) { ThreadPool.QueueUserWorkItem(_ => { Work(); barrier.SignalAndWait(); }); barrier.SignalAndWait(); }")]
    public Task WorkItemsThatTellTheirEnd(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("void M() { _timer = new Timer(_ => Work(), null, 1, 1); }")]
    [InlineData("void M() { _timer = new Timer(Quiet, null, 1, 1); }")]
    [InlineData("void M() { _timer = new Timer(new TimerCallback(Quiet), null, 1, 1); }")]
    [InlineData("void M() { _timer = new Timer(_ => Log(Compute()), null, 1, 1); }")]
    [InlineData("void M() { _timer = new Timer(_ => WorkAsync().GetAwaiter().GetResult(), null, 1, 1); }")]
    [InlineData("Task _last; void M() { _timer = new Timer(_ => { _last = WorkAsync(); }, null, 1, 1); }")]
    [InlineData("void M(TimerCallback callback) { _timer = new Timer(callback, null, 1, 1); }")]
    [InlineData("void M(CancellationTokenSource source) { _timer = new Timer(state => ((CancellationTokenSource)state).Cancel(), source, 1, -1); }")]
    [InlineData("void M() { _clock.Elapsed += (sender, e) => Work(); }")]
    [InlineData("void M() { _clock.Elapsed += OnElapsed; } void OnElapsed(object sender, System.Timers.ElapsedEventArgs e) { Work(); }")]
    [InlineData("void M() { _clock.Elapsed -= OnElapsed; } async void OnElapsed(object sender, System.Timers.ElapsedEventArgs e) { await WorkAsync(); }")]
    [InlineData("class Clock { public event EventHandler Elapsed; public void Raise() => Elapsed(this, null); } void M(Clock clock) { clock.Elapsed += async (sender, e) => await WorkAsync(); }")]
    [InlineData("class DetachedAttribute : Attribute { public DetachedAttribute(string reason) { } } void M() { _timer = new Timer(Refresh, null, 1, 1); } [Detached(\"best effort\")] async void Refresh(object state) { await WorkAsync(); }")]
    [InlineData("void M() { _timer = new Timer(_ => End(), null, 1, 1); } void End() { Close(); } void Close() { WorkAsync(); }")]
    public Task TimersWithSynchronousCallbacks(string members) => VerifyMembersAsync(members + Members);

    [Fact]
    public Task TheOptionNamesMethodsThatLetGoKnowingly()
        => VerifyMembersAsync("void M() { new Thread(Work).Start(); } void Other() { [|new Thread(Work).Start()|]; }", "structured_concurrency.detached_methods = M:C.M");

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf("using System.Threading; class C { void M() { new Thread(M).Start(); } }");
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task WithoutTheRuntime()
    {
        var test = TestOf("using System.Threading; class C { void M() { [|new Thread(M).Start()|]; } }");
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("void M() { new Thread().Start(; new Timer(async _ => , null, 1); ThreadPool.QueueUserWorkItem(); gone.Elapsed += async (s, e) => ; var t = new Thread(missing); t.Start("), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        test.TestBehaviors = TestBehaviors.SkipGeneratedCodeCheck | TestBehaviors.SkipSuppressionCheck;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("void M() { {|#0:ThreadPool.QueueUserWorkItem(_ => Work())|}; }", "'ThreadPool.QueueUserWorkItem' starts pool work that nobody waits for, cancels or sees fail; start it in a nursery")]
    [InlineData("Timer _timer; void M() { _timer = {|#0:new Timer|}(async _ => await WorkAsync(), null, 10, 10); }", "'Timer' starts tasks from a callback that nobody waits for, cancels or sees fail; start it in a nursery")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members, message);
}
