using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC2001: a checkpoint as the first statement of the loop.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC2001LoopWithoutCheckpointFix))]
public sealed class SC2001LoopWithoutCheckpointFix : PlaceFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.LoopWithoutCheckpoint);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
        => context.Root.FindToken(span.Start).Parent is { } loop
            ? LoopCheckpoint.Edit(loop, SensibleToken.At(loop, context.Model, context.Symbols, cancellationToken)?.Token, context, cancellationToken)
            : null;
}
