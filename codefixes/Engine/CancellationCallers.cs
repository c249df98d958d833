using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FindSymbols;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Who catches the cancellations that leave a function.</summary>
internal static class CancellationCallers
{
    private const int MostFunctions = 40;

    /// <summary>
    /// Whether code of the solution that calls <paramref name="function"/>, directly or through others, may sort out cancellations. Nobody knows who calls a function that is
    /// handed on as a delegate, or what more callers than are looked at do.
    /// </summary>
    public static async Task<bool> CatchAsync(IMethodSymbol function, Solution solution, CancellationToken cancellationToken)
    {
        var pending = new Queue<IMethodSymbol>();
        var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        pending.Enqueue(function.OriginalDefinition);
        while (pending.Count > 0)
        {
            var next = pending.Dequeue();
            if (!seen.Add(next))
                continue;
            if (seen.Count > MostFunctions)
                return true;
            foreach (var location in (await SymbolFinder.FindReferencesAsync(next, solution, cancellationToken).ConfigureAwait(false)).SelectMany(static referenced => referenced.Locations))
            {
                if (await location.Document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false) is not { } model)
                    continue;
                var root = await model.SyntaxTree.GetRootAsync(cancellationToken).ConfigureAwait(false);
                if (FunctionReference.IsOnlyNamed(location, root))
                    continue;
                var symbols = KnownSymbols.For(model.Compilation);
                var place = root.FindNode(location.Location.SourceSpan, getInnermostNodeForTie: true);
                if (place is not SimpleNameSyntax name || AsyncCode.CallAt(name) is null || Sorts(place, model, symbols, cancellationToken, out var isCaught))
                    return true;
                if (!isCaught && place.FirstAncestorOrSelf<MemberDeclarationSyntax>(static member => member is BaseMethodDeclarationSyntax) is { } member && model.GetDeclaredSymbol(member, cancellationToken) is IMethodSymbol caller)
                    pending.Enqueue(caller.OriginalDefinition);
            }
        }

        return false;
    }

    /// <summary>Whether the code around a call, up to the member's end, tells cancellations from other exceptions.</summary>
    private static bool Sorts(SyntaxNode place, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken, out bool isCaught)
    {
        isCaught = false;
        var inner = place;
        foreach (var outer in place.Ancestors().TakeWhile(static node => node is not MemberDeclarationSyntax))
        {
            if (outer is TryStatementSyntax statement && statement.Block == inner)
            {
                foreach (var clause in statement.Catches)
                {
                    if (CancellationHandlers.Takes(clause, model, symbols, cancellationToken) == TakenCancellations.None)
                        continue;
                    if (CancellationHandlers.IsExplicit(clause, model, symbols, cancellationToken) || CancellationHandlers.SpeaksOfCancellation(clause, model, symbols, cancellationToken))
                        return true;
                    if (clause.Filter is null && !clause.Block.DescendantNodes().Any(static node => node is ThrowStatementSyntax))
                    {
                        isCaught = true;
                        return false;
                    }
                }
            }

            // `Assert.ThrowsAsync<TaskCanceledException>(() => …)`
            if (outer is InvocationExpressionSyntax call && call.ArgumentList.Span.Contains(place.Span) && model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol { TypeArguments: var arguments }
                && arguments.Any(argument => KnownSymbols.IsOrDerivesFrom(argument, symbols.OperationCanceledException)))
            {
                return true;
            }

            inner = outer;
        }

        return false;
    }
}
