using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <content>SC0xxx: the configuration itself.</content>
internal static partial class Descriptors
{
    public static DiagnosticDescriptor OptionIsNotUnderstood { get; } = Create(
        RuleIds.OptionIsNotUnderstood,
        "Option is not understood",
        "The option '{0}' has the value '{1}', which is not understood and so ignored: {2}",
        "An option that is ignored leaves a rule weaker, or louder, than the project believes it is.",
        Categories.Configuration,
        DiagnosticSeverity.Warning,
        DiagnosticSeverity.Error,
        WellKnownDiagnosticTags.CompilationEnd);

    private static IEnumerable<DiagnosticDescriptor> Configuration() => [OptionIsNotUnderstood];
}
