using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
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

    private const string QueuedDelegate = """
        using System;
        using System.Threading.Tasks;

        class Step
        {
            async Task RunAsync(Func<Task> work)
            {
                await Task.Factory.StartNew(() => work());
            }
        }
        """;

    [Fact]
    public async Task Work_of_somebody_else_is_waited_for_until_it_begins()
    {
        var (text, reason) = await FixAsync(QueuedDelegate, equivalenceKey: null, new SC1001TaskRunIsFireAndForget(), new DroppedTaskFix(), References.Runtime);
        Assert.Equal(QueuedDelegate, text);
        Assert.Equal("it cannot be seen to end by itself, so waiting for it here may hang", reason);
    }

    [Fact]
    public async Task Work_of_somebody_else_is_waited_for_by_who_picks_that()
    {
        var (text, reason) = await FixAsync(QueuedDelegate, "structured.unwrap", new SC1001TaskRunIsFireAndForget(), new DroppedTaskFix(), References.Runtime);
        Assert.Contains("await Task.Factory.StartNew(() => work()).Unwrap();", text, StringComparison.Ordinal);
        Assert.Null(reason);
    }

    private static Task<(string Text, string? Reason)> FixAsync(string source, string? equivalenceKey)
        => FixAsync(source, equivalenceKey, new SC2008DelayCannotBeCancelled(), new SC2008DelayCannotBeCancelledFix());

    private static async Task<(string Text, string? Reason)> FixAsync(string source, string? equivalenceKey, DiagnosticAnalyzer rule, CodeFixProvider fix, params MetadataReference[] references)
    {
        using var workspace = new AdhocWorkspace();
        var project = workspace.AddProject("Steps", LanguageNames.CSharp).WithMetadataReferences(References.Framework.AddRange(references)).WithCompilationOptions(new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        project = project.AddAnalyzerConfigDocument("gate", SourceText.From("is_global = true\nbuild_property.StructuredConcurrency = recommended\n"), filePath: "/gate.globalconfig").Project;
        var document = project.AddDocument("Step.cs", source);
        var compilation = await document.Project.GetCompilationAsync();
        var found = await compilation!.WithAnalyzers([rule], document.Project.AnalyzerOptions).GetAnalyzerDiagnosticsAsync();
        Assert.Single(found);
        var (solution, _, alone) = await DocumentFixAllProvider.FixAsync((IDocumentFix)fix, document.Project.Solution, [(document, found)], equivalenceKey, CancellationToken.None);
        var text = await solution.GetDocument(document.Id)!.GetTextAsync();
        return (text.ToString(), alone.SingleOrDefault()?.Reason);
    }
}
