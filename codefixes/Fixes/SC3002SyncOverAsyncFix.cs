using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC3002: the task is awaited. Makes the function async where it only has to say so.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC3002SyncOverAsyncFix))]
public sealed class SC3002SyncOverAsyncFix : AwaitInsteadFix
{
    private const string Key = "structured.await-task";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.SyncOverAsync);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (context.Root.FindNode(span, getInnermostNodeForTie: true) is not ExpressionSyntax wait
            || context.Model.GetOperation(wait, cancellationToken) is not { } operation
            || TaskWait.Of(operation, context.Symbols) is not { } form)
        {
            return null;
        }

        var changes = new List<TextChange>();
        var function = FunctionContext.Of(wait, context.Model, context.Symbols, cancellationToken);
        if (AggregateExceptions.MatterAt(wait, function.Node, context, cancellationToken))
            return context.Refuse("a 'catch' around it looks for the 'AggregateException' around the failure, which 'await' does not throw");
        if (!AwaitEdit.Wrap(wait, changes, context.Layout))
            return context.Refuse(AwaitEdit.NothingToAwait);
        if (!AddAwaited(wait, form, context, changes, cancellationToken))
            return null;
        if (function.Kind != FunctionKind.Async && !AsyncModifier.Add(function, context, changes, cancellationToken))
            return null;
        return new PlaceEdit("Await the task", Key, changes, Needed.Task);
    }

    /// <summary>Turns the wait into what is awaited: <c>task.Wait(token)</c> → <c>task.WaitAsync(token)</c>.</summary>
    private static bool AddAwaited(ExpressionSyntax wait, TaskWait form, PlaceContext context, List<TextChange> changes, CancellationToken cancellationToken)
    {
        switch (wait)
        {
            case MemberAccessExpressionSyntax result:
                changes.Add(Deleted(result.Expression.Span.End, result.Span.End));
                return true;
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax awaiter } } } call when form.Form == TaskWaitForm.GetResult:
                changes.Add(Deleted(awaiter.Expression.Span.End, call.Span.End));
                return true;
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call when form.Form == TaskWaitForm.Wait:
                if (call.ArgumentList.Arguments.Count == 0)
                    changes.Add(Deleted(access.Expression.Span.End, call.Span.End));
                else if (IsOneToken(call.ArgumentList.Arguments, context, cancellationToken))
                    changes.Add(new TextChange(access.Name.Span, "WaitAsync"));
                else
                    return Refuse(context, AwaitEdit.HasAnswer);
                return true;
            case InvocationExpressionSyntax call when form.Form is TaskWaitForm.WaitAll or TaskWaitForm.WaitAny:
                var arguments = call.ArgumentList.Arguments;
                var name = call.Expression is MemberAccessExpressionSyntax { Name: { } member } ? member : call.Expression;
                // The index of the one that ended is another answer than the task.
                if (form.Form == TaskWaitForm.WaitAny && call.Parent is not ExpressionStatementSyntax)
                    return Refuse(context, "the index of the first task to end is used, and 'WhenAny' gives that task");
                var token = arguments.Count > 1 && IsOneToken([arguments.Last()], context, cancellationToken) ? arguments.Last() : null;
                if (arguments.Any(argument => argument != token && !new TaskPaths(context.Model, context.Symbols, cancellationToken).IsOrHoldsTask(context.Model.GetTypeInfo(argument.Expression, cancellationToken).Type)))
                    return Refuse(context, AwaitEdit.HasAnswer);
                changes.Add(new TextChange(name.Span, form.Form == TaskWaitForm.WaitAll ? "WhenAll" : "WhenAny"));
                if (token is not null)
                {
                    changes.Add(Deleted(arguments[arguments.Count - 2].Span.End, token.Span.End));
                    changes.Add(new TextChange(new TextSpan(call.Span.End, 0), $".WaitAsync({token})"));
                }

                return true;
            default:
                return false;
        }
    }

    private static bool Refuse(PlaceContext context, string reason)
    {
        context.Refuse(reason);
        return false;
    }

    private static TextChange Deleted(int start, int end) => new(TextSpan.FromBounds(start, end), "");

    private static bool IsOneToken(IReadOnlyList<ArgumentSyntax> arguments, PlaceContext context, CancellationToken cancellationToken)
        => arguments.Count == 1 && TokensInReach.IsToken(context.Model.GetTypeInfo(arguments[0].Expression, cancellationToken).Type, context.Symbols);
}
