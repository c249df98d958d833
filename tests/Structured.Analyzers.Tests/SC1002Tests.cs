using System.Threading.Tasks;
using VerifyCS = Structured.Analyzers.Verifiers.CSharpAnalyzerVerifier<Structured.Analyzers.SC1002TaskIsDiscarded>;

namespace Structured.Analyzers.Tests;

public class SC1002Tests
{
    [Fact]
    public Task DiscardedCall()
        => VerifyCS.VerifyAnalyzerAsync("""
            using System.Threading.Tasks;
            class C
            {
                Task FooAsync() => Task.Delay(1);
                void M() { _ = [|FooAsync()|]; }
                async Task N() { _ = [|FooAsync()|]; await FooAsync(); }
                void O() { [|FooAsync()|]; }
            }
            """);
}
