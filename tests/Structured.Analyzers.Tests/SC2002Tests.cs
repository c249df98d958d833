using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC2002Tests : RuleTest<SC2002LoopIgnoresCancellation>
{
    private const string More = """

        static Task SaveAsync(int number, CancellationToken token = default(CancellationToken)) => Task.Delay(number, token);
        static void Save(int number) { Log(number); }
        static bool Test() => true;
        """;

    [Theory]
    [InlineData("async Task M(int[] items, CancellationToken token) { [|foreach|] (var item in items) await WorkAsync(); }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { [|foreach|] (var item in items) { await SaveAsync(item).ConfigureAwait(false); } }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { [|foreach|] (var item in items) { Log(item); if (item > 1) await FlushAsync(); } }")]
    [InlineData("async Task M(int count, CancellationToken token) { [|for|] (var i = 0; i < count; i++) await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { [|for|] (var i = 0; i < 1000; i++) await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { [|while|] (Test()) await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { [|while|] (await ComputeAsync() > 0) Log(1); }")]
    [InlineData("async Task M(CancellationToken token) { [|do|] { await WorkAsync(); } while (Test()); }")]
    [InlineData("async Task M(CancellationToken token) { [|while|] (true) { await WorkAsync(); } }")]
    [InlineData("async Task M(CancellationToken token) { [|while|] (true) { await WorkAsync(); if (Test()) break; } }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { await SaveAsync(1, token); [|foreach|] (var item in items) await WorkAsync(); }")]
    [InlineData("async Task M(int[][] items, CancellationToken token) { foreach (var row in items) [|foreach|] (var item in row) await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { while (!token.IsCancellationRequested) { [|while|] (true) { await WorkAsync(); } } }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { Func<Task> step = () => WorkAsync(); [|foreach|] (var item in items) { await StepAsync(); } async Task StepAsync() { await WorkAsync(); } }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { Func<int, Task> step = item => WorkAsync(); [|foreach|] (var item in items) await step(item); }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { foreach (var row in new[] { items }) [|foreach|] (var item in row) await WorkAsync(); }")]
    public Task AwaitsUnderATokenParameter(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("static void Read(int number) { File.ReadAllText(number.ToString()); } void M(int[] items, CancellationToken token) { [|foreach|] (var item in items) Read(item); }")]
    [InlineData("void M(string[] paths, CancellationToken token) { [|foreach|] (var path in paths) File.Delete(path); }")]
    [InlineData("partial class P { partial void M(string[] paths, CancellationToken token); } partial class P { partial void M(string[] paths, CancellationToken token) { [|foreach|] (var path in paths) File.Delete(path); } }")]
    [InlineData("void M(string[] paths) { Action<CancellationToken> delete = token => { [|foreach|] (var path in paths) File.Delete(path); }; delete(default(CancellationToken)); }")]
    [InlineData("void M(string[] paths) { Delete(default(CancellationToken)); void Delete(CancellationToken token) { [|foreach|] (var path in paths) File.Delete(path); } }")]
    [InlineData("void M(int[] items, CancellationToken token) { [|foreach|] (var item in items) Work(); }")]
    [InlineData("void M(ManualResetEventSlim next, CancellationToken token) { [|while|] (Test()) next.Wait(); }")]
    [InlineData("void M(CancellationToken token) { [|while|] (Test()) { Thread.Sleep(100); if (Compute() == 2) return; } }")]
    public Task CallsUnderATokenParameter(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { [|while|] (Test()) await WorkAsync(); }")]
    [InlineData("CancellationToken Stopping { get; } async Task M() { await SaveAsync(1, Stopping); [|while|] (Test()) await WorkAsync(); }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } public int[] Items; } async Task M(Request request) { [|while|] (Test()) await WorkAsync(); }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } public int[] Items; } async Task M(Request request) { await SaveAsync(1, request.Aborted); [|foreach|] (var item in request.Items) await WorkAsync(); }")]
    [InlineData("Task M(int[] items) => Nursery.RunAsync(async nursery => { [|foreach|] (var item in items) await WorkAsync(); });")]
    [InlineData("void M(Nursery nursery, int[] items) { nursery.StartSoon(async token => { [|foreach|] (var item in items) await WorkAsync(); }); }")]
    [InlineData("Task M(int[] items) => CancelScope.FailAfterAsync(TimeSpan.FromSeconds(1), async token => { [|foreach|] (var item in items) await WorkAsync(); });")]
    [InlineData("Task M(int[] items, CancellationToken token) => Task.Run(async () => { [|foreach|] (var item in items) await WorkAsync(); });")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { [|while|] (Test()) await StepAsync(); } Task StepAsync() => SaveAsync(1, CancellationToken.None);")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { [|while|] (Test()) await StepAsync(); } Task StepAsync() { var own = new CancellationTokenSource(); return SaveAsync(1, own.Token); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { [|while|] (Test()) await StepAsync(1); } async Task StepAsync(int depth) { await WorkAsync(); if (depth > 0) await StepAsync(depth - 1); }")]
    public Task AnotherToken(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(int[] items, CancellationToken token) { foreach (var item in items) await SaveAsync(item, token); }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { foreach (var item in items) { token.ThrowIfCancellationRequested(); await WorkAsync(); } }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { foreach (var item in items) { if (token.IsCancellationRequested) break; await WorkAsync(); } }")]
    [InlineData("async Task M(CancellationToken token) { while (!token.IsCancellationRequested) await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { while (Test()) { await WorkAsync(); await Task.Delay(1, token); } }")]
    [InlineData("async Task M(CancellationToken token) { using (var linked = CancellationTokenSource.CreateLinkedTokenSource(token)) while (Test()) await SaveAsync(1, linked.Token); }")]
    [InlineData("async Task M(int[][] items, CancellationToken token) { foreach (var row in items) { await WorkAsync(); foreach (var item in row) await SaveAsync(item, token); } }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { while (!token.IsCancellationRequested) { foreach (var item in items) await WorkAsync(); } }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { foreach (var item in items) await StepAsync(item); Task StepAsync(int item) => SaveAsync(item, token); }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { Func<int, Task> step = item => SaveAsync(item, token); foreach (var item in items) await step(item); }")]
    [InlineData("class Reader { public Reader(CancellationToken token) { } public Task<bool> ReadAsync() => Task.FromResult(true); } async Task M(CancellationToken token) { var reader = new Reader(token); while (await reader.ReadAsync()) Log(1); }")]
    [InlineData("class Item { public CancellationToken Token; } Task HandleAsync(Item item) => WorkAsync(); async Task M(int[] numbers, CancellationToken token) { Item[] items; items = numbers.Select(number => new Item { Token = token }).ToArray(); foreach (var item in items) await HandleAsync(item); }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { foreach (var item in items) await Task.Run(() => { token.ThrowIfCancellationRequested(); Save(item); }); }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { foreach (var item in items) await WorkAsync().WaitAsync(token); }")]
    public Task Observed(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { while (Test()) await StepAsync(); } Task StepAsync() => SaveAsync(1, _stop.Token);")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); bool StopRequested => _stop.IsCancellationRequested; async Task M() { while (!StopRequested) await WorkAsync(); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); Task OtherAsync() => SaveAsync(1, _stop.Token); async Task M() { while (Test()) await WorkAsync(); }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } public int[] Items; } static Task HandleAsync(Request request, int item) => WorkAsync(); async Task M(Request request) { foreach (var item in request.Items) await HandleAsync(request, item); }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } public int[] Items; } async Task M(Request request) { foreach (var item in request.Items) await WorkAsync(); }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } public int[] Items; } void M(Request request) { foreach (var item in request.Items) Save(item); }")]
    [InlineData("void M(IDisposable[] all, CancellationToken token) { token.Register(() => { foreach (var each in all) Save(1); }); }")]
    [InlineData("CancellationToken _token; static async Task M() { while (Test()) await WorkAsync(); }")]
    [InlineData("Task M(int[] items) => Nursery.RunAsync(async nursery => { foreach (var item in items) { await Checkpoint.YieldAsync(); await WorkAsync(); } });")]
    [InlineData("Task M(int[] items) => Nursery.RunAsync(async nursery => { foreach (var item in items) await StepAsync(); }); static async Task StepAsync() { await Checkpoint.YieldAsync(); }")]
    [InlineData("void M(Nursery nursery, int[] items) { foreach (var item in items) nursery.StartSoon(token => SaveAsync(item, token)); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); bool StopRequested { get { return _stop.IsCancellationRequested; } } async Task M() { while (!StopRequested) await WorkAsync(); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { Func<Task> step = StepAsync; while (Test()) { await step(); step = StepAsync; } } Task StepAsync() => SaveAsync(1, _stop.Token);")]
    [InlineData("async Task M(int[] items, CancellationToken token) { foreach (var item in items) { await WorkAsync(); Check(); } void Check() { if (token.IsCancellationRequested) throw new OperationCanceledException(); } }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { var inner = token; foreach (var item in items) { await WorkAsync(); Check(); } void Check() { inner.ThrowIfCancellationRequested(); } }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { while (Test()) await FirstAsync(); } Task FirstAsync() => SecondAsync(); Task SecondAsync() => SaveAsync(1, this._stop.Token);")]
    [InlineData("class Host { public CancellationTokenSource Stop = new CancellationTokenSource(); } readonly Host _host = new Host(); readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { while (Test()) await StepAsync(); } Task StepAsync() => SaveAsync(1, _host.Stop.Token);")]
    public Task ObservedByWhatItCalls(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("int M(int[] items, CancellationToken token) { var sum = 0; foreach (var item in items) sum += item; return sum; }")]
    [InlineData("void M(int[] items, List<string> texts, CancellationToken token) { foreach (var item in items) texts.Add(item.ToString()); }")]
    [InlineData("static int Twice(int number) { return number * 2; } int M(int[] items, CancellationToken token) { var sum = 0; foreach (var item in items) sum += Twice(item); return sum; }")]
    [InlineData("void M(int[] items, CancellationToken token) { foreach (var item in items) Save(item); }")]
    [InlineData("void M(Dictionary<int, List<int>> map, CancellationToken token) { foreach (var pair in map) { foreach (var item in pair.Value) Save(item); } }")]
    [InlineData("async Task M(Task[] tasks, CancellationToken token) { foreach (var task in tasks) await task; }")]
    [InlineData("async Task M(List<Task> tasks, CancellationToken token) { while (tasks.Count > 0) { var done = await Task.WhenAny(tasks); tasks.Remove(done); await done; } }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { var tasks = new List<Task>(); foreach (var item in items) tasks.Add(WorkAsync()); await Task.WhenAll(tasks); }")]
    [InlineData("async Task M(CancellationToken token) { for (var i = 0; i < 3; i++) await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { foreach (var item in new[] { 1, 2 }) await WorkAsync(); }")]
    [InlineData("int M(Queue<int> queue, CancellationToken token) { while (queue.Count > 0) { Save(1); if (queue.Dequeue() == 1) return 1; } return 0; }")]
    [InlineData("IEnumerable<int> M(int[] items, CancellationToken token) { foreach (var item in items) { Save(item); yield return item; } }")]
    [InlineData("int _value; void M(CancellationToken token) { int old; do { old = _value; Save(old); } while (Interlocked.CompareExchange(ref _value, old + 1, old) != old); }")]
    [InlineData("async Task M(CancellationToken token) { while (Test()) await SaveAsync(1, CancellationToken.None); }")]
    [InlineData("async Task M(int[] items) { foreach (var item in items) await WorkAsync(); }")]
    [InlineData("async Task M(int[] items, CancellationToken _) { foreach (var item in items) await WorkAsync(); }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { foreach (var item in items) await Task.CompletedTask; }")]
    [InlineData("void M(FileStream file, CancellationToken token) { while (Test()) file.Seek(1, SeekOrigin.Current); }")]
    public Task NothingToCancel(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(int[] items, CancellationToken token) { try { await WorkAsync(); } finally { foreach (var item in items) await WorkAsync(); } }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { try { await WorkAsync(); } catch (Exception) { foreach (var item in items) await WorkAsync(); throw; } }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { while (!token.IsCancellationRequested) await WorkAsync(); foreach (var item in items) await WorkAsync(); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task StopAsync(int[] items) { _stop.Cancel(); foreach (var item in items) await WorkAsync(); }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { try { await WorkAsync(); } finally { await CloseAllAsync(items, token); } } async Task CloseAllAsync(int[] items, CancellationToken token) { foreach (var item in items) await WorkAsync(); }")]
    [InlineData("void M(CancellationToken token) { while (true) Work(); }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { if (Test()) continue; await WorkAsync(); } }")]
    public Task CleaningOrAnotherRule(string members) => VerifyMembersAsync(members + More);

    [Fact]
    public Task UnderTheStrictCheckpointsEndlessLoopsBelongToAnotherRule()
        => VerifyMembersAsync("async Task M(CancellationToken token) { while (true) { await WorkAsync(); } }" + More, "structured_concurrency.checkpoint_strictness = cancel");

    [Theory]
    [InlineData("[Checkpoint] static Task PauseAsync() => WorkAsync(); async Task M(CancellationToken token) { while (Test()) await PauseAsync(); }")]
    public Task ACheckpointByAttribute(string members) => VerifyMembersAsync(members + More);

    [Fact]
    public Task ACheckpointByOption()
        => VerifyMembersAsync("async Task M(CancellationToken token) { while (Test()) await WorkAsync(); }" + More, "structured_concurrency.checkpoint_methods = M:C.WorkAsync");

    [Fact]
    public Task NewerLanguage()
        => VerifyFileAsync("""
            class C
            {
                readonly CancellationToken _stopping;
                static async IAsyncEnumerable<int> Items([EnumeratorCancellation] CancellationToken token = default) { await Task.Delay(1, token); yield return 1; }
                async Task M(CancellationToken token) { [|await|] foreach (var item in Items()) Console.WriteLine(item); }
                async Task N(CancellationToken token) { await foreach (var item in Items().WithCancellation(token)) Console.WriteLine(item); }
                async Task P(IAsyncDisposable[] all, CancellationToken token) { foreach (var each in all) await each.DisposeAsync(); }
                async Task Q(int[] items) { [|foreach|] (var item in items) await Task.Run(() => item); }
                async IAsyncEnumerable<int> R(int[] items, [EnumeratorCancellation] CancellationToken token) { [|foreach|] (var item in items) { await Task.Run(() => item); yield return item; } }
                async Task S(IAsyncEnumerable<int> items, CancellationToken token) { await foreach (var item in items) Console.WriteLine(item); }
                async Task U(IAsyncEnumerable<int> items, CancellationToken token) { await foreach (var item in items.ConfigureAwait(false)) await Task.Run(() => item); }
                static async IAsyncEnumerable<int> Deaf() { await Task.Delay(1); yield return 1; }
                async Task V(CancellationToken token) { [|await|] foreach (var item in Deaf()) Console.WriteLine(item); }
                void T(Nursery nursery, Receiver<int> receiver) { nursery.StartSoon(async token => { await foreach (var item in receiver) await Task.Run(() => item); }); }
            }
            """);

    [Fact]
    public Task CSharp12()
        => TestOf(
            InClass("class D(CancellationToken stopping) { async Task M(int[] items) { [|foreach|] (var item in items) await Task.Run(() => item); } async Task N() { foreach (var item in (int[])[1, 2]) await Task.Run(() => item); } }"),
            LanguageVersions.CSharp12).RunAsync();

    [Fact]
    public Task TheMessageTellsWhichToken()
    {
        var test = TestOf(InClass("async Task M(int[] items, CancellationToken token) { {|#0:foreach|} (var item in items) await WorkAsync(); }" + More));
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC2002LoopIgnoresCancellation>.Diagnostic("SC2002").WithLocation(0).WithSeverity(DiagnosticSeverity.Info)
            .WithMessage("Nothing in this loop observes 'token', so it goes on when that is cancelled; pass it to the calls in the loop, or check it on every turn"));
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("async Task M(CancellationToken token) { foreach (var item in missing) await Missing(; while () await WorkAsync(); for (;; await } async Task N(CancellationToken token) { foreach (" + More), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("Task M(int[] items) => Nursery.RunAsync(async nursery => { {|#0:foreach|} (var item in items) await ComputeAsync(); });", "Nothing in this loop observes the cancellation of the scope around it, so it goes on when that is cancelled; pass it to the calls in the loop, or check it on every turn")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members, message);
}
