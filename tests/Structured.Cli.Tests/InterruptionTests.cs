using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Structured.Cli.Files;

namespace Structured.Cli.Tests;

/// <summary>The tool itself, interrupted while it writes.</summary>
public sealed class InterruptionTests : IDisposable
{
    private const string Leaking = "using System.Threading.Tasks;\npublic class A\n{\n    public async Task M()\n    {\n        _ = N();\n        await Task.Yield();\n    }\n    private static async Task N() => await Task.Yield();\n}\n";

    private readonly Workspace _workspace = new Workspace().Project("App.csproj").Write("A.cs", Leaking).Write("B.cs", Leaking.Replace("class A", "class B"));

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task Killed_between_two_files_the_next_run_takes_back_the_first_and_then_fixes_both()
    {
        using (var process = Start(("STRUCTURED_VICTIM_KILL_AT_NAME", "rename B.cs")))
        {
            await EndOfAsync(process);
            Assert.Equal(137, process.ExitCode);
        }

        Assert.Contains("Nursery", _workspace["A.cs"]);
        Assert.DoesNotContain("Nursery", _workspace["B.cs"]);
        var next = await Tool.RunAsync(_workspace.Folder, "fix");
        Assert.Equal(0, next.ExitCode);
        Assert.Contains("1 file is as before it again.", next.Error);
        Assert.Contains("2 of 2 findings fixed in 2 files.", next.Output);
        Assert.Contains("Nursery", _workspace["A.cs"]);
        Assert.Contains("Nursery", _workspace["B.cs"]);
        Assert.False(Directory.Exists(Path.Combine(_workspace.Folder, ChangeSet.FolderName)));
    }

    [Fact]
    public async Task Asked_to_end_while_it_writes_it_takes_back_what_it_wrote()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var process = Start(("STRUCTURED_VICTIM_PAUSE", "2000"));
        while (await process.StandardOutput.ReadLineAsync() is { } line && !line.StartsWith("step: rename", StringComparison.Ordinal))
        {
        }

        Assert.Equal(0, (await Tool.RunProgramAsync(_workspace.Folder, "kill", "-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))).ExitCode);
        await EndOfAsync(process);
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("Cancelled; every file is as it was.", await process.StandardError.ReadToEndAsync());
        Assert.Equal(Leaking, _workspace["A.cs"]);
        Assert.False(Directory.Exists(Path.Combine(_workspace.Folder, ChangeSet.FolderName)));
        Assert.Empty(Directory.GetFiles(_workspace.Folder, "*.tmp"));
    }

    private Process Start((string Name, string Value) variable)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "structured.dll"), "fix"]) { WorkingDirectory = _workspace.Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in new List<string>(start.Environment.Keys))
        {
            if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))
                start.Environment.Remove(name);
        }

        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        start.Environment[variable.Name] = variable.Value;
        return Process.Start(start)!;
    }

    private static async Task EndOfAsync(Process process)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await process.WaitForExitAsync(limit.Token);
    }
}
