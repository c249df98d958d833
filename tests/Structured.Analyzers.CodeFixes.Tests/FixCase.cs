using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>
/// One case of a file under <c>Cases</c>: a title, the members before, and the members after the fix; without an after the fix is not offered. A case that
/// <c>prints</c> is a program: it is run before and after, and must print that. Every case states what the user is told: the <c>title</c> of the action, or why it
/// was <c>refused</c>, or which other action is taken <c>instead</c>; a line for each text.
/// </summary>
public sealed class FixCase
{
    private FixCase(string title, string before, string? after, string? batch, string? prints, bool isWhole, FixTexts texts)
    {
        Title = title;
        Before = before;
        After = after;
        Batch = batch;
        Prints = prints;
        IsWhole = isWhole;
        Texts = texts;
    }

    public string Title { get; }

    public string Before { get; }

    public string? After { get; }

    /// <summary>What fix-all makes of it, where that differs from fixing one by one.</summary>
    public string? Batch { get; }

    public string? Prints { get; }

    /// <summary>Whether the case is a whole file, not members of a class.</summary>
    public bool IsWhole { get; }

    public FixTexts Texts { get; }

    /// <summary>The whole file before and after the fix, with the markup of the rule under test in it.</summary>
    public string SourceBefore => Source(Before);

    /// <summary>Null where the fix is not offered.</summary>
    public string? SourceAfter => After is null ? null : Source(After);

    public override string ToString() => Title;

    public static TheoryData<string> Titles(string file) => new(Read(file).Select(static each => each.Title));

    public static FixCase Get(string file, string title) => Read(file).Single(each => each.Title == title);

    public async Task VerifyAsync<TAnalyzer, TCodeFix>(string? equivalenceKey, CompilerDiagnostics compilerDiagnostics = CompilerDiagnostics.Errors, string? configuration = null)
        where TAnalyzer : DiagnosticAnalyzer, new()
        where TCodeFix : CodeFixProvider, new()
    {
        var test = new CSharpCodeFixVerifier<TAnalyzer, TCodeFix>.Test
        {
            TestCode = Source(Before),
            FixedCode = Source(After ?? Before),
            CodeActionEquivalenceKey = equivalenceKey,
            CompilerDiagnostics = compilerDiagnostics,
            ExpectedOutput = Prints,
            Texts = Texts,
            AllowUnsafe = true,
        };
        if (configuration is not null)
            test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\n" + configuration + "\n"));
        if (Batch is not null)
            test.BatchFixedCode = Source(Batch);
        // Fix-all takes other actions where the chosen one does not fit; here only the chosen one is looked at.
        if (After is null)
            test.CodeFixTestBehaviors = CodeFixTestBehaviors.SkipFixAllCheck;
        await test.RunAsync();
    }

    public static IEnumerable<FixCase> Read(string file)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Cases", file + ".txt")).ReplaceLineEndings("\n");
        foreach (var section in text.Split("\n== ").Skip(1))
        {
            var parts = section.Split("\n-- ");
            var title = parts[0].Trim();
            var bodies = parts.Skip(1).Select(static part => part.Split('\n', 2)).ToDictionary(static part => part[0].Trim(), static part => part.ElementAtOrDefault(1)?.TrimEnd('\n') ?? "");
            var isWhole = bodies.ContainsKey("file");
            var texts = new FixTexts(Lines("title") ?? [], Lines("refused"), Lines("instead") ?? []);
            yield return new FixCase(title, bodies[isWhole ? "file" : "before"], bodies.GetValueOrDefault("after"), bodies.GetValueOrDefault("fix-all"), bodies.GetValueOrDefault("prints"), isWhole, texts);

            IReadOnlyList<string>? Lines(string name) => bodies.GetValueOrDefault(name)?.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    private string Source(string members)
    {
        if (IsWhole)
            return members + "\n";
        var indented = string.Join("\n", members.Split('\n').Select(static line => line.Length == 0 ? line : "    " + line));
        return $$"""
            using System;
            using System.Collections.Generic;
            using System.Linq;
            using System.Threading;
            using System.Threading.Tasks;
            using Structured.Concurrency;

            class C
            {
            {{indented}}

                static async Task PingAsync() { await Task.Yield(); }
                static async Task SayAsync(string text) { Console.WriteLine(text); await Task.Yield(); }
                static async Task SaveAsync(int number, CancellationToken token = default) { await Task.Delay(number, token); }
                static async Task<int> CountAsync() { await Task.Yield(); return 1; }
                static async ValueTask FlushAsync() { await Task.Yield(); }
                static async Task ForEverAsync() { while (true) { await Task.Delay(1); } }
                static async Task UseAsync(IDisposable resource) { await Task.Yield(); }
                static void Work() { }
                static bool Test() => true;
            }
            """;
    }
}
