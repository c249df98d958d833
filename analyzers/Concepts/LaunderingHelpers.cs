using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>
/// Helpers that take a task and return nothing, so that nothing is left for anybody to await: <c>task.Forget()</c>. Where the helper's source is at hand its
/// body decides; from metadata only an extension method on the task type itself is taken for one.
/// </summary>
internal static class LaunderingHelpers
{
    private const int DeepestChain = 4;

    public static bool Drops(IInvocationOperation helper, IParameterSymbol? parameter, KnownSymbols symbols, AnalyzerSettings settings, SyntaxTree tree, CancellationToken cancellationToken)
    {
        var method = helper.TargetMethod;
        return method.ReturnsVoid
               && parameter is not null
               && Awaitables.IsAwaitable(parameter.Type, symbols)
               && !settings.IsDetached(method, receiver: null, tree)
               && !settings.IsObserving(method, tree)
               && Drops(method, parameter, symbols, settings, tree, depth: 0, cancellationToken);
    }

    /// <summary>
    /// Whether <paramref name="method"/> gives back the very task it was given; then the argument is what counts, not the call. With no
    /// <paramref name="parameter"/>: whether it does so with any of its parameters.
    /// </summary>
    public static bool ReturnsItsArgument(IMethodSymbol method, IParameterSymbol? parameter, CancellationToken cancellationToken)
    {
        method = (method.ReducedFrom ?? method).OriginalDefinition;
        if (method.IsAsync || method.DeclaringSyntaxReferences.Length != 1 || method.Parameters.IsEmpty)
            return false;
        var declaration = method.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken);
        var returned = ReturnedExpressions(declaration).ToList();
        return returned.Count > 0
               && returned.All(expression => expression is IdentifierNameSyntax name
                   && method.Parameters.Any(candidate => candidate.Name == name.Identifier.ValueText && (parameter is null || candidate.Ordinal == parameter.OriginalDefinition.Ordinal + OrdinalShift(parameter, method))));
    }

    /// <summary>A continuation that passes the outcome on to a completion source, whichever way the task ended, is not a drop.</summary>
    public static bool SettlesCompletionSource(IInvocationOperation continuation, KnownSymbols symbols)
    {
        if (continuation.Arguments.Any(static argument => argument.Parameter?.Type.Name == "TaskContinuationOptions" && RunsOnSomeOutcomesOnly(argument.Value)))
            return false;
        return continuation.Arguments.Any(argument => argument.Value.DescendantsAndSelf().Any(operation =>
            operation is IInvocationOperation { TargetMethod: { } target }
            && (KnownSymbols.Is(target.ContainingType, symbols.TaskCompletionSource) || KnownSymbols.Is(target.ContainingType, symbols.TaskCompletionSourceOfT))));
    }

    private static bool RunsOnSomeOutcomesOnly(IOperation options)
    {
        // NotOnRanToCompletion | NotOnFaulted | NotOnCanceled, the bits every OnlyOn… value is made of.
        const int OutcomeBits = 0x10000 | 0x20000 | 0x40000;
        return options.ConstantValue is not { HasValue: true, Value: int flags } || (flags & OutcomeBits) != 0;
    }

    private static int OrdinalShift(IParameterSymbol parameter, IMethodSymbol method)
        => parameter.ContainingSymbol is IMethodSymbol { ReducedFrom: not null } && method.IsExtensionMethod ? 1 : 0;

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

    private static bool Drops(IMethodSymbol method, IParameterSymbol parameter, KnownSymbols symbols, AnalyzerSettings settings, SyntaxTree tree, int depth, CancellationToken cancellationToken)
    {
        var definition = (method.ReducedFrom ?? method).OriginalDefinition;
        if (definition.DeclaringSyntaxReferences.IsEmpty)
            return definition.IsExtensionMethod && definition.Parameters[0].Ordinal == parameter.Ordinal && Awaitables.IsTaskOrValueTask(definition.Parameters[0].Type, symbols);

        // An async void helper is reported itself; one that is handed a completion source passes the outcome on; one without a body is not known.
        if (definition.IsAsync || definition.DeclaringSyntaxReferences.Length != 1 || definition.IsVirtual || definition.IsAbstract || depth > DeepestChain)
            return false;
        if (definition.Parameters.Any(candidate => KnownSymbols.Is(candidate.Type, symbols.TaskCompletionSource) || KnownSymbols.Is(candidate.Type, symbols.TaskCompletionSourceOfT)))
            return false;

        var declaration = definition.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken);
        var (block, arrow) = Body(declaration);
        SyntaxNode? body = block ?? (SyntaxNode?)arrow;
        if (body is null)
            return false;

#pragma warning disable RS1030 // The helper may live in another file; asked only for calls that hand a fresh task to a method returning void.
        var model = symbols.Compilation.GetSemanticModel(declaration.SyntaxTree);
#pragma warning restore RS1030
        var own = definition.Parameters[parameter.OriginalDefinition.Ordinal + OrdinalShift(parameter, definition)];
        foreach (var name in body.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (name.Identifier.ValueText != own.Name || !SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, own))
                continue;
            if (model.GetOperation(name, cancellationToken) is not { } use || IsKeptBy(use, symbols, settings, tree, depth, cancellationToken))
                return false;
        }

        return true;
    }

    /// <summary>Whether this use of the task observes it, or hands it to somebody who may.</summary>
    private static bool IsKeptBy(IOperation use, KnownSymbols symbols, AnalyzerSettings settings, SyntaxTree tree, int depth, CancellationToken cancellationToken)
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
            case IInvocationOperation { TargetMethod.Name: "ContinueWith" } continuation when continuation.Instance == use:
                return !IsDropped(continuation) || SettlesCompletionSource(continuation, symbols);
            case IInvocationOperation { TargetMethod.Name: "ConfigureAwait" or "AsTask" or "Preserve" } link when link.Instance == use:
                return IsKeptBy(link, symbols, settings, tree, depth, cancellationToken);
            case IExpressionStatementOperation or ISimpleAssignmentOperation { Target: IDiscardOperation }:
                return false;
            case IArgumentOperation { Parent: IInvocationOperation next, Parameter: { } parameter }:
                // Handed on to an async function whose own task is dropped in turn, or to a further helper that drops it.
                if (Awaitables.IsAwaitable(next.Type, symbols))
                    return !IsDropped(next);
                return !(next.TargetMethod.ReturnsVoid && !settings.IsDetached(next.TargetMethod, null, tree) && !settings.IsObserving(next.TargetMethod, tree)
                         && Drops(next.TargetMethod, parameter, symbols, settings, tree, depth + 1, cancellationToken));
            default:
                return true;
        }
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
