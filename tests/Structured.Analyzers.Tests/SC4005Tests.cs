using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC4005Tests : RuleTest<SC4005FailuresOverlooked>
{
    private const string Plain = "await Nursery.RunAsync(nursery => { nursery.StartSoon(() => WorkAsync()); nursery.StartSoon(() => ComputeAsync()); });";
    private const string Always = "await Nursery.RunAsync(new NurseryOptions { AlwaysAggregate = true }, nursery => { nursery.StartSoon(() => WorkAsync()); nursery.StartSoon(() => ComputeAsync()); });";

    [Theory]
    [InlineData("async Task M() { try { " + Plain + " } catch ([|AggregateException|] e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Plain + " } catch ([|AggregateException|]) { } }")]
    [InlineData("async Task M() { try { " + Plain + " } catch ([|AggregateException|] e) when (e.InnerExceptions.Count > 1) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Plain + " } catch ([|AggregateException|] e) { foreach (var each in e.InnerExceptions) Log(each); } catch (Exception e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Plain + " } catch (IOException) { } catch ([|AggregateException|] e) { Log(e); } finally { Work(); } }")]
    [InlineData("async Task M() { try { " + Plain + " } catch ([|System.AggregateException|] e) { throw new InvalidOperationException(\"x\", e); } }")]
    [InlineData("async Task<int> M() { try { return await Nursery.RunAsync(async nursery => { nursery.StartSoon(() => WorkAsync()); return await ComputeAsync(); }); } catch ([|AggregateException|]) { return 0; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await Nursery.RunAsync(nursery => nursery.StartSoon(ct => Task.Delay(1, ct)), token).ConfigureAwait(false); } catch ([|AggregateException|] e) { Log(e); } }")]
    [InlineData("async Task M() { try { Work(); " + Plain + " await ComputeAsync(); } catch ([|AggregateException|] e) { Log(e); } }")]
    [InlineData("async Task M() { try { await Nursery.RunAsync(new NurseryOptions { MaxConcurrency = 2 }, nursery => nursery.StartSoon(() => WorkAsync())); } catch ([|AggregateException|] e) { Log(e); } }")]
    [InlineData("async Task M() { try { await Nursery.RunAsync(new NurseryOptions { AlwaysAggregate = false, Name = \"x\" }, nursery => nursery.StartSoon(() => WorkAsync())); } catch ([|AggregateException|] e) { Log(e); } }")]
    [InlineData("async Task M() { var options = new NurseryOptions { Name = \"x\" }; try { await Nursery.RunAsync(options, nursery => nursery.StartSoon(() => WorkAsync())); } catch ([|AggregateException|] e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Plain + Plain + " } catch ([|AggregateException|] e) { Log(e); } }")]
    [InlineData("async Task M() { try { try { " + Plain + " } finally { Work(); } } catch ([|AggregateException|] e) { Log(e); } }")]
    [InlineData("async Task M() { try { await Nursery.RunAsync(nursery => { nursery.StartSoon(() => FailAsync()); }); } catch ([|AggregateException|] e) { Log(e); } } static async Task FailAsync() { await Task.Yield(); throw new IOException(); }")]
    public Task AggregatesThatNeverCome(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { try { " + Always + " } catch ([|IOException|] e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Always + " } catch ([|IOException|]) { } catch ([|InvalidOperationException|]) { } }")]
    [InlineData("async Task M() { try { " + Always + " } catch ([|IOException|]) { } catch (Exception e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Always + " } catch (OperationCanceledException) { } catch ([|IOException|]) { } }")]
    [InlineData("async Task<int> M() { try { return await Nursery.RunAsync(new NurseryOptions { Name = \"x\", AlwaysAggregate = true }, async nursery => { nursery.StartSoon(() => WorkAsync()); return await ComputeAsync(); }); } catch ([|TimeoutException|]) { return 0; } }")]
    [InlineData("async Task M(CancellationToken token) { try { await Nursery.RunAsync(new NurseryOptions { AlwaysAggregate = true }, nursery => nursery.StartSoon(ct => Task.Delay(1, ct)), token).ConfigureAwait(false); } catch ([|IOException|] e) when (e.HResult == 1) { Log(e); } }")]
    [InlineData("async Task M() { var options = new NurseryOptions { AlwaysAggregate = true }; try { await Nursery.RunAsync(options, nursery => nursery.StartSoon(() => WorkAsync())); } catch ([|IOException|] e) { Log(e); } }")]
    [InlineData("async Task M() { try { try { " + Always + " } finally { } } catch ([|IOException|] e) { Log(e); } }")]
    public Task ConcreteTypesThatNeverCome(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { try { " + Always + " } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Always + " } catch (IOException) { } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Always + " } catch (Exception e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Always + " } catch { } }")]
    [InlineData("async Task M() { try { " + Always + " } catch (OperationCanceledException) { } }")]
    [InlineData("async Task M() { try { " + Always + " } catch (TaskCanceledException) { } }")]
    [InlineData("async Task M() { try { " + Always + " } catch (SystemException) { } }")]
    [InlineData("async Task M() { try { " + Plain + " } catch (IOException) { } }")]
    [InlineData("async Task M() { try { " + Plain + " } catch (Exception e) { Log(e.OtherFailures()); } }")]
    [InlineData("async Task M() { try { " + Plain + " } finally { Work(); } }")]
    public Task TypesThatCome(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { try { await File.ReadAllTextAsync(\"x\"); " + Always + " } catch (IOException e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Always + " Work(); } catch (IOException e) { Log(e); } }")]
    [InlineData("async Task M() { try { using (new MemoryStream()) { " + Always + " } } catch (IOException e) { Log(e); } }")]
    [InlineData("async Task M(int[] items) { try { foreach (var item in items) { " + Always + " } } catch (IOException e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Always + Plain + " } catch (IOException e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Always + " if (Compute() > 1) throw new IOException(); } catch (IOException e) { Log(e); } }")]
    [InlineData("async Task M() { try { try { " + Always + " } catch (AggregateException e) { throw new IOException(\"x\", e); } } catch (IOException e) { Log(e); } }")]
    [InlineData("async Task M(NurseryOptions options) { try { await Nursery.RunAsync(options, nursery => nursery.StartSoon(() => WorkAsync())); } catch (IOException e) { Log(e); } }")]
    [InlineData("async Task M(bool all) { try { await Nursery.RunAsync(new NurseryOptions { AlwaysAggregate = all }, nursery => nursery.StartSoon(() => WorkAsync())); } catch (IOException e) { Log(e); } }")]
    [InlineData("async Task M(IOException failure) { try { await Nursery.RunAsync(new NurseryOptions { AlwaysAggregate = true }, nursery => nursery.StartSoon(() => WorkAsync())); throw failure; } catch (IOException) { } }")]
    [InlineData("async Task M(int[] items) { try { await Nursery.RunAsync(new NurseryOptions { AlwaysAggregate = true }, nursery => nursery.StartSoon(() => WorkAsync())); items[0]++; } catch (IndexOutOfRangeException) { } }")]
    public Task OtherCodeThatMayThrowIt(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M() { try { WorkAsync().Wait(); " + Plain + " } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Plain + " Log(ComputeAsync().Result); } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M() { try { await Nursery.RunAsync(nursery => nursery.StartWork(() => Parallel.For(0, 3, i => Work()))); } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M() { try { await Nursery.RunAsync(nursery => nursery.StartWork(() => { Task.WaitAll(WorkAsync()); })); } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M(int[] items) { try { await Nursery.RunAsync(nursery => nursery.StartWork(() => items.AsParallel().Sum())); } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M(CancellationTokenSource source) { try { " + Plain + " source.Cancel(); } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M() { try { " + Plain + " throw new AggregateException(); } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M(Exception kept) { try { " + Plain + " throw kept; } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M() { try { await Nursery.RunAsync(nursery => { nursery.StartSoon(() => LegacyAsync()); }); } catch (AggregateException e) { Log(e); } } static async Task LegacyAsync() { await Task.Yield(); WorkAsync().Wait(); }")]
    [InlineData("async Task M() { try { await Nursery.RunAsync(nursery => { nursery.StartSoon(LegacyAsync); }); } catch (AggregateException e) { Log(e); } } static async Task LegacyAsync() { await InnerAsync(); } static async Task InnerAsync() { await Task.Yield(); throw new AggregateException(); }")]
    [InlineData("async Task M() { try { " + Plain + Always + " } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M() { try { await Nursery.RunAsync(async nursery => { nursery.StartSoon(() => WorkAsync()); await Nursery.RunAsync(new NurseryOptions { AlwaysAggregate = true }, inner => inner.StartSoon(() => WorkAsync())); }); } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M(OwnedNursery own) { try { " + Plain + " await own.JoinAsync(); } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M(NurseryOptions options) { try { await Nursery.RunAsync(options, nursery => nursery.StartSoon(() => WorkAsync())); } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M() { var options = new NurseryOptions(); options.AlwaysAggregate = true; try { await Nursery.RunAsync(options, nursery => nursery.StartSoon(() => WorkAsync())); } catch (AggregateException e) { Log(e); } }")]
    public Task AggregatesThatComeFromElsewhere(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("void M() { try { Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())).Wait(); } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M() { try { await WorkAsync(); } catch (AggregateException e) { Log(e); } }")]
    [InlineData("async Task M() { var run = Nursery.RunAsync(nursery => nursery.StartSoon(() => WorkAsync())); try { run.Wait(); } catch (AggregateException e) { Log(e); } await run; }")]
    [InlineData("async Task M() { try { Func<Task> later = async () => { " + Plain + " }; Log(later); } catch (AggregateException e) { Log(e); } await Task.Yield(); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(async nursery => { nursery.StartSoon(() => WorkAsync()); try { await WorkAsync(); } catch (AggregateException e) { Log(e); } }); }")]
    [InlineData("async Task M(Own nursery) { try { await nursery.RunAsync(); } catch (AggregateException e) { Log(e); } } class Own { public Task RunAsync() => null; }")]
    public Task OtherWaits(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task TheMessageSaysWhatToDo()
    {
        var test = TestOf("using System; using System.Threading.Tasks; using Structured.Concurrency; class C { async Task M() { try { await Nursery.RunAsync(nursery => nursery.StartSoon(token => Task.Delay(1, token))); } catch ({|#0:AggregateException|}) { } } }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC4005FailuresOverlooked>.Diagnostic("SC4005").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("'AggregateException' never comes out of this nursery, which throws its first failure as it is; catch what its children fail with, ask that for 'OtherFailures()', or open the nursery with 'AlwaysAggregate'"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M() { try { await Nursery.RunAsync(new NurseryOptions { AlwaysAggregate = true }, nursery => nursery.StartSoon(() => WorkAsync())); } catch ({|#0:IOException|} e) { Log(e); } }", "'IOException' never comes out of this nursery, which throws all failures in an 'AggregateException'; catch that and look into it, or open the nursery without 'AlwaysAggregate'")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members, message);
}
