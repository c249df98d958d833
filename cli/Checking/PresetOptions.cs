using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Analyzers;

namespace Structured.Cli.Checking;

/// <summary>The project's own options, with the rules switched on where the project does not say anything of them.</summary>
internal sealed class PresetOptions(AnalyzerConfigOptionsProvider project, string preset, bool overridesProject) : AnalyzerConfigOptionsProvider
{
    /// <summary>The preset that holds for a project.</summary>
    public static string Of(AnalyzerConfigOptionsProvider project, string preset, bool overridesProject)
        => new PresetOptions(project, preset, overridesProject).GlobalOptions.TryGetValue(AnalyzerSettings.BuildProperty, out var value) ? value : preset;

    public override AnalyzerConfigOptions GlobalOptions { get; } = new WithPreset(project.GlobalOptions, preset, overridesProject);

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => project.GetOptions(tree);

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => project.GetOptions(textFile);

    private sealed class WithPreset(AnalyzerConfigOptions options, string preset, bool overridesProject) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
        {
            if (KeyComparer.Equals(key, AnalyzerSettings.BuildProperty) && (overridesProject || !options.TryGetValue(key, out value) || string.IsNullOrWhiteSpace(value)))
            {
                value = preset;
                return true;
            }

            return options.TryGetValue(key, out value);
        }
    }
}
