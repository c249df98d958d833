using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

public sealed partial class CancelScope
{
    /// <summary>Runs <paramref name="body"/> in a new scope. A cancellation that this scope asked for ends here; one from outside passes on.</summary>
    /// <param name="body">What to run, on the caller up to its first incomplete await. It is handed the scope.</param>
    /// <param name="options">Name, timeout, clock and shielding; null for none.</param>
    /// <param name="cancellationToken">Cancels the scope from outside.</param>
    /// <returns>Whether the body completed, or its cancellation was absorbed.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came from outside, or from something that is not this scope.</exception>
    public static Task<ScopeOutcome> RunAsync(Func<CancelScope, Task> body, CancelScopeOptions? options = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return RunAsync(options ?? CancelScopeOptions.Default, static (scope, body) => body(scope), body, cancellationToken);
    }

    /// <summary>Runs <paramref name="body"/> and moves on when it is not done after <paramref name="timeout"/>.</summary>
    /// <param name="timeout">Zero cancels before the body's first checkpoint; <see cref="Timeout.InfiniteTimeSpan"/> is no timeout.</param>
    /// <param name="body">What to run; it is handed the scope's token.</param>
    /// <param name="cancellationToken">Cancels the scope from outside.</param>
    /// <returns>Whether the body completed, or was cut short.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative and not infinite.</exception>
    public static Task<ScopeOutcome> MoveOnAfterAsync(TimeSpan timeout, Func<CancellationToken, Task> body, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return RunAsync(CancelScopeOptions.ForTimeout(timeout), static (scope, body) => body(scope.Token), body, cancellationToken);
    }

    /// <inheritdoc cref="MoveOnAfterAsync(TimeSpan, Func{CancellationToken, Task}, CancellationToken)"/>
    public static Task<ScopeOutcome<T>> MoveOnAfterAsync<T>(TimeSpan timeout, Func<CancellationToken, Task<T>> body, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return RunWithResultAsync(CancelScopeOptions.ForTimeout(timeout), body, cancellationToken);
    }

