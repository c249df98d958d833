using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>
/// Helpers that take a task and return nothing, or something else, so that nothing is left for anybody to await: <c>task.Forget()</c>. Where the helper's source is at hand its
/// body decides; from metadata only an extension method on the task type itself is taken for one.
/// </summary>
internal static class LaunderingHelpers
{
    private const int DeepestChain = 4;

    public static bool Drops(IInvocationOperation helper, IParameterSymbol? parameter, KnownSymbols symbols, AnalyzerSettings settings, CancellationToken cancellationToken)
    {
        var method = helper.TargetMethod;
        var tree = helper.Syntax.SyntaxTree;
        return parameter is not null
               && (method.ReturnsVoid || GivesSomethingElse(method, parameter, symbols, cancellationToken))
               && Awaitables.IsAwaitable(parameter.Type, symbols)
               && !settings.IsDetached(method, receiver: null, tree)
               && !settings.IsObserving(method, parameter, tree)
               && Drops(method, parameter, symbols, settings, depth: 0, cancellationToken);
    }

    /// <summary>
    /// Whether <paramref name="method"/> gives back the very task it was given; then the argument is what counts, not the call. With no
    /// <paramref name="parameter"/>: whether it does so with any of its parameters.
    /// </summary>
    public static bool ReturnsItsArgument(IMethodSymbol method, IParameterSymbol? parameter, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        method = (method.ReducedFrom ?? method).OriginalDefinition;
        if (method.IsAsync || method.Parameters.IsEmpty || DeclarationOf(method, symbols, cancellationToken) is not { } declaration)
            return false;
        var returned = ReturnedExpressions(declaration).ToList();
        return returned.Count > 0 && returned.All(expression => ParameterNamed(expression, method) is { } candidate && (parameter is null || candidate.Ordinal == parameter.Ordinal));
    }

    /// <summary>Whether all that <paramref name="method"/> does with the task is to give it back.</summary>
    public static bool OnlyReturns(IMethodSymbol method, IParameterSymbol? parameter, KnownSymbols symbols, AnalyzerSettings settings, CancellationToken cancellationToken)
        => parameter is not null
           && ReturnsItsArgument(method, parameter, symbols, cancellationToken)
           && !IsKept((method.ReducedFrom ?? method).OriginalDefinition, parameter.Ordinal, symbols, settings, depth: 0, cancellationToken);

    /// <summary>A continuation that passes the outcome on to a completion source, whichever way the task ended, is not a drop.</summary>
    public static bool SettlesCompletionSource(IInvocationOperation continuation, KnownSymbols symbols)
    {
        if (continuation.Arguments.Any(static argument => argument.Parameter?.Type.Name == "TaskContinuationOptions" && RunsOnSomeOutcomesOnly(argument.Value)))
            return false;
        return continuation.Arguments.Any(argument => argument.Value.DescendantsAndSelf().Any(operation =>
            operation is IInvocationOperation { TargetMethod: { } target }
            && (KnownSymbols.Is(target.ContainingType, symbols.TaskCompletionSource) || KnownSymbols.Is(target.ContainingType, symbols.TaskCompletionSourceOfT))));
    }

    /// <summary>Pool work whose whole body settles a completion source, to keep the source's continuations off this thread: whoever awaits the source sees all there is.</summary>
    public static bool OnlySettlesCompletionSource(IInvocationOperation call, KnownSymbols symbols)
    {
        var body = call.Arguments.Select(static argument => argument.Value)
            .Select(static value => value is IDelegateCreationOperation creation ? creation.Target : value)
            .OfType<IAnonymousFunctionOperation>().FirstOrDefault()?.Body;
        var settling = body?.Operations.FirstOrDefault(static operation => operation is not IReturnOperation { IsImplicit: true, ReturnedValue: null }) switch
        {
            IExpressionStatementOperation statement => statement.Operation,
            IReturnOperation returned => returned.ReturnedValue,
            _ => null,
        };
        return settling is IInvocationOperation { TargetMethod.ContainingType: var type } settle
               && (KnownSymbols.Is(type, symbols.TaskCompletionSource) || KnownSymbols.Is(type, symbols.TaskCompletionSourceOfT))
               && body!.Operations.Count(static operation => !operation.IsImplicit) <= 1
               && !settle.Arguments.Any(static argument => argument.Value.DescendantsAndSelf().Any(static operation => operation is IInvocationOperation));
    }

