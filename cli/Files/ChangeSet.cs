using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading;

namespace Structured.Cli.Files;

/// <summary>A file to write: what it holds now and what it will hold.</summary>
internal sealed record FileChange(string Path, byte[] Before, byte[] After);

/// <summary>What the undoing of an interrupted change set did.</summary>
/// <param name="Restored">The files that are as they were again.</param>
/// <param name="Edited">Files that somebody changed since, left as they are, and where their content from before the interrupted run is kept.</param>
internal sealed record Recovery(ImmutableArray<string> Restored, ImmutableArray<(string Path, string Kept)> Edited);

/// <summary>
/// Writes many files as one change: all of them, or none. Before the first file is touched, a journal with every file's old content is on the disk; removing it is
/// what makes the change final. Whoever is killed in between leaves the journal, and the next run restores from it.
/// </summary>
/// <remarks>
/// Invariant: while a file may hold anything but what it held before, <c>journal.json</c> names it and its old content is beside it, both flushed to the disk. Each single
/// file is replaced by a rename and so is whole at every moment. A lock, which the system takes from a process that dies, keeps two runs apart.
/// </remarks>
internal sealed class ChangeSet : IDisposable
{
    public const string FolderName = ".structured";
    private const string JournalName = "journal.json";
    private const string LockName = "lock";
    private const string TemporaryEnding = ".structured.tmp";

    private readonly string _folder;
    private readonly FileStream _lock;
    private ImmutableArray<FileChange> _changes = [];
    private bool _isOpen;

    private ChangeSet(string folder, FileStream ownership)
    {
        _folder = folder;
        _lock = ownership;
    }

    /// <summary>Called before every step that changes the disk; for tests that stop there.</summary>
    internal static Action<string>? Step { get; set; }

    /// <summary>Starts a change to files below <paramref name="root"/>.</summary>
    /// <exception cref="IOException">Another run is writing there, or the folder cannot be written to.</exception>
    public static ChangeSet Begin(string root)
    {
        var folder = Path.Combine(root, FolderName);
        return new ChangeSet(folder, Lock(folder));
    }

    /// <summary>Whether a run was interrupted while it wrote below <paramref name="root"/>.</summary>
    public static bool IsInterrupted(string root) => File.Exists(Path.Combine(root, FolderName, JournalName));

    /// <summary>Restores what a run that was killed had begun to write below <paramref name="root"/>.</summary>
    /// <returns>Null when there was nothing to restore.</returns>
    /// <exception cref="IOException">The run is not dead, the journal cannot be read, or a file cannot be written.</exception>
    public static Recovery? Recover(string root)
    {
        var folder = Path.Combine(root, FolderName);
        if (!Directory.Exists(folder))
            return null;
        using var ownership = Lock(folder);
        Recovery? recovery = null;
        if (File.Exists(Path.Combine(folder, JournalName)))
            recovery = Undo(root, folder);
        Clear(folder);
        return recovery;
    }

    /// <summary>Writes all the files. When this throws, none of them is changed.</summary>
    /// <param name="changes">The files.</param>
    /// <param name="cancellationToken">Takes back what was written.</param>
    public void Apply(ImmutableArray<FileChange> changes, CancellationToken cancellationToken)
    {
        _changes = changes.Select(static change => change with { Path = TargetOf(change.Path) }).DistinctBy(static change => change.Path).ToImmutableArray();
        var root = Path.GetDirectoryName(_folder)!;
        for (var index = 0; index < _changes.Length; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Step?.Invoke("keep " + index);
            Disk.Write(KeptAs(_folder, index), _changes[index].Before);
        }

        var journal = new Journal(1, _changes.Select(change => new JournalEntry(Path.GetRelativePath(root, change.Path), Hash(change.Before), Hash(change.After))).ToArray());
        _isOpen = true;
        try
        {
            Step?.Invoke("journal");
            Disk.WriteWhole(Path.Combine(_folder, JournalName), JsonSerializer.SerializeToUtf8Bytes(journal, JournalJson.Default.Journal));
            // The slow part first: the renames that follow take next to no time.
            foreach (var change in _changes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Step?.Invoke("stage " + change.Path);
                Stage(change.Path, change.After);
            }

            foreach (var change in _changes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Step?.Invoke("rename " + change.Path);
                File.Move(change.Path + TemporaryEnding, change.Path, overwrite: true);
            }

            foreach (var folder in _changes.Select(static change => Path.GetDirectoryName(change.Path)!).Distinct())
                Disk.FlushFolder(folder);
        }
        catch
        {
            Restore();
            throw;
        }
    }

    /// <summary>Makes the change final.</summary>
    public void Commit()
    {
        Step?.Invoke("commit");
        RemoveJournal(_folder);
        _isOpen = false;
    }

    /// <summary>Every file gets back what it held before, whoever changed it since.</summary>
    /// <exception cref="IOException">Some could not be written; the journal stays, and the next run tries again.</exception>
    public void Restore()
    {
        var failures = new List<string>();
        foreach (var change in _changes)
        {
            Step?.Invoke("restore " + change.Path);
            try
            {
                File.Delete(change.Path + TemporaryEnding);
                if (!File.Exists(change.Path) || !File.ReadAllBytes(change.Path).AsSpan().SequenceEqual(change.Before))
                    Replace(change.Path, change.Before);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                failures.Add($"  {change.Path}: {exception.Message}");
            }
        }

        if (failures.Count > 0)
            throw new IOException($"Not every file could be restored; what they held before is kept in '{_folder}', and the next 'structured fix' tries again:\n" + string.Join('\n', failures));
        Step?.Invoke("restored");
        RemoveJournal(_folder);
        _isOpen = false;
    }

