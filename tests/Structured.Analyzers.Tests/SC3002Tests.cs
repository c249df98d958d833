using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC3002Tests : RuleTest<SC3002SyncOverAsync>
{
    [Theory]
    [InlineData("async Task M() { [|WorkAsync().Wait()|]; await WorkAsync(); }")]
    [InlineData("async Task<int> M() { await WorkAsync(); return [|ComputeAsync().Result|]; }")]
    [InlineData("async Task<int> M() { await WorkAsync(); return [|ComputeAsync().GetAwaiter().GetResult()|]; }")]
    [InlineData("async Task M() { [|WorkAsync().ConfigureAwait(false).GetAwaiter().GetResult()|]; await WorkAsync(); }")]
    [InlineData("async Task M() { [|FlushAsync().GetAwaiter().GetResult()|]; await WorkAsync(); }")]
    [InlineData("async Task<int> M(ValueTask<int> task) { await WorkAsync(); return [|task.Result|]; }")]
    [InlineData("async Task M() { [|Task.WaitAll(WorkAsync(), ComputeAsync())|]; await WorkAsync(); }")]
    [InlineData("async Task<int> M(Task[] tasks) { await WorkAsync(); return [|Task.WaitAny(tasks)|]; }")]
    [InlineData("async Task M(CancellationToken token) { [|WorkAsync().Wait(token)|]; await WorkAsync(); }")]
    [InlineData("async Task M() { if (![|WorkAsync().Wait(1000)|]) await WorkAsync(); }")]
    [InlineData("async Task M() { await WorkAsync(); Log([|ComputeAsync().Result|].ToString()); }")]
    [InlineData("async Task<int> M(C other) { await WorkAsync(); return other._task?[|.Result|] ?? 0; } Task<int> _task;")]
    [InlineData("async void M() { await WorkAsync(); [|WorkAsync().Wait()|]; }")]
    [InlineData("async Task M() { [|Task.Delay(10).GetAwaiter().GetResult()|]; await WorkAsync(); }")]
    public Task InAnAsyncFunction(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Task<int> M() { return Task.FromResult([|ComputeAsync().Result|]); }")]
    [InlineData("Task M() { [|WorkAsync().Wait()|]; return WorkAsync(); }")]
    [InlineData("Func<Task> M() => () => { [|WorkAsync().Wait()|]; return WorkAsync(); };")]
    [InlineData("Task M() => Task.Run(() => [|WorkAsync().Wait()|]);")]
    [InlineData("Task<int> M() => Task.Run(() => { Work(); return [|ComputeAsync().Result|]; });")]
    [InlineData("Task M() => WorkAsync().ContinueWith(t => [|ComputeAsync().Result|]);")]
    [InlineData("void M(Nursery nursery) { nursery.StartWork(() => { [|WorkAsync().Wait()|]; }); }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { [|WorkAsync().Wait()|]; });")]
    [InlineData("async Task M() { await WorkAsync(); Log(Read()); } private int Read() => [|ComputeAsync().Result|];")]
    [InlineData("async Task M() { await WorkAsync(); Log(Read()); int Read() => [|ComputeAsync().Result|]; }")]
    public Task InOtherAsyncCode(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task<int> M() { var a = ComputeAsync(); var b = ComputeAsync(); await a; return [|b.Result|]; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (Compute() > 1) await task; return [|task.Result|]; }")]
    [InlineData("async Task<int> M(Task<int> task) { await task; task = ComputeAsync(); return [|task.Result|]; }")]
    [InlineData("async Task M(Task task) { if (!task.IsCompleted) [|task.Wait()|]; await WorkAsync(); }")]
    [InlineData("async Task<int> M(Task<int> task) { if (task.IsCompleted) await WorkAsync(); return [|task.Result|]; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (task.IsFaulted) return 0; await WorkAsync(); return [|task.Result|]; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (task.Status == TaskStatus.Running) return [|task.Result|]; return await task; }")]
    [InlineData("async Task<int> M(Task<int> task) { try { await WorkAsync(); await task; } catch (IOException) { return [|task.Result|]; } return 1; }")]
    [InlineData("async Task<int> M(Task<int> task) { try { await WorkAsync(); } finally { Log([|task.Result|]); } return 1; }")]
    [InlineData("async Task<int> M(Task<int> a, Task<int> b) { await Task.WhenAny(a, b); return [|a.Result|]; }")]
    [InlineData("async Task<int> M(Task<int> a, Task<int> b) { if (await Task.WhenAny(a, b) == b) return [|a.Result|]; return await a; }")]
    [InlineData("async Task<int> M(List<Task<int>> tasks, List<Task<int>> more) { await Task.WhenAll(tasks); return [|more[0].Result|]; }")]
    [InlineData("async Task<int> M() { for (var task = ComputeAsync(); ; task = ComputeAsync()) { if ([|task.Result|] > 1) return await task; } }")]
    [InlineData("async Task<int> M() { await ComputeAsync(); return [|ComputeAsync().Result|]; }")]
    [InlineData("async Task<int> M(List<int> items) { try { using (var source = new CancellationTokenSource()) { await WorkAsync(); foreach (var item in items) { Log([|ComputeAsync().GetAwaiter().GetResult()|]); Log(items.Select(i => i.ToString())); } return items.Count; } } catch (Exception e) { Log(e.Message); return 0; } }")]
    [InlineData("async Task<int> M(Task<int> task) { await task; Renew(ref task); return [|task.Result|]; } static void Renew(ref Task<int> task) => task = ComputeAsync();")]
    [InlineData("async Task<int> M(Task<int> task) { await task; Make(out task); return [|task.Result|]; } static void Make(out Task<int> task) => task = ComputeAsync();")]
    [InlineData("async Task<int> M() { var a = ComputeAsync(); var b = ComputeAsync(); await a; (a, b) = (b, a); return [|a.Result|]; }")]
    [InlineData("async Task<int> M(C other) { await _task; return [|other._task.Result|]; } Task<int> _task;")]
    [InlineData("async Task<int> M(Task<int> task, bool b) { var done = !task.IsCompleted && b; await WorkAsync(); return done ? 0 : 1 + [|ComputeAsync().Result|]; }")]
    [InlineData("async Task M(Task<int> a, Task<int> b) { await a; [|Task.WaitAll(a, b)|]; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (task.IsCompleted == true) await WorkAsync(); return [|task.Result|]; }")]
    [InlineData("async Task<int> M(Task<int> task, object other) { if (!ReferenceEquals(other, null)) await WorkAsync(); return [|task.Result|]; }")]
    [InlineData("async Task<int> M(List<Task<int>> tasks, List<Task<int>> more) { await Task.WhenAll(tasks); var sum = 0; foreach (var task in more) sum += [|task.Result|]; return sum; }")]
    [InlineData("async Task<int> M() { var source = new TaskCompletionSource<int>(); var other = new TaskCompletionSource<int>(); other.SetResult(1); await WorkAsync(); return [|source.Task.Result|]; }")]
    [InlineData("Task M() => ComputeAsync().ContinueWith(t => { Task<int> other = ComputeAsync(); return [|other.Result|]; });")]
    [InlineData("async Task M(List<C> items) { await UseAsync(items); foreach (var item in items) Log([|item._task.Result|]); } Task<int> _task; static Task UseAsync(List<C> all) => WorkAsync();")]
    public Task NotYetComplete(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { {|#0:Task.WaitAll(WorkAsync(), ComputeAsync())|}; await WorkAsync(); }", "Task.WaitAll")]
    [InlineData("async Task M() { {|#0:Task.WaitAny(WorkAsync(), ComputeAsync())|}; await WorkAsync(); }", "Task.WaitAny")]
    [InlineData("async Task M() { {|#0:WorkAsync().GetAwaiter().GetResult()|}; await WorkAsync(); }", "GetAwaiter().GetResult")]
    [InlineData("async Task<int> M() { await WorkAsync(); return {|#0:ComputeAsync().Result|}; }", "Result")]
    public Task TheWordsOfTheMessage(string members, string form)
        => VerifyMessageAsync(members, "'" + form + "' blocks a thread until the task ends, inside async code; await the task");

    [Fact]
    public Task TheMessageNamesTheForm()
    {
        var test = TestOf("using System.Threading.Tasks; class C { async Task M(Task task) { {|#0:task.Wait()|}; await Task.Yield(); } }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC3002SyncOverAsync>.Diagnostic("SC3002").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("'Wait' blocks a thread until the task ends, inside async code; await the task"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task<int> M(Task<int> task) { await task; return task.Result; }")]
    [InlineData("async Task<int> M(Task<int> task) { await task.ConfigureAwait(false); return task.Result; }")]
    [InlineData("async Task<int> M(Task<int> task) { await task; return task.GetAwaiter().GetResult(); }")]
    [InlineData("async Task<int> M(Task<int> task) { await task; return task.ConfigureAwait(false).GetAwaiter().GetResult(); }")]
    [InlineData("async Task<int> M() { var task = ComputeAsync(); await WorkAsync(); await task; Work(); return task.Result; }")]
    [InlineData("async Task<int> M(Task<int> task) { var same = task; await same; return task.Result; }")]
    [InlineData("async Task<int> M(Task task) { await task; return task is Task<int> counted ? counted.Result : 0; }")]
    [InlineData("async Task<int> M(Task task) { if (!(task is Task<int> counted)) return 0; await counted; return ((Task<int>)task).Result; }")]
    [InlineData("async Task<int> M(Task task) { if (task is Task<int> counted) { await task; return counted.Result; } return 0; }")]
    [InlineData("async Task<int> M(Task<int> task) { Task same = task; await task; return ((Task<int>)same).Result; }")]
    [InlineData("async Task<int> M(Task<int> task) { try { await task; } catch (Exception) { } return task.Result; }")]
    [InlineData("async Task<int> M(Task<int> task) { try { await task; } finally { Log(task.Result); } return 1; }")]
    [InlineData("Task<int> _task; async Task<int> M() { await _task; return this._task.Result; }")]
    [InlineData("Task<int> _task; async Task<int> M(C other) { await other._task; return other._task.Result; }")]
    [InlineData("async Task<int> M(Task<int> task, CancellationToken token) { await task.WaitAsync(token); return task.Result; }")]
    [InlineData("async Task<int> M(Task<int> task) { await TimeoutAfter(task, 5); return task.Result; } static Task TimeoutAfter(Task task, int seconds) => task;")]
    [InlineData("async Task<int> M(Task<int> task) { if (Compute() > 1) await task; else await task.ConfigureAwait(false); return task.Result; }")]
    [InlineData("async Task<int> M(object any) { await (Task<int>)any; return ((Task<int>)any).Result; }")]
    [InlineData("async Task<int> M(object any) { await (any as Task<int>); return (any as Task<int>).Result; }")]
    [InlineData("async Task<int> M(Task<int> task) { await (task); return (task).Result; }")]
    [InlineData("static Task<int> s_task; async Task<int> M() { await s_task; return C.s_task.Result; }")]
    [InlineData("class D { protected Task<int> Task { get; set; } } class E : D { async Task<int> M() { await base.Task; return Task.Result; } }")]
    [InlineData("async Task<int> M(Task<int>[] tasks) { await tasks[0]; return tasks[0].Result; }")]
    [InlineData("async Task<int> M(C other) { await (other?._task ?? Task.FromResult(1)); return other._task.Result; } Task<int> _task;")]
    [InlineData("async Task<int> M(Task<int> task) { var done = task.IsCompleted; if (done) return task.Result; return await task; }")]
    [InlineData("async Task<int> M(Task<int> task) { task.Wait(0); await task; task.Wait(); return task.Result; }")]
    public Task AfterItsOwnAwait(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task<int> M() { var a = ComputeAsync(); var b = ComputeAsync(); await Task.WhenAll(a, b); return a.Result + b.Result; }")]
    [InlineData("async Task<int> M() { var a = ComputeAsync(); var b = ComputeAsync(); var all = Task.WhenAll(a, b); await all; return a.Result + b.Result; }")]
    [InlineData("async Task<int> M(Task<int>[] tasks) { await Task.WhenAll(tasks); return tasks[0].Result; }")]
    [InlineData("async Task M(List<Task<int>> tasks) { await Task.WhenAll(tasks); foreach (var task in tasks) Log(task.Result); }")]
    [InlineData("async Task M(List<Task<int>> tasks) { await Task.WhenAll(tasks); foreach (var task in tasks.Where(t => !t.IsFaulted)) Log(task.Result); }")]
    [InlineData("async Task M(List<Task<int>> tasks) { await Task.WhenAll(tasks); for (var i = 0; i < tasks.Count; i++) Log(tasks[i].Result); }")]
    [InlineData("async Task<int> M(Dictionary<string, Task<int>> tasks) { await Task.WhenAll(tasks.Values); return tasks[\"a\"].Result; }")]
    [InlineData("async Task M(Dictionary<string, Task<int>> tasks) { await Task.WhenAll(tasks.Values); foreach (var pair in tasks) Log(pair.Value.Result); }")]
    [InlineData("async Task M(List<KeyValuePair<int, Task<int>>> pairs) { await Task.WhenAll(pairs.Select(pair => pair.Value)); foreach (var pair in pairs) Log(pair.Value.Result); }")]
    [InlineData("async Task M(List<C> items) { await Task.WhenAll(items.Select(item => item._task)); foreach (var item in items) Log(item._task.Result); } Task<int> _task;")]
    [InlineData("async Task<int> M(List<Task<int>> tasks) { await Task.WhenAll(tasks); return tasks.Sum(task => task.Result); }")]
    [InlineData("async Task<int> M(List<Task<int>> tasks) { await Task.WhenAll(tasks); return tasks.First().Result; }")]
    [InlineData("async Task<int> M(Task<int> a, Task<int> b) { await Task.WhenAll(new[] { a, b }); return a.Result; }")]
    [InlineData("async Task<int> M(Task<int> a, Task<int> b) { await Task.WhenAll(a, b).ConfigureAwait(false); Task.WaitAll(a, b); return b.Result; }")]
    [InlineData("async Task<int> M(List<Task<int>> tasks) { await Task.WhenAll(tasks); return tasks.ToArray()[0].Result; }")]
    [InlineData("async Task<int> M(ConcurrentQueue<Task<int>> tasks) { await Task.WhenAll(tasks); return tasks.ToArray()[0].Result; }")]
    [InlineData("async Task<int> M(IEnumerable<Task<int>> tasks) { await Task.WhenAll(tasks); return tasks.ToArray()[0].Result; }")]
    [InlineData("async Task<int> M(System.Collections.Immutable.ImmutableList<Task<int>> tasks) { await Task.WhenAll(tasks); return tasks.GetRange(0, 1)[0].Result; }")]
    public Task AfterWhenAll(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task<int> M(Task<int> task) { if (task.IsCompleted) return task.Result; return await task; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (!task.IsCompleted) return await task; return task.Result; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (task != null && task.IsCompletedSuccessfully) return task.Result; return await task; }")]
    [InlineData("ValueTask<int> M(ValueTask<int> task) { return task.IsCompletedSuccessfully ? new ValueTask<int>(task.Result) : task; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (task.IsCompleted == false) return await task; else return task.Result; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (task.Status == TaskStatus.RanToCompletion) return task.Result; return await task; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (task.Status != TaskStatus.RanToCompletion) return await task; return task.Result; }")]
    [InlineData("async Task<int> M(Task<int> task) { switch (task.Status) { case TaskStatus.RanToCompletion: return task.Result; default: return await task; } }")]
    [InlineData("async Task<int> M(Task<int> task) { var done = task.IsCompleted; await WorkAsync(); return done ? task.Result : 0; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (task?.IsCompleted == true) return task.Result; return await task; }")]
    [InlineData("async Task<int> M(Task<int> task) { while (!task.IsCompleted) await WorkAsync(); return task.Result; }")]
    [InlineData("async Task M(Task task) { if (task.IsFaulted || task.IsCanceled) task.GetAwaiter().GetResult(); await task; }")]
    [InlineData("ValueTask M(ValueTask task) { if (!task.IsCompletedSuccessfully) return task; task.GetAwaiter().GetResult(); return default(ValueTask); }")]
    [InlineData("async Task<int> M(Task<int> task) { if ((task.IsCompleted)) return task.Result; return await task; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (task.IsCompleted == true) return task.Result; return await task; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (task.IsCompleted != true) return await task; return task.Result; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (false == task.IsCompleted) return await task; return task.Result; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (task.Exception != null) return task.Result; return await task; }")]
    [InlineData("async Task<int> M(Task<int> task) { if (TaskStatus.RanToCompletion == task.Status) return task.Result; return await task; }")]
    [InlineData("async Task<int> M(Task<int> task, Task<int> ended) { await ended; if (ReferenceEquals(task, ended)) return task.Result; return await task; }")]
    public Task AfterATestOfItsState(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task<int> M(Task<int> a, Task<int> b) { var winner = await Task.WhenAny(a, b); return winner.Result; }")]
    [InlineData("async Task<int> M(Task<int> a, Task<int> b) { return (await Task.WhenAny(a, b)).Result; }")]
    [InlineData("async Task<int> M(Task<int> a) { if (await Task.WhenAny(a, Task.Delay(10)) == a) return a.Result; return 0; }")]
    [InlineData("async Task<int> M(Task<int> a) { var delay = Task.Delay(10); if (await Task.WhenAny(a, delay) == delay) throw new TimeoutException(); return a.Result; }")]
    [InlineData("async Task<int> M(Task<int> a, Task delay) { var winner = await Task.WhenAny(a, delay).ConfigureAwait(false); if (winner != delay) return a.Result; return 0; }")]
    [InlineData("async Task<int> M(Task<int> a, Task<int> b) { var winner = await Task.WhenAny(a, b); if (winner == a) return a.Result; return b.Result; }")]
    [InlineData("async Task M(List<Task<int>> tasks) { while (tasks.Count > 0) { var done = await Task.WhenAny(tasks); tasks.Remove(done); Log(done.Result); } }")]
    public Task TheWinnerOfWhenAny(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Task M() => ComputeAsync().ContinueWith(t => Log(t.Result));")]
    [InlineData("Task M() => ComputeAsync().ContinueWith(t => { if (t.IsFaulted) return 0; return t.Result; }, TaskScheduler.Default);")]
    [InlineData("Task M(Task<int> task) => task.ContinueWith(_ => Log(task.Result));")]
    [InlineData("Task M(Task<int> a, Task<int> b) => Task.WhenAll(a, b).ContinueWith(_ => a.Result + b.Result);")]
    [InlineData("Task M(Task<int>[] tasks) => Task.Factory.ContinueWhenAll(tasks, all => all[0].Result);")]
    [InlineData("Task M() => ComputeAsync().ContinueWith(Done); static int Done(Task<int> task) => task.Result;")]
    [InlineData("Task M() => ComputeAsync().ContinueWith(async t => { await WorkAsync(); Log(t.Result); });")]
    public Task TheAntecedentOfAContinuation(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task<int> M() { await WorkAsync(); return Task.FromResult(1).Result; }")]
    [InlineData("async Task<int> M() { var one = Task.FromResult(1); await WorkAsync(); return one.Result; }")]
    [InlineData("async Task M() { Task.CompletedTask.Wait(); await WorkAsync(); }")]
    [InlineData("async Task<int> M() { var one = new ValueTask<int>(1); await WorkAsync(); return one.Result; }")]
    [InlineData("async Task<int> M() { var source = new TaskCompletionSource<int>(); source.SetResult(1); await WorkAsync(); return source.Task.Result; }")]
    [InlineData("async Task M() { var awaiter = WorkAsync().GetAwaiter(); if (awaiter.IsCompleted) awaiter.GetResult(); await WorkAsync(); }")]
    [InlineData("async Task M(Task task) { if (task.Wait(0) || task.Wait(TimeSpan.Zero)) await WorkAsync(); }")]
    [InlineData("async Task M(Task[] tasks) { if (Task.WaitAll(tasks, 0)) await WorkAsync(); }")]
    [InlineData("async Task M() { Task.Delay(100).Wait(); await WorkAsync(); }")]
    [InlineData("async Task M(SemaphoreSlim gate, ManualResetEventSlim signal) { gate.Wait(); signal.Wait(); await WorkAsync(); }")]
    [InlineData("async Task M(Task<int> task) { Log(nameof(task.Result)); await WorkAsync(); }")]
    [InlineData("async Task M(Lazy<int> lazy) { Log(lazy.Value); await WorkAsync(); }")]
    [InlineData("async Task<int> M(D other) { await WorkAsync(); other.Wait(); return other.Result; } class D { public int Result; public void Wait() { } }")]
    [InlineData("async Task M() { Expression<Func<int>> later = () => ComputeAsync().Result; Log(later); await WorkAsync(); }")]
    [InlineData("async Task<int> M() { var one = default(ValueTask<int>); await WorkAsync(); return one.Result; }")]
    [InlineData("async Task<int> M() { await WorkAsync(); return new ValueTask<int>(1).Result; }")]
    [InlineData("async Task M() { Task.FromException(new IOException()).GetAwaiter().GetResult(); await WorkAsync(); }")]
    [InlineData("async Task M() { Task.FromCanceled(new CancellationToken(true)).Wait(); await WorkAsync(); }")]
    [InlineData("async Task<int> M() { var source = new TaskCompletionSource<int>(); source.TrySetException(new IOException()); await WorkAsync(); return source.Task.Result; }")]
    [InlineData("async Task<int> M() { var source = new TaskCompletionSource<int>(); source.TrySetCanceled(); await WorkAsync(); return source.Task.Result; }")]
    [InlineData("TaskCompletionSource<int> _source = new TaskCompletionSource<int>(); async Task<int> M() { this._source.SetException(new IOException()); await WorkAsync(); return _source.Task.Result; }")]
    [InlineData("async Task<int> M() { var source = new TaskCompletionSource<int>(); source.TrySetResult(1); await WorkAsync(); return source.Task.Result; }")]
    [InlineData("async Task<int> M() { var source = new TaskCompletionSource<int>(); source.SetCanceled(); await WorkAsync(); return source.Task.Result; }")]
    public Task WhatDoesNotBlock(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M() { WorkAsync().Wait(); }")]
    [InlineData("public int M() => ComputeAsync().Result;")]
    [InlineData("int P => ComputeAsync().GetAwaiter().GetResult();")]
    [InlineData("C() { WorkAsync().Wait(); }")]
    [InlineData("void Dispose() { CloseAsync().GetAwaiter().GetResult(); } async Task CloseAsync() { await WorkAsync(); }")]
    [InlineData("int Read() => ComputeAsync().Result; void M() => Read(); async Task N() { await WorkAsync(); Read(); }")]
    [InlineData("async Task<int> M(List<Task<int>> tasks) { await WorkAsync(); return tasks.Sum(t => t.Result); }")]
    [InlineData("Thread M() => new Thread(() => WorkAsync().Wait());")]
    [InlineData("Task M() => Task.Factory.StartNew(() => WorkAsync().Wait(), TaskCreationOptions.LongRunning);")]
    [InlineData("async Task M(Task<int> task) { await task; Use(task); } static void Use(Task<int> task) { Log(task.Result); }")]
    [InlineData("async Task M() { var task = ComputeAsync(); await task; void Use() { Log(task.Result); } Use(); }")]
    [InlineData("async Task M() { var task = ComputeAsync(); await task; await Task.Run(() => Log(task.Result)); }")]
    public Task InSynchronousCodeOrOfATaskHandedOver(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task InNewerLanguage()
        => VerifyFileAsync("""
            class C
            {
                async Task<int> A(Task<int> task) { if (task is { IsCompleted: true }) return task.Result; return await task; }
                async Task<int> B(Task<int> task) { if (task is not { IsCompletedSuccessfully: true }) return await task; return task.Result; }
                async Task<int> D(Task<int> task) { if (task.IsCompleted is false) return await task; return task.Result; }
                async Task<int> E(Task<int> task) { if (task.Status is TaskStatus.RanToCompletion or TaskStatus.Faulted) return task.Result; return await task; }
                async Task F(Dictionary<string, Task<int>> tasks) { await Task.WhenAll(tasks.Values); foreach (var (name, task) in tasks) Console.WriteLine(name + task.Result); }
                async IAsyncEnumerable<int> G(Task<int> task) { await Task.Yield(); yield return [|task.Result|]; }
                async Task H(List<(string Name, Task<int> Task)> tasks) { await Task.WhenAll(tasks.Select(each => each.Task)); foreach (var each in tasks) Console.WriteLine(each.Task.Result); }
                async Task<int> I(Task<int>? task) { await Task.Yield(); return [|task!.Result|]; }
                async Task<int> J(Task<int> task) => task switch { { IsCompleted: true } => 0, _ => await task };
            }
            """);

    [Theory]
    [InlineData("static class Program { static void Main() { Task.Yield(); RunAsync().Wait(); } static Task RunAsync() => Task.CompletedTask; }")]
    [InlineData("static class Program { static async Task Main() { RunAsync().Wait(); await Task.Yield(); } static Task RunAsync() => Task.CompletedTask; }")]
    [InlineData("RunAsync().GetAwaiter().GetResult(); static Task RunAsync() => Task.CompletedTask;")]
    public Task InTheProgramsEntryPoint(string source) => VerifyFileAsync(source, outputKind: OutputKind.ConsoleApplication);

    [Fact]
    public Task InsideToThread() => VerifyNewestAsync("async Task M() { await ToThread.RunAsync(() => WorkAsync().Wait()); await ToThread.RunAsync(Read); } int Read() => ComputeAsync().Result;");

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf("using System.Threading.Tasks; class C { async Task M(Task task) { task.Wait(); await Task.Yield(); } }");
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task WorksWithoutTheRuntime()
    {
        var test = TestOf("using System.Threading.Tasks; class C { async Task M(Task task) { [|task.Wait()|]; await Task.Yield(); } }");
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("async Task M(Task<int> task) { Missing().Result; Missing.Wait(); await task; task.Result.; task.Wait(; } async Task N( { WorkAsync().Wait("), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        test.TestBehaviors = TestBehaviors.SkipGeneratedCodeCheck | TestBehaviors.SkipSuppressionCheck;
        return test.RunAsync();
    }
}
