using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Waits for the work where only its beginning was waited for: <c>await Task.Factory.StartNew(() => FooAsync())</c> gets an <c>Unwrap()</c>, and that of a value task a second <c>await</c>.</summary>
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
            if (ending == Ending.NeedsHelp || ending != Ending.ByItself && (_mustEnd || HasOwnThread(site, drops, cancellationToken)))
            {
                drops.Refuse(OpenNurseryAction.MayNotEnd);
                continue;
            }

            if (!Awaitables.IsValueTask(Awaitables.ResultType(site.Dropped.Call.Type, drops.Symbols), drops.Symbols))
            {
                changes.Add(new TextChange(new TextSpan(site.Call.Span.End, 0), ".Unwrap()"));
            }
            else if (site.Dropped.Outermost.Syntax is AwaitExpressionSyntax wait)
            {
                var configured = drops.Layout.Configured.Length > 0 ? drops.Layout.Configured : IsConfigured(wait) ? ".ConfigureAwait(false)" : "";
                changes.Add(new TextChange(new TextSpan(wait.SpanStart, 0), configured.Length > 0 ? "await (" : "await "));
                if (configured.Length > 0)
                    changes.Add(new TextChange(new TextSpan(wait.Span.End, 0), ")" + configured));
            }
            else
            {
                drops.Refuse("a value task has no 'Unwrap'");
                continue;
            }

            sites.Add(site);
        }

        return sites.Count == 0 ? null : new FunctionEdit("Wait for the work itself", changes, sites.ToImmutable());
    }

    private static bool IsConfigured(AwaitExpressionSyntax wait)
        => wait.Expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" }, ArgumentList.Arguments: { Count: 1 } arguments } && arguments[0].Expression.IsKind(SyntaxKind.FalseLiteralExpression);

    private static bool HasOwnThread(DropSite site, FunctionDrops drops, CancellationToken cancellationToken)
        => site.Dropped.Call.Syntax is InvocationExpressionSyntax call
           && call.ArgumentList.Arguments.Any(argument => FunctionContext.IsLongRunning(argument.Expression, drops.Model, drops.Symbols, cancellationToken));
}
