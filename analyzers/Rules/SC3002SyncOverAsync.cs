using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC3002: asynchronous code blocks until a task ends instead of awaiting it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC3002SyncOverAsync : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC3002SyncOverAsync()
        : base(Descriptors.SyncOverAsync)
    {
    }

    private protected override void Register(RuleContext context)
    {
        var symbols = context.Symbols;
        var asyncCode = AsyncCode.For(context.Compilation);
        context.Start.RegisterOperationAction(operation => Analyze(operation, symbols, asyncCode), OperationKind.Invocation, OperationKind.PropertyReference);
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols, AsyncCode asyncCode)
    {
        // Half-typed code is not judged.
        if (TaskWait.Of(context.Operation, symbols) is not { } wait || context.Operation.Syntax.ContainsDiagnostics || ExpressionTrees.Contain(context.Operation, symbols))
            return;
        var model = context.Operation.SemanticModel!;
        var function = FunctionContext.Of(context.Operation, symbols, context.CancellationToken);
        if (!asyncCode.Contains(function, context.CancellationToken) || IsGivenTo(function, wait, model, context.CancellationToken))
            return;
        if (CompletedTasks.In(context.GetControlFlowGraph(), model, symbols, context.CancellationToken).IsComplete(context.Operation.Syntax))
            return;
        context.Report(Diagnostic.Create(Descriptors.SyncOverAsync, context.Operation.Syntax.GetLocation(), wait.Tasks.OfType<ILocalReferenceOperation>().SelectMany(static task => RelatedPlaces.Declaration(task.Local)), wait.Name));
    }

    /// <summary>A synchronous helper that is handed a task is handed it when it has ended, as far as can be told.</summary>
    private static bool IsGivenTo(FunctionContext function, TaskWait wait, SemanticModel model, CancellationToken cancellationToken)
    {
        if (function.Kind != FunctionKind.Sync || function.IsAnonymous)
            return false;
        foreach (var task in wait.Tasks)
        {
            for (var current = task.Syntax; current is not null;)
            {
                if (current is IdentifierNameSyntax && model.GetSymbolInfo(current, cancellationToken).Symbol is IParameterSymbol)
                    return true;
                current = current switch
                {
                    ParenthesizedExpressionSyntax each => each.Expression,
                    CastExpressionSyntax each => each.Expression,
                    MemberAccessExpressionSyntax each => each.Expression,
                    ElementAccessExpressionSyntax each => each.Expression,
                    PostfixUnaryExpressionSyntax each => each.Operand,
                    _ => null,
                };
            }
        }

        return false;
    }
}
