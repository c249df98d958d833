using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.Flow;

/// <summary>The graph of a member, and those of the lambdas and local functions in it: each runs on its own.</summary>
internal static class FlowGraphs
{
    /// <summary>The lambda or local function around code, or else <paramref name="member"/>, the code of the member that it stands in.</summary>
    public static SyntaxNode FunctionAround(SyntaxNode code, SyntaxNode member)
        => code.Ancestors().First(node => node == member || node is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax);

    /// <summary>What <see cref="FunctionAround"/> gives for the code of a graph.</summary>
    public static SyntaxNode FunctionOf(ControlFlowGraph graph, SyntaxNode member) => graph.Parent is null ? member : graph.OriginalOperation.Syntax;

    public static IEnumerable<ControlFlowGraph> All(ControlFlowGraph graph, CancellationToken cancellationToken)
    {
        var pending = new Stack<ControlFlowGraph>();
        pending.Push(graph);
        while (pending.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var current = pending.Pop();
            yield return current;
            foreach (var local in current.LocalFunctions)
                pending.Push(current.GetLocalFunctionControlFlowGraph(local, cancellationToken));
            foreach (var block in current.Blocks)
            {
                var roots = block.BranchValue is null ? block.Operations : block.Operations.Add(block.BranchValue);
                foreach (var lambda in roots.SelectMany(static root => root.DescendantsAndSelf()).OfType<IFlowAnonymousFunctionOperation>())
                    pending.Push(current.GetAnonymousFunctionControlFlowGraph(lambda, cancellationToken));
            }
        }
    }
}
