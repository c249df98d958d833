using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

public partial class Nursery
{
    /// <summary>Runs <paramref name="body"/> with a new nursery, and completes after the body and every child have finished.</summary>
    /// <param name="body">What to run, on the caller up to its first incomplete await. It is handed the nursery.</param>
    /// <param name="cancellationToken">Cancels the nursery from outside.</param>
    /// <param name="callerFile">Filled in by the compiler.</param>
    /// <param name="callerLine">Filled in by the compiler.</param>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    /// <exception cref="OperationCanceledException">Nothing failed, but the nursery was cancelled from outside and something in it ended by that.</exception>
    /// <remarks>The first failure, of the body or of a child, is thrown unchanged; <see cref="Failures.OtherFailures"/> gives the others.</remarks>
    public static Task RunAsync(Func<Nursery, Task> body, CancellationToken cancellationToken = default, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
        => RunAsync(NurseryOptions.Default, body, cancellationToken, callerFile, callerLine);

    /// <inheritdoc cref="RunAsync(Func{Nursery, Task}, CancellationToken, string, int)"/>
    /// <typeparam name="TResult">What the body gives.</typeparam>
    /// <returns>What the body gave.</returns>
    public static Task<TResult> RunAsync<TResult>(Func<Nursery, Task<TResult>> body, CancellationToken cancellationToken = default, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
        => RunAsync(NurseryOptions.Default, body, cancellationToken, callerFile, callerLine);

    /// <inheritdoc cref="RunAsync(Func{Nursery, Task}, CancellationToken, string, int)"/>
    public static Task RunAsync(Action<Nursery> body, CancellationToken cancellationToken = default, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
        => RunAsync(NurseryOptions.Default, body, cancellationToken, callerFile, callerLine);

    /// <inheritdoc cref="RunAsync(Func{Nursery, Task}, CancellationToken, string, int)"/>
    /// <param name="options">How the nursery is opened.</param>
    /// <param name="body">What to run, on the caller up to its first incomplete await. It is handed the nursery.</param>
    /// <param name="cancellationToken">Cancels the nursery from outside.</param>
    /// <param name="callerFile">Filled in by the compiler.</param>
    /// <param name="callerLine">Filled in by the compiler.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> or <paramref name="body"/> is null.</exception>
    public static Task RunAsync(NurseryOptions options, Func<Nursery, Task> body, CancellationToken cancellationToken = default, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(options);
        Guard.NotNull(body);
        return RunAsync(
            New(options, cancellationToken, callerFile, callerLine),
            static async (nursery, body) =>
            {
                await Guard.Returned(body(nursery)).ConfigureAwait(Dispatcher.KeepsContext);
                return default(NoResult);
            },
            body);
    }

    /// <inheritdoc cref="RunAsync(NurseryOptions, Func{Nursery, Task}, CancellationToken, string, int)"/>
    /// <typeparam name="TResult">What the body gives.</typeparam>
    /// <returns>What the body gave.</returns>
    public static Task<TResult> RunAsync<TResult>(NurseryOptions options, Func<Nursery, Task<TResult>> body, CancellationToken cancellationToken = default, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(options);
        Guard.NotNull(body);
        return RunAsync(New(options, cancellationToken, callerFile, callerLine), static (nursery, body) => body(nursery), body);
    }

    /// <inheritdoc cref="RunAsync(NurseryOptions, Func{Nursery, Task}, CancellationToken, string, int)"/>
    public static Task RunAsync(NurseryOptions options, Action<Nursery> body, CancellationToken cancellationToken = default, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(options);
        Guard.NotNull(body);
        return RunAsync(
            New(options, cancellationToken, callerFile, callerLine),
            static (nursery, body) =>
            {
                body(nursery);
                return NoResults;
            },
            body);
    }

    private static readonly Task<NoResult> NoResults = Task.FromResult(default(NoResult));

    private static Nursery New(NurseryOptions options, CancellationToken cancellationToken, string? callerFile, int callerLine)
        => new(options, CancelScope.Current, cancellationToken, callerFile, callerLine);

    private static Task<TResult> RunAsync<TState, TResult>(Nursery nursery, Func<Nursery, TState, Task<TResult>> body, TState state)
    {
        var outcome = new TaskCompletionSource<TResult>();
        // Never fails: what goes wrong is in the outcome.
        _ = nursery.RunBodyAsync(body, state, outcome);
        return outcome.Task;
    }
}
