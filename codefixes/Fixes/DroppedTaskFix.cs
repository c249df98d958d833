using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC1001, SC1002, SC1007 and the compiler's own CS4014: the dropped task, or the work that never had one, gets an owner.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(DroppedTaskFix))]
public sealed class DroppedTaskFix : CodeFixProvider, IDocumentFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.TaskRunIsFireAndForget, RuleIds.TaskIsDiscarded, RuleIds.UnstructuredThreadOrCallback, CompilerWarnings.UnobservedAwaitable);

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => DocumentFixAllProvider.Instance;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics)
        {
            foreach (var offered in await FixEngine.OffersAsync(context.Document, diagnostic.Location.SourceSpan, context.CancellationToken).ConfigureAwait(false))
                context.RegisterCodeFix(CodeAction.Create(offered.Edit.Title, token => AwaitUsing.UpgradeAsync(context.Document, offered.Document, token), offered.Action.EquivalenceKey), diagnostic);
        }
    }

    Task<DocumentFixResult> IDocumentFix.FixAsync(Document document, ImmutableArray<FoundPlace> places, string? equivalenceKey, CancellationToken cancellationToken)
        => FixEngine.FixDocumentAsync(document, places, equivalenceKey, cancellationToken);
}
