using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// The fix for SC2003: a filter that lets the cancellation through. A handler of failures takes everything but cancellations; a handler of cancellations only
/// those that are not of this code.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC2003CancellationIsSwallowedFix))]
public sealed class SC2003CancellationIsSwallowedFix : PlaceFix
{
    private const string Key = "structured.let-cancellation-through";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.CancellationIsSwallowed);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (context.Root.FindToken(span.Start).Parent is not CatchClauseSyntax { Filter: null, Parent: TryStatementSyntax statement } clause)
            return null;
        return CancellationHandlers.IsExplicit(clause, context.Model, context.Symbols, cancellationToken)
            ? OnlyOthers(statement, clause, context, cancellationToken)
            : NoCancellations(clause);
    }

    private static PlaceEdit NoCancellations(CatchClauseSyntax clause)
    {
        var changes = new List<TextChange>();
        var name = clause.Declaration?.Identifier.ValueText is { Length: > 0 } declared ? declared : FreeName(clause);
        int end;
        if (clause.Declaration is not { } declaration)
        {
            end = clause.CatchKeyword.Span.End;
            changes.Add(new TextChange(new TextSpan(end, 0), $" (Exception {name})"));
        }
        else
        {
            end = declaration.Span.End;
            if (declaration.Identifier.ValueText.Length == 0)
                changes.Add(new TextChange(new TextSpan(declaration.Type.Span.End, 0), " " + name));
            else
                name = declaration.Identifier.Text;
        }

        var condition = Language.IsNot(clause, name, "OperationCanceledException");
        changes.Add(new TextChange(new TextSpan(end, 0), $" when ({condition})"));
        return new PlaceEdit(
            $"Add 'when ({condition})'",
            Key,
            changes,
            ("System", "OperationCanceledException"));
    }

    private static PlaceEdit? OnlyOthers(TryStatementSyntax statement, CatchClauseSyntax clause, PlaceContext context, CancellationToken cancellationToken)
    {
        var tokens = CancellableWork.TokensOfCode(statement.Block, context.Model, context.Symbols, cancellationToken).Select(static token => token.ToString()).Distinct().ToList();
        if (tokens.Count != 1)
            return null;
        var filter = $"when (!{tokens[0]}.IsCancellationRequested)";
        return new PlaceEdit($"Add '{filter}'", Key, [new TextChange(new TextSpan(clause.Declaration!.Span.End, 0), " " + filter)]);
    }

    private static string FreeName(CatchClauseSyntax clause)
    {
        var member = (SyntaxNode?)clause.FirstAncestorOrSelf<MemberDeclarationSyntax>() ?? clause.SyntaxTree.GetRoot();
        var taken = new HashSet<string>(member.DescendantTokens().Where(static token => token.IsKind(SyntaxKind.IdentifierToken)).Select(static token => token.ValueText), System.StringComparer.Ordinal);
        var name = "exception";
        for (var number = 1; taken.Contains(name); number++)
            name = "exception" + number;
        return name;
    }
}
