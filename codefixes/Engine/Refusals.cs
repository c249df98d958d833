using System.Collections.Generic;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Why nothing could be done at a place, noted by whatever turned it down: the person who is told has to decide what to do instead.</summary>
internal sealed class Refusals
{
    public const string Unknown = "no rewriting keeps its meaning here";

    private readonly List<string> _reasons = new();

    public bool IsEmpty => _reasons.Count == 0;

    public void Add(string reason)
    {
        if (!_reasons.Contains(reason))
            _reasons.Add(reason);
    }

    /// <summary>All reasons, in the order in which the actions were tried.</summary>
    public override string ToString() => _reasons.Count == 0 ? Unknown : string.Join("; ", _reasons);
}
