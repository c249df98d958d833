using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Structured.Cli.Files;

namespace Structured.Cli.Tests;

/// <summary>Many files are written as one change: all or none, however the writing ends.</summary>
[Collection("steps of a change set")]
public sealed class ChangeSetTests : IDisposable
{
    private readonly SourceTree _tree = new(files: 5);

    public void Dispose()
    {
        ChangeSet.Step = null;
        _tree.Dispose();
    }

    [Fact]
    public void A_committed_change_is_there_and_leaves_nothing_else()
    {
        using (var set = ChangeSet.Begin(_tree.Root))
        {
            set.Apply(_tree.Changes, CancellationToken.None);
            set.Commit();
        }

        Assert.Equal(State.After, _tree.State);
        _tree.HasNoLitter();
    }

    [Fact]
    public void A_restored_change_is_as_if_it_had_never_been_even_where_somebody_wrote_in_between()
    {
        using (var set = ChangeSet.Begin(_tree.Root))
        {
            set.Apply(_tree.Changes, CancellationToken.None);
            File.WriteAllText(_tree.Changes[1].Path, "formatted by the verifying command");
            File.Delete(_tree.Changes[2].Path);
            set.Restore();
        }

        Assert.Equal(State.Before, _tree.State);
        _tree.HasNoLitter();
    }

    /// <summary>Whatever throws, at whichever step: nothing is changed.</summary>
    [Fact]
    public void A_failure_at_any_step_leaves_every_file_as_it_was()
    {
        for (var failing = 0; ; failing++)
        {
            var step = 0;
            var failed = false;
            ChangeSet.Step = _ =>
            {
                // Only once: the restoring that follows goes through steps as well.
                if (step++ == failing && !failed)
                {
                    failed = true;
                    throw new IOException("no space left on device");
                }
            };
            using var set = ChangeSet.Begin(_tree.Root);
            try
            {
                set.Apply(_tree.Changes, CancellationToken.None);
            }
            catch (IOException)
            {
                Assert.Equal(State.Before, _tree.State);
                continue;
            }

            ChangeSet.Step = null;
            Assert.True(failing > 3 * _tree.Changes.Length, "The steps ran out early.");
            set.Restore();
            break;
        }

        ChangeSet.Step = null;
        _tree.HasNoLitter();
    }

    [Fact]
    public void A_cancellation_between_two_renames_takes_back_what_was_written()
    {
        using var source = new CancellationTokenSource();
        var renames = 0;
        ChangeSet.Step = step =>
        {
            if (step.StartsWith("rename", StringComparison.Ordinal) && ++renames == 3)
                source.Cancel();
        };
        using (var set = ChangeSet.Begin(_tree.Root))
            Assert.Throws<OperationCanceledException>(() => set.Apply(_tree.Changes, source.Token));
        ChangeSet.Step = null;
        Assert.Equal(State.Before, _tree.State);
        _tree.HasNoLitter();
    }

    [Fact]
    public void Two_runs_do_not_write_at_once()
    {
        using (ChangeSet.Begin(_tree.Root))
            Assert.Contains("Another 'structured fix' is writing", Assert.Throws<IOException>(() => ChangeSet.Begin(_tree.Root)).Message);
        ChangeSet.Begin(_tree.Root).Dispose();
        _tree.HasNoLitter();
    }

    [Fact]
    public void What_was_edited_since_the_interruption_is_left_and_its_old_content_kept()
    {
        _tree.Interrupt(afterRenames: 3);
        File.WriteAllText(_tree.Changes[0].Path, "my own edit");
        var recovery = ChangeSet.Recover(_tree.Root)!;
        Assert.Equal(new[] { _tree.Changes[1].Path, _tree.Changes[2].Path }, recovery.Restored.AsEnumerable());
        var (path, kept) = Assert.Single(recovery.Edited);
        Assert.Equal(_tree.Changes[0].Path, path);
        Assert.Equal("my own edit", File.ReadAllText(path));
        Assert.Equal(_tree.Changes[0].Before, File.ReadAllBytes(kept));

        // It stays kept, and out of version control, whatever runs later.
        Assert.Null(ChangeSet.Recover(_tree.Root));
        ChangeSet.Begin(_tree.Root).Dispose();
        Assert.True(File.Exists(kept));
        Assert.Equal("*\n", File.ReadAllText(Path.Combine(_tree.Root, ChangeSet.FolderName, ".gitignore")));
    }

