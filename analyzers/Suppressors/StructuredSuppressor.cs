using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Structured.Analyzers;

/// <summary>
/// The base of every suppressor: takes back what a rule of another package says, where it does not know the runtime. Quiet unless the project switched the rules
/// on. Each is listed in docs/comparison.md, and switched off like a rule: by the severity <c>none</c> of its own id.
/// </summary>
public abstract class StructuredSuppressor : DiagnosticSuppressor
{
    private readonly ImmutableDictionary<string, SuppressionDescriptor> _byRule;

    private protected StructuredSuppressor(string id, string justification, params string[] rules)
    {
        SupportedSuppressions = rules.Select(rule => new SuppressionDescriptor(id, rule, justification)).ToImmutableArray();
        _byRule = SupportedSuppressions.ToImmutableDictionary(static suppression => suppression.SuppressedDiagnosticId);
    }

    /// <inheritdoc/>
    public sealed override ImmutableArray<SuppressionDescriptor> SupportedSuppressions { get; }

    /// <inheritdoc/>
    public sealed override void ReportSuppressions(SuppressionAnalysisContext context)
    {
        if (AnalyzerSettings.PresetOf(context.Options.AnalyzerConfigOptionsProvider) == Preset.Off)
            return;
        var symbols = KnownSymbols.For(context.Compilation);
        if (!symbols.HasRuntime)
            return;
        foreach (var diagnostic in context.ReportedDiagnostics)
        {
            if (diagnostic.Location.SourceTree is not { } tree)
                continue;
            var node = tree.GetRoot(context.CancellationToken).FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            if (IsMistaken(node, context.GetSemanticModel(tree), symbols, context.CancellationToken))
                context.ReportSuppression(Suppression.Create(_byRule[diagnostic.Id], diagnostic));
        }
    }

    /// <summary>Whether what is reported at <paramref name="node"/> is beside the point.</summary>
    private protected abstract bool IsMistaken(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken);
}
