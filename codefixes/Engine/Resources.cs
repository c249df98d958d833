using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The <c>using</c> statements and declarations around a call whose resources the call works with.</summary>
internal static class Resources
{
    /// <summary>Outermost first: <c>using</c> statements around the site, and <c>using</c> declarations before it.</summary>
    public static IEnumerable<StatementSyntax> NeededBy(DropSite site, SemanticModel model, CancellationToken cancellationToken)
    {
        var used = site.Expression.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>()
            .Select(name => model.GetSymbolInfo(name, cancellationToken).Symbol).OfType<ILocalSymbol>().ToList();
        if (used.Count == 0)
            yield break;
        foreach (var statement in Around(site.Owner).Reverse())
        {
            if (Declared(statement).Any(variable => used.Any(local => SymbolEqualityComparer.Default.Equals(local, model.GetDeclaredSymbol(variable, cancellationToken)))))
                yield return statement;
        }
    }

    private static IEnumerable<StatementSyntax> Around(SyntaxNode node)
    {
        for (var current = node; current is not null and not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or BaseMethodDeclarationSyntax); current = current.Parent!)
        {
            if (current is UsingStatementSyntax { Declaration: not null } around)
                yield return around;
            var siblings = current.Parent switch
            {
                BlockSyntax block => block.Statements,
                SwitchSectionSyntax section => section.Statements,
                _ => default,
            };
            foreach (var sibling in siblings.TakeWhile(sibling => sibling != current).Reverse())
            {
                if (sibling is LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 })
                    yield return sibling;
            }

            if (current is GlobalStatementSyntax { Parent: CompilationUnitSyntax unit })
            {
                foreach (var sibling in unit.Members.OfType<GlobalStatementSyntax>().TakeWhile(sibling => sibling != current).Reverse())
                {
                    if (sibling.Statement is LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 } declaration)
                        yield return declaration;
                }
            }
        }
    }

    private static IEnumerable<VariableDeclaratorSyntax> Declared(StatementSyntax statement)
        => statement switch
        {
            UsingStatementSyntax { Declaration: { } declaration } => declaration.Variables,
            LocalDeclarationStatementSyntax local => local.Declaration.Variables,
            _ => [],
        };
}
