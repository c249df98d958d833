using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <summary>Namespaces by their names. Thread-safe.</summary>
internal static class Namespaces
{
    // A compilation has few of them, and asks for their names again and again: each is put together once.
    private static readonly ConditionalWeakTable<INamespaceSymbol, string> Names = new();

    /// <summary>The full name of the namespace that something is declared in, such as <c>System.Threading</c>; empty for what belongs to none, an array or a type parameter.</summary>
    public static string Around(ISymbol? symbol)
    {
        if (symbol?.ContainingNamespace is not { } space)
            return "";
        return Names.TryGetValue(space, out var name) ? name : Names.GetValue(space, static each => each.ToDisplayString());
    }
}
