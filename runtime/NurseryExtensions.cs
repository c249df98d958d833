using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Concurrency;

/// <summary>
/// Children that return a <see cref="ValueTask"/>. Extension methods, so that an <c>async</c> lambda is never ambiguous: instance methods win, these catch the
/// rest.
/// </summary>
public static class NurseryExtensions
{
    /// <inheritdoc cref="Nursery.StartSoon(Func{CancellationToken, Task}, string, string, int)"/>
    /// <param name="nursery">Where to start it.</param>
    /// <param name="child">What to run; it is handed the nursery's token.</param>
    /// <param name="name">A name for people.</param>
    /// <param name="callerFile">Filled in by the compiler.</param>
    /// <param name="callerLine">Filled in by the compiler.</param>
    public static void StartSoon(this Nursery nursery, Func<CancellationToken, ValueTask> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(nursery);
        Guard.NotNull(child);
        nursery.StartSoon(token => child(token).AsTask(), name, callerFile, callerLine);
    }

    /// <inheritdoc cref="StartSoon(Nursery, Func{CancellationToken, ValueTask}, string, string, int)"/>
    public static void StartSoon(this Nursery nursery, Func<ValueTask> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(nursery);
        Guard.NotNull(child);
        nursery.StartSoon(() => child().AsTask(), name, callerFile, callerLine);
    }

    /// <inheritdoc cref="StartSoon(Nursery, Func{CancellationToken, ValueTask}, string, string, int)"/>
    /// <typeparam name="T">What the child gives.</typeparam>
    /// <returns>Where the result will be.</returns>
    public static ChildTask<T> StartSoon<T>(this Nursery nursery, Func<CancellationToken, ValueTask<T>> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(nursery);
        Guard.NotNull(child);
        return nursery.StartSoon(token => child(token).AsTask(), name, callerFile, callerLine);
    }

    /// <inheritdoc cref="StartSoon{T}(Nursery, Func{CancellationToken, ValueTask{T}}, string, string, int)"/>
    public static ChildTask<T> StartSoon<T>(this Nursery nursery, Func<ValueTask<T>> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(nursery);
        Guard.NotNull(child);
        return nursery.StartSoon(() => child().AsTask(), name, callerFile, callerLine);
    }

    /// <inheritdoc cref="Nursery.StartNow(Func{CancellationToken, Task}, string, string, int)"/>
    /// <param name="nursery">Where to start it.</param>
    /// <param name="child">What to run; it is handed the nursery's token.</param>
    /// <param name="name">A name for people.</param>
    /// <param name="callerFile">Filled in by the compiler.</param>
    /// <param name="callerLine">Filled in by the compiler.</param>
    public static void StartNow(this Nursery nursery, Func<CancellationToken, ValueTask> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(nursery);
        Guard.NotNull(child);
        nursery.StartNow(token => child(token).AsTask(), name, callerFile, callerLine);
    }

    /// <inheritdoc cref="StartNow(Nursery, Func{CancellationToken, ValueTask}, string, string, int)"/>
    public static void StartNow(this Nursery nursery, Func<ValueTask> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(nursery);
        Guard.NotNull(child);
        nursery.StartNow(() => child().AsTask(), name, callerFile, callerLine);
    }

    /// <inheritdoc cref="StartNow(Nursery, Func{CancellationToken, ValueTask}, string, string, int)"/>
    /// <typeparam name="T">What the child gives.</typeparam>
    /// <returns>Where the result will be.</returns>
    public static ChildTask<T> StartNow<T>(this Nursery nursery, Func<CancellationToken, ValueTask<T>> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(nursery);
        Guard.NotNull(child);
        return nursery.StartNow(token => child(token).AsTask(), name, callerFile, callerLine);
    }

    /// <inheritdoc cref="StartNow{T}(Nursery, Func{CancellationToken, ValueTask{T}}, string, string, int)"/>
    public static ChildTask<T> StartNow<T>(this Nursery nursery, Func<ValueTask<T>> child, string? name = null, [CallerFilePath] string? callerFile = null, [CallerLineNumber] int callerLine = 0)
    {
        Guard.NotNull(nursery);
        Guard.NotNull(child);
        return nursery.StartNow(() => child().AsTask(), name, callerFile, callerLine);
    }
}
