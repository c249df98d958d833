using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers;

/// <summary>Code that has to run to its end even when the rest was cancelled, and so must not be handed the rest's token.</summary>
internal static class Cleanup
{
    /// <summary>Whether <paramref name="node"/> stands in a <c>finally</c>, a handler of cancellations, or a member that disposes of the object.</summary>
    public static bool Contains(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => IsInHandler(node, model, symbols, anyCatch: false, cancellationToken) || IsInDisposal(node, model, symbols, cancellationToken);

    /// <summary>The same, with every <c>catch</c> that a cancellation can enter.</summary>
    public static bool ContainsWithHandlers(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => IsInHandler(node, model, symbols, anyCatch: true, cancellationToken) || IsInDisposal(node, model, symbols, cancellationToken) || IsCalledByCleanup(node, model, symbols, cancellationToken);

    /// <summary>A private method that nobody but cleanup calls.</summary>
    private static bool IsCalledByCleanup(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { Parent: TypeDeclarationSyntax type } declaration
            || model.GetDeclaredSymbol(declaration, cancellationToken) is not IMethodSymbol { DeclaredAccessibility: Accessibility.Private, ContainingType.DeclaringSyntaxReferences.Length: 1 } method)
        {
            return false;
        }

        // Where a name stands costs nothing beside what it means.
        var names = FileIndex.NamesIn(type, method.Name, cancellationToken).Where(name => !declaration.Span.Contains(name.Span))
            .ToLookup(name => IsInHandler(name, model, symbols, anyCatch: true, cancellationToken) || IsInDisposal(name, model, symbols, cancellationToken));
        return names.Contains(true) && !names[false].Any(IsOfMethod) && names[true].Any(IsOfMethod);

        bool IsOfMethod(SimpleNameSyntax name) => SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol?.OriginalDefinition, method);
    }

    private static bool IsInHandler(SyntaxNode node, SemanticModel model, KnownSymbols symbols, bool anyCatch, CancellationToken cancellationToken)
    {
        foreach (var ancestor in node.Ancestors())
        {
            switch (ancestor)
            {
                case FinallyClauseSyntax:
                    return true;
                case CatchClauseSyntax when anyCatch:
                case CatchClauseSyntax { Declaration.Type: { } type } when KnownSymbols.IsOrDerivesFrom(model.GetTypeInfo(type, cancellationToken).Type, symbols.OperationCanceledException):
                    return true;
                case MemberDeclarationSyntax:
                    return false;
            }
        }

        return false;
    }

    /// <summary>Whether <paramref name="node"/> stands in a member that disposes of the object.</summary>
    public static bool IsInDisposal(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<MemberDeclarationSyntax>(static member => member is BaseMethodDeclarationSyntax) is not { } member)
            return false;
        if (member is DestructorDeclarationSyntax)
            return true;
        // An explicit implementation has the name as its last part.
        return member is MethodDeclarationSyntax { Identifier.ValueText: var name } && name.StartsWith("Dispose", System.StringComparison.Ordinal)
               && model.GetDeclaredSymbol(member, cancellationToken) is IMethodSymbol method && (Disposes(method, symbols.Disposable, "Dispose") || DisposesAsync(method, symbols));
    }

    /// <summary><c>DisposeAsync</c>, or a part of it.</summary>
    public static bool DisposesAsync(IMethodSymbol method, KnownSymbols symbols) => Disposes(method, symbols.AsyncDisposable, "DisposeAsync");

    /// <summary>The interface's own method, and the <c>Dispose(bool)</c> and <c>DisposeAsyncCore()</c> of the pattern.</summary>
    private static bool Disposes(IMethodSymbol method, INamedTypeSymbol? contract, string name)
        => KnownSymbols.Implements(method.ContainingType, contract)
           && (method.Name.StartsWith(name, System.StringComparison.Ordinal) && method.Parameters.All(static parameter => parameter.Type.SpecialType == SpecialType.System_Boolean)
               || method.ExplicitInterfaceImplementations.Any(each => each.Name == name));
}
