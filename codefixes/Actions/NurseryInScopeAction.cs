using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Starts the task in a nursery that the code already holds: a parameter or local.</summary>
internal sealed class NurseryInScopeAction : FixAction
{
    public const string Key = "structured.nursery-in-scope";

    public override string EquivalenceKey => Key;

    public override FunctionEdit? Rewrite(FunctionDrops drops, CancellationToken cancellationToken)
    {
        var changes = new CodeChanges();
        var sites = ImmutableArray.CreateBuilder<DropSite>();
        string? used = null;
        foreach (var site in drops.Sites)
        {
            if (NurseryAt(drops, site, cancellationToken) is not { } nursery || StartCall.Rewrite(drops, site, nursery, outerToken: null, cancellationToken) is not { } start)
                continue;
            used ??= nursery;
            changes.Include(start);
            sites.Add(site);
        }

        return sites.Count == 0 ? null : new FunctionEdit($"Start it in '{used}'", changes, sites.ToImmutable());
    }

    private static string? NurseryAt(FunctionDrops drops, DropSite site, CancellationToken cancellationToken)
    {
        ISymbol? nearest = null;
        foreach (var symbol in drops.Model.LookupSymbols(site.Call.SpanStart))
        {
            var type = symbol switch
            {
                IParameterSymbol parameter => parameter.Type,
                ILocalSymbol local => local.Type,
                _ => null,
            };
            if (!KnownSymbols.IsOrDerivesFrom(type, drops.Symbols.Nursery) || DeclarationOf(symbol, cancellationToken) is not { } declaration || declaration.SpanStart > site.Call.SpanStart)
                continue;
            if (IsReachableFrom(site, declaration, drops, cancellationToken) && (nearest is null || declaration.SpanStart > DeclarationOf(nearest, cancellationToken)!.SpanStart))
                nearest = symbol;
        }

        return nearest?.Name;
    }

    private static SyntaxNode? DeclarationOf(ISymbol symbol, CancellationToken cancellationToken) => symbol.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken);

    /// <summary>
    /// The nursery must be open whenever the call runs, and end before what the child uses does: not through a delegate that others keep, and not past a
    /// <c>using</c> inside the nursery's body that the child needs.
    /// </summary>
    private static bool IsReachableFrom(DropSite site, SyntaxNode declaration, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var home = declaration.FirstAncestorOrSelf<SyntaxNode>(static node => node is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or BaseMethodDeclarationSyntax or CompilationUnitSyntax);
        for (SyntaxNode? function = site.Function.Node; function is not null && function != home; function = function.Parent is null ? null : FunctionContext.EnclosingFunction(function.Parent))
        {
            if (function is not AnonymousFunctionExpressionSyntax || FunctionContext.RoleOfDelegate(function, drops.Model, drops.Symbols, cancellationToken) is not (FunctionRole.NurseryBody or FunctionRole.NurseryChild or FunctionRole.ScopeBody))
                return false;
        }

        return !Resources.NeededBy(site, drops.Model, cancellationToken).Any(resource => resource.SpanStart > declaration.SpanStart);
    }
}
