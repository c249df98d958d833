using System.Threading.Tasks;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers.Tests;

public class SC4002Tests : RuleTest<SC4002ScopeCanNeverFire>
{
    private const string More = """
         static Task WorkAsync(CancellationToken token) => Task.Run(Work, token); static async Task SlowAsync() { await Task.Delay(1); } static async Task SleepyAsync() { await Checkpoint.SleepAsync(1); }
         static async Task ForwardAsync() { Work(); await SleepyAsync(); } static async Task CheckedAsync() { Checkpoint.ThrowIfCancelled(); await SlowAsync(); } static async Task PlainAsync() { Work(); await SlowAsync(); }
         static readonly TimeSpan Limit = TimeSpan.FromSeconds(1); CancellationTokenSource _stopping = new CancellationTokenSource(); Task _running = Task.Delay(1); Func<Task> _later = SlowAsync; OwnedNursery _nursery = Nursery.Open();
        """;

    [Theory]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, token => SlowAsync());")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, _ => SlowAsync());")]
    [InlineData("async Task M() { await CancelScope.[|FailAfterAsync|](Limit, async token => { await SlowAsync(); Work(); }); }")]
    [InlineData("async Task M() { await CancelScope.[|MoveOnAfterAsync|](Limit, async token => { await Task.Delay(1000); }); }")]
    [InlineData("async Task<int> M() { var outcome = await CancelScope.[|MoveOnAfterAsync|](Limit, token => ComputeAsync()); return outcome.Result; }")]
    [InlineData("Task M(DateTimeOffset end) => CancelScope.[|FailAtAsync|](end, token => SlowAsync());")]
    [InlineData("Task M(DateTimeOffset end) => CancelScope.[|MoveOnAtAsync|](end, token => SlowAsync());")]
    [InlineData("Task M(CancellationToken token) => CancelScope.[|RunAsync|](async scope => { await SlowAsync(); }, null, token);")]
    [InlineData("Task M() => CancelScope.[|ShieldAsync|](token => SlowAsync(), Limit);")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, async token => { while (Compute() > 0) await Task.Yield(); });")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, token => { Work(); return Task.CompletedTask; });")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, token => Task.Run(() => Work()));")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, async delegate(CancellationToken token) { await SlowAsync(); });")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, token => PlainAsync());")]
    [InlineData("Task M(Stream stream, byte[] buffer) => CancelScope.[|FailAfterAsync|](Limit, token => stream.ReadAsync(buffer, 0, 1));")]
    [InlineData("Task M(SemaphoreSlim gate) => CancelScope.[|FailAfterAsync|](Limit, async token => { await gate.WaitAsync(); try { await SlowAsync(); } finally { gate.Release(); } });")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, async token => { foreach (var item in new[] { 1, 2 }) { Log(item); await SlowAsync(); } });")]
    public Task NothingInTheBodyLooks(string members) => VerifyMembersAsync(members + More);

    // A token from outside was made before the scope, and a task that runs already is under another one.
    [Theory]
    [InlineData("Task M(CancellationToken token) => CancelScope.[|FailAfterAsync|](Limit, _ => WorkAsync(token), token);")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, _ => WorkAsync(_stopping.Token));")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, token => _running);")]
    [InlineData("async Task M() { await CancelScope.[|FailAfterAsync|](Limit, async token => { await _running; }); }")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, token => WorkAsync(CancellationToken.None));")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, async token => { using (var own = new CancellationTokenSource(10)) await WorkAsync(own.Token); });")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, token => Nursery.RunAsync(nursery => { nursery.StartSoon(() => SlowAsync()); }));")]
    [InlineData("Task M() => CancelScope.[|FailAfterAsync|](Limit, token => { Task Inner() => SlowAsync(); return Inner(); });")]
    public Task WhatLooksAtSomethingElse(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, token => WorkAsync(token));")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, WorkAsync);")]
    [InlineData("async Task M() { await CancelScope.FailAfterAsync(Limit, async token => { await SlowAsync(); token.ThrowIfCancellationRequested(); }); }")]
    [InlineData("async Task M() { await CancelScope.MoveOnAfterAsync(Limit, async token => { while (!token.IsCancellationRequested) await SlowAsync(); }); }")]
    [InlineData("async Task M() { await CancelScope.MoveOnAfterAsync(Limit, async token => { if (Compute() > 1) await WorkAsync(token); else await SlowAsync(); }); }")]
    [InlineData("Task M() => CancelScope.RunAsync(async scope => { await WorkAsync(scope.Token); });")]
    [InlineData("Task M() => CancelScope.RunAsync(async scope => { scope.Deadline = null; await SlowAsync(); });")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, token => SlowAsync().WaitAsync(token));")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, async token => { using (token.Register(Work)) await SlowAsync(); });")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, async token => { using (var both = CancellationTokenSource.CreateLinkedTokenSource(token)) await WorkAsync(both.Token); });")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, token => Task.Run(() => Work(), token));")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, token => Nursery.RunAsync(nursery => { nursery.StartSoon(ct => WorkAsync(ct)); }));")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, _ => Nursery.RunAsync(async nursery => { await WorkAsync(nursery.CancellationToken); }));")]
    public Task QuietWhereTheTokenIsUsed(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, _ => Checkpoint.SleepAsync(1000));")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, async _ => { await Checkpoint.YieldAsync(); await SlowAsync(); });")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, async _ => { Checkpoint.ThrowIfCancelled(); await SlowAsync(); });")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, async _ => { while (!Checkpoint.IsCancelled) await SlowAsync(); });")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, _ => SleepyAsync());")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, _ => ForwardAsync());")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, _ => CheckedAsync());")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, async _ => { await WorkAsync(CancelScope.Current.Token); });")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, _ => ToThread.RunAsync(() => Work()));")]
    [InlineData("Task M(Receiver<int> receiver) => CancelScope.FailAfterAsync(Limit, async _ => { Log(await receiver.ReceiveAsync()); });")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, _ => { Task Inner() => SleepyAsync(); return Inner(); });")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, _ => RunAllAsync()); Task RunAllAsync() => Nursery.RunAsync(nursery => { nursery.StartSoon(ct => WorkAsync(ct)); });")]
    public Task QuietWhereTheRuntimeLooks(string members) => VerifyMembersAsync(members + More);

    // Nobody knows what these do.
    [Theory]
    [InlineData("Task M(Func<Task> work) => CancelScope.FailAfterAsync(Limit, _ => work());")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, _ => _later());")]
    [InlineData("Task M(Action work) => CancelScope.FailAfterAsync(Limit, _ => Task.Run(work));")]
    [InlineData("Task M(Func<CancellationToken, Task> work) => CancelScope.FailAfterAsync(Limit, work);")]
    [InlineData("interface ISource { Task ReadAsync(); } Task M(ISource source) => CancelScope.FailAfterAsync(Limit, _ => source.ReadAsync());")]
    [InlineData("public abstract class Source { public abstract Task ReadAsync(); } Task M(Source source) => CancelScope.FailAfterAsync(Limit, _ => source.ReadAsync());")]
    [InlineData("public class Source { public virtual Task ReadAsync() => Task.Delay(1); } Task M(Source source) => CancelScope.FailAfterAsync(Limit, _ => source.ReadAsync());")]
    [InlineData("[Checkpoint] static Task FarAsync() => Task.Delay(1); Task M() => CancelScope.FailAfterAsync(Limit, _ => FarAsync());")]
    [InlineData("Task M(dynamic source) => CancelScope.FailAfterAsync(Limit, async _ => { await source.ReadAsync(); });")]
    [InlineData("Task M(dynamic other) => CancelScope.FailAfterAsync(Limit, async token => { other(); await SlowAsync(); });")]
    [InlineData("Task M(dynamic other) => CancelScope.FailAfterAsync(Limit, async token => { other.Run(); await SlowAsync(); });")]
    public Task QuietWhereItIsNotToBeSeen(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("Task M() => CancelScope.ShieldAsync(_ => SlowAsync());")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, _ => Task.CompletedTask);")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, async _ => { await Task.CompletedTask; });")]
    [InlineData("Task M() => CancelScope.FailAfterAsync(Limit, _ => Task.FromResult(1));")]
    [InlineData("Task M(CancellationToken cancellationToken) => CancelScope.FailAfterAsync(Limit, token => WorkAsync(cancellationToken));")]
    [InlineData("class Own { public static Task FailAfterAsync(TimeSpan limit, Func<CancellationToken, Task> body) => body(default(CancellationToken)); } Task M() => Own.FailAfterAsync(Limit, _ => SlowAsync());")]
    public Task QuietWhereThereIsNothingToEnd(string members) => VerifyMembersAsync(members + More);

    [Theory]
    [InlineData("Task M(IAsyncEnumerable<int> items) => CancelScope.[|FailAfterAsync|](Limit, async token => { await foreach (var item in items) Log(item); });")]
    [InlineData("Task M(Receiver<int> items) => CancelScope.FailAfterAsync(Limit, async token => { await foreach (var item in items) Log(item); });")]
    public Task WhatIsWalkedInTheBody(string members) => VerifyNewestAsync(members + More);

    [Fact]
    public Task ACheckpointByOption() => VerifyMembersAsync("static Task FarAsync() => Task.Delay(1); Task M() => CancelScope.FailAfterAsync(Limit, _ => FarAsync());" + More, "structured_concurrency.checkpoint_methods = M:C.FarAsync");

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf(InClass("Task M() => CancelScope.FailAfterAsync(TimeSpan.Zero, _ => WorkAsync());"));
        test.Preset = preset;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("Task M() => CancelScope.{|#0:FailAfterAsync|}(Limit, token => SlowAsync());", "Nothing in the body of 'FailAfterAsync' looks at a cancellation, so neither a deadline nor anybody else can end it; pass the scope's token on")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members + More, message);
}
