using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <summary>The places that a finding points at besides its own: where a task was started, where a token comes from. Editors list them, and SARIF has them as related locations.</summary>
internal static class RelatedPlaces
{
    /// <summary>Where <paramref name="symbol"/> is declared, if that is in source.</summary>
    public static IEnumerable<Location> Declaration(ISymbol? symbol)
        => symbol is null ? [] : symbol.Locations.Where(static location => location.IsInSource).Take(1);
}
