using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Structured.Analyzers;

/// <summary>Reports findings, but for those in generated code which rules are still shown.</summary>
internal static class Findings
{
    public static void Report(this OperationAnalysisContext context, Diagnostic finding)
    {
        if (!IsPartOfGenerated(context.ContainingSymbol, context.Compilation))
            context.ReportDiagnostic(finding);
    }

    public static void Report(this OperationBlockAnalysisContext context, Diagnostic finding)
    {
        if (!IsPartOfGenerated(context.OwningSymbol, context.Compilation))
            context.ReportDiagnostic(finding);
    }

    public static void Report(this SyntaxNodeAnalysisContext context, Diagnostic finding)
    {
        if (!IsPartOfGenerated(context.ContainingSymbol, context.Compilation))
            context.ReportDiagnostic(finding);
    }

    /// <summary>The driver leaves out what is marked as generated, and what is in it; but for an accessor, whose mark is the property's or the event's.</summary>
    private static bool IsPartOfGenerated(ISymbol? symbol, Compilation compilation)
        => symbol is IMethodSymbol { AssociatedSymbol: { } owner } && owner.GetAttributes() is { IsEmpty: false } attributes
           && compilation.GetTypeByMetadataName("System.CodeDom.Compiler.GeneratedCodeAttribute") is { } mark
           && attributes.Any(each => SymbolEqualityComparer.Default.Equals(each.AttributeClass, mark));
}
