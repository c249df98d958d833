using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Structured.Analyzers;
using Structured.Analyzers.Verifiers;

namespace Documentation.Tests;

/// <summary>
/// What an editor does, through the workspace that editors and language servers stand on: a document is opened and typed into, findings are asked for after every key, and the action
/// chosen from the lightbulb changes the workspace so that the finding is gone.
/// </summary>
public class EditorTests
{
    private static readonly ImmutableArray<DiagnosticAnalyzer> AllAnalyzers = typeof(StructuredAnalyzer).Assembly.GetTypes()
        .Where(static type => !type.IsAbstract && typeof(DiagnosticAnalyzer).IsAssignableFrom(type))
        .Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)
        .ToImmutableArray();

    private static readonly ImmutableArray<CodeFixProvider> AllFixes = Assembly.Load("Structured.Analyzers.CodeFixes").GetTypes()
        .Where(static type => !type.IsAbstract && type.GetCustomAttribute<ExportCodeFixProviderAttribute>() is not null)
        .Select(static type => (CodeFixProvider)Activator.CreateInstance(type)!)
        .ToImmutableArray();

    [Theory]
    [InlineData("SC1002", "_ = SaveAsync();", "structured.open-nursery", "nursery.StartNow(")]
    [InlineData("SC1001", "_ = Task.Run(Work);", "structured.open-nursery", "nursery.StartWork(")]
    [InlineData("SC2008", "await Task.Delay(10);", "structured.cancellable-delay", "await Task.Delay(10, token);")]
    [InlineData("SC3001", "Thread.Sleep(10);", "structured.delay", "await Task.Delay(10, token);")]
    [InlineData("SC3002", "SaveAsync().Wait();", "structured.await-task", "await SaveAsync();")]
    [InlineData("SC2001", "for (;;) Work();", "structured.checkpoint", "await Checkpoint.YieldAsync(token);")]
    public async Task TypingBringsAFindingAndItsActionTakesItAway(string rule, string typed, string key, string expected)
    {
        using var workspace = new AdhocWorkspace();
        var id = Open(workspace, out var caret);

        foreach (var letter in typed)
        {
            var text = await workspace.CurrentSolution.GetDocument(id)!.GetTextAsync();
            Assert.True(workspace.TryApplyChanges(workspace.CurrentSolution.WithDocumentText(id, text.WithChanges(new TextChange(new TextSpan(caret++, 0), letter.ToString())))));
            // Nearly all of what is typed does not compile yet.
            await FindingsAsync(workspace.CurrentSolution.GetDocument(id)!);
        }

        var document = workspace.CurrentSolution.GetDocument(id)!;
        var line = (await document.GetTextAsync()).Lines.GetLineFromPosition(caret - 1).Span;
        var finding = Assert.Single(await FindingsAsync(document), each => each.Id == rule);
        Assert.True(line.IntersectsWith(finding.Location.SourceSpan));

        var actions = new List<CodeAction>();
        foreach (var fix in AllFixes.Where(fix => fix.FixableDiagnosticIds.Contains(rule)))
            await fix.RegisterCodeFixesAsync(new CodeFixContext(document, finding, (action, _) => actions.Add(action), CancellationToken.None));
        Assert.All(actions, static action => Assert.NotEmpty(action.Title));
        var chosen = Assert.Single(actions, action => action.EquivalenceKey == key);
        foreach (var operation in await chosen.GetOperationsAsync(CancellationToken.None))
            operation.Apply(workspace, CancellationToken.None);

        var changed = workspace.CurrentSolution.GetDocument(id)!;
        Assert.Contains(expected, (await changed.GetTextAsync()).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(await FindingsAsync(changed), each => each.Id == rule);
        Assert.Empty((await changed.GetSemanticModelAsync())!.GetDiagnostics().Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
    }

    /// <summary>An open document of a project that references the package, and where the caret is.</summary>
    private static DocumentId Open(AdhocWorkspace workspace, out int caret)
    {
        const string Code = """
            using System.Threading;
            using System.Threading.Tasks;

            public class Shop
            {
                public async Task SellAsync(CancellationToken token)
                {
                    await SaveAsync(token);
                    |
                }

                private static async Task SaveAsync(CancellationToken token = default) => await Task.Delay(1, token);

                private static void Work() { }
            }
            """;
        caret = Code.IndexOf('|', StringComparison.Ordinal);
        var project = ProjectId.CreateNewId();
        var document = DocumentId.CreateNewId(project);
        workspace.AddSolution(SolutionInfo.Create(SolutionId.CreateNewId(), VersionStamp.Default));
        workspace.AddProject(ProjectInfo.Create(
                project,
                VersionStamp.Default,
                "Shop",
                "Shop",
                LanguageNames.CSharp,
                compilationOptions: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary),
                metadataReferences: References.Framework.Add(References.Runtime),
                documents: [DocumentInfo.Create(document, "Shop.cs", loader: TextLoader.From(TextAndVersion.Create(SourceText.From(Code.Remove(caret, 1)), VersionStamp.Default)), filePath: "/0/Shop.cs")])
            .WithAnalyzerConfigDocuments([DocumentInfo.Create(DocumentId.CreateNewId(project), "gate.globalconfig", loader: TextLoader.From(TextAndVersion.Create(SourceText.From("is_global = true\nbuild_property.StructuredConcurrency = recommended\n"), VersionStamp.Default)), filePath: "/0/gate.globalconfig")]));
        workspace.OpenDocument(document);
        return document;
    }

    /// <summary>What an editor asks for: the findings of one document alone.</summary>
    private static async Task<ImmutableArray<Diagnostic>> FindingsAsync(Document document)
    {
        var model = (await document.GetSemanticModelAsync())!;
        var analysis = model.Compilation.WithAnalyzers(AllAnalyzers, new CompilationWithAnalyzersOptions(document.Project.AnalyzerOptions, onAnalyzerException: null, concurrentAnalysis: true, logAnalyzerExecutionTime: false));
        var found = await analysis.GetAnalyzerSemanticDiagnosticsAsync(model, filterSpan: null, CancellationToken.None);
        Assert.DoesNotContain(found, static diagnostic => diagnostic.Id.StartsWith("AD", StringComparison.Ordinal));
        return found;
    }
}
