using System;
using System.ComponentModel;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Cli;

/// <summary>What a program that ended leaves behind.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string Error);

/// <summary>Runs another program to its end. One that is cancelled is killed, with all it started.</summary>
internal static class ChildProcess
{
    /// <summary>Runs a program that is given no input, and collects what it prints.</summary>
    /// <exception cref="Win32Exception">There is no such program.</exception>
    public static Task<ProcessResult> CaptureAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return RunAsync(
            start,
            async process =>
            {
                process.StandardInput.Close();
                var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
                var error = process.StandardError.ReadToEndAsync(cancellationToken);
                await Task.WhenAll(output, error).ConfigureAwait(false);
                await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
                return new ProcessResult(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
            });
    }

    /// <summary>Runs a program that reads and prints where this one does.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="Win32Exception">There is no such program.</exception>
    public static Task<int> RunAsync(ProcessStartInfo start, CancellationToken cancellationToken)
        => RunAsync(
            start,
            async process =>
            {
                await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
                return process.ExitCode;
            });

    private static async Task<T> RunAsync<T>(ProcessStartInfo start, Func<Process, Task<T>> waitAsync)
    {
        start.UseShellExecute = false;
        using var process = Process.Start(start)!;
        try
        {
            return await waitAsync(process).ConfigureAwait(false);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
