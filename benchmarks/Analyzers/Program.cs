using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Structured.Analyzers.Benchmarks;
using Structured.Cli.Loading;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var rounds = 5;
switch (args)
{
    case ["growth", ..]:
        await Growth.PrintAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : rounds);
        return 0;
    case [var path, ..]:
        if (args.Length > 1)
            rounds = int.Parse(args[1], CultureInfo.InvariantCulture);
        var loaded = await SolutionLoader.LoadAsync(path, Console.Error.WriteLine, CancellationToken.None);
        var subjects = new List<(Project Project, Subject Subject)>();
        foreach (var project in loaded.Solution.Projects)
        {
            var compilation = (CSharpCompilation)(await project.GetCompilationAsync())!;
            // A project that does not compile is emitted by nobody, so there is nothing to compare with.
            if (!compilation.GetDiagnostics().Any(static each => each.Severity == DiagnosticSeverity.Error))
                subjects.Add((project, new Subject(compilation, project.AnalyzerOptions)));
        }

        var packages = AnalyzerPackage.Others().Prepend(AnalyzerPackage.Ours).ToList();
        await BuildCost.PrintAsync(subjects.Select(static each => each.Subject).ToList(), packages, rounds);
        await EditCost.PrintAsync(subjects, packages, rounds);
        return 0;
    default:
        Console.Error.WriteLine("""
            What the analyzers cost, beside those of others in the same run.

              dotnet run -c Release --project benchmarks/Analyzers -- Some.sln [rounds]    a build of it, and an edit in one document
              dotnet run -c Release --project benchmarks/Analyzers -- growth [rounds]      1, 10 and 100 times the same code
            """);
        return 2;
}

/// <summary>What a build of a solution costs, with and without each package.</summary>
internal static class BuildCost
{
    public static async Task PrintAsync(IReadOnlyList<Subject> subjects, IReadOnlyList<AnalyzerPackage> packages, int rounds)
    {
        Console.WriteLine($"A build: {subjects.Count} projects, {subjects.Sum(static each => each.Lines):N0} lines; median of {rounds} rounds, each package in turn.");
        var compiler = new List<Pass>();
        var passes = packages.ToDictionary(static package => package, static _ => new List<Pass>());
        // The first round makes the code warm, and is not counted.
        for (var round = 0; round <= rounds; round++)
        {
            var alone = await Measurement.OfSecondAsync(() =>
            {
                foreach (var subject in subjects)
                    subject.Compile();
                return Task.FromResult(Enumerable.Empty<AnalysisResult>());
            });
            if (round > 0)
                compiler.Add(alone);
            foreach (var package in packages)
            {
                var pass = await Measurement.OfSecondAsync(async () =>
                {
                    var results = new List<AnalysisResult>();
                    foreach (var subject in subjects)
                        results.Add(await subject.AnalyzeAsync(package));
                    return results;
                });
                if (round > 0)
                    passes[package].Add(pass);
            }
        }

        var without = Measurement.Median(compiler.Select(static pass => pass.Wall));
        var bytesWithout = compiler.Min(static pass => pass.Allocated);
        Console.WriteLine();
        Console.WriteLine("| package | analyzers | in analyzers | of the compiler's time | added to the build | allocated |");
        Console.WriteLine("|---|---|---|---|---|---|");
        Console.WriteLine($"| the compiler alone | | | | {without.TotalMilliseconds:N0} ms | {bytesWithout / 1e6:N0} MB |");
        foreach (var (package, own) in passes)
        {
            var inside = Measurement.Median(own.Select(static pass => pass.InAnalyzers));
            var added = Measurement.Median(own.Select(static pass => pass.Wall)) - without;
            Console.WriteLine($"| {package.Name} | {package.Analyzers.Length} | {inside.TotalMilliseconds:N0} ms | {inside / without:P1} | {added.TotalMilliseconds:N0} ms | {(own.Min(static pass => pass.Allocated) - bytesWithout) / 1e6:N0} MB |");
        }

        Console.WriteLine();
        Console.WriteLine("| rule | in it | of the compiler's time |");
        Console.WriteLine("|---|---|---|");
        var ours = passes[AnalyzerPackage.Ours];
        foreach (var rule in ours[0].Rules.Keys.Order(StringComparer.Ordinal))
        {
            var time = Measurement.Median(ours.Select(pass => pass.Rules[rule]));
            Console.WriteLine($"| {rule[..6]} | {time.TotalMilliseconds:N1} ms | {time / without:P2} |");
        }

        Console.WriteLine();
    }
}

/// <summary>What an editor waits for after a change in one long document.</summary>
internal static class EditCost
{
    private const int WantedLines = 2000;

    public static async Task PrintAsync(IReadOnlyList<(Project Project, Subject Subject)> subjects, IReadOnlyList<AnalyzerPackage> packages, int rounds)
    {
        var (subject, tree) = subjects.SelectMany(static each => each.Subject.WithSameTrees().SyntaxTrees.Select(tree => (each.Subject, tree))).MinBy(static each => Math.Abs(each.tree.GetText().Lines.Count - WantedLines));
        Console.WriteLine($"An edit in a document of {tree.GetText().Lines.Count:N0} lines: everything the package says of it, median of {rounds} rounds.");
        Console.WriteLine();
        Console.WriteLine("| package | time |");
        Console.WriteLine("|---|---|");
        var times = packages.ToDictionary(static package => package, static _ => new List<TimeSpan>());
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var package in packages)
            {
                // A comment at the end: the tree is another, and nothing that was bound before can be used again.
                var text = tree.GetText();
                var changed = tree.WithChangedText(text.WithChanges(new TextChange(new TextSpan(text.Length, 0), "// " + round)));
                var edited = subject.WithSameTrees().ReplaceSyntaxTree(tree, changed);
                var pass = await Measurement.OfAsync(async () => [await subject.AnalyzeDocumentAsync(edited, changed, package)]);
                if (round > 0)
                    times[package].Add(pass.Wall);
            }
        }

        foreach (var (package, own) in times)
            Console.WriteLine($"| {package.Name} | {Measurement.Median(own).TotalMilliseconds:N0} ms |");
        Console.WriteLine();
    }
}
