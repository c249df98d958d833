using System;
using System.IO;
using System.Threading.Tasks;

namespace Structured.Concurrency.Tests.Nurseries;

/// <summary>What a whole program ends with, inside this process; alone, because standard error is everybody's. Signals to a process are in <see cref="RunMainTests"/>.</summary>
[Collection("Alone")]
public class ProgramTests
{
    [Theory]
    [InlineData("ends", 0)]
    [InlineData("returns 7", 7)]
    [InlineData("cancels itself", 0)]
    public async Task The_exit_code_says_how_it_ended(string what, int expected)
    {
        var (exitCode, error) = await RunAsync(() => MainProgram.Program.Main([what]));
        Assert.Equal(expected, exitCode);
        Assert.Equal("", error);
    }

    [Fact]
    public async Task A_failure_is_written_with_the_others_and_gives_one()
    {
        var (exitCode, error) = await RunAsync(static () => MainProgram.Program.Main(["fails"]));
        Assert.Equal(1, exitCode);
        var lines = error.Split('\n');
        Assert.StartsWith("Unhandled exception. System.FormatException: first", lines[0]);
        Assert.Contains(lines, static line => line.StartsWith("Another one. System.NotSupportedException: second", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cancellation_that_nobody_asked_for_is_a_failure()
    {
        var (exitCode, error) = await RunAsync(static () => Nursery.RunMainAsync(static async _ =>
        {
            await Task.Yield();
            throw new TaskCanceledException("The request timed out.");
        }));
        Assert.Equal(1, exitCode);
        Assert.Contains("The request timed out.", error);
    }

    [Fact]
    public async Task A_body_that_is_missing_or_returns_nothing_is_named()
    {
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => Nursery.RunMainAsync((Func<Nursery, Task>)null!));
        Time.ThrowsAtOnce<ArgumentNullException>("body", static () => Nursery.RunMainAsync((Func<Nursery, Task<int>>)null!));
        Assert.Contains("returned null instead of a task", (await RunAsync(static () => Nursery.RunMainAsync(static _ => (Task)null!))).Error);
    }

    [Fact]
    public async Task Its_nursery_is_called_main()
        => Assert.Equal(0, await Nursery.RunMainAsync(static nursery =>
        {
            Assert.StartsWith("nursery 'main' opened at", nursery.ToString());
            return Task.CompletedTask;
        }));

    [Fact]
    public async Task The_first_signal_cancels_and_the_second_is_left_to_the_system()
        => await Nursery.RunAsync(static nursery =>
        {
            using var signals = new ShutdownSignals(nursery);
            Assert.Equal(0, signals.ExitCode);
            Assert.True(signals.OnSignal(130, "Ctrl+C was pressed."));
            Assert.Equal(CancelCause.Cancelled, nursery.CancelScope.Cause);
            Assert.Equal("Ctrl+C was pressed.", nursery.CancelScope.CancelReason);
            Assert.False(signals.OnSignal(143, "The process was asked to end."));
            Assert.Equal(130, signals.ExitCode);
        });

    private static async Task<(int ExitCode, string Error)> RunAsync(Func<Task<int>> program)
    {
        var before = Console.Error;
        using var error = new StringWriter();
        Console.SetError(TextWriter.Synchronized(error));
        try
        {
            return (await program().OrTimeout(), error.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }
}
