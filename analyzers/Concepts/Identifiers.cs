using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Structured.Analyzers;

/// <summary>The identifiers that a file is written with, asked once a tree: a file that lacks a name cannot use what is called so. Thread-safe.</summary>
internal static class Identifiers
{
    private static readonly ConditionalWeakTable<SyntaxTree, HashSet<string>> Known = new();

    public static HashSet<string> Of(SyntaxTree tree, CancellationToken cancellationToken)
    {
        if (Known.TryGetValue(tree, out var names))
            return names;
        names = new HashSet<string>(
            tree.GetRoot(cancellationToken).DescendantTokens().Where(static token => token.IsKind(SyntaxKind.IdentifierToken)).Select(static token => token.ValueText),
            StringComparer.Ordinal);
        return Known.GetValue(tree, _ => names);
    }
}
