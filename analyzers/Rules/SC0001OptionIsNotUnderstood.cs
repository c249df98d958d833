using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Structured.Analyzers;

/// <summary>SC0001: an option has a value that nothing understands. Each is told once for the whole project, however many files it holds for. (The build says the same of its own property, in the package's targets.)</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC0001OptionIsNotUnderstood : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC0001OptionIsNotUnderstood()
        : base(Descriptors.OptionIsNotUnderstood)
    {
    }

    private protected override void Register(RuleContext context)
    {
        var settings = context.Settings;
        context.Start.RegisterCompilationEndAction(end => Analyze(end, settings));
    }

    private static void Analyze(CompilationAnalysisContext context, AnalyzerSettings settings)
    {
        var told = new HashSet<(string, string)>();
        foreach (var tree in context.Compilation.SyntaxTrees)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            foreach (var (option, value, expected) in settings.NotUnderstood(tree))
            {
                if (told.Add((option, value)))
                    context.ReportDiagnostic(Diagnostic.Create(Descriptors.OptionIsNotUnderstood, Location.None, option, value, expected));
            }
        }
    }
}
