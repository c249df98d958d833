using System.Threading.Tasks;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>What the compiler takes for a line break is not only a line feed.</summary>
public class LineBreakTests
{
    [Theory]
    [InlineData("\u2028")]
    [InlineData("\u2029")]
    [InlineData("\u0085")]
    [InlineData("\r")]
    [InlineData("\r\n")]
    public Task In_a_string_of_code_that_moves(string lineBreak)
        => new CSharpCodeFixVerifier<SC1010ResourceIsDisposedBeforeTheChildEnds, SC1010ResourceIsDisposedBeforeTheChildEndsFix>.Test
        {
            TestCode = InMain($$"""
                    await Nursery.RunAsync(nursery =>
                    {
                        using var reader = new System.IO.StringReader(@"first{{lineBreak}}            second");
                        nursery.StartNow(() => SayAsync([|reader|]));
                    });
                """),
            FixedCode = InMain($$"""
                    using var reader = new System.IO.StringReader(@"first{{lineBreak}}            second");
                    await Nursery.RunAsync(nursery =>
                    {
                        nursery.StartNow(() => SayAsync(reader));
                    });
                """),
        }.RunAsync();

    private static string InMain(string statements) => $$"""
        using System.Threading.Tasks;
        using Structured.Concurrency;

        static class Program
        {
            static async Task Main()
            {
        {{statements}}
            }

            static Task SayAsync(System.IO.StringReader reader) => System.Console.Out.WriteLineAsync(reader.ReadToEnd());
        }
        """;
}
