using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC2006: a loop does nothing but wait and look again at what other code of the process changes.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC2006PollingInsteadOfWaiting : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC2006PollingInsteadOfWaiting()
        : base(Descriptors.PollingInsteadOfWaiting)
    {
    }

    private protected override void Register(RuleContext context)
    {
        var symbols = context.Symbols;
        context.Start.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Loop);
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var (condition, body) = context.Operation switch
        {
            IWhileLoopOperation loop => (loop.Condition, loop.Body),
            // A loop that counts ends by itself.
            IForLoopOperation { AtLoopBottom.IsEmpty: true } loop => (loop.Condition, loop.Body),
            _ => default,
        };
        if (body is null || context.Operation.Syntax.ContainsDiagnostics)
            return;
        var conditions = new List<IOperation>();
        if (condition is not null && condition.ConstantValue is not { HasValue: true })
            conditions.Add(condition);
        if (!OnlyWaits(body, conditions, symbols) || conditions.Count == 0)
            return;
        var state = new PolledState(symbols, context.CancellationToken);
        foreach (var each in conditions)
            state.Add(each);
        if (state.CanBeWaitedFor)
            context.Report(Diagnostic.Create(Descriptors.PollingInsteadOfWaiting, KeywordOf(context.Operation.Syntax), state.Name));
    }

    /// <summary>Whether the body does nothing but wait, look at a token, and leave on further conditions, which are added.</summary>
    private static bool OnlyWaits(IOperation body, List<IOperation> conditions, KnownSymbols symbols)
    {
        var waits = false;
        foreach (var statement in body is IBlockOperation block ? block.Operations.AsEnumerable() : new[] { body })
        {
            switch (statement)
            {
                case IEmptyOperation:
                case IExpressionStatementOperation { Operation: IInvocationOperation { TargetMethod.Name: "ThrowIfCancellationRequested" or "ThrowIfCancelled" } check } when KnownSymbols.Is(check.TargetMethod.ContainingType, symbols.CancellationToken) || KnownSymbols.Is(check.TargetMethod.ContainingType, symbols.Checkpoint):
                    break;
                case IExpressionStatementOperation { Operation: IAwaitOperation awaited } when IsWait(awaited.Operation, symbols):
                    waits = true;
                    break;
                case IConditionalOperation { WhenFalse: null } choice when Leaves(choice.WhenTrue):
                    conditions.Add(choice.Condition);
                    break;
                default:
                    return false;
            }
        }

        return waits;
    }

    private static bool IsWait(IOperation awaited, KnownSymbols symbols)
    {
        while (awaited is IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } configured })
            awaited = configured;
        return awaited is IInvocationOperation { TargetMethod: { } method } call
               && call.Arguments.All(static argument => !argument.Value.DescendantsAndSelf().Any(static part => part is IAwaitOperation or IIncrementOrDecrementOperation or IAssignmentOperation))
               && (method.Name is "Delay" or "Yield" && KnownSymbols.Is(method.ContainingType, symbols.Task)
                   || method.Name is "YieldAsync" or "SleepAsync" && KnownSymbols.Is(method.ContainingType, symbols.Checkpoint));
    }

    private static bool Leaves(IOperation statement)
        => statement switch
        {
            IBlockOperation { Operations.Length: 1 } block => Leaves(block.Operations[0]),
            IBranchOperation { BranchKind: BranchKind.Break } => true,
            IReturnOperation { ReturnedValue: var value } => value is null || !value.DescendantsAndSelf().Any(static part => part is IInvocationOperation or IAwaitOperation),
            IExpressionStatementOperation { Operation: IThrowOperation } or IThrowOperation => true,
            _ => false,
        };

    private static Location KeywordOf(SyntaxNode loop)
        => loop switch
        {
            WhileStatementSyntax each => each.WhileKeyword.GetLocation(),
            DoStatementSyntax each => each.DoKeyword.GetLocation(),
            ForStatementSyntax each => each.ForKeyword.GetLocation(),
            _ => loop.GetLocation(),
        };
}
