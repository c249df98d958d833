using System;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

namespace Structured.Concurrency;

internal static class Guard
{
    public static void NotNull(object? argument, [CallerArgumentExpression(nameof(argument))] string? name = null)
    {
        if (argument is null)
            throw new ArgumentNullException(name);
    }

    /// <summary>A delegate that returns null instead of a task would otherwise fail far away from its cause.</summary>
    public static TTask Returned<TTask>(TTask? task)
        where TTask : Task
        => task ?? throw new InvalidOperationException("The delegate returned null instead of a task; an async delegate, or Task.CompletedTask, is what was meant.");
}
