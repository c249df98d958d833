using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC4007: the verb for work that is awaited, or a thread for work that blocks and awaits nothing.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC4007BlockingChildFix))]
public sealed class SC4007BlockingChildFix : PlaceFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.BlockingChild);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        // What was given as `StartWork<Task>` would say another type.
        if (context.Root.FindNode(span, getInnermostNodeForTie: true) is not IdentifierNameSyntax name)
            return context.Refuse("its type arguments say what it returns: leave them out");
        if (name.Identifier.ValueText == RuntimeNames.StartWork)
            return new PlaceEdit("Start it with 'StartSoon'", "structured.start-soon", [new TextChange(name.Span, RuntimeNames.StartSoon)]);
        if (name.FirstAncestorOrSelf<InvocationExpressionSyntax>()?.ArgumentList.Arguments.Select(static argument => argument.Expression).OfType<LambdaExpressionSyntax>().FirstOrDefault() is not { } lambda)
            return context.Refuse("the child is a method of its own: run what blocks in it with 'ToThread.RunAsync'");
        return InThread(lambda, context, cancellationToken) is { } changes ? new PlaceEdit("Run it with 'ToThread.RunAsync'", "structured.to-thread", changes, Needed.ToThread) : null;
    }

    /// <summary>The body of a lambda that awaits nothing, as the work of a thread.</summary>
    private static IReadOnlyList<TextChange>? InThread(LambdaExpressionSyntax lambda, PlaceContext context, CancellationToken cancellationToken)
    {
        var own = lambda.Body.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).ToList();
        if (own.Any(static node => node is AwaitExpressionSyntax or CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 } or UsingStatementSyntax { AwaitKeyword.RawKind: not 0 } or LocalDeclarationStatementSyntax { AwaitKeyword.RawKind: not 0 }))
        {
            context.Refuse("it awaits as well, and only what awaits nothing can be run in a thread as a whole: run what blocks in it with 'ToThread.RunAsync'");
            return null;
        }

        var changes = new List<TextChange>();
        if (lambda.AsyncKeyword.RawKind != 0)
        {
            changes.Add(new TextChange(TextSpan.FromBounds(lambda.AsyncKeyword.SpanStart, lambda.AsyncKeyword.GetNextToken().SpanStart), ""));
        }
        else
        {
            // `return Task.CompletedTask;` at its end says what the end of the work says.
            if (lambda.Body is not BlockSyntax { Statements: var statements } || own.OfType<ReturnStatementSyntax>().Count() != 1 || statements.LastOrDefault() is not ReturnStatementSyntax { Expression: { } value } last
                || !Operations.IsCompletedTask(context.Model.GetSymbolInfo(value, cancellationToken).Symbol, context.Symbols) || statements.Count < 2 || last.GetLeadingTrivia().Concat(last.GetTrailingTrivia()).Any(static trivia => trivia.HasStructure || trivia.ToString().Trim().Length > 0))
            {
                context.Refuse("it returns its task elsewhere than at its end, or another than a completed one: run what blocks in it with 'ToThread.RunAsync'");
                return null;
            }

            var line = context.Text.Lines.GetLineFromPosition(last.SpanStart);
            changes.Add(new TextChange(
                context.Layout.IsFirstOnLine(last.SpanStart) && line.End == last.Span.End
                    ? TextSpan.FromBounds(line.Start, line.EndIncludingLineBreak)
                    : TextSpan.FromBounds(context.Layout.IsFirstOnLine(last.SpanStart) ? last.SpanStart : last.GetFirstToken().GetPreviousToken().Span.End, last.Span.End),
                ""));
        }

        var arrow = lambda.ArrowToken.Span.End;
        changes.Add(new TextChange(new TextSpan(arrow, 0), " ToThread.RunAsync(() =>"));
        changes.Add(new TextChange(new TextSpan(lambda.Span.End, 0), ")"));
        return changes;
    }
}
