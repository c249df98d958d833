using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>The cases under <c>Cases</c>, one file an action. Each is fixed one by one and through fix-all, compiled, and checked for what is left.</summary>
public class FixCaseTests
{
    public static TheoryData<string> OpenNursery => FixCase.Titles("OpenNursery");

    public static TheoryData<string> OpenNurseryForWork => FixCase.Titles("OpenNurseryForWork");

    public static TheoryData<string> NurseryInScope => FixCase.Titles("NurseryInScope");

    public static TheoryData<string> Await => FixCase.Titles("Await");

    public static TheoryData<string> Unwrap => FixCase.Titles("Unwrap");

    public static TheoryData<string> OwnedNursery => FixCase.Titles("OwnedNursery");

    public static TheoryData<string> ApplicationNursery => FixCase.Titles("ApplicationNursery");

    public static TheoryData<string> AddToken => FixCase.Titles("AddToken");

    public static TheoryData<string> Delay => FixCase.Titles("Delay");

    public static TheoryData<string> CancellableDelay => FixCase.Titles("CancellableDelay");

    public static TheoryData<string> AwaitTask => FixCase.Titles("AwaitTask");

    public static TheoryData<string> AsyncTask => FixCase.Titles("AsyncTask");

    public static TheoryData<string> BlockingWait => FixCase.Titles("BlockingWait");

    public static TheoryData<string> BlockingIo => FixCase.Titles("BlockingIo");

    public static TheoryData<string> DeclareOutside => FixCase.Titles("DeclareOutside");

    public static TheoryData<string> LetCancellationThrough => FixCase.Titles("LetCancellationThrough");

    public static TheoryData<string> MakeAsync => FixCase.Titles("MakeAsync");

    public static TheoryData<string> MakeAsyncToAwait => FixCase.Titles("MakeAsyncToAwait");

    public static TheoryData<string> PassToken => FixCase.Titles("PassToken");

    public static TheoryData<string> ObserveInLoop => FixCase.Titles("ObserveInLoop");

    public static TheoryData<string> Shield => FixCase.Titles("Shield");

    public static TheoryData<string> CancelScope => FixCase.Titles("CancelScope");

    public static TheoryData<string> TimeoutScope => FixCase.Titles("TimeoutScope");

    public static TheoryData<string> UseToken => FixCase.Titles("UseToken");

    public static TheoryData<string> NurseryForTwo => FixCase.Titles("NurseryForTwo");

    public static TheoryData<string> AwaitAtOnce => FixCase.Titles("AwaitAtOnce");

    public static TheoryData<string> WorkWithoutTask => FixCase.Titles("WorkWithoutTask");

    public static TheoryData<string> PeriodicLoop => FixCase.Titles("PeriodicLoop");

    public static TheoryData<string> ConsumersToken => FixCase.Titles("ConsumersToken");

    public static TheoryData<string> ToThread => FixCase.Titles("ToThread");

    public static TheoryData<string> StartSoon => FixCase.Titles("StartSoon");

    public static TheoryData<string> AwaitAtTheEnd => FixCase.Titles("AwaitAtTheEnd");

    public static TheoryData<string> NurseryPerTask => FixCase.Titles("NurseryPerTask");

    public static TheoryData<string> UnwrapNursery => FixCase.Titles("UnwrapNursery");

    public static TheoryData<string> CloseSender => FixCase.Titles("CloseSender");

    public static TheoryData<string> Qualified => FixCase.Titles("Qualified");

    public static TheoryData<string> Refused => FixCase.Titles("Refused");

    [Theory]
    [MemberData(nameof(OpenNursery))]
    public Task Opens_a_nursery(string title) => FixCase.Get("OpenNursery", title).VerifyAsync<SC1002TaskIsDiscarded, DroppedTaskFix>("structured.open-nursery");

