using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Cli.Loading;

/// <summary>The git working tree that holds a folder. Only asked, never changed.</summary>
internal sealed class GitTree
{
    private GitTree(string root) => Root = root;

    public string Root { get; }

    /// <returns>Null where there is no git, or the folder is in no working tree.</returns>
    public static async Task<GitTree?> FindAsync(string folder, CancellationToken cancellationToken)
    {
        // The way up, and not the absolute path: that would be another one where a link leads to the folder.
        var answer = await RunAsync(folder, ["rev-parse", "--show-cdup"], cancellationToken).ConfigureAwait(false);
        return answer is { ExitCode: 0 } ? new GitTree(Path.GetFullPath(Path.Combine(folder, answer.Output.Trim())).TrimEnd(Path.DirectorySeparatorChar)) : null;
    }

    /// <summary>The files that differ from what is staged or committed, and those that git does not know.</summary>
    public async Task<ImmutableHashSet<string>> DirtyFilesAsync(CancellationToken cancellationToken)
    {
        var answer = await RequireAsync(["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"], cancellationToken).ConfigureAwait(false);
        // "XY path", where Y is the state of the working tree: what is only staged can be had back from the index.
        return answer.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(static line => line.Length > 3 && line[1] != ' ').Select(line => FullPath(line[3..])).ToImmutableHashSet(StringComparer.Ordinal);
    }

    /// <summary>
    /// What changed since <paramref name="revision"/>, or, where the histories have parted, since they did: of each changed C# file the changed lines, counted from one.
    /// A file that git does not know yet is changed as a whole.
    /// </summary>
    /// <exception cref="LoadException">The revision does not exist.</exception>
    public async Task<ChangedLines> ChangedSinceAsync(string revision, CancellationToken cancellationToken)
    {
        var commit = await RunAsync(Root, ["rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"], cancellationToken).ConfigureAwait(false);
        if (commit is not { ExitCode: 0 })
            throw new LoadException($"--since: git knows no revision '{revision}' in '{Root}'. In a shallow clone, fetch it first.");
        var common = await RunAsync(Root, ["merge-base", commit.Output.Trim(), "HEAD"], cancellationToken).ConfigureAwait(false);
        if (common is not { ExitCode: 0 })
            throw new LoadException($"--since: '{revision}' and the checked-out commit have no commit in common here. In a shallow clone, fetch more history first (git fetch --unshallow).");
        var diff = await RequireAsync(
            ["-c", "core.quotePath=false", "diff", "--unified=0", "--no-color", "--no-ext-diff", "--find-renames", "--src-prefix=a/", "--dst-prefix=b/", common.Output.Trim(), "--", "*.cs"],
            cancellationToken).ConfigureAwait(false);
        var unknown = await RequireAsync(["ls-files", "-z", "--others", "--exclude-standard", "--", "*.cs"], cancellationToken).ConfigureAwait(false);
        return ChangedLines.Parse(diff, FullPath).With(unknown.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(FullPath));
    }

    private string FullPath(string relative) => Path.GetFullPath(Path.Combine(Root, relative));

    private async Task<string> RequireAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var answer = await RunAsync(Root, arguments, cancellationToken).ConfigureAwait(false);
        return answer is { ExitCode: 0 } ? answer.Output : throw new LoadException($"git failed in '{Root}': {answer?.Error.Trim() ?? "it is not on the path"}");
    }

    /// <returns>Null where there is no git.</returns>
    private static async Task<ProcessResult?> RunAsync(string folder, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = folder, StandardOutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) };
        // Asking must not take git's lock from somebody who works there.
        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        try
        {
            return await ChildProcess.CaptureAsync(start, cancellationToken).ConfigureAwait(false);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}

/// <summary>Which lines of which files changed.</summary>
internal sealed class ChangedLines
{
    /// <summary>By full path, the changed ranges in order; a file with none is changed as a whole.</summary>
    private readonly ImmutableDictionary<string, ImmutableArray<(int First, int Last)>> _files;

    private ChangedLines(ImmutableDictionary<string, ImmutableArray<(int First, int Last)>> files) => _files = files;

    public static ChangedLines Parse(string diff, Func<string, string> fullPath)
    {
        var files = ImmutableDictionary.CreateBuilder<string, ImmutableArray<(int, int)>>(StringComparer.Ordinal);
        var ranges = ImmutableArray.CreateBuilder<(int, int)>();
        string? path = null;
        var isHeader = true;
        foreach (var line in diff.Split('\n'))
        {
            if (line.StartsWith("diff --git ", StringComparison.Ordinal))
            {
                Add();
                path = null;
                isHeader = true;
            }
            else if (isHeader && line.StartsWith("+++ ", StringComparison.Ordinal))
            {
                path = Unquoted(line[4..].TrimEnd('\r', '\t')) is ['b', '/', .. var relative] ? fullPath(relative) : null;
            }
            else if (line.StartsWith("@@ -", StringComparison.Ordinal) && line.IndexOf(" +", StringComparison.Ordinal) is > 0 and var plus)
            {
                isHeader = false;
                var numbers = line[(plus + 2)..line.IndexOf(" @@", plus, StringComparison.Ordinal)].Split(',');
                var first = int.Parse(numbers[0], CultureInfo.InvariantCulture);
                var count = numbers.Length > 1 ? int.Parse(numbers[1], CultureInfo.InvariantCulture) : 1;
                // Where lines were only taken away, the two that now meet are what changed.
                ranges.Add(count == 0 ? (first, first + 1) : (first, first + count - 1));
            }
        }

        Add();
        return new ChangedLines(files.ToImmutable());

        void Add()
        {
            if (path is not null && ranges.Count > 0)
                files[path] = ranges.ToImmutable();
            ranges.Clear();
        }
    }

    public ChangedLines With(IEnumerable<string> wholeFiles) => new(_files.SetItems(wholeFiles.Select(static file => KeyValuePair.Create(file, ImmutableArray<(int First, int Last)>.Empty))));

    /// <summary>Whether one of the lines from <paramref name="first"/> to <paramref name="last"/> changed.</summary>
    public bool Touches(string path, int first, int last)
        => _files.TryGetValue(path, out var ranges) && (ranges.IsEmpty || ranges.Any(range => range.First <= last && first <= range.Last));

    /// <summary>git puts names with unusual characters in quotes, with escapes.</summary>
    private static string Unquoted(string name)
    {
        if (name is not ['"', .. var quoted, '"'])
            return name;
        var bytes = new List<byte>();
        for (var index = 0; index < quoted.Length; index++)
        {
            if (quoted[index] != '\\' || index + 1 == quoted.Length)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes([quoted[index]]));
                continue;
            }

            var escape = quoted[++index];
            if (escape is >= '0' and <= '7' && index + 2 < quoted.Length)
            {
                bytes.Add(Convert.ToByte(quoted[index..(index + 3)], 8));
                index += 2;
            }
            else
            {
                bytes.Add((byte)(escape switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'a' => '\a', 'b' => '\b', 'f' => '\f', 'v' => '\v', _ => escape }));
            }
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
