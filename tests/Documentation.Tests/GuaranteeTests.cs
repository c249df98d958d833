using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Structured.Analyzers;
using Structured.Analyzers.Verifiers;

namespace Documentation.Tests;

/// <summary>
/// What <c>docs/guarantees.md</c> says of a project that builds clean under the strict preset. The files under <c>Guarantees</c> hold programs that violate it, each with the rule
/// that has to stop it; the known holes, which the page names and which nothing stops; and code that keeps the promises and is left in peace.
/// </summary>
public class GuaranteeTests
{
    private const string KnownHoles = "KnownHoles";
    private const string Clean = "Clean";

    private static readonly ImmutableArray<DiagnosticAnalyzer> AllAnalyzers = typeof(StructuredAnalyzer).Assembly.GetTypes()
        .Where(static type => !type.IsAbstract && typeof(DiagnosticAnalyzer).IsAssignableFrom(type))
        .Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)
        .ToImmutableArray();

    private static readonly Lazy<Document> Empty = new(CreateDocument);

    public static TheoryData<string, string> Violations() => Titles(Files().Except([KnownHoles, Clean]));

    public static TheoryData<string, string> Holes() => Titles([KnownHoles]);

    public static TheoryData<string, string> CleanCode() => Titles([Clean]);

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task AProgramThatViolatesItDoesNotBuildClean(string file, string title)
    {
        var program = Read(file).Single(each => each.Title == title);
        var reported = await BuildAsync(program);
        Assert.True(program.Rules.All(reported.Contains), $"Expected {string.Join(", ", program.Rules)}; reported: {string.Join(", ", reported)}\n{program.Code}");
    }

    /// <summary>Once a rule stops one of these, it is a hole no longer: the program moves to the file of the promise it breaks, and its line leaves the page.</summary>
    [Theory]
    [MemberData(nameof(Holes))]
    public async Task AKnownHoleIsStillOpenAndOnThePage(string file, string title)
    {
        var program = Read(file).Single(each => each.Title == title);
        Assert.Equal([], await BuildAsync(program));
        Assert.Contains("- " + program.Title, RepositoryFiles.Read("docs/guarantees.md"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(CleanCode))]
    public async Task CodeThatKeepsThePromisesBuildsClean(string file, string title) => Assert.Equal([], await BuildAsync(Read(file).Single(each => each.Title == title)));

    [Fact]
    public void ThereAreManyViolations() => Assert.True(Files().Except([KnownHoles, Clean]).SelectMany(Read).Count() >= 60);

    /// <summary>The page names no hole that is not held by a program.</summary>
    [Fact]
    public void EveryHoleOfThePageIsAProgram()
    {
        var page = RepositoryFiles.Read("docs/guarantees.md");
        var section = page[page.IndexOf("## Known holes", StringComparison.Ordinal)..];
        var named = section.Split('\n').Where(static line => line.StartsWith("- ", StringComparison.Ordinal)).Select(static line => line[2..]);
        Assert.Equal(Read(KnownHoles).Select(static program => program.Title).Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    /// <summary>The rules that a build under strict stops at: errors, and what it warns of.</summary>
    private static async Task<IReadOnlyList<string>> BuildAsync(StrictProgram program)
    {
        var document = Empty.Value.WithText(SourceText.From(program.Code));
        var compilation = (await document.Project.GetCompilationAsync())!;
        var own = compilation.GetDiagnostics();
        Assert.Empty(own.Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error && diagnostic.Id != "CS4014").Select(diagnostic => $"{diagnostic}\n{program.Code}"));
        var found = await compilation.WithAnalyzers(AllAnalyzers, document.Project.AnalyzerOptions).GetAnalyzerDiagnosticsAsync();
        return found.Concat(own).Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error || diagnostic.Severity == DiagnosticSeverity.Warning && !diagnostic.Id.StartsWith("CS", StringComparison.Ordinal))
            .Select(static diagnostic => diagnostic.Id).Distinct().Order(StringComparer.Ordinal).ToList();
    }

    private static Document CreateDocument()
    {
        var project = ProjectId.CreateNewId();
        var document = DocumentId.CreateNewId(project);
        return new AdhocWorkspace().CurrentSolution
            .AddProject(ProjectInfo.Create(
                project,
                VersionStamp.Default,
                "Strict",
                "Strict",
                LanguageNames.CSharp,
                compilationOptions: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary),
                parseOptions: new CSharpParseOptions(LanguageVersion.Latest),
                metadataReferences: References.Framework.Add(References.Runtime)))
            .AddAnalyzerConfigDocument(DocumentId.CreateNewId(project), "strict.globalconfig", SourceText.From(RepositoryFiles.Read("package/presets/Structured.Analyzers.strict.globalconfig")), filePath: "/0/strict.globalconfig")
            .AddAnalyzerConfigDocument(DocumentId.CreateNewId(project), "gate.globalconfig", SourceText.From("is_global = true\nbuild_property.StructuredConcurrency = strict\n"), filePath: "/0/gate.globalconfig")
            .AddDocument(document, "Program.cs", "", filePath: "/0/Program.cs")
            .GetDocument(document)!;
    }

    private static IEnumerable<string> Files()
        => Directory.GetFiles(RepositoryFiles.PathOf("tests/Documentation.Tests/Guarantees"), "*.txt").Select(static file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal);

    private static TheoryData<string, string> Titles(IEnumerable<string> files)
    {
        var data = new TheoryData<string, string>();
        foreach (var file in files)
        {
            foreach (var program in Read(file))
                data.Add(file, program.Title);
        }

        return data;
    }

    private static IEnumerable<StrictProgram> Read(string file)
    {
        foreach (var section in RepositoryFiles.Read($"tests/Documentation.Tests/Guarantees/{file}.txt").Split("\n== ").Skip(1))
        {
            var heading = section[..section.IndexOf('\n', StringComparison.Ordinal)];
            var close = heading.IndexOf(']', StringComparison.Ordinal);
            var parts = section[heading.Length..].Split("\n-- types\n");
            yield return new StrictProgram(
                heading[(close + 1)..].Trim(),
                heading[1..close].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                $$"""
                using System;
                using System.Collections.Concurrent;
                using System.Collections.Generic;
                using System.IO;
                using System.Linq;
                using System.Runtime.CompilerServices;
                using System.Threading;
                using System.Threading.Tasks;
                using Structured.Concurrency;

                class Program
                {
                {{parts[0].Trim()}}

                    static void Work() { }
                    static int Compute() => 1;
                    static bool Test() => true;
                    static void Log(object message) { }
                    static async Task WorkAsync() { await Task.Delay(1); }
                    static Task WorkAsync(CancellationToken token) => Task.Delay(1, token);
                    static async Task<int> ComputeAsync() { await Task.Delay(1); return Compute(); }
                    static async Task<int> ComputeAsync(CancellationToken token) { await Task.Delay(1, token); return Compute(); }
                    static async ValueTask FlushAsync() { await Task.Delay(1); }
                }

                {{(parts.Length > 1 ? parts[1] : "")}}
                """);
        }
    }

    private sealed record StrictProgram(string Title, IReadOnlyList<string> Rules, string Code);
}
