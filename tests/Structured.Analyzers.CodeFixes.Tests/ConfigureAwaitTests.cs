using System.Threading.Tasks;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>What a fix awaits has <c>ConfigureAwait(false)</c> where the project asks for it.</summary>
public class ConfigureAwaitTests
{
    public static TheoryData<string> Cases => FixCase.Titles("Configured");

    /// <summary>By the configuration; the title begins with the action.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public Task The_configuration_asks_for_it(string title)
        => FixCase.Get("Configured", title).VerifyAsync<SC1002TaskIsDiscarded, DroppedTaskFix>(title[..title.IndexOf(':')], configuration: "dotnet_diagnostic.CA2007.severity = warning");

    [Theory]
    [InlineData("dotnet_diagnostic.MA0004.severity = error", ".ConfigureAwait(false)")]
    [InlineData("dotnet_diagnostic.VSTHRD111.severity = suggestion", ".ConfigureAwait(false)")]
    [InlineData("dotnet_diagnostic.S3216.severity = warning", ".ConfigureAwait(false)")]
    [InlineData("dotnet_diagnostic.CA2007.severity = none", "")]
    [InlineData("dotnet_diagnostic.CA2008.severity = warning", "")]
    public Task Any_of_the_rules_can_ask(string configuration, string suffix)
    {
        var test = Test("await WorkAsync()" + suffix + ";");
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\n" + configuration + "\n"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("await Task.Yield(); await Task.Delay(1).ConfigureAwait(false); await Task.Delay(2).ConfigureAwait(false); await Task.Delay(3).ConfigureAwait(false);", ".ConfigureAwait(false)")]
    [InlineData("await Task.Delay(1).ConfigureAwait(false); await Task.Delay(2);", "")]
    public Task A_file_without_awaits_follows_the_others(string other, string suffix)
    {
        var test = Test("await WorkAsync()" + suffix + ";");
        var source = "using System.Threading.Tasks; class Other { async Task M() { " + other + " } }";
        test.TestState.Sources.Add(source);
        return test.RunAsync();
    }

    private static CSharpCodeFixVerifier<SC1002TaskIsDiscarded, DroppedTaskFix>.Test Test(string expected)
        => new()
        {
            TestCode = Source("_ = [|WorkAsync()|];"),
            FixedCode = Source(expected),
            CodeActionEquivalenceKey = "structured.await",
            CompilerDiagnostics = CompilerDiagnostics.Errors,
        };

    private static string Source(string statement) => $$"""
        using System.Threading.Tasks;

        class C
        {
            async Task M()
            {
                {{statement}}
            }

            static Task WorkAsync() => Task.CompletedTask;
        }
        """;
}
