using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC3001: a delay that is awaited and can be cancelled. Makes the function async where it only has to say so.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC3001ThreadSleepInAsyncCodeFix))]
public sealed class SC3001ThreadSleepInAsyncCodeFix : AwaitInsteadFix
{
    private const string Key = "structured.delay";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.ThreadSleepInAsyncCode);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (context.Root.FindNode(span, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call || context.Model.GetOperation(call, cancellationToken) is not IInvocationOperation operation)
            return null;
        var function = FunctionContext.Of(call, context.Model, context.Symbols, cancellationToken);
        var (delay, ownToken, head, tail) = DelayOf(call, operation, context, cancellationToken);
        if (delay is null)
            return operation.TargetMethod is { Name: "Wait", ReturnsVoid: false } ? context.Refuse(AwaitEdit.HasAnswer) : null;

        var changes = new List<TextChange>();
        if (function.Kind != FunctionKind.Async && function.Role != FunctionRole.EntryPoint && !AsyncModifier.Add(function, context, changes, cancellationToken))
            return null;
        // Cleanup is not to be cut short by what it cleans up after.
        var isCleanup = Cleanup.Contains(call, context.Model, context.Symbols, cancellationToken);
        var token = ownToken ?? (isCleanup ? null : SensibleToken.At(call, context.Model, context.Symbols, cancellationToken)?.Token);
        var isCheckpoint = token is null && !isCleanup;
        if (isCheckpoint && !context.Symbols.HasRuntime)
            return null;
        var callee = isCheckpoint ? "Checkpoint.SleepAsync" : "Task.Delay";
        changes.Add(new TextChange(head, "await " + callee + "("));
        changes.Add(new TextChange(tail, (token is null ? "" : ", " + token) + ")" + context.Layout.Configured));
        return new PlaceEdit(
            isCheckpoint ? "Await 'Checkpoint.SleepAsync'" : token is null ? "Await 'Task.Delay'" : $"Await 'Task.Delay' with '{token}'",
            Key,
            changes,
            isCheckpoint ? Needed.Checkpoint : Needed.Task);
    }

    /// <summary>The delay, a token it already has, and the text before and after it.</summary>
    private static (ExpressionSyntax? Delay, string? Token, TextSpan Head, TextSpan Tail) DelayOf(InvocationExpressionSyntax call, IInvocationOperation operation, PlaceContext context, CancellationToken cancellationToken)
    {
        if (KnownSymbols.Is(operation.TargetMethod.ContainingType, context.Symbols.Thread) && call.ArgumentList.Arguments.Count == 1)
        {
            var delay = call.ArgumentList.Arguments[0].Expression;
            return (delay, null, TextSpan.FromBounds(call.SpanStart, delay.SpanStart), TextSpan.FromBounds(delay.Span.End, call.Span.End));
        }

        // `Task.Delay(x, token).Wait(token)`; a wait with a timeout gives an answer that somebody uses.
        if (operation.TargetMethod.Name != "Wait" || call.Expression is not MemberAccessExpressionSyntax { Expression: InvocationExpressionSyntax inner } || !operation.TargetMethod.ReturnsVoid)
            return default;
        var tokens = inner.ArgumentList.Arguments.Skip(1).Concat(call.ArgumentList.Arguments).Select(static argument => argument.Expression).ToList();
        if (inner.ArgumentList.Arguments.Count == 0 || tokens.Any(each => !TokensInReach.IsToken(context.Model.GetTypeInfo(each, cancellationToken).Type, context.Symbols)) || tokens.Select(static each => each.ToString()).Distinct().Count() > 1)
            return default;
        var time = inner.ArgumentList.Arguments[0].Expression;
        return (time, tokens.FirstOrDefault()?.ToString(), TextSpan.FromBounds(call.SpanStart, time.SpanStart), TextSpan.FromBounds(time.Span.End, call.Span.End));
    }
}
