using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>The compiler's own warning about a call that is not awaited is fixed by the same actions.</summary>
public class CompilerWarningTests
{
    [Theory]
    [InlineData("structured.await", "await WorkAsync();\n        Say();")]
    [InlineData("structured.open-nursery", "await Nursery.RunAsync(nursery =>\n        {\n            nursery.StartNow(() => WorkAsync());\n            Say();\n        });")]
    public Task CS4014_is_fixed(string key, string expected)
        => new CSharpCodeFixVerifier<EmptyAnalyzer, DroppedTaskFix>.Test
        {
            TestCode = Source("{|CS4014:WorkAsync()|};\n        Say();"),
            FixedCode = Source(expected, key.EndsWith("await") ? "" : "using Structured.Concurrency;\n"),
            CodeActionEquivalenceKey = key,
            CompilerDiagnostics = CompilerDiagnostics.Warnings,
        }.RunAsync();

    private static string Source(string body, string directive = "") => $$"""
        using System;
        using System.Threading.Tasks;
        {{directive}}
        class C
        {
            async Task M()
            {
                await WorkAsync();
                {{body}}
            }

            static async Task WorkAsync() => await Task.Yield();
            static void Say() => Console.WriteLine();
        }
        """;
}

/// <summary>Finds nothing: the compiler does.</summary>
#pragma warning disable RS1001, RS1025, RS1026 // Only tests make it; it analyses nothing.
public sealed class EmptyAnalyzer : Microsoft.CodeAnalysis.Diagnostics.DiagnosticAnalyzer
{
    public override System.Collections.Immutable.ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [];

    public override void Initialize(Microsoft.CodeAnalysis.Diagnostics.AnalysisContext context)
    {
    }
}