    [Fact]
    public void A_journal_that_cannot_be_read_is_named_and_nothing_is_touched()
    {
        _tree.Interrupt(afterRenames: 2);
        File.WriteAllText(Path.Combine(_tree.Root, ChangeSet.FolderName, "journal.json"), "{ \"Version\": 1, \"Files\": [ {");
        var now = _tree.Read();
        Assert.Contains("journal.json", Assert.Throws<IOException>(() => ChangeSet.Recover(_tree.Root)).Message);
        Assert.Equal(now, _tree.Read());
    }

    [Fact]
    public void The_mode_of_a_file_and_a_link_to_it_are_kept()
    {
        if (OperatingSystem.IsWindows())
            return;
        var file = _tree.Changes[0].Path;
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead);
        var link = Path.Combine(_tree.Root, "link.cs");
        File.CreateSymbolicLink(link, file);
        using (var set = ChangeSet.Begin(_tree.Root))
        {
            set.Apply([new FileChange(link, _tree.Changes[0].Before, _tree.Changes[0].After)], CancellationToken.None);
            set.Commit();
        }

        Assert.NotNull(new FileInfo(link).LinkTarget);
        Assert.Equal(_tree.Changes[0].After, File.ReadAllBytes(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead, File.GetUnixFileMode(file));
    }

    /// <summary>kill -9 before every single step of the writing, and once more, at a seeded step, while the next run takes it back.</summary>
    [Fact]
    public async Task A_process_killed_at_any_step_leaves_whole_files_and_the_next_run_restores_them()
    {
        var random = new Random(20261121);
        for (var step = 0; ; step++)
        {
            using var tree = new SourceTree(files: 4);
            var ended = await Victim.RunAsync("apply", tree.Root, killAtStep: step);
            tree.HasOnlyWholeFiles();
            if (ended)
            {
                Assert.True(step > 3 * 4, "The steps ran out early.");
                Assert.Equal(State.After, tree.State);
                tree.HasNoLitter();
                return;
            }

            var isFinal = !ChangeSet.IsInterrupted(tree.Root);
            var expected = isFinal && tree.State == State.After ? State.After : State.Before;
            await Victim.RunAsync("recover", tree.Root, killAtStep: random.Next(6));
            tree.HasOnlyWholeFiles();
            ChangeSet.Recover(tree.Root);
            Assert.Equal(expected, tree.State);
            tree.HasNoLitter();
        }
    }

    /// <summary>The same by the clock: the process dies wherever it happens to be. <c>STRUCTURED_STRESS=long</c> takes many more points in time.</summary>
    [Fact]
    public async Task A_process_killed_at_any_moment_leaves_whole_files_and_the_next_run_restores_them()
    {
        const int Seed = 4711;
        var points = Environment.GetEnvironmentVariable("STRUCTURED_STRESS") == "long" ? 1000 : 12;
        var random = new Random(Seed);
        var interrupted = 0;
        for (var point = 0; point < points; point++)
        {
            using var tree = new SourceTree(files: 12);
            var delay = TimeSpan.FromMilliseconds(random.NextDouble() * 60);
            await Victim.RunAsync("apply", tree.Root, killAfter: delay);
            tree.HasOnlyWholeFiles();
            if (ChangeSet.IsInterrupted(tree.Root))
            {
                interrupted++;
                ChangeSet.Recover(tree.Root);
                Assert.True(tree.State == State.Before, $"Seed {Seed}, point {point}, killed after {delay.TotalMilliseconds} ms.");
            }
            else
            {
                ChangeSet.Recover(tree.Root);
                Assert.True(tree.State is State.Before or State.After, $"Seed {Seed}, point {point}, killed after {delay.TotalMilliseconds} ms.");
            }

            tree.HasNoLitter();
        }

        Console.WriteLine($"{points} points in time, {interrupted} of them with a journal to take back.");
    }
}

internal enum State
{
    Before,
    After,
    Mixed,
}

