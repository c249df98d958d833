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
/// <param name="Failures">Projects that were left out.</param>
/// <param name="Incomplete">Projects that were loaded without some of their references.</param>
internal sealed record LoadedSolution(Solution Solution, string Path, string Folder, ImmutableArray<LoadFailure> Failures, ImmutableArray<LoadFailure> Incomplete);

/// <summary>How a path becomes a solution.</summary>
internal delegate Task<LoadedSolution> LoadSolution(string path, Action<string> progress, CancellationToken cancellationToken);

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
        var (solution, incomplete) = CreateSolution(loaded);
        return new LoadedSolution(solution, path, Path.GetDirectoryName(path)!, failed, incomplete);
    }

    /// <summary>The folder of the solution or project that a path names.</summary>
    /// <exception cref="LoadException">It names none.</exception>
    public static string FolderOf(string path) => Path.GetDirectoryName(Resolve(Path.GetFullPath(path)))!;

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

    private static (Solution Solution, ImmutableArray<LoadFailure> Incomplete) CreateSolution(List<CompilerCall> calls)
    {
        // A reference to what another project of the solution puts out is a reference to that project, whether it was ever built or not.
        var byOutput = new Dictionary<string, CompilerCall>(StringComparer.Ordinal);
        foreach (var call in calls)
        {
            foreach (var output in call.OutputPaths)
                byOutput.TryAdd(output, call);
        }

        var workspace = new AdhocWorkspace();
        var incomplete = ImmutableArray.CreateBuilder<LoadFailure>();
        var infos = new Dictionary<CompilerCall, (ProjectInfo Info, List<(CompilerCall Call, ImmutableArray<string> Aliases)> Needed)>();
        foreach (var call in calls)
        {
            var name = Path.GetFileNameWithoutExtension(call.ProjectPath) + (calls.Count(other => other.ProjectPath == call.ProjectPath) > 1 ? $" ({call.TargetFramework})" : "");
            var folder = Path.GetDirectoryName(call.ProjectPath)!;
            var arguments = new List<string>();
            var needed = new List<(CompilerCall, ImmutableArray<string>)>();
            var missing = new List<string>();
            foreach (var argument in call.Arguments.Where(IsUnderstood))
            {
                if (ReferenceIn(argument, folder) is not { } reference)
                    arguments.Add(argument);
                else if (byOutput.TryGetValue(reference.Path, out var project))
                    needed.Add((project, reference.Aliases));
                else if (File.Exists(reference.Path))
                    arguments.Add(argument);
                else
                    missing.Add(reference.Path);
            }

            if (missing.Count > 0)
                incomplete.Add(new LoadFailure(call.ProjectPath, $"{missing.Count} of its references {(missing.Count == 1 ? "does" : "do")} not exist, '{missing[0]}' for one; restore and build it first"));
            infos[call] = (CommandLineProject.CreateProjectInfo(name, LanguageNames.CSharp, arguments, folder, workspace).WithFilePath(call.ProjectPath), needed);
        }

        var linked = infos.Values.Select(each => each.Info.WithProjectReferences(each.Needed
            .Select(needed => new ProjectReference(infos[needed.Call].Info.Id, needed.Aliases))
            .Where(reference => reference.ProjectId != each.Info.Id)
            .DistinctBy(static reference => reference.ProjectId)));
        return (workspace.AddSolution(SolutionInfo.Create(SolutionId.CreateNewId(), VersionStamp.Default, projects: linked)), incomplete.ToImmutable());
    }

    /// <summary>What <c>/reference:alias=path</c> names; null for every other argument.</summary>
    private static (string Path, ImmutableArray<string> Aliases)? ReferenceIn(string argument, string folder)
    {
        var prefix = new[] { "/reference:", "/r:", "/link:", "/l:" }.FirstOrDefault(each => argument.StartsWith(each, StringComparison.OrdinalIgnoreCase));
        if (prefix is null)
            return null;
        var value = argument[prefix.Length..].Trim('"');
        var equals = value.IndexOf('=');
        var aliases = equals > 0 && value.IndexOfAny(['/', '\\', '.'], 0, equals) < 0 ? value[..equals].Split(',').ToImmutableArray() : [];
        return (Path.GetFullPath(Path.Combine(folder, aliases.IsEmpty ? value : value[(equals + 1)..].Trim('"'))), aliases);
    }

    /// <summary>Options newer than the compiler this tool is built with would only be errors.</summary>
    private static bool IsUnderstood(string argument)
        => !argument.StartsWith("/errorlog:", StringComparison.OrdinalIgnoreCase) && !argument.StartsWith("/embed", StringComparison.OrdinalIgnoreCase);
}
