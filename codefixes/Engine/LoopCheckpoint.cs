using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Structured.Analyzers.Flow;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Puts a checkpoint into a loop, as its first statement.</summary>
internal static class LoopCheckpoint
{
    private const string Key = "structured.checkpoint";
    private const int DeepestCall = 3;

    /// <summary>The edit that gives <paramref name="loop"/> a checkpoint of its kind of function; null where it is no loop, or the runtime is needed and absent.</summary>
    public static PlaceEdit? Edit(SyntaxNode loop, string? token, PlaceContext context, CancellationToken cancellationToken)
    {
        var body = loop switch
        {
            WhileStatementSyntax each => each.Statement,
            DoStatementSyntax each => each.Statement,
            ForStatementSyntax each => each.Statement,
            CommonForEachStatementSyntax each => each.Statement,
            _ => null,
        };
        if (body is null)
            return null;
        var isAsync = FunctionContext.Of(loop, context.Model, context.Symbols, cancellationToken).Kind == FunctionKind.Async;
        var usesRuntime = isAsync || token is null;
        if (usesRuntime && !context.Symbols.HasRuntime)
            return context.Refuse("the runtime is not referenced");
        var checkpoint = isAsync ? $"await Checkpoint.YieldAsync({token});" : token is null ? "Checkpoint.ThrowIfCancelled();" : $"{token}.ThrowIfCancellationRequested();";
        return new PlaceEdit(
            $"Insert '{checkpoint.TrimEnd(';')}'",
            Key,
            Insert(checkpoint, loop, body, context.Layout),
            usesRuntime ? [Needed.Checkpoint] : []);
    }

    public static IEnumerable<TextChange> Insert(string statement, SyntaxNode loop, StatementSyntax body, SourceLayout layout)
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

    /// <summary>
    /// Gives every endless loop that a child runs a checkpoint, where it observes no cancellation yet: a nursery that is joined must be able to end it. The checkpoint
    /// sees the nursery through the surrounding scope, so no token has to be handed down.
    /// </summary>
    /// <returns>False where such a loop lies outside this file and the type.</returns>
    public static bool MakeCancellable(DropSite site, FunctionDrops drops, TypeParts parts, CancellationToken cancellationToken)
    {
        var insertions = new List<(CodeChanges To, TextChange Change)>();
        if (!MakeCancellable(site.Call, drops, new HashSet<SyntaxNode>(), parts, insertions, DeepestCall, cancellationToken))
            return false;
        foreach (var (changes, insertion) in insertions)
        {
            changes.Need(Needed.Checkpoint);
            if (!changes.Contains(insertion))
                changes.Add(insertion);
        }

        return true;
    }

    private static bool MakeCancellable(SyntaxNode code, FunctionDrops drops, HashSet<SyntaxNode> seen, TypeParts parts, List<(CodeChanges, TextChange)> insertions, int depth, CancellationToken cancellationToken)
    {
        // The source of a referenced project belongs to another compilation, and is as unknown as that of a package.
        if (!seen.Add(code) || !drops.Model.Compilation.ContainsSyntaxTree(code.SyntaxTree))
            return true;
        var model = code.SyntaxTree == drops.Root.SyntaxTree ? drops.Model : drops.Model.Compilation.GetSemanticModel(code.SyntaxTree);
        var checkpoints = new Checkpoints(drops.Symbols, drops.Settings);
        foreach (var function in code.DescendantNodesAndSelf().Where(static node => node is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or BaseMethodDeclarationSyntax))
        {
            foreach (var (loop, body) in EndlessLoop.In(function, model, cancellationToken).Where(static loop => !loop.HasExit).Select(static loop => (loop.Syntax, loop.Body)).Concat(UntilToldTo(function, model, cancellationToken)))
            {
                if (Observes(loop, model, checkpoints, cancellationToken))
                    continue;
                if (parts.Of(code) is not ({ } context, { } changes, _))
                    return false;
                var isAsync = FunctionContext.Of(loop, model, drops.Symbols, cancellationToken).Kind == FunctionKind.Async;
                insertions.AddRange(Insert(isAsync ? "await Checkpoint.YieldAsync();" : "Checkpoint.ThrowIfCancelled();", loop, body, context.Layout).Select(insertion => (changes, insertion)));
            }
        }

        if (depth == 0)
            return true;
        foreach (var name in code.DescendantNodes().OfType<SimpleNameSyntax>())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (model.GetSymbolInfo(name, cancellationToken).Symbol is IMethodSymbol { MethodKind: MethodKind.Ordinary or MethodKind.LocalFunction } callee
                && !callee.IsAbstract && !callee.IsVirtual
                && callee.OriginalDefinition.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is { } declaration
                && !MakeCancellable(declaration, drops, seen, parts, insertions, depth - 1, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary><c>while (_running)</c>: ended by whoever clears the flag, where that is not what disposes of the object.</summary>
    private static IEnumerable<(StatementSyntax Loop, StatementSyntax Body)> UntilToldTo(SyntaxNode function, SemanticModel model, CancellationToken cancellationToken)
    {
        foreach (var loop in function.DescendantNodes(node => node == function || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<StatementSyntax>())
        {
            var (condition, body) = loop switch
            {
                WhileStatementSyntax each => (each.Condition, each.Statement),
                DoStatementSyntax each => (each.Condition, each.Statement),
                _ => default,
            };
            var flag = condition is PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression, Operand: var negated } ? negated : condition;
            if (flag is SimpleNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax }
                && model.GetSymbolInfo(flag, cancellationToken).Symbol is IFieldSymbol { IsConst: false, IsReadOnly: false, IsStatic: false, Type.SpecialType: SpecialType.System_Boolean } or IPropertySymbol { SetMethod: not null, IsStatic: false, Type.SpecialType: SpecialType.System_Boolean }
                && model.GetSymbolInfo(flag, cancellationToken).Symbol is { } field
                && !body!.DescendantNodesAndSelf().Any(node => EndlessLoop.Leaves(node, loop))
                && !IsSetInDisposal(field, cancellationToken))
            {
                yield return (loop, body!);
            }
        }
    }

    private static bool IsSetInDisposal(ISymbol flag, CancellationToken cancellationToken)
        => flag.ContainingType.GetMembers().OfType<IMethodSymbol>().Where(static method => method.Name.StartsWith("Dispose", System.StringComparison.Ordinal))
            .SelectMany(static method => method.DeclaringSyntaxReferences)
            .Any(reference => reference.GetSyntax(cancellationToken).DescendantNodes().OfType<SimpleNameSyntax>().Any(name => name.Identifier.ValueText == flag.Name));

    private static bool Observes(SyntaxNode loop, SemanticModel model, Checkpoints checkpoints, CancellationToken cancellationToken)
        => loop.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
            .Any(node => node is InvocationExpressionSyntax or MemberAccessExpressionSyntax or BaseObjectCreationExpressionSyntax or AwaitExpressionSyntax
                && model.GetOperation(node, cancellationToken) is { } operation && (checkpoints.Of(operation) & CheckpointKinds.Cancel) != 0);
}
