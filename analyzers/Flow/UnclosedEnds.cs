using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.Flow;

/// <summary>
/// Whether a function can end, or make another, while the sending end it closes is still open: true while it is. Leaving by an exception does not count: the nursery around it
/// cancels whoever reads.
/// </summary>
internal sealed class UnclosedEnds : ForwardAnalysis<bool>
{
    private readonly SendingEnd _end;
    private bool _isLeftOpen;
    private bool _ends;

    private UnclosedEnds(ControlFlowGraph graph, SendingEnd end)
        : base(graph)
        => _end = end;

    protected override bool KnowsConstants => true;

    /// <summary>Whether there is a way out on which it stays open.</summary>
    /// <param name="graph">Of the function that closes the end.</param>
    /// <param name="end">The end.</param>
    /// <param name="isMadeOutside">Whether it is open when the function begins.</param>
    /// <param name="cancellationToken">Cancels the analysis.</param>
    public static bool AreLeft(ControlFlowGraph graph, SendingEnd end, bool isMadeOutside, CancellationToken cancellationToken)
    {
        var analysis = new UnclosedEnds(graph, end);
        return analysis.Run(isMadeOutside, cancellationToken) && analysis._isLeftOpen;
    }

    /// <summary>Whether a function can end but by an exception.</summary>
    public static bool CanEnd(ControlFlowGraph graph, SendingEnd end, CancellationToken cancellationToken)
    {
        var analysis = new UnclosedEnds(graph, end);
        return analysis.Run(false, cancellationToken) && analysis._ends;
    }

    protected override bool Join(bool left, bool right) => left || right;

    protected override bool After(IOperation operation, bool state)
    {
        if (IsAmong(operation, _end.Creation))
        {
            _isLeftOpen |= state;
            return true;
        }

        return state && !_end.Closes.Any(close => IsAmong(operation, close));
    }

    protected override void OnEdge(BasicBlock from, BasicBlock to, bool state)
    {
        if (to.Kind != BasicBlockKind.Exit)
            return;
        _ends = true;
        _isLeftOpen |= state;
    }

    /// <summary>The graph has operations of its own, made from the same code.</summary>
    private static bool IsAmong(IOperation operation, IOperation known) => operation.Syntax == known.Syntax && operation.Kind == known.Kind;
}
