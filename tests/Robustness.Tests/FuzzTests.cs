using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Xunit.Abstractions;

namespace Robustness.Tests;

/// <summary>
/// Every rule and every fix on mutated code: no exception, and an end in time. The inputs follow from their numbers. <c>STRUCTURED_FUZZ=200000</c> is the long form;
/// <c>STRUCTURED_FUZZ_FROM</c> is the number it starts at, and one number replays one input.
/// </summary>
[Collection(nameof(Alone))]
public class FuzzTests(ITestOutputHelper output)
{
    private const int Seed = 1;
    private const int ShortForm = 500;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    /// <summary>How often the compiler could have read the text meanwhile: each action that is tried is compiled. Of parentheses that do not match, it alone can make seconds.</summary>
    private const int Compilations = 20;

    private static readonly TimeSpan Hung = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task NoRuleAndNoFixThrowsOrHangs()
    {
        var count = Number("STRUCTURED_FUZZ", ShortForm);
        var from = Number("STRUCTURED_FUZZ_FROM", 0);
        var failures = new ConcurrentDictionary<string, (FuzzInput Input, int Count)>(StringComparer.Ordinal);
        var slow = new ConcurrentBag<FuzzInput>();
        long findings = 0, applied = 0, done = 0, beyondCompiler = 0;
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(Enumerable.Range(from, count), async (number, _) =>
        {
            var input = Mutator.Make(Seed, number);
            var result = await TryAsync(input);
            Interlocked.Add(ref findings, result.Findings);
            Interlocked.Add(ref applied, result.Applied);
            if (result.Cost > Slow)
                slow.Add(input);
            if (Interlocked.Increment(ref done) % 500 == 0)
                Progress($"{done} inputs, {findings} findings, {applied} actions applied, {failures.Count} kinds of failure, {slow.Count} slow, {beyondCompiler} beyond the compiler, {clock.Elapsed}\n" + string.Join("\n", failures.Select(static each => $"{each.Value.Count} times {each.Key} ({each.Value.Input.Number})")));
        });
        output.WriteLine($"{done} inputs, {findings} findings, {applied} actions applied in {clock.Elapsed} ({Environment.CpuUsage.TotalTime.TotalSeconds:0} s of processor time); {slow.Count} took longer than {Slow.TotalSeconds} s among others; on {beyondCompiler} the compiler itself fails");

        // Until here several inputs share the process; one that is slow by itself is so again and again.
        foreach (var input in slow)
        {
            var bound = await CompileAsync(input) * Compilations;
            bound = bound > Slow ? bound : Slow;
            var fastest = await TryAsync(input);
            for (var attempt = 1; attempt < 3 && fastest.Cost > bound; attempt++)
            {
                if (await TryAsync(input) is var again && again.Cost < fastest.Cost)
                    fastest = again;
            }

            // A host waits for one request at a time: the slowest tells where the time goes.
            var took = $"took {fastest.Cost.TotalSeconds:0.0} s, {Compilations} compilations {bound.TotalSeconds:0.0} s; the slowest of {fastest.Requests.Count} requests was {fastest.Requests.MaxBy(static request => request.Cost)}";
            output.WriteLine($"{input.Number} {took}");
            if (fastest.Cost > bound)
                failures.TryAdd(took, (input, 1));
        }

        Assert.True(failures.IsEmpty, string.Join("\n\n", failures.OrderByDescending(static each => each.Value.Count).Select(static each => $"{each.Value.Count} times: {each.Key}\nfor example {each.Value.Input}")));
        // One input, replayed, may well have nothing to look at.
        if (done < ShortForm)
            return;
        Assert.True(findings > done / 4, $"Only {findings} findings in {done} inputs: the mutations leave nothing to look at.");
        Assert.True(applied > done / 10, $"Only {applied} actions were applied in {done} inputs.");

        async Task<Outcome> TryAsync(FuzzInput input)
        {
            var raised = new ConcurrentQueue<(Exception Exception, object Source)>();
            var result = new Outcome(0, 0, TimeSpan.Zero, []);
            try
            {
                result = await RunAsync(input, (exception, source) => raised.Enqueue((exception, source)));
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                raised.Enqueue((exception, input));
            }

            // What no compiler gets through, says nothing of a rule that asks it.
            if (!raised.IsEmpty && raised.All(static each => IsOfCompiler(each.Exception)) && await FailsInCompilerAsync(input))
            {
                Interlocked.Increment(ref beyondCompiler);
                return result;
            }

            foreach (var (exception, source) in raised)
                failures.AddOrUpdate(Signature(exception, source), (input, 1), (_, known) => (known.Input.Text.Length <= input.Text.Length ? known.Input : input, known.Count + 1));
            return result;
        }
    }

