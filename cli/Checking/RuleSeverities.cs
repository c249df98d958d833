using System;
using System.Collections.Immutable;
using System.Threading;
using Microsoft.CodeAnalysis;
using Structured.Analyzers;

namespace Structured.Cli.Checking;

/// <summary>
/// The severities that hold: a rule that is named is wanted, whatever the configuration says of it; otherwise the project's own configuration counts, and behind it, as in
/// the package, those of the preset.
/// </summary>
internal sealed class RuleSeverities(SyntaxTreeOptionsProvider? project, ImmutableHashSet<string>? named, string preset) : SyntaxTreeOptionsProvider
{
    private readonly bool _isStrict = preset.Equals("strict", StringComparison.OrdinalIgnoreCase);

    public override GeneratedKind IsGenerated(SyntaxTree tree, CancellationToken cancellationToken) => project?.IsGenerated(tree, cancellationToken) ?? GeneratedKind.Unknown;

    public override bool TryGetDiagnosticValue(SyntaxTree tree, string diagnosticId, CancellationToken cancellationToken, out ReportDiagnostic severity)
    {
        if (named?.Contains(diagnosticId) == true)
        {
            severity = ReportDiagnostic.Warn;
            return true;
        }

        severity = ReportDiagnostic.Default;
        return project?.TryGetDiagnosticValue(tree, diagnosticId, cancellationToken, out severity) == true;
    }

    public override bool TryGetGlobalDiagnosticValue(string diagnosticId, CancellationToken cancellationToken, out ReportDiagnostic severity)
    {
        severity = ReportDiagnostic.Default;
        if (project?.TryGetGlobalDiagnosticValue(diagnosticId, cancellationToken, out severity) == true)
            return true;
        return _isStrict && Checker.StrictSeverities.TryGetValue(diagnosticId, out severity);
    }
}
