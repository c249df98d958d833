using System;
using System.Threading.Tasks;
using Structured.Analyzers.Verifiers;
using VerifyCS = Structured.Analyzers.Verifiers.CSharpCodeFixVerifier<Structured.Analyzers.SC1002TaskIsDiscarded, Structured.Analyzers.CodeFixes.DroppedTaskFix>;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>A test that ought to fail does fail: what every other test here relies on.</summary>
public class VerifierTests
{
    private const string Before = """
        using System.Threading.Tasks;

        class C
        {
            async Task M()
            {
                _ = [|N()|];
                await N();
            }

            static async Task N() => await Task.Yield();
        }
        """;

    private const string After = """
        using System.Threading.Tasks;
        using Structured.Concurrency;

        class C
        {
            async Task M()
            {
                await Nursery.RunAsync(async nursery =>
                {
                    nursery.StartNow(() => N());
                    await N();
                });
            }

            static async Task N() => await Task.Yield();
        }
        """;

    private static Task FailsAsync(Func<Task> test) => Assert.ThrowsAnyAsync<Exception>(test);

    [Fact]
    public Task The_right_expectation_passes() => VerifyCS.VerifyCodeFixAsync(Before, After);

    [Fact]
    public Task A_finding_nobody_expects() => FailsAsync(() => VerifyCS.VerifyAnalyzerAsync(Before.Replace("[|N()|]", "N()")));

    [Fact]
    public Task An_expected_finding_that_does_not_come() => FailsAsync(() => VerifyCS.VerifyAnalyzerAsync(Before.Replace("await N()", "[|await N()|]")));

    [Fact]
    public Task A_finding_at_another_place() => FailsAsync(() => VerifyCS.VerifyAnalyzerAsync(Before.Replace("[|N()|]", "[|N|]()")));

    [Fact]
    public Task Another_rule() => FailsAsync(() => VerifyCS.VerifyAnalyzerAsync(Before.Replace("[|", "{|SC1001:").Replace("|]", "|}")));

    [Fact]
    public Task Another_message()
        => FailsAsync(() => VerifyCS.VerifyAnalyzerAsync(Before.Replace("[|", "{|#0:").Replace("|]", "|}"), VerifyCS.Diagnostic("SC1002").WithLocation(0).WithMessage("another")));

    [Fact]
    public Task A_source_that_does_not_compile() => FailsAsync(() => VerifyCS.VerifyAnalyzerAsync(Before.Replace("class C", "class C : Missing")));

    [Fact]
    public Task Another_text_after_the_fix() => FailsAsync(() => VerifyCS.VerifyCodeFixAsync(Before, After.Replace("await N();", "await  N();")));

    [Fact]
    public Task A_fix_that_is_not_expected() => FailsAsync(() => VerifyCS.VerifyCodeFixAsync(Before, Before));

    [Fact]
    public Task A_fix_that_is_expected_and_not_offered()
        => FailsAsync(() => VerifyCS.VerifyCodeFixAsync(Before.Replace("async Task M()", "void M()").Replace("        await N();\n", ""), After));

    [Fact]
    public Task An_action_of_another_kind()
        => FailsAsync(() => new VerifyCS.Test { TestCode = Before, FixedCode = After, CodeActionEquivalenceKey = "structured.await" }.RunAsync());

    [Fact]
    public Task Another_number_of_iterations()
        => FailsAsync(() => new VerifyCS.Test { TestCode = Before, FixedCode = After, NumberOfIncrementalIterations = 2 }.RunAsync());

    [Fact]
    public Task Another_result_of_fix_all()
        => FailsAsync(() => new VerifyCS.Test { TestCode = Before, FixedCode = After, BatchFixedCode = Before.Replace("[|", "").Replace("|]", "") }.RunAsync());
}