    [Theory]
    [MemberData(nameof(OpenNurseryForWork))]
    public Task Opens_a_nursery_for_queued_work(string title) => FixCase.Get("OpenNurseryForWork", title).VerifyAsync<SC1001TaskRunIsFireAndForget, DroppedTaskFix>("structured.open-nursery");

    [Theory]
    [MemberData(nameof(NurseryInScope))]
    public Task Uses_the_nursery_in_scope(string title) => FixCase.Get("NurseryInScope", title).VerifyAsync<DroppedTasks, DroppedTaskFix>("structured.nursery-in-scope");

    [Theory]
    [MemberData(nameof(Await))]
    public Task Awaits(string title) => FixCase.Get("Await", title).VerifyAsync<SC1002TaskIsDiscarded, DroppedTaskFix>("structured.await");

    [Theory]
    [MemberData(nameof(Unwrap))]
    public Task Waits_for_the_work_itself(string title) => FixCase.Get("Unwrap", title).VerifyAsync<DroppedTasks, DroppedTaskFix>("structured.unwrap");

    [Theory]
    [MemberData(nameof(OwnedNursery))]
    public Task Starts_in_a_nursery_of_the_object(string title) => FixCase.Get("OwnedNursery", title).VerifyAsync<DroppedTasks, DroppedTaskFix>("structured.owned-nursery");

    [Theory]
    [MemberData(nameof(Qualified))]
    public Task Names_fields_as_the_configuration_has_it(string title)
        => FixCase.Get("Qualified", title).VerifyAsync<DroppedTasks, DroppedTaskFix>("structured.owned-nursery", configuration: "dotnet_style_qualification_for_field = true:warning");

    [Theory]
    [MemberData(nameof(ApplicationNursery))]
    public Task Starts_in_the_nursery_of_the_application(string title) => FixCase.Get("ApplicationNursery", title).VerifyAsync<DroppedTasks, DroppedTaskFix>("structured.application-nursery");

    [Theory]
    [MemberData(nameof(MakeAsync))]
    public Task Makes_callers_async(string title) => FixCase.Get("MakeAsync", title).VerifyAsync<SC3001ThreadSleepInAsyncCode, MakeAsyncFix>("structured.make-async");

    [Theory]
    [MemberData(nameof(MakeAsyncToAwait))]
    public Task Makes_callers_async_to_await_a_dropped_task(string title) => FixCase.Get("MakeAsyncToAwait", title).VerifyAsync<SC1002TaskIsDiscarded, MakeAsyncFix>("structured.make-async");

    [Theory]
    [MemberData(nameof(AddToken))]
    public Task Hands_a_token_down_from_the_callers(string title) => FixCase.Get("AddToken", title).VerifyAsync<SC2001LoopWithoutCheckpoint, AddTokenFix>("structured.add-token");

    [Theory]
    [MemberData(nameof(Delay))]
    public Task Awaits_a_delay(string title) => FixCase.Get("Delay", title).VerifyAsync<SC3001ThreadSleepInAsyncCode, SC3001ThreadSleepInAsyncCodeFix>("structured.delay");

    [Theory]
    [MemberData(nameof(CancellableDelay))]
    public Task Makes_a_delay_cancellable(string title) => FixCase.Get("CancellableDelay", title).VerifyAsync<SC2008DelayCannotBeCancelled, SC2008DelayCannotBeCancelledFix>("structured.cancellable-delay");

    [Theory]
    [MemberData(nameof(AwaitTask))]
    public Task Awaits_what_was_waited_for(string title) => FixCase.Get("AwaitTask", title).VerifyAsync<SC3002SyncOverAsync, SC3002SyncOverAsyncFix>("structured.await-task");

    [Theory]
    [MemberData(nameof(AsyncTask))]
    public Task Returns_a_task(string title) => FixCase.Get("AsyncTask", title).VerifyAsync<SC1003AsyncVoid, SC1003AsyncVoidFix>(equivalenceKey: null);

