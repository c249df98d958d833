using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Nurseries;

/// <summary>Programs of their own: a signal goes to a whole process. What they do is chosen by their argument, see <see cref="MainProgram"/>.</summary>
public class RunMainTests
{
    private const string Interrupt = "INT";
#if !NETSTANDARD_RUNTIME
    private const string Terminate = "TERM";
#endif

    private static async Task<(int ExitCode, string Output)> RunAsync(string what, params string[] signals)
    {
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo(InterruptIsIgnored() ? "env" : host) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (InterruptIsIgnored())
        {
            start.ArgumentList.Add("--default-signal=INT");
            start.ArgumentList.Add(host);
        }

        foreach (var argument in new[] { "exec", "--runtimeconfig", Path.ChangeExtension(typeof(RunMainTests).Assembly.Location, ".runtimeconfig.json"), "--depsfile", Path.ChangeExtension(typeof(RunMainTests).Assembly.Location, ".deps.json"), typeof(MainProgram.Program).Assembly.Location, what })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = "";
        try
        {
            foreach (var signal in signals)
            {
                // The program says when it is ready for the next one.
                output += await process.StandardOutput.ReadLineAsync().OrTimeout() + "\n";
                using var kill = Process.Start("/bin/kill", [$"-{signal}", process.Id.ToString()]);
                await kill.WaitForExitAsync().OrTimeout();
            }

            output += await process.StandardOutput.ReadToEndAsync().OrTimeout() + await process.StandardError.ReadToEndAsync().OrTimeout();
            await process.WaitForExitAsync().OrTimeout();
            return (process.ExitCode, output);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    // A shell starts its background jobs with SIGINT ignored; a program inherits that, and .NET respects it.
    private static bool InterruptIsIgnored()
    {
        const string Field = "SigIgn:";
        const ulong InterruptBit = 1 << 1;
        return File.Exists("/proc/self/status")
            && File.ReadLines("/proc/self/status").FirstOrDefault(static line => line.StartsWith(Field, StringComparison.Ordinal)) is { } line
            && (ulong.Parse(line.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & InterruptBit) != 0;
    }

    [Theory]
    [InlineData("ends", 0)]
    [InlineData("returns 7", 7)]
    [InlineData("cancels itself", 0)]
    public async Task The_exit_code_says_how_the_program_ended(string what, int expected) => Assert.Equal(expected, (await RunAsync(what)).ExitCode);

    [Fact]
    public async Task A_failure_is_written_to_standard_error_with_the_others_and_gives_one()
    {
        var (exitCode, output) = await RunAsync("fails");
        Assert.Equal(1, exitCode);
        Assert.Contains("Unhandled exception. System.FormatException: first", output);
        Assert.Contains("Another one. System.NotSupportedException: second", output);
    }

    [Theory]
    [InlineData(Interrupt, 130, "Ctrl+C was pressed.")]
#if !NETSTANDARD_RUNTIME // .NET Standard has no way to hear of the signal.
    [InlineData(Terminate, 143, "The process was asked to end.")]
#endif
    public async Task The_first_signal_cancels_and_the_program_cleans_up(string signal, int expected, string reason)
    {
        if (OperatingSystem.IsWindows())
            return;
        var (exitCode, output) = await RunAsync("waits", signal);
        Assert.Equal(expected, exitCode);
        Assert.Equal($"ready\ncleaned up: {reason}\n", output.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task The_second_Ctrl_C_ends_the_process()
    {
        if (OperatingSystem.IsWindows())
            return;
        var (exitCode, output) = await RunAsync("does not listen", Interrupt, Interrupt);
        Assert.NotEqual(0, exitCode);
        Assert.DoesNotContain("never", output);
    }

    [Fact]
    public void A_missing_program_is_named()
    {
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => Nursery.RunMainAsync((Func<Nursery, Task>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => Nursery.RunMainAsync((Func<Nursery, Task<int>>)null!));
    }
}
