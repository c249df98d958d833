using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

public partial class Nursery
{
    private const int Failed = 1;

    /// <summary>
    /// Runs a whole program: <c>return await Nursery.RunMainAsync(async nursery =&gt; …);</c>. The first Ctrl+C, or the request to terminate, cancels it, so that it can
    /// clean up; a second Ctrl+C ends the process at once.
    /// </summary>
    /// <param name="body">The program; it is handed the root nursery.</param>
    /// <param name="callerFile">Filled in by the compiler.</param>
    /// <param name="callerLine">Filled in by the compiler.</param>
    /// <returns>
    /// The exit code: 0 when the program ended; 130 after Ctrl+C and 143 after the request to terminate, as shells have it; 1 when it failed, which is then written to
    /// standard error.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    public static Task<int> RunMainAsync(Func<Nursery, Task> body, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(body);
        return RunMainCoreAsync(
            async nursery =>
            {
                await Guard.Returned(body(nursery)).ConfigureAwait(Dispatcher.KeepsContext);
                return 0;
            },
            callerFile,
            callerLine);
    }

    /// <inheritdoc cref="RunMainAsync(Func{Nursery, Task}, string, int)"/>
    /// <returns>What the program gave; 130, 143 and 1 as in the other form, where it was cut short or failed.</returns>
    public static Task<int> RunMainAsync(Func<Nursery, Task<int>> body, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(body);
        return RunMainCoreAsync(body, callerFile, callerLine);
    }

    private static async Task<int> RunMainCoreAsync(Func<Nursery, Task<int>> body, string? callerFile, int callerLine)
    {
        var nursery = new Lexical<int>(new NurseryOptions { Name = "main" }, CancellationToken.None, callerFile, callerLine);
        using var signals = new ShutdownSignals(nursery);
        try
        {
            var result = await nursery.RunAsync(static (nursery, body) => body(nursery), body).ConfigureAwait(Dispatcher.KeepsContext);
            return signals.ExitCode != 0 && result == 0 ? signals.ExitCode : result;
        }
        catch (OperationCanceledException) when (nursery.CancelScope.Cause != CancelCause.ChildFailed)
        {
            // Cut short by a signal, or by its own Cancel().
            return signals.ExitCode;
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync("Unhandled exception. " + exception).ConfigureAwait(Dispatcher.KeepsContext);
            foreach (var other in exception.OtherFailures())
                await Console.Error.WriteLineAsync("Another one. " + other).ConfigureAwait(Dispatcher.KeepsContext);
            return Failed;
        }
    }
}
