using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Calls of the runtime that open a nursery or start a child in one.</summary>
internal static class ChildStart
{
    /// <summary>The nursery that a child is started in; null for other calls.</summary>
    public static IOperation? NurseryOf(IInvocationOperation call, KnownSymbols symbols)
    {
        if (call.TargetMethod.Name is not (RuntimeNames.StartSoon or RuntimeNames.StartNow or RuntimeNames.StartWork or RuntimeNames.StartAsync))
            return null;
        if (KnownSymbols.IsOrDerivesFrom(call.TargetMethod.ContainingType, symbols.Nursery))
            return call.Instance;
        return KnownSymbols.Is(call.TargetMethod.ContainingType, symbols.NurseryExtensions) && !call.Arguments.IsEmpty ? call.Arguments.First(static argument => argument.Parameter?.Ordinal == 0).Value : null;
    }

    /// <summary>Whether the call opens a nursery that ends with the delegate it is given.</summary>
    public static bool OpensLexicalNursery(IInvocationOperation call, KnownSymbols symbols)
        => call.TargetMethod.Name is RuntimeNames.RunAsync or RuntimeNames.RunMainAsync && call.TargetMethod.IsStatic && KnownSymbols.Is(call.TargetMethod.ContainingType, symbols.Nursery);
}
