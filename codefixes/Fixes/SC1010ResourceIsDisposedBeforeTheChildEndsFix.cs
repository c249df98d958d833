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

/// <summary>The fix for SC1010: the declaration moves in front of the nursery, so that the resource is disposed after the children have ended.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC1010ResourceIsDisposedBeforeTheChildEndsFix))]
public sealed class SC1010ResourceIsDisposedBeforeTheChildEndsFix : PlaceFix
{
    private const string Key = "structured.declare-outside";
    private const string SharesLine = "the declaration or the nursery shares a line with other code: give each a line of its own";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.ResourceIsDisposedBeforeTheChildEnds);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (context.Model.GetSymbolInfo(context.Root.FindNode(span, getInnermostNodeForTie: true), cancellationToken).Symbol is not ILocalSymbol { DeclaringSyntaxReferences: { Length: 1 } declarations }
            || declarations[0].GetSyntax(cancellationToken) is not VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Parent: LocalDeclarationStatementSyntax { Parent: BlockSyntax { Parent: LambdaExpressionSyntax body } block } declaration } variables })
        {
            return IsInNurseryBody(context, span, cancellationToken)
                ? context.Refuse("it is not declared by a statement of its own, in the body of the nursery: declare it before the nursery")
                : context.Refuse("the nursery is opened elsewhere: dispose of it in the child, or open a nursery here");
        }

        // What runs before the declaration would run after it: only declarations that move with it may stand there.
        var before = block.Statements.TakeWhile(statement => statement != declaration).ToList();
        if (before.Any(static statement => statement is not LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 }))
            return context.Refuse("other code runs before it in the nursery, and would run after it: declare it before the nursery");
        var function = FunctionContext.Of(declaration, context.Model, context.Symbols, cancellationToken);
        if (function.Role != FunctionRole.NurseryBody || body.FirstAncestorOrSelf<StatementSyntax>(statement => statement.Span.Start < body.SpanStart) is not { Parent: BlockSyntax } statement)
            return context.Refuse("the nursery is not opened here, by a statement of its own");
        // In a function that only hands the nursery's task on, the resource would be gone at once; and only a nursery that is awaited at once is over before the resource is.
        var outer = FunctionContext.Of(statement, context.Model, context.Symbols, cancellationToken);
        var run = body.FirstAncestorOrSelf<InvocationExpressionSyntax>();
        if (outer.Kind != FunctionKind.Async && outer.Role != FunctionRole.EntryPoint || run is null || !IsAwaited(run))
            return context.Refuse("the nursery is not awaited here, so the resource would be disposed of while it is open: await it");

        var changes = new List<TextChange>();
        foreach (var moving in before.Append(declaration).Cast<LocalDeclarationStatementSyntax>())
        {
            if (UsesWhatStays(moving, body, before, context, cancellationToken))
                return context.Refuse("its declaration uses the nursery, or what is declared in its body");
            if (!context.Layout.IsFirstOnLine(moving.SpanStart))
                return context.Refuse(SharesLine);
            var lines = TextSpan.FromBounds(context.Text.Lines.GetLineFromPosition(StartWithComments(moving, context)).Start, context.Text.Lines.GetLineFromPosition(moving.Span.End).EndIncludingLineBreak);
            if (context.Text.Lines.GetLineFromPosition(moving.Span.End).End != moving.Span.End + TrailingLength(moving) || !context.Layout.IsFirstOnLine(statement.SpanStart))
                return context.Refuse(SharesLine);
            changes.Add(new TextChange(lines, ""));
            changes.Add(new TextChange(new TextSpan(context.Text.Lines.GetLineFromPosition(statement.SpanStart).Start, 0), context.Layout.Moved(context.Text.ToString(lines), context.Layout.IndentationAt(moving.SpanStart), context.Layout.IndentationAt(statement.SpanStart), withFirst: true)));
        }

        var next = block.Statements.SkipWhile(each => each != declaration).Skip(1).FirstOrDefault();
        if (next is not null && IsBlankLineBefore(next, context) is { } blank)
            changes.Add(new TextChange(blank, ""));
        return new PlaceEdit($"Declare '{variables.Variables[0].Identifier.ValueText}' outside the nursery", Key, changes);
    }

    /// <summary>Whether the resource is declared in the body of a nursery, which a name of it at <paramref name="span"/> tells.</summary>
    private static bool IsInNurseryBody(PlaceContext context, TextSpan span, CancellationToken cancellationToken)
        => context.Model.GetSymbolInfo(context.Root.FindNode(span, getInnermostNodeForTie: true), cancellationToken).Symbol?.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is { } declaration
           && FunctionContext.Of(declaration, context.Model, context.Symbols, cancellationToken).Role == FunctionRole.NurseryBody;

    private static bool IsAwaited(ExpressionSyntax run)
    {
        SyntaxNode node = run;
        while (node.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } access && access.Parent is InvocationExpressionSyntax configured)
            node = configured;
        return node.Parent is AwaitExpressionSyntax;
    }

    /// <summary>Whether the declaration needs the nursery or something else that is declared in its body.</summary>
    private static bool UsesWhatStays(LocalDeclarationStatementSyntax moving, LambdaExpressionSyntax body, List<StatementSyntax> before, PlaceContext context, CancellationToken cancellationToken)
        => moving.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name =>
            context.Model.GetSymbolInfo(name, cancellationToken).Symbol is ILocalSymbol or IParameterSymbol
            && context.Model.GetSymbolInfo(name, cancellationToken).Symbol!.DeclaringSyntaxReferences is { Length: 1 } declared
            && body.Span.Contains(declared[0].Span)
            && !moving.Span.Contains(declared[0].Span)
            && !before.Any(statement => statement.Span.Contains(declared[0].Span)));

    private static int StartWithComments(LocalDeclarationStatementSyntax moving, PlaceContext context)
    {
        // A comment right above belongs to the declaration.
        var comment = moving.GetLeadingTrivia().FirstOrDefault(static trivia => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia));
        return comment.RawKind == 0 || comment.SpanStart < context.Text.Lines.GetLineFromPosition(moving.FullSpan.Start).Start ? moving.SpanStart : comment.SpanStart;
    }

    private static int TrailingLength(LocalDeclarationStatementSyntax moving)
        => moving.GetTrailingTrivia().Where(static trivia => !trivia.IsKind(SyntaxKind.EndOfLineTrivia)).Sum(static trivia => trivia.FullSpan.Length);

    private static TextSpan? IsBlankLineBefore(StatementSyntax next, PlaceContext context)
    {
        var first = next.GetLeadingTrivia().FirstOrDefault();
        return first.IsKind(SyntaxKind.EndOfLineTrivia) ? context.Text.Lines.GetLineFromPosition(first.SpanStart).SpanIncludingLineBreak : null;
    }
}
