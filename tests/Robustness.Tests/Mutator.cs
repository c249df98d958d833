using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Robustness.Tests;

/// <summary>One input: a text, and the surroundings it is read in. It follows from its number alone.</summary>
internal sealed record FuzzInput(int Number, string Text, Surroundings Surroundings)
{
    public override string ToString() => $"input {Number} ({Surroundings})\n{Text}";
}

/// <summary>Makes inputs out of the seeds, by changes to tokens, to the syntax tree and to characters. Thread-safe.</summary>
internal static class Mutator
{
    /// <summary>Fragments that mean something to a rule.</summary>
    private static readonly string[] Fragments =
    [
        "await", "async", "static", "unsafe", "yield return", "return", "throw", "goto", "break", "continue", "lock (this)", "checked", "default", "null", "this", "base", "ref", "out var x", "in", "params", "is not null", "with { }", "switch { _ => 1 }",
        "Task", "Task<", "CancellationToken", "token", "_ =", "nursery", "=> ", "{", "}", "(", ")", "[", "]", "<", ">", ";", ",", "??", "?.", "!", "..", "=", "$\"{", "\"\"\"", "/*", "//", "#if X", "#endif", "#region", "@class", "\\u0041", "\ud83d\ude00", "\u0000", "\ufeff", "\u202e", "\u2028", "e\u0301",
        "while (true) ", "for (;;) ", "do ", "foreach (var each in this) ", "await foreach (var each in this) ", "using (null) ", "await using var u = null;", "fixed (int* p = null) ", "try { } finally ", "catch ", "partial ", "extension(int i) { }", "field", "record struct R;", "namespace N;", "file ", "required ", "scoped ", "global::",
        "Task.Run(() => ", "Task.WhenAll(", "Task.WhenAny(", "Task.Delay(", "Thread.Sleep(1)", ".Result", ".Wait()", ".GetAwaiter().GetResult()", ".ConfigureAwait(false)", ".ContinueWith(t => { })", "new Thread(", "Nursery.RunAsync(", "CancelScope.ShieldAsync(", "int.MaxValue", "0x7FFFFFFFFFFFFFFFFFFF", "1e999",
    ];

    public static FuzzInput Make(int seed, int number)
    {
        var random = new Random(unchecked((seed * 16777619) ^ (number * 668265263)));
        var text = Seeds.All[random.Next(Seeds.All.Length)];
        // Most of the seeds are small cases; long files are read less often, because they take longer.
        for (var attempt = 0; attempt < 2 && text.Length > 8000; attempt++)
            text = Seeds.All[random.Next(Seeds.All.Length)];
        for (var count = random.Next(1, 4); count > 0; count--)
            text = Mutate(text, random);
        return new FuzzInput(number, text, Surroundings.Pick(random));
    }

    private static string Mutate(string text, Random random)
    {
        switch (random.Next(20))
        {
            case 0:
                return Truncate(text, random);
            case 1:
                return RemoveCharacters(text, random);
            case 2:
                return text.Insert(random.Next(text.Length + 1), Fragments[random.Next(Fragments.Length)]);
            case 3:
                return text.ReplaceLineEndings(random.Next(3) switch { 0 => "\r\n", 1 => "\r", _ => "\u2028" });
        }

        var root = CSharpSyntaxTree.ParseText(text).GetRoot();
        return random.Next(14) switch
        {
            0 or 1 => Edit(text, Pick(root.DescendantTokens(), random), static _ => ""),
            2 => Edit(text, Pick(root.DescendantTokens(), random), static old => old + " " + old),
            3 => Swap(text, Pick(root.DescendantTokens(), random), Pick(root.DescendantTokens(), random)),
            4 => Edit(text, Pick(root.DescendantTokens(), random), _ => Fragments[random.Next(Fragments.Length)]),
            5 => Edit(text, Pick(root.DescendantNodes().OfType<MemberDeclarationSyntax>(), random), static _ => ""),
            6 => Edit(text, Pick(root.DescendantNodes().OfType<UsingDirectiveSyntax>(), random), static _ => ""),
            7 => Rename(text, root, random),
            8 or 9 => Nest(text, root, random),
            10 or 11 => Splice(text, root, random),
            12 => Swap(text, Pick(root.DescendantNodes().OfType<ExpressionSyntax>(), random), Pick(root.DescendantNodes().OfType<ExpressionSyntax>(), random)),
            _ => Edit(text, Pick(root.DescendantNodes().OfType<StatementSyntax>(), random), static old => old + "\n" + old),
        };
    }

    private static string Truncate(string text, Random random) => text[..random.Next(text.Length + 1)];

    private static string RemoveCharacters(string text, Random random)
    {
        var start = random.Next(text.Length + 1);
        return text.Remove(start, Math.Min(text.Length - start, random.Next(1, 200)));
    }

