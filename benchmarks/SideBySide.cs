using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading.Tasks;

namespace Structured.Benchmarks;

/// <summary>
/// The same benchmarks by a stopwatch, for a machine with much other work on it: both sides in turn, for so long that the optimizing compiler has come in any case,
/// and then the fastest round of each. No overhead is taken off.
/// </summary>
internal static class SideBySide
{
    // A round is long enough for the clock, and short enough to be left alone by the scheduler now and then.
    private const int OperationsInRound = 2_000;

    // Where to start looking for the fastest: before, the code was not optimized yet.
    private const double WarmUp = 1 / 3d;

    private static readonly (string Name, int Operations, Func<Task> Theirs, Func<Task> Ours)[] Cases =
    [
        Children(10, yields: false),
        Children(10, yields: true),
        Children(1_000, yields: false),
        Children(1_000, yields: true),
        Children(100_000, yields: false),
        Children(100_000, yields: true),
        ChildrenNow(1_000, yields: false),
        ChildrenNow(1_000, yields: true),
        Deadline(yields: false),
        Deadline(yields: true),
        Checkpoint("token", static benchmarks => benchmarks.EmptyLoop(), static benchmarks => benchmarks.YieldWithToken()),
        Checkpoint("ambient", static benchmarks => benchmarks.AsyncLocalRead(), static benchmarks => benchmarks.YieldAmbient()),
    ];

    /// <param name="prefix">Which cases: those whose names begin so.</param>
    /// <param name="seconds">How long for each.</param>
    public static async Task PrintAsync(string prefix, double seconds)
    {
        Console.WriteLine("{0,-28}{1,12}{2,12}{3,10}{4,14}{5,14}{6,10}", "nanoseconds for each", "theirs", "ours", "ratio", "their bytes", "our bytes", "ratio");
        foreach (var (name, operations, theirs, ours) in Cases)
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            var (their, our) = await FastestAsync(operations, theirs, ours, seconds);
            var theirBytes = await BytesAsync(theirs);
            var ourBytes = await BytesAsync(ours);
            Console.WriteLine("{0,-28}{1,12:F1}{2,12:F1}{3,10:F2}{4,14}{5,14}{6,10:F2}", name, their, our, our / their, theirBytes, ourBytes, (double)ourBytes / theirBytes);
        }
    }

    private static async Task<(double Theirs, double Ours)> FastestAsync(int operations, Func<Task> theirs, Func<Task> ours, double seconds)
    {
        var rounds = new List<(double Theirs, double Ours)>();
        var start = Stopwatch.GetTimestamp();
        while (rounds.Count < 30 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
            rounds.Add((await RoundAsync(operations, theirs), await RoundAsync(operations, ours)));
        var fastest = (Theirs: double.MaxValue, Ours: double.MaxValue);
        foreach (var (their, our) in rounds[(int)(rounds.Count * WarmUp)..])
            fastest = (Math.Min(fastest.Theirs, their), Math.Min(fastest.Ours, our));
        return fastest;
    }

    private static async Task<double> RoundAsync(int operations, Func<Task> side)
    {
        var times = Math.Max(1, OperationsInRound / operations);
        var start = Stopwatch.GetTimestamp();
        for (var time = 0; time < times; time++)
            await side();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / times / operations;
    }

    private static async Task<long> BytesAsync(Func<Task> side)
    {
        const int Times = 10;
        await side();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var time = 0; time < Times; time++)
            await side();
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Times;
    }

    private static (string Name, int Operations, Func<Task> Theirs, Func<Task> Ours) Children(int count, bool yields)
    {
        var benchmarks = new StartSoonBenchmarks { Children = count, Yields = yields };
        return ($"StartSoon {count}{(yields ? " yielding" : "")}", count, benchmarks.TaskRunAndWhenAll, benchmarks.NurseryStartSoon);
    }

    private static (string Name, int Operations, Func<Task> Theirs, Func<Task> Ours) ChildrenNow(int count, bool yields)
    {
        var benchmarks = new StartNowBenchmarks { Children = count, Yields = yields };
        return ($"StartNow {count}{(yields ? " yielding" : "")}", count, benchmarks.CallAndWhenAll, benchmarks.NurseryStartNow);
    }

    private static (string Name, int Operations, Func<Task> Theirs, Func<Task> Ours) Deadline(bool yields)
    {
        var benchmarks = new DeadlineBenchmarks { Yields = yields };
        return ($"Deadline{(yields ? " yielding" : "")}", 1, benchmarks.LinkedSourceAndCancelAfter, benchmarks.MoveOnAfter);
    }

    private static (string Name, int Operations, Func<Task> Theirs, Func<Task> Ours) Checkpoint(string what, Func<CheckpointBenchmarks, Task> theirs, Func<CheckpointBenchmarks, Task> ours)
    {
        var benchmarks = new CheckpointBenchmarks();
        return ($"Checkpoint {what}", CheckpointBenchmarks.Turns, () => theirs(benchmarks), () => ours(benchmarks));
    }
}
