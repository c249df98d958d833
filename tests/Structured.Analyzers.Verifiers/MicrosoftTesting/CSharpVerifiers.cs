using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;

namespace Structured.Analyzers.Verifiers;

// The same names as our own verifier's, standing on Microsoft.CodeAnalysis.Testing. Compiled instead of it with -p:UseMicrosoftCodeAnalysisTesting=true.

/// <summary>Tests of an analyzer alone. A test file says <c>using VerifyCS = CSharpAnalyzerVerifier&lt;TheAnalyzer&gt;;</c>.</summary>
public static class CSharpAnalyzerVerifier<TAnalyzer>
    where TAnalyzer : DiagnosticAnalyzer, new()
{
    public static DiagnosticResult Diagnostic(string id) => CSharpAnalyzerVerifier<TAnalyzer, DefaultVerifier>.Diagnostic(id);

    public static DiagnosticResult Diagnostic(DiagnosticDescriptor descriptor) => new(descriptor);

    public static Task VerifyAnalyzerAsync(string source, params DiagnosticResult[] expected)
    {
        var test = new Test { TestCode = source };
        test.ExpectedDiagnostics.AddRange(expected);
        return test.RunAsync(CancellationToken.None);
    }

    public class Test : CSharpAnalyzerTest<TAnalyzer, DefaultVerifier>, ITestSettings
    {
        public Test() => TestSettings.Prepare(this, SolutionTransforms, references => ReferenceAssemblies = references);

        public LanguageVersion LanguageVersion { get; set; } = LanguageVersion.Latest;

        public NullableContextOptions Nullable { get; set; } = NullableContextOptions.Disable;

        public bool AllowUnsafe { get; set; }

        public string? Preset { get; set; } = "recommended";

        public bool ReferencesRuntime { get; set; } = true;

        protected override ParseOptions CreateParseOptions() => TestSettings.ParseOptions(this);

        protected override CompilationOptions CreateCompilationOptions() => TestSettings.CompilationOptions(this);

        protected override Task RunImplAsync(CancellationToken cancellationToken)
            => TestSettings.CanRun(this, TestState) ? base.RunImplAsync(cancellationToken) : Task.CompletedTask;
    }
}

/// <summary>Tests of an analyzer and its fix.</summary>
public static class CSharpCodeFixVerifier<TAnalyzer, TCodeFix>
    where TAnalyzer : DiagnosticAnalyzer, new()
    where TCodeFix : CodeFixProvider, new()
{
    public static DiagnosticResult Diagnostic(string id) => CSharpCodeFixVerifier<TAnalyzer, TCodeFix, DefaultVerifier>.Diagnostic(id);

    public static DiagnosticResult Diagnostic(DiagnosticDescriptor descriptor) => new(descriptor);

    public static Task VerifyAnalyzerAsync(string source, params DiagnosticResult[] expected)
        => CSharpAnalyzerVerifier<TAnalyzer>.VerifyAnalyzerAsync(source, expected);

    public static Task VerifyCodeFixAsync(string source, string fixedSource) => VerifyCodeFixAsync(source, [], fixedSource);

    public static Task VerifyCodeFixAsync(string source, DiagnosticResult expected, string fixedSource) => VerifyCodeFixAsync(source, [expected], fixedSource);

    public static Task VerifyCodeFixAsync(string source, DiagnosticResult[] expected, string fixedSource)
    {
        var test = new Test { TestCode = source, FixedCode = fixedSource };
        test.ExpectedDiagnostics.AddRange(expected);
        return test.RunAsync(CancellationToken.None);
    }

    public class Test : CSharpCodeFixTest<TAnalyzer, TCodeFix, DefaultVerifier>, ITestSettings
    {
        public Test()
        {
            TestSettings.Prepare(this, SolutionTransforms, references => ReferenceAssemblies = references);
            // The results are built by text edits; what counts is the text.
            CodeActionValidationMode = CodeActionValidationMode.None;
        }

        public LanguageVersion LanguageVersion { get; set; } = LanguageVersion.Latest;

        public NullableContextOptions Nullable { get; set; } = NullableContextOptions.Disable;

        public bool AllowUnsafe { get; set; }

        public string? Preset { get; set; } = "recommended";

        public bool ReferencesRuntime { get; set; } = true;

        /// <summary>Only our own verifier looks at texts, and runs programs.</summary>
        public FixTexts? Texts { get; set; }

        /// <inheritdoc cref="Texts"/>
        public bool RunsTheSame { get; set; }

        /// <inheritdoc cref="Texts"/>
        public string? ExpectedOutput { get; set; }

        protected override ParseOptions CreateParseOptions() => TestSettings.ParseOptions(this);

        protected override CompilationOptions CreateCompilationOptions() => TestSettings.CompilationOptions(this);

        protected override Task RunImplAsync(CancellationToken cancellationToken)
            => TestSettings.CanRun(this, TestState) ? base.RunImplAsync(cancellationToken) : Task.CompletedTask;
    }
}

/// <summary>What a test of this project can set besides what Microsoft.CodeAnalysis.Testing has.</summary>
internal interface ITestSettings
{
    public LanguageVersion LanguageVersion { get; }

    public NullableContextOptions Nullable { get; }

    public bool AllowUnsafe { get; }

    public string? Preset { get; }

    public bool ReferencesRuntime { get; }
}

internal static class TestSettings
{
    public static void Prepare(ITestSettings settings, List<Func<Solution, ProjectId, Solution>> transforms, Action<ReferenceAssemblies> setReferences)
    {
        // The framework's own reference assemblies, as our own verifier has them: nothing is downloaded.
        setReferences(new ReferenceAssemblies("net"));
        transforms.Add((solution, _) =>
        {
            foreach (var id in solution.ProjectIds)
                solution = solution.AddMetadataReferences(id, settings.ReferencesRuntime ? References.Framework.Append(References.Runtime) : References.Framework);

            return solution;
        });
    }

    /// <summary>Switches the rules on, in every project of the test.</summary>
    /// <returns>Whether the host knows the version of the language that the test names.</returns>
    public static bool CanRun(ITestSettings settings, SolutionState state)
    {
        if (settings.Preset is { } preset)
        {
            foreach (var project in state.AdditionalProjects.Values.Prepend<ProjectState>(state))
                project.AnalyzerConfigFiles.Add(("/0/gate.globalconfig", "is_global = true\nglobal_level = -1\nbuild_property.StructuredConcurrency = " + preset + "\n"));
        }

        return Enum.IsDefined(typeof(LanguageVersion), settings.LanguageVersion);
    }

    public static ParseOptions ParseOptions(ITestSettings settings) => new CSharpParseOptions(settings.LanguageVersion, DocumentationMode.Diagnose);

    public static CompilationOptions CompilationOptions(ITestSettings settings)
        => new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: settings.AllowUnsafe, nullableContextOptions: settings.Nullable);
}
