using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Functions of which somebody waits for no more than what they do before they first wait themselves: <c>Task.Factory.StartNew(RunAsync).Wait()</c>.</summary>
internal static class FirstParts
{
    public const string Reason = "who starts the function with 'StartNew' waits only until its first await, which would come earlier";

    /// <summary>Whether one of the functions awaits where it did not.</summary>
    public static async Task<bool> GrowShorterAsync(IEnumerable<SyntaxNode> places, SemanticModel model, SyntaxNode before, Document changed, CancellationToken cancellationToken)
    {
        if (await changed.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } after || Awaits(after) <= Awaits(before))
            return false;
        var symbols = KnownSymbols.For(model.Compilation);
        var code = AsyncCode.For(model.Compilation);
        return places.Any(place => code.IsStartedForItsFirstPart(FunctionContext.Of(place, model, symbols, cancellationToken), model, cancellationToken));
    }

    private static int Awaits(SyntaxNode root) => root.DescendantNodes().OfType<AwaitExpressionSyntax>().Count();
}
