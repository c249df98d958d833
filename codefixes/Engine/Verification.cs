using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Compiles a changed document before the change is offered: it must bring no error and no compiler warning that was not there.</summary>
internal static class Verification
{
    private static readonly ConditionalWeakTable<Document, ImmutableDictionary<string, int>> Counted = new();

    /// <summary>How many errors and warnings the compiler has for a document, by id. Counted once: every fix of a document asks.</summary>
    public static async Task<ImmutableDictionary<string, int>> CountAsync(Document document, CancellationToken cancellationToken)
    {
        if (Counted.TryGetValue(document, out var known))
            return known;
        var model = await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
        var counts = model!.GetDiagnostics(cancellationToken: cancellationToken)
            .Where(static diagnostic => diagnostic.DefaultSeverity is DiagnosticSeverity.Error or DiagnosticSeverity.Warning && !diagnostic.IsSuppressed)
            .GroupBy(static diagnostic => diagnostic.Id)
            .ToImmutableDictionary(static group => group.Key, static group => group.Count());
        return Counted.GetValue(document, _ => counts);
    }

    private const string NotInLambda = "a lambda cannot use a 'ref', 'in' or 'out' parameter, or a span";

    /// <summary>What the errors that fixes run into most mean for the person who is told. Compilers do not agree on the ids of all of them.</summary>
    private static readonly ImmutableDictionary<string, string> Meanings = new Dictionary<string, string>
    {
        ["CS0029"] = "a value would be of another type",
        ["CS0103"] = "a name would be out of scope",
        ["CS0136"] = "a name would be declared twice",
        ["CS1628"] = NotInLambda,
        ["CS1673"] = "a lambda in a struct cannot use 'this'",
        ["CS1686"] = "a lambda cannot use a variable whose address is taken",
        ["CS1764"] = "a lambda cannot use a pinned variable",
        ["CS1996"] = "an 'await' cannot stand in a 'lock'",
        ["CS8175"] = "a lambda cannot use a 'ref' local",
        ["CS9108"] = NotInLambda,
    }.ToImmutableDictionary();

    /// <summary>Why an action is turned down after which the compiler has more to say than before.</summary>
    public static string Reason(string title, ImmutableDictionary<string, int> before, ImmutableDictionary<string, int> after)
    {
        var ids = after.Where(pair => pair.Value > (before.TryGetValue(pair.Key, out var known) ? known : 0)).Select(static pair => pair.Key).OrderBy(static id => id, System.StringComparer.Ordinal).ToList();
        var meanings = ids.Where(Meanings.ContainsKey).Select(static id => Meanings[id]).Distinct().ToList();
        return meanings.Count > 0 ? $"\"{title}\" would not compile: {string.Join(", ", meanings)}" : $"\"{title}\" would bring {string.Join(", ", ids)}";
    }

    public static bool IsNoWorse(ImmutableDictionary<string, int> before, ImmutableDictionary<string, int> after)
        => after.All(pair => pair.Value <= (before.TryGetValue(pair.Key, out var known) ? known : 0));

    public const string BreaksOtherSymbols = "it would break what other preprocessor symbols compile";

    private const int MostSymbols = 8;

    /// <summary>
    /// Whether the code still parses under the other symbols that its <c>#if</c> directives ask for: a brace that lands inside an <c>#if</c> is there for some builds
    /// and missing for others, which the build that is looked at cannot tell.
    /// </summary>
    public static bool ParsesWithOtherSymbols(SyntaxNode before, SourceText after, CancellationToken cancellationToken)
    {
        if (!before.ContainsDirectives || before.SyntaxTree.Options is not CSharpParseOptions options)
            return true;
        var asked = before.DescendantTrivia(descendIntoTrivia: true).Select(static trivia => trivia.GetStructure()).OfType<ConditionalDirectiveTriviaSyntax>()
            .SelectMany(static directive => directive.Condition.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>()).Select(static name => name.Identifier.ValueText).Distinct().Take(MostSymbols).ToList();
        if (asked.Count == 0)
            return true;
        var others = options.PreprocessorSymbolNames.Except(asked).ToList();
        var builds = asked.Select(symbol => others.Append(symbol)).Append(others).Append(others.Concat(asked));
        var text = before.SyntaxTree.GetText(cancellationToken);
        foreach (var build in builds)
        {
            var parsing = options.WithPreprocessorSymbols(build);
            // Symbols that never come together need not parse together.
            if (Parses(text, parsing, cancellationToken) && !Parses(after, parsing, cancellationToken))
                return false;
        }

        return true;
    }

    private static bool Parses(SourceText text, CSharpParseOptions options, CancellationToken cancellationToken)
        => !CSharpSyntaxTree.ParseText(text, options, cancellationToken: cancellationToken).GetDiagnostics(cancellationToken).Any(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
}
