using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// A dropped <c>ContinueWith</c> as what it stands for inside a child: a handler of failures becomes a <c>catch</c>, what runs however the task ended a <c>finally</c>.
/// </summary>
internal static class Continued
{
    private const string What = "its continuation";

    /// <summary><c>TaskContinuationOptions</c>: which outcomes, and those options that say nothing about them.</summary>
    private const int OnlyOnFaulted = 0x50000, ExecuteSynchronously = 0x80000, PreferFairness = 1, LongRunning = 2, DenyChildAttach = 8, HideScheduler = 16, RunContinuationsAsynchronously = 64;

    private const int Harmless = ExecuteSynchronously | PreferFairness | LongRunning | DenyChildAttach | HideScheduler | RunContinuationsAsynchronously;

    /// <returns>The changes that start the call together with its continuation; null where the continuation does more than the two kinds known here.</returns>
    public static CodeChanges? Rewrite(FunctionDrops drops, DropSite site, string nursery, ISymbol? outerToken, CancellationToken cancellationToken)
    {
        if (Refusal(drops, site, out var handler, out var antecedent, out var onlyFaulted) is { } reason)
        {
            drops.Refusals.Add(reason);
            return null;
        }

        var body = MovedBlock.Body(handler!);
        var branch = onlyFaulted ? null : FaultedBranch(body, antecedent!, drops.Model, cancellationToken);
        var exception = drops.FreshName("exception", site.Call.SpanStart, site.Function.Node);
        string? tail;
        if (onlyFaulted || branch is not null)
            tail = Text(branch is null ? body : Statements(branch), antecedent, exception, drops, cancellationToken) is { } caught ? $"catch (Exception {exception}) when ({Language.IsNot(drops.Root, exception, "OperationCanceledException")})" + caught : null;
        else
            tail = Text(body, antecedent, exception: null, drops, cancellationToken) is { } always ? "finally" + always : null;
        if (tail is null)
        {
            drops.Refusals.Add("its continuation asks the task for more than its exception");
            return null;
        }

        // A continuation does not go back to the context of whoever added it.
        var changes = TryChild.Write(drops, site, nursery, outerToken, ".ConfigureAwait(false)", _ => tail, usesToken: false, cancellationToken);
        if (onlyFaulted || branch is not null)
            changes?.Need(Needed.Exception, Needed.OperationCanceledException);
        return changes;
    }

    /// <summary>The function that a continuation is, where it is written there, takes the task and is not async.</summary>
    public static IAnonymousFunctionOperation? HandlerOf(IInvocationOperation continuation)
        => (continuation.Arguments.FirstOrDefault(static argument => argument.Parameter is { Ordinal: 0 })?.Value as IDelegateCreationOperation)?.Target is IAnonymousFunctionOperation { Symbol: { IsAsync: false, Parameters.Length: 1 } } function ? function : null;

    /// <summary>Whether all that a continuation says of itself is when it runs, and a <c>try</c> can say that.</summary>
    public static bool HasKnownOptions(IInvocationOperation continuation, KnownSymbols symbols, out bool onlyFaulted)
    {
        onlyFaulted = false;
        foreach (var argument in continuation.Arguments.Where(static argument => argument.Parameter is { Ordinal: > 0 } && !argument.IsImplicit))
        {
            if (KnownSymbols.Is(argument.Parameter!.Type, symbols.TaskContinuationOptions) && argument.Value.ConstantValue is { HasValue: true, Value: int options } && (options & ~Harmless) is 0 or OnlyOnFaulted)
                onlyFaulted = (options & ~Harmless) == OnlyOnFaulted;
            else if (!PoolOptions.IsDefaultScheduler(argument.Value, symbols) && !(KnownSymbols.Is(argument.Parameter.Type, symbols.CancellationToken) && argument.Value.IsNoToken(symbols)))
                return false;
        }

        return true;
    }

