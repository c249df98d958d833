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
            LoopCheckpoint.Insert(checkpoint, loop, body, context.Layout),
            usesRuntime ? [(RuntimeNames.Namespace, "Checkpoint")] : []);
    }
}
