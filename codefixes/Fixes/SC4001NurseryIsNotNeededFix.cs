using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC4001: the child takes the place of the nursery. It is handed the token that the nursery was given, or that of the scope the nursery would have been in.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC4001NurseryIsNotNeededFix))]
public sealed class SC4001NurseryIsNotNeededFix : PlaceFix
{
    private const string Key = "structured.unwrap-nursery";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.NurseryIsNotNeeded);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (context.Root.FindNode(span, getInnermostNodeForTie: true).FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } run
            || context.Model.GetOperation(run, cancellationToken) is not IInvocationOperation opening
            || SingleChildNursery.Of(opening, context.Symbols, cancellationToken) is not { } nursery)
        {
            return null;
        }

        if (!IsAwaited(run) && Awaitables.IsValueTask(nursery.Callee.ReturnType, context.Symbols))
            return context.Refuse($"'{nursery.Callee.Name}' gives a 'ValueTask', and the nursery's task is handed on: await it");
        if (!IsAwaited(run) && !nursery.Callee.IsAsync)
            return context.Refuse($"'{nursery.Callee.Name}' may throw before it gives a task, which whoever is given the task does not expect");
        if (run.DescendantTrivia().Any(trivia => !nursery.Child.Span.Contains(trivia.Span) && (trivia.IsDirective || trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia))))
            return context.Refuse("a comment in the nursery would be lost");
        var tokens = nursery.Token is { } token ? SingleChildNursery.TokenUses(nursery.Child, token, context.Model, cancellationToken).ToList() : [];
        if (nursery.OuterToken is { } given && given is not (IdentifierNameSyntax or MemberAccessExpressionSyntax))
            return context.Refuse("the nursery's token is made for it");

        // In the scope around the nursery, the child is cancelled when the nursery would have been.
        var outer = nursery.OuterToken?.ToString() ?? "CancelScope.Current.Token";
        var text = context.Text.ToString(nursery.Child.Span);
        foreach (var use in tokens.OrderByDescending(static use => use.SpanStart))
            text = text.Remove(use.SpanStart - nursery.Child.SpanStart, use.Span.Length).Insert(use.SpanStart - nursery.Child.SpanStart, outer);
        if (nursery.Child is not InvocationExpressionSyntax)
            text += nursery.IsNamedWithToken ? $"({outer})" : "()";
        var inner = context.Layout.IndentationAt(nursery.Child.SpanStart);
        var target = context.Layout.IndentationAt(run.SpanStart);
        text = context.Layout.Moved(text, inner, target);
        var change = new TextChange(run.Span, text);
        return text.Contains("CancelScope.") ? new PlaceEdit($"Await '{nursery.Callee.Name}' without a nursery", Key, [change], (RuntimeNames.Namespace, "CancelScope")) : new PlaceEdit($"Await '{nursery.Callee.Name}' without a nursery", Key, [change]);
    }

    private static bool IsAwaited(ExpressionSyntax run)
    {
        while (run.Parent is ParenthesizedExpressionSyntax or MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } or InvocationExpressionSyntax)
            run = (ExpressionSyntax)run.Parent;
        return run.Parent is AwaitExpressionSyntax;
    }
}
