using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Fields and properties of an object that its background work uses.</summary>
internal static class OwnMembers
{
    private const int DeepestCall = 2;

    /// <summary>Those that the children name, or what they call of their own type.</summary>
    /// <param name="sites">The children.</param>
    /// <param name="type">Whose members are asked for.</param>
    /// <param name="drops">What is rewritten.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <param name="counts">Which uses count; all of them where it is null.</param>
    /// <param name="depth">How many calls deep.</param>
    public static IEnumerable<ISymbol> ReadBy(ImmutableArray<DropSite> sites, INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken, Func<SimpleNameSyntax, bool>? counts = null, int depth = DeepestCall)
    {
        var seen = new HashSet<SyntaxNode>();
        var found = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        foreach (var site in sites)
            Look(site.Expression, depth);
        return found;

        void Look(SyntaxNode code, int left)
        {
            if (!seen.Add(code) || ModelOf(code, drops) is not { } model)
                return;
            foreach (var name in code.DescendantNodes().OfType<SimpleNameSyntax>())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var symbol = model.GetSymbolInfo(name, cancellationToken).Symbol?.OriginalDefinition;
                if (symbol is IFieldSymbol or IPropertySymbol && (counts is null || counts(name)))
                    found.Add(symbol);
                // What it calls of its own type, and properties that only give something of a field.
                if (left > 0 && symbol is IMethodSymbol or IPropertySymbol && SymbolEqualityComparer.Default.Equals(symbol.ContainingType, type) && symbol.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is { } declaration)
                    Look(declaration, left - 1);
            }
        }
    }

    /// <summary>The code, and the methods of the type that it calls, directly or through others of them.</summary>
    public static IReadOnlyList<SyntaxNode> Reached(IEnumerable<SyntaxNode> code, INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var found = code.ToList();
        for (var index = 0; index < found.Count; index++)
        {
            if (ModelOf(found[index], drops) is not { } model)
                continue;
            foreach (var call in found[index].DescendantNodesAndSelf().OfType<InvocationExpressionSyntax>())
            {
                if (model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol { OriginalDefinition: var method } && SymbolEqualityComparer.Default.Equals(method.ContainingType, type)
                    && method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is MethodDeclarationSyntax declaration && !found.Contains(declaration))
                {
                    found.Add(declaration);
                }
            }
        }

        return found;
    }

    /// <summary>Null for code of another project.</summary>
    public static SemanticModel? ModelOf(SyntaxNode code, FunctionDrops drops)
        => code.SyntaxTree == drops.Root.SyntaxTree ? drops.Model : drops.Model.Compilation.ContainsSyntaxTree(code.SyntaxTree) ? drops.Model.Compilation.GetSemanticModel(code.SyntaxTree) : null;
}
