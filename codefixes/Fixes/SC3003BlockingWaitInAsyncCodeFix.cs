using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC3003: the asynchronous form where there is one, with the token in reach; else the wait moves to a thread where it may block.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC3003BlockingWaitInAsyncCodeFix))]
public sealed class SC3003BlockingWaitInAsyncCodeFix : AwaitInsteadFix
{
    private const string Key = "structured.blocking-wait";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.BlockingWaitInAsyncCode);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (context.Root.FindNode(span, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call
            || context.Model.GetOperation(call, cancellationToken) is not IInvocationOperation operation)
        {
            return null;
        }

        var changes = new List<TextChange>();
        var function = FunctionContext.Of(call, context.Model, context.Symbols, cancellationToken);
        if (function.Kind != FunctionKind.Async && !AsyncModifier.Add(function, context, changes, cancellationToken))
            return null;
        if (AsyncForm(call, operation, context, cancellationToken) is { } asyncForm)
        {
            changes.AddRange(asyncForm.Changes);
            if (!AwaitEdit.Wrap(call, changes, context.Layout))
                return context.Refuse(AwaitEdit.NothingToAwait);
            return new PlaceEdit($"Await '{asyncForm.Name}'", Key, changes, Needed.Task);
        }

        if (context.Symbols.ToThread is not null && !MayMove(call, operation, context, cancellationToken))
            return context.Refuse($"'{operation.TargetMethod.ContainingType.Name}.{operation.TargetMethod.Name}' has no asynchronous form, and means something else on another thread");
        if (context.Symbols.ToThread is null)
            return context.Refuse("the runtime is not referenced");
        if (!AwaitEdit.Wrap(call, changes, context.Layout, "ToThread.RunAsync(() => ", ")"))
            return context.Refuse(AwaitEdit.NothingToAwait);
        return new PlaceEdit("Wait on a thread, with 'ToThread.RunAsync'", Key, changes, (RuntimeNames.Namespace, "ToThread"), Needed.Task);
    }

    private static (string Name, IEnumerable<TextChange> Changes)? AsyncForm(InvocationExpressionSyntax call, IInvocationOperation operation, PlaceContext context, CancellationToken cancellationToken)
    {
        if (call.Expression is not MemberAccessExpressionSyntax access)
            return null;
        var type = operation.TargetMethod.ContainingType;
        var arguments = call.ArgumentList.Arguments;
        var asyncName = type.Name switch
        {
            "SemaphoreSlim" => "WaitAsync",
            // The wait with a timeout gives an answer that the asynchronous form lacks.
            "Process" when arguments.Count == 0 => "WaitForExitAsync",
            _ => null,
        };
        if (asyncName is null || !type.GetMembers(asyncName).OfType<IMethodSymbol>().Any())
            return null;
        var changes = new List<TextChange> { new(access.Name.Span, asyncName) };
        var hasToken = arguments.Any(argument => TokensInReach.IsToken(context.Model.GetTypeInfo(argument.Expression, cancellationToken).Type, context.Symbols));
        var token = hasToken ? null : SensibleToken.ToPassOn(call, context.Model, context.Symbols, cancellationToken);
        if (token is not null)
            changes.Add(new TextChange(new TextSpan(call.ArgumentList.CloseParenToken.SpanStart, 0), arguments.Count == 0 ? token : ", " + token));
        return (asyncName, changes);
    }

    /// <summary>Whether the wait means the same on another thread, and is over when the call is.</summary>
    private static bool MayMove(InvocationExpressionSyntax call, IInvocationOperation operation, PlaceContext context, CancellationToken cancellationToken)
    {
        var method = operation.TargetMethod;
        // A monitor and a mutex belong to the thread that takes them, and a sequence waits when it is walked.
        if (method.Name == "GetConsumingEnumerable" || method.ContainingType.Name == "Monitor")
            return false;
        if (method.ContainingType.Name == "WaitHandle" && (operation.Instance is not { Type: { } handle } || !IsEvent(handle, context.Symbols)))
            return false;
        if (operation.Arguments.Any(static argument => argument.Parameter is { RefKind: not RefKind.None }))
            return false;
        // Parameters by reference cannot be captured, and an await inside stays where it is.
        return !call.DescendantNodes().Any(node => node is AwaitExpressionSyntax
            || node is IdentifierNameSyntax && context.Model.GetSymbolInfo(node, cancellationToken).Symbol is IParameterSymbol { RefKind: not RefKind.None });
    }

    private static bool IsEvent(ITypeSymbol handle, KnownSymbols symbols)
    {
        var wanted = symbols.Compilation.GetTypeByMetadataName("System.Threading.EventWaitHandle");
        return KnownSymbols.IsOrDerivesFrom(handle, wanted);
    }
}
