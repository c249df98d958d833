using System.Linq;
using System.Threading.Tasks;
using Structured.Analyzers.Verifiers;
using VerifyCS = Structured.Analyzers.Verifiers.CSharpAnalyzerVerifier<Structured.Analyzers.SC2001LoopWithoutCheckpoint>;

namespace Structured.Analyzers.Tests;

/// <summary>SC2001: an endless loop has a way round it that passes no checkpoint.</summary>
public class SC2001Tests
{
    public static TheoryData<string> Firing => new()
    {
        // Nothing in the loop gives the thread back.
        "async Task M() { await A(); [|while|] (true) { Work(); } }",
        "async Task M() { await A(); [|for|] (;;) Work(); }",
        "async Task M() { await A(); [|do|] { Work(); } while (true); }",
        "async Task M() { await A(); [|for|] (var i = 0; ; i++) { Work(); } }",
        "async Task M() { await A(); [|while|] (true) { } }",
        // More of them than a word has bits.
        "async Task M() { await A(); " + string.Concat(Enumerable.Repeat("if (Test()) [|while|] (true) { Work(); } ", 70)) + "}",
        "async Task M() { await A(); [|while|] (1 == 1) { Work(); } }",
        "const bool Always = true; async Task M() { await A(); [|while|] (Always) { Work(); } }",
        // One way round passes a checkpoint, another does not.
        "async Task M() { [|while|] (true) { if (Test()) await A(); } }",
        "async Task M() { [|while|] (true) { if (Test()) continue; await A(); } }",
        "async Task M() { [|while|] (true) { switch (Number()) { case 1: await A(); break; case 2: break; default: await A(); break; } } }",
        "async Task M() { [|while|] (true) { if (Test() && await B()) Work(); } }",
        "async Task M() { [|while|] (true) { var x = Test() ? await N() : 1; } }",
        "async Task M() { [|while|] (true) { for (var i = 0; i < Number(); i++) await A(); } }",
        "async Task M() { [|while|] (true) { foreach (var i in Numbers()) await A(); } }",
        "async Task M() { [|while|] (true) { var x = Text() ?? await S(); } }",
        // A handler may be entered before the checkpoint was reached.
        "async Task M() { [|while|] (true) { try { Work(); await A(); } catch (Exception) { } } }",
        "async Task M() { [|while|] (true) { try { if (Test()) throw new InvalidOperationException(); await A(); } catch (InvalidOperationException) { Work(); } } }",
        "async Task M() { [|while|] (true) { try { Work(); await A(); } catch (Exception e) when (e.Message == \"\") { continue; } } }",
        // What is complete already never gives the thread back.
        "async Task M() { await A(); [|while|] (true) { await Task.CompletedTask; } }",
        "async Task M() { await A(); [|while|] (true) { await Task.FromResult(1); } }",
        // Left only by an exception.
        "async Task M() { await A(); [|while|] (true) { if (Test()) throw new Exception(); Work(); } }",
        // A break or return of something else.
        "async Task M() { await A(); [|while|] (true) { foreach (var i in Numbers()) { if (i == 1) break; } } }",
        "async Task M() { await A(); [|while|] (true) { Action a = () => { return; }; a(); } }",
        "async Task M() { await A(); [|while|] (true) { switch (Number()) { case 1: break; } } }",
        // Loops in loops: each for itself.
        "async Task M() { while (true) { await A(); [|while|] (true) { Work(); } } }",
        "async Task M() { [|while|] (true) { [|while|] (true) { Work(); } } }",
        // Local functions and lambdas are functions of their own.
        "void M() { async Task Local() { await A(); [|while|] (true) Work(); } Local().GetAwaiter().GetResult(); }",
        "Func<Task> M() => async () => { await A(); [|while|] (true) Work(); };",
        "void M() { Task t = Task.Run(() => { [|while|] (true) Work(); }); t.Wait(); }",
        "Task M() => Nursery.RunAsync(async nursery => { await A(); [|while|] (true) Work(); });",
        // Synchronous, with a token at hand that nobody looks at.
        "void M(CancellationToken token) { [|while|] (true) Work(); }",
        "CancellationTokenSource _stop = new CancellationTokenSource(); void M() { [|while|] (true) Work(); }",
        "void M(CancellationToken token) { [|while|] (true) Helper(CancellationToken.None); }",
        "void M(CancellationToken token) { [|while|] (true) { if (Test()) token.ThrowIfCancellationRequested(); Work(); } }",
        "async IAsyncEnumerable<int> M() { await A(); [|while|] (true) yield return Number(); }",
        "async Task M() { [|while|] (true) { try { Work(); } finally { if (Test()) await A(); } } }",
        "async Task M() { [|while|] (true) { lock (this) { Work(); } if (Test()) { await A(); } else { goto Next; } Next: Work(); } }",
    };

