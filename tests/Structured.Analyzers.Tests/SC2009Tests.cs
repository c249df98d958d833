using System.Threading.Tasks;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC2009Tests : RuleTest<SC2009AsyncIteratorIgnoresItsConsumersToken>
{
    [Theory]
    [InlineData("async IAsyncEnumerable<int> M(CancellationToken [|token|]) { await Task.Delay(1, token); yield return 1; }")]
    [InlineData("async IAsyncEnumerable<int> M(int count, CancellationToken [|token|] = default) { for (var i = 0; i < count; i++) { await Task.Delay(1, token); yield return i; } }")]
    [InlineData("void M() { Log(Items()); async IAsyncEnumerable<int> Items(CancellationToken [|token|] = default) { await Task.Delay(1, token); yield return 1; } }")]
    [InlineData("static async IAsyncEnumerable<string> M(string text, CancellationToken [|stop|]) { foreach (var part in text.Split(' ')) { await Task.Yield(); stop.ThrowIfCancellationRequested(); yield return part; } }")]
    [InlineData("async IAsyncEnumerable<T> M<T>(IEnumerable<T> items, CancellationToken [|token|] = default) { foreach (var item in items) { await Task.Delay(1, token); yield return item; } }")]
    [InlineData("sealed class Inner { public async IAsyncEnumerable<int> Items(CancellationToken [|token|]) { await Task.Delay(1, token); yield return 1; } }")]
    [InlineData("private protected virtual async IAsyncEnumerable<int> M(CancellationToken [|token|]) { yield return await Task.FromResult(1); await Task.Delay(1, token); }")]
    public Task AParameterWithoutItsAttribute(string members) => VerifyNewestAsync(members);

    [Theory]
    [InlineData("async Task M(IAsyncEnumerable<int> items, CancellationToken token) { await foreach (var item in [|items|]) Log(item); }")]
    [InlineData("async Task M(IAsyncEnumerable<int> items, CancellationToken token) { await foreach (var item in [|items|].ConfigureAwait(false)) Log(item); }")]
    [InlineData("interface ISource { IAsyncEnumerable<int> Items(); } async Task M(ISource source, CancellationToken token) { await foreach (var item in [|source.Items()|]) { Log(item); await Task.Delay(1, token); } }")]
    [InlineData("IAsyncEnumerable<int> _items; async Task M(CancellationToken token) { await foreach (var item in [|_items|]) Log(item); }")]
    [InlineData("async Task M(IAsyncEnumerable<(int, int)> items, CancellationToken token) { await foreach (var (a, b) in [|items|]) Log(a + b); }")]
    [InlineData("async IAsyncEnumerable<int> M(IAsyncEnumerable<int> items, [EnumeratorCancellation] CancellationToken token) { await foreach (var item in [|items|]) yield return item; }")]
    [InlineData("async Task M(IAsyncEnumerable<int> items) { await Nursery.RunAsync(async nursery => { await foreach (var item in [|items|]) Log(item); }); }")]
    [InlineData("readonly CancellationTokenSource _stop = new(); async Task M(IAsyncEnumerable<int> items) { await Task.Delay(1, _stop.Token); await foreach (var item in [|items|]) Log(item); }")]
    [InlineData("async Task M(List<IAsyncEnumerable<int>> all, CancellationToken token) { foreach (var items in all) await foreach (var item in [|items|]) Log(item); }")]
    [InlineData("Func<IAsyncEnumerable<int>, CancellationToken, Task> M() => async (items, token) => { await foreach (var item in [|items|]) Log(item); };")]
    [InlineData("async Task M(IAsyncEnumerable<int> items, CancellationToken token) { try { await foreach (var item in [|items|]) Log(item); } catch (InvalidOperationException e) { Log(e); } }")]
    [InlineData("Task M(IAsyncEnumerable<int> items) => Nursery.RunAsync(nursery => { nursery.StartSoon(async token => { await foreach (var item in [|items|]) Log(item); }); });")]
    [InlineData("async Task M(IAsyncEnumerable<int> items, CancellationToken token) { await foreach (int item in [|items|]) { if (item > 3) break; } }")]
    public Task ALoopWithoutTheToken(string members) => VerifyNewestAsync(members);

    [Theory]
    [InlineData("async IAsyncEnumerable<int> M([EnumeratorCancellation] CancellationToken token) { await Task.Delay(1, token); yield return 1; }")]
    [InlineData("async IAsyncEnumerable<int> M(CancellationToken other, [EnumeratorCancellation] CancellationToken token) { await Task.Delay(1, token); yield return 1; }")]
    [InlineData("async IAsyncEnumerable<int> M() { await Task.Delay(1); yield return 1; }")]
    [InlineData("IAsyncEnumerable<int> M(CancellationToken token) => Inner(token); async IAsyncEnumerable<int> Inner([EnumeratorCancellation] CancellationToken token) { await Task.Delay(1, token); yield return 1; }")]
    [InlineData("async IAsyncEnumerator<int> M(CancellationToken token) { await Task.Delay(1, token); yield return 1; }")]
    [InlineData("IEnumerable<int> M(CancellationToken token) { token.ThrowIfCancellationRequested(); yield return 1; }")]
    [InlineData("async Task M(CancellationToken token) { await Task.Delay(1, token); }")]
    [InlineData("abstract class B { public abstract IAsyncEnumerable<int> M(CancellationToken token); }")]
    [InlineData("Task<IAsyncEnumerable<int>> M(CancellationToken token) => Task.FromResult<IAsyncEnumerable<int>>(null);")]
    [InlineData("static async IAsyncEnumerable<int> M(int[] items, [EnumeratorCancellation] CancellationToken token = default) { foreach (var item in items) { await Task.Delay(1, token); yield return item; } }")]
    [InlineData("interface ISource { IAsyncEnumerable<int> Items(CancellationToken token); }")]
    [InlineData("async IAsyncEnumerable<int> M(CancellationToken token) { await Task.CompletedTask; yield break; }")]
    public Task ParametersAsTheyShouldBe(string members) => VerifyNewestAsync(members);

    [Theory]
    [InlineData("async Task M(IAsyncEnumerable<int> items, CancellationToken token) { await foreach (var item in items.WithCancellation(token)) Log(item); }")]
    [InlineData("async Task M(IAsyncEnumerable<int> items, CancellationToken token) { await foreach (var item in items.WithCancellation(token).ConfigureAwait(false)) Log(item); }")]
    [InlineData("async Task M(IAsyncEnumerable<int> items, CancellationToken token) { await foreach (var item in items.ConfigureAwait(false).WithCancellation(token)) Log(item); }")]
    [InlineData("async Task M(IAsyncEnumerable<int> items) { await foreach (var item in items) Log(item); }")]
    [InlineData("async Task M(CancellationToken token) { await foreach (var item in Items(token)) Log(item); } IAsyncEnumerable<int> Items(CancellationToken token) => null;")]
    [InlineData("async Task M(CancellationToken token) { await foreach (var item in Items()) Log(item); } IAsyncEnumerable<int> Items(CancellationToken token = default) => null;")]
    [InlineData("async Task M(CancellationToken token) { var items = Items(token); await foreach (var item in items) Log(item); } IAsyncEnumerable<int> Items(CancellationToken token) => null;")]
    [InlineData("async Task M(CancellationToken token) { await foreach (var item in Numbers()) Log(item); } async IAsyncEnumerable<int> Numbers() { await Task.Yield(); yield return 1; }")]
    [InlineData("async Task M(IEnumerable<int> items, CancellationToken token) { foreach (var item in items) await Task.Delay(item, token); }")]
    [InlineData("async Task M(System.Threading.Channels.ChannelReader<int> reader, CancellationToken token) { await foreach (var item in reader.ReadAllAsync(token)) Log(item); }")]
    [InlineData("async Task M(Own items, CancellationToken token) { await foreach (var item in items) Log(item); } class Own { public IAsyncEnumerator<int> GetAsyncEnumerator() => null; }")]
    [InlineData("async Task M(Receiver<int> receiver, CancellationToken token) { await foreach (var item in receiver) Log(item); }")]
    [InlineData("async Task M(Receiver<int> receiver) { await Nursery.RunAsync(async nursery => { await foreach (var item in receiver) Log(item); }); }")]
    [InlineData("async Task M(IAsyncEnumerable<int> items, CancellationToken first, CancellationToken second) { await foreach (var item in items) Log(item); }")]
    [InlineData("async Task M(IAsyncEnumerable<int> items, CancellationToken token) { try { await Task.Delay(1, token); } finally { await foreach (var item in items) Log(item); } }")]
    [InlineData("async Task M(IAsyncEnumerable<int> items, CancellationTokenSource source) { source.Cancel(); await foreach (var item in items) Log(item); }")]
    public Task LoopsAsTheyShouldBe(string members) => VerifyNewestAsync(members);

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf(InClass("async Task M(IAsyncEnumerable<int> items, CancellationToken token) { await foreach (var item in items) Log(item); }"));
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("async Task M(CancellationToken token) { await foreach (var item in ) Log(item); await foreach (var x in missing) } async IAsyncEnumerable<int> N(CancellationToken"), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async IAsyncEnumerable<int> M(CancellationToken {|#0:token|}) { await Task.Delay(1, token); yield return 1; }", "'token' does not get the token of whoever walks the sequence 'M'; mark it [EnumeratorCancellation]")]
    [InlineData("async Task M(IAsyncEnumerable<int> items, CancellationToken token) { await foreach (var item in {|#0:items|}) Log(item); }", "This sequence is walked without 'token', so it runs on when that is cancelled; add '.WithCancellation(token)'")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members, message);
}
