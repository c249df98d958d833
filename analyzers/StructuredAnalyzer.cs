using System.Collections.Immutable;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Structured.Analyzers;

/// <summary>
/// The base of every rule. It fixes what all rules share: they run concurrently, analyse generated code without reporting on it (see <see cref="Findings"/>), and stay silent unless the
/// project switched them on. A rule overrides <see cref="Register"/> and is handed the symbols and options already resolved.
/// </summary>
public abstract class StructuredAnalyzer : DiagnosticAnalyzer
{
    private protected StructuredAnalyzer(params DiagnosticDescriptor[] descriptors)
        => SupportedDiagnostics = ImmutableArray.Create(descriptors);

    /// <inheritdoc/>
    public sealed override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; }

    /// <inheritdoc/>
    public sealed override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.RegisterCompilationStartAction(start =>
        {
            if (AnalyzerSettings.PresetOf(start.Options.AnalyzerConfigOptionsProvider) == Preset.Off)
                return;
            var symbols = KnownSymbols.For(start.Compilation);
            if (symbols.Task is null)
                return;
            Register(new RuleContext(start, symbols, AnalyzerSettings.For(start.Compilation, start.Options.AnalyzerConfigOptionsProvider)));
        });
    }

    /// <summary>Registers the rule's callbacks for one compilation.</summary>
    private protected abstract void Register(RuleContext context);
}

/// <summary>What a rule is handed for one compilation.</summary>
internal sealed class RuleContext
{
#pragma warning disable RS1012 // It only carries the context; the rule it is handed to registers.
    public RuleContext(CompilationStartAnalysisContext start, KnownSymbols symbols, AnalyzerSettings settings)
#pragma warning restore RS1012
    {
        Start = start;
        Symbols = symbols;
        Settings = settings;
    }

    public CompilationStartAnalysisContext Start { get; }

    public KnownSymbols Symbols { get; }

    public AnalyzerSettings Settings { get; }

    public Compilation Compilation => Start.Compilation;
}
