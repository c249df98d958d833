using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Awaits the task where it is made. Not for queued work, whose point was to overlap, nor for what may never end.</summary>
internal sealed class AwaitAction : FixAction
{
    public const string Key = "structured.await";

    private readonly bool _discardsMustEnd;
    private readonly bool _isLast;

    /// <param name="discardsMustEnd">Whether what was discarded on purpose is awaited only if it is seen to end by itself.</param>
    /// <param name="isLast">Whether the function ends with it, so that a queued call has nothing left to overlap with either.</param>
    public AwaitAction(bool discardsMustEnd, bool isLast = false) => (_discardsMustEnd, _isLast) = (discardsMustEnd, isLast);

    public override string EquivalenceKey => Key;

    public override FunctionEdit? Rewrite(FunctionDrops drops, CancellationToken cancellationToken)
    {
        var becomesAsync = drops.Function.Kind == FunctionKind.TaskReturning;
        if (drops.Function.Kind == FunctionKind.Sync && !AsyncModifier.IsAwaitedByItsCaller(drops.Function))
            return drops.Refuse(OpenNurseryAction.NotAsync);
        var changes = new CodeChanges();
        var sites = ImmutableArray.CreateBuilder<DropSite>();
        foreach (var site in drops.Sites)
        {
            if (site.IsPoolWork && !(_isLast && site.IsLast && site.IsQueuedCall(drops.Symbols)) || site.Dropped.Continuation is not null || site.Owner is not StatementSyntax)
                continue;
            var ending = Termination.Of(site, drops.Model, drops.Symbols, cancellationToken);
            // A function that gives a task without being async often starts what outlives it.
            if (ending == Ending.NeedsHelp || ending != Ending.ByItself && (becomesAsync || _discardsMustEnd && !site.IsBareCall) || becomesAsync && !site.IsBareCall)
                continue;
            if (site.Dropped.Helper is { } helper ? !StartCall.TakesOnlyTheTask(helper, site.Call) : !site.IsPlainChain)
                continue;
            if (NullTask.Reason(site, drops, cancellationToken) is { } reason)
            {
                drops.Refuse(reason);
                continue;
            }

            if (Receiver.Of(site, drops, changes, cancellationToken) is not { } receiver)
                continue;
            // A helper goes away; what is chained to the call stays.
            changes.Add(new TextChange(TextSpan.FromBounds(site.Start, receiver.CallStart), receiver.Before + "await " + receiver.Text));
            if (site.Dropped.Helper is not null || site.Call.Span.End == site.Expression.Span.End)
                changes.Add(new TextChange(TextSpan.FromBounds(site.Call.Span.End, site.Expression.Span.End), drops.Layout.Configured));
            sites.Add(site);
        }

        if (sites.Count > 0 && !(becomesAsync ? AsyncModifier.Add(drops.Function, new PlaceContext(drops.Model, drops.Root, drops.Text), changes, cancellationToken) : AsyncModifier.AddToAwaited(drops.Function, changes)))
            return drops.Refuse(OpenNurseryAction.NotAsync);
        return sites.Count == 0 ? null : new FunctionEdit("Await it", changes, sites.ToImmutable());
    }
}
