using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Analyzers;
using Structured.Analyzers.Verifiers;

namespace Documentation.Tests;

/// <summary>What a reader of a finding gets beside the underline: a title, a message that says what to do, a page, tags, and the other places that matter.</summary>
public class DescriptorTests
{
    private static readonly ImmutableArray<DiagnosticAnalyzer> AllAnalyzers = typeof(StructuredAnalyzer).Assembly.GetTypes()
        .Where(static type => !type.IsAbstract && typeof(DiagnosticAnalyzer).IsAssignableFrom(type))
        .Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)
        .ToImmutableArray();

    public static TheoryData<string> Rules() => new(Descriptors.All.Select(static rule => rule.Id));

    public static TheoryData<string> RulesAboutCode() => new(Descriptors.All.Where(static rule => rule.Category != Categories.Configuration).Select(static rule => rule.Id));

    [Theory]
    [MemberData(nameof(Rules))]
    public void IsDescribedInFull(string id)
    {
        var rule = Descriptors.All.Single(each => each.Id == id);
        Assert.Matches("^SC[0-4][0-9]{3}$", rule.Id);
        Assert.DoesNotMatch("\\.$", rule.Title.ToString());
        Assert.DoesNotMatch("\\.$", rule.MessageFormat.ToString());
        Assert.Matches("^['A-Z].*\\.$", rule.Description.ToString());
        Assert.StartsWith("https://", rule.HelpLinkUri, StringComparison.Ordinal);
        Assert.Contains(rule.Category == Categories.Configuration ? "configuration" : "concurrency", rule.CustomTags);
        Assert.Contains(AllAnalyzers, analyzer => analyzer.SupportedDiagnostics.Contains(rule));
    }

    /// <summary>The messages are those of the bad examples of the rule's page.</summary>
    [Theory]
    [MemberData(nameof(RulesAboutCode))]
    public async Task ItsMessagesNameWhatTheyAreAboutAndSayWhatToDo(string id)
    {
        var messages = new List<string>();
        foreach (var example in MarkdownExamples.Read($"docs/rules/{id}.md").Where(example => example.ClaimedRules.Contains(id)))
            messages.AddRange((await example.DiagnosticsAsync(AllAnalyzers, example.ClaimedRules)).Where(diagnostic => diagnostic.Id == id).Select(static diagnostic => diagnostic.GetMessage(null)));
        Assert.NotEmpty(messages);
        Assert.All(messages, static message =>
        {
            Assert.Matches("'[^']+'|^(This|A) ", message);
            // What is wrong; what to do about it.
            Assert.Matches("^[^;]+; [a-z].+[^.]$", message);
        });
    }

    [Theory]
    [InlineData("SC1001", "async Task M() { _ = Task.Run(WorkAsync).ConfigureAwait(false); await WorkAsync(); }", "Task.Run(WorkAsync).ConfigureAwait(false)")]
    [InlineData("SC1004", "async Task M() { var first = WorkAsync(); await ComputeAsync(); await first; }", "WorkAsync()")]
    [InlineData("SC1006", "async Task<bool> M() { var work = WorkAsync(); return await Task.WhenAny(work, Task.Delay(1)) == work; }", "work")]
    [InlineData("SC1010", "Task M(CancellationToken token) => Nursery.RunAsync(nursery => { using var stream = new MemoryStream(); nursery.StartSoon(ct => stream.FlushAsync(ct)); }, token);", "stream")]
    [InlineData("SC2002", "async Task M(int[] items, CancellationToken token) { foreach (var item in items) await ComputeAsync(); }", "token")]
    [InlineData("SC2004", "async Task M(SemaphoreSlim semaphore, CancellationToken token) { await semaphore.WaitAsync(); }", "token")]
    [InlineData("SC2005", "async Task M(SemaphoreSlim semaphore, CancellationToken token) { try { await Task.Delay(1, token); } finally { await semaphore.WaitAsync(token); } }", "token")]
    [InlineData("SC2008", "async Task M(CancellationToken token) { await Task.Delay(1); }", "token")]
    [InlineData("SC3002", "async Task M() { var work = WorkAsync(); await Task.Yield(); work.Wait(); }", "work")]
    [InlineData("SC4005", "async Task M() { try { await Nursery.RunAsync(nursery => nursery.StartSoon(WorkAsync)); } catch (System.AggregateException) { } }", "Nursery.RunAsync(nursery => nursery.StartSoon(WorkAsync))")]
    public async Task PointsAtTheOtherPlaceThatMatters(string id, string member, string place)
    {
        var code = $$"""
            using System.IO;
            using System.Threading;
            using System.Threading.Tasks;
            using Structured.Concurrency;

            class Program
            {
                {{member}}

                static async Task WorkAsync() { await Task.Delay(1); }
                static async Task<int> ComputeAsync() { await Task.Delay(1); return 1; }
            }
            """;
        var example = MarkdownExamples.Parse("Example.md", "```csharp\n" + code + "\n```\n").Single();
        var finding = Assert.Single(await example.DiagnosticsAsync(AllAnalyzers, []), diagnostic => diagnostic.Id == id);
        var other = Assert.Single(finding.AdditionalLocations);
        Assert.Equal(place, other.SourceTree!.GetText().ToString(other.SourceSpan));
        Assert.NotEqual(finding.Location.SourceSpan, other.SourceSpan);
    }

    /// <summary>A project that only inherits the analyzers pays for one look at a property: no rule registers anything.</summary>
    [Fact]
    public async Task AProjectThatDidNotAskForThemIsNotLookedAt()
    {
        var compilation = CSharpCompilation.Create(
            "Inherits",
            [CSharpSyntaxTree.ParseText("class C { void M() { System.Threading.Tasks.Task.Run(() => { }); } }")],
            References.Framework.Add(References.Runtime),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var analysis = compilation.WithAnalyzers(AllAnalyzers, new AnalyzerOptions([]));
        Assert.Empty(await analysis.GetAnalyzerDiagnosticsAsync());
        foreach (var analyzer in AllAnalyzers)
        {
            var counts = await analysis.GetAnalyzerTelemetryInfoAsync(analyzer, CancellationToken.None);
            // None at all where every rule of the analyzer is off by default.
            Assert.InRange(counts.CompilationStartActionsCount, 0, 1);
            Assert.Equal(0, counts.OperationActionsCount + counts.OperationBlockActionsCount + counts.OperationBlockStartActionsCount + counts.SyntaxNodeActionsCount + counts.SyntaxTreeActionsCount
                            + counts.SemanticModelActionsCount + counts.SymbolActionsCount + counts.SymbolStartActionsCount + counts.CodeBlockActionsCount + counts.CodeBlockStartActionsCount + counts.CompilationActionsCount + counts.CompilationEndActionsCount);
        }
    }

    /// <summary>The page about editors names every equivalence key there is, and no other.</summary>
    [Fact]
    public void TheKeysOfTheActionsAreOnThePageAboutEditors()
    {
        var keys = Directory.GetFiles(RepositoryFiles.PathOf("codefixes"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(static file => CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot().DescendantTokens())
            .Where(static token => token.IsKind(SyntaxKind.StringLiteralToken) && token.ValueText.StartsWith("structured.", StringComparison.Ordinal))
            .Select(static token => token.ValueText).Distinct();
        Assert.Equal(keys.Order(StringComparer.Ordinal), Regex.Matches(RepositoryFiles.Read("docs/editors.md"), "`(structured\\.[a-z-]+)`").Select(static match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal));
    }
}