    /// <summary>An identifier becomes another one everywhere: a keyword, an escape, a name of another alphabet, or one that the code has already.</summary>
    private static string Rename(string text, SyntaxNode root, Random random)
    {
        var names = root.DescendantTokens().Where(static token => token.IsKind(SyntaxKind.IdentifierToken)).Select(static token => token.ValueText).Distinct().ToList();
        if (names.Count == 0)
            return text;
        var old = names[random.Next(names.Count)];
        var wanted = random.Next(6) switch { 0 => "@await", 1 => "\\u0061\\U00000062", 2 => "\u0456\u043c\u2019\u044f", 3 => "\u0930\u094d\u200d\u0915", 4 => "_", _ => names[random.Next(names.Count)] };
        var result = new StringBuilder(text);
        foreach (var token in root.DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText == old).OrderByDescending(static token => token.SpanStart))
            result.Remove(token.SpanStart, token.Span.Length).Insert(token.SpanStart, wanted);
        return result.ToString();
    }

    private static string Nest(string text, SyntaxNode root, Random random)
    {
        var depth = random.Next(1, random.Next(8) == 0 ? 120 : 6);
        // The compiler itself reads lambdas inside lambdas, strings inside interpolations and tuples inside tuples again and again.
        const int Few = 3;
        if (random.Next(2) == 0)
        {
            (string Open, string Close)[] around =
            [
                ("{ ", " }"), ("if (Test()) { ", " }"), ("while (true) { ", " }"), ("do { ", " } while (Test());"), ("foreach (var each in new int[1]) { ", " }"), ("try { ", " } finally { }"), ("try { ", " } catch (System.Exception) { }"),
                ("using (null) { ", " }"), ("lock (this) { ", " }"), ("for (;;) { ", " }"), ("switch (1) { case 1: ", " break; }"), ("System.Func<System.Threading.Tasks.Task> f = async () => { ", " };"), ("async System.Threading.Tasks.Task F() { ", " }"),
                ("Structured.Concurrency.Nursery.RunAsync(async nursery => { ", " });"), ("_ = System.Threading.Tasks.Task.Run(() => { ", " });"), ("unsafe { ", " }"), ("checked { ", " }"), ("label: ", ""), ("#if true\n", "\n#endif\n"),
            ];
            var (open, close) = around[random.Next(around.Length)];
            return Edit(text, Pick(root.DescendantNodes().OfType<StatementSyntax>(), random), old => Repeat(open, DepthOf(open, close)) + old + Repeat(close, DepthOf(open, close)));
        }

        (string Open, string Close)[] expressions =
        [
            ("(", ")"), ("(await ", ")"), ("new[] { ", " }"), ("(1 + ", ")"), ("(true ? ", " : default)"), ("(null ?? ", ")"), ("$\"{", "}\""), ("((System.Func<object>)(() => ", "))()"), ("Log(", ")"), ("(", ", 1)"), ("(", " switch { var s => s })"),
            ("", ".ConfigureAwait(false)"), ("", "?.ToString()"), ("", "[0]"), ("!", ""), ("from q in new[] { 1 } select ", ""), ("Task.WhenAll(", ")"), ("Task.Run(() => ", ")"), ("Task.WhenAny(", ", Task.Delay(1))"), ("[", "]"), ("(", " is { } n)"), ("throw ", ""), ("_ = ", ""),
        ];
        var (before, after) = expressions[random.Next(expressions.Length)];
        return Edit(text, Pick(root.DescendantNodes().OfType<ExpressionSyntax>(), random), old => Repeat(before, DepthOf(before, after)) + old + Repeat(after, DepthOf(before, after)));

        int DepthOf(string opening, string closing)
            => opening.Contains("=>", StringComparison.Ordinal) || opening.Contains('$', StringComparison.Ordinal) || opening.Contains("select", StringComparison.Ordinal) || closing.Contains("switch", StringComparison.Ordinal) || closing == ", 1)"
                ? Math.Min(depth, Few)
                : depth;
    }

    /// <summary>A statement, an expression or a member of another seed takes the place of one of this.</summary>
    private static string Splice(string text, SyntaxNode root, Random random)
    {
        var other = CSharpSyntaxTree.ParseText(Seeds.All[random.Next(Seeds.All.Length)]).GetRoot();
        return random.Next(3) switch
        {
            0 => Replace<StatementSyntax>(),
            1 => Replace<ExpressionSyntax>(),
            _ => Replace<MemberDeclarationSyntax>(),
        };

        string Replace<T>()
            where T : SyntaxNode
        {
            if (Pick(other.DescendantNodes().OfType<T>(), random) is not { } node)
                return text;
            // In its place, or beside it.
            return Edit(text, Pick(root.DescendantNodes().OfType<T>(), random), old => random.Next(3) == 0 && node is not ExpressionSyntax ? old + "\n" + node : node.ToString());
        }
    }

    private static string Edit(string text, SyntaxNodeOrToken? place, Func<string, string> change)
        => place is { } found ? text[..found.Span.Start] + change(found.ToString()) + text[found.Span.End..] : text;

    private static string Swap(string text, SyntaxNodeOrToken? one, SyntaxNodeOrToken? other)
    {
        if (one is not { } first || other is not { } second)
            return text;
        if (first.Span.Start > second.Span.Start)
            (first, second) = (second, first);
        return first.Span.End > second.Span.Start
            ? text
            : text[..first.Span.Start] + second + text[first.Span.End..second.Span.Start] + first + text[second.Span.End..];
    }

    private static SyntaxNodeOrToken? Pick(IEnumerable<SyntaxToken> tokens, Random random) => tokens.ToList() is { Count: > 0 } all ? all[random.Next(all.Count)] : null;

    private static T? Pick<T>(IEnumerable<T> nodes, Random random)
        where T : SyntaxNode
        => nodes.ToList() is { Count: > 0 } all ? all[random.Next(all.Count)] : null;

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
