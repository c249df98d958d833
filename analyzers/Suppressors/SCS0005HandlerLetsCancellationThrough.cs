using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SCS0005: <c>catch (Exception e) when (e is not OperationCanceledException)</c>. The rule asks for a filter, and overlooks the one that is there.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SCS0005HandlerLetsCancellationThrough : StructuredSuppressor
{
    /// <summary>Creates the suppressor.</summary>
    public SCS0005HandlerLetsCancellationThrough()
        : base("SCS0005", "The handler has a filter, which lets cancellation through.", "S2221")
    {
    }

    private protected override bool IsMistaken(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => node.FirstAncestorOrSelf<CatchClauseSyntax>() is { Filter.FilterExpression: { } filter }
           && model.GetOperation(filter, cancellationToken) is IIsPatternOperation { Pattern: INegatedPatternOperation { Pattern: ITypePatternOperation { MatchedType: var type } } }
           && KnownSymbols.Is(type, symbols.OperationCanceledException);
}
