using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Structured.Analyzers.CodeFixes.Tests;

namespace Structured.Neighbours.Tests;

/// <summary>
/// What the fixes write sets off no rule about tasks, threads, cancellation or disposal of the other packages and of the SDK that was quiet before, with all of
/// those rules on, and with this package's suppressors. The cases are those of the fixes themselves.
/// </summary>
public class NeighbourTests
{
    /// <summary>What the neighbours may say, in all cases of a file or in a single one, and why it is right that they do.</summary>
    private static readonly (string Why, string[] Rules, string[] Cases)[] Allowed =
    [
        ("Where the one call that was dropped is now awaited, an async method may await nothing else: as the author would have written it.",
            ["AsyncFixer01", "MA0215", "RCS1174", "VSTHRD202"], ["AsyncTask", "Await", "AwaitTask", "BlockingWait", "Delay", "MakeAsync", "MakeAsyncToAwait", "Unwrap", "UnwrapNursery"]),
        ("A method keeps its name when it comes to return a task: who calls it by name, or by reflection, still does.",
            ["RCS1046", "S4261", "VSTHRD200"], ["AsyncTask", "MakeAsync", "MakeAsyncToAwait", "PeriodicLoop", "Await: In a test that returns nothing", "OpenNursery: In a test, whose framework waits for it"]),
        ("A call that no longer blocks could be given a token, were there one in reach.",
            ["MA0032"], ["AwaitTask", "BlockingIo", "BlockingWait"]),
        ("Cleanup is not cut short by the token of what it cleans up after, nor asked for that of a source which may not be there.",
            ["CA2016", "MA0040", "S8949"], ["Delay: Cleanup takes its time", "Delay: A source that may not be there yet", "BlockingIo: No token in cleanup", "BlockingWait: No token in cleanup"]),
        ("A call keeps its arguments: queued work that hands the token on could be given it as well.",
            ["CA2016"], ["TimeoutScope: The source is set up for a delegate of the call"]),
        ("An object that owns background work has to be disposed of, where nobody had to before.",
            ["CA2000", "MA0045"], ["OwnedNursery"]),
        ("A Dispose of the author's own, and what its object never disposed of, is judged once it has the interface.",
            ["CA2213", "S3881"], ["OwnedNursery: A Dispose that stands there without its interface", "OwnedNursery: A source of the object's own is cancelled before the join", "OwnedNursery: A send that is begun", "OwnedNursery: A receive that is given up after a time",
                "OwnedNursery: A source of the object's own, in a class whose heirs have a Dispose of their own", "OwnedNursery: A source that may not be there, and one that is", "OwnedNursery: What waits for one tick",
                "OwnedNursery: A source of its type's own, and one of all", "OwnedNursery: The pattern for disposable objects that does nothing yet, beside a method of that name"]),
        ("So is what only a Stop of the author's own closes.",
            ["CA2213", "S2952"], ["OwnedNursery: What its tasks wait for is closed by a Stop of its own", "OwnedNursery: A Stop of what may not be there yet is left to its callers", "OwnedNursery: A Stop that asks what is there", "OwnedNursery: A Stop that waits for its tasks is left to its callers", "OwnedNursery: A Stop that asks for two things"]),
        ("A DisposeAsync that waited for nothing yet awaits the join, and what else it calls stays as it was.",
            ["CA1849", "MA0042", "S6966", "VSTHRD103"], ["OwnedNursery: The join comes behind the last thing that stops something", "OwnedNursery: A signal of another type that the object gives at its end"]),
        ("A source is asked to cancel as every framework can: CancelAsync came with .NET 8.",
            ["CA1849", "MA0042", "S6966", "VSTHRD103"], ["OwnedNursery: A source of the object's own, in a class whose heirs have a Dispose of their own"]),
        ("Where the author awaits now with ConfigureAwait and now without, the nursery is awaited without.",
            ["CA2007", "MA0004", "RCS1090", "VSTHRD111"], ["NurseryForTwo: Awaited in different ways, and a result"]),
        ("A resource that moves keeps its using.",
            ["RCS1261"], ["DeclareOutside: With a comment that is not indented"]),
        ("What moves into a nursery keeps its arguments: a walk could be given the nursery's token now.",
            ["MA0079"], ["OpenNursery: A loop that awaits what it walks beside it"]),
        ("A nursery that somebody is given is no sign that this code should end with it.",
            ["MA0040"], ["OpenNursery: An alias of the runtime's namespace imports nothing"]),
        ("A Dispose that follows the pattern asks the children to stop first.",
            ["S3881"], ["PeriodicLoop: Two timers, and what the pattern for disposable objects puts behind 'Dispose'"]),
        ("Work that blocks goes on to block, on a thread that is there for it.",
            ["MA0045"], ["ToThread"]),
    ];

