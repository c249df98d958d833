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
}
