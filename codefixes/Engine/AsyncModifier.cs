using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Makes a function <c>async</c> whose callers cannot tell: one that already returns a task, or a lambda that is queued to the pool or is the body of a
/// nursery, where the task-returning overload takes its place.
/// </summary>
internal static class AsyncModifier
{
    /// <returns>False where callers would see the difference.</returns>
    public static bool Add(FunctionContext function, PlaceContext context, List<TextChange> changes, CancellationToken cancellationToken)
    {
        if (AsyncLocals.AreSetIn(function.Node, context.Model, cancellationToken))
        {
            context.Refusals.Add(AsyncLocals.Reason);
            return false;
        }

        if (TryAdd(function, context, changes, cancellationToken))
            return true;
        context.Refusals.Add(ReasonOf(function));
        return false;
    }

    private static string ReasonOf(FunctionContext function)
    {
        if (function.Symbol is not { MethodKind: MethodKind.Ordinary or MethodKind.LocalFunction } symbol)
            return "the function around it would have to become async: make it so first";
        if (function.Kind == FunctionKind.TaskReturning && function.Node is MethodDeclarationSyntax { Body: { } body } && IsVisibleOutside(symbol) && ThrowsAtOnce(body))
            return $"'{symbol.Name}' would have to become async, and what it throws at once would come with its task";
        return function.Kind == FunctionKind.TaskReturning && Returns(function.Node).Any(statement => LeavesBlockOfItsOwn(statement, function.Node))
            ? $"'{symbol.Name}' would have to become async, and the 'try', 'using' or 'lock' that it returns from would last until the task has ended"
            : $"'{symbol.Name}' would have to become async, which its callers would notice: make them async first";
    }

