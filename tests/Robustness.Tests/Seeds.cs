using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Structured.Analyzers.Verifiers;

namespace Robustness.Tests;

/// <summary>The code that is mutated: every case of the tests of the rules and of the fixes, and the repository's own sources.</summary>
internal static class Seeds
{
    private const string Usings = """
        using System;
        using System.Collections.Concurrent;
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using System.Linq.Expressions;
        using System.Runtime.CompilerServices;
        using System.Threading;
        using System.Threading.Tasks;
        using Structured.Concurrency;

        """;

    /// <summary>What the cases call.</summary>
    private const string Helpers = """

            static void Work() { }
            static int Compute() => 1;
            static Task WorkAsync() => Task.Delay(1);
            static Task WorkAsync(CancellationToken token) => Task.Delay(1, token);
            static Task<int> ComputeAsync() => Task.FromResult(1);
            static void Log(object message) { }
            static async Task PingAsync() { await Task.Yield(); }
            static async Task SayAsync(string text) { Console.WriteLine(text); await Task.Yield(); }
            static async Task SaveAsync(int number, CancellationToken token = default) { await Task.Delay(number, token); }
            static async Task<int> CountAsync() { await Task.Yield(); return 1; }
            static async ValueTask FlushAsync() { await Task.Yield(); }
            static async Task ForEverAsync() { while (true) { await Task.Delay(1); } }
            static bool Test() => true;

        """;

    private static readonly Lazy<ImmutableArray<string>> LazyCases = new(static () => [.. ReadCases()]);
    private static readonly Lazy<ImmutableArray<string>> LazyAll = new(static () => [.. Cases, .. Sources()]);

    public static ImmutableArray<string> All => LazyAll.Value;

    /// <summary>The small ones: a file each, which names what it needs with <c>using</c> directives of its own.</summary>
    public static ImmutableArray<string> Cases => LazyCases.Value;

    private static IEnumerable<string> ReadCases()
        => OfRules().Concat(OfFixes()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(AsFile);

    /// <summary>The string literals of the tests of the rules that are code, without their markup.</summary>
    private static IEnumerable<string> OfRules()
        => Files("tests/Structured.Analyzers.Tests")
            .SelectMany(static file => CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot().DescendantNodes().OfType<LiteralExpressionSyntax>())
            .Where(static literal => literal.IsKind(SyntaxKind.StringLiteralExpression))
            .Select(static literal => literal.Token.ValueText)
            .Where(static text => text.Length > 30 && text.Contains('{', StringComparison.Ordinal) && text.Contains('(', StringComparison.Ordinal))
            .Select(static text => Markup.Parse(text).Text);

    private static IEnumerable<string> OfFixes()
        => Directory.GetFiles(RepositoryFiles.PathOf("tests/Structured.Analyzers.CodeFixes.Tests/Cases"), "*.txt")
            .SelectMany(static file => File.ReadAllText(file).ReplaceLineEndings("\n").Split("\n== ").Skip(1))
            .SelectMany(static section => section.Split("\n-- ").Skip(1))
            .Where(static body => body.Split('\n', 2)[0] is not ("title" or "refused" or "instead"))
            .Select(static body => Markup.Parse(body[(body.IndexOf('\n', StringComparison.Ordinal) + 1)..]).Text)
            .Where(static text => text.Contains('{', StringComparison.Ordinal) || text.Contains("=>", StringComparison.Ordinal));

    private static IEnumerable<string> Sources()
        => new[] { "analyzers", "codefixes", "runtime", "cli", "samples", "tests/Structured.Concurrency.Tests" }.SelectMany(Files).Order(StringComparer.Ordinal).Select(File.ReadAllText);

    private static IEnumerable<string> Files(string folder)
        => Directory.GetFiles(RepositoryFiles.PathOf(folder), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Split(Path.DirectorySeparatorChar).Any(static part => part is "obj" or "bin"));

    /// <summary>Cases are files, or members of a class.</summary>
    private static string AsFile(string text)
    {
        var isFile = CSharpSyntaxTree.ParseText(text).GetCompilationUnitRoot() is { Members: { Count: > 0 } members } root
                     && members.All(static member => member is BaseTypeDeclarationSyntax or BaseNamespaceDeclarationSyntax)
                     && !root.GetDiagnostics().Any();
        return isFile && text.Contains("using System", StringComparison.Ordinal) ? text
            : isFile ? Usings + text
            : Usings + "class C\n{\n" + text + "\n" + Helpers + "}\n";
    }
}
