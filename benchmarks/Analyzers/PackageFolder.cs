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

namespace Structured.Analyzers.Benchmarks;

/// <summary>The analyzers of one other package, from the folder that lies beside the program.</summary>
internal sealed class PackageFolder
{
    private PackageFolder(string path)
    {
        Name = Path.GetFileName(path);
        var loader = new Loader(path);
        Analyzers = Directory.GetFiles(path, "*.dll").Order(StringComparer.Ordinal).SelectMany(file => new AnalyzerFileReference(file, loader).GetAnalyzers(LanguageNames.CSharp)).ToImmutableArray();
        AdditionalFiles = Directory.GetFiles(path, "*.txt").Order(StringComparer.Ordinal).Select(static file => (AdditionalText)new FileText(file)).ToImmutableArray();
    }

    public string Name { get; }

    public ImmutableArray<DiagnosticAnalyzer> Analyzers { get; }

    public ImmutableArray<AdditionalText> AdditionalFiles { get; }

    public static IEnumerable<PackageFolder> All() => Directory.GetDirectories(Path.Combine(AppContext.BaseDirectory, "Peers")).Order(StringComparer.Ordinal).Select(static path => new PackageFolder(path));

    /// <summary>A package's own assemblies side by side; Roslyn and the framework are the program's.</summary>
    private sealed class Loader(string folder) : AssemblyLoadContext(System.IO.Path.GetFileName(folder)), IAnalyzerAssemblyLoader
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
