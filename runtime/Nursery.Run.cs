using System;
using System.Diagnostics;
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
        return new Lexical<NoResult>(options, cancellationToken, callerFile, callerLine).RunAsync(
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
        return new Lexical<TResult>(options, cancellationToken, callerFile, callerLine).RunAsync(static (nursery, body) => body(nursery), body);
    }

    /// <inheritdoc cref="RunAsync(NurseryOptions, Func{Nursery, Task}, CancellationToken, string, int)"/>
    public static Task RunAsync(NurseryOptions options, Action<Nursery> body, CancellationToken cancellationToken = default, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(options);
        Guard.NotNull(body);
        return new Lexical<NoResult>(options, cancellationToken, callerFile, callerLine).RunAsync(
            static (nursery, body) =>
            {
                body(nursery);
                return NoResults;
            },
            body);
    }

    private static readonly Task<NoResult> NoResults = Task.FromResult(default(NoResult));

    /// <summary>A nursery that lasts as long as a block of code.</summary>
    private sealed class Lexical<TResult>(NurseryOptions options, CancellationToken cancellationToken, string? callerFile, int callerLine)
        : Nursery(options, CancelScope.Current, cancellationToken, callerFile, callerLine)
    {
        // A source, because the task of an async method cannot hold several failures.
        private readonly TaskCompletionSource<TResult> _outcome = new();
        private Task<TResult>? _body;
        private Activity? _activity;
        private bool _isInBodysEnd;

        /// <summary>Runs the body and joins. To be called once.</summary>
        public Task<TResult> RunAsync<TState>(Func<Nursery, TState, Task<TResult>> body, TState state)
        {
            _ = BeginAsync(body, state);
            if (_body!.IsCompleted)
                OnBodyEnded();
            else
                _body.ConfigureAwait(Dispatcher.KeepsContext).GetAwaiter().UnsafeOnCompleted(OnBodyEnded);
            return _outcome.Task;
        }

        private protected override void OnEnded()
        {
            // A seeded run places what follows from the end of a child itself.
            if (CancelScope.Dispatcher is { } dispatcher && !_isInBodysEnd)
                dispatcher.Post(static nursery => ((Lexical<TResult>)nursery!).SetOutcome(), this);
            else
                SetOutcome();
        }

        /// <summary>Asynchronous, though it never waits, because what an async method does to the context, entering the scope here, is undone when it returns.</summary>
        [Detached("It has ended when it returns.")]
#pragma warning disable CS1998
        private async ValueTask BeginAsync<TState>(Func<Nursery, TState, Task<TResult>> body, TState state)
#pragma warning restore CS1998
        {
            CancelScope.Enter(CancelScope);
            if (Telemetry.HasListeners)
                _activity = Telemetry.StartNursery(this);
            try
            {
                _body = Guard.Returned(body(this, state));
            }
            catch (Exception exception)
            {
                _body = Task.FromException<TResult>(exception);
            }
        }

        private void OnBodyEnded()
        {
            Observe(_body!, child: null);
            _isInBodysEnd = true;
            CountOutBody();
            _isInBodysEnd = false;
        }

        private void SetOutcome()
        {
            var failures = TakeFailures();
            var isCancelled = failures.Length == 0 && _endedByCancellation && CancelScope.IsCancelledOutside;
            if (_activity is not null)
                Telemetry.Stop(_activity, isCancelled, failures.Length > 0 ? failures[0].Message : null);
            if (failures.Length > 0)
                Failures.Set(_outcome, failures, AlwaysAggregate);
            else if (isCancelled)
                _outcome.TrySetCanceled(CancelScope.OutsideToken);
            else if (_body!.Status == TaskStatus.RanToCompletion)
                _outcome.TrySetResult(_body.Result);
            else if (typeof(TResult) == typeof(NoResult))
                _outcome.TrySetResult(default!);
            else
                _outcome.TrySetCanceled(CancellationToken);
        }
    }

    /// <summary>What a body gives that gives nothing.</summary>
    private readonly struct NoResult;
}