    private static bool IsOfCompiler(Exception exception) => exception.StackTrace?.TrimStart().StartsWith("at Microsoft.CodeAnalysis.", StringComparison.Ordinal) == true;

    private static async Task<bool> FailsInCompilerAsync(FuzzInput input)
    {
        try
        {
            var document = input.Surroundings.Read(input.Text);
            _ = (await document.Project.GetCompilationAsync())!.GetDiagnostics();
            // What a fix asks for, a whole compilation may pass over.
            var model = (await document.GetSemanticModelAsync())!;
            foreach (var node in (await document.GetSyntaxRootAsync())!.DescendantNodesAndSelf())
            {
                _ = model.GetSymbolInfo(node);
                _ = model.GetTypeInfo(node);
                _ = model.GetOperation(node);
            }

            return false;
        }
        catch (Exception)
        {
            return true;
        }
    }

    private sealed record Outcome(int Findings, int Applied, TimeSpan Cost, IReadOnlyCollection<Request> Requests);

    /// <summary>What an input costs is processor time of the process: on a machine that has other things to do, the time of day says nothing.</summary>
    private static async Task<Outcome> RunAsync(FuzzInput input, Action<Exception, object> failed)
    {
        var before = Environment.CpuUsage.TotalTime;
        var run = Task.Run(async () =>
        {
            var document = input.Surroundings.Read(input.Text);
            var found = await Subject.AnalyzeAsync(document, failed, CancellationToken.None);
            var requests = new List<Request> { new("every rule", 1, Environment.CpuUsage.TotalTime - before) };
            return (Findings: found.Length, Applied: await Subject.FixAsync(document, found, new Random(input.Number), failed, CancellationToken.None, requests), Requests: requests);
        });
        while (await Task.WhenAny(run, Task.Delay(Hung)) != run)
            Assert.True(Environment.CpuUsage.TotalTime - before < Hung, $"Did not end within {Hung.TotalSeconds} s: {input}");
        var (findings, applied, requests) = await run;
        return new Outcome(findings, applied, Environment.CpuUsage.TotalTime - before, requests);
    }

    /// <summary>What the compiler alone needs.</summary>
    private static async Task<TimeSpan> CompileAsync(FuzzInput input)
    {
        var before = Environment.CpuUsage.TotalTime;
        _ = (await input.Surroundings.Read(input.Text).GetSemanticModelAsync())!.GetDiagnostics();
        return Environment.CpuUsage.TotalTime - before;
    }

    /// <summary>Failures of the same place are one.</summary>
    private static string Signature(Exception exception, object source)
    {
        var frames = (exception.StackTrace ?? "").Split('\n').Select(static line => line.Trim()).Where(static line => line.Length > 0);
        return $"{source.GetType().Name}: {exception.GetType().Name}: {exception.Message}\n    {string.Join("\n    ", frames.Take(12))}";
    }

    /// <summary>The long form tells how far it is, in a file, since a test's output is only seen at its end.</summary>
    private static void Progress(string line)
    {
        if (Environment.GetEnvironmentVariable("STRUCTURED_FUZZ_LOG") is { } file)
            File.AppendAllText(file, line + "\n");
    }

    private static int Number(string name, int otherwise)
        => Environment.GetEnvironmentVariable(name) is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}

/// <summary>Tests that measure what the process does, one at a time.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
