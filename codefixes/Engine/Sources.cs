using Microsoft.CodeAnalysis;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The source of a referenced project is at hand in its own compilation.</summary>
internal static class Sources
{
    /// <returns>The compilation that declares the method; null where only metadata is at hand.</returns>
    public static Compilation? CompilationOf(IMethodSymbol method, Compilation compilation)
        => SymbolEqualityComparer.Default.Equals(method.ContainingAssembly, compilation.Assembly) ? compilation
            : method.ContainingAssembly is { } assembly ? (compilation.GetMetadataReference(assembly) as CompilationReference)?.Compilation
            : null;
}