    /// <summary>Rules about tokens: they also see that the author's own calls, left as they were, can now be given the token of a nursery. They are right, and SC2004 and SC2008 say the same.</summary>
    private static readonly string[] TokenRules = ["CA2016", "MA0040", "S8949"];

    // All at once: most of the time goes into starting the analyzers.
    private static readonly Lazy<Task<IReadOnlyList<(string File, string Title, Report Before, Report After)>>> LazyReports = new(ReportAsync);

    /// <summary>Fixes await as the project does. One that asks for this has it already, or says so in its configuration, as the cases of that file do.</summary>
    private static readonly string[] ConfigureAwaitRules = ["CA2007", "MA0004", "RCS1090", "S3216", "VSTHRD111"];

    public static TheoryData<string> Files => new(FileNames());

    private static IEnumerable<string> FileNames() => Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Cases"), "*.txt").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_fixes_set_off_nothing_new(string file)
    {
        var complaints = new StringBuilder();
        foreach (var (_, title, before, after) in (await LazyReports.Value).Where(each => each.File == file))
        {
            var allowed = Allowed.Where(each => each.Cases.Contains(file) || each.Cases.Contains(file + ": " + title)).SelectMany(static each => each.Rules).ToHashSet();
            var asksToConfigure = file == "Configured" || before.Awaited.Any(static call => call.EndsWith(".ConfigureAwait(false)", StringComparison.Ordinal));
            foreach (var rule in after.Diagnostics.Where(each => !(TokenRules.Contains(each.Id) && before.Calls.Contains(CallAt(each)))).GroupBy(static each => each.Id))
            {
                // The cases are compiled as a library, where Main is a method like any other.
                if (rule.Key == "VSTHRD200" && rule.All(static each => LineOf(each).Contains(" Main(", StringComparison.Ordinal)))
                    continue;
                if (allowed.Contains(rule.Key) || ConfigureAwaitRules.Contains(rule.Key) && !asksToConfigure)
                    continue;
                var had = before.Diagnostics.Count(each => each.Id == rule.Key);
                if (rule.Count() <= had)
                    continue;
                complaints.AppendLine($"{rule.Key}, {had} before and {rule.Count()} after, in '{title}':");
                foreach (var each in rule)
                    complaints.AppendLine("    " + LineOf(each) + "\n        " + each.GetMessage());
            }
        }

        Assert.True(complaints.Length == 0, complaints.ToString());
    }

    /// <summary>None of it would mean anything if the neighbours did not run.</summary>
    [Fact]
    public async Task The_neighbours_do_speak()
    {
        var reports = await Neighbours.ReportAsync(
        [
            """
            using System;
            using System.IO;
            using System.Threading;
            using System.Threading.Tasks;

            public class C : IDisposable
            {
                private readonly Stream _stream = new MemoryStream();

                public void Dispose() => _stream.Dispose();

                public async void Start() => await RunAsync(CancellationToken.None);

                public void Begin()
                {
                    Task.Run(() => { });
                }

                public async Task RunAsync(CancellationToken token)
                {
                    _stream.Flush();
                    try
                    {
                        await Task.Delay(1);
                    }
                    catch (Exception)
                    {
                    }
                }
            }
            """,
        ]);
        var said = reports.Single().Diagnostics.Select(static each => each.Id);
        Assert.Empty(new[] { "AsyncFixer03", "CA2007", "CA2016", "MA0004", "MA0040", "MA0134", "RCS1090", "S2486", "S3168", "S3881", "VSTHRD100", "VSTHRD110", "VSTHRD111" }.Except(said));
    }

    private static async Task<IReadOnlyList<(string File, string Title, Report Before, Report After)>> ReportAsync()
    {
        var cases = FileNames().SelectMany(static file => FixCase.Read(file).Where(static each => each.SourceAfter is { } after && Neighbours.CanStandInNamespace(after)).Select(each => (File: file, Case: each))).ToList();
        var before = await Neighbours.ReportAsync(cases.Select(static each => each.Case.SourceBefore));
        var after = await Neighbours.ReportAsync(cases.Select(static each => each.Case.SourceAfter!));
        return cases.Select((each, index) => (each.File, each.Case.Title, before[index], after[index])).ToList();
    }

    private static string CallAt(Diagnostic diagnostic)
        => Neighbours.Spaceless(diagnostic.Location.SourceTree!.GetRoot().FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true).FirstAncestorOrSelf<InvocationExpressionSyntax>());

    private static string LineOf(Diagnostic diagnostic)
    {
        var text = diagnostic.Location.SourceTree!.GetText();
        return text.Lines.GetLineFromPosition(diagnostic.Location.SourceSpan.Start).ToString().Trim();
    }
}
