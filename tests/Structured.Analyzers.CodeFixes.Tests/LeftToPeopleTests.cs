using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>What a run over whole documents leaves alone unless somebody picks the action.</summary>
public class LeftToPeopleTests
{
    private const string Source = """
        using System.Threading;
        using System.Threading.Tasks;

        class Step
        {
            async Task RunAsync(CancellationToken token)
            {
                await Task.Delay(5000);
            }
        }
        """;

    private const string Fact = "namespace Xunit { class FactAttribute : System.Attribute { } }";

    [Fact]
    public async Task A_delay_among_tests_is_left()
    {
        var (text, reason) = await FixAsync(Source + Fact, equivalenceKey: null);
        Assert.Equal(Source + Fact, text);
        Assert.Equal("a test may count on how long it waits", reason);
    }

    [Fact]
    public async Task A_delay_among_tests_is_made_cancellable_by_who_picks_that()
    {
        var (text, reason) = await FixAsync(Source + Fact, "structured.cancellable-delay");
        Assert.Contains("await Task.Delay(5000, token);", text, StringComparison.Ordinal);
        Assert.Null(reason);
    }

    [Fact]
    public async Task A_delay_elsewhere_is_made_cancellable()
    {
        var (text, reason) = await FixAsync(Source, equivalenceKey: null);
        Assert.Contains("await Task.Delay(5000, token);", text, StringComparison.Ordinal);
        Assert.Null(reason);
    }

    private static async Task<(string Text, string? Reason)> FixAsync(string source, string? equivalenceKey)
    {
        using var workspace = new AdhocWorkspace();
        var project = workspace.AddProject("Steps", LanguageNames.CSharp).WithMetadataReferences(References.Framework).WithCompilationOptions(new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        project = project.AddAnalyzerConfigDocument("gate", SourceText.From("is_global = true\nbuild_property.StructuredConcurrency = recommended\n"), filePath: "/gate.globalconfig").Project;
        var document = project.AddDocument("Step.cs", source);
        var compilation = await document.Project.GetCompilationAsync();
        var found = await compilation!.WithAnalyzers([new SC2008DelayCannotBeCancelled()], document.Project.AnalyzerOptions).GetAnalyzerDiagnosticsAsync();
        Assert.Single(found);
        var (solution, _, alone) = await DocumentFixAllProvider.FixAsync(new SC2008DelayCannotBeCancelledFix(), document.Project.Solution, [(document, found)], equivalenceKey, CancellationToken.None);
        var text = await solution.GetDocument(document.Id)!.GetTextAsync();
        return (text.ToString(), alone.SingleOrDefault()?.Reason);
    }
}
