using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Analyzers;
using Structured.Analyzers.Benchmarks;
using Structured.Analyzers.Verifiers;

namespace Structured.Neighbours.Tests;

/// <summary>What the neighbours say about one file.</summary>
/// <param name="Diagnostics">What they report.</param>
/// <param name="Calls">Every call in the file, without its white space.</param>
/// <param name="Awaited">What the file awaits, likewise.</param>
internal sealed record Report(IReadOnlyList<Diagnostic> Diagnostics, IReadOnlySet<string> Calls, IReadOnlySet<string> Awaited);

/// <summary>The analyzers of the other packages and of the SDK, loaded once, from the files that lie beside the tests.</summary>
internal static class Neighbours
{
    /// <summary>Their rules about tasks, threads, cancellation, exceptions that could be one, and disposal; whatever their default severity.</summary>
    private static readonly string[] Rules =
    [
        "CA1001", "CA1031", "CA1063", "CA1068", "CA1816", "CA1842", "CA1843", "CA1849", "CA2000", "CA2002", "CA2007", "CA2008", "CA2012", "CA2016", "CA2024", "CA2025", "CA2213", "CA2215", "CA2219", "CA2247", "CA2250", "CA2261",
        "MA0004", "MA0022", "MA0027", "MA0032", "MA0035", "MA0040", "MA0042", "MA0045", "MA0064", "MA0079", "MA0080", "MA0100", "MA0129", "MA0134", "MA0147", "MA0152", "MA0155", "MA0215",
        "RCS1046", "RCS1047", "RCS1059", "RCS1075", "RCS1090", "RCS1133", "RCS1174", "RCS1210", "RCS1229", "RCS1236", "RCS1261", "RCS1265",
        "S2190", "S2221", "S2445", "S2486", "S2551", "S2930", "S2931", "S2952", "S2953", "S2997", "S3168", "S3216", "S3881", "S3971", "S3998", "S4261", "S4457", "S4462", "S4586", "S5034", "S6966", "S8949",
    ];

    /// <summary>Packages that are about nothing else.</summary>
    private static readonly string[] Prefixes = ["AsyncFixer", "VSTHRD"];

    private static readonly ImmutableArray<PackageFolder> Packages = PackageFolder.All().ToImmutableArray();

    private static readonly Lazy<ImmutableArray<DiagnosticAnalyzer>> LazyAnalyzers = new(Load);

    private static readonly ImmutableArray<AdditionalText> AdditionalFiles = Packages.SelectMany(static package => package.AdditionalFiles).ToImmutableArray();

    /// <summary>Compiles the files into one assembly, each in a namespace of its own, and gives what is reported on each and not suppressed.</summary>
    public static async Task<IReadOnlyList<Report>> ReportAsync(IEnumerable<string> sources, string preset = "recommended")
    {
        var trees = sources.Select(static (source, index) => CSharpSyntaxTree.ParseText(InNamespace($"Case{index}", Markup.Parse(source).Text), path: $"/Case{index}.cs")).ToList();
        var wanted = LazyAnalyzers.Value.SelectMany(static analyzer => analyzer.SupportedDiagnostics).Select(static rule => rule.Id).Distinct()
            .ToDictionary(static id => id, static id => IsWanted(id) ? ReportDiagnostic.Warn : ReportDiagnostic.Suppress);
        var compilation = CSharpCompilation.Create("Cases", trees, References.Framework.Add(References.Runtime), new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, specificDiagnosticOptions: wanted));
        Assert.Empty(compilation.GetDiagnostics().Where(static each => each.Severity == DiagnosticSeverity.Error));
        var analyzed = compilation.WithAnalyzers(LazyAnalyzers.Value, new CompilationWithAnalyzersOptions(new AnalyzerOptions(AdditionalFiles, new BuildProperties(preset)), onAnalyzerException: null, concurrentAnalysis: true, logAnalyzerExecutionTime: false));
        var found = (await analyzed.GetAnalyzerDiagnosticsAsync()).Where(static each => !each.IsSuppressed && IsWanted(each.Id)).ToLookup(static each => each.Location.SourceTree);
        return trees.Select(tree => new Report(
            found[tree].OrderBy(static each => each.Location.SourceSpan.Start).ToList(),
            tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>().Select(Spaceless).ToHashSet(),
            tree.GetRoot().DescendantNodes().OfType<AwaitExpressionSyntax>().Select(static wait => Spaceless(wait.Expression)).ToHashSet())).ToList();
    }

    public static string Spaceless(SyntaxNode? node) => string.Concat((node?.ToString() ?? "").Where(static letter => !char.IsWhiteSpace(letter)));

    /// <summary>Top-level statements, usings for all files and attributes of the assembly cannot stand in a namespace among the others.</summary>
    public static bool CanStandInNamespace(string source)
    {
        var unit = CSharpSyntaxTree.ParseText(Markup.Parse(source).Text).GetCompilationUnitRoot();
        return unit.AttributeLists.Count == 0 && unit.Externs.Count == 0
               && !unit.Usings.Any(static each => each.GlobalKeyword.RawKind != 0) && !unit.Members.Any(static member => member is GlobalStatementSyntax);
    }

    private static string InNamespace(string name, string source)
    {
        var members = CSharpSyntaxTree.ParseText(source).GetCompilationUnitRoot().Members;
        if (members is [FileScopedNamespaceDeclarationSyntax { Name.SpanStart: var start }])
            return source.Insert(start, name + ".");
        // A stand-in for an assembly beside the runtime: only the fix looks for it, and in here it would hide the runtime.
        foreach (var standIn in members.OfType<NamespaceDeclarationSyntax>().Where(static each => each.Name.ToString() == "Structured.Concurrency.Hosting").Reverse())
            source = source.Remove(standIn.SpanStart, standIn.Span.Length);
        return $"namespace {name}\n{{\n{source}\n}}\n";
    }

    private static bool IsWanted(string id) => Rules.Contains(id) || Prefixes.Any(prefix => id.StartsWith(prefix, StringComparison.Ordinal));

    private static ImmutableArray<DiagnosticAnalyzer> Load()
    {
        var suppressors = typeof(StructuredSuppressor).Assembly.GetTypes().Where(static type => !type.IsAbstract && typeof(StructuredSuppressor).IsAssignableFrom(type)).Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!);
        return Packages.SelectMany(static package => package.Analyzers).Where(static analyzer => analyzer.SupportedDiagnostics.Any(static rule => IsWanted(rule.Id))).Concat(suppressors).ToImmutableArray();
    }

    /// <summary>A project that chose a preset of this package, and tells Roslynator what to ask for.</summary>
    private sealed class BuildProperties(string preset) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Properties(preset);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Properties(string preset) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
            {
                value = key switch
                {
                    "build_property.StructuredConcurrency" => preset,
                    "roslynator_configure_await" => "true",
                    _ => null,
                };
                return value is not null;
            }
        }
    }
}