    [Theory]
    [MemberData(nameof(BlockingWait))]
    public Task Awaits_a_blocking_wait(string title) => FixCase.Get("BlockingWait", title).VerifyAsync<SC3003BlockingWaitInAsyncCode, SC3003BlockingWaitInAsyncCodeFix>("structured.blocking-wait");

    [Theory]
    [MemberData(nameof(BlockingIo))]
    public Task Awaits_the_twin_of_blocking_io(string title) => FixCase.Get("BlockingIo", title).VerifyAsync<SC3004BlockingIoInAsyncCode, SC3004BlockingIoInAsyncCodeFix>("structured.blocking-io");

    [Theory]
    [MemberData(nameof(DeclareOutside))]
    public Task Declares_outside_the_nursery(string title) => FixCase.Get("DeclareOutside", title).VerifyAsync<SC1010ResourceIsDisposedBeforeTheChildEnds, SC1010ResourceIsDisposedBeforeTheChildEndsFix>("structured.declare-outside");

    [Theory]
    [MemberData(nameof(LetCancellationThrough))]
    public Task Lets_a_cancellation_through(string title) => FixCase.Get("LetCancellationThrough", title).VerifyAsync<SC2003CancellationIsSwallowed, SC2003CancellationIsSwallowedFix>("structured.let-cancellation-through");

    [Theory]
    [MemberData(nameof(PassToken))]
    public Task Passes_the_token(string title) => FixCase.Get("PassToken", title).VerifyAsync<SC2004TokenIsNotPassedOn, SC2004TokenIsNotPassedOnFix>("structured.pass-token");

    [Theory]
    [MemberData(nameof(ObserveInLoop))]
    public Task Observes_the_token_in_a_loop(string title) => FixCase.Get("ObserveInLoop", title).VerifyAsync<SC2002LoopIgnoresCancellation, SC2002LoopIgnoresCancellationFix>("structured.checkpoint");

    [Theory]
    [MemberData(nameof(Shield))]
    public Task Shields_the_cleanup(string title) => FixCase.Get("Shield", title).VerifyAsync<SC2005CleanupUnderDeadToken, SC2005CleanupUnderDeadTokenFix>("structured.shield");

    [Theory]
    [MemberData(nameof(CancelScope))]
    public Task Runs_the_work_in_a_cancel_scope(string title) => FixCase.Get("CancelScope", title).VerifyAsync<SC1006WhenAnyLeavesTheLosersRunning, SC1006WhenAnyLeavesTheLosersRunningFix>("structured.cancel-scope");

    [Theory]
    [MemberData(nameof(TimeoutScope))]
    public Task Runs_a_timeout_by_hand_in_a_cancel_scope(string title) => FixCase.Get("TimeoutScope", title).VerifyAsync<SC2007TimeoutByHand, SC2007TimeoutByHandFix>("structured.cancel-scope");

    [Theory]
    [MemberData(nameof(UseToken))]
    public Task Uses_the_token_of_the_scope(string title) => FixCase.Get("UseToken", title).VerifyAsync<SC4002ScopeCanNeverFire, SC4002ScopeCanNeverFireFix>("structured.use-token");

    [Theory]
    [MemberData(nameof(NurseryForTwo))]
    public Task Starts_the_tasks_in_one_nursery(string title) => FixCase.Get("NurseryForTwo", title).VerifyAsync<SC1004StartedTaskCanBeOrphaned, SC1004StartedTaskCanBeOrphanedFix>("structured.nursery-for-tasks");

    [Theory]
    [MemberData(nameof(AwaitAtOnce))]
    public Task Awaits_the_tasks_at_once(string title) => FixCase.Get("AwaitAtOnce", title).VerifyAsync<SC1004StartedTaskCanBeOrphaned, SC1004StartedTaskCanBeOrphanedFix>("structured.await-at-once");

    [Theory]
    [MemberData(nameof(WorkWithoutTask))]
    public Task Starts_work_that_had_no_task(string title) => FixCase.Get("WorkWithoutTask", title).VerifyAsync<SC1007UnstructuredThreadOrCallback, DroppedTaskFix>(equivalenceKey: null);

