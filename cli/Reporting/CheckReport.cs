using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Structured.Cli.Checking;
using Structured.Cli.Loading;

namespace Structured.Cli.Reporting;

/// <summary>What a check has to say, in whichever format.</summary>
/// <param name="Loaded">What was checked.</param>
/// <param name="Result">What was found.</param>
/// <param name="Selected">What of it was asked for.</param>
/// <param name="Root">The folder that paths in machine-readable formats are relative to.</param>
/// <param name="ExitCode">How the command will end.</param>
internal sealed record CheckReport(LoadedSolution Loaded, CheckResult Result, Selected Selected, string Root, int ExitCode)
{
    public ImmutableArray<Finding> Findings => Selected.Findings;

    /// <summary>With slashes, relative to <see cref="Root"/>; absolute for what lies elsewhere.</summary>
    public string RelativePath(string path)
    {
        var relative = Path.GetRelativePath(Root, path);
        return (Path.IsPathRooted(relative) || relative.StartsWith("..", StringComparison.Ordinal) ? path : relative).Replace('\\', '/');
    }

    /// <summary>The git working tree, which is what code hosts count from; else the current folder if it holds the solution; else the solution's.</summary>
    public static async Task<string> RootAsync(string folder, CancellationToken cancellationToken)
    {
        if (await GitTree.FindAsync(folder, cancellationToken).ConfigureAwait(false) is { } tree)
            return tree.Root;
        var current = Environment.CurrentDirectory;
        return (folder + Path.DirectorySeparatorChar).StartsWith(current.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? current : folder;
    }
}