    public static TheoryData<string> Quiet => new()
    {
        "async Task M() { while (true) { await A(); } }",
        "async Task M() { while (true) { await A().ConfigureAwait(false); Work(); } }",
        "async Task M() { for (;;) await A(); }",
        "async Task M() { do { Work(); await Task.Yield(); } while (true); }",
        "async Task M() { while (true) { if (Test()) await A(); else await B(); } }",
        "async Task M() { while (true) { if (Test()) { await A(); continue; } await B(); } }",
        "async Task M() { while (true) { switch (Number()) { case 1: await A(); break; default: await B(); break; } } }",
        "async Task M() { while (true) { try { await A(); } catch (Exception) { } } }",
        "async Task M() { while (true) { try { await A(); Work(); } catch (Exception) { Work(); } } }",
        "async Task M() { while (true) { try { Work(); } catch (Exception) { } await A(); } }",
        "async Task M() { while (true) { try { Work(); await A(); } catch (Exception) { await B(); } } }",
        "async Task M() { while (true) { try { Work(); await A(); } catch (Exception) { throw; } } }",
        "async Task M() { while (true) { try { Work(); } finally { await A(); } } }",
        "async Task M() { while (true) { try { if (Test()) continue; Work(); } finally { await A(); } } }",
        "async Task M() { while (true) { var x = await N() + Number(); } }",
        "async Task M() { while (true) { if (await B() && Test()) Work(); } }",
        "async Task M(IAsyncEnumerable<int> source) { while (true) { await foreach (var i in source) Work(); } }",
        "async Task M() { while (true) { await using (var d = new D()) { Work(); } } }",
        "async Task M() { while (true) { using (var d = new D()) { await A(); } } }",
        "async Task M(SemaphoreSlim gate) { while (true) { await gate.WaitAsync(); try { Work(); } finally { gate.Release(); } } }",
        "async Task M(TaskCompletionSource<int> source) { while (true) { await source.Task; Work(); } }",
        "async Task M() { while (true) { Task task; if (Test()) task = A(); else task = B(); await task; } }",
        "async Task M() { while (true) { await Task.WhenAny(A(), B()); Work(); } }",
        "async Task M() { while (true) { lock (this) { Work(); } await A(); } }",
        "async Task M() { while (true) { foreach (var i in Numbers()) Work(); await Task.Delay(1); } }",
        "async Task M(CancellationToken token) { while (true) { await Task.Delay(10, token); if (Test()) continue; Work(); } }",
        "async Task M() { while (true) { try { await A(); } catch (InvalidOperationException) { continue; } catch (Exception) { throw; } } }",
        // Loops that end.
        "async Task M() { await A(); for (var i = 0; i < 10; i++) Work(); }",
        "async Task M() { await A(); while (Test()) Work(); }",
        "async Task M() { await A(); foreach (var i in Numbers()) Work(); }",
        "async Task M() { await A(); do { Work(); } while (Test()); }",
        "volatile bool _stop; async Task M() { await A(); while (!_stop) Work(); }",
        "async Task M() { await A(); while (false) Work(); }",
        // An exit of its own.
        "async Task M() { await A(); while (true) { if (Test()) break; Work(); } }",
        "async Task M() { await A(); while (true) { if (Test()) return; Work(); } }",
        "async Task M() { await A(); while (true) { switch (Number()) { case 1: return; } } }",
        "async Task M() { await A(); while (true) { if (Test()) goto End; Work(); } End: Work(); }",
        "async IAsyncEnumerable<int> M() { await A(); while (true) { if (Test()) yield break; yield return 1; } }",
        // Cancellation is looked at.
        "void M(CancellationToken token) { while (true) { token.ThrowIfCancellationRequested(); Work(); } }",
        "void M(CancellationToken token) { while (true) { Helper(token); } }",
        "void M(CancellationToken token) { while (!token.IsCancellationRequested) { Work(); } }",
        "async Task M(CancellationToken token) { await A(); while (true) { token.ThrowIfCancellationRequested(); Work(); } }",
        "async Task M() { await A(); while (true) { Checkpoint.ThrowIfCancelled(); Work(); } }",
        "async Task M() { while (true) { await Checkpoint.YieldAsync(); Work(); } }",
        "CancellationTokenSource _stop = new CancellationTokenSource(); void M() { while (true) { Helper(_stop.Token); } }",
        "async Task M() { await A(); while (true) { Passes(); } } [Checkpoint] void Passes() { }",
        // Synchronous code without any token, and threads of their own.
        "void M() { while (true) Work(); }",
        "void M(CancellationToken token) { new Thread(() => { while (true) Work(); }).Start(); }",
        "void M(CancellationToken token) { Task.Factory.StartNew(() => { while (true) Work(); }, TaskCreationOptions.LongRunning).Wait(); }",
        "void M(ref int value, CancellationToken token) { while (true) { var seen = value; if (Interlocked.CompareExchange(ref value, seen + 1, seen) == seen) break; } }",
        "async Task M() { while (true) { await A(); while (true) { if (Test()) break; Work(); } } }",
        "IEnumerable<int> M() { while (true) yield return 1; }",
    };

