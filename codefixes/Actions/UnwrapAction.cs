using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Waits for the work where only its beginning was waited for: <c>await Task.Factory.StartNew(() => FooAsync())</c> gets an <c>Unwrap()</c>.</summary>
internal sealed class UnwrapAction : FixAction
{
    private readonly bool _mustEnd;

    /// <param name="mustEnd">Whether only what is seen to end by itself is waited for.</param>
    public UnwrapAction(bool mustEnd) => _mustEnd = mustEnd;

    public override string EquivalenceKey => "structured.unwrap";

    public override FunctionEdit? Rewrite(FunctionDrops drops, CancellationToken cancellationToken)
    {
        var changes = new CodeChanges();
        var sites = ImmutableArray.CreateBuilder<DropSite>();
        foreach (var site in drops.Sites)
        {
            var ending = Termination.Of(site, drops.Model, drops.Symbols, cancellationToken);
            // Who gives it a thread of its own means it to run for long.
            if (ending == Ending.NeedsHelp || ending != Ending.ByItself && (_mustEnd || HasOwnThread(site)))
            {
                drops.Refuse(OpenNurseryAction.MayNotEnd);
                continue;
            }

            changes.Add(new TextChange(new TextSpan(site.Call.Span.End, 0), ".Unwrap()"));
            sites.Add(site);
        }

        return sites.Count == 0 ? null : new FunctionEdit("Wait for the work itself, with 'Unwrap'", changes, sites.ToImmutable());
    }

    private static bool HasOwnThread(DropSite site)
        => site.Dropped.Call.Arguments.Any(static argument => argument.Value.DescendantsAndSelf().Any(static each => each is IFieldReferenceOperation { Field: { Name: "LongRunning", ContainingType.Name: "TaskCreationOptions" or "TaskContinuationOptions" } }));
}