/// <summary>A folder of files, each with what it holds before and after.</summary>
internal sealed class SourceTree : IDisposable
{
    public SourceTree(int files)
    {
        Root = Directory.CreateTempSubdirectory("structured-set-").FullName;
        Changes = PlanFor(Root, files);
        foreach (var change in Changes)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(change.Path)!);
            File.WriteAllBytes(change.Path, change.Before);
        }
    }

    public string Root { get; }

    public ImmutableArray<FileChange> Changes { get; }

    public State State
    {
        get
        {
            var isAfter = Changes.Select(static change => File.ReadAllBytes(change.Path).AsSpan().SequenceEqual(change.After)).ToList();
            return isAfter.TrueForAll(static each => each) ? State.After : Changes.All(static change => File.ReadAllBytes(change.Path).AsSpan().SequenceEqual(change.Before)) ? State.Before : State.Mixed;
        }
    }

    /// <summary>The same for every process: a few files in two folders, of several sizes.</summary>
    public static ImmutableArray<FileChange> PlanFor(string root, int files)
        => Enumerable.Range(0, files).Select(index => new FileChange(
            Path.Combine(root, index % 2 == 0 ? "src" : "tests", $"File{index}.cs"),
            Encoding.UTF8.GetBytes(new string('o', 100 + (index * 3000))),
            Encoding.UTF8.GetBytes(new string('n', 200 + (index * 3000))))).ToImmutableArray();

    public string[] Read() => Changes.Select(static change => File.ReadAllText(change.Path)).ToArray();

    public void HasOnlyWholeFiles()
    {
        foreach (var change in Changes)
        {
            var bytes = File.ReadAllBytes(change.Path);
            Assert.True(bytes.AsSpan().SequenceEqual(change.Before) || bytes.AsSpan().SequenceEqual(change.After), change.Path + " is neither as it was nor as it should be.");
        }
    }

    public void HasNoLitter()
        => Assert.Equal(Changes.Select(static change => change.Path).Order(), Directory.GetFileSystemEntries(Root, "*", SearchOption.AllDirectories).Where(static entry => !Directory.Exists(entry) || entry.EndsWith(ChangeSet.FolderName, StringComparison.Ordinal)).Order());

    /// <summary>As a process that died while it wrote leaves it.</summary>
    public void Interrupt(int afterRenames)
    {
        var renames = 0;
        ChangeSet.Step = step =>
        {
            // From here on every step fails, the restoring included: that is what being dead looks like.
            if (step.StartsWith("rename", StringComparison.Ordinal) && ++renames > afterRenames || renames > afterRenames)
                throw new InvalidOperationException("dead");
        };
        var set = ChangeSet.Begin(Root);
        Assert.Throws<InvalidOperationException>(() => set.Apply(Changes, CancellationToken.None));
        set.Dispose();
        ChangeSet.Step = null;
        Assert.True(ChangeSet.IsInterrupted(Root));
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

/// <summary>A process of its own that writes a change set, and is killed at it. <see cref="StartupHook"/> is what runs in it.</summary>
internal static class Victim
{
    /// <returns>Whether it came to its end.</returns>
    public static async Task<bool> RunAsync(string what, string root, int? killAtStep = null, TimeSpan? killAfter = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "structured.dll")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(Victim).Assembly.Location;
        start.Environment["STRUCTURED_VICTIM"] = what;
        start.Environment["STRUCTURED_VICTIM_ROOT"] = root;
        start.Environment["STRUCTURED_VICTIM_FILES"] = Directory.GetFiles(root, "File*.cs", SearchOption.AllDirectories).Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (killAtStep is { } step)
            start.Environment["STRUCTURED_VICTIM_KILL_AT"] = step.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using var process = Process.Start(start)!;
        if (killAfter is { } delay)
        {
            // From the moment it begins, not from the start of the runtime. It takes a millisecond for every step.
            await process.StandardOutput.ReadLineAsync();
            await Task.Delay(delay);
            process.Kill();
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(limit.Token);
        if (process.ExitCode is not (0 or 137))
            Assert.Fail($"It ended with {process.ExitCode}: {await process.StandardError.ReadToEndAsync()}");
        return process.ExitCode == 0;
    }
}
