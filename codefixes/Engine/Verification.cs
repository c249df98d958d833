using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Compiles a changed document before the change is offered: it must bring no error and no compiler warning that was not there.</summary>
internal static class Verification
{
    public static async Task<ImmutableDictionary<string, int>> CountAsync(Document document, CancellationToken cancellationToken)
    {
        var model = await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
        return model!.GetDiagnostics(cancellationToken: cancellationToken)
            .Where(static diagnostic => diagnostic.DefaultSeverity is DiagnosticSeverity.Error or DiagnosticSeverity.Warning && !diagnostic.IsSuppressed)
            .GroupBy(static diagnostic => diagnostic.Id)
            .ToImmutableDictionary(static group => group.Key, static group => group.Count());
    }

    /// <summary>The ids of the errors and warnings that a change would bring.</summary>
    public static string Worse(ImmutableDictionary<string, int> before, ImmutableDictionary<string, int> after)
        => string.Join(", ", after.Where(pair => pair.Value > (before.TryGetValue(pair.Key, out var known) ? known : 0)).Select(static pair => pair.Key).OrderBy(static id => id, System.StringComparer.Ordinal));

    public static bool IsNoWorse(ImmutableDictionary<string, int> before, ImmutableDictionary<string, int> after)
        => after.All(pair => pair.Value <= (before.TryGetValue(pair.Key, out var known) ? known : 0));
}
