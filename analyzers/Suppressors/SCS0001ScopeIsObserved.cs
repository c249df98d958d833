using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Structured.Analyzers;

/// <summary>
/// SCS0001: a call of the runtime without a token, inside a nursery or cancel scope: it observes that scope by itself. Or where no token is in reach that SC2004
/// knows. A nursery that is opened beside a token, outside every scope, is still reported.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SCS0001ScopeIsObserved : StructuredSuppressor
{
    /// <summary>Creates the suppressor.</summary>
    public SCS0001ScopeIsObserved()
        : base("SCS0001", "The runtime's members observe the scope around them without being given its token.", "CA2016", "MA0032", "MA0040", "MA0079", "MA0080", "S8949")
    {
    }

    private protected override bool IsMistaken(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        // `await foreach (var item in receiver)`: what is enumerated is no call.
        if (node.Parent is ForEachStatementSyntax loop && loop.Expression == node || node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } call)
            return symbols.IsOfRuntime(model.GetTypeInfo(node, cancellationToken).Type?.OriginalDefinition) && HasNothingToPass(node, model, symbols, cancellationToken);
        return symbols.IsOfRuntime(model.GetSymbolInfo(call, cancellationToken).Symbol) && HasNothingToPass(call, model, symbols, cancellationToken);
    }

    private static bool HasNothingToPass(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => SensibleToken.AmbientDepth(node, model, symbols, cancellationToken) is not null
           || TokensInReach.At(node, model, symbols, cancellationToken).All(token => token.Origin == TokenOrigin.Local && TokensInReach.IsSource(((ILocalSymbol)token.Symbol).Type, symbols));
}
