using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Lambdas that become data, not code: what stands in them is described, never run as written (mocks, query providers).</summary>
internal static class ExpressionTrees
{
    public static bool Contain(IOperation operation, KnownSymbols symbols)
    {
        for (var current = operation; current is not null; current = current.Parent)
        {
            if (current is IAnonymousFunctionOperation { Parent: IConversionOperation { Type: { } type } } && KnownSymbols.IsOrDerivesFrom(type, symbols.Expression))
                return true;
        }

        return false;
    }
}