    /// <summary>Runs <paramref name="body"/> and moves on when it is not done at <paramref name="deadline"/>.</summary>
    /// <param name="deadline">The moment, by the clock of the surrounding scope. One already past cancels before the body's first checkpoint.</param>
    /// <param name="body">What to run; it is handed the scope's token.</param>
    /// <param name="cancellationToken">Cancels the scope from outside.</param>
    /// <returns>Whether the body completed, or was cut short.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    public static Task<ScopeOutcome> MoveOnAtAsync(DateTimeOffset deadline, Func<CancellationToken, Task> body, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return RunAsync(new CancelScopeOptions { Deadline = deadline }, static (scope, body) => body(scope.Token), body, cancellationToken);
    }

    /// <inheritdoc cref="MoveOnAtAsync(DateTimeOffset, Func{CancellationToken, Task}, CancellationToken)"/>
    public static Task<ScopeOutcome<T>> MoveOnAtAsync<T>(DateTimeOffset deadline, Func<CancellationToken, Task<T>> body, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return RunWithResultAsync(new CancelScopeOptions { Deadline = deadline }, body, cancellationToken);
    }

    /// <summary>Runs <paramref name="body"/> and fails when it is not done after <paramref name="timeout"/>.</summary>
    /// <param name="timeout">Zero cancels before the body's first checkpoint; <see cref="Timeout.InfiniteTimeSpan"/> is no timeout.</param>
    /// <param name="body">What to run; it is handed the scope's token.</param>
    /// <param name="cancellationToken">Cancels the scope from outside.</param>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">This scope's deadline cancelled the body; the cancellation is the inner exception.</exception>
    public static Task FailAfterAsync(TimeSpan timeout, Func<CancellationToken, Task> body, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return FailWithoutResultAsync(CancelScopeOptions.ForTimeout(timeout), body, cancellationToken);
    }

    /// <inheritdoc cref="FailAfterAsync(TimeSpan, Func{CancellationToken, Task}, CancellationToken)"/>
    public static Task<T> FailAfterAsync<T>(TimeSpan timeout, Func<CancellationToken, Task<T>> body, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return FailAsync(CancelScopeOptions.ForTimeout(timeout), static (body, token) => body(token), body, cancellationToken);
    }

    /// <summary>Runs <paramref name="body"/> and fails when it is not done at <paramref name="deadline"/>.</summary>
    /// <param name="deadline">The moment, by the clock of the surrounding scope. One already past cancels before the body's first checkpoint.</param>
    /// <param name="body">What to run; it is handed the scope's token.</param>
    /// <param name="cancellationToken">Cancels the scope from outside.</param>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    /// <exception cref="TimeoutException">This scope's deadline cancelled the body; the cancellation is the inner exception.</exception>
    public static Task FailAtAsync(DateTimeOffset deadline, Func<CancellationToken, Task> body, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return FailWithoutResultAsync(new CancelScopeOptions { Deadline = deadline }, body, cancellationToken);
    }

    /// <inheritdoc cref="FailAtAsync(DateTimeOffset, Func{CancellationToken, Task}, CancellationToken)"/>
    public static Task<T> FailAtAsync<T>(DateTimeOffset deadline, Func<CancellationToken, Task<T>> body, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(body);
        return FailAsync(new CancelScopeOptions { Deadline = deadline }, static (body, token) => body(token), body, cancellationToken);
    }

    /// <summary>Runs <paramref name="body"/> out of reach of every cancellation outside: for cleanup that must finish. Give it a timeout.</summary>
    /// <param name="body">What to run; it is handed the shield's own token.</param>
    /// <param name="timeout">How long it may take; the shield absorbs its own timeout. Null for no limit.</param>
    /// <returns>Whether the body completed, or was cut short by the timeout.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="body"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative and not infinite.</exception>
    public static Task<ScopeOutcome> ShieldAsync(Func<CancellationToken, Task> body, TimeSpan? timeout = null)
    {
        Guard.NotNull(body);
        return RunAsync(CancelScopeOptions.ForShield(timeout), static (scope, body) => body(scope.Token), body, CancellationToken.None);
    }

    /// <inheritdoc cref="ShieldAsync(Func{CancellationToken, Task}, TimeSpan?)"/>
    public static Task<ScopeOutcome<T>> ShieldAsync<T>(Func<CancellationToken, Task<T>> body, TimeSpan? timeout = null)
    {
        Guard.NotNull(body);
        return RunWithResultAsync(CancelScopeOptions.ForShield(timeout), body, CancellationToken.None);
    }

    // Asynchronous on purpose wherever the ambient scope is set: what an async method sets there is undone when it returns to its caller.
    private static async Task<ScopeOutcome> RunAsync<TState>(CancelScopeOptions options, Func<CancelScope, TState, Task> body, TState state, CancellationToken cancellationToken)
    {
        var scope = Open(options, cancellationToken);
        ScopeOutcome outcome;
        try
        {
            Enter(scope);
            await Guard.Returned(body(scope, state)).ConfigureAwait(Dispatcher.KeepsContext);
            outcome = new ScopeOutcome(completed: true);
        }
        catch (OperationCanceledException) when (scope.Absorbs)
        {
            outcome = new ScopeOutcome(completed: false);
        }
        catch (Exception exception)
        {
            scope.CloseAfter(exception);
            throw;
        }

        scope.CloseAfter(null);
        return outcome;
    }

    private static async Task<ScopeOutcome<T>> RunWithResultAsync<T>(CancelScopeOptions options, Func<CancellationToken, Task<T>> body, CancellationToken cancellationToken)
    {
        T? result = default;
        var outcome = await RunAsync(
            options,
            async (scope, body) => result = await Guard.Returned(body(scope.Token)).ConfigureAwait(Dispatcher.KeepsContext),
            body,
            cancellationToken).ConfigureAwait(Dispatcher.KeepsContext);
        return outcome.Completed ? new ScopeOutcome<T>(result!) : default;
    }

    private static Task FailWithoutResultAsync(CancelScopeOptions options, Func<CancellationToken, Task> body, CancellationToken cancellationToken)
        => FailAsync(
            options,
            static async (body, token) =>
            {
                await Guard.Returned(body(token)).ConfigureAwait(Dispatcher.KeepsContext);
                return default(VoidResult);
            },
            body,
            cancellationToken);

    private static async Task<T> FailAsync<TState, T>(CancelScopeOptions options, Func<TState, CancellationToken, Task<T>> body, TState state, CancellationToken cancellationToken)
    {
        var scope = Open(options, cancellationToken);
        T result;
        try
        {
            Enter(scope);
            result = await Guard.Returned(body(state, scope.Token)).ConfigureAwait(Dispatcher.KeepsContext);
        }
        catch (OperationCanceledException exception) when (scope.Cause == CancelCause.Deadline)
        {
            var timeout = new TimeoutException(options.Timeout is { } limit ? $"The operation did not finish within {limit}." : $"The operation did not finish by {options.Deadline}.", exception);
            scope.CloseAfter(timeout);
            throw timeout;
        }
        catch (Exception exception)
        {
            scope.CloseAfter(exception);
            throw;
        }

        scope.CloseAfter(null);
        return result;
    }

    /// <summary>Ends the scope. What callbacks threw when it was cancelled comes after what the body failed with, and by itself where the body did not fail.</summary>
    private void CloseAfter(Exception? failure)
    {
        Close();
        if (TakeCallbackExceptions() is not { } thrown)
            return;
        if (failure is not null)
        {
            thrown.InsertRange(0, [failure, .. failure.OtherFailures()]);
            Failures.Remember([.. thrown]);
            return;
        }

        Failures.Remember([.. thrown]);
        ExceptionDispatchInfo.Capture(thrown[0]).Throw();
    }

    private static CancelScope Open(CancelScopeOptions options, CancellationToken cancellationToken)
    {
        var scope = new CancelScope(Current, options.Shield, options.Name, options.TimeProvider, cancellationToken);
        if (options.Timeout is { } timeout && timeout != System.Threading.Timeout.InfiniteTimeSpan)
            scope.SetDeadline(new DeadlineClock(scope, moment: null, timeout));
        if (options.Deadline is { } deadline && (scope.Deadline is null || deadline < scope.Deadline))
            scope.Deadline = deadline;
        return scope;
    }

    private static DateTimeOffset Later(DateTimeOffset now, TimeSpan timeout) => DateTimeOffset.MaxValue - now <= timeout ? DateTimeOffset.MaxValue : now + timeout;

    private readonly struct VoidResult;
}
