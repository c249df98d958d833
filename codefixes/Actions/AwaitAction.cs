using System.Collections.Generic;
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

    public override string EquivalenceKey => Key;

    public override FunctionEdit? Rewrite(FunctionDrops drops, CancellationToken cancellationToken)
    {
        if (drops.Function.Kind != FunctionKind.Async && drops.Function.Role != FunctionRole.EntryPoint)
            return drops.Refuse(OpenNurseryAction.NotAsync);
        var changes = new List<TextChange>();
        var sites = ImmutableArray.CreateBuilder<DropSite>();
        foreach (var site in drops.Sites)
        {
            if (site.IsPoolWork || site.Dropped.Continuation is not null || site.Owner is not StatementSyntax)
                continue;
            // `await client?.PingAsync()` fails for a missing client, which the call alone did not.
            if (site.Call.AncestorsAndSelf().TakeWhile(node => node != site.Owner).Any(static node => node is ConditionalAccessExpressionSyntax))
                continue;
            if (Termination.Of(site, drops.Model, drops.Symbols, cancellationToken) == Ending.NeedsHelp)
                continue;
            if (site.Dropped.Helper is { } helper)
            {
                if (!StartCall.TakesOnlyTheTask(helper, site.Call))
                    continue;
                changes.Add(new TextChange(TextSpan.FromBounds(site.Start, site.Call.SpanStart), "await "));
                changes.Add(new TextChange(TextSpan.FromBounds(site.Call.Span.End, site.Expression.Span.End), drops.Layout.Configured));
            }
            else if (site.IsPlainChain)
            {
                changes.Add(new TextChange(TextSpan.FromBounds(site.Start, site.Expression.SpanStart), "await "));
                if (site.Expression == site.Call && drops.Layout.Configured.Length > 0)
                    changes.Add(new TextChange(new TextSpan(site.Expression.Span.End, 0), drops.Layout.Configured));
            }
            else
            {
                continue;
            }

            sites.Add(site);
        }

        if (sites.Count > 0 && !AsyncModifier.AddToEntryPoint(drops.Function, changes))
            return drops.Refuse(OpenNurseryAction.NotAsync);
        return sites.Count == 0 ? null : new FunctionEdit("Await it", changes.ToImmutableArray(), sites.ToImmutable());
    }
}
