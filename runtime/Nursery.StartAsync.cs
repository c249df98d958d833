using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

public partial class Nursery
{
    /// <summary>
    /// Starts a child and waits until it says that it is ready, a server that it listens say. Until then it runs under the caller's scope, and what it fails with
    /// comes out here; from then on it belongs to the nursery. Trio's <c>nursery.start</c>.
    /// </summary>
    /// <param name="child">What to run, on the thread pool; it is handed what it has to call <see cref="Started{TStarted}.Set"/> on, and its token.</param>
    /// <param name="name">A name for people.</param>
    /// <param name="callerFile">Filled in by the compiler.</param>
    /// <param name="callerLine">Filled in by the compiler.</param>
    /// <typeparam name="TStarted">What the child gives when it is ready.</typeparam>
    /// <returns>What the child gave to <see cref="Started{TStarted}.Set"/>. Nobody has to observe it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="child"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The nursery has closed; or the child returned before it said that it is ready.</exception>
    /// <exception cref="OperationCanceledException">The surrounding scope was cancelled first.</exception>
    public Task<TStarted> StartAsync<TStarted>(Func<Started<TStarted>, CancellationToken, Task> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(child);
        return Begin(new StartingChild<TStarted>(this, new ChildOrigin(name, callerFile, callerLine), (starting, token) => child(new Started<TStarted>(starting), token)));
    }

    /// <inheritdoc cref="StartAsync{TStarted}(Func{Started{TStarted}, CancellationToken, Task}, string, string, int)"/>
    public Task StartAsync(Func<Started, CancellationToken, Task> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(child);
        return Begin(new StartingChild<bool>(this, new ChildOrigin(name, callerFile, callerLine), (starting, token) => child(new Started(starting), token)));
    }

    private Task<TStarted> Begin<TStarted>(StartingChild<TStarted> child)
    {
        try
        {
            Start(child);
        }
        catch
        {
            child.Scope.Close();
            throw;
        }

        return child.Started;
    }
}
