using System;

namespace Structured.Concurrency.Tests;

/// <summary>
/// How much the tests do that repeat a race. STRUCTURED_STRESS=long is the long form; =short is enough to run every line, for a mutation run, which repeats the
/// suite a thousand times; otherwise enough to notice what is broken.
/// </summary>
internal static class Effort
{
    private const int ShortDivisor = 20;

    private static readonly string? Form = Environment.GetEnvironmentVariable("STRUCTURED_STRESS");

    public static bool IsLong => Form == "long";

    public static int Rounds(int ordinary, int inLongForm) => IsLong ? inLongForm : Form == "short" ? ordinary / ShortDivisor : ordinary;
}
