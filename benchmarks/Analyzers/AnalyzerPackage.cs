using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Structured.Cli.Checking;

namespace Structured.Analyzers.Benchmarks;

/// <summary>A package of analyzers, this one or another.</summary>
internal sealed record AnalyzerPackage(string Name, ImmutableArray<DiagnosticAnalyzer> Analyzers, ImmutableArray<AdditionalText> AdditionalFiles)
{
    public static AnalyzerPackage Ours { get; } = new("Structured.Analyzers", Checker.AllAnalyzers.RemoveAll(static analyzer => analyzer is DiagnosticSuppressor), ImmutableArray<AdditionalText>.Empty);

    /// <summary>The others, from the files that lie beside the program.</summary>
    public static IEnumerable<AnalyzerPackage> Others()
    {
        foreach (var folder in Directory.GetDirectories(Path.Combine(AppContext.BaseDirectory, "Peers")).Order(StringComparer.Ordinal))
        {
            var loader = new Loader(folder);
            yield return new AnalyzerPackage(
                Path.GetFileName(folder),
                Directory.GetFiles(folder, "*.dll").Order(StringComparer.Ordinal).SelectMany(path => new AnalyzerFileReference(path, loader).GetAnalyzers(LanguageNames.CSharp)).Where(static analyzer => analyzer is not DiagnosticSuppressor).ToImmutableArray(),
                Directory.GetFiles(folder, "*.txt").Select(static path => (AdditionalText)new FileText(path)).ToImmutableArray());
        }
    }

    /// <summary>A package's own assemblies side by side; Roslyn and the framework are the program's.</summary>
    private sealed class Loader(string folder) : AssemblyLoadContext(Path.GetFileName(folder)), IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public Assembly LoadFromPath(string fullPath) => LoadFromAssemblyPath(fullPath);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var beside = Path.Combine(folder, assemblyName.Name + ".dll");
            return File.Exists(beside) ? LoadFromAssemblyPath(beside) : null;
        }
    }

    private sealed class FileText(string path) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(File.ReadAllText(path));
    }
}
