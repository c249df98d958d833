using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC4001: a nursery is opened for one child, with nothing beside it: awaiting the child is the same.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC4001NurseryIsNotNeeded : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC4001NurseryIsNotNeeded()
        : base(Descriptors.NurseryIsNotNeeded)
    {
    }

    private protected override void Register(RuleContext context)
    {
        if (context.Symbols.Nursery is not null)
            context.Start.RegisterOperationAction(operation => Analyze(operation, context.Symbols), OperationKind.Invocation);
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var opening = (IInvocationOperation)context.Operation;
        if (IsAwaitedOrReturned(opening) && SingleChildNursery.Of(opening, symbols, context.CancellationToken) is { } nursery && opening.Syntax is InvocationExpressionSyntax call)
            context.Report(Diagnostic.Create(Descriptors.NurseryIsNotNeeded, call.Expression.GetLocation(), [nursery.Child.GetLocation()], nursery.Callee.Name));
    }

    /// <summary>One that is kept runs beside the code that keeps it.</summary>
    private static bool IsAwaitedOrReturned(IOperation opening)
    {
        while (opening.Parent is IConversionOperation or IInvocationOperation { TargetMethod.Name: "ConfigureAwait" })
            opening = opening.Parent;
        return opening.Parent is IAwaitOperation or IReturnOperation;
    }
}
