using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.Flow;

/// <summary>
/// Whether a function can return without having given the signal it was handed: true while it may not have been given. Handing the signal to somebody else counts as given; so does
/// leaving by an exception, which the caller sees.
/// </summary>
internal sealed class MissedSignals : ForwardAnalysis<bool>
{
    private readonly ControlFlowGraph _graph;
    private readonly IParameterSymbol _signal;
    private bool _isMissed;

    private MissedSignals(ControlFlowGraph graph, IParameterSymbol signal)
        : base(graph)
    {
        _graph = graph;
        _signal = signal;
    }

    public static bool IsMissed(ControlFlowGraph graph, IParameterSymbol signal, CancellationToken cancellationToken)
    {
        var analysis = new MissedSignals(graph, signal);
        return analysis.Run(true, cancellationToken) && analysis._isMissed;
    }

    protected override bool KnowsConstants => true;

    protected override bool Join(bool left, bool right) => left || right;

    protected override bool After(IOperation operation, bool state)
        => operation switch
        {
            _ when IsGiven(operation) => false,
            // Given once the value it is given is known; handed to somebody else in any other use.
            IParameterReferenceOperation { Parent: not IInvocationOperation { TargetMethod.Name: "Set" } } reference when IsSignal(reference) => false,
            IFlowAnonymousFunctionOperation lambda => state && !Captures(lambda.Syntax),
            IInvocationOperation { TargetMethod: { MethodKind: MethodKind.LocalFunction } local } => state && !local.DeclaringSyntaxReferences.Any(reference => Captures(reference.GetSyntax())),
            _ => state,
        };

    /// <summary>Giving it does not fail, unless it was given before.</summary>
    protected override bool? Thrown(IOperation operation, bool before, bool after) => IsGiven(operation) ? null : base.Thrown(operation, before, after);

    private bool IsGiven(IOperation operation) => operation is IInvocationOperation { TargetMethod.Name: "Set", Instance: { } signal } && IsSignal(signal);

    protected override void OnEdge(BasicBlock from, BasicBlock to, bool state) => _isMissed |= state && to.Kind == BasicBlockKind.Exit && to == _graph.Blocks[_graph.Blocks.Length - 1];

    private bool IsSignal(IOperation operation) => operation is IParameterReferenceOperation { Parameter: var parameter } && SymbolEqualityComparer.Default.Equals(parameter, _signal);

    private bool Captures(SyntaxNode function)
        => function.DescendantNodes().OfType<Microsoft.CodeAnalysis.CSharp.Syntax.IdentifierNameSyntax>().Any(name => name.Identifier.ValueText == _signal.Name);
}
