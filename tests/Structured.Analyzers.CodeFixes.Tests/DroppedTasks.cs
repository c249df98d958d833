using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>SC1001 and SC1002 together, for cases in which both appear.</summary>
#pragma warning disable RS1001, RS1025, RS1026 // Only tests make it; the rules configure the analysis themselves.
public sealed class DroppedTasks : DiagnosticAnalyzer

{
    private readonly DiagnosticAnalyzer[] _rules = [new SC1001TaskRunIsFireAndForget(), new SC1002TaskIsDiscarded()];

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => _rules.SelectMany(static rule => rule.SupportedDiagnostics).ToImmutableArray();

    public override void Initialize(AnalysisContext context)
    {
        foreach (var rule in _rules)
            rule.Initialize(context);
    }
}
