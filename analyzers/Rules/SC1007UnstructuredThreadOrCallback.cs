using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers;

/// <summary>SC1007: a thread, a work item or a timer callback runs on its own, and nobody waits for it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC1007UnstructuredThreadOrCallback : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC1007UnstructuredThreadOrCallback()
        : base(Descriptors.UnstructuredThreadOrCallback)
    {
    }

    private protected override void Register(RuleContext context)
    {
        context.Start.RegisterOperationAction(operation => AnalyzeCall(operation, context), OperationKind.Invocation);
        context.Start.RegisterOperationAction(operation => AnalyzeTimer(operation, context), OperationKind.DelegateCreation);
    }

    private static void AnalyzeCall(OperationAnalysisContext context, RuleContext rule)
    {
        var call = (IInvocationOperation)context.Operation;
        var (what, callbacks) = UnstructuredStart.Of(call, rule.Symbols, context.CancellationToken);
        if (what is null || call.Syntax.ContainsDiagnostics || IsLetGo(context, rule))
            return;
        var code = new Callbacks(rule.Symbols, rule.Settings, context.CancellationToken);
        if (callbacks.Any(code.TellsItsEnd))
            return;
        context.Report(Diagnostic.Create(Descriptors.UnstructuredThreadOrCallback, call.Syntax.GetLocation(), call.TargetMethod.ContainingType.Name + "." + call.TargetMethod.Name, what));
    }

    private static void AnalyzeTimer(OperationAnalysisContext context, RuleContext rule)
    {
        var callback = (IDelegateCreationOperation)context.Operation;
        if (!KnownSymbols.Is(callback.Type, rule.Symbols.TimerCallback) && !KnownSymbols.Is(callback.Type, rule.Symbols.ElapsedEventHandler))
            return;
        // `new TimerCallback(Tick)` is made of the very delegate.
        if (callback.Target is IDelegateCreationOperation || callback.Syntax.ContainsDiagnostics && callback.Target is not IAnonymousFunctionOperation || ExpressionTrees.Contain(callback, rule.Symbols) || IsLetGo(context, rule))
            return;
        if (Callbacks.SymbolOf(callback.Target) is { } symbol && rule.Settings.IsDetached(symbol, receiver: null, callback.Syntax.SyntaxTree))
            return;
        if (PlaceOf(callback) is not ({ } place, { } name) || !new Callbacks(rule.Symbols, rule.Settings, context.CancellationToken).StartsTasks(callback.Target))
            return;
        context.Report(Diagnostic.Create(Descriptors.UnstructuredThreadOrCallback, place, name, "tasks from a callback"));
    }

    /// <summary>Code that says so, and code that asynchronous code itself is made of.</summary>
    private static bool IsLetGo(OperationAnalysisContext context, RuleContext rule)
    {
        if (AsyncPlumbing.Contains(context.ContainingSymbol, rule.Symbols)
            || KnownSymbols.IsOrDerivesFrom(context.ContainingSymbol.ContainingType, rule.Symbols.TaskScheduler)
            || KnownSymbols.IsOrDerivesFrom(context.ContainingSymbol.ContainingType, rule.Symbols.SynchronizationContext)
            || ExpressionTrees.Contain(context.Operation, rule.Symbols))
        {
            return true;
        }

        for (ISymbol? symbol = context.Operation.SemanticModel!.GetEnclosingSymbol(context.Operation.Syntax.SpanStart, context.CancellationToken); symbol is IMethodSymbol method; symbol = symbol.ContainingSymbol)
        {
            if (rule.Settings.IsDetached(method, receiver: null, context.Operation.Syntax.SyntaxTree))
                return true;
        }

        return false;
    }

    /// <summary>The timer that is made or subscribed to; the callback itself where it goes elsewhere. None where it is unsubscribed.</summary>
    private static (Location? Place, string? Name) PlaceOf(IDelegateCreationOperation callback)
    {
        IOperation current = callback;
        while (current.Parent is IConversionOperation or IDelegateCreationOperation)
            current = current.Parent;
        switch (current.Parent)
        {
            case IArgumentOperation { Parent: IObjectCreationOperation { Syntax: BaseObjectCreationExpressionSyntax creation, Type: { } timer } }:
                var end = creation is ObjectCreationExpressionSyntax { Type: var type } ? type.Span.End : creation.NewKeyword.Span.End;
                return (Location.Create(creation.SyntaxTree, TextSpan.FromBounds(creation.SpanStart, end)), timer.Name);
            case IEventAssignmentOperation { Adds: true } subscription:
                return (subscription.EventReference.Syntax.GetLocation(), (subscription.EventReference as IEventReferenceOperation)?.Event.ContainingType.Name);
            case IEventAssignmentOperation:
                return default;
            default:
                return (callback.Target.Syntax is AnonymousFunctionExpressionSyntax lambda ? lambda.GetFirstToken().GetLocation() : current.Syntax.GetLocation(), callback.Type!.Name);
        }
    }
}
