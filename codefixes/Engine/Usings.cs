using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Adds <c>using</c> directives, once, where the file keeps its own.</summary>
internal static class Usings
{
    /// <summary>Insertions for those of <paramref name="types"/> that are not in scope at <paramref name="position"/>, global usings included.</summary>
    public static IEnumerable<TextChange> Missing(SyntaxNode root, SourceText text, SemanticModel model, int position, IEnumerable<(string Namespace, string Type)> types, CancellationToken cancellationToken)
    {
        if (root is not CompilationUnitSyntax unit)
            yield break;
        var layout = new SourceLayout(text, root, model.Compilation);
        // Several that go to the same place stand there in the order of the file.
        bool IsInScope((string Namespace, string Type) needed)
            => model.LookupNamespacesAndTypes(position, name: needed.Type).OfType<INamedTypeSymbol>().Any(found => found.ContainingNamespace.ToDisplayString() == needed.Namespace);
        // A type of that name may lie nearer and hide the one that is needed for its extension methods.
        var imported = new HashSet<string>(ImportsAt(unit, position).Select(each => model.GetSymbolInfo(each.Name!, cancellationToken).Symbol?.ToDisplayString()).OfType<string>());
        foreach (var name in types.Where(each => !imported.Contains(each.Namespace) && !IsInScope(each)).Select(static each => each.Namespace).Distinct().OrderBy(static each => each, Comparer<string>.Create(Compare)))
            yield return Insertion(unit, text, layout, $"using {name};", cancellationToken);
    }

    private static IEnumerable<UsingDirectiveSyntax> ImportsAt(CompilationUnitSyntax unit, int position)
        => unit.Usings.Concat(unit.FindToken(position).Parent?.AncestorsAndSelf().OfType<BaseNamespaceDeclarationSyntax>().SelectMany(static each => each.Usings) ?? [])
            .Where(static each => each.Alias is null && each.StaticKeyword.RawKind == 0);

    private static TextChange Insertion(CompilationUnitSyntax unit, SourceText text, SourceLayout layout, string directive, CancellationToken cancellationToken)
    {
        var container = unit.Usings.Any(static each => each.GlobalKeyword.RawKind == 0)
            ? unit.Usings
            : unit.DescendantNodes(static node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax).OfType<BaseNamespaceDeclarationSyntax>().Select(static each => each.Usings).FirstOrDefault(static usings => usings.Any());
        var own = container.Where(static each => each.GlobalKeyword.RawKind == 0 && each.Alias is null && each.StaticKeyword.RawKind == 0).ToList();
        if (own.Count == 0)
        {
            // No directive to stand beside: before the first declaration, behind the file's header and global usings.
            var last = unit.Usings.LastOrDefault()?.Span.End ?? unit.Externs.LastOrDefault()?.Span.End;
            if (last is { } end)
                return new TextChange(new TextSpan(text.Lines.GetLineFromPosition(end).EndIncludingLineBreak, 0), directive + layout.NewLine);
            var first = unit.GetFirstToken(includeZeroWidth: true);
            return new TextChange(new TextSpan(HeaderEnd(first), 0), directive + layout.NewLine + layout.NewLine);
        }

        // Sorted where the file is sorted: before the first that comes after it, else behind the last.
        var wanted = directive.Substring("using ".Length).TrimEnd(';');
        var next = IsSorted(own) ? own.Find(each => Compare(each.Name!.ToString(), wanted) > 0) : null;
        if (next is not null && layout.IsFirstOnLine(next.SpanStart) && !next.GetLeadingTrivia().Any(static trivia => trivia.IsDirective || trivia.IsKind(SyntaxKind.SingleLineCommentTrivia)))
            return new TextChange(new TextSpan(next.SpanStart, 0), directive + layout.NewLine + layout.IndentationAt(next.SpanStart));
        var behind = own.Last();
        var line = text.Lines.GetLineFromPosition(behind.Span.End);
        // Blanks and comments behind the last directive stay on its line.
        var place = behind.GetTrailingTrivia().All(trivia => trivia.Span.Start >= line.Start && trivia.Span.End <= line.EndIncludingLineBreak) ? line.End : behind.Span.End;
        return new TextChange(new TextSpan(place, 0), layout.NewLine + layout.IndentationAt(behind.SpanStart) + directive);
    }

    private static int HeaderEnd(SyntaxToken first)
    {
        // A licence header, `#pragma`s and `#nullable` stay on top; a comment that touches the declaration is its own.
        var trivia = first.LeadingTrivia;
        for (var index = trivia.Count - 1; index >= 0; index--)
        {
            if (trivia[index].IsDirective)
                return trivia[index].FullSpan.End;
            if (trivia[index].IsKind(SyntaxKind.EndOfLineTrivia) && index > 0 && trivia[index - 1].IsKind(SyntaxKind.EndOfLineTrivia))
                return trivia[index].Span.End;
        }

        return first.FullSpan.Start;
    }

    private static bool IsSorted(List<UsingDirectiveSyntax> usings)
    {
        for (var index = 1; index < usings.Count; index++)
        {
            if (Compare(usings[index - 1].Name!.ToString(), usings[index].Name!.ToString()) > 0)
                return false;
        }

        return true;
    }

    private static int Compare(string left, string right)
    {
        var leftIsSystem = left == "System" || left.StartsWith("System.", System.StringComparison.Ordinal);
        var rightIsSystem = right == "System" || right.StartsWith("System.", System.StringComparison.Ordinal);
        return leftIsSystem != rightIsSystem ? (leftIsSystem ? -1 : 1) : string.CompareOrdinal(left, right);
    }
}