    private static bool RunsOnSomeOutcomesOnly(IOperation options)
    {
        // NotOnRanToCompletion | NotOnFaulted | NotOnCanceled, the bits every OnlyOn… value is made of.
        const int OutcomeBits = 0x10000 | 0x20000 | 0x40000;
        return options.ConstantValue is not { HasValue: true, Value: int flags } || (flags & OutcomeBits) != 0;
    }

    private static IParameterSymbol? ParameterNamed(ExpressionSyntax expression, IMethodSymbol method)
        => expression is IdentifierNameSyntax name ? method.Parameters.FirstOrDefault(candidate => candidate.Name == name.Identifier.ValueText) : null;

    /// <summary>
    /// The one declaration of a method of this compilation. What another project of the solution declares is source in an editor and metadata in a build; it is
    /// taken for metadata in both, so that both say the same.
    /// </summary>
    private static SyntaxNode? DeclarationOf(IMethodSymbol method, KnownSymbols symbols, CancellationToken cancellationToken)
        => IsSource(method, symbols) && method.DeclaringSyntaxReferences.Length == 1 ? method.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken) : null;

    private static bool IsSource(IMethodSymbol method, KnownSymbols symbols)
        => !method.DeclaringSyntaxReferences.IsEmpty && symbols.Compilation.ContainsSyntaxTree(method.DeclaringSyntaxReferences[0].SyntaxTree);

    private static IEnumerable<ExpressionSyntax> ReturnedExpressions(SyntaxNode declaration)
    {
        var (block, arrow) = Body(declaration);
        if (arrow is not null)
            return [arrow];
        return block is null
            ? []
            : block.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
                .OfType<ReturnStatementSyntax>().Select(static statement => statement.Expression).OfType<ExpressionSyntax>();
    }

    private static (BlockSyntax? Block, ExpressionSyntax? Arrow) Body(SyntaxNode declaration)
        => declaration switch
        {
            BaseMethodDeclarationSyntax method => (method.Body, method.ExpressionBody?.Expression),
            LocalFunctionStatementSyntax local => (local.Body, local.ExpressionBody?.Expression),
            _ => (null, null),
        };

    private static bool Drops(IMethodSymbol method, IParameterSymbol parameter, KnownSymbols symbols, AnalyzerSettings settings, int depth, CancellationToken cancellationToken)
    {
        var definition = (method.ReducedFrom ?? method).OriginalDefinition;
        if (!IsSource(definition, symbols))
            return definition.IsExtensionMethod && parameter.Ordinal == 0 && Awaitables.IsTaskOrValueTask(definition.Parameters[0].Type, symbols);

        // An async void helper is reported itself; one that is handed a completion source passes the outcome on.
        return !definition.IsAsync
               && !definition.IsVirtual
               && !definition.IsOverride
               && depth <= DeepestChain
               && !definition.Parameters.Any(candidate => KnownSymbols.Is(candidate.Type, symbols.TaskCompletionSource) || KnownSymbols.Is(candidate.Type, symbols.TaskCompletionSourceOfT))
               && !KnownSymbols.IsOrDerivesFrom(definition.ContainingType, symbols.TaskScheduler)
               && !IsKept(definition, parameter.Ordinal, symbols, settings, depth, cancellationToken);
    }

    /// <summary>Whether the body of a source method keeps or observes the task it is given. Without a body that is not known, and counts as kept.</summary>
    private static bool IsKept(IMethodSymbol definition, int ordinal, KnownSymbols symbols, AnalyzerSettings settings, int depth, CancellationToken cancellationToken)
    {
        if (DeclarationOf(definition, symbols, cancellationToken) is not { } declaration)
            return true;
        var (block, arrow) = Body(declaration);
        if ((block ?? (SyntaxNode?)arrow) is not { } body)
            return true;

#pragma warning disable RS1030 // The helper may live in another file; asked only for calls that hand a fresh task to a helper.
        var model = symbols.Compilation.GetSemanticModel(declaration.SyntaxTree);
#pragma warning restore RS1030
        var own = definition.Parameters[ordinal];
        foreach (var name in body.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (name.Identifier.ValueText != own.Name || !SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, own))
                continue;
            if (model.GetOperation(name, cancellationToken) is not { } use || IsKeptBy(use, symbols, settings, depth, cancellationToken))
                return true;
        }

        return false;
    }

    /// <summary>Whether this use of the task observes it, or hands it to somebody who may.</summary>
    private static bool IsKeptBy(IOperation use, KnownSymbols symbols, AnalyzerSettings settings, int depth, CancellationToken cancellationToken)
    {
        while (use.Parent is IConversionOperation or IParenthesizedOperation)
            use = use.Parent;
        switch (use.Parent)
        {
            case IPropertyReferenceOperation { Property.Name: "Result" }:
                return true;
            case IPropertyReferenceOperation or IIsPatternOperation or IBinaryOperation:
            case IConditionalAccessOperation { Operation: var operand } when operand == use:
                return false;
            case IReturnOperation { Parent: var parent } when !IsInLambda(parent):
                // Given back: the caller's own use of the result decides.
                return false;
            case IInvocationOperation { TargetMethod.Name: "ContinueWith" } continuation when continuation.Instance == use:
                return !IsDropped(continuation) || SettlesCompletionSource(continuation, symbols);
            case IInvocationOperation { TargetMethod.Name: "ConfigureAwait" or "AsTask" or "Preserve" } link when link.Instance == use:
                return IsKeptBy(link, symbols, settings, depth, cancellationToken);
            case IExpressionStatementOperation or ISimpleAssignmentOperation { Target: IDiscardOperation }:
                return false;
            case IArgumentOperation { Parent: IInvocationOperation next, Parameter: { } parameter }:
                // Handed on to an async function whose own task is dropped in turn, or to a further helper that drops it.
                if (Awaitables.IsAwaitable(next.Type, symbols))
                    return !IsDropped(next);
                var tree = next.Syntax.SyntaxTree;
                return !(next.TargetMethod.ReturnsVoid && !settings.IsDetached(next.TargetMethod, null, tree) && !settings.IsObserving(next.TargetMethod, parameter, tree)
                         && Drops(next.TargetMethod, parameter, symbols, settings, depth + 1, cancellationToken));
            default:
                return true;
        }
    }

    /// <summary>Whether what a method of this compilation returns cannot be awaited, and is not the task as something less.</summary>
    private static bool GivesSomethingElse(IMethodSymbol method, IParameterSymbol parameter, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var definition = (method.ReducedFrom ?? method).OriginalDefinition;
        return !Awaitables.IsAwaitable(method.ReturnType, symbols)
               && DeclarationOf(definition, symbols, cancellationToken) is { } declaration
               && !ReturnedExpressions(declaration).Any(value => ParameterNamed(Bare(value), definition)?.Ordinal == parameter.Ordinal);
    }

    private static ExpressionSyntax Bare(ExpressionSyntax value)
        => value switch
        {
            ParenthesizedExpressionSyntax inner => Bare(inner.Expression),
            CastExpressionSyntax cast => Bare(cast.Expression),
            PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } sure => Bare(sure.Operand),
            BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AsExpression } cast => Bare(cast.Left),
            _ => value,
        };

    private static bool IsInLambda(IOperation? operation)
    {
        for (; operation is not null; operation = operation.Parent)
        {
            if (operation is IAnonymousFunctionOperation or ILocalFunctionOperation)
                return true;
        }

        return false;
    }

    private static bool IsDropped(IOperation operation)
    {
        while (operation.Parent is IConversionOperation or IParenthesizedOperation
               || operation.Parent is IInvocationOperation { TargetMethod.Name: "ConfigureAwait" or "ContinueWith" or "Unwrap" } link && link.Instance == operation)
        {
            operation = operation.Parent;
        }

        return operation.Parent is IExpressionStatementOperation or ISimpleAssignmentOperation { Target: IDiscardOperation };
    }
}