    /// <summary>Quiet when giving the thread back is enough, reported when every loop must observe cancellation.</summary>
    public static TheoryData<string> FiringUnderCancel => new()
    {
        "async Task M() { [|while|] (true) { await A(); } }",
        "async Task M() { [|while|] (true) { await Task.Yield(); Work(); } }",
        "async Task M() { [|while|] (true) { await A(); if (Test()) break; } }",
        "async Task M() { [|while|] (true) { await A(); if (Test()) return; } }",
        "async Task M(CancellationToken token) { [|while|] (true) { await Given(CancellationToken.None); } }",
        "async Task M(CancellationToken token) { [|while|] (true) { await Given(default); } }",
        "async Task M(CancellationToken token) { [|while|] (true) { if (Test()) await Given(token); else await A(); } }",
        "void M(CancellationToken token) { [|while|] (true) { Thread.Sleep(1); if (Test()) break; } }",
    };

    public static TheoryData<string> QuietUnderCancel => new()
    {
        "async Task M(CancellationToken token) { while (true) { await Given(token); } }",
        "async Task M(CancellationToken token) { while (true) { await A(); token.ThrowIfCancellationRequested(); } }",
        "async Task M(CancellationToken token) { while (true) { await A().WaitAsync(token); } }",
        "async Task M(CancellationToken token) { while (true) { if (token.IsCancellationRequested) return; await A(); } }",
        "async Task M(CancellationToken token) { while (true) { try { await Given(token); } catch (InvalidOperationException) { } } }",
        "async Task M() { while (true) { await Checkpoint.SleepAsync(1); } }",
        "async Task M(IAsyncEnumerable<int> source, CancellationToken token) { while (true) { await foreach (var i in source.WithCancellation(token)) Work(); } }",
        // Ends on its own: an exchange that others can only delay, a parser, a drain.
        "async Task M() { await A(); while (true) { if (Interlocked.Exchange(ref _n, 1) == 0) break; } } int _n;",
        "async Task M(Queue<int> queue) { await A(); while (true) { if (queue.Count == 0) break; queue.Dequeue(); } }",
        "void M(CancellationToken token) { while (true) { if (Test()) break; Work(); } }",
    };

