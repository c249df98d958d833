using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Robustness.Tests;

/// <summary>Code as it stands while somebody types: every fix is asked about every finding, and none throws.</summary>
public class HalfTypedCodeTests
{
    [Theory]
    [InlineData("void M() { ThreadPool.QueueUserWorkItem(_ => Console.WriteLine()); }\nstatic async Task SaveAsync(int number, CancellationToken token = fixed (int* p = null) ) { await Task.Delay(number, token); }")]
    [InlineData("private readonly int ; void M() { _ = PingAsync(); }")]
    [InlineData("private ; void M() { _ = PingAsync(); }")]
    [InlineData("void () { _ = PingAsync(); }")]
    [InlineData("async Task M(CancellationToken ) { await Task.Delay(1); _ = PingAsync(); }")]
    [InlineData("async Task M(CancellationToken token) { while (true) { await Task.Delay(1")]
    [InlineData("async Task M(CancellationToken token) { try { await PingAsync(); } catch ( ) { } finally { await PingAsync(token")]
    [InlineData("async Task M() { var = PingAsync(); await ; }")]
    [InlineData("void M() { _ = PingAsync().ContinueWith(; }")]
    [InlineData("async void M() => ")]
    [InlineData("public C( ) { Task.Run(() => ")]
    [InlineData("class { internal static void Pause() => Thread.Sleep(1); internal static async Task M() { await Task.Yield(); Pause(); } }")]
    [InlineData("static void () { Thread.Sleep(1); } static async Task M() { await Task.Yield(); (); }")]
    public Task NoFixThrows(string members) => VerifyAsync("    " + members + "\n}\n");

    /// <summary>Nothing comes after the last statement, not even a brace.</summary>
    [Theory]
    [InlineData("async Task M() { var (sender, receiver) = MemoryChannel.Open<int>(1); GC.KeepAlive(receiver); await sender.SendAsync(1); if (Environment.TickCount == 0) return; sender.Dispose();")]
    [InlineData("async Task M() { var (sender, receiver) = MemoryChannel.Open<int>(1); GC.KeepAlive(receiver); await sender.SendAsync(1); if (Environment.TickCount == 0) { sender.Dispose();")]
    public Task NoFixThrowsAtTheEndOfTheFile(string members) => VerifyAsync("    " + members);

    private static async Task VerifyAsync(string members)
    {
        var document = Surroundings.Usual.Read("using System; using System.Threading; using System.Threading.Tasks; using Structured.Concurrency;\npublic class C\n{\n    static async Task PingAsync(CancellationToken token = default) { await Task.Yield(); }\n" + members);
        var failures = new List<string>();
        var found = await Subject.AnalyzeAsync(document, (exception, source) => failures.Add($"{source.GetType().Name}: {exception}"), CancellationToken.None);
        for (var seed = 0; seed < 5; seed++)
            await Subject.FixAsync(document, found, new Random(seed), (exception, source) => failures.Add($"{source.GetType().Name}: {exception}"), CancellationToken.None);
        Assert.Empty(failures);
    }
}