    private static IEnumerable<ReturnStatementSyntax> Returns(SyntaxNode function)
        => function.DescendantNodes(node => node == function || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<ReturnStatementSyntax>();

    private static bool LeavesBlockOfItsOwn(ReturnStatementSyntax statement, SyntaxNode function)
        => statement.Ancestors().TakeWhile(node => node != function).Any(static node => node is TryStatementSyntax or UsingStatementSyntax or LockStatementSyntax);

    private static bool TryAdd(FunctionContext function, PlaceContext context, List<TextChange> changes, CancellationToken cancellationToken)
    {
        if (function.Symbol is not { } symbol || symbol.Parameters.Any(static parameter => parameter.RefKind != RefKind.None))
            return false;
        switch (function.Node)
        {
            case LambdaExpressionSyntax { Body: BlockSyntax } lambda when symbol.ReturnsVoid && (function.Role == FunctionRole.NurseryBody || function.Role == FunctionRole.PoolWork && IsTaskRun(lambda, context, cancellationToken)):
                changes.Add(new TextChange(new TextSpan(lambda.SpanStart, 0), "async "));
                return true;
            case LambdaExpressionSyntax { Body: BlockSyntax block } lambda:
                return AddReturning(symbol, block, lambda.SpanStart, context, changes);
            case MethodDeclarationSyntax { Body: { } block } when IsVisibleOutside(symbol) && ThrowsAtOnce(block):
                // Whoever checks the arguments of a call without awaiting it would no longer be told.
                return false;
            case MethodDeclarationSyntax { Body: { } block } method:
                return AddReturning(symbol, block, method.ReturnType.SpanStart, context, changes);
            case LocalFunctionStatementSyntax { Body: { } block } local:
                return AddReturning(symbol, block, local.ReturnType.SpanStart, context, changes);
            default:
                return false;
        }
    }

    /// <summary>Whether who runs the function waits for the task that it may return instead of nothing: the runtime for <c>Main</c>, a test framework for a test.</summary>
    public static bool IsAwaitedByItsCaller(FunctionContext function) => function.Role == FunctionRole.EntryPoint || TestMethod.MayReturnTask(function.Symbol);

    /// <summary>Makes such a function async. A <c>Main</c> with attributes is left alone, since a single-threaded apartment ends at the first await.</summary>
    public static bool AddToAwaited(FunctionContext function, CodeChanges changes)
    {
        if (function.Kind == FunctionKind.Async || function.Node is not MethodDeclarationSyntax { Body: not null } main)
            return true;
        if (main.AttributeLists.Count > 0 && function.Role == FunctionRole.EntryPoint)
            return false;
        switch (main.ReturnType)
        {
            case PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword }:
                changes.Add(new TextChange(main.ReturnType.Span, "async Task"));
                changes.Need(Needed.Task);
                return true;
            case PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.IntKeyword }:
                changes.Add(new TextChange(main.ReturnType.Span, "async Task<int>"));
                changes.Need(Needed.Task);
                return true;
            default:
                return false;
        }
    }

    private static bool IsVisibleOutside(ISymbol symbol)
    {
        for (var current = symbol; current is not null and not INamespaceSymbol; current = current.ContainingSymbol)
        {
            if (current.DeclaredAccessibility is Accessibility.Private or Accessibility.Internal or Accessibility.ProtectedAndInternal)
                return false;
        }

        return true;
    }

    private static bool ThrowsAtOnce(BlockSyntax block)
        => block.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(static node => node is ThrowStatementSyntax or ThrowExpressionSyntax);

    private static bool IsTaskRun(SyntaxNode lambda, PlaceContext context, CancellationToken cancellationToken)
        => lambda.Parent?.Parent?.Parent is InvocationExpressionSyntax call
           && context.Model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol { Name: "Run" } method
           && KnownSymbols.Is(method.ContainingType, context.Symbols.Task);

    private static bool AddReturning(IMethodSymbol symbol, BlockSyntax block, int position, PlaceContext context, List<TextChange> changes)
    {
        if (!Awaitables.IsTaskOrValueTask(symbol.ReturnType, context.Symbols))
            return false;
        var givesValue = Awaitables.ResultType(symbol.ReturnType, context.Symbols) is not null;
        foreach (var statement in Returns(block))
        {
            // What is returned from a `try` was awaited outside of it, and from a `using` after it.
            if (statement.Expression is not { } value || LeavesBlockOfItsOwn(statement, block))
                return false;
            if (givesValue)
            {
                if (ResultIn(value, block.Parent is AnonymousFunctionExpressionSyntax, context) is { } result)
                {
                    // `return Task.FromResult(x);` was only the way to say `return x;`.
                    changes.Add(new TextChange(TextSpan.FromBounds(value.SpanStart, result.SpanStart), ""));
                    changes.Add(new TextChange(TextSpan.FromBounds(result.Span.End, value.Span.End), ""));
                }
                else
                {
                    changes.Add(new TextChange(new TextSpan(value.SpanStart, 0), "await "));
                    Configure(value, context, changes);
                }

                continue;
            }

            // Only at the end of the function, where nothing has to be left early.
            if (statement.Parent != block || block.Statements.Last() != statement)
                return false;
            var isCompleted = Operations.IsCompletedTask(context.Model.GetSymbolInfo(value).Symbol, context.Symbols);
            if (isCompleted && context.Layout.IsFirstOnLine(statement.SpanStart))
            {
                var line = context.Text.Lines.GetLineFromPosition(statement.SpanStart);
                if (statement.Span.End != line.End)
                    return false;
                changes.Add(new TextChange(TextSpan.FromBounds(line.Start, line.EndIncludingLineBreak), ""));
            }
            else
            {
                // Of the blanks around it those in front are enough; a comment behind it stays.
                var blanks = statement.GetTrailingTrivia().TakeWhile(static trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia)).Sum(static trivia => trivia.Span.Length);
                changes.Add(new TextChange(TextSpan.FromBounds(statement.SpanStart, isCompleted ? statement.Span.End + blanks : value.SpanStart), isCompleted ? "" : "await "));
                if (!isCompleted)
                    Configure(value, context, changes);
            }
        }

        if (block.Statements.OfType<LocalDeclarationStatementSyntax>().Any(static declaration => declaration.UsingKeyword.RawKind != 0))
            return false;
        changes.Add(new TextChange(new TextSpan(position, 0), "async "));
        return true;
    }

    /// <summary>What a complete task is made of. Null where a comment would be lost, too, or the type of the lambda may be found by the type of the task.</summary>
    private static ExpressionSyntax? ResultIn(ExpressionSyntax value, bool isInLambda, PlaceContext context)
        => value is InvocationExpressionSyntax { ArgumentList.Arguments: { Count: 1 } arguments } call
           && context.Model.GetSymbolInfo(call).Symbol is IMethodSymbol { Name: "FromResult", IsStatic: true } method
           && Awaitables.IsTaskOrValueTask(method.ContainingType, context.Symbols)
           && (!isInLambda || SymbolEqualityComparer.Default.Equals(context.Model.GetTypeInfo(arguments[0].Expression).Type, method.TypeArguments.FirstOrDefault()))
           && call.DescendantTrivia().All(trivia => arguments[0].Expression.Span.Contains(trivia.Span) || trivia.IsKind(SyntaxKind.WhitespaceTrivia))
            ? arguments[0].Expression
            : null;

    private static void Configure(ExpressionSyntax value, PlaceContext context, List<TextChange> changes)
    {
        if (value is InvocationExpressionSyntax or SimpleNameSyntax or MemberAccessExpressionSyntax && context.Layout.Configured.Length > 0)
            changes.Add(new TextChange(new TextSpan(value.Span.End, 0), context.Layout.Configured));
    }
}