    [Theory]
    [MemberData(nameof(Firing))]
    public Task Reports(string member) => VerifyCS.VerifyAnalyzerAsync(InClass(member));

    [Theory]
    [MemberData(nameof(Quiet))]
    public Task Is_quiet(string member) => VerifyCS.VerifyAnalyzerAsync(InClass(member));

    [Theory]
    [MemberData(nameof(FiringUnderCancel))]
    public Task Reports_where_every_loop_must_observe_cancellation(string member) => WithStrictnessAsync(member, "cancel");

    [Theory]
    [MemberData(nameof(QuietUnderCancel))]
    public Task Is_quiet_where_cancellation_is_observed(string member) => WithStrictnessAsync(member, "cancel");

    [Fact]
    public Task The_strict_preset_asks_for_cancellation()
        => new VerifyCS.Test { TestCode = InClass("async Task M() { [|while|] (true) { await A(); } }"), Preset = "strict" }.RunAsync();

    [Fact]
    public Task A_listed_method_is_a_checkpoint()
        => new VerifyCS.Test
        {
            TestCode = InClass("async Task M() { await A(); while (true) { Work(); } }"),
            TestState = { AnalyzerConfigFiles = { ("/.editorconfig", "root = true\n[*.cs]\nstructured_concurrency.checkpoint_methods = M:Other.X|M:C.Work\n") } },
        }.RunAsync();

    [Fact]
    public Task Code_that_does_not_compile_is_no_trouble()
        => new VerifyCS.Test
        {
            TestCode = "class C { async System.Threading.Tasks.Task M() { while (true) { await ; foo( } } }",
            CompilerDiagnostics = CompilerDiagnostics.None,
        }.RunAsync();

    private static Task WithStrictnessAsync(string member, string strictness)
        => new VerifyCS.Test
        {
            TestCode = InClass(member),
            TestState = { AnalyzerConfigFiles = { ("/.editorconfig", $"root = true\n[*.cs]\nstructured_concurrency.checkpoint_strictness = {strictness}\n") } },
        }.RunAsync();

    [Theory]
    [InlineData("async Task M() { await A(); {|#0:while|} (true) { Work(); } }", "hold its thread for ever")]
    [InlineData("void M(CancellationToken token) { {|#0:while|} (true) Work(); }", "never be cancelled")]
    public Task TheWordsOfTheMessage(string member, string what)
        => VerifyCS.VerifyAnalyzerAsync(
            InClass(member),
            VerifyCS.Diagnostic("SC2001").WithLocation(0).WithMessage($"This loop has no exit of its own and a way round it that passes no checkpoint, so it can {what}; add 'await Checkpoint.YieldAsync()' or check a token"));

    private static string InClass(string member)
        => $$"""
        using System;
        using System.Collections.Generic;
        using System.Threading;
        using System.Threading.Tasks;
        using Structured.Concurrency;
        class C
        {
            {{member}}
            Task A() => Task.Delay(1);
            Task<bool> B() => Task.FromResult(true);
            Task<int> N() => Task.FromResult(1);
            Task<string> S() => Task.FromResult("");
            Task Given(CancellationToken token) => Task.Delay(1, token);
            void Helper(CancellationToken token) { }
            void Work() { }
            bool Test() => true;
            int Number() => 1;
            string Text() => null;
            int[] Numbers() => new int[3];
            class D : IAsyncDisposable, IDisposable { public ValueTask DisposeAsync() => default; public void Dispose() { } }
        }
        """;
}
