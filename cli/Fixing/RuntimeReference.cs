using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Structured.Analyzers;

namespace Structured.Cli.Fixing;

/// <summary>
/// Gives projects that do not reference the package its runtime, in memory only, so that fixed code can be compiled before the package is added.
/// </summary>
internal static class RuntimeReference
{
    public const string AssemblyName = "Structured.Concurrency";

    /// <returns>The solution with the references, and the projects that were given them.</returns>
    public static async Task<(Solution Solution, ImmutableHashSet<ProjectId> Projects)> AddAsync(Solution solution, CancellationToken cancellationToken)
    {
        var projects = ImmutableHashSet.CreateBuilder<ProjectId>();
        foreach (var id in solution.ProjectIds)
        {
            var project = solution.GetProject(id)!;
            var compilation = await project.GetCompilationAsync(cancellationToken).ConfigureAwait(false);
            if (compilation is null || KnownSymbols.For(compilation).HasRuntime)
                continue;
            var files = FilesFor(compilation).Where(file => !project.MetadataReferences.Any(reference => Path.GetFileName(reference.Display) == Path.GetFileName(file))).ToList();
            if (files.Count == 0)
                continue;
            solution = solution.AddMetadataReferences(id, files.Select(static file => MetadataReference.CreateFromFile(file)));
            projects.Add(id);
        }

        return (solution, projects.ToImmutable());
    }

    private static IEnumerable<string> FilesFor(Compilation compilation)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "runtime");
        var core = compilation.GetSpecialType(SpecialType.System_Object).ContainingAssembly.Identity;
        var framework = core.Name == "System.Runtime" ? core.Version.Major switch { >= 10 => "net10.0", >= 8 => "net8.0", _ => "netstandard2.0" } : "netstandard2.0";
        yield return Path.Combine(folder, framework, AssemblyName + ".dll");
        if (framework != "netstandard2.0")
            yield break;
        // What the package brings along where the framework lacks it.
        foreach (var (type, file) in new[]
                 {
                     ("System.IAsyncDisposable", "Microsoft.Bcl.AsyncInterfaces.dll"),
                     ("System.TimeProvider", "Microsoft.Bcl.TimeProvider.dll"),
                     ("System.Threading.Tasks.ValueTask", "System.Threading.Tasks.Extensions.dll"),
                 })
        {
            if (compilation.GetTypesByMetadataName(type).IsEmpty)
                yield return Path.Combine(folder, framework, file);
        }
    }
}
