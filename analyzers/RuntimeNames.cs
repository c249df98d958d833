namespace Structured.Analyzers;

/// <summary>The runtime, known by metadata name only: the analyzers never reference its assembly. No other file names it.</summary>
internal static class RuntimeNames
{
    public const string HostNurseryExtensions = "Structured.Concurrency.Hosting.HostNurseryExtensions";
    public const string Namespace = "Structured.Concurrency";

    public const string Nursery = Namespace + ".Nursery";
    public const string OwnedNursery = Namespace + ".OwnedNursery";
    public const string NurseryOptions = Namespace + ".NurseryOptions";
    public const string NurseryExtensions = Namespace + ".NurseryExtensions";
    public const string ChildTask = Namespace + ".ChildTask`1";
    public const string CancelScope = Namespace + ".CancelScope";
    public const string Checkpoint = Namespace + ".Checkpoint";
    public const string ToThread = Namespace + ".ToThread";

    public const string Receiver = Namespace + ".Receiver`1";
    public const string MemoryChannel = Namespace + ".MemoryChannel";
    public const string Sender = Namespace + ".Sender`1";
    public const string Started = Namespace + ".Started";
    public const string StartedOfT = Namespace + ".Started`1";

    public const string Open = "Open";
    public const string RunAsync = "RunAsync";
    public const string ShieldAsync = "ShieldAsync";
    public const string RunMainAsync = "RunMainAsync";
    public const string StartSoon = "StartSoon";
    public const string StartNow = "StartNow";
    public const string StartWork = "StartWork";
    public const string StartAsync = "StartAsync";

    /// <summary>Attributes are matched by name, so that a project can declare its own without referencing the runtime.</summary>
    public const string CheckpointAttribute = "CheckpointAttribute";
    public const string TakesOwnershipAttribute = "TakesOwnershipAttribute";
    public const string DetachedAttribute = "DetachedAttribute";
}
