using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>A call that starts a task, written as the body of a scope or child, which hands it a token.</summary>
internal sealed class ScopedCall
{
    private readonly System.Func<string, TextChange>? _startToken;

    private ScopedCall(ExpressionSyntax value, InvocationExpressionSyntax call, IInvocationOperation operation, System.Func<string, TextChange>? token, ISymbol? outerToken, System.Func<string, TextChange>? startToken = null)
    {
        Value = value;
        Call = call;
        Operation = operation;
        Token = token;
        OuterToken = outerToken;
        _startToken = startToken;
    }

    /// <summary>The whole expression.</summary>
    public ExpressionSyntax Value { get; }

    public InvocationExpressionSyntax Call { get; }

    public IInvocationOperation Operation { get; }

    /// <summary>How to hand the call another token; null where it cannot take one.</summary>
    public System.Func<string, TextChange>? Token { get; }

    /// <summary>Whether <see cref="Text"/> has the token in it: work that is queued looks at it as well, if only before it begins.</summary>
    public bool IsGivenToken => Token is not null || _startToken is not null;

    /// <summary>The token it is handed now.</summary>
    public ISymbol? OuterToken { get; }

    /// <summary>Null where the expression is no plain call, or cannot stand in a lambda.</summary>
    public static ScopedCall? Of(ExpressionSyntax? value, PlaceContext context, CancellationToken cancellationToken)
    {
        var call = value as InvocationExpressionSyntax;
        if (call is { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "AsTask", Expression: InvocationExpressionSyntax inner }, ArgumentList.Arguments.Count: 0 })
            call = inner;
        if (value is null || call is null || value.DescendantNodes(static node => node is not AnonymousFunctionExpressionSyntax).Any(static node => node is AwaitExpressionSyntax or DeclarationExpressionSyntax or AssignmentExpressionSyntax)
            || context.Model.GetOperation(call, cancellationToken) is not IInvocationOperation operation || !Awaitables.IsTaskOrValueTask(operation.Type, context.Symbols))
        {
            return null;
        }

        // Queued work looks at its token only before it begins.
        if (PoolWork.IsStartedBy(operation, context.Symbols))
        {
            var isOnlyWork = operation.TargetMethod.Name == "Run" && call.ArgumentList.Arguments.Count == 1;
            return new ScopedCall(value, call, operation, null, null, isOnlyWork ? name => new TextChange(new TextSpan(call.ArgumentList.Arguments[0].Span.End, 0), ", " + name) : null);
        }

        var outer = call.ArgumentList.Arguments.Select(static argument => argument.Expression)
            .Where(argument => TokensInReach.IsToken(context.Model.GetTypeInfo(argument, cancellationToken).Type, context.Symbols))
            .Select(argument => context.Model.GetSymbolInfo(argument, cancellationToken).Symbol)
            .FirstOrDefault(static symbol => symbol is IParameterSymbol or ILocalSymbol or IFieldSymbol);
        return new ScopedCall(value, call, operation, StartCall.TokenArgument(context.Model, context.Symbols, call, outer, cancellationToken), outer);
    }

    /// <summary>The expression as it is written, with <paramref name="token"/> handed to the call.</summary>
    public string Text(PlaceContext context, string token)
    {
        var text = context.Text.ToString(Value.Span);
        if ((Token ?? _startToken)?.Invoke(token) is not { } change)
            return text;
        var start = change.Span.Start - Value.SpanStart;
        return text.Substring(0, start) + change.NewText + text.Substring(start + change.Span.Length);
    }
}

/// <summary>What fixes that move tasks ask of the statements around them.</summary>
internal static class TaskStatements
{
    public const string CannotBeRemoved = "a statement that would be left without meaning cannot be taken away: put it on lines of its own, in braces and without a comment";

    /// <summary>A name that nothing in the member has.</summary>
    public static string FreshName(PlaceContext context, string wanted, SyntaxNode function, params string[] taken)
    {
        var member = function.AncestorsAndSelf().OfType<MemberDeclarationSyntax>().FirstOrDefault(static node => node is BaseMethodDeclarationSyntax or BasePropertyDeclarationSyntax) ?? context.Root;
        var names = new HashSet<string>(member.DescendantTokens().Where(static token => token.IsKind(SyntaxKind.IdentifierToken)).Select(static token => token.ValueText), System.StringComparer.Ordinal);
        for (var number = 0; ; number++)
        {
            var name = number == 0 ? wanted : wanted + number;
            if (!names.Contains(name) && !taken.Contains(name) && context.Model.LookupSymbols(function.SpanStart, name: name).IsEmpty)
                return name;
        }
    }

    /// <summary>The statements of the list that a statement stands in; null where it stands alone.</summary>
    public static IReadOnlyList<StatementSyntax>? ListOf(StatementSyntax statement)
        => statement.Parent switch
        {
            BlockSyntax block => block.Statements,
            GlobalStatementSyntax { Parent: CompilationUnitSyntax unit } => unit.Members.OfType<GlobalStatementSyntax>().Select(static member => member.Statement).ToList(),
            _ => null,
        };

    /// <summary>The await of a task, with its <c>ConfigureAwait</c>; null where a use is something else.</summary>
    public static AwaitExpressionSyntax? AwaitOf(ExpressionSyntax task)
        => task.Parent switch
        {
            AwaitExpressionSyntax wait => wait,
            MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Parent: InvocationExpressionSyntax { Parent: AwaitExpressionSyntax wait } } access when access.Expression == task => wait,
            _ => null,
        };

    /// <summary>Takes a statement away, with its line where it has one of its own.</summary>
    public static TextChange? Removed(StatementSyntax statement, PlaceContext context)
    {
        if (statement.DescendantTrivia().Any(trivia => trivia.SpanStart >= statement.SpanStart && (trivia.IsDirective || trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia))))
            return null;
        var first = context.Text.Lines.GetLineFromPosition(statement.SpanStart);
        var last = context.Text.Lines.GetLineFromPosition(statement.Span.End);
        if (context.Layout.IsFirstOnLine(statement.SpanStart) && context.Text.ToString(TextSpan.FromBounds(statement.Span.End, last.End)).Trim().Length == 0)
            return new TextChange(TextSpan.FromBounds(first.Start, last.EndIncludingLineBreak), "");
        // Half-typed code may end here: nothing comes next then.
        var next = statement.GetLastToken().GetNextToken();
        return new TextChange(TextSpan.FromBounds(statement.SpanStart, next.RawKind == 0 || next.SpanStart > last.End ? statement.Span.End : next.SpanStart), "");
    }

    /// <summary>The nearest <c>try</c> whose block holds the node.</summary>
    public static TryStatementSyntax? TryAround(SyntaxNode node, SyntaxNode function)
        => node.Ancestors().TakeWhile(each => each != function).OfType<TryStatementSyntax>().FirstOrDefault(statement => statement.Block.Span.Contains(node.Span));
}
