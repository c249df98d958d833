using System.Collections.Generic;
using System.Collections.Immutable;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC2009: the attribute on the iterator's parameter, or <c>WithCancellation</c> at the loop.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC2009AsyncIteratorIgnoresItsConsumersTokenFix))]
public sealed class SC2009AsyncIteratorIgnoresItsConsumersTokenFix : PlaceFix
{
    private const string Key = "structured.consumers-token";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.AsyncIteratorIgnoresItsConsumersToken);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        var node = context.Root.FindNode(span, getInnermostNodeForTie: true);
        if (!diagnostic.Properties.TryGetValue(SC2009AsyncIteratorIgnoresItsConsumersToken.TokenProperty, out var token) || token is null)
        {
            return node.FirstAncestorOrSelf<ParameterSyntax>() is { } parameter
                ? new PlaceEdit("Mark it '[EnumeratorCancellation]'", Key, [new TextChange(new TextSpan(parameter.SpanStart, 0), "[EnumeratorCancellation] ")], ("System.Runtime.CompilerServices", "EnumeratorCancellationAttribute"))
                : null;
        }

        if (node is not ExpressionSyntax sequence)
            return null;
        var needsParentheses = Language.NeedsParentheses(sequence);
        var changes = new List<TextChange>();
        if (needsParentheses)
            changes.Add(new TextChange(new TextSpan(sequence.SpanStart, 0), "("));
        changes.Add(new TextChange(new TextSpan(sequence.Span.End, 0), (needsParentheses ? ")" : "") + $".WithCancellation({token})"));
        return new PlaceEdit($"Walk it with '{token}'", Key, changes, ("System.Threading.Tasks", "TaskAsyncEnumerableExtensions"));
    }
}
