using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers.Verifiers;

/// <summary>What test sources are compiled against; read once.</summary>
internal static class References
{
    private static readonly Lazy<ImmutableArray<MetadataReference>> LazyFramework = new(ReadFramework);
    private static readonly Lazy<ImmutableArray<MetadataReference>> LazyCompanions = new(ReadCompanions);
    private static readonly ConcurrentDictionary<string, MetadataReference> ByPath = new(StringComparer.Ordinal);

    /// <summary>The framework's reference assemblies where the SDK has them, else the assemblies this process runs on.</summary>
    public static ImmutableArray<MetadataReference> Framework => LazyFramework.Value;

    public static MetadataReference Runtime => FromPath(typeof(global::Structured.Concurrency.Nursery).Assembly.Location);

    /// <summary>
    /// What stands beside the tests that run and that pages of the guide may use: the runtime's testing and hosting assemblies, the generic host, xunit. A test project
    /// that does not reference them has none.
    /// </summary>
    public static ImmutableArray<MetadataReference> Companions => LazyCompanions.Value;

    public static MetadataReference FromPath(string path) => ByPath.GetOrAdd(path, static path => MetadataReference.CreateFromFile(path));

    private static ImmutableArray<MetadataReference> ReadCompanions()
        => new[] { "Structured.Concurrency.Testing.dll", "Structured.Concurrency.Hosting.dll", "Microsoft.Extensions.*.dll", "xunit.*.dll" }
            .SelectMany(static pattern => Directory.GetFiles(AppContext.BaseDirectory, pattern))
            .Where(static file => !Path.GetFileName(file).StartsWith("xunit.runner", StringComparison.Ordinal))
            .Select(FromPath).ToImmutableArray();

    private static ImmutableArray<MetadataReference> ReadFramework()
    {
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var packs = Path.Combine(runtime, "..", "..", "..", "packs", "Microsoft.NETCore.App.Ref");
        IEnumerable<string> files = [];
        if (Directory.Exists(packs))
        {
            var newest = Directory.GetDirectories(packs).OrderBy(static pack => Version.TryParse(Path.GetFileName(pack), out var version) ? version : new Version(0, 0)).Last();
            files = Directory.GetDirectories(Path.Combine(newest, "ref")).SelectMany(static directory => Directory.GetFiles(directory, "*.dll"));
        }

        if (!files.Any())
            files = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(file => file.StartsWith(runtime, StringComparison.Ordinal));
        return files.Select(static file => (MetadataReference)MetadataReference.CreateFromFile(file)).ToImmutableArray();
    }
}
