using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Structured.Analyzers.Flow;

namespace Structured.Analyzers;

/// <summary>SC4003: a member makes the sending end of a channel, keeps it to itself and does not close it, so that whoever reads to the end waits forever.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC4003SenderIsNeverClosed : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC4003SenderIsNeverClosed()
        : base(Descriptors.SenderIsNeverClosed)
    {
    }

    private protected override void Register(RuleContext context)
    {
        if (context.Symbols.Sender is not null || context.Symbols.Channel is not null)
            context.Start.RegisterOperationAction(operation => Analyze(operation, context.Symbols), OperationKind.Invocation);
    }

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var creation = (IInvocationOperation)context.Operation;
        if (creation.Syntax.ContainsDiagnostics || SendingEnds.MadeBy(creation, symbols, context.CancellationToken) is not { } end)
            return;
        var graphs = FlowGraphs.All(context.GetControlFlowGraph(), context.CancellationToken).ToList();
        if (Problem(end, graphs, context.CancellationToken) is { } problem)
            context.Report(Diagnostic.Create(Descriptors.SenderIsNeverClosed, end.Local?.Locations[0] ?? end.Place.Syntax.GetLocation(), problem, end.IsWriter ? "call 'Complete' when nothing more will be written" : "dispose of it with 'using'"));
    }

    private static string? Problem(SendingEnd end, List<ControlFlowGraph> graphs, CancellationToken cancellationToken)
    {
        if (end.Local is null)
            return "This sender is never disposed";
        if (end.Closes.Count == 0)
        {
            // What goes on sending until it is cancelled has nothing to close.
            var senders = end.Sends.Select(send => GraphOf(send.Syntax, graphs)).Distinct().ToList();
            if (senders.Count > 0 && senders.All(graph => graph is null || !UnclosedEnds.CanEnd(graph, end, cancellationToken)))
                return null;
            if (end.IsWriter)
                return end.IsReadToTheEnd ? $"The writer of the channel '{end.Local.Name}' is never completed" : null;
            return $"The sender '{end.Local.Name}' is never disposed";
        }

        if (end.IsWriter)
            return null;
        var closers = end.Closes.Select(close => GraphOf(close.Syntax, graphs)).Distinct().ToList();
        if (closers.Count != 1 || closers[0] is not { } closer)
            return null;
        return UnclosedEnds.AreLeft(closer, end, isMadeOutside: GraphOf(end.Creation.Syntax, graphs) != closer, cancellationToken)
            ? $"There is a way out on which the sender '{end.Local.Name}' is not disposed"
            : null;
    }

    /// <summary>The graph of the innermost function around the code.</summary>
    private static ControlFlowGraph? GraphOf(SyntaxNode node, List<ControlFlowGraph> graphs)
        => graphs.Where(graph => graph.OriginalOperation.Syntax.Span.Contains(node.Span)).OrderBy(static graph => graph.OriginalOperation.Syntax.Span.Length).FirstOrDefault();
}
