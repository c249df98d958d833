using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC2003Tests : RuleTest<SC2003CancellationIsSwallowed>
{
    private const string More = " static Task WorkAsync(CancellationToken token) => Task.Delay(1, token); static Task<int> ComputeAsync(CancellationToken token) => Task.FromResult(1); static bool IsTransient(Exception e) => true; ";

    private const string Item = "public class Item { public Exception Error { get; set; } } ";

    private const string Job = "public enum JobKind { Load, Store } public class Job { public Exception Error { get; set; } public bool IsFailed { get; set; } public JobKind Kind { get; set; } public Job Parent { get; set; } } ";

    [Theory]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] { } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (OperationCanceledException) { } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (TaskCanceledException) { continue; } } }")]
    [InlineData("async Task M(CancellationToken token) { for (;;) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); continue; } } }")]
    [InlineData("async Task M(int[] items, CancellationToken token) { foreach (var item in items) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); await Task.Delay(1000); } } }")]
    [InlineData("async Task M(CancellationToken token) { for (var attempt = 0; ; attempt++) { try { await WorkAsync(token); return; } [|catch|] (Exception) { if (attempt == 3) throw; } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (IOException) { throw; } [|catch|] (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { Again: try { await WorkAsync(token); } [|catch|] (Exception) { goto Again; } }")]
    [InlineData("async Task M(CancellationToken token) { do { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } } while (Compute() > 1); }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { using (var stream = new MemoryStream()) { await stream.CopyToAsync(stream, 1, token); } } [|catch|] (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { token.ThrowIfCancellationRequested(); await WorkAsync(); } [|catch|] (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(Item[] items, CancellationToken token) { foreach (var item in items) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); item.Error = e; } } } " + Item)]
    [InlineData("async Task M(Item[] items, CancellationToken token) { foreach (var item in items) { try { if (item.Error != null) continue; await WorkAsync(token); } [|catch|] (Exception e) { item.Error = e; } } } " + Item)]
    [InlineData("async Task M(Job[] jobs, CancellationToken token) { foreach (var job in jobs) { if (job.Kind == JobKind.Load) { try { await WorkAsync(token); } [|catch|] (Exception e) { job.IsFailed = true; job.Error = e; } } } } " + Job)]
    [InlineData("async Task M(Job[] jobs, CancellationToken token) { foreach (var job in jobs) { if (job.IsFailed) continue; try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } } } " + Job)]
    [InlineData("async Task M(Job[] jobs, CancellationToken token) { foreach (var job in jobs) { if (job.Parent.IsFailed) continue; try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } } } " + Job)]
    [InlineData("async Task M(Job[] jobs, CancellationToken token) { foreach (var job in jobs) { if (job.IsFailed) continue; for (var part = 0; part < 1; part++) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); break; } } } } " + Job)]
    public Task TheLoopGoesRoundAgain(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { if (Compute() > 1) { try { await WorkAsync(token); } [|catch|] (OperationCanceledException) { } } await WorkAsync(); }")]
    [InlineData("async Task M(Stream stream, CancellationToken token) { using (stream) { try { await WorkAsync(token); } [|catch|] (OperationCanceledException) { } } await WorkAsync(); }")]
    [InlineData("async Task M(int mode, CancellationToken token) { switch (mode) { case 1: try { await WorkAsync(token); } [|catch|] (OperationCanceledException) { } break; } await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { try { try { await WorkAsync(token); } [|catch|] (OperationCanceledException) { } } catch (IOException) { } await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } [|catch|] { } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } [|catch|] (OperationCanceledException) { } await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } [|catch|] (TaskCanceledException) { } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token).ConfigureAwait(false); } [|catch|] (Exception) { } finally { Work(); } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { try { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } Work(); } catch (IOException) { } }")]
    [InlineData("async Task M(CancellationToken token) { try { try { await WorkAsync(token); } catch (IOException) { } } [|catch|] (Exception e) { Log(e); } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { try { try { await WorkAsync(token); } finally { Work(); } } [|catch|] (SystemException) { } Work(); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { try { await WorkAsync(_stop.Token); } [|catch|] (Exception e) { Log(e); } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { try { await Task.WhenAll(new[] { 1, 2 }.Select(_ => WorkAsync(token))); } [|catch|] (Exception e) { Log(e); } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { var aborted = token; try { await WorkAsync(aborted); } [|catch|] (Exception e) { Log(e); } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { if (Compute() > 1) { try { await WorkAsync(token); } [|catch|] (Exception) { } } Work(); }")]
    [InlineData("void M(BlockingCollection<int> queue, CancellationToken token) { try { Log(queue.Take(token)); } [|catch|] (Exception e) { Log(e); } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) when (IsTransient(e)) { Log(e); } [|catch|] (Exception e) { Log(e); } Work(); }")]
    [InlineData("async Task M(TaskCompletionSource<int> done, CancellationToken token) { try { await WorkAsync(token); } [|catch|] (Exception) { done.TrySetResult(0); } Work(); }")]
    public Task TheCodeBehindTheTryRuns(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task<int> M(CancellationToken token) { try { return await ComputeAsync(token); } [|catch|] (Exception e) { Log(e); return 0; } }")]
    [InlineData("async Task<bool> M(CancellationToken token) { try { await WorkAsync(token); return true; } [|catch|] { return false; } }")]
    [InlineData("async Task<bool> M(CancellationToken token) { try { await WorkAsync(token); return true; } [|catch|] (Exception) { if (Compute() == 0) return false; throw; } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (Exception) { if (Compute() == 0) continue; throw; } } }")]
    [InlineData("async Task<object> M(CancellationToken token) { try { await WorkAsync(token); } [|catch|] (Exception) { return null; } return this; }")]
    [InlineData("async Task<object> M(CancellationToken token) { object result = null; try { result = await ComputeAsync(token); } [|catch|] (Exception e) { Log(e); } return result; }")]
    [InlineData("async ValueTask<int> M(CancellationToken token) { try { return await ComputeAsync(token); } [|catch|] (Exception) { return Compute(); } }")]
    [InlineData("async Task<int> M(CancellationToken token) { try { return await ComputeAsync(token); } [|catch|] (OperationCanceledException) { return 0; } }")]
    [InlineData("async Task<int> M(CancellationToken token) { try { await WorkAsync(token); } [|catch|] (OperationCanceledException) { return default(int); } return 1; }")]
    [InlineData("async Task<bool> M(CancellationToken token) { try { return await ComputeAsync(token) > 1; } [|catch|] (OperationCanceledException) { return default(bool); } }")]
    [InlineData("async Task<string> M(CancellationToken token) { try { return (await ComputeAsync(token)).ToString(); } [|catch|] (OperationCanceledException) { return null; } }")]
    [InlineData("async Task<bool> M(CancellationToken token) { try { await WorkAsync(token); return true; } [|catch|] (OperationCanceledException) { return true; } }")]
    [InlineData("async Task<bool> M(CancellationToken token) { try { await WorkAsync(token); } [|catch|] (OperationCanceledException) { Work(); } return false; }")]
    [InlineData("async Task<IEnumerable<int>> M(CancellationToken token) { try { return new[] { await ComputeAsync(token) }; } [|catch|] (OperationCanceledException) { } catch (Exception e) { Log(e); throw; } return new int[0]; }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task<int> M() { try { return await ComputeAsync(_stop.Token); } [|catch|] (OperationCanceledException) { return Compute(); } }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task<int> M(CancellationToken token) { try { await WorkAsync(_stop.Token); return await ComputeAsync(token); } [|catch|] (OperationCanceledException) { return 0; } }")]
    public Task AValueIsReturned(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("public async Task M(CancellationToken token) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } }")]
    [InlineData("public async Task M(CancellationToken token) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); return; } }")]
    [InlineData("async Task N() { await M(default(CancellationToken)); } async Task M(CancellationToken token) { try { await WorkAsync(token); } [|catch|] { } }")]
    [InlineData("async Task N(CancellationToken token) { await Local().ConfigureAwait(false); async Task Local() { try { await WorkAsync(token); } [|catch|] { } } }")]
    [InlineData("class Base { public virtual Task RunAsync(CancellationToken token) => WorkAsync(token); } class Derived : Base { public override async Task RunAsync(CancellationToken token) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } } }")]
    public Task AFunctionThatIsAwaitedEnds(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } [|catch|] (Exception e) { if (e is InvalidOperationException) throw; Log(e); } await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } [|catch|] (Exception e) { if (e is IOException || e is TimeoutException) throw; Log(e); } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (Exception e) { if (!(e is IOException)) Log(e); else throw; } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (Exception e) { if (e is IOException failure && failure.HResult == 1) return; Log(e); } } }")]
    public Task TheHandlerAsksForSomethingElse(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (Exception e) { if (e is IOException or TimeoutException) return; Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (Exception e) { if (e is not IOException { HResult: 1 }) Log(e); } } }")]
    public Task TheHandlerAsksForSomethingElseByPattern(string members) => VerifyNewestAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (TaskCanceledException) { break; } [|catch|] (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (TaskCanceledException) { throw; } [|catch|] (Exception e) { Log(e); } } }")]
    public Task OnlySomeCancellationsAreLetThrough(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("Task M(CancellationToken token) => Task.Run(async () => { while (true) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } } });")]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(async token => { while (true) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } } }); }")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { while (true) { try { await Checkpoint.SleepAsync(1); } [|catch|] (Exception e) { Log(e); } } });")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(TimeSpan.FromSeconds(1), async token => { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } await WorkAsync(); });")]
    [InlineData("async void M(CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (Exception e) { Log(e); } } }")]
    public Task InOtherFunctions(string members) => VerifyMembersAsync(members + More);

    [Fact]
    public Task NewerLanguage()
        => VerifyFileAsync("""
            class C
            {
                static async IAsyncEnumerable<int> Source([EnumeratorCancellation] CancellationToken token = default) { await Task.Delay(1, token); yield return 1; }
                async Task M(CancellationToken token) { while (true) { try { await foreach (var item in Source(token)) Console.WriteLine(item); } [|catch|] (Exception e) { Console.WriteLine(e); } } }
                async Task N(CancellationToken token) { while (true) { try { await foreach (var item in Source().WithCancellation(token)) Console.WriteLine(item); } [|catch|] { } } }
                async Task P(CancellationToken token) { await foreach (var item in Source()) { try { await Task.Delay(item, token); } [|catch|] (Exception e) { Console.WriteLine(e); } } }
                async Task Q(CancellationToken token) { await foreach (var item in Source(token)) { try { await Task.Delay(item, token); } catch (Exception e) { Console.WriteLine(e); } } }
                async Task<int> R(CancellationToken token) { await using var stream = new MemoryStream(); try { return await stream.ReadAsync(new byte[1], token); } [|catch|] (Exception) { return -1; } }
            }
            """);

    [Fact]
    public Task TheMessageTellsWhatHappens()
    {
        var test = TestOf(InClass("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } {|#0:catch|} (Exception e) { Log(e); } } }" + More));
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC2003CancellationIsSwallowed>.Diagnostic("SC2003").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("This handler catches the cancellation of its own code, which then runs the cancelled work again; let it through with 'when (exception is not OperationCanceledException)'"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { Log(e); throw; } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { throw new InvalidOperationException(\"no\", e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (OperationCanceledException) { throw; } catch (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e).Throw(); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { Fail(e); } } } [System.Diagnostics.CodeAnalysis.DoesNotReturn] static void Fail(Exception e) => throw e;")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception) { if (Compute() > 1) throw; else throw new TimeoutException(); } } }")]
    [InlineData("async Task M(CancellationToken token) { try { try { await WorkAsync(token); } catch (OperationCanceledException) { throw; } } catch (Exception e) when (IsTransient(e)) { Log(e); } await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { try { try { await WorkAsync(token); } catch (Exception e) { throw new IOException(\"no\", e); } } catch (IOException e) { Log(e); } await WorkAsync(); }")]
    public Task PassedOn(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) when (!(e is OperationCanceledException)) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) when (IsTransient(e)) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (OperationCanceledException) when (token.IsCancellationRequested) { break; } catch (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (OperationCanceledException) when (!token.IsCancellationRequested) { } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) when (!token.IsCancellationRequested) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception) when (token.IsCancellationRequested) { return; } catch (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (IOException e) { Log(e); } } }")]
    public Task AFilterOrAnotherType(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (e is OperationCanceledException) throw; Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { token.ThrowIfCancellationRequested(); Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (token.IsCancellationRequested) return; Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { switch (IsTransient(e)) { case true: Log(e); break; default: throw; } } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { switch (e) { case OperationCanceledException _: throw; default: Log(e); break; } } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (!IsTransient(e)) throw; } } }")]
    [InlineData("bool _stopping; async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (_stopping) return; Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (!Handle(e)) throw; } } } bool Handle(Exception e) => true;")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (e is IOException) { Log(e); continue; } throw; } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (e is IOException || e is TimeoutException) Log(e); else throw; } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (!(e is IOException)) throw; Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (e is IOException || IsTransient(e)) Log(e); else throw; } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (e is SystemException) throw; Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (e is TaskCanceledException) throw; Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { var isTransient = e is IOException; if (isTransient) continue; throw; } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (e is IDisposable) continue; throw; } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { Log(IsTransient(e) ? 1 : 2); } } }")]
    public Task TheHandlerSortsItOut(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (e is not IOException) throw; Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { if (e is IOException { HResult: 1 } or TimeoutException) Log(e); else throw; } } }")]
    public Task TheHandlerSortsItOutByPattern(string members) => VerifyNewestAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { while (!token.IsCancellationRequested) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { if (token.IsCancellationRequested) break; try { await WorkAsync(token); } catch (Exception e) { Log(e); } } }")]
    [InlineData("public async Task M(CancellationToken token) { while (true) { if (token.IsCancellationRequested) break; try { await WorkAsync(token); } catch (Exception e) { Log(e); } } }")]
    [InlineData("public async Task M(CancellationToken token) { for (;;) { token.ThrowIfCancellationRequested(); try { await WorkAsync(token); } catch (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { if (token.IsCancellationRequested) return; await WorkAsync(token); } catch (Exception e) { Log(e); } } }")]
    [InlineData("bool _running; async Task M(CancellationToken token) { while (_running) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { Log(e); await Task.Delay(1000, token); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } await Task.Delay(1000, token); } }")]
    [InlineData("async Task M(SemaphoreSlim turn, CancellationToken token) { while (true) { await turn.WaitAsync(token); try { await WorkAsync(token); } catch (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(SemaphoreSlim turn, CancellationToken token) { while (await turn.WaitAsync(1000, token)) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } token.ThrowIfCancellationRequested(); Work(); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } catch (OperationCanceledException) { } if (token.IsCancellationRequested) return; await WorkAsync(); }")]
    public Task TheTokenIsLookedAtAgain(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (OperationCanceledException) { break; } } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (OperationCanceledException) { return; } catch (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } catch (OperationCanceledException) { } }")]
    [InlineData("async Task M(CancellationToken token) { if (Compute() > 1) { try { await WorkAsync(token); } catch (OperationCanceledException) { } } else { await WorkAsync(); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await Later(); } catch (OperationCanceledException) { } return; async Task Later() { await WorkAsync(token); } }")]
    [InlineData("void M(ManualResetEventSlim ready, CancellationToken token) { lock (this) { try { ready.Wait(token); } catch (Exception e) { Log(e); } } }")]
    [InlineData("public async Task M(CancellationToken token) { try { while (true) { await WorkAsync(token); } } catch (OperationCanceledException) { Log(\"stopped\"); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } catch (TaskCanceledException) { } finally { Work(); } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { bool isReady; try { isReady = await ComputeAsync(token) > 1; } catch (OperationCanceledException) { isReady = false; } if (!isReady) break; await WorkAsync(); } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { var failed = false; try { await WorkAsync(token); } catch (Exception) { failed = true; } if (failed) break; await WorkAsync(); } }")]
    [InlineData("Task M(CancellationToken token) => Task.Run(async () => { try { try { await WorkAsync(token); } catch (Exception e) { Log(e); } } finally { Work(); } });")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } catch (OperationCanceledException) { } Console.WriteLine(1); }")]
    [InlineData("async Task M(Stream stream, CancellationToken token) { try { await WorkAsync(token); } catch (OperationCanceledException) { } stream.Dispose(); }")]
    [InlineData("IEnumerable<int> M(BlockingCollection<int> queue, CancellationToken token) { while (true) { int item; try { item = queue.Take(token); } catch (OperationCanceledException) { yield break; } yield return item; } }")]
    [InlineData("async Task<bool> M(CancellationToken token) { try { await WorkAsync(token); return true; } catch (OperationCanceledException) { return false; } }")]
    [InlineData("async Task<bool> M(CancellationToken token) { try { await WorkAsync(token); return true; } catch (TaskCanceledException) { return false; } catch (OperationCanceledException) { Log(1); return false; } finally { Work(); } }")]
    [InlineData("async Task<bool> M(CancellationToken token) { try { await WorkAsync(token); } catch (OperationCanceledException) { return false; } return true; }")]
    [InlineData("async Task<bool?> M(CancellationToken token) { try { return await ComputeAsync(token) > 1; } catch (OperationCanceledException) { return false; } }")]
    [InlineData("async Task<bool> IsCancelledAsync(CancellationToken token) { try { await Task.Delay(-1, token); return false; } catch (OperationCanceledException) { return true; } }")]
    [InlineData("async Task<bool> M(CancellationToken token) { while (true) { try { await WorkAsync(token); if (Compute() > 1) return true; } catch (OperationCanceledException) { return false; } } }")]
    [InlineData("enum Outcome { Done, Cancelled } async Task<Outcome> M(CancellationToken token) { try { await WorkAsync(token); return Outcome.Done; } catch (OperationCanceledException) { return Outcome.Cancelled; } }")]
    [InlineData("class Outcome { public static readonly Outcome Done = new Outcome(); public static Outcome Cancelled => new Outcome(); } async Task<Outcome> M(CancellationToken token) { try { await WorkAsync(token); return Outcome.Done; } catch (OperationCanceledException) { return Outcome.Cancelled; } }")]
    [InlineData("readonly CancellationToken _token; async Task<string> M() { try { return (await ComputeAsync(_token)).ToString(); } catch (OperationCanceledException) { return null; } }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task<int> M() { try { return await ComputeAsync(this._stop.Token); } catch (OperationCanceledException) { return 0; } }")]
    public Task TheHandlerLeaves(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(Stream stream, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } stream.Close(); }")]
    [InlineData("async Task M(SemaphoreSlim gate, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } gate.Release(); }")]
    [InlineData("async Task M(ManualResetEvent done, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } done.Set(); }")]
    [InlineData("async Task M(System.Timers.Timer timer, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } timer.Stop(); }")]
    [InlineData("async Task M(CancellationTokenSource stop, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } stop.Cancel(); }")]
    [InlineData("async Task M(IDisposable resource, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } resource.Dispose(); }")]
    [InlineData("async Task M(TaskCompletionSource<int> done, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } done.TrySetResult(1); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } Interlocked.Increment(ref _count); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } Volatile.Write(ref _count, 1); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } System.Diagnostics.Debug.WriteLine(\"a\"); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } System.Diagnostics.Trace.WriteLine(\"a\"); }")]
    [InlineData("async Task M(System.Diagnostics.Stopwatch watch, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } watch.Reset(); }")]
    [InlineData("async Task M(System.Diagnostics.Activity activity, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } activity.SetTag(\"a\", 1); }")]
    public Task OnlyClosingDownFollows(string members) => VerifyMembersAsync(members + " int _count;" + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } finally { try { await WorkAsync(token); } catch (Exception e) { Log(e); } Work(); await WorkAsync(); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } catch { try { await WorkAsync(token); } catch { } throw; } await WorkAsync(); }")]
    [InlineData("async Task M(bool abort, CancellationToken token) { try { await WorkAsync(); } catch (IOException) { try { await WorkAsync(token); } catch { } if (!abort) throw; } await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } catch (IOException e) { if (Compute() > 1) { try { await WorkAsync(token); } catch { } } throw new InvalidOperationException(\"a\", e); } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(); } catch (IOException) { try { await WorkAsync(token); } [|catch|] { } } } }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } catch { throw; } finally { Func<Task> later = async () => { while (true) { try { await WorkAsync(token); } [|catch|] { } } }; Work(later); } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(); } catch (IOException) { try { await WorkAsync(token); } [|catch|] { } Func<int> fail = () => { throw new Exception(); }; Work(fail); } } }")]
    public Task AnExceptionIsOnItsWay(string members) => VerifyMembersAsync(members + " static void Work(object code) { }" + More);

    [Theory]
    [InlineData("async Task M(bool abort, CancellationToken token) { try { await WorkAsync(token); } catch (Exception) { if (!abort) throw; } await WorkAsync(); }")]
    [InlineData("async Task M(bool rethrow, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); if (rethrow) { throw; } } await WorkAsync(); }")]
    [InlineData("async Task M(bool abort, bool quiet, CancellationToken token) { try { await WorkAsync(token); } catch (Exception) { if (!(abort == true) && false == quiet) throw; } await WorkAsync(); }")]
    [InlineData("async Task M(bool rethrow, CancellationToken token) { try { await WorkAsync(token); } catch (Exception) { if (rethrow is true || _throws) throw; } await WorkAsync(); }")]
    [InlineData("async Task M(bool rethrow, CancellationToken token) { try { await WorkAsync(token); } [|catch|] (Exception) { if (rethrow) Work(); } await WorkAsync(); }")]
    [InlineData("async Task M(int attempts, CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (Exception) { if (attempts == 3) throw; } } }")]
    [InlineData("async Task M(bool rethrow, CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (Exception) { var isLast = rethrow; if (isLast) throw; } } }")]
    [InlineData("async Task M(bool rethrow, CancellationToken token) { while (true) { try { await WorkAsync(token); } [|catch|] (Exception) { if (rethrow && Compute() > 1) throw; } } }")]
    [InlineData("async Task M(SemaphoreSlim gate, CancellationToken token) { try { await gate.WaitAsync(token).ConfigureAwait(false); } catch { return; } await WorkAsync(); }")]
    [InlineData("async Task M(SemaphoreSlim gate, CancellationToken token) { while (true) { try { await gate.WaitAsync(token); } catch (Exception) { break; } } await WorkAsync(); }")]
    [InlineData("async Task M(SemaphoreSlim gate, CancellationToken token) { while (true) { try { await gate.WaitAsync(token); } [|catch|] (Exception) { } } }")]
    [InlineData("async Task<int> M(SemaphoreSlim gate, CancellationToken token) { try { await gate.WaitAsync(token); } [|catch|] { return 1; } return await ComputeAsync(token); }")]
    [InlineData("async Task<int> M(CancellationToken token) { try { await Task.Delay(Compute(), token); } [|catch|] { return 1; } return await ComputeAsync(token); }")]
    public Task WhetherItThrowsIsChosenElsewhere(string members) => VerifyMembersAsync(members + " readonly bool _throws;" + More);

    [Theory]
    [InlineData("Serilog")]
    [InlineData("NLog")]
    [InlineData("log4net")]
    [InlineData("Microsoft.Extensions.Logging")]
    [InlineData("Microsoft.Extensions.Logging.Abstractions")]
    public Task OnlyALogFollows(string space)
    {
        var test = TestOf(InClass($"async Task M({space}.ILogger log, CancellationToken token) {{ try {{ await WorkAsync(token); }} catch (Exception) {{ }} log.Write(1); Other.Logs.Write(log); }} async Task N(Other.ILogger log, CancellationToken token) {{ try {{ await WorkAsync(token); }} [|catch|] (Exception) {{ }} log.Write(1); }}" + More));
        test.TestState.AdditionalProjects["Logging"].Sources.Add($"namespace {space} {{ public interface ILogger {{ void Write(int number); }} }} namespace Other {{ public interface ILogger {{ void Write(int number); }} public static class Logs {{ public static void Write({space}.ILogger log) {{ }} }} }}");
        test.TestState.AdditionalProjectReferences.Add("Logging");
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M() { using (var timeout = new CancellationTokenSource(1000)) { try { await WorkAsync(timeout.Token); } catch (OperationCanceledException) { } } Work(); }")]
    [InlineData("async Task M() { var timeout = new CancellationTokenSource(); timeout.CancelAfter(1000); try { await WorkAsync(timeout.Token); } catch (Exception) { } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { using (var timeout = CancellationTokenSource.CreateLinkedTokenSource(token)) { timeout.CancelAfter(1000); try { await WorkAsync(timeout.Token); } catch (OperationCanceledException) { } } Work(); }")]
    [InlineData("async Task M() { while (true) { try { var timeout = new CancellationTokenSource(1000); await WorkAsync(timeout.Token); } catch (Exception e) { Log(e); } } }")]
    [InlineData("CancellationTokenSource _pause; async Task M() { while (true) { _pause = new CancellationTokenSource(); try { await Task.Delay(1000, _pause.Token); } catch (OperationCanceledException) { } Work(); } }")]
    [InlineData("async Task M() { var timeout = new CancellationTokenSource(1000); var token = timeout.Token; try { await WorkAsync(token); } catch (OperationCanceledException) { } Work(); }")]
    [InlineData("async Task M() { using (var stop = new CancellationTokenSource()) using (var linked = CancellationTokenSource.CreateLinkedTokenSource(stop.Token)) { try { await WorkAsync(linked.Token); } catch (Exception e) { Log(e); } Work(); } }")]
    public Task TheCancellationIsOfTheWorkAlone(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } catch (Exception e) { Log(e); } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(CancellationToken.None); } catch (Exception e) { Log(e); } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(default(CancellationToken)); } catch (Exception e) { Log(e); } Work(); }")]
    [InlineData("void M(CancellationToken token) { try { Work(); } catch (Exception e) { Log(e); } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { try { Func<Task> later = () => WorkAsync(token); Log(later); } catch (Exception e) { Log(e); } await WorkAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { Task work; try { work = WorkAsync(token); } catch (Exception e) { Log(e); return; } await work; }")]
    [InlineData("async Task M(CancellationToken token) { try { try { await WorkAsync(token); } catch (OperationCanceledException) { return; } } catch (Exception e) { Log(e); } Work(); }")]
    public Task NothingIsCancelledThere(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(TaskCompletionSource<int> done, CancellationToken token) { try { done.SetResult(await ComputeAsync(token)); } catch (Exception e) { done.TrySetException(e); } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { Exception failure = null; try { await WorkAsync(token); } catch (Exception e) { failure = e; } Work(); if (failure != null) throw failure; }")]
    [InlineData("async Task M(List<Exception> failures, CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { failures.Add(e); } Work(); } }")]
    [InlineData("async Task M(IObserver<int> observer, CancellationToken token) { try { observer.OnNext(await ComputeAsync(token)); } catch (Exception e) { observer.OnError(e); } Work(); }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await WorkAsync(token); } catch (Exception e) { await CloseAsync(e); } } } static Task CloseAsync(Exception reason) => WorkAsync();")]
    [InlineData("async Task<Tuple<int, Exception>> M(CancellationToken token) { try { return Tuple.Create(await ComputeAsync(token), (Exception)null); } catch (Exception e) { return Tuple.Create(0, e); } }")]
    [InlineData("public async Task M(Job[] jobs, CancellationToken token) { foreach (var job in jobs) { try { await WorkAsync(token); } catch (Exception e) { job.Error = e; } if (job.IsFailed) break; } } " + Job)]
    [InlineData("public async Task M(Job[] jobs, CancellationToken token) { foreach (var job in jobs) { while (!job.IsFailed) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } } } } " + Job)]
    [InlineData("public async Task M(Job job, CancellationToken token) { while (true) { if (job.IsFailed) break; try { await WorkAsync(token); } catch (Exception e) { Log(e); } } } " + Job)]
    [InlineData("bool _isStopped; public void Stop() => _isStopped = true; public async Task M(Job[] jobs, CancellationToken token) { foreach (var job in jobs) { if (_isStopped) return; try { await WorkAsync(token); } catch (Exception e) { job.Error = e; } } } " + Job)]
    [InlineData("public async Task M(Item[] items, CancellationToken token) { foreach (var item in items) { token.ThrowIfCancellationRequested(); try { await WorkAsync(token); } catch (Exception e) { item.Error = e; } } } " + Item)]
    [InlineData("public async Task M(Item[] items, CancellationToken token) { foreach (var item in items) { try { await WorkAsync(token); } catch (Exception e) { item.Error = e; break; } } } " + Item)]
    [InlineData("public async Task M(Item item, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { item.Error = e; } Work(); } " + Item)]
    [InlineData("async Task M(Item[] items, CancellationToken token) { await Task.WhenAll(items.Select(async item => { try { await WorkAsync(token); } catch (Exception e) { item.Error = e; } })); } " + Item)]
    [InlineData("async Task M(TaskCompletionSource<int> done, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { done.SetException(e); } Work(); }")]
    [InlineData("async Task M(TaskCompletionSource<int> done, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { done.TrySetCanceled(); } Work(); }")]
    [InlineData("async Task M(TaskCompletionSource<int> done, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { done.SetCanceled(); } Work(); }")]
    [InlineData("async Task M(ConcurrentQueue<Exception> failures, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { failures.Enqueue(e); } Work(); }")]
    [InlineData("async Task M(System.Threading.Channels.ChannelWriter<int> writer, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { writer.TryComplete(e); } Work(); }")]
    [InlineData("async Task M(int number, CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e); } Work(); }")]
    public Task TheFailureIsKeptForSomebody(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("event EventHandler Changed; void M(CancellationToken token) { Changed += async (sender, e) => { try { await WorkAsync(token); } catch (Exception failure) { Log(failure); } Work(); }; }")]
    [InlineData("readonly CancellationToken _token; async void OnChanged(object sender, EventArgs e) { try { await WorkAsync(_token); } catch (Exception failure) { Log(failure); } Work(); }")]
    [InlineData("Task M(CancellationToken token) => Task.Run(async () => { try { await WorkAsync(token); } catch (Exception e) { Log(e); } });")]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(async token => { try { await WorkAsync(token); } catch (Exception e) { Log(e); } }); }")]
    [InlineData("Task _loop; void M(CancellationToken token) { _loop = Loop(token); } private async Task Loop(CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } }")]
    [InlineData("async void M(CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } }")]
    [InlineData("class Slow : MemoryStream { public override async Task FlushAsync(CancellationToken token) { try { await WorkAsync(token); } catch (Exception e) { Log(e); } } }")]
    public Task AnEntryPointOrABodyThatOnlyEnds(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("static class Program { static async Task Main() { var stop = new CancellationTokenSource(); Console.CancelKeyPress += (s, e) => stop.Cancel(); try { await Run(stop.Token); } catch (Exception e) { Console.WriteLine(e); } await Task.Yield(); } static Task Run(CancellationToken token) => Task.Delay(1, token); }")]
    [InlineData("static class Program { static Task<int> Main() => Run(default); internal static async Task<int> Run(CancellationToken token) { try { await Task.Delay(1, token); return 1; } catch (Exception e) { Console.WriteLine(e); return 1; } } }")]
    [InlineData("return await Job.Run(default); static class Job { public static async Task<int> Run(CancellationToken token) { try { await Task.Delay(1, token); return 1; } catch (OperationCanceledException) { return 1; } } }")]
    [InlineData("static class Program { static Task<int> Main() => Run(default); static Task<int> Again() => Run(default); static async Task<int> Run(CancellationToken token) { try { await Task.Delay(1, token); return 1; } [|catch|] (Exception) { return 1; } } }")]
    [InlineData("static class Program { static async Task Main() { await Run(default); Console.WriteLine(1); } static async Task Run(CancellationToken token) { try { await Task.Delay(1, token); } [|catch|] (Exception e) { Console.WriteLine(e); } Console.WriteLine(2); } }")]
    [InlineData("static class Program { static Task<int> Main() { Func<CancellationToken, Task<int>> run = Run; return run(default); } static async Task<int> Run(CancellationToken token) { try { await Task.Delay(1, token); return 1; } [|catch|] (Exception) { return 1; } } }")]
    [InlineData("var source = Get(); try { await Task.Delay(1, source); } catch (Exception) { } await Task.Yield(); static CancellationToken Get() => default;")]
    public Task TheProgramsEntryPoint(string source) => VerifyFileAsync(source, outputKind: OutputKind.ConsoleApplication);

    [Fact]
    public Task WithoutTheRuntime()
    {
        var test = TestOf("using System; using System.Threading; using System.Threading.Tasks; class C { async Task M(CancellationToken token) { while (true) { try { await Task.Delay(1, token); } [|catch|] (Exception) { } } } }");
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("async Task M(CancellationToken token) { try { await WorkAsync(token; } catch (Missing) { } catch { Work( } async Task N(CancellationToken token) { try { await Missing(token); } catch ("), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }

    [Fact]
    public Task MoreThanAWordHasBits()
        => VerifyMembersAsync("async Task M(CancellationToken token) { " + string.Concat(Enumerable.Repeat("try { await WorkAsync(token); } [|catch|] { } Work(); ", 70)) + "}" + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } {|#0:catch|} (Exception e) { Log(e); } await WorkAsync(); }", "This handler catches the cancellation of its own code, which then goes on after the 'try'; let it through with 'when (exception is not OperationCanceledException)'")]
    [InlineData("async Task<int> M(CancellationToken token) { try { return await ComputeAsync(token); } {|#0:catch|} (Exception) { return 0; } }", "This handler catches the cancellation of its own code, which then returns a value; let it through with 'when (exception is not OperationCanceledException)'")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(token); } {|#0:catch|} (Exception) { } } async Task N(CancellationToken token) { await M(token); Work(); }", "This handler catches the cancellation of its own code, which then ends as if it had succeeded; let it through with 'when (exception is not OperationCanceledException)'")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members + More, message);
}
