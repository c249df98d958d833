using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Methods that give null where others give a task: <c>if (_closed) return null;</c>. Dropped, that harms nobody; a nursery throws on it, and so does an await.
/// </summary>
internal sealed class NullTask
{
    /// <summary>Methods that only pass on what another gives come in long chains.</summary>
    private const int DeepestCall = 5;

    private readonly HashSet<ISymbol> _seen = new(SymbolEqualityComparer.Default);
    private readonly CancellationToken _cancellationToken;

    private NullTask(CancellationToken cancellationToken) => _cancellationToken = cancellationToken;

    /// <summary>Why the task cannot be started or awaited as any other; null where nothing is seen to give null.</summary>
    public static string? Reason(DropSite site, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var search = new NullTask(cancellationToken);
        if (!site.IsPoolWork)
            return search.MayComeFrom(site.Dropped.Call.TargetMethod, drops.Model.Compilation, DeepestCall) ? Reason(site.Dropped.Call.TargetMethod) : null;
        return ((site.Work as IDelegateCreationOperation)?.Target ?? site.Work) switch
        {
            IMethodReferenceOperation { Method: var method } when Awaitables.IsTask(method.ReturnType, drops.Symbols) && search.MayComeFrom(method, drops.Model.Compilation, DeepestCall) => Reason(method),
            IAnonymousFunctionOperation { Symbol: { IsAsync: false, ReturnType: var type }, Syntax: var lambda } when Awaitables.IsTask(type, drops.Symbols) && search.IsGivenBy(lambda, drops.Model, DeepestCall)
                => lambda is LambdaExpressionSyntax { Body: InvocationExpressionSyntax call } && drops.Model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol called ? Reason(called) : "the work may give null instead of a task: let it give a completed one",
            _ => null,
        };
    }

    private static string Reason(IMethodSymbol method) => $"'{method.Name}' may give null instead of a task: let it give a completed one";

    private bool MayComeFrom(IMethodSymbol method, Compilation compilation, int depth)
    {
        if (method.IsAsync || !method.ReturnType.IsReferenceType)
            return false;
        if (method.ReturnType.NullableAnnotation == NullableAnnotation.Annotated)
            return true;
        method = (method.ReducedFrom ?? method).OriginalDefinition;
        method = method.PartialImplementationPart ?? method;
        if (!_seen.Add(method) || Sources.CompilationOf(method, compilation) is null)
            return false;
        return Implementations.AreNeeded(method)
            ? Implementations.Of(method, compilation).Any(implementation => MayComeFrom(implementation, compilation, depth))
            : Sources.DeclarationsOf(method, compilation, _cancellationToken).Any(each => IsGivenBy(each.Declaration, each.Model, depth));
    }

    private bool IsGivenBy(SyntaxNode function, SemanticModel model, int depth)
        => function.DescendantNodes(node => node == function || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
            .Select(node => node switch
            {
                ReturnStatementSyntax { Expression: { } value } => value,
                ArrowExpressionClauseSyntax { Expression: var value } => value,
                ExpressionSyntax value when value.Parent == function && function is AnonymousFunctionExpressionSyntax { ExpressionBody: var body } && body == value => value,
                _ => null,
            })
            .Any(value => value is not null && MayBeNull(value, model, depth));

    private bool MayBeNull(ExpressionSyntax value, SemanticModel model, int depth)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        return value switch
        {
            ParenthesizedExpressionSyntax { Expression: var inner } => MayBeNull(inner, model, depth),
            PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression, Operand: var inner } => MayBeNull(inner, model, depth),
            CastExpressionSyntax { Expression: var inner } => MayBeNull(inner, model, depth),
            ConditionalExpressionSyntax { WhenTrue: var one, WhenFalse: var other } => MayBeNull(one, model, depth) || MayBeNull(other, model, depth),
            BinaryExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceExpression, Right: var otherwise } => MayBeNull(otherwise, model, depth),
            SwitchExpressionSyntax { Arms: var arms } => arms.Any(arm => MayBeNull(arm.Expression, model, depth)),
            ConditionalAccessExpressionSyntax => true,
            InvocationExpressionSyntax call => depth > 0 && model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol method && MayComeFrom(method, model.Compilation, depth - 1),
            _ => model.GetConstantValue(value, _cancellationToken) is { HasValue: true, Value: null },
        };
    }
}
