using System;

namespace Structured.Concurrency;

/// <summary>Ages, for people: cheap by the system's clock, exact by any other.</summary>
internal static class Clock
{
    public static long Now(TimeProvider clock)
        => ReferenceEquals(clock, TimeProvider.System)
#if NETSTANDARD2_0
            ? (uint)Environment.TickCount
#else
            ? Environment.TickCount64
#endif
            : clock.GetTimestamp();

    public static TimeSpan Since(TimeProvider clock, long start)
        => ReferenceEquals(clock, TimeProvider.System)
#if NETSTANDARD2_0
            ? TimeSpan.FromMilliseconds(unchecked((uint)Environment.TickCount - (uint)start))
#else
            ? TimeSpan.FromMilliseconds(Environment.TickCount64 - start)
#endif
            : clock.GetElapsedTime(start);
}
