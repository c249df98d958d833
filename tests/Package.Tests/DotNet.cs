using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Package.Tests;

/// <summary>How a run of <c>dotnet</c> ended.</summary>
internal sealed record DotNetResult(string Command, int ExitCode, string Output)
{
    public DotNetResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"{Command} ended with {ExitCode}:\n{Output}");
        return this;
    }

    public DotNetResult Failed()
    {
        Assert.True(ExitCode != 0, $"{Command} should have failed:\n{Output}");
        return this;
    }

    public DotNetResult Shows(string text)
    {
        Assert.True(Output.Contains(text, StringComparison.Ordinal), $"{Command} does not show '{text}':\n{Output}");
        return this;
    }

    public DotNetResult DoesNotShow(string text)
    {
        Assert.False(Output.Contains(text, StringComparison.Ordinal), $"{Command} shows '{text}':\n{Output}");
        return this;
    }
}

/// <summary>Runs the SDK's own command line, as a user would.</summary>
internal static class DotNet
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public static async Task<DotNetResult> RunAsync(string folder, string arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Nothing that outlives the command may hold its output open, and the test host's own settings are not the user's.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        foreach (var name in new[] { "MSBUILD_EXE_PATH", "MSBuildSDKsPath", "MSBuildExtensionsPath", "MSBuildLoadMicrosoftTargetsReadOnly", "VSTEST_CONNECTION_TIMEOUT" })
            start.Environment.Remove(name);

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Longest);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return new("dotnet " + arguments, process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"dotnet {arguments} did not end within {Longest}.");
        }
    }
}
