using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Structured.Analyzers.Flow;

namespace Structured.Analyzers;

/// <summary>SC4006: a child that has to say when it is ready can return without having said so, which makes <c>StartAsync</c> fail.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC4006StartedSignalIsNeverGiven : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC4006StartedSignalIsNeverGiven()
        : base(Descriptors.StartedSignalIsNeverGiven)
    {
    }

    private protected override void Register(RuleContext context)
    {
        if (context.Symbols.Started is not null)
            context.Start.RegisterOperationBlockAction(block => Analyze(block, context.Symbols));
    }

    private static void Analyze(OperationBlockAnalysisContext context, KnownSymbols symbols)
    {
        foreach (var block in context.OperationBlocks)
        {
            // Graphs are made only for members in which somebody is handed a signal, which are few.
            if (SignalOf(context.OwningSymbol as IMethodSymbol, symbols) is null && !block.Syntax.DescendantNodes().Any(node => IsHandedSignal(node, block.SemanticModel!, symbols, context.CancellationToken)))
                continue;
            foreach (var graph in FlowGraphs.All(context.GetControlFlowGraph(block), context.CancellationToken))
            {
                var function = FunctionContext.Of(graph.OriginalOperation, symbols, context.CancellationToken).Symbol;
                if (SignalOf(function, symbols) is { } signal && MissedSignals.IsMissed(graph, signal, context.CancellationToken))
                    context.Report(Diagnostic.Create(Descriptors.StartedSignalIsNeverGiven, signal.Locations[0], signal.Name));
            }
        }
    }

    private static bool IsHandedSignal(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => node switch
        {
            LocalFunctionStatementSyntax { ParameterList.Parameters.Count: > 0 } local => SignalOf(model.GetDeclaredSymbol(local, cancellationToken) as IMethodSymbol, symbols) is not null,
            InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: RuntimeNames.StartAsync } } => true,
            _ => false,
        };

    private static IParameterSymbol? SignalOf(IMethodSymbol? function, KnownSymbols symbols)
        => function is { IsAsync: true } ? function.Parameters.FirstOrDefault(parameter => KnownSymbols.Is(parameter.Type, symbols.Started) || KnownSymbols.Is(parameter.Type, symbols.StartedOfT)) : null;
}
