using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Structured.Analyzers;

namespace Robustness.Tests;

/// <summary>One thing that a host asks for, and waits for.</summary>
/// <param name="What">The rules, the actions of a fix, one action, or all fixes of a document.</param>
/// <param name="Findings">How many findings are to be fixed by it.</param>
/// <param name="Cost">Processor time of the process meanwhile.</param>
internal sealed record Request(string What, int Findings, TimeSpan Cost);

/// <summary>Every rule and every fix, as a host runs them on one document. Thread-safe.</summary>
internal static class Subject
{
    /// <summary>What the host itself does to the findings of one input: places at which the code has changed since the rule looked at it.</summary>
    private const int StalePlaces = 2;

    private const int FixedPlaces = 4;

    /// <summary>One fix in so many is asked about stale places, or to fix all of the document where that is one place: the long form is many inputs rather than many questions to each.</summary>
    private const int Rarely = 4;

    public static ImmutableArray<DiagnosticAnalyzer> Analyzers { get; } = typeof(StructuredAnalyzer).Assembly.GetTypes()
        .Where(static type => !type.IsAbstract && typeof(DiagnosticAnalyzer).IsAssignableFrom(type)).OrderBy(static type => type.Name, StringComparer.Ordinal)
        .Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!).ToImmutableArray();

    public static ImmutableArray<CodeFixProvider> Fixes { get; } = Assembly.Load("Structured.Analyzers.CodeFixes").GetTypes()
        .Where(static type => !type.IsAbstract && typeof(CodeFixProvider).IsAssignableFrom(type)).OrderBy(static type => type.Name, StringComparer.Ordinal)
        .Select(static type => (CodeFixProvider)Activator.CreateInstance(type)!).ToImmutableArray();

    public static ImmutableArray<DiagnosticDescriptor> Descriptors { get; } = Analyzers.SelectMany(static analyzer => analyzer.SupportedDiagnostics).ToImmutableArray();

    public static async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(Document document, Action<Exception, DiagnosticAnalyzer> failed, CancellationToken cancellationToken, bool concurrent = false)
    {
        var compilation = (await document.Project.GetCompilationAsync(cancellationToken))!;
        var options = new CompilationWithAnalyzersOptions(document.Project.AnalyzerOptions, (exception, analyzer, _) => failed(exception, analyzer), concurrent, logAnalyzerExecutionTime: false, reportSuppressedDiagnostics: true);
        var found = await compilation.WithAnalyzers(Analyzers, options).GetAnalyzerDiagnosticsAsync(cancellationToken);
        foreach (var diagnostic in found)
            _ = diagnostic.GetMessage(null);
        return found.Where(static diagnostic => diagnostic.Location.IsInSource).OrderBy(static diagnostic => diagnostic.Location.SourceSpan.Start).ThenBy(static diagnostic => diagnostic.Id, StringComparer.Ordinal).ToImmutableArray();
    }

    /// <summary>
    /// Asks every fix for its actions at some of the findings, at findings that have gone stale, and for all of the document; applies all of them. Each request is noted in
    /// <paramref name="requests"/>.
    /// </summary>
    public static async Task<int> FixAsync(Document document, ImmutableArray<Diagnostic> found, Random random, Action<Exception, CodeFixProvider> failed, CancellationToken cancellationToken, ICollection<Request>? requests = null)
    {
        var tree = (await document.GetSyntaxTreeAsync(cancellationToken))!;
        var text = await document.GetTextAsync(cancellationToken);
        var compiler = (await document.GetSemanticModelAsync(cancellationToken))!.GetDiagnostics(cancellationToken: cancellationToken).Where(static diagnostic => diagnostic.Id == "CS4014");
        var all = found.Concat(compiler).ToImmutableArray();
        var applied = 0;
        foreach (var fix in Fixes)
        {
            var own = all.Where(diagnostic => fix.FixableDiagnosticIds.Contains(diagnostic.Id)).ToImmutableArray();
            var places = own.OrderBy(_ => random.Next()).Take(FixedPlaces).ToList();
            for (var count = random.Next(Rarely) == 0 ? 0 : StalePlaces; count < StalePlaces && text.Length > 0; count++)
            {
                var start = random.Next(text.Length);
                var token = tree.GetRoot(cancellationToken).FindToken(start);
                var span = random.Next(3) switch { 0 => token.Span, 1 => token.Parent!.Span, _ => TextSpan.FromBounds(start, random.Next(start, Math.Min(text.Length, start + 60) + 1)) };
                if (Descriptors.FirstOrDefault(rule => fix.FixableDiagnosticIds.Contains(rule.Id)) is { } descriptor)
                    places.Add(Diagnostic.Create(descriptor, Location.Create(tree, span), "a", "b", "c"));
            }

            try
            {
                foreach (var place in places)
                {
                    var actions = new List<CodeAction>();
                    await AskAsync($"the actions of {fix.GetType().Name}", 1, () => fix.RegisterCodeFixesAsync(new CodeFixContext(document, place, (action, _) => actions.Add(action), cancellationToken)));
                    foreach (var action in actions)
                    {
                        await AskAsync($"'{action.Title}'", 1, () => ApplyAsync(action, document, cancellationToken));
                        applied++;
                    }
                }

                if ((own.Length > 1 || own.Length > 0 && random.Next(Rarely) == 0) && fix.GetFixAllProvider() is { } fixAll)
                {
                    var context = new FixAllContext(document, fix, FixAllScope.Document, codeActionEquivalenceKey: null, own.Select(static diagnostic => diagnostic.Id).Distinct(), new Findings(own), cancellationToken);
                    await AskAsync($"all fixes of {fix.GetType().Name}", own.Length, async () =>
                    {
                        if (await fixAll.GetFixAsync(context) is { } action)
                        {
                            await ApplyAsync(action, document, cancellationToken);
                            applied++;
                        }
                    });
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                failed(exception, fix);
            }
        }

        return applied;

        async Task AskAsync(string what, int findings, Func<Task> request)
        {
            var before = Environment.CpuUsage.TotalTime;
            await request();
            requests?.Add(new Request(what, findings, Environment.CpuUsage.TotalTime - before));
        }
    }

    private static async Task ApplyAsync(CodeAction action, Document document, CancellationToken cancellationToken)
    {
        var operations = await action.GetOperationsAsync(cancellationToken);
        var changed = operations.OfType<ApplyChangesOperation>().Single().ChangedSolution.GetDocument(document.Id)!;
        _ = await changed.GetTextChangesAsync(document, cancellationToken);
    }

    private sealed class Findings(ImmutableArray<Diagnostic> found) : FixAllContext.DiagnosticProvider
    {
        public override Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken) => Task.FromResult<IEnumerable<Diagnostic>>(found);

        public override Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken) => Task.FromResult<IEnumerable<Diagnostic>>(found);

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) => Task.FromResult<IEnumerable<Diagnostic>>([]);
    }
}
