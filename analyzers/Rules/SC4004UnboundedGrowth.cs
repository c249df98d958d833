using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC4004: a channel without a bound, or a child for each item that arrives, without a limit: nothing slows the sender down.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC4004UnboundedGrowth : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC4004UnboundedGrowth()
        : base(Descriptors.UnboundedGrowth)
    {
    }

    private protected override void Register(RuleContext context)
    {
        var symbols = context.Symbols;
        context.Start.RegisterOperationAction(operation => AnalyzeCall(operation, symbols), OperationKind.Invocation);
        if (symbols.MemoryChannel is not null)
            context.Start.RegisterOperationAction(operation => AnalyzeMember(operation, symbols), OperationKind.FieldReference, OperationKind.PropertyReference);
    }

    private static void AnalyzeMember(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var reference = (IMemberReferenceOperation)context.Operation;
        if (reference.Member is { Name: "Unbounded", IsStatic: true } && KnownSymbols.Is(reference.Member.ContainingType, symbols.MemoryChannel))
            Report(context, reference.Syntax.GetLocation(), "A channel without a bound");
    }

    private static void AnalyzeCall(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.TargetMethod is { Name: "CreateUnbounded", IsStatic: true } && KnownSymbols.Is(call.TargetMethod.ContainingType, symbols.Channel))
            Report(context, call.Syntax.GetLocation(), "A channel without a bound");
        else if (ChildStart.NurseryOf(call, symbols) is IParameterReferenceOperation { Parameter: var nursery } && IsOpenedWithoutLimit(nursery, call, symbols) && IsPerReceivedItem(call, symbols))
            Report(context, call.Syntax.GetLocation(), "A child for each item, in a nursery without a limit,");
    }

    private static void Report(OperationAnalysisContext context, Location place, string what) => context.Report(Diagnostic.Create(Descriptors.UnboundedGrowth, place, what));

    /// <summary>Whether the nursery is the parameter of a body around the call, and was given no options.</summary>
    private static bool IsOpenedWithoutLimit(IParameterSymbol nursery, IInvocationOperation start, KnownSymbols symbols)
    {
        for (var parent = start.Parent; parent is not null; parent = parent.Parent)
        {
            if (parent is IAnonymousFunctionOperation lambda && lambda.Symbol.Parameters.Contains(nursery, SymbolEqualityComparer.Default))
            {
                var argument = lambda.Parent;
                while (argument is IDelegateCreationOperation or IConversionOperation)
                    argument = argument.Parent;
                return argument is IArgumentOperation { Parent: IInvocationOperation opening } && ChildStart.OpensLexicalNursery(opening, symbols) && !opening.Arguments.Any(given => KnownSymbols.Is(given.Parameter?.Type, symbols.NurseryOptions));
            }
        }

        return false;
    }

    /// <summary>In a loop over a sequence that arrives, or that takes from a channel on each turn.</summary>
    private static bool IsPerReceivedItem(IOperation start, KnownSymbols symbols)
    {
        for (var parent = start.Parent; parent is not (null or IAnonymousFunctionOperation or ILocalFunctionOperation); parent = parent.Parent)
        {
            if (parent is IForEachLoopOperation { IsAsynchronous: true })
                return true;
            if (parent is ILoopOperation loop && LoopWork.Own(loop).Any(operation => operation is IAwaitOperation { Operation: var awaited } && awaited.DescendantsInFunction().Any(inner => inner is IInvocationOperation { TargetMethod: { ContainingType: var type, Name: "ReceiveAsync" or "ReadAsync" or "WaitToReadAsync" } }
                    && (KnownSymbols.IsOrDerivesFrom(type, symbols.Receiver) || KnownSymbols.IsOrDerivesFrom(type, symbols.ChannelReader)))))
            {
                return true;
            }
        }

        return false;
    }
}
