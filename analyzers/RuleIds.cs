namespace Structured.Analyzers;

/// <summary>The ids of every rule. The field name is the rule's title in one word group, so that a search for either finds both.</summary>
internal static class RuleIds
{
    public const string OptionIsNotUnderstood = "SC0001";
    public const string TaskRunIsFireAndForget = "SC1001";
    public const string TaskIsDiscarded = "SC1002";
    public const string AsyncVoid = "SC1003";
    public const string StartedTaskCanBeOrphaned = "SC1004";
    public const string StoredTaskIsNeverObserved = "SC1005";
    public const string WhenAnyLeavesTheLosersRunning = "SC1006";
    public const string UnstructuredThreadOrCallback = "SC1007";
    public const string WhenAllDoesNotCancelSiblings = "SC1008";
    public const string NurseryEscapesItsScope = "SC1009";
    public const string ResourceIsDisposedBeforeTheChildEnds = "SC1010";
    public const string OwnedNurseryIsNeverDisposed = "SC1011";
    public const string LoopWithoutCheckpoint = "SC2001";
    public const string LoopIgnoresCancellation = "SC2002";
    public const string CancellationIsSwallowed = "SC2003";
    public const string TokenIsNotPassedOn = "SC2004";
    public const string CleanupUnderDeadToken = "SC2005";
    public const string PollingInsteadOfWaiting = "SC2006";
    public const string TimeoutByHand = "SC2007";
    public const string DelayCannotBeCancelled = "SC2008";
    public const string AsyncIteratorIgnoresItsConsumersToken = "SC2009";
    public const string ThreadSleepInAsyncCode = "SC3001";
    public const string SyncOverAsync = "SC3002";
    public const string BlockingWaitInAsyncCode = "SC3003";
    public const string BlockingIoInAsyncCode = "SC3004";
    public const string NurseryIsNotNeeded = "SC4001";
    public const string ScopeCanNeverFire = "SC4002";
    public const string SenderIsNeverClosed = "SC4003";
    public const string UnboundedGrowth = "SC4004";
    public const string FailuresOverlooked = "SC4005";
    public const string StartedSignalIsNeverGiven = "SC4006";
    public const string BlockingChild = "SC4007";
}
