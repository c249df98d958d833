using System.Collections.Immutable;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC2002: a checkpoint as the first statement of the loop.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC2002LoopIgnoresCancellationFix))]
public sealed class SC2002LoopIgnoresCancellationFix : PlaceFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.LoopIgnoresCancellation);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
        => context.Root.FindToken(span.Start).Parent is StatementSyntax loop && SensibleToken.At(loop, context.Model, context.Symbols, cancellationToken) is { } sensible
            ? LoopCheckpoint.Edit(loop, sensible.Token, context, cancellationToken)
            : null;
}
