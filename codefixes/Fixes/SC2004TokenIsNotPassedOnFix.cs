using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC2004: the token is passed, or takes the place of the wrong one.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC2004TokenIsNotPassedOnFix))]
public sealed class SC2004TokenIsNotPassedOnFix : PlaceFix
{
    private const string Key = "structured.pass-token";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.TokenIsNotPassedOn);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (!diagnostic.Properties.TryGetValue(SC2004TokenIsNotPassedOn.ArgumentProperty, out var argument) || argument is null)
            return null;
        var node = context.Root.FindNode(span, getInnermostNodeForTie: true);
        if (node.Parent is ArgumentSyntax given && given.Expression == node)
            return new PlaceEdit($"Pass '{argument}'", Key, [new TextChange(span, argument)]);
        if (node.FirstAncestorOrSelf<InvocationExpressionSyntax>(call => call.Expression.Span.Contains(span)) is not { } invocation)
            return null;
        var token = SyntaxFactory.ParseArgumentList($"({argument})").Arguments[0].Expression;
        if (SkippedCleanup.Of(invocation, token, context, cancellationToken) is { } left)
            return context.Refuse($"a cancellation would leave before the 'try' that cleans up '{left}', which had begun by then: move the call into the 'try'");
        var arguments = invocation.ArgumentList.Arguments;
        var change = arguments.Count == 0
            ? new TextChange(new TextSpan(invocation.ArgumentList.OpenParenToken.Span.End, 0), argument)
            : new TextChange(new TextSpan(arguments.Last().Span.End, 0), ", " + argument);
        return new PlaceEdit($"Pass '{argument}'", Key, [change]);
    }
}
