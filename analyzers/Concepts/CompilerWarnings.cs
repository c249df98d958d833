using System.Threading;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <summary>What the project says of the compiler's own warnings.</summary>
internal static class CompilerWarnings
{
    /// <summary>An awaitable call is not awaited.</summary>
    public const string UnobservedAwaitable = "CS4014";

    /// <summary>Whether the project, or its editor configuration, switched a warning off for this file. A <c>#pragma</c> speaks for one place and is left alone.</summary>
    public static bool IsSwitchedOff(string id, SemanticModel model, CancellationToken cancellationToken)
    {
        var options = model.Compilation.Options;
        // A suppression by the project (NoWarn) wins over an editor configuration; other severities yield to it.
        var isSpecified = options.SpecificDiagnosticOptions.TryGetValue(id, out var specific);
        if (isSpecified && specific == ReportDiagnostic.Suppress)
            return true;
        if (options.SyntaxTreeOptionsProvider is { } provider
            && (provider.TryGetDiagnosticValue(model.SyntaxTree, id, cancellationToken, out var severity) || provider.TryGetGlobalDiagnosticValue(id, cancellationToken, out severity)))
        {
            return severity is ReportDiagnostic.Suppress or ReportDiagnostic.Hidden;
        }

        return isSpecified && specific == ReportDiagnostic.Hidden;
    }
}
