using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The base of fixes that change signatures through the solution, so that another fix becomes possible: only done when they are chosen, one place at a time.</summary>
public abstract class SignatureFix : CodeFixProvider
{
    /// <summary>None: every place is a decision of its own.</summary>
    public sealed override FixAllProvider? GetFixAllProvider() => null;

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false) is not { } model
            || await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        foreach (var diagnostic in context.Diagnostics)
        {
            var node = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            if (await OfferAsync(context.Document, diagnostic, node, model, context.CancellationToken).ConfigureAwait(false) is ({ } title, { } solution))
                context.RegisterCodeFix(CodeAction.Create(title, _ => Task.FromResult(solution), Key), diagnostic);
        }
    }

    private protected abstract string Key { get; }

    /// <summary>What to do for the diagnostic, which was found at <paramref name="node"/>; nothing where somebody is in the way.</summary>
    private protected abstract Task<(string? Title, Solution? Solution)> OfferAsync(Document document, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken cancellationToken);

    /// <summary>The title of an action that makes another possible.</summary>
    private protected static string Title(string first, string then) => $"{first}; {char.ToLowerInvariant(then[0])}{then.Substring(1)}";
}
