using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC4005: a handler waits for a type of exception that the nursery in its <c>try</c> never throws.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC4005FailuresOverlooked : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC4005FailuresOverlooked()
        : base(Descriptors.FailuresOverlooked)
    {
    }

    private protected override void Register(RuleContext context)
    {
        if (context.Symbols.NurseryOptions is not null && context.Symbols.AggregateException is not null)
            context.Start.RegisterOperationAction(operation => Analyze(operation, context.Symbols), OperationKind.Try);
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var statement = (ITryOperation)context.Operation;
        if (statement.Catches.IsEmpty)
            return;
        var nurseries = statement.Body.Descendants().OfType<IAwaitOperation>().Where(wait => IsOf(wait, statement)).Select(wait => OpenedBy(wait, symbols)).OfType<IInvocationOperation>().ToList();
        if (nurseries.Count == 0)
            return;
        var aggregate = nurseries.Select(nursery => AggregatedFailures.AreThrownBy(nursery, symbols)).Distinct().ToList();
        if (aggregate.Count != 1 || aggregate[0] is not { } isAggregate)
            return;
        var handlers = statement.Catches.Where(handler => KnownSymbols.IsOrDerivesFrom(handler.ExceptionType, symbols.AggregateException)).ToList();
        if (!isAggregate && handlers.Count > 0 && !new AggregatedFailures(symbols, context.CancellationToken).MayComeFrom(statement.Body))
            Report(context, handlers, nurseries[0], "its first failure as it is; catch what its children fail with, ask that for 'OtherFailures()', or open the nursery with 'AlwaysAggregate'");
        else if (isAggregate && handlers.Count == 0 && nurseries.Count == 1 && !MayThrowBeside(nurseries[0], statement.Body, symbols))
            Report(context, statement.Catches.Where(handler => IsConcrete(handler.ExceptionType, symbols)), nurseries[0], "all failures in an 'AggregateException'; catch that and look into it, or open the nursery without 'AlwaysAggregate'");
    }

    private static void Report(OperationAnalysisContext context, IEnumerable<ICatchClauseOperation> handlers, IInvocationOperation nursery, string instead)
    {
        foreach (var handler in handlers)
        {
            if (handler.Syntax is CatchClauseSyntax { Declaration.Type: { } type } && !type.ContainsDiagnostics)
                context.Report(Diagnostic.Create(Descriptors.FailuresOverlooked, type.GetLocation(), [nursery.Syntax.GetLocation()], handler.ExceptionType.Name, instead));
        }
    }

    /// <summary>Whether an exception of the await comes to this statement first, in the same function.</summary>
    private static bool IsOf(IOperation wait, ITryOperation statement)
    {
        for (IOperation current = wait; current.Parent is { } parent && current != statement.Body; current = parent)
        {
            if (parent is IAnonymousFunctionOperation or ILocalFunctionOperation || parent is ITryOperation { Catches.IsEmpty: false } inner && inner != statement)
                return false;
        }

        return true;
    }

    private static IInvocationOperation? OpenedBy(IAwaitOperation wait, KnownSymbols symbols)
    {
        var task = wait.Operation.Unconverted();
        if (task is IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } configured })
            task = configured.Unconverted();
        return task is IInvocationOperation { TargetMethod.Name: RuntimeNames.RunAsync } opening && ChildStart.OpensLexicalNursery(opening, symbols) ? opening : null;
    }

    /// <summary>A class that neither the failures' wrapping nor a cancellation, which is not wrapped, fits.</summary>
    private static bool IsConcrete(ITypeSymbol type, KnownSymbols symbols)
        => type is INamedTypeSymbol { TypeKind: TypeKind.Class }
           && !KnownSymbols.IsOrDerivesFrom(symbols.AggregateException, type.OriginalDefinition)
           && !KnownSymbols.IsOrDerivesFrom(symbols.OperationCanceledException, type.OriginalDefinition)
           && !KnownSymbols.IsOrDerivesFrom(type, symbols.OperationCanceledException);

    /// <summary>Whether anything but the nursery, what it runs included, may throw.</summary>
    private static bool MayThrowBeside(IInvocationOperation nursery, IOperation code, KnownSymbols symbols)
    {
        var pending = new Stack<IOperation>();
        pending.Push(code);
        while (pending.Count > 0)
        {
            var operation = pending.Pop();
            switch (operation)
            {
                case IAnonymousFunctionOperation or ILocalFunctionOperation or IMethodReferenceOperation:
                    continue;
                case IInvocationOperation call when call != nursery && call.TargetMethod.Name != "ConfigureAwait":
                case IAwaitOperation wait when OpenedBy(wait, symbols) != nursery:
                case IPropertyReferenceOperation property when !KnownSymbols.Is(property.Property.ContainingType, symbols.NurseryOptions):
                case IObjectCreationOperation creation when !KnownSymbols.Is(creation.Type, symbols.NurseryOptions):
                case IConversionOperation { IsImplicit: false, IsTryCast: false } or IConversionOperation { OperatorMethod: not null }:
                case IThrowOperation or IArrayElementReferenceOperation or IUsingOperation or IUsingDeclarationOperation or IForEachLoopOperation or IDynamicInvocationOperation or IEventAssignmentOperation or ILockOperation:
                    return true;
            }

            foreach (var child in operation.ChildOperations)
                pending.Push(child);
        }

        return false;
    }
}
