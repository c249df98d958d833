using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Where an <c>AggregateException</c> can come from.</summary>
internal sealed class AggregatedFailures
{
    private const int DeepestCall = 3;

    private readonly KnownSymbols _symbols;
    private readonly CancellationToken _cancellationToken;
    private readonly HashSet<ISymbol> _seen = new(SymbolEqualityComparer.Default);

    public AggregatedFailures(KnownSymbols symbols, CancellationToken cancellationToken)
    {
        _symbols = symbols;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Whether a nursery throws its failures in an <c>AggregateException</c>; null where its options are not known.</summary>
    public static bool? AreThrownBy(IInvocationOperation opening, KnownSymbols symbols)
        => opening.Arguments.FirstOrDefault(argument => KnownSymbols.Is(argument.Parameter?.Type, symbols.NurseryOptions)) is { } options ? IsAlwaysAggregate(options.Value.Unconverted()) : false;

    /// <summary>
    /// Whether the code may throw one by itself: by a wait that blocks, a parallel loop, callbacks of a cancellation, another nursery, or because it is made or thrown again. Calls
    /// are followed where their code is at hand; what is only awaited throws what it failed with.
    /// </summary>
    public bool MayComeFrom(IOperation code) => MayComeFrom(code, 0);

    private static bool? IsAlwaysAggregate(IOperation options)
    {
        if (options is ILocalReferenceOperation { Local: var local })
        {
            var uses = options.Root().Descendants().OfType<ILocalReferenceOperation>().Where(use => SymbolEqualityComparer.Default.Equals(use.Local, local)).ToList();
            var declared = options.Root().Descendants().OfType<IVariableDeclaratorOperation>().FirstOrDefault(each => SymbolEqualityComparer.Default.Equals(each.Symbol, local));
            return declared?.GetVariableInitializer()?.Value.Unconverted() is { } given and not ILocalReferenceOperation && uses.All(static use => use.Parent is IArgumentOperation { Parameter.RefKind: RefKind.None }) ? IsAlwaysAggregate(given) : null;
        }

        if (options is not IObjectCreationOperation { Arguments.IsEmpty: true } creation)
            return null;
        var set = creation.Initializer?.Initializers.OfType<ISimpleAssignmentOperation>().FirstOrDefault(static each => each.Target is IPropertyReferenceOperation { Property.Name: "AlwaysAggregate" });
        return set is null ? false : set.Value.ConstantValue is { HasValue: true, Value: bool value } ? value : null;
    }

    private bool MayComeFrom(IOperation code, int depth)
    {
        foreach (var operation in code.DescendantsAndSelf())
        {
            _cancellationToken.ThrowIfCancellationRequested();
            switch (operation)
            {
                case IInvocationOperation call when Throws(call) || IsFollowed(call.TargetMethod, depth):
                case IMethodReferenceOperation reference when IsFollowed(reference.Method, depth):
                case IPropertyReferenceOperation { Property.Name: "Result" or "Exception" } property when Awaitables.IsTask(property.Property.ContainingType, _symbols):
                case IObjectCreationOperation creation when KnownSymbols.IsOrDerivesFrom(creation.Type, _symbols.AggregateException):
                // Any exception at all, thrown again from where it was kept.
                case IThrowOperation { Exception: { } thrown } when thrown.Unconverted() is not IObjectCreationOperation && KnownSymbols.IsOrDerivesFrom(_symbols.AggregateException, thrown.Unconverted().Type):
                case IDynamicInvocationOperation:
                    return true;
            }
        }

        return false;
    }

    private bool Throws(IInvocationOperation call)
    {
        var type = call.TargetMethod.ContainingType;
        return call.TargetMethod.Name switch
        {
            "Wait" or "WaitAll" => Awaitables.IsTask(type, _symbols),
            "Cancel" or "CancelAsync" => KnownSymbols.Is(type, _symbols.CancellationTokenSource),
            RuntimeNames.RunAsync => ChildStart.OpensLexicalNursery(call, _symbols) && AreThrownBy(call, _symbols) != false,
            "JoinAsync" or "DisposeAsync" => KnownSymbols.Is(type, _symbols.OwnedNursery) || KnownSymbols.Is(call.Instance?.Type, _symbols.OwnedNursery),
            _ => KnownSymbols.Is(type, _symbols.Parallel) || KnownSymbols.Is(type, _symbols.ParallelEnumerable) || KnownSymbols.Is(type, _symbols.ExceptionDispatchInfo),
        };
    }

    private bool IsFollowed(IMethodSymbol method, int depth)
    {
        method = method.OriginalDefinition;
        method = method.PartialImplementationPart ?? method;
        if (depth >= DeepestCall || method.DeclaringSyntaxReferences.Length != 1 || !_seen.Add(method))
            return false;
        var declaration = method.DeclaringSyntaxReferences[0].GetSyntax(_cancellationToken);
#pragma warning disable RS1030 // The callee may be declared in another file; asked only where an AggregateException of a nursery is caught, which is rare.
        return _symbols.Compilation.ContainsSyntaxTree(declaration.SyntaxTree) && _symbols.Compilation.GetSemanticModel(declaration.SyntaxTree).GetOperation(declaration, _cancellationToken) is { } body && MayComeFrom(body, depth + 1);
#pragma warning restore RS1030
    }
}
