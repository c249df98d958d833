using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Structured.Analyzers;

/// <summary>SCS0004: <c>DisposeAsync</c> runs the object's own <c>Dispose</c> before it joins the nursery. Awaiting <c>DisposeAsync</c> there, as proposed, would call itself without end.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SCS0004DisposeIsPartOfDisposeAsync : StructuredSuppressor
{
    /// <summary>Creates the suppressor.</summary>
    public SCS0004DisposeIsPartOfDisposeAsync()
        : base("SCS0004", "DisposeAsync calls the object's own Dispose; awaiting DisposeAsync instead would call itself.", "CA1849", "MA0042", "S6966", "VSTHRD103")
    {
    }

    private protected override bool IsMistaken(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is { Expression: IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } } call
           && model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol { Name: "Dispose", Parameters.IsEmpty: true } dispose
           && model.GetEnclosingSymbol(call.SpanStart, cancellationToken) is IMethodSymbol { Name: "DisposeAsync", Parameters.IsEmpty: true } around
           && SymbolEqualityComparer.Default.Equals(dispose.ContainingType, around.ContainingType)
           && around.ContainingType.GetMembers().OfType<IFieldSymbol>().Any(field => KnownSymbols.Is(field.Type, symbols.OwnedNursery));
}