    [Theory]
    [MemberData(nameof(PeriodicLoop))]
    public Task Makes_a_timer_a_loop(string title) => FixCase.Get("PeriodicLoop", title).VerifyAsync<SC1007UnstructuredThreadOrCallback, DroppedTaskFix>(equivalenceKey: null);

    [Theory]
    [MemberData(nameof(ConsumersToken))]
    public Task Hands_on_the_consumers_token(string title) => FixCase.Get("ConsumersToken", title).VerifyAsync<SC2009AsyncIteratorIgnoresItsConsumersToken, SC2009AsyncIteratorIgnoresItsConsumersTokenFix>("structured.consumers-token");

    [Theory]
    [MemberData(nameof(StartSoon))]
    public Task Starts_work_that_is_awaited(string title) => FixCase.Get("StartSoon", title).VerifyAsync<SC4007BlockingChild, SC4007BlockingChildFix>("structured.start-soon");

    [Theory]
    [MemberData(nameof(ToThread))]
    public Task Runs_a_blocking_child_in_a_thread(string title) => FixCase.Get("ToThread", title).VerifyAsync<SC4007BlockingChild, SC4007BlockingChildFix>("structured.to-thread");

    /// <summary>What is offered first: a nursery around the last call would hold one child alone.</summary>
    [Theory]
    [MemberData(nameof(AwaitAtTheEnd))]
    public Task Awaits_what_the_function_ends_with(string title) => FixCase.Get("AwaitAtTheEnd", title).VerifyAsync<DroppedTasks, DroppedTaskFix>(equivalenceKey: null);

    [Theory]
    [MemberData(nameof(NurseryPerTask))]
    public Task Starts_a_child_for_each_task(string title)
        => FixCase.Get("NurseryPerTask", title).VerifyAsync<SC1008WhenAllDoesNotCancelSiblings, SC1008WhenAllDoesNotCancelSiblingsFix>("structured.nursery-per-task", configuration: "dotnet_diagnostic.SC1008.severity = suggestion");

    [Theory]
    [MemberData(nameof(UnwrapNursery))]
    public Task Awaits_the_only_child(string title) => FixCase.Get("UnwrapNursery", title).VerifyAsync<SC4001NurseryIsNotNeeded, SC4001NurseryIsNotNeededFix>("structured.unwrap-nursery");

    [Theory]
    [MemberData(nameof(CloseSender))]
    public Task Closes_what_sends(string title) => FixCase.Get("CloseSender", title).VerifyAsync<SC4003SenderIsNeverClosed, SC4003SenderIsNeverClosedFix>("structured.close-sender");

    /// <summary>No fix opens a nursery that SC4001 would then take away.</summary>
    [Theory]
    [InlineData("OpenNursery")]
    [InlineData("OpenNurseryForWork")]
    [InlineData("NurseryForTwo")]
    [InlineData("NurseryPerTask")]
    [InlineData("AwaitAtTheEnd")]
    [InlineData("MakeAsyncToAwait")]
    [InlineData("AsyncTask")]
    [InlineData("WorkWithoutTask")]
    public async Task Opens_no_nursery_for_one_call(string file)
    {
        foreach (var source in FixCase.Read(file).Select(static each => each.SourceAfter).OfType<string>())
        {
            var test = new CSharpAnalyzerVerifier<SC4001NurseryIsNotNeeded>.Test { TestCode = Regex.Replace(source, @"\{\|[^:|]+:|\[\||\|[\]}]", ""), CompilerDiagnostics = CompilerDiagnostics.None };
            await test.RunAsync();
        }
    }

    /// <summary>Nothing that wraps code in a lambda is offered.</summary>
    [Theory]
    [MemberData(nameof(Refused))]
    public Task Is_not_offered(string title) => FixCase.Get("Refused", title).VerifyAsync<DroppedTasks, DroppedTaskFix>("structured.open-nursery");
}
