using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Cli.Checking;

namespace Structured.Analyzers.Benchmarks;

/// <summary>A package of analyzers, this one or another.</summary>
internal sealed record AnalyzerPackage(string Name, ImmutableArray<DiagnosticAnalyzer> Analyzers, ImmutableArray<AdditionalText> AdditionalFiles)
{
    public static AnalyzerPackage Ours { get; } = new("Structured.Analyzers", WithoutSuppressors(Checker.AllAnalyzers), ImmutableArray<AdditionalText>.Empty);

    /// <summary>The others, from the files that lie beside the program.</summary>
    public static IEnumerable<AnalyzerPackage> Others() => PackageFolder.All().Select(static folder => new AnalyzerPackage(folder.Name, WithoutSuppressors(folder.Analyzers), folder.AdditionalFiles));

    private static ImmutableArray<DiagnosticAnalyzer> WithoutSuppressors(ImmutableArray<DiagnosticAnalyzer> analyzers) => analyzers.RemoveAll(static analyzer => analyzer is DiagnosticSuppressor);
}
