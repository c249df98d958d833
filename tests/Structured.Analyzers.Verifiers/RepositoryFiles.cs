using System;
using System.IO;

namespace Structured.Analyzers.Verifiers;

/// <summary>Files of the repository that tests hold against the code.</summary>
public static class RepositoryFiles
{
    private static readonly Lazy<string> LazyRoot = new(FindRoot);

    public static string Root => LazyRoot.Value;

    public static string PathOf(string relativePath) => Path.Combine(Root, relativePath.Replace('/', Path.DirectorySeparatorChar));

    public static string Read(string relativePath) => File.ReadAllText(PathOf(relativePath)).ReplaceLineEndings("\n");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Structured.Analyzers.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run from inside the repository.");
    }
}
