using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC2005Tests : RuleTest<SC2005CleanupUnderDeadToken>
{
    private const string More = """

        static Task SaveAsync(int number, CancellationToken token = default(CancellationToken)) => Task.Delay(number, token);
        static Task CloseAsync(CancellationToken token = default(CancellationToken)) => Task.Delay(1, token);
        static ValueTask CloseFastAsync(CancellationToken token) => new ValueTask(Task.Delay(1, token));
        static bool Test() => true;
        """;

    [Theory]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await [|CloseAsync(token)|]; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } finally { await [|CloseAsync(token)|].ConfigureAwait(false); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await [|CloseFastAsync(token)|]; } }")]
    [InlineData("async Task M(SemaphoreSlim gate, CancellationToken token) { try { await SaveAsync(1, token); } finally { await [|gate.WaitAsync(token)|]; Work(); gate.Release(); } }")]
    [InlineData("async Task M(SemaphoreSlim gate, CancellationToken token) { try { await SaveAsync(1, token); } finally { [|gate.Wait(token)|]; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { if (Test()) { await [|CloseAsync(token)|]; } } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { try { await [|CloseAsync(token)|]; } catch (Exception e) { Log(e); } } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { using (var limit = CancellationTokenSource.CreateLinkedTokenSource(token)) { limit.CancelAfter(1000); await [|CloseAsync(limit.Token)|]; } } }")]
    [InlineData("async Task M(CancellationToken token) { using (var linked = CancellationTokenSource.CreateLinkedTokenSource(token)) try { await SaveAsync(1, linked.Token); } finally { await [|CloseAsync(linked.Token)|]; } }")]
    [InlineData("async Task M() { var limit = new CancellationTokenSource(1000); try { await SaveAsync(1, limit.Token); } finally { await [|CloseAsync(limit.Token)|]; } }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { try { await SaveAsync(1, _stop.Token); } finally { await [|CloseAsync(_stop.Token)|]; } }")]
    [InlineData("CancellationToken Stopping { get; } async Task M() { try { await SaveAsync(1, Stopping); } finally { await [|CloseAsync(Stopping)|]; } }")]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(async token => { try { await SaveAsync(1, token); } finally { await [|CloseAsync(token)|]; } }); }")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { try { await WorkAsync(); } finally { await [|CloseAsync(nursery.CancellationToken)|]; } });")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await CancelScope.ShieldAsync(_ => Task.CompletedTask, TimeSpan.FromSeconds(1)); await CancelScope.ShieldAsync(async _ => { await [|CloseAsync(token)|]; }, TimeSpan.FromSeconds(1)); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { using (var limit = CancellationTokenSource.CreateLinkedTokenSource(token)) { var inner = limit.Token; await [|CloseAsync(inner)|]; } } }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { try { await SaveAsync(1, this._stop.Token); } finally { await [|CloseAsync(this._stop.Token)|]; } }")]
    [InlineData("async Task M(IAsyncEnumerable<int> items, CancellationToken token) { try { var item = await items.GetAsyncEnumerator(token).MoveNextAsync(); } finally { await [|CloseAsync(token)|]; } }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } } async Task M(Request request) { try { await SaveAsync(1, request.Aborted); } finally { await [|CloseAsync(request.Aborted)|]; } }")]
    [InlineData("async Task M(CancellationToken token) { try { try { await SaveAsync(1, token); } finally { await [|CloseAsync(token)|]; } } catch (OperationCanceledException) { } }")]
    public Task InAFinally(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch { await [|CloseAsync(token)|]; throw; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (Exception) { await [|CloseAsync(token)|]; throw; } }")]
    [InlineData("async Task<int> M(CancellationToken token) { try { await SaveAsync(1, token); } catch (Exception e) { Log(e); await [|CloseAsync(token)|]; return 1; } return 2; }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await SaveAsync(1, token); } catch (Exception) { await [|CloseAsync(token)|]; break; } } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (OperationCanceledException) { await [|CloseAsync(token)|]; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (OperationCanceledException) when (token.IsCancellationRequested) { await [|CloseAsync(token)|]; throw; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (IOException) { throw; } catch (Exception e) { await [|CloseAsync(token)|]; throw new InvalidOperationException(\"x\", e); } }")]
    public Task InAHandler(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { try { await WorkAsync(); } finally { await [|CancelScope.ShieldAsync(token => CloseAsync(token))|]; } }")]
    [InlineData("async Task M() { try { await WorkAsync(); } finally { await [|CancelScope.ShieldAsync(async token => { await CloseAsync(token); })|]; } }")]
    [InlineData("async Task M() { try { await WorkAsync(); } finally { await [|CancelScope.ShieldAsync(CloseAsync)|]; } }")]
    [InlineData("async Task M() { try { await WorkAsync(); } finally { await [|CancelScope.ShieldAsync(token => CloseAsync(token), timeout: null)|]; } }")]
    [InlineData("async Task M() { try { await WorkAsync(); } catch (Exception) { await [|CancelScope.ShieldAsync(token => CloseAsync(token), Timeout.InfiniteTimeSpan)|]; throw; } }")]
    [InlineData("async Task M() { try { await WorkAsync(); } finally { await [|CancelScope.ShieldAsync(async token => { using (var stop = new CancellationTokenSource()) await CloseAsync(stop.Token); })|]; } }")]
    public Task AShieldWithNoLimit(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await CloseAsync(); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await CloseAsync(CancellationToken.None); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await CloseAsync(default(CancellationToken)); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await CancelScope.ShieldAsync(shield => CloseAsync(shield), TimeSpan.FromSeconds(1)); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await CancelScope.ShieldAsync(async shield => { await CloseAsync(shield); }, timeout: TimeSpan.FromSeconds(1)); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { using (var limit = new CancellationTokenSource(1000)) await CloseAsync(limit.Token); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await CloseAsync(new CancellationTokenSource(1000).Token); } }")]
    [InlineData("CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { try { await SaveAsync(1, _stop.Token); } finally { _stop = new CancellationTokenSource(); await CloseAsync(_stop.Token); } }")]
    [InlineData("async Task M(CancellationToken token) { try { Work(); } finally { await CloseAsync(token); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { if (!token.IsCancellationRequested) await CloseAsync(token); } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await SaveAsync(1, token); } finally { await Task.Delay(1, token); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await SaveAsync(1, token); } finally { await Checkpoint.YieldAsync(token); } } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { try { await CloseAsync(token); } catch (OperationCanceledException) { Work(); } } }")]
    [InlineData("async Task M(CancellationToken token) { await SaveAsync(1, token); await CloseAsync(token); }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); await CloseAsync(token); } finally { Work(); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } finally { Func<Task> later = () => CloseAsync(token); Log(later); } }")]
    [InlineData("async Task M() { var limit = new CancellationTokenSource(); try { await WorkAsync(); } finally { await CloseAsync(limit.Token); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { Log(CloseAsync(token)); } }")]
    [InlineData("Task EndAsync(CancellationToken token) => WorkAsync(); async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await EndAsync(token); } }")]
    [InlineData("interface IEnd { Task EndAsync(CancellationToken token); } class End : IEnd { Task IEnd.EndAsync(CancellationToken token) => WorkAsync(); async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await ((IEnd)this).EndAsync(token); } } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { var fresh = Make(token); await CloseAsync(fresh.Token); } } static CancellationTokenSource Make(CancellationToken token) => new CancellationTokenSource(1000);")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { CancellationToken fresh; fresh = CancellationToken.None; await CloseAsync(fresh); } }")]
    [InlineData("static CancellationToken Stopping { get; } async Task M() { try { await SaveAsync(1, Stopping); } finally { await CloseAsync(Stopping); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { async Task Later() { await CloseAsync(token); } Log((Func<Task>)Later); } }")]
    [InlineData("CancellationToken Next() => default(CancellationToken); async Task M() { try { await SaveAsync(1, Next()); } finally { await CloseAsync(Next()); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await CloseAsync(new CancellationTokenSource().Token); } }")]
    public Task QuietInAFinally(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await SaveAsync(1, token); } catch (Exception) { await SaveAsync(2, token); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await SaveAsync(1, token); } catch (Exception) { await Task.Delay(1, token); } } }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { try { await SaveAsync(1, token); } catch (Exception) { await SaveAsync(2, token); continue; } } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (IOException) { await CloseAsync(token); throw; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (Exception e) when (!(e is OperationCanceledException)) { await CloseAsync(token); throw; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (OperationCanceledException) { throw; } catch (Exception) { await CloseAsync(token); throw; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (Exception e) { if (e is OperationCanceledException) throw; await CloseAsync(token); throw; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (Exception) { token.ThrowIfCancellationRequested(); if (token.IsCancellationRequested) return; await CloseAsync(token); throw; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } catch (Exception) { await CloseAsync(token); throw; } }")]
    [InlineData("async Task M(CancellationToken token) { try { Work(); } catch (Exception) { await CloseAsync(token); throw; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (OperationCanceledException) when (!token.IsCancellationRequested) { await CloseAsync(token); throw; } }")]
    [InlineData("async Task M(CancellationToken token) { using (var limit = new CancellationTokenSource(1000)) try { await SaveAsync(1, limit.Token); } catch (Exception) { await CloseAsync(token); throw; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (Exception) when (Test()) { await CloseAsync(token); throw; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (Exception) { await CloseAsync(token); } }")]
    [InlineData("async Task M(CancellationToken token, CancellationToken other) { try { await SaveAsync(1, token); } catch (OperationCanceledException) when (other.IsCancellationRequested) { await CloseAsync(token); throw; } }")]
    public Task QuietInAHandler(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("async Task M() { try { await WorkAsync(); } finally { await CancelScope.ShieldAsync(token => CloseAsync(token), TimeSpan.FromSeconds(1)); } }")]
    [InlineData("async Task M() { try { await WorkAsync(); } finally { await CancelScope.ShieldAsync(async token => { using (var limit = new CancellationTokenSource(1000)) await CloseAsync(limit.Token); }); } }")]
    [InlineData("async Task M() { try { await WorkAsync(); } finally { await CancelScope.ShieldAsync(_ => CancelScope.MoveOnAfterAsync(TimeSpan.FromSeconds(1), token => CloseAsync(token))); } }")]
    [InlineData("async Task M() { try { await WorkAsync(); } finally { await CancelScope.ShieldAsync(async token => { await CloseAsync(token).WaitAsync(TimeSpan.FromSeconds(1)); }); } }")]
    [InlineData("async Task M() { await CancelScope.ShieldAsync(token => CloseAsync(token)); }")]
    [InlineData("async Task M(TimeSpan limit) { try { await WorkAsync(); } finally { await CancelScope.ShieldAsync(token => CloseAsync(token), limit); } }")]
    [InlineData("async Task M() { try { await WorkAsync(); } finally { await CancelScope.ShieldAsync(async token => { using (var stop = new CancellationTokenSource()) { stop.CancelAfter(1000); await CloseAsync(stop.Token); } }); } }")]
    [InlineData("async Task M() { try { await WorkAsync(); } finally { await CancelScope.ShieldAsync(token => { Work(); return Task.CompletedTask; }); } }")]
    public Task AShieldWithALimit(string members) => VerifyMembersAsync(members + More);

    [Fact]
    public Task Disposal()
        => VerifyFileAsync("""
            class C : IAsyncDisposable
            {
                readonly CancellationTokenSource _stop = new();
                static Task CloseAsync(CancellationToken token) => Task.Delay(1, token);
                public async ValueTask DisposeAsync() { _stop.Cancel(); await [|CloseAsync(_stop.Token)|]; }
            }
            class D : IAsyncDisposable
            {
                readonly CancellationToken _stopping;
                public D(CancellationToken stopping) { _stopping = stopping; }
                static Task CloseAsync(CancellationToken token) => Task.Delay(1, token);
                public ValueTask DisposeAsync() => DisposeAsyncCore();
                protected virtual async ValueTask DisposeAsyncCore() { await [|CloseAsync(_stopping)|]; }
            }
            class E : IAsyncDisposable
            {
                readonly CancellationTokenSource _stop = new();
                static Task CloseAsync(CancellationToken token) => Task.Delay(1, token);
                public async ValueTask DisposeAsync()
                {
                    await CloseAsync(_stop.Token);
                    _stop.Cancel();
                    using var limit = new CancellationTokenSource(1000);
                    await CloseAsync(limit.Token);
                    await CloseAsync(CancellationToken.None);
                }
            }
            class G : IAsyncDisposable
            {
                readonly CancellationTokenSource _stop = new();
                Task StopAsync(CancellationToken token) { _stop.Cancel(); return Task.Delay(1, token); }
                public async ValueTask DisposeAsync() { await StopAsync(_stop.Token); }
            }
            class F
            {
                readonly CancellationTokenSource _stop = new();
                static Task CloseAsync(CancellationToken token) => Task.Delay(1, token);
                public async Task StopAsync() { _stop.Cancel(); await CloseAsync(_stop.Token); }
            }
            """);

    [Fact]
    public Task TheStopOfAHostIsLimitedByTheHost()
        => VerifyFileAsync("""
            namespace Microsoft.Extensions.Hosting
            {
                interface IHostedService { Task StopAsync(CancellationToken cancellationToken); }
            }
            class Service : Microsoft.Extensions.Hosting.IHostedService
            {
                static Task SaveAsync(CancellationToken token) => Task.Delay(1, token);
                public async Task StopAsync(CancellationToken cancellationToken) { try { await SaveAsync(cancellationToken); } finally { await SaveAsync(cancellationToken); } }
                public async Task OtherAsync(CancellationToken cancellationToken) { try { await SaveAsync(cancellationToken); } finally { await [|SaveAsync(cancellationToken)|]; } }
            }
            class Derived : Service { }
            """);

    [Fact]
    public Task TheMessageTellsWhy()
    {
        var test = TestOf(InClass("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await {|#0:CloseAsync(token)|}; } }" + More));
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC2005CleanupUnderDeadToken>.Diagnostic("SC2005").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("'CloseAsync' is given 'token', which may be cancelled already when this 'finally' runs, and then it is skipped; run it in 'CancelScope.ShieldAsync' with a timeout"));
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await CloseAsync(token; } } async Task N(CancellationToken token) { try { await } catch (Missing) { await CloseAsync(missing, token); throw } finally { await CancelScope.ShieldAsync(" + More), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } catch (Exception) { await {|#0:CloseAsync(token)|}; throw; } }", "'CloseAsync' is given 'token', which may be cancelled already when this handler runs, and then it is skipped; run it in 'CancelScope.ShieldAsync' with a timeout")]
    [InlineData("async Task M(CancellationToken token) { try { await SaveAsync(1, token); } finally { await {|#0:CancelScope.ShieldAsync(_ => CloseAsync())|}; } }", "This wait in a shield has no limit: nothing can cancel it, and whatever waits for this code waits for it too; give the shield a timeout")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members + More, message);
}
