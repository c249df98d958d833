using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Cli.Checking;
using Structured.Cli.Commands;

namespace Structured.Cli.Tests;

public sealed class CheckerTests
{
    [Fact]
    public async Task A_rule_that_throws_is_named_with_its_stack_trace_and_the_others_go_on()
    {
        using var workspace = new Workspace().Write("A.cs", "using System.Threading.Tasks;\npublic class A { public void M() { _ = N(); } private static async Task N() => await Task.Delay(1); }\n");
        var solution = InMemory.Load(workspace).Solution;
        var result = CheckResult.Of((await Checker.CheckProjectsAsync(solution, solution.ProjectIds, new CheckOptions(), Checker.AllAnalyzers.Add(new Throwing()), static _ => { }, CancellationToken.None)).Values);
        var failure = Assert.Single(result.AnalyzerFailures);
        Assert.Equal(("App", nameof(Throwing)), (failure.Project, failure.Rule));
        Assert.Contains("System.NotSupportedException: what a surprise", failure.Exception);
        Assert.Contains("at Structured.Cli.Tests.CheckerTests.Throwing.", failure.Exception);
        Assert.Equal("SC1002", Assert.Single(result.Findings).Id);
    }

    [Fact]
    public void Every_rule_has_a_page_that_comes_with_the_tool()
        => Assert.All(Checker.Rules, static rule => Assert.StartsWith($"# {rule.Id}: {rule.Title}", RulePages.Find(rule.Id)!, StringComparison.Ordinal));

#pragma warning disable RS1036, RS1038, RS1041, RS2008 // No analyzer that is shipped.
    [DiagnosticAnalyzer(LanguageNames.CSharp)]
    private sealed class Throwing : DiagnosticAnalyzer
    {
        public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [new DiagnosticDescriptor("XX0001", "Throws", "Throws", "Tests", DiagnosticSeverity.Warning, isEnabledByDefault: true)];

        public override void Initialize(AnalysisContext context)
        {
            context.EnableConcurrentExecution();
            context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
            context.RegisterSyntaxNodeAction(static _ => throw new NotSupportedException("what a surprise"), SyntaxKind.ClassDeclaration);
        }
    }
#pragma warning restore RS1036, RS1038, RS1041, RS2008
}
