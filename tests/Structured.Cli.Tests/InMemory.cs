using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Structured.Cli.Checking;
using Structured.Cli.Fixing;
using Structured.Cli.Loading;

namespace Structured.Cli.Tests;

/// <summary>A solution that needs no SDK to be asked: its files lie in a workspace folder, its references are this process's own.</summary>
internal static class InMemory
{
    private static readonly ImmutableArray<MetadataReference> Platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Where(static path => Path.GetFileName(path) is var name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "mscorlib.dll" or "netstandard.dll"))
        .Select(static path => (MetadataReference)MetadataReference.CreateFromFile(path)).ToImmutableArray();

    /// <summary>One project with all C# files of the folder.</summary>
    public static LoadedSolution Load(Workspace workspace) => Load(workspace, ("App", "", []));

    /// <summary>Projects that each hold the files below a folder, under some symbols.</summary>
    public static LoadedSolution Load(Workspace workspace, params (string Name, string Folder, string[] Symbols)[] projects)
    {
        var adhoc = new AdhocWorkspace();
        var infos = projects.Select(project =>
        {
            var id = ProjectId.CreateNewId(project.Name);
            var documents = Directory.GetFiles(Path.Combine(workspace.Folder, project.Folder), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(file => DocumentInfo.Create(DocumentId.CreateNewId(id), Path.GetFileName(file), loader: new FileTextLoader(file, defaultEncoding: null), filePath: file));
            return ProjectInfo.Create(
                id,
                VersionStamp.Default,
                project.Name,
                project.Name,
                LanguageNames.CSharp,
                filePath: Path.Combine(workspace.Folder, project.Name + ".csproj"),
                compilationOptions: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary),
                parseOptions: new CSharpParseOptions(LanguageVersion.Latest, preprocessorSymbols: project.Symbols),
                documents: documents,
                metadataReferences: Platform);
        }).ToList();
        var solution = adhoc.AddSolution(SolutionInfo.Create(SolutionId.CreateNewId(), VersionStamp.Default, projects: infos));
        return new LoadedSolution(solution, Path.Combine(workspace.Folder, "All.sln"), workspace.Folder, [], []);
    }

    public static Task<CheckResult> CheckAsync(Workspace workspace) => Checker.CheckAsync(Load(workspace).Solution, new CheckOptions(), static _ => { }, CancellationToken.None);

    public static Task<FixResult> FixAsync(LoadedSolution loaded, CheckOptions? options = null, Selection? selection = null, IChooser? chooser = null)
        => Fixer.FixAsync(loaded.Solution, new FixOptions(options ?? new CheckOptions(), selection ?? Selection.Everything, loaded.Folder, chooser), static _ => { }, CancellationToken.None);

    /// <summary>The text of the one file that changed.</summary>
    public static string Only(this FixResult result) => Assert.Single(result.Files).After.ToString();
}
