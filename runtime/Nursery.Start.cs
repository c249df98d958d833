using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

public partial class Nursery
{
    /// <summary>Queues a child to the thread pool: what <see cref="Task.Run(Action)"/> does, but the nursery waits for it.</summary>
    /// <param name="child">What to run; it is handed the nursery's token.</param>
    /// <param name="name">A name for people.</param>
    /// <param name="callerFile">Filled in by the compiler.</param>
    /// <param name="callerLine">Filled in by the compiler.</param>
    /// <exception cref="ArgumentNullException"><paramref name="child"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The nursery has closed.</exception>
    public void StartSoon(Func<CancellationToken, Task> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(child);
        Start(new Child.OfTokenDelegate(this, new ChildOrigin(name, callerFile, callerLine), child));
    }

    /// <inheritdoc cref="StartSoon(Func{CancellationToken, Task}, string, string, int)"/>
    public void StartSoon(Func<Task> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(child);
        Start(new Child.OfDelegate(this, new ChildOrigin(name, callerFile, callerLine), child));
    }

    /// <inheritdoc cref="StartSoon(Func{CancellationToken, Task}, string, string, int)"/>
    /// <typeparam name="T">What the child gives.</typeparam>
    /// <returns>Where the result will be.</returns>
    public ChildTask<T> StartSoon<T>(Func<CancellationToken, Task<T>> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(child);
        var started = new Child.WithResult<T>(this, new ChildOrigin(name, callerFile, callerLine), child);
        Start(started);
        return started.Result;
    }

    /// <inheritdoc cref="StartSoon{T}(Func{CancellationToken, Task{T}}, string, string, int)"/>
    public ChildTask<T> StartSoon<T>(Func<Task<T>> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(child);
        var started = new Child.WithResult<T>(this, new ChildOrigin(name, callerFile, callerLine), child);
        Start(started);
        return started.Result;
    }

    /// <inheritdoc cref="StartSoon(Func{CancellationToken, Task}, string, string, int)"/>
    /// <typeparam name="TArg">What the child is given.</typeparam>
    /// <param name="child">What to run; it is handed the argument and the nursery's token, so that it need not capture anything.</param>
    /// <param name="argument">Handed to the child.</param>
    /// <param name="name">A name for people.</param>
    /// <param name="callerFile">Filled in by the compiler.</param>
    /// <param name="callerLine">Filled in by the compiler.</param>
    public void StartSoon<TArg>(Func<TArg, CancellationToken, Task> child, TArg argument, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(child);
        Start(new Child.WithArgument<TArg>(this, new ChildOrigin(name, callerFile, callerLine), child, argument));
    }

    /// <summary>
    /// Runs a child here and now up to its first incomplete await, on the caller's context: what calling it without awaiting it did, but the nursery waits for
    /// it. What that first part writes to an <see cref="AsyncLocal{T}"/> is not seen by the caller. What it throws, even at once, is a failure of the child.
    /// </summary>
    /// <param name="child">What to run; it is handed the nursery's token.</param>
    /// <param name="name">A name for people.</param>
    /// <param name="callerFile">Filled in by the compiler.</param>
    /// <param name="callerLine">Filled in by the compiler.</param>
    /// <exception cref="ArgumentNullException"><paramref name="child"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The nursery has closed.</exception>
    public void StartNow(Func<CancellationToken, Task> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(child);
        StartInline(new Child.OfTokenDelegate(this, new ChildOrigin(name, callerFile, callerLine), child));
    }

    /// <inheritdoc cref="StartNow(Func{CancellationToken, Task}, string, string, int)"/>
    public void StartNow(Func<Task> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(child);
        StartInline(new Child.OfDelegate(this, new ChildOrigin(name, callerFile, callerLine), child));
    }

    /// <inheritdoc cref="StartNow(Func{CancellationToken, Task}, string, string, int)"/>
    /// <typeparam name="T">What the child gives.</typeparam>
    /// <returns>Where the result will be.</returns>
    public ChildTask<T> StartNow<T>(Func<CancellationToken, Task<T>> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(child);
        var started = new Child.WithResult<T>(this, new ChildOrigin(name, callerFile, callerLine), child);
        StartInline(started);
        return started.Result;
    }

    /// <inheritdoc cref="StartNow{T}(Func{CancellationToken, Task{T}}, string, string, int)"/>
    public ChildTask<T> StartNow<T>(Func<Task<T>> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(child);
        var started = new Child.WithResult<T>(this, new ChildOrigin(name, callerFile, callerLine), child);
        StartInline(started);
        return started.Result;
    }

    /// <inheritdoc cref="StartNow(Func{CancellationToken, Task}, string, string, int)"/>
    /// <typeparam name="TArg">What the child is given.</typeparam>
    /// <param name="child">What to run; it is handed the argument and the nursery's token, so that it need not capture anything.</param>
    /// <param name="argument">Handed to the child.</param>
    /// <param name="name">A name for people.</param>
    /// <param name="callerFile">Filled in by the compiler.</param>
    /// <param name="callerLine">Filled in by the compiler.</param>
    public void StartNow<TArg>(Func<TArg, CancellationToken, Task> child, TArg argument, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(child);
        StartInline(new Child.WithArgument<TArg>(this, new ChildOrigin(name, callerFile, callerLine), child, argument));
    }

    /// <summary>Queues synchronous work to the thread pool: what <c>Task.Run(() =&gt; Work())</c> does, but the nursery waits for it.</summary>
    /// <param name="work">What to run; it is handed the nursery's token.</param>
    /// <param name="name">A name for people.</param>
    /// <param name="callerFile">Filled in by the compiler.</param>
    /// <param name="callerLine">Filled in by the compiler.</param>
    /// <exception cref="ArgumentNullException"><paramref name="work"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The nursery has closed.</exception>
    public void StartWork(Action<CancellationToken> work, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(work);
        Start(new Child.OfTokenWork(this, new ChildOrigin(name, callerFile, callerLine), work));
    }

    /// <inheritdoc cref="StartWork(Action{CancellationToken}, string, string, int)"/>
    public void StartWork(Action work, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(work);
        Start(new Child.OfWork(this, new ChildOrigin(name, callerFile, callerLine), work));
    }

    /// <inheritdoc cref="StartWork(Action{CancellationToken}, string, string, int)"/>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <returns>Where the result will be.</returns>
    /// <exception cref="ArgumentException">The work gives something that has to be awaited; nobody would.</exception>
    public ChildTask<T> StartWork<T>(Func<CancellationToken, T> work, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(work);
        if (IsAwaitable(typeof(T)))
            throw new ArgumentException($"The work returns a {typeof(T).Name}, which StartWork would not await; start it with StartSoon.", nameof(work));
        return StartSoon(token => Task.FromResult(work(token)), name, callerFile, callerLine);
    }

    /// <inheritdoc cref="StartWork{T}(Func{CancellationToken, T}, string, string, int)"/>
    public ChildTask<T> StartWork<T>(Func<T> work, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(work);
        return StartWork(_ => work(), name, callerFile, callerLine);
    }

    private static bool IsAwaitable(Type type)
    {
        if (typeof(Task).IsAssignableFrom(type))
            return true;
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        return definition == typeof(ValueTask)
            || definition == typeof(ValueTask<>)
            || definition == typeof(ConfiguredTaskAwaitable)
            || definition == typeof(ConfiguredTaskAwaitable<>)
            || definition == typeof(ConfiguredValueTaskAwaitable)
            || definition == typeof(ConfiguredValueTaskAwaitable<>)
            || definition == typeof(YieldAwaitable)
            || definition == typeof(CheckpointAwaitable);
    }
}
