using System;
using System.ComponentModel;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Structured.Cli.Loading;

namespace Structured.Cli.Commands;

/// <summary>A command line of the user's, run by the system's shell. What it prints goes where ours goes.</summary>
internal static class UserCommand
{
    public static async Task<int> RunAsync(string commandLine, string folder, CancellationToken cancellationToken)
    {
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo(Environment.GetEnvironmentVariable("COMSPEC") ?? "cmd.exe") { Arguments = "/d /s /c \"" + commandLine + "\"" }
            : new ProcessStartInfo("/bin/sh", ["-c", commandLine]);
        start.WorkingDirectory = folder;
        try
        {
            return await ChildProcess.RunAsync(start, cancellationToken).ConfigureAwait(false);
        }
        catch (Win32Exception exception)
        {
            throw new LoadException($"--verify: the shell cannot be started: {exception.Message}");
        }
    }
}
