using System.Collections.Generic;
using System.Collections.Immutable;
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
        => code.AncestorsAndSelf().First(node => node == member || node is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax);

    /// <summary>What <see cref="FunctionAround"/> gives for the code of a graph.</summary>
    public static SyntaxNode FunctionOf(ControlFlowGraph graph, SyntaxNode member) => graph.Parent is null ? member : graph.OriginalOperation.Syntax;

    /// <summary>The graphs of those functions, as <see cref="FunctionAround"/> gives them, in the code of a member. Others are made only where one of them stands in it.</summary>
    public static IEnumerable<ControlFlowGraph> Of(ImmutableHashSet<SyntaxNode> functions, SyntaxNode member, ControlFlowGraph graph, CancellationToken cancellationToken)
        => Below(graph, functions, cancellationToken).Where(each => functions.Contains(FunctionOf(each, member)));

    /// <summary>The graph and all those in it.</summary>
    public static IEnumerable<ControlFlowGraph> All(ControlFlowGraph graph, CancellationToken cancellationToken) => Below(graph, wanted: null, cancellationToken);

    private static IEnumerable<ControlFlowGraph> Below(ControlFlowGraph graph, ImmutableHashSet<SyntaxNode>? wanted, CancellationToken cancellationToken)
    {
        var pending = new Stack<ControlFlowGraph>();
        pending.Push(graph);
        while (pending.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var current = pending.Pop();
            yield return current;
            var function = current.OriginalOperation.Syntax;
            if (wanted is not null && !wanted.Any(each => each is (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax) && each != function && function.Span.Contains(each.Span)))
                continue;
            foreach (var local in current.LocalFunctions)
            {
                if (local.DeclaringSyntaxReferences.Any(reference => IsWanted(reference.GetSyntax(cancellationToken))))
                    pending.Push(current.GetLocalFunctionControlFlowGraph(local, cancellationToken));
            }

            foreach (var block in current.Blocks)
            {
                var roots = block.BranchValue is null ? block.Operations : block.Operations.Add(block.BranchValue);
                foreach (var lambda in roots.SelectMany(static root => root.DescendantsAndSelf()).OfType<IFlowAnonymousFunctionOperation>())
                {
                    if (IsWanted(lambda.Syntax))
                        pending.Push(current.GetAnonymousFunctionControlFlowGraph(lambda, cancellationToken));
                }
            }
        }

        bool IsWanted(SyntaxNode function) => wanted is null || wanted.Any(each => function.Span.Contains(each.Span));
    }
}
