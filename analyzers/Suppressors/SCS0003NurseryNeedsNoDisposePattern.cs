using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Structured.Analyzers;

/// <summary>
/// SCS0003: a type whose <c>Dispose</c> only cancels a nursery of its own. The dispose pattern with its <c>Dispose(bool)</c> and its call to
/// <c>GC.SuppressFinalize</c> is there for finalizers, and here is nothing to finalize.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SCS0003NurseryNeedsNoDisposePattern : StructuredSuppressor
{
    /// <summary>Creates the suppressor.</summary>
    public SCS0003NurseryNeedsNoDisposePattern()
        : base("SCS0003", "Dispose only cancels an owned nursery: there is nothing to finalize.", "CA1063", "CA1816", "S3881")
    {
    }

    private protected override bool IsMistaken(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration || model.GetDeclaredSymbol(declaration, cancellationToken) is not INamedTypeSymbol type)
            return false;
        // One part of the type says it; a finalizer, or a hook for derived types, asks for the pattern.
        if (type.GetMembers().OfType<IMethodSymbol>().Any(static method => method.MethodKind == MethodKind.Destructor || method is { Name: "Dispose", Parameters.IsEmpty: false }))
            return false;
        return type.GetMembers("Dispose").OfType<IMethodSymbol>().SingleOrDefault(static method => method.Parameters.IsEmpty)?.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is MethodDeclarationSyntax dispose
               && dispose.SyntaxTree == node.SyntaxTree
               && OnlyExpression(dispose) is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax cancel } call
               && model.GetSymbolInfo(call, cancellationToken).Symbol is { Name: "Cancel" } method && symbols.IsOfRuntime(method)
               && model.GetSymbolInfo(cancel.Expression, cancellationToken).Symbol is IFieldSymbol field && KnownSymbols.Is(field.Type, symbols.OwnedNursery);
    }

    private static ExpressionSyntax? OnlyExpression(MethodDeclarationSyntax method)
        => method.ExpressionBody?.Expression ?? (method.Body is { Statements: { Count: 1 } statements } ? (statements[0] as ExpressionStatementSyntax)?.Expression : null);
}
