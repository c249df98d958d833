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
/// Turns work that is started without a task into a child: a work item into <c>StartWork</c>, or <c>StartSoon</c> where it is async; a thread into a child that runs on
/// a thread of its own.
/// </summary>
internal static class WorkWithoutTask
{
    public const string ThreadHasArgument = "the thread is given an argument: capture it instead";

    /// <summary><c>new Thread(Work).Start()</c>, with nothing said of the thread but that it is a background thread.</summary>
    public static CodeChanges? OfThread(FunctionDrops drops, DropSite site, string nursery, int end, CancellationToken cancellationToken)
    {
        if (site.Dropped.Call.Instance is not IObjectCreationOperation { Syntax: BaseObjectCreationExpressionSyntax { ArgumentList: { Arguments: { Count: 1 } arguments } } creation })
            return Refuse(drops, "the thread is given a name, a priority, a stack size or the like, which a child does not have");
        if (creation.Initializer is { } initializer && initializer.Expressions.Any(static expression => expression is not AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "IsBackground" }, Right: LiteralExpressionSyntax }))
            return Refuse(drops, "the thread is given a name, a priority, a stack size or the like, which a child does not have");
        if (site.Work is not IDelegateCreationOperation { Type: INamedTypeSymbol { DelegateInvokeMethod.Parameters.IsEmpty: true } } started)
            return Refuse(drops, ThreadHasArgument);
        var work = Unwrapped(arguments[0].Expression);
        var run = Callbacks.SymbolOf(started.Target is IDelegateCreationOperation inner ? inner.Target : started.Target);
        if (run is { IsAsync: true })
            return Refuse(drops, "what the thread runs is async void, so nothing can wait for it: mend that first (SC1003)");
        if (run is null || work is AnonymousMethodExpressionSyntax || HasTrivia(creation, work))
            return Refuse(drops, "what the thread runs cannot be moved");
        // A loop that goes on as long as the program does must not hold one of the places that all share.
        var limiter = Termination.Of(site, drops.Model, drops.Symbols, cancellationToken) == Ending.ByItself ? "" : ", limiter: new CapacityLimiter(1)";
        return
        [
            new TextChange(TextSpan.FromBounds(site.Start, work.SpanStart), $"{nursery}.{RuntimeNames.StartSoon}(() => ToThread.{RuntimeNames.RunAsync}("),
            new TextChange(TextSpan.FromBounds(work.Span.End, end), limiter + "))"),
        ];
    }

    /// <summary><c>ThreadPool.QueueUserWorkItem(…)</c>. The unsafe form keeps the caller's context from the work, which a child is given.</summary>
    public static CodeChanges? OfWorkItem(FunctionDrops drops, DropSite site, string nursery, int end, CancellationToken cancellationToken)
    {
        var call = site.Dropped.Call;
        var arguments = site.Call.ArgumentList.Arguments;
        if (call.TargetMethod.Name != "QueueUserWorkItem")
            return Refuse(drops, $"'{call.TargetMethod.Name}' keeps the caller's context from the work, and a child is given it");
        if (arguments.Any(static argument => argument.NameColon is not null) || arguments.Skip(1).Any(argument => !Stable.Is(argument.Expression, drops, cancellationToken)))
            return Refuse(drops, "the state of the work item may be another when it runs: keep it in a variable that does not change");
        var work = Unwrapped(arguments[0].Expression);
        switch (work)
        {
            case AnonymousFunctionExpressionSyntax function:
                if (drops.Model.GetSymbolInfo(function, cancellationToken).Symbol is not IMethodSymbol lambda || lambda.Parameters.Any(parameter => IsUsed(parameter, function, drops, cancellationToken)))
                    return Refuse(drops, "the work item uses its state: capture that instead");
                var isTask = function.AsyncKeyword.RawKind != 0 || function.Body is ExpressionSyntax value && Awaitables.IsTaskOrValueTask(drops.Model.GetTypeInfo(value, cancellationToken).Type, drops.Symbols);
                var changes = new CodeChanges { new(TextSpan.FromBounds(site.Start, function.SpanStart), $"{nursery}.{(isTask ? RuntimeNames.StartSoon : RuntimeNames.StartWork)}(") };
                if (!WithoutParameters(function, changes))
                    return null;
                changes.Add(new TextChange(TextSpan.FromBounds(function.Span.End, end), ")"));
                return changes;
            case IdentifierNameSyntax or MemberAccessExpressionSyntax when drops.Model.GetSymbolInfo(work, cancellationToken).Symbol is IMethodSymbol { IsAsync: false, Parameters.Length: 1 } method:
                var state = arguments.Count > 1 ? arguments[1].Expression.ToString() : "null";
                // A null state where the method says it takes none is the author's own business.
                if (state == "null" && method.Parameters[0].NullableAnnotation == NullableAnnotation.NotAnnotated)
                    state = "null!";
                return
                [
                    new TextChange(TextSpan.FromBounds(site.Start, work.SpanStart), $"{nursery}.{RuntimeNames.StartWork}(() => "),
                    new TextChange(TextSpan.FromBounds(work.Span.End, end), $"({state}))"),
                ];
            default:
                return null;
        }
    }

    private static CodeChanges? Refuse(FunctionDrops drops, string reason)
    {
        drops.Refuse(reason);
        return null;
    }

    private static bool WithoutParameters(AnonymousFunctionExpressionSyntax function, CodeChanges changes)
    {
        switch (function)
        {
            case SimpleLambdaExpressionSyntax { Parameter: var parameter }:
                changes.Add(new TextChange(parameter.Span, "()"));
                return true;
            case ParenthesizedLambdaExpressionSyntax { ParameterList: var parameters }:
                changes.Add(new TextChange(parameters.Span, "()"));
                return true;
            case AnonymousMethodExpressionSyntax { Block: { } block } method:
                changes.Add(new TextChange(TextSpan.FromBounds(method.DelegateKeyword.SpanStart, block.SpanStart), "() => "));
                return true;
            default:
                return false;
        }
    }

    /// <summary><c>new WaitCallback(Work)</c> is <c>Work</c>.</summary>
    private static ExpressionSyntax Unwrapped(ExpressionSyntax work)
        => work is BaseObjectCreationExpressionSyntax { ArgumentList.Arguments: { Count: 1 } inner, Initializer: null } ? inner[0].Expression : work;

    private static bool IsUsed(IParameterSymbol parameter, SyntaxNode function, FunctionDrops drops, CancellationToken cancellationToken)
        => function.DescendantNodes().OfType<IdentifierNameSyntax>()
            .Any(name => name.Identifier.ValueText == parameter.Name && SymbolEqualityComparer.Default.Equals(drops.Model.GetSymbolInfo(name, cancellationToken).Symbol, parameter));

    private static bool HasTrivia(SyntaxNode creation, SyntaxNode work)
        => creation.DescendantTrivia().Any(trivia => !work.FullSpan.Contains(trivia.Span) && !trivia.IsKind(SyntaxKind.WhitespaceTrivia) && !trivia.IsKind(SyntaxKind.EndOfLineTrivia));
}
