using System.Collections.Generic;
using System.Linq;
using System.Threading;
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

    /// <summary>The declarations of a method, each with the model of the project that it stands in; none where only metadata is at hand.</summary>
    public static IEnumerable<(SyntaxNode Declaration, SemanticModel Model)> DeclarationsOf(IMethodSymbol method, Compilation compilation, CancellationToken cancellationToken)
        => CompilationOf(method, compilation) is { } home
            ? method.DeclaringSyntaxReferences.Where(reference => home.ContainsSyntaxTree(reference.SyntaxTree)).Select(reference => (reference.GetSyntax(cancellationToken), home.GetSemanticModel(reference.SyntaxTree)))
            : [];
}