    /// <summary>Lets the folder go. A change that is not final stays in the journal, for the next run to take back.</summary>
    public void Dispose()
    {
        if (!_isOpen)
            Clear(_folder);
        _lock.Dispose();
        if (!_isOpen)
            RemoveIfEmpty(_folder);
    }

    private static Recovery Undo(string root, string folder)
    {
        Journal? journal;
        try
        {
            journal = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, JournalName)), JournalJson.Default.Journal);
        }
        catch (JsonException exception)
        {
            throw Unreadable(folder, exception.Message);
        }

        if (journal is not { Version: 1, Files: not null })
            throw Unreadable(folder, "it is of another version");
        var restored = ImmutableArray.CreateBuilder<string>();
        var edited = ImmutableArray.CreateBuilder<(string, string)>();
        for (var index = 0; index < journal.Files.Length; index++)
        {
            var entry = journal.Files[index];
            var path = Path.GetFullPath(Path.Combine(root, entry.Path));
            Step?.Invoke("undo " + path);
            File.Delete(path + TemporaryEnding);
            var now = File.Exists(path) ? Hash(File.ReadAllBytes(path)) : null;
            if (now == entry.Before)
                continue;
            if (now != entry.After)
            {
                var kept = Path.Combine(folder, "kept", DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", System.Globalization.CultureInfo.InvariantCulture), entry.Path);
                Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
                File.Copy(KeptAs(folder, index), kept, overwrite: true);
                edited.Add((path, kept));
                continue;
            }

            var before = File.ReadAllBytes(KeptAs(folder, index));
            if (Hash(before) != entry.Before)
                throw Unreadable(folder, $"what it keeps of '{path}' is damaged");
            Replace(path, before);
            restored.Add(path);
        }

        return new Recovery(restored.ToImmutable(), edited.ToImmutable());
    }

    private static IOException Unreadable(string folder, string reason)
        => new($"The journal of an interrupted run, '{Path.Combine(folder, JournalName)}', cannot be used: {reason}. Restore the files from version control and delete that folder.");

    private static FileStream Lock(string folder)
    {
        for (var attempt = 0; ; attempt++)
        {
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, LockName);
            FileStream ownership;
            try
            {
                ownership = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (DirectoryNotFoundException) when (attempt < 100)
            {
                continue;
            }
            catch (IOException) when (File.Exists(path))
            {
                throw new IOException($"Another 'structured fix' is writing below '{Path.GetDirectoryName(folder)}'; wait until it has ended.");
            }

            // Whoever had it may have removed it between our opening and locking it; then what lies there is not what we locked.
            var mark = Guid.NewGuid().ToByteArray();
            ownership.Write(mark);
            ownership.Flush();
            if (!Holds(path, mark) && attempt < 100)
            {
                ownership.Dispose();
                continue;
            }

            File.WriteAllText(Path.Combine(folder, ".gitignore"), "*\n");
            return ownership;
        }
    }

    private static bool Holds(string path, byte[] mark)
    {
        // What is locked cannot be read on Windows, nor removed while somebody has it.
        if (OperatingSystem.IsWindows())
            return true;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var there = new byte[mark.Length];
            return stream.ReadAtLeast(there, there.Length, throwOnEndOfStream: false) == mark.Length && there.AsSpan().SequenceEqual(mark);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Stage(string path, byte[] bytes)
    {
        Disk.Write(path + TemporaryEnding, bytes);
        if (!OperatingSystem.IsWindows() && File.Exists(path))
            File.SetUnixFileMode(path + TemporaryEnding, File.GetUnixFileMode(path));
    }

    private static void Replace(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Stage(path, bytes);
        File.Move(path + TemporaryEnding, path, overwrite: true);
        Disk.FlushFolder(Path.GetDirectoryName(path)!);
    }

    private static void RemoveJournal(string folder)
    {
        File.Delete(Path.Combine(folder, JournalName));
        Disk.FlushFolder(folder);
    }

    private static void Clear(string folder)
    {
        Step?.Invoke("clear");
        RemoveJournal(folder);
        // What is kept for somebody stays, and stays out of version control.
        var isEmpty = !Directory.EnumerateDirectories(folder).Any();
        foreach (var file in Directory.GetFiles(folder))
        {
            // Windows does not remove what is open.
            if ((!OperatingSystem.IsWindows() || Path.GetFileName(file) != LockName) && (isEmpty || Path.GetFileName(file) != ".gitignore"))
                File.Delete(file);
        }

        if (!OperatingSystem.IsWindows())
            RemoveIfEmpty(folder);
    }

    private static void RemoveIfEmpty(string folder)
    {
        try
        {
            if (!Directory.Exists(folder))
                return;
            if (OperatingSystem.IsWindows())
                File.Delete(Path.Combine(folder, LockName));
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Another run has begun there.
        }
        catch (UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Renaming over a symbolic link would replace the link.</summary>
    private static string TargetOf(string path) => new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;

    private static string KeptAs(string folder, int index) => Path.Combine(folder, index + ".before");

    private static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}

/// <summary>The files of one change set; paths are relative to the folder that holds the journal's.</summary>
internal sealed record Journal(int Version, JournalEntry[] Files);

/// <summary>One file: the hashes of what it held before and is to hold after.</summary>
internal sealed record JournalEntry(string Path, string Before, string After);

[JsonSerializable(typeof(Journal))]
internal sealed partial class JournalJson : JsonSerializerContext;
