using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC2008Tests : RuleTest<SC2008DelayCannotBeCancelled>
{
    [Theory]
    [InlineData("async Task M(CancellationToken token) { await [|Task.Delay(100)|]; }")]
    [InlineData("async Task M(CancellationToken token) { await [|Task.Delay(TimeSpan.FromSeconds(1))|].ConfigureAwait(false); }")]
    [InlineData("Task M(CancellationToken token) { return [|Task.Delay(100)|]; }")]
    [InlineData("Task M(CancellationToken token) => [|Task.Delay(100)|];")]
    [InlineData("async Task M(int delay, CancellationToken token = default(CancellationToken)) { while (Compute() > 1) await [|Task.Delay(delay)|]; }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } catch (IOException) { await [|Task.Delay(100)|]; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } catch (Exception) { await [|Task.Delay(100)|]; } }")]
    [InlineData("async Task M(CancellationToken stop, CancellationToken abort) { await [|Task.Delay(100)|]; }")]
    [InlineData("async Task M(CancellationToken token) { await (Compute() > 1 ? [|Task.Delay(1)|] : [|Task.Delay(2)|]); }")]
    [InlineData("async Task M(CancellationToken token) { var delay = [|Task.Delay(100)|]; Work(); await delay; }")]
    [InlineData("async Task M(CancellationToken token) { while (!token.IsCancellationRequested) { Work(); await [|Task.Delay(100)|]; } }")]
    [InlineData("async Task M(CancellationTokenSource stopping) { await [|Task.Delay(100)|]; }")]
    public Task ATokenParameter(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("CancellationTokenSource Stop { get; } = new CancellationTokenSource(); async Task M() { await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; C() => _stop = new CancellationTokenSource(); async Task M() { await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; C() { this._stop = new CancellationTokenSource(); } C(int number) : this() { } async Task M() { await [|Task.Delay(100)|]; }")]
    [InlineData("class D { static CancellationTokenSource _stop; static D() { _stop = new CancellationTokenSource(); } D() { } async Task M() { await [|Task.Delay(100)|]; } }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { _stop.CancelAfter(5); await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { if (this._stop.IsCancellationRequested) Work(); await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; async Task M(bool now) { if (_stop.Token.CanBeCanceled) await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; async Task M(bool now) { while (!_stop.Token.IsCancellationRequested) await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { for (var i = 0; !_stop.IsCancellationRequested; i++) await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; async Task M(int mode) { switch (mode) { case 1: _stop.CancelAfter(1); await [|Task.Delay(100)|]; break; } }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { foreach (var each in new[] { _stop.Token }) Log(each); await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { while (_stop.Token.CanBeCanceled) Work(); await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { try { Work(); } finally { _stop.CancelAfter(1); } await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { try { _stop.CancelAfter(1); } finally { Work(); } await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { Log(_stop.IsCancellationRequested ? 1 : 2); await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { Log(_stop.IsCancellationRequested && Compute() > 1); await [|Task.Delay(100)|]; }")]
    public Task TheSourceWasMadeOrUsedBefore(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("CancellationTokenSource _stop = null; async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop = (null); async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop = default(CancellationTokenSource); async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource Stop { get; set; } async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource Stop { get; set; } = null; async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop = new CancellationTokenSource(); void Forget() { _stop = null; } async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; C() { _stop = new CancellationTokenSource(); } C(int number) { Work(); } async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; C() { if (Compute() > 1) _stop = new CancellationTokenSource(); } async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop, _other; C() => _other = new CancellationTokenSource(); async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { if (Compute() > 1) _stop.CancelAfter(1); await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { if (Compute() > 1) Work(); else _stop.CancelAfter(1); await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { while (Compute() > 1) _stop.CancelAfter(1); await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { for (var i = 0; i < 3; i++) _stop.CancelAfter(1); await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M(int[] items) { foreach (var item in items) _stop.CancelAfter(1); await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { try { _stop.CancelAfter(1); } catch (NullReferenceException) { Work(); } await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { try { Work(); } catch (IOException) { _stop.CancelAfter(1); } await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M(int mode) { switch (mode) { case 1: _stop.CancelAfter(1); break; } await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M(int mode) { switch (mode) { case 1: _stop.CancelAfter(1); break; case 2: await Task.Delay(100); break; } }")]
    [InlineData("CancellationTokenSource _stop; async Task M(bool now) { Log(now ? _stop.Token.CanBeCanceled : now); await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M(bool now) { Log(now && _stop.IsCancellationRequested); await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M(object given) { Log(given ?? _stop.Token); await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M(C other) { Log(other?.Tell(_stop.Token)); await Task.Delay(100); } string Tell(CancellationToken token) => \"\";")]
    [InlineData("CancellationTokenSource _stop; async Task M() { Action later = () => _stop.CancelAfter(1); await Task.Delay(100); later(); }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { void Later() { _stop.CancelAfter(1); } await Task.Delay(100); Later(); }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { await Task.Delay(100); _stop.CancelAfter(1); }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { Log(_stop); await Task.Delay(100); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); CancellationTokenSource _round = new CancellationTokenSource(); async Task M() { await Task.Delay(100); }")]
    public Task TheSourceMayBeMissing(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task M() { while (Compute() > 1) { await [|Task.Delay(100)|]; } }")]
    [InlineData("CancellationToken Stopping { get; } async Task M() { await [|Task.Delay(100)|]; }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); CancellationToken Stopping => _stop.Token; async Task M() { await [|Task.Delay(100)|]; }")]
    [InlineData("class Request { public CancellationToken Aborted { get; } } async Task M(Request request) { await [|Task.Delay(100)|]; }")]
    public Task ATokenOfTheTypeOrOfAParameter(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { using (var linked = CancellationTokenSource.CreateLinkedTokenSource(token)) { await [|Task.Delay(100)|]; } }")]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(); Console.CancelKeyPress += (sender, e) => stop.Cancel(); await [|Task.Delay(100)|]; }")]
    [InlineData("static CancellationToken Get() => default(CancellationToken); async Task M() { var token = Get(); await [|Task.Delay(100)|]; }")]
    [InlineData("async Task M(CancellationToken token) { var stop = new CancellationTokenSource(); await [|Task.Delay(100)|]; stop.Cancel(); }")]
    public Task ALocalToken(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Task M(CancellationToken token) => Task.Run(async () => { await [|Task.Delay(100)|]; });")]
    [InlineData("Task M(CancellationToken token) { return Local(); async Task Local() { await [|Task.Delay(100)|]; } }")]
    [InlineData("Func<CancellationToken, Task> M() => async token => { await [|Task.Delay(100)|]; };")]
    [InlineData("Func<CancellationToken, Task> M() => token => [|Task.Delay(100)|];")]
    public Task InANestedFunction(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { await [|Task.Delay(100)|]; });")]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(async () => { await [|Task.Delay(100)|]; }); }")]
    [InlineData("void M(Nursery nursery) { nursery.StartSoon(async token => { await [|Task.Delay(100)|]; }); }")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(TimeSpan.FromSeconds(1), async token => { await [|Task.Delay(100)|]; });")]
    [InlineData("Task M(CancellationToken outer) => Nursery.RunAsync(async nursery => { await [|Task.Delay(100)|]; });")]
    public Task InsideAScope(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { await [|Task.Delay(0)|]; }")]
    [InlineData("async Task M() { await [|Task.Delay(TimeSpan.Zero)|].ConfigureAwait(false); }")]
    [InlineData("async Task M(CancellationToken token) { while (Compute() > 1) await [|Task.Delay(0)|]; }")]
    public Task ADelayOfZero(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task ATokenOfTheTypeItself()
        => VerifyFileAsync("static class Program { static readonly CancellationTokenSource Stop = new(); static async Task M() { await [|Task.Delay(100)|]; } }");

    [Fact]
    public Task NewerLanguageAndAnotherClock()
        => VerifyFileAsync("""
            class C
            {
                private readonly CancellationToken stopping;
                async Task M() => await [|Task.Delay(100)|];
                async Task N(TimeProvider clock) { await [|Task.Delay(TimeSpan.FromSeconds(1), clock)|]; await Task.Delay(TimeSpan.FromSeconds(1), clock, stopping); }
                async IAsyncEnumerable<int> Iterate([EnumeratorCancellation] CancellationToken token = default) { await [|Task.Delay(1)|]; yield return 1; }
            }
            """);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { await {|#0:Task.Delay(1)|}; }", "'Task.Delay' cannot be cancelled; pass it 'token'")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { await {|#0:Task.Delay(1)|}; });", "'Task.Delay' cannot be cancelled by the surrounding scope; use 'Checkpoint.SleepAsync'")]
    [InlineData("async Task M() { await {|#0:Task.Delay(0)|}; }", "'Task.Delay' is complete at once: it waits for nothing and gives the thread to nobody; use a checkpoint")]
    public Task TheMessageTellsWhatToDo(string members, string message)
    {
        var test = TestOf(InClass(members));
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC2008DelayCannotBeCancelled>.Diagnostic("SC2008").WithLocation(0).WithSeverity(DiagnosticSeverity.Info).WithMessage(message));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M() { await Task.Delay(100); }")]
    [InlineData("async Task M(CancellationToken token) { await Task.Delay(100, token); }")]
    [InlineData("async Task M(CancellationToken token) { await Task.Delay(100, CancellationToken.None); }")]
    [InlineData("async Task M(CancellationToken token) { await Task.Delay(100, default(CancellationToken)); }")]
    [InlineData("async Task M(CancellationToken token) { await Delay(100); } static Task Delay(int time) => WorkAsync();")]
    [InlineData("async Task M(CancellationToken _) { await Task.Delay(100); }")]
    [InlineData("async Task M(int token, object cancellationToken) { await Task.Delay(100); }")]
    [InlineData("CancellationToken _token; static async Task M() { await Task.Delay(100); }")]
    public Task NothingToPassOrPassedAlready(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M(Task work, CancellationToken token) { if (await Task.WhenAny(work, Task.Delay(100)) != work) throw new TimeoutException(); }")]
    [InlineData("async Task M(Task work, CancellationToken token) { var timeout = Task.Delay(100); if (await Task.WhenAny(work, timeout) == timeout) throw new TimeoutException(); }")]
    [InlineData("async Task M(Task work, CancellationToken token) { var timeout = Task.Delay(100); await Task.WhenAny(work, timeout); await timeout; }")]
    [InlineData("void M(CancellationToken token) { Task.Delay(100).ContinueWith(_ => Work()); }")]
    [InlineData("Task M(CancellationToken token) => Task.Delay(100).ContinueWith(_ => Work());")]
    [InlineData("async Task M(CancellationToken token) { Task.Delay(100).Wait(); await WorkAsync(); }")]
    [InlineData("void M(CancellationToken token) { Task.Delay(100).GetAwaiter().GetResult(); }")]
    [InlineData("async Task M(CancellationToken token) { var tasks = new List<Task> { Task.Delay(100) }; await Task.WhenAny(tasks); }")]
    [InlineData("void M(CancellationToken token) { _ = Task.Delay(100); }")]
    [InlineData("Task _pause; void M(CancellationToken token) { _pause = Task.Delay(100); }")]
    [InlineData("Action M(CancellationToken token) => () => Task.Delay(100);")]
    public Task ADelayThatIsMoreThanAPause(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } finally { await Task.Delay(100); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } catch (OperationCanceledException) { await Task.Delay(100); } }")]
    [InlineData("async Task M(CancellationToken token) { try { await WorkAsync(); } catch (TaskCanceledException) { await Task.Delay(100); throw; } }")]
    [InlineData("async Task M(CancellationToken token) { while (!token.IsCancellationRequested) { await WorkAsync(); } await Task.Delay(100); }")]
    [InlineData("async Task M(CancellationToken token) { if (token.IsCancellationRequested) { Work(); await Task.Delay(100); } }")]
    [InlineData("async Task M(CancellationToken token) { if (!token.IsCancellationRequested) Work(); else await Task.Delay(100); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task StopAsync() { _stop.Cancel(); await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task StopAsync() { _stop?.Cancel(); Work(); while (Compute() > 1) await Task.Delay(100); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); async Task StopAsync() { this._stop.Cancel(); await Task.Delay(100); }")]
    [InlineData("readonly CancellationTokenSource _stop = new CancellationTokenSource(); CancellationToken Token => _stop.Token; async Task StopAsync() { _stop.Cancel(); await Task.Delay(100); }")]
    public Task WhereTheTokenIsSpent(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(); var work = Task.Run(Work, stop.Token); await Task.Delay(100); stop.Cancel(); await work; }")]
    [InlineData("async Task M() { using (var stop = new CancellationTokenSource(1000)) { await Task.Run(Work, stop.Token); await Task.Delay(100); } }")]
    [InlineData("async Task M() { var stop = new CancellationTokenSource(); var token = stop.Token; await Task.Delay(100); stop.Cancel(); Log(token); }")]
    [InlineData("async Task M() { CancellationToken token = default; await Task.Delay(100); Log(token); }")]
    [InlineData("async Task M() { var token = CancellationToken.None; await Task.Delay(100); Log(token); }")]
    [InlineData("CancellationTokenSource _reading, _writing; async Task M() { await Task.Delay(100); }")]
    [InlineData("class Session { public CancellationTokenSource Closing { get; } } async Task M(Session session) { await Task.Delay(100); }")]
    [InlineData("class Pair { public CancellationToken A, B; } async Task M(Pair pair) { await Task.Delay(100); }")]
    public Task ATokenThatIsThereForSomethingElse(string members) => VerifyNewestAsync(members);

    [Theory]
    [InlineData("event EventHandler Changed; void M(CancellationToken token) { Changed += async (sender, e) => { await Task.Delay(100); }; }")]
    [InlineData("Func<Task> _later; void M(CancellationToken token) { _later = async () => { await Task.Delay(100); }; }")]
    [InlineData("void M(CancellationToken token) { Func<Task> later = async () => await Task.Delay(100); Log(later); }")]
    [InlineData("void M(CancellationToken token) { Expression<Func<Task>> tree = () => Task.Delay(100); Log(tree); }")]
    public Task InADelegateThatRunsAtAnotherTime(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Task M(CancellationToken token) => CancelScope.ShieldAsync(async shielded => { await Task.Delay(100, shielded); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { await Checkpoint.SleepAsync(100); });")]
    [InlineData("async Task M(CancellationToken token) { await Checkpoint.SleepAsync(100, token); await Task.Yield(); }")]
    [InlineData("async Task M() { var wait = Task.Delay(0); await Task.WhenAll(wait); }")]
    public Task WhatTheRuntimeSees(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task InDisposal()
        => VerifyFileAsync("""
            class C : IAsyncDisposable, IDisposable
            {
                readonly CancellationTokenSource _stop = new();
                public async ValueTask DisposeAsync() { await Task.Delay(100); await DisposeAsyncCore(); }
                protected virtual async ValueTask DisposeAsyncCore() { await Task.Delay(100); }
                public async void Dispose() { await Task.Delay(100); }
            }
            """);

    [Theory]
    [InlineData("CancellationTokenSource _stop; public C() { _stop = new CancellationTokenSource(); } async Task M() { await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; public C(CancellationTokenSource stop) => _stop = stop; public C() : this(new CancellationTokenSource()) { } async Task M() { await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop = new CancellationTokenSource(); void Restart() { _stop.Cancel(); _stop = new CancellationTokenSource(); } async Task M() { await [|Task.Delay(100)|]; }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { while (!_stop.IsCancellationRequested) { await [|Task.Delay(100)|]; } }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { var token = Take(this._stop.Token); if (Compute() > 1) { await [|Task.Delay(100)|]; } } static int Take(CancellationToken token) => 1;")]
    [InlineData("CancellationTokenSource _round = new CancellationTokenSource(); async Task M() { while (Compute() > 1) { _round = new CancellationTokenSource(); } await [|Task.Delay(100)|]; }")]
    public Task ASourceThatIsThere(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("CancellationTokenSource _stop; void Start() { _stop = new CancellationTokenSource(); } async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; public C() { if (Compute() > 1) _stop = new CancellationTokenSource(); } async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; public C() { } public C(int ready) { _stop = new CancellationTokenSource(); } async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop = new CancellationTokenSource(); void Stop() { _stop.Cancel(); _stop = null; } async Task M() { await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { if (Compute() > 1) { _stop.CancelAfter(100); } await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { var ends = _stop?.Token; await Task.Delay(100); }")]
    [InlineData("CancellationTokenSource _stop; async Task M() { try { await WorkAsync(); Log(_stop.Token); } catch (IOException) { } await Task.Delay(100); }")]
    public Task ASourceThatMayNotBeThereYet(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("CancellationTokenSource _round = new CancellationTokenSource(); async Task M() { while (Compute() > 1) { _round = new CancellationTokenSource(); try { await WorkAsync(); } catch (IOException) { await Task.Delay(100); } } }")]
    [InlineData("CancellationTokenSource _round = new CancellationTokenSource(); async Task M() { for (var i = 0; i < 3; i++) { await Task.Delay(100); this._round = new CancellationTokenSource(); } }")]
    public Task ASourceThatEachRoundMakes(string members) => VerifyMembersAsync(members);

    /// <summary>DSharpPlus' gateway: the first connection may fail before there is a source, and the retry waits.</summary>
    [Fact]
    public Task ASourceThatTheTypeSaysIsThereAndTheConstructorDoesNotMake()
        => TestOf("""
            #nullable enable
            using System.Threading;
            using System.Threading.Tasks;
            class C
            {
                CancellationTokenSource _connection;
                public C() => _connection = null!;
                async Task ConnectAsync()
                {
                    for (var i = 0; i < 3; i++)
                    {
                        try
                        {
                            _connection = new();
                            await Task.Yield();
                        }
                        catch (System.IO.IOException)
                        {
                            await Task.Delay(100);
                        }
                    }
                }
            }
            """).RunAsync();

    [Fact]
    public Task ASourceThatMayBeMissing()
        => TestOf("#nullable enable\nusing System.Threading; using System.Threading.Tasks; class C { CancellationTokenSource? _stop; async Task M() { await Task.Delay(100); _stop = new(); } }").RunAsync();

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("async Task M(CancellationToken token) { await Task.Delay(; await Task.Delay(100, } async Task N(CancellationToken token) { await Task.Delay(missing"), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }
}
