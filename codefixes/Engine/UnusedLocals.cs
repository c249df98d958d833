using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Locals that only ever held dropped tasks: <c>Task unawaited; … unawaited = FooAsync();</c>. They go when the last of the tasks does.</summary>
internal static class UnusedLocals
{
    public static IEnumerable<TextChange> Declarations(FunctionDrops drops, ImmutableArray<DropSite> sites, CancellationToken cancellationToken)
    {
        var locals = sites.Select(site => site.Dropped.Kind == DropKind.UnreadLocal && site.Owner is ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax assignment }
            ? drops.Model.GetSymbolInfo(assignment.Left, cancellationToken).Symbol
            : null);
        foreach (var local in locals.OfType<ILocalSymbol>().Distinct<ILocalSymbol>(SymbolEqualityComparer.Default))
        {
            if (local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is not VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax { Parent: BlockSyntax scope } declaration } } declarator
                || declarator.Initializer is { Value: not (LiteralExpressionSyntax or DefaultExpressionSyntax) })
            {
                continue;
            }

            var uses = scope.DescendantNodes().OfType<IdentifierNameSyntax>().Where(name => name.Identifier.ValueText == local.Name && SymbolEqualityComparer.Default.Equals(drops.Model.GetSymbolInfo(name, cancellationToken).Symbol, local));
            var line = drops.Text.Lines.GetLineFromPosition(declaration.SpanStart);
            if (uses.All(use => sites.Any(site => site.Owner.Span.Contains(use.Span))) && drops.Layout.IsFirstOnLine(declaration.SpanStart) && line.End == declaration.Span.End)
            {
                // Of the blank lines around it one is enough.
                var last = IsBlank(drops, line.LineNumber - 1) && IsBlank(drops, line.LineNumber + 1) ? drops.Text.Lines[line.LineNumber + 1] : line;
                yield return new TextChange(TextSpan.FromBounds(line.Start, last.EndIncludingLineBreak), "");
            }
        }
    }

    private static bool IsBlank(FunctionDrops drops, int line)
        => line >= 0 && line < drops.Text.Lines.Count && string.IsNullOrWhiteSpace(drops.Text.ToString(drops.Text.Lines[line].Span));
}
