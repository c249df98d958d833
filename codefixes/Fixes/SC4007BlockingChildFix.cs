using System.Collections.Immutable;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC4007: the verb for work that is awaited.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC4007BlockingChildFix))]
public sealed class SC4007BlockingChildFix : PlaceFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.BlockingChild);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
        // What was given as `StartWork<Task>` would say another type.
        => context.Root.FindNode(span, getInnermostNodeForTie: true) is IdentifierNameSyntax name
            ? new PlaceEdit("Start it with 'StartSoon'", "structured.start-soon", [new TextChange(name.Span, RuntimeNames.StartSoon)])
            : null;
}
