using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC4003Tests : RuleTest<SC4003SenderIsNeverClosed>
{
    private const string Channels = " static System.Threading.Channels.Channel<int> _shared; static bool Test() => true; static void Use(Sender<int> sender) { } static void Use(Receiver<int> receiver) { } static Task SendAsync(Sender<int> sender) => null; ";

    [Theory]
    [InlineData("async Task M() { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); await sender.SendAsync(1); Use(receiver); }")]
    [InlineData("async Task M(CancellationToken token) { (Sender<int> [|sender|], Receiver<int> receiver) = MemoryChannel.Open<int>(1); await sender.SendAsync(1, token); await receiver.ReceiveAsync(token); }")]
    [InlineData("void M() { Sender<int> [|sender|]; Receiver<int> receiver; (sender, receiver) = MemoryChannel.Open<int>(1); sender.TrySend(1); Use(receiver); }")]
    [InlineData("Receiver<int> M() { var [|channel|] = MemoryChannel.Open<int>(1); channel.Sender.TrySend(1); return channel.Receiver; }")]
    [InlineData("Receiver<int> M() { var [|channel|] = MemoryChannel.Open<int>(1); channel.Item1.TrySend(1); return channel.Item2; }")]
    [InlineData("void M() { var [|sender|] = MemoryChannel.Open<int>(1).Sender; sender.TrySend(1); }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); nursery.StartSoon(async token => { await sender.SendAsync(1, token); }); nursery.StartSoon(async token => { using (receiver) await receiver.ReceiveAsync(token); }); });")]
    [InlineData("async Task M() { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); await Task.Run(async () => { for (var i = 0; i < 3; i++) await sender.SendAsync(i); }); }")]
    [InlineData("async Task M() { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); await ProduceAsync(); async Task ProduceAsync() { await sender.SendAsync(1); } }")]
    [InlineData("async Task M() { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); await Task.WhenAll(Enumerable.Range(0, 3).Select(async i => await sender.SendAsync(i))); }")]
    [InlineData("void M() { var ([|_|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); }")]
    [InlineData("void M() { Use([|MemoryChannel.Open<int>(1)|].Receiver); }")]
    [InlineData("void M() { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); if (sender.Statistics.BufferedCount > 0) Log(nameof(sender)); }")]
    [InlineData("void M() { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); if (sender != null) sender?.TrySend(1); }")]
    [InlineData("void M() { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); using (var own = sender.Clone()) own.TrySend(1); }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); nursery.StartSoon(async token => { while (true) await sender.SendAsync(1, token); }); nursery.StartSoon(async token => { await sender.SendAsync(2, token); }); });")]
    public Task SendersThatAreNeverDisposed(string members) => VerifyMembersAsync(members + Channels);

    [Theory]
    [InlineData("void M(Sender<int> sender) { var [|own|] = sender.Clone(); own.TrySend(1); }")]
    [InlineData("Task M(Sender<int> sender) => Nursery.RunAsync(nursery => { for (var i = 0; i < 3; i++) { var [|own|] = sender.Clone(); nursery.StartSoon(async token => { await own.SendAsync(1, token); }); } });")]
    [InlineData("void M(Sender<int> sender) { [|sender.Clone()|].TrySend(1); }")]
    [InlineData("async Task M(Sender<int> sender) { await [|sender.Clone()|].SendAsync(1); }")]
    [InlineData("void M(Sender<int> sender) { [|sender.Clone()|]; }")]
    [InlineData("void M(Sender<int> sender) { Sender<int> [|own|]; own = sender.Clone(); own.TrySend(1); }")]
    public Task ClonesThatAreNeverDisposed(string members) => VerifyMembersAsync(members + Channels);

    [Theory]
    [InlineData("void M() { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); if (Test()) return; sender.Dispose(); }")]
    [InlineData("void M() { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); if (Test()) sender.Dispose(); }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); nursery.StartSoon(async token => { if (!sender.TrySend(1)) return; await sender.SendAsync(2, token); sender.Dispose(); }); });")]
    [InlineData("void M(Sender<int> sender) { foreach (var item in new[] { 1, 2 }) { var [|own|] = sender.Clone(); if (!own.TrySend(item)) continue; own.Dispose(); } }")]
    [InlineData("async Task M() { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); try { await sender.SendAsync(1); sender.Dispose(); } catch (IOException) { Log(1); } }")]
    [InlineData("void M(int kind) { var ([|sender|], receiver) = MemoryChannel.Open<int>(1); Use(receiver); switch (kind) { case 1: sender.Dispose(); break; case 2: sender.TrySend(2); break; default: sender.Dispose(); break; } }")]
    public Task SendersThatAreNotDisposedOnEveryWay(string members) => VerifyMembersAsync(members + Channels);

    private const string New = "var [|channel|] = System.Threading.Channels.Channel.CreateUnbounded<int>(); ";

    [Theory]
    [InlineData("async Task M() { " + New + "channel.Writer.TryWrite(1); await foreach (var item in channel.Reader.ReadAllAsync()) Log(item); }")]
    [InlineData("async Task M() { var [|channel|] = System.Threading.Channels.Channel.CreateBounded<int>(1); var writer = channel.Writer; var produce = Task.Run(async () => { for (var i = 0; i < 9; i++) await writer.WriteAsync(i); }); await foreach (var item in channel.Reader.ReadAllAsync()) Log(item); await produce; }")]
    [InlineData("async Task M() { " + New + "var reader = channel.Reader; channel.Writer.TryWrite(1); while (await reader.WaitToReadAsync()) { while (reader.TryRead(out var item)) Log(item); } }")]
    [InlineData("async Task M() { " + New + "await channel.Writer.WriteAsync(1); await channel.Reader.Completion; }")]
    [InlineData("async Task M() { " + New + "await Task.WhenAll(ProduceAsync(), ConsumeAsync()); async Task ProduceAsync() { await channel.Writer.WriteAsync(1); } async Task ConsumeAsync() { await foreach (var item in channel.Reader.ReadAllAsync().ConfigureAwait(false)) Log(item); } }")]
    [InlineData("async Task M() { " + New + "channel.Writer.TryWrite(1); await foreach (var item in channel.Reader.ReadAllAsync(CancellationToken.None)) Log(item); }")]
    [InlineData("async IAsyncEnumerable<int> M() { " + New + "var produce = Task.Run(() => { channel.Writer.TryWrite(1); }); await foreach (var item in channel.Reader.ReadAllAsync()) yield return item; await produce; }")]
    public Task WritersThatAreNeverCompleted(string members) => VerifyNewestAsync(members + Channels);

    [Theory]
    [InlineData("async Task M() { var (sender, receiver) = MemoryChannel.Open<int>(1); using (sender) { await sender.SendAsync(1); } Use(receiver); }")]
    [InlineData("async Task M() { var (sender, receiver) = MemoryChannel.Open<int>(1); try { await sender.SendAsync(1); } finally { sender.Dispose(); } Use(receiver); }")]
    [InlineData("async Task M() { var (sender, receiver) = MemoryChannel.Open<int>(1); await sender.SendAsync(1); sender.Dispose(); Use(receiver); }")]
    [InlineData("void M() { var (sender, receiver) = MemoryChannel.Open<int>(1); if (Test()) { sender.Dispose(); return; } sender.TrySend(1); sender?.Dispose(); Use(receiver); }")]
    [InlineData("void M() { var (sender, receiver) = MemoryChannel.Open<int>(1); Use(receiver); if (!sender.TrySend(1)) throw new InvalidOperationException(); sender.Dispose(); }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var (sender, receiver) = MemoryChannel.Open<int>(1); nursery.StartSoon(async token => { using (sender) { await sender.SendAsync(1, token); } }); Use(receiver); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var (sender, receiver) = MemoryChannel.Open<int>(1); foreach (var i in new[] { 1, 2 }) { var own = sender.Clone(); nursery.StartSoon(async token => { using (own) { await own.SendAsync(i, token); } }); } sender.Dispose(); Use(receiver); });")]
    [InlineData("void M() { var channel = MemoryChannel.Open<int>(1); channel.Sender.TrySend(1); channel.Sender.Dispose(); Use(channel.Receiver); }")]
    [InlineData("void M() { using (var sender = MemoryChannel.Open<int>(1).Sender) sender.TrySend(1); }")]
    [InlineData("void M(Sender<int> sender) { using (var own = sender.Clone()) own.TrySend(1); }")]
    [InlineData("void M(Sender<int> sender) { using (sender.Clone()) Log(1); }")]
    [InlineData("void M(Sender<int> sender) { sender.TrySend(1); }")]
    [InlineData("void M(Sender<int> sender) { foreach (var item in new[] { 1, 2 }) { var own = sender.Clone(); own.TrySend(item); own.Dispose(); } }")]
    [InlineData("void M() { var (sender, receiver) = MemoryChannel.Open<int>(1); Use(receiver); Task.Run(() => { sender.TrySend(1); sender.Dispose(); }); }")]
    [InlineData("void M() { var (sender, receiver) = MemoryChannel.Open<int>(1); Use(receiver); if (Test()) Task.Run(() => sender.Dispose()); else sender.Dispose(); }")]
    public Task SendersThatAreDisposed(string members) => VerifyMembersAsync(members + Channels);

    [Theory]
    [InlineData("void M() { var (sender, receiver) = MemoryChannel.Open<int>(1); Use(sender); Use(receiver); }")]
    [InlineData("async Task M() { var (sender, receiver) = MemoryChannel.Open<int>(1); await SendAsync(sender); Use(receiver); }")]
    [InlineData("Sender<int> M() { var (sender, receiver) = MemoryChannel.Open<int>(1); Use(receiver); return sender; }")]
    [InlineData("(Sender<int>, Receiver<int>) M() => MemoryChannel.Open<int>(1);")]
    [InlineData("(Sender<int>, Receiver<int>) M() { var channel = MemoryChannel.Open<int>(1); channel.Sender.TrySend(1); return channel; }")]
    [InlineData("Sender<int> _sender; Receiver<int> _receiver; C() { (_sender, _receiver) = MemoryChannel.Open<int>(1); }")]
    [InlineData("Sender<int> _sender; void M() { var (sender, receiver) = MemoryChannel.Open<int>(1); _sender = sender; Use(receiver); }")]
    [InlineData("Sender<int> M(Sender<int> sender) => sender.Clone();")]
    [InlineData("void M(Sender<int> sender) { Use(sender.Clone()); }")]
    [InlineData("List<Sender<int>> _all; void M(Sender<int> sender) { var own = sender.Clone(); _all.Add(own); }")]
    [InlineData("IDisposable M(Sender<int> sender) { IDisposable own = sender.Clone(); return own; }")]
    [InlineData("event Action Changed; void M() { var (sender, receiver) = MemoryChannel.Open<int>(1); Use(receiver); Changed += () => sender.TrySend(1); }")]
    [InlineData("Action M() { var (sender, receiver) = MemoryChannel.Open<int>(1); Use(receiver); return () => sender.Dispose(); }")]
    [InlineData("void M(CancellationToken token) { var (sender, receiver) = MemoryChannel.Open<int>(1); Use(receiver); token.Register(() => sender.Dispose()); }")]
    [InlineData("Func<int, bool> M() { var (sender, receiver) = MemoryChannel.Open<int>(1); Use(receiver); return sender.TrySend; }")]
    [InlineData("void M() { var (sender, receiver) = MemoryChannel.Open<int>(1); var other = sender; Use(receiver); other.Dispose(); }")]
    [InlineData("void M() { Sender<int> sender = null; Receiver<int> receiver = null; foreach (var i in new[] { 1, 2 }) { (sender, receiver) = MemoryChannel.Open<int>(1); } sender = null; Use(receiver); }")]
    [InlineData("void M() { var pair = new[] { MemoryChannel.Open<int>(1) }; Use(pair[0].Receiver); }")]
    public Task SendersThatOthersCanDispose(string members) => VerifyMembersAsync(members + Channels);

    [Theory]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var (sender, receiver) = MemoryChannel.Open<int>(1); Use(receiver); nursery.StartSoon(async token => { while (true) await sender.SendAsync(1, token); }); });")]
    [InlineData("async Task M(CancellationToken token) { var (sender, receiver) = MemoryChannel.Open<int>(1); Use(receiver); for (;;) { token.ThrowIfCancellationRequested(); await sender.SendAsync(1, token); } }")]
    public Task SendersThatSendUntilTheyAreCancelled(string members) => VerifyMembersAsync(members + Channels);

    private const string Fine = "var channel = System.Threading.Channels.Channel.CreateUnbounded<int>(); ";

    [Theory]
    [InlineData("async Task M() { " + Fine + "channel.Writer.TryWrite(1); channel.Writer.Complete(); await foreach (var item in channel.Reader.ReadAllAsync()) Log(item); }")]
    [InlineData("async Task M() { " + Fine + "var writer = channel.Writer; var produce = Task.Run(async () => { try { await writer.WriteAsync(1); } finally { writer.TryComplete(); } }); await foreach (var item in channel.Reader.ReadAllAsync()) Log(item); await produce; }")]
    [InlineData("async Task M() { " + Fine + "channel.Writer.TryWrite(1); Log(await channel.Reader.ReadAsync()); }")]
    [InlineData("void M() { " + Fine + "channel.Writer.TryWrite(1); channel.Reader.TryRead(out var item); Log(item); }")]
    [InlineData("async Task M() { " + Fine + "channel.Writer.TryWrite(1); if (await channel.Reader.WaitToReadAsync()) Log(1); }")]
    [InlineData("async Task M(CancellationToken token) { " + Fine + "channel.Writer.TryWrite(1); await foreach (var item in channel.Reader.ReadAllAsync(token)) Log(item); }")]
    [InlineData("async Task M(CancellationToken token) { " + Fine + "channel.Writer.TryWrite(1); await foreach (var item in channel.Reader.ReadAllAsync().WithCancellation(token)) Log(item); }")]
    [InlineData("async Task M(CancellationToken token) { " + Fine + "channel.Writer.TryWrite(1); while (await channel.Reader.WaitToReadAsync(token)) { channel.Reader.TryRead(out var item); Log(item); } }")]
    [InlineData("async Task M() { " + Fine + "channel.Writer.TryWrite(1); await foreach (var item in channel.Reader.ReadAllAsync()) { if (item == 1) break; } }")]
    [InlineData("async Task<int> M() { " + Fine + "channel.Writer.TryWrite(1); await foreach (var item in channel.Reader.ReadAllAsync()) { if (item == 1) return item; } return 0; }")]
    [InlineData("event Action Changed; async Task M() { " + Fine + "Changed += () => channel.Writer.TryWrite(1); await foreach (var item in channel.Reader.ReadAllAsync()) Log(item); }")]
    [InlineData("event Action Changed; async Task M() { " + Fine + "void OnChanged() { channel.Writer.TryWrite(1); } Changed += OnChanged; await foreach (var item in channel.Reader.ReadAllAsync()) Log(item); }")]
    [InlineData("async Task M() { " + Fine + "using var timer = new Timer(_ => channel.Writer.TryWrite(1)); await foreach (var item in channel.Reader.ReadAllAsync()) Log(item); }")]
    [InlineData("async Task M() { " + Fine + "var poll = Task.Run(async () => { while (true) { await Task.Delay(1); channel.Writer.TryWrite(1); } }); await foreach (var item in channel.Reader.ReadAllAsync()) Log(item); await poll; }")]
    [InlineData("async Task M(CancellationToken token) { " + Fine + "token.Register(() => channel.Writer.TryComplete()); await foreach (var item in channel.Reader.ReadAllAsync()) Log(item); }")]
    [InlineData("async Task M() { " + Fine + "var produce = ProduceAsync(channel.Writer); await foreach (var item in channel.Reader.ReadAllAsync()) Log(item); await produce; } static Task ProduceAsync(System.Threading.Channels.ChannelWriter<int> writer) => null;")]
    [InlineData("async Task M() { " + Fine + "_shared = channel; await foreach (var item in channel.Reader.ReadAllAsync()) Log(item); }")]
    [InlineData("System.Threading.Channels.ChannelReader<int> M() { " + Fine + "channel.Writer.TryWrite(1); return channel.Reader; }")]
    [InlineData("async Task M() { await foreach (var item in _shared.Reader.ReadAllAsync()) Log(item); }")]
    [InlineData("async Task M() { " + Fine + "System.Threading.Channels.ChannelWriter<int> writer = channel; writer.Complete(); await channel.Reader.Completion; }")]
    [InlineData("async Task M(Own own) { var channel = own.CreateUnbounded(); await channel.Reader.Completion; } class Own { public System.Threading.Channels.Channel<int> CreateUnbounded() => null; }")]
    public Task WritersOfWhichNobodyWaitsForTheEnd(string members) => VerifyNewestAsync(members + Channels);

    [Theory]
    [InlineData("async Task M() { var (sender, receiver) = MemoryChannel.Open<int>(1); using var end = sender; await end.SendAsync(1); Use(receiver); }")]
    [InlineData("async Task M(Sender<int> sender) { using var own = sender.Clone(); await own.SendAsync(1); }")]
    [InlineData("void M() { string text = \"a\"; var copy = text.Clone(); Log(copy); int[] items = { 1 }; items.Clone(); }")]
    public Task NewerFormsAndOtherClones(string members) => VerifyNewestAsync(members + Channels);

    [Fact]
    public Task TopLevelStatements() => VerifyFileAsync(
        """
        var ([|sender|], receiver) = MemoryChannel.Open<int>(1);
        await sender.SendAsync(1);
        Console.WriteLine(await receiver.ReceiveAsync());
        """,
        outputKind: OutputKind.ConsoleApplication);

    [Fact]
    public Task TheMessageSaysWhatToDo()
    {
        var test = TestOf("using Structured.Concurrency; class C { void M() { var ({|#0:sender|}, receiver) = MemoryChannel.Open<int>(1); if (receiver.TryReceive(out _)) sender.Dispose(); } }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC4003SenderIsNeverClosed>.Diagnostic("SC4003").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("There is a way out on which the sender 'sender' is not disposed, so whoever reads to the end waits forever; dispose of it with 'using'"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M(List<object> all) { var ({|#0:sender|}, receiver) = MemoryChannel.Open<int>(1); all.Add(receiver); await sender.SendAsync(1); }", "The sender 'sender' is never disposed, so whoever reads to the end waits forever; dispose of it with 'using'")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members, message);
}
