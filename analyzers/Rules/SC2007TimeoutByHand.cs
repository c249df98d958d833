using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC2007: a timeout that is put together by hand, of a token source that serves one call or block, or of a wait that gives up and leaves the work running.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC2007TimeoutByHand : StructuredAnalyzer
{
    private const string LooksCancelled = "ends its wait with a cancellation that nobody asked for";
    private const string LeavesWork = "gives up waiting, and leaves the work running";

    /// <summary>Creates the rule.</summary>
    public SC2007TimeoutByHand()
        : base(Descriptors.TimeoutByHand)
    {
    }

    private protected override void Register(RuleContext context)
    {
        context.Start.RegisterOperationAction(operation => AnalyzeCreation(operation, context.Symbols), OperationKind.ObjectCreation);
        context.Start.RegisterOperationAction(operation => AnalyzeCall(operation, context), OperationKind.Invocation);
    }

    private static void AnalyzeCreation(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var creation = (IObjectCreationOperation)context.Operation;
        if (!KnownSymbols.Is(creation.Type, symbols.CancellationTokenSource) || creation.Arguments.Length > 1 || creation.Syntax is not BaseObjectCreationExpressionSyntax syntax)
            return;
        if (syntax.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator })
            AnalyzeSource(declarator, context, symbols);
        else if (creation.Arguments.Length == 1 && IsTokenOfOneCall(syntax) && !HandMadeTimeout.IsInfinite(syntax.ArgumentList!.Arguments[0].Expression, creation.SemanticModel!, context.CancellationToken))
            Report(context, syntax, "new CancellationTokenSource", LooksCancelled);
    }

    /// <summary><c>await FetchAsync(url, new CancellationTokenSource(1000).Token)</c>.</summary>
    private static bool IsTokenOfOneCall(BaseObjectCreationExpressionSyntax creation)
    {
        SyntaxNode node = creation;
        while (node.Parent is ParenthesizedExpressionSyntax)
            node = node.Parent;
        if (node.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Token", Parent: ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } })
            return false;
        return IsWaitedFor(call);
    }

    private static bool IsWaitedFor(ExpressionSyntax task)
    {
        while (task.Parent is ParenthesizedExpressionSyntax || task.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Parent: InvocationExpressionSyntax } access && access.Expression == task)
            task = task.Parent is ParenthesizedExpressionSyntax outer ? outer : (ExpressionSyntax)task.Parent.Parent!;
        return task.Parent is AwaitExpressionSyntax;
    }

    private static void AnalyzeCall(OperationAnalysisContext context, RuleContext rule)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.Syntax is not InvocationExpressionSyntax syntax)
            return;
        if (call.TargetMethod.Name == "CreateLinkedTokenSource" && KnownSymbols.Is(call.TargetMethod.ContainingType, rule.Symbols.CancellationTokenSource))
        {
            if (syntax.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator })
                AnalyzeSource(declarator, context, rule.Symbols);
        }
        else if (call.TargetMethod.Name == "WaitAsync" && KnownSymbols.IsOrDerivesFrom(call.TargetMethod.ContainingType, rule.Symbols.Task))
        {
            AnalyzeWait(syntax, call, context, rule);
        }
    }

    private static void AnalyzeSource(VariableDeclaratorSyntax declarator, OperationAnalysisContext context, KnownSymbols symbols)
    {
        if (HandMadeTimeout.Of(declarator, context.Operation.SemanticModel!, symbols, context.CancellationToken) is not { } timeout)
            return;
        if (timeout.Arming is { Expression: var arming })
            Report(context, arming, "CancelAfter", LooksCancelled);
        else
            Report(context, declarator.Initializer!.Value, "new CancellationTokenSource", LooksCancelled);
    }

    private static void AnalyzeWait(InvocationExpressionSyntax syntax, IInvocationOperation call, OperationAnalysisContext context, RuleContext rule)
    {
        var model = call.SemanticModel!;
        if (call.Arguments.FirstOrDefault(argument => KnownSymbols.Is(argument.Parameter?.Type, rule.Symbols.TimeSpan)) is not { Syntax: ArgumentSyntax { Expression: var duration } }
            || call.TargetMethod.Parameters.Length > 2 || syntax.Expression is not MemberAccessExpressionSyntax { Expression: var task }
            || HandMadeTimeout.IsInfinite(duration, model, context.CancellationToken) || Timeouts.IsZero(call.Arguments, rule.Symbols) || !IsWaitedFor(syntax)
            || Cleanup.ContainsWithHandlers(syntax, model, rule.Symbols, context.CancellationToken))
        {
            return;
        }

        var function = FunctionContext.Of(syntax, model, rule.Symbols, context.CancellationToken);
        if (function.Symbol is { } symbol && rule.Settings.IsDetached(symbol, receiver: null, syntax.SyntaxTree))
            return;
        var locals = TaskLocals.Of(function.Node, model, rule, context.CancellationToken);
        var value = locals.ValueOf(task);
        // A task that is looked at elsewhere as well is not left behind here.
        if (locals.WorkIn(value) is not { } work || value.IsChoice || value.Parts.SelectMany(locals.Inside).Any(local => locals.UsesOf(local).Count() > 1))
            return;
        var endings = locals.Endings;
        if (work.Any(each => endings.HasTimeout(endings.TokensOf(each)))
            || function.Node.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(each => model.GetOperation(each, context.CancellationToken) is IInvocationOperation operation && IsCancel(operation, endings)))
        {
            return;
        }

        Report(context, syntax, "WaitAsync", LeavesWork);

        static bool IsCancel(IInvocationOperation operation, WorkEndings endings)
        {
            _ = endings.CancelledBy(operation, out var isCancel);
            return isCancel;
        }
    }

    private static void Report(OperationAnalysisContext context, SyntaxNode place, string name, string what)
        => context.Report(Diagnostic.Create(Descriptors.TimeoutByHand, place.GetLocation(), name, what));
}
