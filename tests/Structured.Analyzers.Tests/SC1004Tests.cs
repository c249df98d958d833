using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC1004Tests : RuleTest<SC1004StartedTaskCanBeOrphaned>
{
    private const string More = " static Task A() => Task.Run(Work); static async Task B() { await Task.Delay(1); } static async Task<int> CountAsync() { await Task.Delay(1); return 1; } static async ValueTask StoreAsync() { await Task.Delay(1); } static Task UseAsync(Task task) => task; static bool Test() => true; ";

    [Theory]
    [InlineData("async Task M() { var a = A(); var [|b = B()|]; await a; await b; }")]
    [InlineData("async Task M() { var [|b = (Task)B()|]; await A(); await b; }")]
    [InlineData("async Task M() { var [|b = (B())|]; await A(); await b; }")]
    [InlineData("async Task<int> M() { var [|count = CountAsync()|]; await A(); return await count; }")]
    [InlineData("async Task<int> M() { Task<int> x = CountAsync(), [|y = CountAsync()|]; return await x + await y; }")]
    [InlineData("async Task M() { Task b; [|b = B()|]; await A(); await b; }")]
    [InlineData("async Task M() { var [|b = B()|]; await A().ConfigureAwait(false); await b.ConfigureAwait(false); }")]
    [InlineData("async Task M() { var a = A(); var [|b = B()|]; var [|c = B()|]; await a; await b; await c; }")]
    [InlineData("async Task M() { var [|store = StoreAsync()|]; await A(); await store; }")]
    [InlineData("async Task M(Func<Task> start) { var [|work = start()|]; await A(); await work; }")]
    [InlineData("async Task M() { var [|work = Task.Run(Work)|]; await A(); await work; }")]
    [InlineData("async Task M() { var [|all = Task.WhenAll(A(), B())|]; await CountAsync(); await all; }")]
    [InlineData("async Task M(CancellationToken token) { var [|b = B()|]; await Task.Delay(1, token); await b; }")]
    [InlineData("async Task M() { var [|b = B()|]; b = b ?? A(); await A(); await b; }")]
    [InlineData("public interface IJob { Task RunAsync(); } async Task M(IJob job) { var [|run = job.RunAsync()|]; await A(); await run; }")]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(); var [|b = B()|]; stop.Cancel(); await A(); await b; }")]
    public Task AnotherAwaitComesFirst(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var delay = Task.Delay(1); await delay; Func<Task> inner = async () => { var [|x = B()|]; await A(); await x; }; var [|b = B()|]; var [|c = B()|]; await A(); await b; await c; await inner(); }")]
    [InlineData("async Task M() { var [|b = B()|]; async Task Inner() { var a = A(); await a; var [|x = B()|]; await A(); await x; } await Inner(); await b; }")]
    [InlineData("async Task M() { Action inner = () => { var x = B(); Compute(); x.Wait(); }; var [|b = B()|]; inner(); await b; }")]
    public Task EachFunctionIsJudgedByItself(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var [|b = B()|]; Compute(); await b; }")]
    [InlineData("async Task<Task> M(Func<Action, Task> start) { var queued = new TaskCompletionSource<bool>(); var [|b = start(() => queued.TrySetException(new IOException()))|]; await queued.Task; return b; }")]
    [InlineData("async Task M(Action callback) { var [|b = B()|]; callback(); await b; }")]
    [InlineData("async Task M() { var [|b = B()|]; File.ReadAllText(\"x\"); await b; }")]
    [InlineData("async Task M(CancellationToken token) { var [|b = B()|]; token.ThrowIfCancellationRequested(); await b; }")]
    [InlineData("async Task M(bool bad) { var [|b = B()|]; if (bad) throw new InvalidOperationException(); await b; }")]
    [InlineData("async Task M(bool bad) { var [|b = B()|]; if (bad) return; await b; }")]
    [InlineData("async Task M(bool good) { var [|b = B()|]; if (good) await b; }")]
    [InlineData("async Task<int> M(int mode) { var [|count = CountAsync()|]; switch (mode) { case 1: return 1; default: return await count; } }")]
    [InlineData("async Task M() { var [|b = B()|]; if (b != null) return; await b; }")]
    [InlineData("async Task M() { var [|b = B()|]; if (!b.IsCompleted) return; await b; }")]
    [InlineData("async Task M(dynamic other) { var [|b = B()|]; other.Run(); await b; }")]
    [InlineData("async Task M(object other) { var [|b = B()|]; ArgumentNullException.ThrowIfNull(other); await b; }")]
    [InlineData("async Task M(Stream other) { var [|b = B()|]; other.Flush(); await b; }")]
    [InlineData("async Task M() { var [|b = B()|]; var text = File.ReadAllText(\"x\"); await b; Log(text); }")]
    [InlineData("async Task M() { var [|b = B()|]; Use(File.ReadAllText(\"x\"), b); await b; } static void Use(string text, Task task) { }")]
    [InlineData("async Task M() { var [|b = B()|]; var pair = new object[] { Compute(), b }; await b; Log(pair); }")]
    [InlineData("async Task<int> M(bool good) { var [|count = CountAsync()|]; return good ? await count : 1; }")]
    [InlineData("async Task M(bool good) { var [|count = CountAsync()|]; var isReady = good && await count > 1; Log(isReady); }")]
    [InlineData("async Task M() { { var [|b = B()|]; Compute(); await b; } { var b = B(); await b; } }")]
    public Task ACallAThrowOrAReturn(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var [|b = B()|]; try { await A(); } catch (IOException) { } await b; }")]
    [InlineData("async Task M() { var [|b = B()|]; try { await A(); await b; } catch (Exception e) { Log(e); } }")]
    [InlineData("async Task M() { var [|b = B()|]; try { await A(); } finally { Work(); } await b; }")]
    [InlineData("async Task M() { try { var [|b = B()|]; await A(); await b; } catch (Exception e) { Log(e); throw; } }")]
    [InlineData("async Task M() { var [|b = B()|]; foreach (var item in new[] { 1, 2 }) { await A(); } await b; }")]
    [InlineData("async Task M() { while (Test()) { var [|b = B()|]; await A(); await b; } }")]
    [InlineData("async Task M() { var [|b = B()|]; using (var stream = new MemoryStream()) { await stream.FlushAsync(); } await b; }")]
    [InlineData("async Task M() { var [|b = B()|]; try { await A(); } catch (Exception) when (Test()) { } await b; }")]
    [InlineData("async Task M() { var [|b = B()|]; for (var i = 0; i < 3; i++) { if (i == 2) return; } await b; }")]
    [InlineData("Task M() => Task.Run(async () => { var [|b = B()|]; await A(); await b; });")]
    [InlineData("async Task M() { await Local(); async Task Local() { var [|b = B()|]; await A(); await b; } }")]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(); var [|b = B()|]; await A(); stop.Cancel(); await b; }")]
    [InlineData("async Task M() { var [|b = B()|]; try { Log(1); } finally { try { Compute(); await b; } catch (Exception) { } } }")]
    public Task OnSomeWay(string members) => VerifyMembersAsync(members + More);

    [Fact]
    public Task NewerLanguage()
        => VerifyNewestAsync(
            """
            async Task A1() { await using var stream = new MemoryStream(); var [|b = B()|]; await A(); await b; }
            async Task A5() { var [|b = B()!|]; await A(); await b; }
            async Task A2(IAsyncEnumerable<int> source) { var [|b = B()|]; await foreach (var item in source) Log(item); await b; }
            async Task A3() { var b = B(); await b; await using var stream = new MemoryStream(); }
            async Task<int> A4(int mode) { var [|count = CountAsync()|]; return mode switch { 1 => 0, _ => await count }; }
            async Task A5(Nursery nursery) { var started = nursery.StartAsync(async (Started<int> signal, CancellationToken token) => { signal.Set(1); await Task.Delay(1, token); }); await A(); await started; }
            async Task A6() { Task b = null; try { b = B(); await A(); } finally { if (b is not null) await b; } }
            """ + More);

    [Fact]
    public Task TheMessageNamesTheTask()
    {
        var test = TestOf(InClass("async Task M() { var a = A(); var {|#0:b = B()|}; await a; await b; }" + More));
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC1004StartedTaskCanBeOrphaned>.Diagnostic("SC1004").WithLocation(0).WithSeverity(DiagnosticSeverity.Info)
            .WithMessage("'b' is left running, with nobody to wait for it, when the code between its start and its 'await' fails or returns; start it in a nursery, or await it at once"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M() { var b = B(); await b; await A(); }")]
    [InlineData("async Task M() { var a = A(); var b = B(); await Task.WhenAll(a, b); }")]
    [InlineData("async Task<int> M() { var x = CountAsync(); var y = CountAsync(); await Task.WhenAll(x, y); return await x + await y; }")]
    [InlineData("async Task M() { var b = B(); await Task.WhenAny(b, Task.Delay(1)); await b; }")]
    [InlineData("async Task<Task> M() { var b = B(); return b; }")]
    [InlineData("Task _running; async Task M() { var b = B(); _running = b; await A(); await b; }")]
    [InlineData("readonly List<Task> _running = new List<Task>(); async Task M() { var b = B(); _running.Add(b); await A(); await b; }")]
    [InlineData("async Task M() { var b = B(); await UseAsync(b); await A(); }")]
    [InlineData("async Task M(Nursery nursery) { var b = B(); nursery.StartSoon(() => b); await A(); await b; }")]
    [InlineData("async Task M() { var tasks = new List<Task>(); for (var i = 0; i < 3; i++) tasks.Add(B()); await A(); await Task.WhenAll(tasks); }")]
    [InlineData("async Task M() { var b = B().ContinueWith(t => Log(t)); await b; }")]
    public Task ConsumedAtOnce(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var b = B(); Console.WriteLine(1); await b; }")]
    [InlineData("async Task M() { var a = A(); var b = B(); var c = StoreAsync(); await Task.WhenAll(a, b, c.AsTask()); }")]
    [InlineData("async Task M() { var b = B(); var watch = System.Diagnostics.Stopwatch.StartNew(); await b; Console.WriteLine(watch.Elapsed); }")]
    [InlineData("async Task M() { var b = B(); await Task.Delay(100); await b; }")]
    [InlineData("async Task M() { var b = B(); await Task.Yield(); await b; }")]
    [InlineData("async Task M(List<int> list) { var b = B(); list.Add(1); var text = string.Join(\",\", list.Select(x => x + 1)); await b; }")]
    [InlineData("async Task M(ManualResetEventSlim ready) { var b = B(); ready.Set(); await b; }")]
    [InlineData("async Task M(TaskCompletionSource<int> source) { var b = B(); source.SetResult(1); await b; }")]
    [InlineData("async Task M(int x) { var b = B(); var y = x > 1 ? new object() : null; await b; }")]
    [InlineData("async Task M() { var a = A(); var b = UseAsync(Task.Run(() => Compute())); await Task.WhenAll(a, b); }")]
    [InlineData("async Task<Task> M(Func<Action, Task> start) { var queued = new TaskCompletionSource<bool>(); var b = start(() => queued.TrySetResult(true)); await queued.Task.ConfigureAwait(false); return b; }")]
    [InlineData("async Task M() { var b = B(); var count = new[] { 1 }.Where(each => each > 1).Count(); await b; }")]
    [InlineData("async Task M() { var b = B(); new System.Text.StringBuilder().Append(1); await b; }")]
    [InlineData("int _count; async Task M() { var b = B(); Interlocked.Increment(ref _count); await b; }")]
    [InlineData("async Task M() { var b = B(); System.Globalization.CultureInfo.GetCultureInfo(\"en\"); await b; }")]
    [InlineData("async Task M() { var b = B(); var hash = RuntimeHelpers.GetHashCode(this); await b; }")]
    [InlineData("async Task M() { var b = B(); System.Diagnostics.Debug.WriteLine(\"a\"); await b; }")]
    [InlineData("async Task M() { var b = B(); new Dictionary<int, int>().Add(1, 1); await b; }")]
    [InlineData("async Task M(bool again) { var b = B(); b = null; await A(); if (again) { b = A(); await b; } }")]
    [InlineData("async Task M() { var a = A(); var b = UseAsync(Task.FromResult(File.ReadAllText(\"x\"))); await Task.WhenAll(a, b); }")]
    [InlineData("async Task M() { var b = B(); Use(b, File.ReadAllText(\"x\")); await b; } static void Use(Task task, string text) { }")]
    [InlineData("async Task M() { var a = A(); var all = new[] { a, B() }; await Task.WhenAll(all); Compute(); }")]
    [InlineData("async Task<Task> M() { var b = B(); object o = null; o = b; Compute(); return (Task)o; }")]
    [InlineData("async Task M() { while (Test()) { var a = A(); var b = B(); await Task.WhenAll(a, b).ConfigureAwait(false); Compute(); } }")]
    public Task NothingBetweenCanLeave(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("Serilog")]
    [InlineData("NLog")]
    [InlineData("log4net")]
    [InlineData("Microsoft.Extensions.Logging")]
    public Task LoggersKeepBooks(string space)
    {
        var test = TestOf(InClass($"async Task M({space}.ILogger log) {{ var b = B(); log.Write(1); await b; }} async Task N(Other.ILogger log) {{ var [|b = B()|]; log.Write(1); await b; }}" + More));
        test.TestState.AdditionalProjects["Logging"].Sources.Add($"namespace {space} {{ public interface ILogger {{ void Write(int number); }} }} namespace Other {{ public interface ILogger {{ void Write(int number); }} }}");
        test.TestState.AdditionalProjectReferences.Add("Logging");
        return test.RunAsync();
    }

    [Theory]
    [InlineData("Console.WriteLine(b.IsCompleted)")]
    [InlineData("Console.WriteLine(b.IsCompletedSuccessfully)")]
    [InlineData("Console.WriteLine(b.IsFaulted)")]
    [InlineData("Console.WriteLine(b.IsCanceled)")]
    [InlineData("Console.WriteLine(b.Status)")]
    [InlineData("Console.WriteLine(b.Exception)")]
    [InlineData("Console.WriteLine(b.Id)")]
    [InlineData("Console.WriteLine(b.AsyncState)")]
    [InlineData("Console.WriteLine(b.CreationOptions)")]
    [InlineData("Console.WriteLine(b?.Id)")]
    [InlineData("Console.WriteLine(b == null)")]
    [InlineData("Console.WriteLine(((Task)b).Id)")]
    [InlineData("Console.WriteLine((b).Id)")]
    [InlineData("Console.WriteLine(nameof(b))")]
    [InlineData("Console.WriteLine(ReferenceEquals(b, null))")]
    public Task ALookDoesNotConsume(string look) => VerifyMembersAsync("async Task M() { var [|b = B()|]; " + look + "; await A(); await b; }" + More);

    [Theory]
    [InlineData("Console.WriteLine(b)")]
    [InlineData("Console.WriteLine(b.ToString())")]
    [InlineData("Console.WriteLine(b ?? A())")]
    public Task AnyOtherUseConsumes(string use) => VerifyMembersAsync("async Task M() { var b = B(); " + use + "; await A(); await b; }" + More);

    [Theory]
    [InlineData("async Task M() { var b = B(); try { await A(); } finally { await b; } }")]
    [InlineData("async Task M() { var b = B(); try { await A(); } catch (Exception e) { Console.WriteLine(e); } await b; }")]
    [InlineData("async Task M() { var b = B(); try { await A(); } catch { await b; throw; } await b; }")]
    [InlineData("async Task M() { Task b = null; try { b = B(); await A(); } finally { if (b != null) await b; } }")]
    [InlineData("async Task M() { var b = B(); try { try { await A(); } finally { Console.WriteLine(1); } } finally { await b; } }")]
    [InlineData("async Task M(bool bad) { var b = B(); try { if (bad) return; await A(); } finally { await b; } }")]
    [InlineData("async Task M() { using (var stop = new CancellationTokenSource()) { var b = Task.Delay(1, stop.Token).ContinueWith(t => Work()); try { await A(); } finally { stop.Cancel(); } await b; } }")]
    [InlineData("async Task M() { using (var client = new System.Net.Sockets.TcpClient()) { var connect = client.ConnectAsync(\"h\", 1); await A(); await connect; } }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { var b = B(); try { await A(); } finally { _stop.Cancel(); } await b; }")]
    [InlineData("async Task M(Nursery nursery) { var b = B(); try { await A(); } finally { nursery.Cancel(); } await b; }")]
    [InlineData("async Task M(CancellationTokenSource stop) { var b = Task.Delay(1, stop.Token).ContinueWith(t => Work()); try { await A(); } finally { stop.CancelAfter(1); } await b; }")]
    [InlineData("readonly Stream _source = null; async Task M() { var read = _source.ReadAsync(null, 0, 1); try { await A(); } finally { _source.Dispose(); } await read; }")]
    [InlineData("Stream Source { get; } async Task M() { var read = Source.ReadAsync(null, 0, 1); try { await A(); } finally { Source.Dispose(); } await read; }")]
    [InlineData("async Task M(Stream source) { var read = source.ReadAsync(null, 0, 1); try { await A(); } finally { source.Dispose(); } await read; }")]
    [InlineData("async Task M(Stream source) { var read = source?.ReadAsync(null, 0, 1); try { await A(); } finally { source?.Dispose(); } await read; }")]
    [InlineData("readonly Stream _source = null; async Task M() { var read = _source.ReadAsync(null, 0, 1); try { await A(); } finally { _source?.Dispose(); } await read; }")]
    [InlineData("async Task M() { Stream source = null; var read = source?.ReadAsync(null, 0, 1); try { await A(); } finally { source?.Dispose(); } await read; }")]
    [InlineData("async Task M() { var b = B(); if (b.IsCompletedSuccessfully) return; await b; }")]
    [InlineData("async Task M(Func<Task> start) { var b = start(); if (b is Task<int> counted) { Log(await counted); await A(); } else { await b; } }")]
    [InlineData("async Task M(Func<Task> start) { var [|b = start()|]; if (b is Task<int> counted) { await A(); Log(await counted); } else { await b; } }")]
    [InlineData("async Task M(Func<Task> start) { var b = start(); if (!(b is Task<int> counted)) throw new InvalidOperationException(); Log(await counted); await A(); }")]
    public Task EveryWaySeesIt(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("Dispose")]
    [InlineData("DisposeAsync")]
    [InlineData("Close")]
    [InlineData("CloseAsync")]
    [InlineData("Abort")]
    [InlineData("Kill")]
    [InlineData("Stop")]
    [InlineData("StopAsync")]
    [InlineData("Cancel")]
    [InlineData("CancelAsync")]
    [InlineData("CancelAll")]
    [InlineData("Shutdown")]
    [InlineData("ShutdownAsync")]
    [InlineData("Disconnect")]
    [InlineData("DisconnectAsync")]
    public Task WhatItRunsOnIsClosed(string close) => VerifyMembersAsync($"class Client {{ public Task RunAsync() => B(); public void {close}() {{ }} }} async Task M(Client client) {{ var b = client.RunAsync(); try {{ await A(); }} finally {{ client.{close}(); }} await b; }}" + More);

    [Theory]
    [InlineData("client.Pause()")]
    [InlineData("client.Close(1)")]
    [InlineData("other.Close()")]
    public Task WhatItRunsOnGoesOn(string call) => VerifyMembersAsync("class Client { public Task RunAsync() => B(); public void Pause() { } public void Close() { } public void Close(int handle) { } } async Task M(Client client, Client other) { var [|b = client.RunAsync()|]; try { await A(); } finally { " + call + "; } await b; }" + More);

    [Theory]
    [InlineData("async Task M(Task given) { var b = given; await A(); await b; }")]
    [InlineData("Task _running; async Task M() { var b = _running; await A(); await b; }")]
    [InlineData("async Task M(TaskCompletionSource<int> source) { var reply = source.Task; await A(); await reply; }")]
    [InlineData("readonly TaskCompletionSource<int> _reply = new TaskCompletionSource<int>(); Task<int> Reply() => _reply.Task; async Task M() { var reply = Reply(); await A(); await reply; }")]
    [InlineData("interface IWaiter { Task<int> Wait(); } class Waiter : IWaiter { public Task<int> Wait() { var source = new TaskCompletionSource<int>(); return source.Task; } } async Task M(IWaiter waiter) { var reply = waiter.Wait(); await A(); await reply; }")]
    [InlineData("async Task M() { var pause = Task.Delay(1000); await A(); await pause; }")]
    [InlineData("async Task M() { var done = Task.CompletedTask; await A(); await done; }")]
    [InlineData("async Task M(bool x) { var done = x ? Task.FromResult(1) : null; await A(); await done; }")]
    [InlineData("async Task M(ConcurrentDictionary<int, Task> running) { var work = running.GetOrAdd(1, _ => B()); await A(); await work; }")]
    [InlineData("async Task M() { var b = B(); Func<Task> rest = async () => await b; await A(); await rest(); }")]
    [InlineData("async Task M() { var b = B(); await A(); await Rest(); async Task Rest() { await b; } }")]
    [InlineData("async Task M() { var b = B(); }")]
    [InlineData("Task M() { var b = B(); Work(); return b; }")]
    [InlineData("void M() { var b = B(); Work(); b.Wait(); }")]
    public Task TasksOfOthersAndOtherRules(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(bool x) { Task b = null; if (x) b = B(); if (x) await b; }")]
    [InlineData("async Task M(bool x) { var b = x ? B() : null; if (x) await b; }")]
    [InlineData("async Task M() { var b = B(); while (!b.IsCompleted) { Console.WriteLine(1); } if (Test()) await b; }")]
    [InlineData("async Task M(int n) { Task b = null; while (n-- > 0) { if (b != null) await b; b = B(); } if (b != null) await b; }")]
    [InlineData("async Task M() { Task<int> turn = CountAsync(); while (true) { var x = await turn; if (x == 2) { Console.WriteLine(x); break; } turn = CountAsync(); } }")]
    [InlineData("interface IClient { Task<int> ConnectAsync(string uri); Task<int> ReconnectAsync(); } readonly IClient _client = null; async Task M(string uri) { Task<int> turn = this._client.ConnectAsync(uri); while (true) { int x = await turn; if (x == 2) { break; } turn = this._client.ReconnectAsync(); } }")]
    public Task StartedUnderACondition(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var b = B(); if (b.Status == TaskStatus.RanToCompletion) return; await b; }")]
    [InlineData("async Task M() { var b = B(); if (b.IsCompleted) return; await b; }")]
    [InlineData("async Task M() { var b = B(); if (b.IsFaulted || b.IsCanceled) return; await b; }")]
    [InlineData("async Task M() { var b = B(); if (b == null) return; await b; }")]
    public Task AnEarlyReturnAfterATestOfTheTask(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { var b = B(); if (b is null) return; await b; }")]
    [InlineData("async Task M() { var b = B(); if (b.Status is TaskStatus.RanToCompletion or TaskStatus.Faulted) return; await b; }")]
    [InlineData("async Task M() { var b = B(); if (b is not { IsCompleted: false }) return; await b; }")]
    [InlineData("async Task M() { var [|b = B()|]; if (b is not null) return; await b; }")]
    [InlineData("async Task M() { var b = B(); if (b is { IsCompleted: true }) return; await b; }")]
    [InlineData("async Task M() { var b = B(); if (b.IsCompleted is true) return; await b; }")]
    public Task APatternAboutTheTask(string members) => VerifyNewestAsync(members + More);

    [Theory]
    [InlineData("async Task M(int mode) { var b = mode switch { 1 => B(), _ => null }; if (mode == 1) await b; }")]
    [InlineData("async Task M(bool x) { Task b = null; b ??= x ? B() : Task.CompletedTask; if (x) await b; }")]
    public Task StartedUnderAConditionInNewerLanguage(string members) => VerifyNewestAsync(members + More);

    [Fact]
    public Task InATest()
        => VerifyFileAsync("""
            namespace Xunit { public class FactAttribute : Attribute { } public class TheoryAttribute : FactAttribute { } }
            class C
            {
                static Task A() => Task.Run(() => { });
                [Xunit.Fact] public async Task One() { var a = A(); Console.WriteLine(); await A(); await a; }
                [Xunit.Theory] public async Task Two() { var a = A(); await A(); await a; }
                public async Task Three() { var [|a = A()|]; await A(); await a; }
            }
            """);

    [Fact]
    public Task HalfTypedCode()
    {
        var test = TestOf(InClass("async Task M() { var b = B(; await A(); await b; var c = ; Task d = C( await d }" + More));
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("structured_concurrency.detached_methods = M:C.Start", "static Task Start() => Task.Run(Work); async Task M() { var b = Start(); await A(); await b; }")]
    [InlineData("structured_concurrency.detached_methods = M:C.M", "async Task M() { var b = B(); await A(); await b; }")]
    public Task MethodsThatDetachKnowingly(string options, string members) => VerifyMembersAsync(members + More, options);

    [Fact]
    public Task TheAttributeSaysTheSame()
        => VerifyMembersAsync("class DetachedAttribute : Attribute { public DetachedAttribute(string reason) { } } [Detached(\"a cache\")] static Task Start() => Task.Run(Work); async Task M() { var b = Start(); await A(); await b; }" + More);

    [Fact]
    public Task MoreThanAWordHasBits()
        => VerifyMembersAsync("async Task M() { " + string.Concat(Enumerable.Range(0, 70).Select(static number => $"var [|t{number} = B()|]; await A(); await t{number}; ")) + "}" + More);

    [Theory]
    [InlineData("async Task M() { Task b = B(); await b; (b, _) = (B(), 1); await A(); await b; }")]
    [InlineData("async Task M() { Task b = B(); await b; Start(out b); await A(); await b; } static void Start(out Task task) => task = B();")]
    public Task AVariableThatIsWrittenInAnotherWay(string members) => VerifyMembersAsync(members + More);
}
