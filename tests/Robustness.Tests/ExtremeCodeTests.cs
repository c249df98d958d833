using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit.Abstractions;

namespace Robustness.Tests;

/// <summary>Code that is deep, wide or long beyond what anybody writes, but some generator does: what the compiler takes, the rules and the fixes take.</summary>
[Collection(nameof(Alone))]
public class ExtremeCodeTests(ITestOutputHelper output)
{
    public static TheoryData<string, string> Extremes()
    {
        var data = new TheoryData<string, string>();
        void Statement(string name, int depth, string open, string close, string core = "_ = WorkAsync(token);") => data.Add(name + " ×" + depth, Repeat(open, depth) + core + Repeat(close, depth));
        void Expression(string name, int depth, string open, string close, string core = "ComputeAsync(token)") => data.Add(name + " ×" + depth, "Log(" + Repeat(open, depth) + core + Repeat(close, depth) + ");");

        Statement("blocks", 150, "{ ", " }");
        Statement("ifs", 150, "if (Test()) { ", " }");
        Statement("else ifs", 150, "if (Test()) { Log(1); } else ", "");
        Statement("endless loops", 60, "while (true) { ", " }");
        Statement("loops with an exit", 60, "while (true) { if (Test()) break; ", " }");
        Statement("tries", 60, "try { ", " } catch (Exception) { Log(1); }");
        Statement("tries with a finally", 60, "try { ", " } finally { await WorkAsync(token); }");
        Statement("usings", 100, "using (new System.IO.MemoryStream()) { ", " }");
        Statement("locks", 100, "lock (this) { ", " }");
        Statement("switches", 60, "switch (Compute()) { case 1: ", " break; }");
        Statement("local functions", 60, "async Task F() { await WorkAsync(); ", " }");
        Statement("lambdas", 6, "Func<Task> f = async () => { await WorkAsync(); ", " };");
        Statement("nurseries", 4, "await Nursery.RunAsync(async nursery => { ", " });");
        Statement("statements in a row", 500, "_ = WorkAsync(token); ", "");
        Statement("awaits in a row", 500, "await WorkAsync(token); ", "");
        Statement("orphans in a row", 300, "{ var t = WorkAsync(token); await ComputeAsync(); await t; } ", "");
        Statement("sections of a switch", 1, "switch (Compute()) { " + string.Concat(Enumerable.Range(0, 300).Select(static each => $"case {each}: await WorkAsync(); break; ")), "}", "");
        Statement("labels", 1, string.Concat(Enumerable.Range(0, 100).Select(static each => $"L{each}: await WorkAsync(); if (Test()) goto L{(each * 7) % 100}; ")), "");
        Expression("parentheses", 150, "(", ")");
        Expression("sums", 1500, "1 + ", "", "1");
        Expression("strings", 800, "\"a\" + ", "", "token");
        Expression("conditions", 150, "Test() ? 1 : ", "", "2");
        Expression("calls on calls", 400, "", ".ToString()", "1.ToString()");
        Expression("calls in calls", 150, "Same(", ")", "1");
        Expression("continuations", 60, "", ".ContinueWith(t => { })");
        Expression("null-conditional", 200, "", "?.ToString()", "this");
        Expression("coalescing", 200, "null ?? ", "", "this");
        Expression("and also", 1000, "Test() && ", "", "true");
        Expression("patterns", 1, "", "", "Compute() is " + string.Join(" or ", Enumerable.Range(0, 500)));
        Expression("arrays", 60, "new[] { ", " }");
        Expression("awaited tasks of tasks", 60, "await Task.FromResult(", ")", "1");
        return data;
    }

    [Theory]
    [MemberData(nameof(Extremes))]
    public async Task IsTakenByEveryRuleAndEveryFix(string what, string code)
    {
        var text = "using System; using System.Threading; using System.Threading.Tasks; using Structured.Concurrency; class C {\n"
                   + "async Task M(CancellationToken token) { " + code + " await Task.Yield(); }\n"
                   + "static object Log(object o) => o; static T Same<T>(T o) => o; static bool Test() => true; static int Compute() => 1; static async Task WorkAsync(CancellationToken token = default) => await Task.Yield(); static async Task<int> ComputeAsync(CancellationToken token = default) { await Task.Yield(); return 1; }\n}\n";
        var document = Surroundings.Usual.Read(text);
        var failures = new List<string>();
        var before = Environment.CpuUsage.TotalTime;
        var found = await Subject.AnalyzeAsync(document, (exception, source) => failures.Add($"{source.GetType().Name}: {exception}"), CancellationToken.None);
        var analyzed = Environment.CpuUsage.TotalTime;
        await Subject.FixAsync(document, [.. found.Take(3), .. found.TakeLast(1)], new Random(1), (exception, source) => failures.Add($"{source.GetType().Name}: {exception}"), CancellationToken.None);
        output.WriteLine($"{found.Length} findings; processor time: rules {(analyzed - before).TotalMilliseconds:0} ms, fixes {(Environment.CpuUsage.TotalTime - analyzed).TotalMilliseconds:0} ms");
        Assert.True(failures.Count == 0, what + ":\n" + string.Join("\n", failures));
    }

    /// <summary>A file of 50,000 lines where the long form of the fuzz test is asked for, else of 2,000.</summary>
    [Fact]
    public async Task ALongFileIsAnalyzed()
    {
        var text = LargeFile.Make(Environment.GetEnvironmentVariable("STRUCTURED_FUZZ") is null ? 2000 : 50_000);
        var found = await Subject.AnalyzeAsync(Surroundings.Usual.Read(text), static (exception, source) => Assert.Fail($"{source.GetType().Name}: {exception}"), CancellationToken.None);
        Assert.True(found.Length > 50, $"Only {found.Length} findings.");
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
