using System;
using System.Globalization;
using System.Threading.Tasks;
using Structured.Concurrency.Testing;

namespace Structured.Concurrency.Tests;

internal static class Time
{
    /// <summary>
    /// How long a test waits, in real time, for what has to come at once. A test that hangs fails here. STRUCTURED_PATIENCE, in seconds, makes it another time: a
    /// mutation run, where many a test hangs, has less of it.
    /// </summary>
    public static readonly TimeSpan Patience = Seconds(double.TryParse(Environment.GetEnvironmentVariable("STRUCTURED_PATIENCE"), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? seconds : 30);

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    /// <summary>Runs the body on one thread with a clock that jumps whenever everything waits.</summary>
    public static Task VirtualAsync(Func<VirtualClock, Task> body)
    {
        var clock = new VirtualClock();
        return DeterministicRun.RunAsync(1, () => body(clock), clock).WaitAsync(Patience);
    }

    public static Task OrTimeout(this Task task) => task.WaitAsync(Patience);

    public static Task<T> OrTimeout<T>(this Task<T> task) => task.WaitAsync(Patience);

    /// <summary>A wrong argument is told by the call itself, not by the task it would give.</summary>
    public static TException ThrowsAtOnce<TException>(string? argument, Func<Task> call)
        where TException : Exception
    {
        try
        {
            _ = call();
        }
        catch (TException exception)
        {
            Assert.Equal(argument, (exception as ArgumentException)?.ParamName);
            return exception;
        }

        throw new Xunit.Sdk.XunitException($"The call threw no {typeof(TException).Name}.");
    }
}
