using System.Threading.Tasks;
using VerifyCS = Structured.Analyzers.Verifiers.CSharpCodeFixVerifier<Structured.Analyzers.SC1002TaskIsDiscarded, Structured.Analyzers.CodeFixes.DroppedTaskFix>;

namespace Structured.Analyzers.CodeFixes.Tests;

public class OpenNurseryTests
{
    [Fact]
    public Task Discarded_call_becomes_a_child()
        => VerifyCS.VerifyCodeFixAsync(
            """
            using System;
            using System.Threading.Tasks;
            class C
            {
                async Task PingAsync() => await Task.Delay(1);
                async Task M()
                {
                    Console.WriteLine("a");
                    // start it
                    _ = [|PingAsync()|];
                    Console.WriteLine("b");
                }
            }
            """,
            """
            using System;
            using System.Threading.Tasks;
            using Structured.Concurrency;
            class C
            {
                async Task PingAsync() => await Task.Delay(1);
                async Task M()
                {
                    Console.WriteLine("a");
                    await Nursery.RunAsync(nursery =>
                    {
                        // start it
                        nursery.StartNow(() => PingAsync());
                        Console.WriteLine("b");
                    });
                }
            }
            """);

    [Fact]
    public Task A_receiver_that_may_be_null_in_an_older_language()
    {
        const string Source = """
            using System.Threading.Tasks;
            using Structured.Concurrency;
            class Client { public async Task PingAsync() => await Task.Delay(1); }
            class C
            {
                private Client _client;
                async Task M(Client other)
                {
                    _ = _client?{|SC1002:.PingAsync()|};
                    _ = other?{|SC1002:.PingAsync()|};
                    await Task.Yield();
                }
            }
            """;
        return new VerifyCS.Test
        {
            TestCode = Source,
            FixedCode = Source.Replace("""
                        _ = _client?{|SC1002:.PingAsync()|};
                        _ = other?{|SC1002:.PingAsync()|};
                        await Task.Yield();
                """, """
                        await Nursery.RunAsync(new NurseryOptions { OnChildFailure = _ => FailureAction.Continue }, async nursery =>
                        {
                            if (_client is Client client)
                                nursery.StartNow(() => client.PingAsync());
                            if (other is Client other1)
                                nursery.StartNow(() => other1.PingAsync());
                            await Task.Yield();
                        });
                """),
            LanguageVersion = Microsoft.CodeAnalysis.CSharp.LanguageVersion.CSharp7_3,
            Nullable = Microsoft.CodeAnalysis.NullableContextOptions.Disable,
        }.RunAsync();
    }
    [Fact]
    public Task A_function_of_another_project_is_not_known_to_end()
    {
        const string Source = """
            using System.Threading.Tasks;

            static class C
            {
                static async Task M()
                {
                    _ = {|SC1002:Others.PingAsync()|};
                    await Task.Yield();
                }
            }
            """;
        var test = new VerifyCS.Test
        {
            TestCode = Source,
            FixedCode = Source,
            CodeActionEquivalenceKey = "structured.open-nursery",
            CodeFixTestBehaviors = Verifiers.CodeFixTestBehaviors.SkipFixAllCheck,
            Texts = new Verifiers.FixTexts([], ["it cannot be seen to end by itself, so waiting for it here may hang; static code has no object to own a nursery"], []),
        };
        foreach (var state in new[] { test.TestState, test.FixedState })
        {
            state.AdditionalProjects["Others"].Sources.Add("using System.Threading.Tasks; public static class Others { public static async Task PingAsync() => await Task.Yield(); }");
            state.AdditionalProjectReferences.Add("Others");
        }

        return test.RunAsync();
    }
}
