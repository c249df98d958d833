using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC1009Tests : RuleTest<SC1009NurseryEscapesItsScope>
{
    private const string Members = """

            Nursery _nursery; CancelScope _scope; CancellationToken _token; Action _callback; Func<Task> _work; object _any; Timer _timer; Holder _holder = new Holder(null);
            static Nursery s_nursery; static event EventHandler Changed; event Action Moved;
            readonly List<Nursery> _nurseries = new List<Nursery>(); readonly ConcurrentDictionary<int, Nursery> _byId = new ConcurrentDictionary<int, Nursery>(); readonly Nursery[] _slots = new Nursery[2]; readonly List<Action> _actions = new List<Action>();
            Nursery Shared { get; set; }
            static void Use(Nursery nursery) { } static void Keep(Holder holder) { } static Task UseAsync(Nursery nursery) => Task.Delay(1); static Task UseTokenAsync(CancellationToken token) => Task.Delay(1, token);
            class Holder { public Nursery Nursery; public CancellationToken Token { get; set; } public Action Callback; public event Action Raised; public int Result; public Holder(Nursery nursery) { Nursery = nursery; } public Task RunAsync() => Task.Delay(1); public void Raise() => Raised?.Invoke(); }
            class Visitor { public int Count; public Visitor(Nursery nursery) { Count = nursery.LiveChildCount; } }
            class Derived : Holder { public Derived(Nursery nursery) : base(nursery) { } }
        """;

    [Theory]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _nursery = [|nursery|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { this._nursery = [|nursery|]; await WorkAsync(); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Shared = [|nursery|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { s_nursery = [|nursery|]; });")]
    [InlineData("static Task M() => Nursery.RunAsync(nursery => { C.s_nursery = [|nursery|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _any = [|nursery|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _token = [|nursery.CancellationToken|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _token = [|nursery.CancelScope.Token|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _scope = [|nursery.CancelScope|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var scope = nursery.CancelScope; _scope = [|scope|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var alias = nursery; _nursery = [|alias|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Nursery alias; alias = nursery; _nursery = [|alias|]; });")]
    [InlineData("Task M(bool keep) => Nursery.RunAsync(nursery => { _nursery = [|keep ? nursery : null|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { if (Compute() > 1) { _nursery = [|_nursery ?? nursery|]; } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { nursery.StartSoon(token => { _token = [|token|]; return WorkAsync(); }); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { nursery.StartNow(async token => { await WorkAsync(); _nursery = [|nursery|]; }); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { nursery.StartWork(token => { _token = [|token|]; }); });")]
    [InlineData("Task M(CancellationToken outer) => Nursery.RunAsync(new NurseryOptions(), nursery => { _nursery = [|nursery|]; }, outer);")]
    [InlineData("Task M() => Nursery.RunAsync(outer => Nursery.RunAsync(inner => { _nursery = [|inner|]; }));")]
    [InlineData("Task M() => Nursery.RunMainAsync(async nursery => { s_nursery = [|nursery|]; await WorkAsync(); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { System.Threading.Volatile.Write(ref _nursery, [|nursery|]); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Interlocked.Exchange(ref _nursery, [|nursery|]); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _nursery = ([|nursery|]); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _any = [|(object)nursery|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { nursery.StartSoon(async (CancellationToken token) => { await WorkAsync(); _token = [|token|]; }); });")]
    [InlineData("Task M() { Nursery kept = null; async Task Inner() { await Nursery.RunAsync(nursery => { kept = [|nursery|]; }); Log(kept); } return Inner(); }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _nursery = [|nursery|]; }); void Forget() { _nursery = null; }")]
    public Task StoredInAField(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _nurseries.Add([|nursery|]); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _byId.TryAdd(1, [|nursery|]); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _byId[1] = [|nursery|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _slots[0] = [|nursery|]; });")]
    [InlineData("Task M(List<Nursery> list) => Nursery.RunAsync(nursery => { list.Add([|nursery|]); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _actions.Add([|() => nursery.StartSoon(WorkAsync)|]); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _holder.Nursery = [|nursery|]; });")]
    [InlineData("Task M(Holder holder) => Nursery.RunAsync(nursery => { holder.Nursery = [|nursery|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _holder = [|new Holder(nursery)|]; });")]
    [InlineData("Task M(Nursery[] slots) => Nursery.RunAsync(nursery => { slots[0] = [|nursery|]; });")]
    [InlineData("Task M(object any) => Nursery.RunAsync(nursery => { ((Holder)any).Nursery = [|nursery|]; });")]
    [InlineData("Task M(IDictionary<int, Nursery> map) => Nursery.RunAsync(nursery => { map[1] = [|nursery|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { ((ICollection<Nursery>)_nurseries).Add([|nursery|]); });")]
    [InlineData("async Task M() { var list = new List<Nursery>(); await Nursery.RunAsync(nursery => { list.Add([|nursery|]); }); Log(list); }")]
    [InlineData("async Task M() { var slots = new Nursery[1]; await Nursery.RunAsync(nursery => { slots[0] = [|nursery|]; }); slots[0].Cancel(); }")]
    [InlineData("static readonly Holder s_holder = new Holder(null); Task M() => Nursery.RunAsync(nursery => { s_holder.Nursery = [|nursery|]; });")]
    [InlineData("Task M(LinkedList<Nursery> all) => Nursery.RunAsync(nursery => { all.AddFirst([|nursery|]); });")]
    [InlineData("Task M(LinkedList<Nursery> all) => Nursery.RunAsync(nursery => { all.AddLast([|nursery|]); });")]
    [InlineData("Task M(Queue<Nursery> all) => Nursery.RunAsync(nursery => { all.Enqueue([|nursery|]); });")]
    [InlineData("Task M(Stack<Nursery> all) => Nursery.RunAsync(nursery => { all.Push([|nursery|]); });")]
    [InlineData("Task M(List<Nursery> all) => Nursery.RunAsync(nursery => { all.Insert(0, [|nursery|]); });")]
    [InlineData("Task M(ConcurrentDictionary<int, Nursery> all) => Nursery.RunAsync(nursery => { all.AddOrUpdate(1, [|nursery|], (key, old) => old); });")]
    [InlineData("Task M(ConcurrentDictionary<int, Nursery> all) => Nursery.RunAsync(nursery => { all.GetOrAdd(1, [|nursery|]); });")]
    [InlineData("Task M(ConcurrentDictionary<int, Nursery> all) => Nursery.RunAsync(nursery => { all.TryUpdate(1, [|nursery|], null); });")]
    [InlineData("Task M(BlockingCollection<Nursery> all) => Nursery.RunAsync(nursery => { all.TryAdd([|nursery|]); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var list = new List<Nursery>(); list.Add(nursery); _any = [|list|]; });")]
    public Task PutIntoAnObjectThatLivesOn(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { [|_callback|] = () => nursery.StartSoon(WorkAsync); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { [|_callback|] = () => { Log(1); nursery.Cancel(); }; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { [|_callback|] = delegate { nursery.Cancel(); }; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { [|_work|] = () => UseTokenAsync(nursery.CancellationToken); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { nursery.StartSoon(token => { [|_work|] = () => UseTokenAsync(token); return WorkAsync(); }); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Action start = () => nursery.StartSoon(WorkAsync); [|_callback|] = start; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { void Start() { nursery.StartSoon(WorkAsync); } [|_callback|] = Start; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { [|Moved|] += () => nursery.StartSoon(WorkAsync); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { [|Changed|] += (sender, e) => nursery.StartSoon(WorkAsync); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { EventHandler handler = (sender, e) => nursery.StartSoon(WorkAsync); [|Changed|] += handler; });")]
    [InlineData("Task M(Holder holder) => Nursery.RunAsync(async nursery => { [|holder.Raised|] += () => nursery.StartSoon(WorkAsync); await WorkAsync(); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { [|_holder.Raised|] += () => nursery.StartSoon(WorkAsync); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { [|_callback|] += () => nursery.Cancel(); });")]
    [InlineData("Task M() => Nursery.RunMainAsync(async nursery => { [|Console.CancelKeyPress|] += (sender, e) => nursery.Cancel(); await WorkAsync(); });")]
    [InlineData("async Task M() { var holder = new Holder(null); await Nursery.RunAsync(nursery => { [|holder.Raised|] += () => nursery.StartSoon(WorkAsync); }); Keep(holder); }")]
    [InlineData("async Task M() { Action later = null; await Nursery.RunAsync(nursery => { [|later|] = () => nursery.Cancel(); }); later(); }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { [|Moved|] = () => nursery.StartSoon(WorkAsync); });")]
    public Task CapturedByADelegateThatIsKept(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _timer = [|new Timer(_ => nursery.StartSoon(WorkAsync), null, 1, 1)|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var holder = new Holder(nursery); _holder = [|holder|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var holder = new Holder(null); holder.Nursery = nursery; _holder = [|holder|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _holder = [|new Holder(null) { Token = nursery.CancellationToken }|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _holder = [|new Derived(nursery)|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _any = [|new List<Nursery> { nursery }|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _any = [|new[] { nursery }|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _any = [|new Lazy<int>(() => nursery.LiveChildCount)|]; });")]
    [InlineData("Task<Nursery> M() => Nursery.RunAsync(async nursery => { await WorkAsync(); return [|nursery|]; });")]
    [InlineData("Task<Nursery> M() => Nursery.RunAsync(nursery => [|Task.FromResult(nursery)|]);")]
    [InlineData("Task<CancellationToken> M() => Nursery.RunAsync(async nursery => { await WorkAsync(); return [|nursery.CancellationToken|]; });")]
    [InlineData("Task<Action> M() => Nursery.RunAsync<Action>(async nursery => { await WorkAsync(); return [|() => nursery.StartSoon(WorkAsync)|]; });")]
    [InlineData("Task<Holder> M() => Nursery.RunAsync(async nursery => { await WorkAsync(); return [|new Holder(nursery)|]; });")]
    [InlineData("async Task M() { Nursery kept = null; await Nursery.RunAsync(nursery => { kept = [|nursery|]; }); kept.StartSoon(WorkAsync); }")]
    [InlineData("async Task<Nursery> M() { Nursery kept = null; await Nursery.RunAsync(nursery => { kept = [|nursery|]; }); return kept; }")]
    [InlineData("Task M() => Nursery.RunAsync(RunAsync); Task RunAsync(Nursery nursery) { _nursery = [|nursery|]; return WorkAsync(); }")]
    [InlineData("Task M() { return Nursery.RunAsync(Start); void Start(Nursery nursery) { _nursery = [|nursery|]; } }")]
    [InlineData("class Second : Derived { public Second(Nursery nursery) : base(nursery) { } } class Third : Second { public Third(Nursery nursery) : base(nursery) { } } Task M() => Nursery.RunAsync(nursery => { _holder = [|new Third(nursery)|]; });")]
    public Task KeptByAnObjectOrReturned(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("record Session(Nursery Nursery); object _session; Task M() => Nursery.RunAsync(nursery => { _session = [|new Session(nursery)|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _nursery ??= [|nursery|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _any = [|(1, nursery)|]; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _holder = [|new(nursery)|]; });")]
    [InlineData("Task M(int mode) => Nursery.RunAsync(nursery => { _nursery = [|mode switch { 1 => nursery, _ => null }|]; });")]
    [InlineData("async Task M() { Holder holder = new Holder(null); await Nursery.RunAsync(nursery => { holder.Nursery = [|nursery|]; }); Log(holder!.Nursery); }")]
    [InlineData("async Task M() { Holder holder = new Holder(null); await Nursery.RunAsync(nursery => { holder.Nursery = [|nursery|]; }); Log(holder?.Nursery); }")]
    [InlineData("async Task M() { Holder holder = new Holder(null); await Nursery.RunAsync(nursery => { holder.Nursery = nursery; }); Log(holder?.Result); }")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { _nursery = nursery; try { await WorkAsync(); } finally { _nursery = (null)!; } });")]
    public Task InNewerLanguage(string members) => VerifyNewestAsync(members + Members);

    [Fact]
    public Task InAProgram()
        => VerifyFileAsync(
            """
            await Nursery.RunAsync(nursery => { Shared.Last = [|nursery|]; });
            await Nursery.RunAsync(nursery => { Shared.First = nursery; });
            Shared.First = null;

            static class Shared { public static Nursery Last, First; }
            """,
            outputKind: OutputKind.ConsoleApplication);

    [Fact]
    public Task TheMessageSaysWhatBecomesOfIt()
    {
        var test = TestOf("using System.Threading.Tasks; using Structured.Concurrency; class C { Nursery _n; Task M() => Nursery.RunAsync(nursery => { _n = {|#0:nursery|}; }); }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC1009NurseryEscapesItsScope>.Diagnostic("SC1009").WithLocation(0).WithSeverity(DiagnosticSeverity.Warning)
            .WithMessage("'nursery' can be used after its nursery has closed: it is stored in '_n'; pass it down as an argument, or give the object an OwnedNursery"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Use(nursery); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => UseAsync(nursery));")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { nursery.StartSoon(token => UseTokenAsync(token)); nursery.StartSoon(() => UseAsync(nursery)); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { nursery.StartSoon(async () => { await WorkAsync(); nursery.StartSoon(WorkAsync); }); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { foreach (var number in new[] { 1, 2 }) { nursery.StartSoon(() => Task.Delay(number)); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Start(1); void Start(int number) { nursery.StartSoon(() => Task.Delay(number)); } });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { new List<int> { 1 }.ForEach(number => nursery.StartSoon(() => Task.Delay(number))); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Action start = () => nursery.StartSoon(WorkAsync); start(); start(); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { var starts = new List<Action> { () => nursery.StartSoon(WorkAsync) }; starts[0](); await WorkAsync(); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { var holder = new Holder(nursery); await holder.RunAsync(); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { var holder = new Holder(null) { Nursery = nursery, Callback = () => nursery.Cancel() }; await holder.RunAsync(); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { var holder = new Holder(null); holder.Nursery = nursery; holder.Raised += () => nursery.StartSoon(WorkAsync); holder.Raise(); await holder.RunAsync(); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Keep(new Holder(nursery)); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _any = new Visitor(nursery); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _any = nursery.LiveChildCount; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _any = nursery.CancelScope.IsCancellationRequested; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _any = nameof(nursery); });")]
    [InlineData("ChildTask<int> _child; Task M() => Nursery.RunAsync(nursery => { _child = nursery.StartSoon(ComputeAsync); });")]
    [InlineData("OwnedNursery _owned = Nursery.Open(); void M() { _nursery = _owned; _token = _owned.CancellationToken; _callback = () => _owned.StartSoon(WorkAsync); }")]
    [InlineData("void M() { var owned = Nursery.Open(); _nursery = owned; Changed += (sender, e) => owned.StartSoon(WorkAsync); }")]
    [InlineData("void M(Nursery nursery) { _nursery = nursery; }")]
    [InlineData("Nursery M(Nursery nursery) { return nursery; }")]
    public Task PassedDown(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { EventHandler handler = (sender, e) => nursery.StartSoon(WorkAsync); Changed += handler; try { await WorkAsync(); } finally { Changed -= handler; } });")]
    [InlineData("Task M(Holder holder) => Nursery.RunAsync(async nursery => { void OnRaised() { nursery.StartSoon(WorkAsync); } holder.Raised += OnRaised; await WorkAsync(); holder.Raised -= OnRaised; });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { _nursery = nursery; try { await WorkAsync(); } finally { _nursery = null; } });")]
    [InlineData("async Task M() { try { await Nursery.RunAsync(async nursery => { _nursery = nursery; await WorkAsync(); }); } finally { _nursery = null; } }")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { _token = nursery.CancellationToken; await WorkAsync(); _token = default(CancellationToken); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { _token = nursery.CancellationToken; await WorkAsync(); _token = CancellationToken.None; });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { _nurseries.Add(nursery); try { await WorkAsync(); } finally { _nurseries.Remove(nursery); } });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { Nursery gone; _byId[1] = nursery; await WorkAsync(); _byId.TryRemove(1, out gone); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { Interlocked.Exchange(ref _nursery, nursery); await WorkAsync(); Interlocked.Exchange(ref _nursery, null); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { _callback += nursery_Cancel; await WorkAsync(); _callback -= nursery_Cancel; void nursery_Cancel() { nursery.Cancel(); } });")]
    [InlineData("async Task M() { await Nursery.RunAsync(async nursery => { _nursery = nursery; await WorkAsync(); }); this._nursery = null; }")]
    [InlineData("async Task M() { await Nursery.RunAsync(async nursery => { _token = nursery.CancellationToken; await WorkAsync(); }); _token = CancellationToken.None; }")]
    [InlineData("async Task M() { await Nursery.RunAsync(async nursery => { _token = nursery.CancellationToken; await WorkAsync(); }); _token = default(CancellationToken); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(async nursery => { _nursery = nursery; await WorkAsync(); }); _nursery = (null); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(async nursery => { _nursery = nursery; await WorkAsync(); }); Interlocked.Exchange(ref _nursery, null); }")]
    [InlineData("async Task M() { await Nursery.RunAsync(async nursery => { _byId[1] = nursery; await WorkAsync(); }); _byId.Clear(); }")]
    [InlineData("async Task M(Queue<Nursery> all) { await Nursery.RunAsync(async nursery => { all.Enqueue(nursery); await WorkAsync(); }); all.Dequeue(); }")]
    [InlineData("async Task M(Queue<Nursery> all) { await Nursery.RunAsync(async nursery => { all.Enqueue(nursery); await WorkAsync(); }); all.Clear(); }")]
    [InlineData("async Task M(Stack<Nursery> all) { await Nursery.RunAsync(async nursery => { all.Push(nursery); await WorkAsync(); }); all.Pop(); }")]
    [InlineData("async Task M(List<Nursery> all) { await Nursery.RunAsync(async nursery => { all.Add(nursery); await WorkAsync(); }); all.RemoveAll(each => each != null); }")]
    [InlineData("async Task M(List<Nursery> all) { await Nursery.RunAsync(async nursery => { all.Add(nursery); await WorkAsync(); }); all.RemoveAt(0); }")]
    [InlineData("async Task M(List<Nursery> all) { await Nursery.RunAsync(async nursery => { all.Add(nursery); await WorkAsync(); }); all.RemoveRange(0, 1); }")]
    [InlineData("async Task M(LinkedList<Nursery> all) { await Nursery.RunAsync(async nursery => { all.AddFirst(nursery); await WorkAsync(); }); all.RemoveFirst(); }")]
    [InlineData("async Task M(LinkedList<Nursery> all) { await Nursery.RunAsync(async nursery => { all.AddFirst(nursery); await WorkAsync(); }); all.RemoveLast(); }")]
    [InlineData("async Task M(BlockingCollection<Nursery> all) { await Nursery.RunAsync(async nursery => { all.Add(nursery); await WorkAsync(); }); all.Take(); }")]
    [InlineData("async Task M(BlockingCollection<Nursery> all) { await Nursery.RunAsync(async nursery => { all.Add(nursery); await WorkAsync(); }); all.TryTake(out Nursery last); }")]
    [InlineData("async Task M(ConcurrentQueue<Nursery> all) { await Nursery.RunAsync(async nursery => { all.Enqueue(nursery); await WorkAsync(); }); all.TryDequeue(out Nursery last); }")]
    [InlineData("async Task M(ConcurrentStack<Nursery> all) { await Nursery.RunAsync(async nursery => { all.Push(nursery); await WorkAsync(); }); all.TryPop(out Nursery last); }")]
    [InlineData("async Task M(ConcurrentDictionary<int, Nursery> all) { await Nursery.RunAsync(async nursery => { all.TryAdd(1, nursery); await WorkAsync(); }); all.TryRemove(1, out Nursery last); }")]
    [InlineData("async Task M(List<Nursery> all) { await Nursery.RunAsync(async nursery => { all.Add(nursery); await WorkAsync(); }); all.Remove(null); }")]
    public Task TakenBackInTheSameMember(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData("static readonly AsyncLocal<Nursery> Current = new AsyncLocal<Nursery>(); Task M() => Nursery.RunAsync(async nursery => { Current.Value = nursery; await WorkAsync(); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { using (new Timer(_ => nursery.StartSoon(WorkAsync), null, 1, 1)) { return WorkAsync(); } });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { using (var timer = new Timer(_ => nursery.StartSoon(WorkAsync), null, 1, 1)) { await WorkAsync(); } });")]
    [InlineData("async Task M() { var holder = new Holder(null); await Nursery.RunAsync(nursery => { holder.Nursery = nursery; nursery.StartSoon(holder.RunAsync); }); Log(holder.Result); }")]
    [InlineData("async Task<int> M() { Nursery seen = null; await Nursery.RunAsync(nursery => { seen = nursery; }); return seen.LiveChildCount; }")]
    [InlineData("async Task M() { CancelScope seen = null; await Nursery.RunAsync(nursery => { seen = nursery.CancelScope; }); Log(seen.Cause); }")]
    [InlineData("async Task M() { Nursery inner = null; await Nursery.RunAsync(nursery => { inner = nursery; nursery.StartSoon(() => UseAsync(inner)); }); }")]
    [InlineData("Task M() => CancelScope.RunAsync(async scope => { _scope = scope; await WorkAsync(); });")]
    [InlineData("Task M() => CancelScope.MoveOnAfterAsync(TimeSpan.FromSeconds(1), async token => { _token = token; await WorkAsync(); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { Func<Nursery> get = () => nursery; Use(get()); await WorkAsync(); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Nursery Get() { return nursery; } Use(Get()); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var thread = new Thread(() => nursery.StartSoon(WorkAsync)); thread.Start(); thread.Join(); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { using (nursery.CancellationToken.Register(() => Log(1))) { await WorkAsync(); } });")]
    [InlineData("CancellationTokenSource _source; Task M() => Nursery.RunAsync(nursery => { _source = CancellationTokenSource.CreateLinkedTokenSource(nursery.CancellationToken); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { var list = new List<Nursery>(); list.Add(nursery); await UseAsync(list[0]); });")]
    [InlineData("class Nursery2 { public static void RunAsync(Action<Nursery2> body) { } } Nursery2 _mine; void M() { Nursery2.RunAsync(nursery => { _mine = nursery; }); }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _any = UseAsync(nursery); });")]
    [InlineData("Task M() => Nursery.RunAsync(async nursery => { var pair = new KeyValuePair<int, Nursery>(1, nursery); await UseAsync(pair.Value); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { var action = nursery.LiveChildCount > 0 ? new Action(nursery_Cancel) : null; action?.Invoke(); void nursery_Cancel() { nursery.Cancel(); } });")]
    [InlineData("async Task M() { Nursery last = null; await Nursery.RunAsync(nursery => { last = nursery; }); last = null; }")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Action later = null; later = () => nursery.Cancel(); later(); });")]
    [InlineData("async Task M() { var list = new List<Nursery>(); await Nursery.RunAsync(nursery => { list.Add(nursery); }); }")]
    [InlineData("async Task M() { var holder = new Holder(null); await Nursery.RunAsync(nursery => { holder.Nursery = nursery; }); Log(holder.Result); }")]
    [InlineData("readonly AsyncLocal<Nursery> _ambient = new AsyncLocal<Nursery>(); Task M() => Nursery.RunAsync(nursery => { _ambient.Value = nursery; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Log(nameof(nursery)); Log(nursery.LiveChildCount); });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _any = _any ?? nursery.LiveChildCount; });")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Make().Nursery = nursery; }); Holder Make() => new Holder(null);")]
    [InlineData("async Task M() { var kept = new Holder(null); await Nursery.RunAsync(nursery => { kept.Nursery = nursery; }); kept = null; }")]
    public Task WhereItLivesNoLongerThanTheBody(string members) => VerifyMembersAsync(members + Members);

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf("using System.Threading.Tasks; using Structured.Concurrency; class C { Nursery _n; Task M() => Nursery.RunAsync(nursery => { _n = nursery; }); }");
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task AnObjectOfAnotherProjectIsNotKnownToKeepIt()
    {
        var test = TestOf(InClass("Task M() => Nursery.RunAsync(nursery => { _any = new Box(() => nursery.StartSoon(WorkAsync)); });" + Members));
        test.TestState.AdditionalProjects["Boxes"].Sources.Add("public class Box { public Box(System.Action action) { } }");
        test.TestState.AdditionalProjectReferences.Add("Boxes");
        return test.RunAsync();
    }

    [Fact]
    public Task SilentWithoutTheRuntime()
    {
        var test = TestOf("using System; using System.Threading.Tasks; class C { Action _a; void M() { _a = () => Console.WriteLine(); } }");
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("Task M() => Nursery.RunAsync(nursery => { _nursery = ; _x[ = nursery; Missing += () => nursery.; new Gone(nursery) = nursery; return nursery(; });"), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        test.TestBehaviors = TestBehaviors.SkipGeneratedCodeCheck | TestBehaviors.SkipSuppressionCheck;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _nurseries.Add({|#0:nursery|}); });", "'nursery' can be used after its nursery has closed: it is added to '_nurseries'; pass it down as an argument, or give the object an OwnedNursery")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _actions.Add({|#0:() => nursery.StartSoon(WorkAsync)|}); });", "'nursery' can be used after its nursery has closed: a delegate that captures it is added to '_actions'; pass it down as an argument, or give the object an OwnedNursery")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { {|#0:Moved|} += () => nursery.StartSoon(WorkAsync); });", "'nursery' can be used after its nursery has closed: a delegate that captures it is subscribed to 'Moved'; pass it down as an argument, or give the object an OwnedNursery")]
    [InlineData("Task<Nursery> M() => Nursery.RunAsync(async nursery => { await WorkAsync(); return {|#0:nursery|}; });", "'nursery' can be used after its nursery has closed: it is returned; pass it down as an argument, or give the object an OwnedNursery")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { Interlocked.Exchange(ref _nursery, {|#0:nursery|}); });", "'nursery' can be used after its nursery has closed: it is stored in '_nursery'; pass it down as an argument, or give the object an OwnedNursery")]
    [InlineData("Task M() => Nursery.RunAsync(nursery => { _holder = {|#0:new Holder(nursery)|}; });", "'nursery' can be used after its nursery has closed: an object that keeps it is stored in '_holder'; pass it down as an argument, or give the object an OwnedNursery")]
    public Task TheWordsOfTheMessage(string members, string message) => VerifyMessageAsync(members + Members, message);
}
