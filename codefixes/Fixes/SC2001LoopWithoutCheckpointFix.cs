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

/// <summary>The fix for SC2001: a checkpoint as the first statement of the loop.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC2001LoopWithoutCheckpointFix))]
public sealed class SC2001LoopWithoutCheckpointFix : PlaceFix
{
    private const string Key = "structured.checkpoint";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.LoopWithoutCheckpoint);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        var loop = context.Root.FindToken(span.Start).Parent;
        var body = loop switch
        {
            WhileStatementSyntax each => each.Statement,
            DoStatementSyntax each => each.Statement,
            ForStatementSyntax each => each.Statement,
            _ => null,
        };
        if (loop is null || body is null)
            return null;

        var function = FunctionContext.Of(loop, context.Model, context.Symbols, cancellationToken);
        var token = TokensInReach.At(loop, context.Model, context.Symbols, cancellationToken).FirstOrDefault()?.Expression;
        var usesRuntime = function.Kind == FunctionKind.Async || token is null;
        if (usesRuntime && !context.Symbols.HasRuntime)
            return null;
        var checkpoint = function.Kind == FunctionKind.Async ? $"await Checkpoint.YieldAsync({token});"
            : token is null ? "Checkpoint.ThrowIfCancelled();"
            : $"{token}.ThrowIfCancellationRequested();";
        return new PlaceEdit(
            $"Insert '{checkpoint.TrimEnd(';')}'",
            Key,
            First(checkpoint, loop, body, context.Layout),
            usesRuntime ? [(RuntimeNames.Namespace, "Checkpoint")] : []);
    }

    private static IEnumerable<TextChange> First(string statement, SyntaxNode loop, StatementSyntax body, SourceLayout layout)
    {
        switch (body)
        {
            case BlockSyntax { Statements.Count: > 0 } block when layout.IsFirstOnLine(block.Statements[0].SpanStart):
                // Comments above the first statement stay with it.
                return [new TextChange(new TextSpan(block.OpenBraceToken.Span.End, 0), layout.NewLine + layout.IndentationAt(block.Statements[0].SpanStart) + statement)];
            case BlockSyntax block when layout.IsFirstOnLine(block.CloseBraceToken.SpanStart):
                return [new TextChange(new TextSpan(block.OpenBraceToken.Span.End, 0), layout.NewLine + layout.IndentationAt(block.CloseBraceToken.SpanStart) + layout.Unit + statement)];
            case BlockSyntax block:
                return [new TextChange(new TextSpan(block.OpenBraceToken.Span.End, 0), " " + statement)];
            case EmptyStatementSyntax:
                return [new TextChange(body.Span, (body.SpanStart == body.GetFirstToken().GetPreviousToken().Span.End ? " " : "") + "{ " + statement + " }")];
            case var single when layout.IsFirstOnLine(single.SpanStart):
                var outer = layout.IndentationAt(loop.SpanStart);
                var inner = layout.IndentationAt(single.SpanStart);
                var before = single.GetFirstToken().GetPreviousToken().Span.End;
                return
                [
                    new TextChange(new TextSpan(before, 0), layout.NewLine + outer + "{" + layout.NewLine + inner + statement),
                    new TextChange(new TextSpan(single.Span.End, 0), layout.NewLine + outer + "}"),
                ];
            default:
                return [new TextChange(new TextSpan(body.SpanStart, 0), "{ " + statement + " "), new TextChange(new TextSpan(body.Span.End, 0), " }")];
        }
    }
}
