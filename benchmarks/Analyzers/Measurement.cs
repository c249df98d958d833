using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Cli.Checking;

namespace Structured.Analyzers.Benchmarks;

/// <summary>One way through a set of projects.</summary>
/// <param name="Wall">How long it took.</param>
/// <param name="Allocated">Bytes allocated on the way.</param>
/// <param name="Rules">What the compiler's own clock says of each analyzer: the figures of <c>ReportAnalyzer</c>.</param>
internal sealed record Pass(TimeSpan Wall, long Allocated, ImmutableDictionary<string, TimeSpan> Rules)
{
    public TimeSpan InAnalyzers => TimeSpan.FromTicks(Rules.Values.Sum(static each => each.Ticks));
}

/// <summary>A project's compilation, as often as it is wanted, and never with what an earlier pass already found out.</summary>
internal sealed class Subject(CSharpCompilation compilation, AnalyzerOptions options)
{
    public int Lines { get; } = compilation.SyntaxTrees.Sum(static tree => tree.GetText().Lines.Count);

    /// <summary>What an editor has after a change elsewhere: the same trees.</summary>
    public CSharpCompilation WithSameTrees() => CSharpCompilation.Create(compilation.AssemblyName, compilation.SyntaxTrees, compilation.References, compilation.Options);

    /// <summary>What a build begins with: text, which is parsed. Neither the compiler nor an analyzer may find what it kept of a tree.</summary>
    private CSharpCompilation Fresh()
        => CSharpCompilation.Create(
            compilation.AssemblyName,
            compilation.SyntaxTrees.Select(static tree => CSharpSyntaxTree.ParseText(tree.GetText(), (CSharpParseOptions)tree.Options, tree.FilePath)),
            compilation.References,
            // On one thread, as the analyzers: the two are compared.
            compilation.Options.WithConcurrentBuild(false));

    /// <summary>The compiler alone: everything a build does.</summary>
    public void Compile() => Build(Fresh());

    /// <summary>An assembly, its symbols, and its documentation where the project has one.</summary>
    private static void Build(Compilation fresh)
        => fresh.Emit(Stream.Null, Stream.Null, fresh.SyntaxTrees.Any(static tree => tree.Options.DocumentationMode == DocumentationMode.Diagnose) ? Stream.Null : null);

    /// <summary>Everything a build does, with the analyzers beside it.</summary>
    public async Task<AnalysisResult> AnalyzeAsync(AnalyzerPackage package)
    {
        var analyzed = With(Fresh(), package);
        Build(analyzed.Compilation);
        return await analyzed.GetAnalysisResultAsync(default);
    }

    /// <summary>What an editor asks for after a key press: one document of a compilation that has changed only there.</summary>
    public async Task<AnalysisResult> AnalyzeDocumentAsync(CSharpCompilation edited, SyntaxTree tree, AnalyzerPackage package)
    {
        var model = edited.GetSemanticModel(tree);
        var analyzed = With(edited, package);
        await analyzed.GetAnalysisResultAsync(tree, default);
        return await analyzed.GetAnalysisResultAsync(model, filterSpan: null, default);
    }

    private CompilationWithAnalyzers With(CSharpCompilation fresh, AnalyzerPackage package)
        => fresh.WithAnalyzers(
            package.Analyzers,
            new CompilationWithAnalyzersOptions(
                new AnalyzerOptions(options.AdditionalFiles.AddRange(package.AdditionalFiles), new PresetOptions(options.AnalyzerConfigOptionsProvider, "recommended", overridesProject: true)),
                onAnalyzerException: null,
                // One at a time: times that overlap cannot be told apart.
                concurrentAnalysis: false,
                logAnalyzerExecutionTime: true));
}

/// <summary>Passes, timed.</summary>
internal static class Measurement
{
    // What one pass allocates, and more: a collection would be charged to whichever analyzer is at work when it happens.
    private const long Room = 2_000_000_000;

    public static async Task<Pass> OfAsync(Func<Task<IEnumerable<AnalysisResult>>> pass)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        GC.TryStartNoGCRegion(Room);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var started = Stopwatch.GetTimestamp();
        var results = await pass();
        var wall = Stopwatch.GetElapsedTime(started);
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        // It has ended already where the room was too little.
        if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
            GC.EndNoGCRegion();
        return new Pass(
            wall,
            allocated,
            results.SelectMany(static result => result.AnalyzerTelemetryInfo).GroupBy(static each => each.Key.GetType().Name).ToImmutableDictionary(
                static each => each.Key,
                static each => TimeSpan.FromTicks(each.Sum(static one => one.Value.ExecutionTime.Ticks))));
    }

    /// <summary>
    /// The second of two passes in a row. A package waits long for its turn, in which processors and the system forget its code and data; what it costs to bring them back says nothing of the package.
    /// </summary>
    public static async Task<Pass> OfSecondAsync(Func<Task<IEnumerable<AnalysisResult>>> pass)
    {
        await OfAsync(pass);
        return await OfAsync(pass);
    }

    public static TimeSpan Median(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
