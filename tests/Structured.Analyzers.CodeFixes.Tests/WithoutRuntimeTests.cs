using System.Threading.Tasks;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>A fix that writes calls of the runtime says so where that is not referenced.</summary>
public class WithoutRuntimeTests
{
    [Fact]
    public Task A_race() => IsRefusedAsync<SC1006WhenAnyLeavesTheLosersRunning, SC1006WhenAnyLeavesTheLosersRunningFix>("""
        var save = SaveAsync(1);
        if (await [|Task.WhenAny(save, Task.Delay(5000))|] != save)
            throw new TimeoutException();
        await save;
        """);

    [Fact]
    public Task A_task_that_can_be_orphaned() => IsRefusedAsync<SC1004StartedTaskCanBeOrphaned, SC1004StartedTaskCanBeOrphanedFix>("""
        var one = SaveAsync(1);
        var [|two = SaveAsync(2)|];
        await one;
        await two;
        """, "structured.nursery-for-tasks");

    [Fact]
    public Task A_wait_for_all() => IsRefusedAsync<SC1008WhenAllDoesNotCancelSiblings, SC1008WhenAllDoesNotCancelSiblingsFix>("""
        await [|Task.WhenAll(SaveAsync(1), SaveAsync(2))|];
        """);

    [Fact]
    public Task A_timeout_by_hand() => IsRefusedAsync<SC2007TimeoutByHand, SC2007TimeoutByHandFix>("""
        using var cts = [|new CancellationTokenSource(1000)|];
        await SaveAsync(1, cts.Token);
        """);

    [Fact]
    public Task A_cleanup_under_a_dead_token() => IsRefusedAsync<SC2005CleanupUnderDeadToken, SC2005CleanupUnderDeadTokenFix>("""
        try
        {
            await SaveAsync(1, token);
        }
        finally
        {
            await [|SaveAsync(2, token)|];
        }
        """);

    [Fact]
    public Task A_loop_that_ignores_cancellation() => IsRefusedAsync<SC2002LoopIgnoresCancellation, SC2002LoopIgnoresCancellationFix>("""
        [|while|] (true)
            await SaveAsync(1);
        """);

    [Fact]
    public Task A_delay_of_zero() => IsRefusedAsync<SC2008DelayCannotBeCancelled, SC2008DelayCannotBeCancelledFix>("""
        await [|Task.Delay(0)|];
        """);

    [Fact]
    public Task A_blocking_wait() => IsRefusedAsync<SC3003BlockingWaitInAsyncCode, SC3003BlockingWaitInAsyncCodeFix>("""
        [|new ManualResetEvent(false).WaitOne()|];
        await SaveAsync(1, token);
        """);

    private static async Task IsRefusedAsync<TAnalyzer, TCodeFix>(string statements, string? equivalenceKey = null)
        where TAnalyzer : DiagnosticAnalyzer, new()
        where TCodeFix : CodeFixProvider, new()
    {
        var source = $$"""
            using System;
            using System.Threading;
            using System.Threading.Tasks;

            class C
            {
                async Task M(CancellationToken token)
                {
            {{statements.ReplaceLineEndings("\n").Replace("\n", "\n        ").Insert(0, "        ")}}
                }

                static async Task SaveAsync(int number, CancellationToken token = default) { await Task.Delay(number, token); }
            }
            """;
        var test = new CSharpCodeFixVerifier<TAnalyzer, TCodeFix>.Test
        {
            TestCode = source,
            FixedCode = source,
            CodeActionEquivalenceKey = equivalenceKey,
            ReferencesRuntime = false,
            Texts = new FixTexts([], ["the runtime is not referenced"], []),
            CodeFixTestBehaviors = CodeFixTestBehaviors.SkipFixAllCheck,
        };
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.SC1008.severity = suggestion\n"));
        await test.RunAsync();
    }
}
