using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Structured.Cli.Files;
using Structured.Cli.Loading;

namespace Structured.Cli.Checking;

/// <summary>
/// Findings that were there when somebody decided to live with them. A finding is known by its rule, file, member and line of code, never by its line number, so that
/// code may move around it; of several alike, as many as were there are known.
/// </summary>
internal sealed class Baseline
{
    private const int CurrentVersion = 1;
    private readonly string _folder;
    private readonly ImmutableArray<BaselineEntry> _entries;

    private Baseline(string path, ImmutableArray<BaselineEntry> entries)
    {
        _folder = System.IO.Path.GetDirectoryName(path)!;
        _entries = entries;
        Path = path;
    }

    public string Path { get; }

    /// <exception cref="LoadException">There is no such file, or it is no baseline.</exception>
    public static Baseline Read(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (!File.Exists(path))
            throw new LoadException($"The baseline '{path}' does not exist. Write it with: structured check --write-baseline {System.IO.Path.GetFileName(path)}");
        BaselineFile? file;
        try
        {
            file = JsonSerializer.Deserialize(File.ReadAllBytes(path), BaselineJson.Default.BaselineFile);
        }
        catch (JsonException exception)
        {
            throw new LoadException($"'{path}' is not a baseline: {exception.Message}");
        }

        if (file is not { Findings: not null } || file.Findings.Any(static entry => entry is not { Rule: not null, File: not null, Code: not null, Member: not null }))
            throw new LoadException($"'{path}' is not a baseline: it has no list of findings with 'rule', 'file', 'member' and 'code'.");
        if (file.Version != CurrentVersion)
            throw new LoadException($"'{path}' is a baseline of version {file.Version}; this tool reads version {CurrentVersion}. Write it again with --write-baseline.");
        return new Baseline(path, [.. file.Findings]);
    }

    /// <summary>Writes the findings as the baseline. What the file says of rules and files that were not looked at is kept.</summary>
    /// <returns>How many findings it holds now.</returns>
    public static int Write(string path, IEnumerable<Finding> findings, Func<string, bool> isRuleChecked, Func<string, bool> isFileChecked)
    {
        path = System.IO.Path.GetFullPath(path);
        var folder = System.IO.Path.GetDirectoryName(path)!;
        var kept = File.Exists(path) ? Read(path)._entries.Where(entry => !isRuleChecked(entry.Rule) || (!isFileChecked(FullPath(folder, entry.File)) && File.Exists(FullPath(folder, entry.File)))) : [];
        var entries = findings.GroupBy(finding => EntryOf(finding, folder)).Select(static group => group.Key with { Count = group.Count() }).Concat(kept)
            .OrderBy(static entry => entry.File, StringComparer.Ordinal).ThenBy(static entry => entry.Member, StringComparer.Ordinal).ThenBy(static entry => entry.Rule, StringComparer.Ordinal).ThenBy(static entry => entry.Code, StringComparer.Ordinal)
            .ToArray();
        Directory.CreateDirectory(folder);
        Disk.WriteWhole(path, [.. JsonSerializer.SerializeToUtf8Bytes(new BaselineFile(CurrentVersion, entries), BaselineJson.Readable.BaselineFile), (byte)'\n']);
        return entries.Sum(static entry => entry.Count);
    }

    /// <summary>Tells the findings that are known from those that are not.</summary>
    /// <param name="findings">All findings, in order.</param>
    /// <param name="isRuleChecked">Whether a rule was looked for.</param>
    /// <param name="isFileChecked">Whether a file was looked at.</param>
    public BaselineMatch Match(ImmutableArray<Finding> findings, Func<string, bool> isRuleChecked, Func<string, bool> isFileChecked)
    {
        var open = new Dictionary<BaselineEntry, int>();
        foreach (var entry in _entries)
        {
            var key = entry with { Count = 1 };
            open[key] = open.GetValueOrDefault(key) + entry.Count;
        }

        var known = ImmutableHashSet.CreateBuilder<Finding>();
        foreach (var finding in findings)
        {
            if (Take(open, EntryOf(finding, _folder)))
                known.Add(finding);
        }

        // What was in files that are gone may have moved with its file.
        var moved = open.Where(pair => pair.Value > 0 && !File.Exists(FullPath(_folder, pair.Key.File))).ToLookup(static pair => pair.Key with { File = "" }, static pair => pair.Key);
        foreach (var finding in findings.Where(finding => !known.Contains(finding)))
        {
            foreach (var entry in moved[EntryOf(finding, _folder) with { File = "" }])
            {
                if (!Take(open, entry))
                    continue;
                known.Add(finding);
                break;
            }
        }

        var gone = open.Where(pair => isRuleChecked(pair.Key.Rule) && (isFileChecked(FullPath(_folder, pair.Key.File)) || !File.Exists(FullPath(_folder, pair.Key.File)))).Sum(static pair => pair.Value);
        return new BaselineMatch(known.ToImmutable(), gone);
    }

    /// <summary>A name for a finding that stays the same while code moves around it.</summary>
    public static string Fingerprint(Finding finding, string folder, int occurrence)
    {
        var entry = EntryOf(finding, folder);
        var bytes = System.Text.Encoding.UTF8.GetBytes(string.Join('\n', entry.Rule, entry.File, entry.Member, entry.Code, occurrence.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))[..32];
    }

    private static bool Take(Dictionary<BaselineEntry, int> open, BaselineEntry entry)
    {
        if (open.GetValueOrDefault(entry) == 0)
            return false;
        open[entry]--;
        return true;
    }

    private static BaselineEntry EntryOf(Finding finding, string folder)
        => new(finding.Id, System.IO.Path.GetRelativePath(folder, finding.Path).Replace('\\', '/'), finding.Member, finding.Code, 1);

    private static string FullPath(string folder, string file) => System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, file));
}

/// <summary>What of a check is in the baseline.</summary>
/// <param name="Known">The findings that are.</param>
/// <param name="Gone">The number of entries that are no finding any more.</param>
internal sealed record BaselineMatch(ImmutableHashSet<Finding> Known, int Gone);

/// <summary>The file, as JSON.</summary>
internal sealed record BaselineFile(int Version, BaselineEntry[] Findings);

/// <summary>Findings that look alike. The path is relative to the baseline's folder.</summary>
internal sealed record BaselineEntry(string Rule, string File, string Member, string Code, int Count);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BaselineFile))]
internal sealed partial class BaselineJson : JsonSerializerContext
{
    /// <summary>One property a line, characters as they are: people read and merge it.</summary>
    public static BaselineJson Readable { get; } = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
