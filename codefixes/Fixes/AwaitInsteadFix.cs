using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The base of fixes that await what blocked a thread. Where the thread is blocked on purpose, they leave it so.</summary>
public abstract class AwaitInsteadFix : PlaceFix
{
    private protected sealed override async Task<PlaceEdit?> RewriteAsync(Document document, PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        var place = context.Root.FindNode(span, getInnermostNodeForTie: true);
        if (Measured.Contains(place, context, cancellationToken))
            return context.Refuse(Measured.Reason);
        // The search through the solution comes last.
        if (Rewrite(context, diagnostic, span, cancellationToken) is not { } edit)
            return null;
        return await OwnThread.IsLeftAsync(place, context.Model, document.Project.Solution, cancellationToken).ConfigureAwait(false) ? context.Refuse(OwnThread.Reason) : edit;
    }
}
