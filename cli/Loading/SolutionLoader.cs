using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;

namespace Structured.Cli.Loading;

/// <summary>A project that could not be loaded, and why.</summary>
internal sealed record LoadFailure(string ProjectPath, string Reason);

/// <summary>A loaded solution. Each target framework of a project is a project of its own.</summary>
internal sealed record LoadedSolution(Solution Solution, string Path, string Folder, ImmutableArray<LoadFailure> Failures);

/// <summary>Loads a solution, a project or a folder into a Roslyn workspace.</summary>
internal static class SolutionLoader
{
    public static async Task<LoadedSolution> LoadAsync(string path, Action<string> progress, CancellationToken cancellationToken)
    {
        path = Resolve(Path.GetFullPath(path));
        var projects = path.EndsWith(".csproj", StringComparison.OrdinalIgnoreCase) ? [path] : await MSBuildQuery.ProjectsOfSolutionAsync(path, cancellationToken).ConfigureAwait(false);
        if (projects.IsEmpty)
            throw new LoadException($"'{path}' has no C# project.");

        var calls = new ConcurrentDictionary<string, ImmutableArray<CompilerCall>>(StringComparer.Ordinal);
        var failures = new ConcurrentDictionary<string, LoadFailure>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(projects, new ParallelOptions { MaxDegreeOfParallelism = Math.Clamp(Environment.ProcessorCount, 1, 4), CancellationToken = cancellationToken }, async (project, token) =>
        {
            progress("Loading " + Path.GetFileNameWithoutExtension(project));
            try
            {
                if (!File.Exists(project))
                    throw new LoadException("the file does not exist");
                calls[project] = await MSBuildQuery.CompilerCallsAsync(project, token).ConfigureAwait(false);
            }
            catch (LoadException exception)
            {
                failures[project] = new LoadFailure(project, exception.Message);
            }
        }).ConfigureAwait(false);

        var loaded = projects.Where(calls.ContainsKey).SelectMany(project => calls[project]).ToList();
        var failed = projects.Where(failures.ContainsKey).Select(project => failures[project]).ToImmutableArray();
        if (loaded.Count == 0)
            throw new LoadException($"No project of '{path}' could be loaded.\n" + string.Join("\n", failed.Select(static failure => $"  {failure.ProjectPath}: {failure.Reason}")));
        return new LoadedSolution(CreateSolution(loaded), path, Path.GetDirectoryName(path)!, failed);
    }

    /// <summary>A folder stands for the solution in it, or, where there is none, for its project.</summary>
    private static string Resolve(string path)
    {
        if (File.Exists(path))
        {
            return Path.GetExtension(path).ToLowerInvariant() is ".sln" or ".slnx" or ".slnf" or ".csproj"
                ? path
                : throw new LoadException($"'{path}' is neither a solution (.sln, .slnx) nor a C# project (.csproj).");
        }

        if (!Directory.Exists(path))
            throw new LoadException($"'{path}' does not exist.");
        foreach (var pattern in new[] { "*.slnx", "*.sln", "*.csproj" })
        {
            var found = Directory.GetFiles(path, pattern);
            if (found.Length == 1)
                return found[0];
            if (found.Length > 1)
                throw new LoadException($"'{path}' holds several: {string.Join(", ", found.Select(Path.GetFileName).Order())}. Name one.");
        }

        throw new LoadException($"'{path}' holds neither a solution nor a C# project.");
    }

    private static Solution CreateSolution(List<CompilerCall> calls)
    {
        var workspace = new AdhocWorkspace();
        var infos = new List<(CompilerCall Call, ProjectInfo Info)>();
        foreach (var call in calls)
        {
            var name = Path.GetFileNameWithoutExtension(call.ProjectPath) + (calls.Count(other => other.ProjectPath == call.ProjectPath) > 1 ? $" ({call.TargetFramework})" : "");
            var info = CommandLineProject.CreateProjectInfo(name, LanguageNames.CSharp, call.Arguments.Where(IsUnderstood), Path.GetDirectoryName(call.ProjectPath)!, workspace)
                .WithFilePath(call.ProjectPath);
            infos.Add((call, info));
        }

        // A reference to what another project of the solution puts out is a reference to that project.
        var byOutput = new Dictionary<string, ProjectId>(StringComparer.Ordinal);
        foreach (var (call, info) in infos)
        {
            foreach (var output in call.OutputPaths)
                byOutput.TryAdd(output, info.Id);
        }

        var linked = infos.Select(each =>
        {
            var ids = each.Info.MetadataReferences.OfType<PortableExecutableReference>()
                .Where(reference => reference.FilePath is not null && byOutput.ContainsKey(Path.GetFullPath(reference.FilePath)))
                .ToDictionary(static reference => reference, reference => byOutput[Path.GetFullPath(reference.FilePath!)]);
            return each.Info
                .WithMetadataReferences(each.Info.MetadataReferences.Where(reference => reference is not PortableExecutableReference portable || !ids.ContainsKey(portable)))
                .WithProjectReferences(ids.Select(static pair => new ProjectReference(pair.Value, pair.Key.Properties.Aliases, pair.Key.Properties.EmbedInteropTypes)).Where(reference => reference.ProjectId != each.Info.Id).DistinctBy(static reference => reference.ProjectId));
        });
        return workspace.AddSolution(SolutionInfo.Create(SolutionId.CreateNewId(), VersionStamp.Default, projects: linked));
    }

    /// <summary>Options newer than the compiler this tool is built with would only be errors.</summary>
    private static bool IsUnderstood(string argument)
        => !argument.StartsWith("/errorlog:", StringComparison.OrdinalIgnoreCase) && !argument.StartsWith("/embed", StringComparison.OrdinalIgnoreCase);
}
