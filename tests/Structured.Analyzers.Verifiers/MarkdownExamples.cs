using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.Verifiers;

/// <summary>
/// One <c>```csharp</c> block of a page. It is compiled as it stands: a whole file, top-level statements, or members of a class. The SDK's implicit usings and
/// <c>Structured.Concurrency</c> are in scope. What an example takes for granted stands in a comment before it that readers do not see:
/// <c>&lt;!-- given … --&gt;</c> holds static members, or whole types, for every later block of the page.
/// A line that ends in a comment with rule ids (<c>// SC1001</c>) claims that exactly these are reported there; a line without one claims that none is.
/// </summary>
public sealed partial class MarkdownExample
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Structured.Concurrency;

        """;

    private readonly ImmutableArray<string> _given;

    internal MarkdownExample(string page, int line, string code, ImmutableArray<string> given)
    {
        Page = page;
        Line = line;
        Code = code;
        _given = given;
    }

    /// <summary>The page's path from the root of the repository.</summary>
    public string Page { get; }

    /// <summary>The line of the page that the code begins on, from 1.</summary>
    public int Line { get; }

    public string Code { get; }

    /// <summary>The rules that the example says are reported, as <c>line: id</c>, with the page's own line numbers.</summary>
    public ImmutableArray<string> Claims
        => Code.Split('\n').SelectMany((text, index) => ClaimedIds(text).Select(id => $"{Line + index}: {id}")).ToImmutableArray();

    public IEnumerable<string> ClaimedRules => Code.Split('\n').SelectMany(ClaimedIds).Distinct();

    public override string ToString() => Page + ":" + Line;

    public CSharpCompilation Compile()
    {
        var parse = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var tree = CSharpSyntaxTree.ParseText(SourceText.From(Code, Encoding.UTF8), parse, Page);
        var root = tree.GetCompilationUnitRoot();
        var isProgram = root.Members.Any(static member => member is GlobalStatementSyntax);
        if (isProgram && tree.GetDiagnostics().Any())
        {
            // Members with modifiers are no statements; their lines stay where they are.
            var wrapped = CSharpSyntaxTree.ParseText(SourceText.From("partial class Example { " + Code + "\n}", Encoding.UTF8), parse, Page);
            if (!wrapped.GetDiagnostics().Any())
                (tree, isProgram) = (wrapped, false);
        }

        var trees = new List<SyntaxTree> { tree, CSharpSyntaxTree.ParseText(SourceText.From(ImplicitUsings, Encoding.UTF8), parse, "Usings.g.cs") };
        for (var index = 0; index < _given.Length; index++)
            trees.Add(Given(_given[index], index, parse));
        return CSharpCompilation.Create(
            "Example",
            trees,
            References.Framework.Append(References.Runtime).Concat(References.Companions),
            new CSharpCompilationOptions(isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
    }

    /// <summary>The compiler's errors, as <c>line: id message</c>.</summary>
    public ImmutableArray<string> Errors(CancellationToken cancellationToken = default)
        => Compile().GetDiagnostics(cancellationToken).Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .Select(diagnostic => PageLine(diagnostic) + ": " + diagnostic.Id + " " + diagnostic.GetMessage(null)).ToImmutableArray();

    /// <summary>What the analyzers report, in the form of <see cref="Claims"/>.</summary>
    /// <param name="analyzers">The analyzers to run.</param>
    /// <param name="enabled">Rules that are off by default and are switched on for this example.</param>
    /// <param name="cancellationToken">Cancels the analysis.</param>
    public async Task<ImmutableArray<string>> ReportedAsync(ImmutableArray<DiagnosticAnalyzer> analyzers, IEnumerable<string> enabled, CancellationToken cancellationToken = default)
        => (await DiagnosticsAsync(analyzers, enabled, cancellationToken).ConfigureAwait(false)).Select(diagnostic => PageLine(diagnostic) + ": " + diagnostic.Id).ToImmutableArray();

    /// <summary>What the analyzers report, in order.</summary>
    /// <inheritdoc cref="ReportedAsync"/>
    public async Task<ImmutableArray<Diagnostic>> DiagnosticsAsync(ImmutableArray<DiagnosticAnalyzer> analyzers, IEnumerable<string> enabled, CancellationToken cancellationToken = default)
    {
        var compilation = Compile();
        compilation = compilation.WithOptions(compilation.Options.WithSpecificDiagnosticOptions(enabled.Select(static id => new KeyValuePair<string, ReportDiagnostic>(id, ReportDiagnostic.Warn))));
        var options = new AnalyzerOptions(ImmutableArray<AdditionalText>.Empty, new GateOpen());
        var reported = await compilation.WithAnalyzers(analyzers, options).GetAnalyzerDiagnosticsAsync(cancellationToken).ConfigureAwait(false);
        return reported.Where(diagnostic => diagnostic.Location.SourceTree?.FilePath == Page)
            .OrderBy(static diagnostic => diagnostic.Location.SourceSpan.Start).ThenBy(static diagnostic => diagnostic.Id, StringComparer.Ordinal).ToImmutableArray();
    }

    private static SyntaxTree Given(string code, int index, CSharpParseOptions parse)
    {
        var whole = CSharpSyntaxTree.ParseText(SourceText.From(code, Encoding.UTF8), parse, "Given" + index + ".g.cs");
        var holdsTypesOnly = !whole.GetDiagnostics().Any() && whole.GetCompilationUnitRoot().Members.All(static member => member is BaseTypeDeclarationSyntax or BaseNamespaceDeclarationSyntax or DelegateDeclarationSyntax);
        if (holdsTypesOnly)
            return whole;
        var members = CSharpSyntaxTree.ParseText($"global using static Given{index};\nstatic class Given{index}\n{{\n{code}\n}}\n", parse).GetCompilationUnitRoot();
        var visible = members.ReplaceNodes(
            members.Members.OfType<ClassDeclarationSyntax>().Single().Members.Where(static member => !member.Modifiers.Any(static modifier => SyntaxFacts.IsAccessibilityModifier(modifier.Kind()))),
            static (_, member) => member.WithoutLeadingTrivia().AddModifiers(SyntaxFactory.Token(SyntaxKind.InternalKeyword).WithTrailingTrivia(SyntaxFactory.Space)).WithLeadingTrivia(member.GetLeadingTrivia()));
        return CSharpSyntaxTree.ParseText(SourceText.From(visible.ToFullString(), Encoding.UTF8), parse, whole.FilePath);
    }

    private static IEnumerable<string> ClaimedIds(string line)
        => ClaimPattern().Match(line) is { Success: true } match ? match.Groups["ids"].Value.Split(',', StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal) : [];

    private int PageLine(Diagnostic diagnostic) => Line + diagnostic.Location.GetLineSpan().StartLinePosition.Line;

    [GeneratedRegex(@"//\s*(?<ids>SC\d{4}(\s*,\s*SC\d{4})*)\b[^/]*$", RegexOptions.CultureInvariant)]
    private static partial Regex ClaimPattern();

    private sealed class GateOpen : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Options();

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Options : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
            {
                value = string.Equals(key, "build_property.StructuredConcurrency", StringComparison.OrdinalIgnoreCase) ? "recommended" : null;
                return value is not null;
            }
        }
    }
}

/// <summary>Reads the examples of Markdown pages.</summary>
public static class MarkdownExamples
{
    /// <summary>Every <c>```csharp</c> block of the pages below a folder, or of one page; paths are relative to the root of the repository.</summary>
    public static ImmutableArray<MarkdownExample> Read(string relativePath)
    {
        var path = RepositoryFiles.PathOf(relativePath);
        if (File.Exists(path))
            return Parse(relativePath, RepositoryFiles.Read(relativePath));
        if (!Directory.Exists(path))
            return ImmutableArray<MarkdownExample>.Empty;
        return Directory.GetFiles(path, "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .SelectMany(static file => Read(Path.GetRelativePath(RepositoryFiles.Root, file).Replace('\\', '/'))).ToImmutableArray();
    }

    /// <summary>The examples of a page's text.</summary>
    public static ImmutableArray<MarkdownExample> Parse(string page, string text)
    {
        var examples = ImmutableArray.CreateBuilder<MarkdownExample>();
        var given = ImmutableArray.CreateBuilder<string>();
        var lines = text.Split('\n');
        for (var index = 0; index < lines.Length; index++)
        {
            var line = lines[index].Trim();
            if (line.StartsWith("<!-- given", StringComparison.Ordinal))
            {
                var end = Array.FindIndex(lines, index, static candidate => candidate.TrimEnd().EndsWith("-->", StringComparison.Ordinal));
                var comment = string.Join("\n", lines[index..(end + 1)]).Trim();
                given.Add(comment["<!-- given".Length..^"-->".Length]);
                index = end;
            }
            else if (line.StartsWith("```", StringComparison.Ordinal))
            {
                var indentation = lines[index].Length - lines[index].TrimStart().Length;
                var end = Array.FindIndex(lines, index + 1, static candidate => candidate.Trim() == "```");
                if (end < 0)
                    throw new InvalidOperationException($"{page}:{index + 1} opens a code block that it does not close.");
                if (line is "```csharp" or "```cs" or "```c#" or "```C#")
                {
                    var code = string.Join("\n", lines[(index + 1)..end].Select(each => each.Length > indentation ? each[indentation..] : each.TrimStart()));
                    examples.Add(new MarkdownExample(page, index + 2, code, given.ToImmutable()));
                }

                index = end;
            }
        }

        return examples.ToImmutable();
    }
}