    private static string? Refusal(FunctionDrops drops, DropSite site, out LambdaExpressionSyntax? handler, out IParameterSymbol? antecedent, out bool onlyFaulted)
    {
        handler = null;
        antecedent = null;
        onlyFaulted = false;
        var continuation = site.Dropped.Continuation!;
        var whole = site.Access?.WhenNotNull ?? site.Expression;
        if (site.Dropped.Helper is not null || continuation.Syntax != whole)
            return "its continuation stands where no 'try' can take its place";
        if (TryChild.Refusal(site, What, drops) is { } reason)
            return reason;
        if (HandlerOf(continuation) is not { Syntax: LambdaExpressionSyntax lambda } operation || !operation.Symbol.ReturnsVoid && lambda.Body is BlockSyntax)
            return "its continuation is more than a handler that is written there";
        if (!HasKnownOptions(continuation, drops.Symbols, out onlyFaulted))
            return "its continuation has options that a 'try' cannot say";
        // The call and its continuation, and nothing that does something in between.
        if (whole is not InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: var receiver } } || receiver != site.Call)
            return "its continuation is written in a way that no 'try' keeps";

        handler = lambda;
        antecedent = operation.Symbol.Parameters[0];
        return null;
    }

    private static IReadOnlyList<SyntaxNode> Statements(StatementSyntax statement) => statement is BlockSyntax block ? block.Statements : new SyntaxNode[] { statement };

    /// <summary>What runs in <c>t => { if (t.IsFaulted) … }</c>.</summary>
    public static StatementSyntax? FaultedBranch(IReadOnlyList<SyntaxNode> body, IParameterSymbol antecedent, SemanticModel model, CancellationToken cancellationToken)
    {
        if (body.Count != 1 || body[0] is not IfStatementSyntax { Else: null } choice)
            return null;
        var asked = choice.Condition switch
        {
            MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsFaulted" } access => access.Expression,
            BinaryExpressionSyntax { RawKind: (int)SyntaxKind.NotEqualsExpression, Left: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Exception" } access, Right: LiteralExpressionSyntax { RawKind: (int)SyntaxKind.NullLiteralExpression } } => access.Expression,
            IsPatternExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Exception" } access, Pattern: UnaryPatternSyntax { Pattern: ConstantPatternSyntax { Expression.RawKind: (int)SyntaxKind.NullLiteralExpression } } } => access.Expression,
            _ => null,
        };
        return asked is not null && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(asked, cancellationToken).Symbol, antecedent) ? choice.Statement : null;
    }

    private static string? Text(IReadOnlyList<SyntaxNode> body, IParameterSymbol? antecedent, string? exception, FunctionDrops drops, CancellationToken cancellationToken)
        => MovedBlock.Text(body, drops, node => Replaced(node, antecedent, exception, drops, cancellationToken));

    /// <summary>The text, with the exception of the task as the exception that was caught; null where the task is asked for anything else.</summary>
    private static string? Replaced(SyntaxNode node, IParameterSymbol? antecedent, string? exception, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var changes = new List<TextChange>();
        foreach (var name in node.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>())
        {
            if (!SymbolEqualityComparer.Default.Equals(drops.Model.GetSymbolInfo(name, cancellationToken).Symbol, antecedent))
                continue;
            if (exception is null || name.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Exception" } access || access.Expression != name)
                return null;
            ExpressionSyntax value = access;
            if (value.Parent is PostfixUnaryExpressionSyntax forgiven)
                value = forgiven;
            // `t.Exception.InnerException` and `t.Exception.GetBaseException()` are the exception itself.
            if (value.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "InnerException" } inner && inner.Expression == value)
                value = inner.Parent is PostfixUnaryExpressionSyntax forgivenInner ? forgivenInner : inner;
            else if (value.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "GetBaseException", Parent: InvocationExpressionSyntax original } call && call.Expression == value)
                value = original;
            else if (!IsTakenAsException(value, drops, cancellationToken))
                return null;
            changes.Add(new TextChange(new TextSpan(value.SpanStart - node.SpanStart, value.Span.Length), exception));
        }

        var text = SourceText.From(drops.Text.ToString(node.Span));
        return changes.Count == 0 ? text.ToString() : TextEdits.Apply(text, changes, out _)?.ToString();
    }

    /// <summary>Whether a place takes any exception, so that it can do without the <c>AggregateException</c> around it.</summary>
    private static bool IsTakenAsException(ExpressionSyntax value, FunctionDrops drops, CancellationToken cancellationToken)
        => value.Parent is ArgumentSyntax
           && drops.Model.GetTypeInfo(value, cancellationToken).ConvertedType is { } type
           && (type.SpecialType == SpecialType.System_Object || KnownSymbols.Is(type, drops.Symbols.Exception));
}
