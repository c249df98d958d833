using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>What every fix writes that makes a cancel scope of a timeout by hand.</summary>
internal static class TimeoutScope
{
    public const string FailAfter = "FailAfterAsync";
    public const string MoveOnAfter = "MoveOnAfterAsync";

    private const string Key = "structured.cancel-scope";

    /// <summary>The timeout as a <c>TimeSpan</c>; it is evaluated at another moment than before, so it must not do anything. Null where it does, or is none.</summary>
    public static string? Duration(ExpressionSyntax value, PlaceContext context, CancellationToken cancellationToken)
    {
        if (!IsPure(value, context, cancellationToken) || HandMadeTimeout.IsInfinite(value, context.Model, cancellationToken))
            return null;
        return KnownSymbols.Is(context.Model.GetTypeInfo(value, cancellationToken).Type, context.Symbols.TimeSpan) ? value.ToString() : $"TimeSpan.FromMilliseconds({value})";
    }

    private static bool IsPure(ExpressionSyntax expression, PlaceContext context, CancellationToken cancellationToken)
        => expression.DescendantNodesAndSelf().All(node => node switch
        {
            AwaitExpressionSyntax or AssignmentExpressionSyntax or AnonymousFunctionExpressionSyntax => false,
            PrefixUnaryExpressionSyntax each => each.IsKind(SyntaxKind.UnaryMinusExpression),
            PostfixUnaryExpressionSyntax each => each.IsKind(SyntaxKind.SuppressNullableWarningExpression),
            InvocationExpressionSyntax each => context.Model.GetSymbolInfo(each, cancellationToken).Symbol is IMethodSymbol { IsStatic: true } method && KnownSymbols.Is(method.ContainingType, context.Symbols.TimeSpan),
            _ => true,
        });

    /// <summary>The scope around <paramref name="body"/>, awaited.</summary>
    public static string Await(string method, string duration, string token, string body, string outer, string configured)
        => $"await CancelScope.{method}({duration}, {token} => {body}{outer}){configured}";

    public static PlaceEdit Edit(string method, string note, IEnumerable<TextChange> changes)
        => new($"Use 'CancelScope.{method}', which cancels the work{note}", Key, changes, (RuntimeNames.Namespace, "CancelScope"), ("System", "TimeSpan"));
}
