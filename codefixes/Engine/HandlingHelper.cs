using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// What a helper that is given a task and a handler does: it awaits the task, and hands the handler what it failed with. Known of a helper whose source in the
/// solution does that and nothing else, and of the one of AsyncAwaitBestPractices, where nothing in the project sets it up in another way.
/// </summary>
internal sealed class HandlingHelper
{
    private const string WellKnown = "AsyncAwaitBestPractices.SafeFireAndForgetExtensions";

    public HandlingHelper(ExpressionSyntax? handler, ITypeSymbol caught, bool seesCancellation, bool onContext, bool handlerIsOptional, bool letsThroughWithoutHandler)
    {
        Handler = handler;
        Caught = caught;
        SeesCancellation = seesCancellation;
        IsOnContext = onContext;
        HandlerIsOptional = handlerIsOptional;
        LetsThroughWithoutHandler = letsThroughWithoutHandler;
    }

    /// <summary>Null where the helper is given none.</summary>
    public ExpressionSyntax? Handler { get; }

    /// <summary>The type of the failures that the handler is told of.</summary>
    public ITypeSymbol Caught { get; }

    /// <summary>Whether the handler is told of cancellations, too.</summary>
    public bool SeesCancellation { get; }

    /// <summary>Whether the handler runs on the context of the caller.</summary>
    public bool IsOnContext { get; }

    /// <summary>Whether the helper copes with a handler that is null.</summary>
    public bool HandlerIsOptional { get; }

    /// <summary>Whether a failure is not caught at all where there is no handler.</summary>
    public bool LetsThroughWithoutHandler { get; }

    /// <returns>Null where it is not known, or something else that the helper is given would be lost.</returns>
    public static HandlingHelper? Of(DropSite site, FunctionDrops drops, CancellationToken cancellationToken)
    {
        if (site.Dropped.Helper is not { } call)
            return null;
        var given = new Dictionary<IParameterSymbol, IOperation>(SymbolEqualityComparer.Default);
        IParameterSymbol? task = null;
        IArgumentOperation? handler = null;
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter is not { } parameter)
                return null;
            given[parameter.OriginalDefinition] = argument.Value.Unconverted();
            // What is left out has the syntax of the whole call.
            if (argument.ArgumentKind != ArgumentKind.DefaultValue && argument.Value.Syntax.Span.Contains(site.Call.Span))
                task = parameter.OriginalDefinition;
            else if (IsHandler(parameter.Type))
                handler = handler is null ? argument : null;
            else if (!argument.Value.ConstantValue.HasValue)
                return null;
        }

        if (task is null || handler is null)
            return null;
        var told = ((INamedTypeSymbol)handler.Parameter!.Type).DelegateInvokeMethod!.Parameters[0].Type;
        var expression = IsNull(handler.Value) || handler.ArgumentKind == ArgumentKind.DefaultValue ? null : (handler.Syntax as ArgumentSyntax)?.Expression;
        var method = call.TargetMethod.ReducedFrom ?? call.TargetMethod;
        if (method.ContainingType.ToDisplayString() == WellKnown)
        {
            var onContext = call.Arguments.FirstOrDefault(static argument => argument.Parameter!.Type.SpecialType == SpecialType.System_Boolean)?.Value.ConstantValue is { HasValue: true, Value: true };
            return IsSetUpElsewhere(method.ContainingType, drops, cancellationToken) ? null : new HandlingHelper(expression, told, seesCancellation: true, onContext, handlerIsOptional: true, letsThroughWithoutHandler: true);
        }

        return new HelperBody(drops, task, handler.Parameter.OriginalDefinition, expression, told, cancellationToken).OfBody(method.OriginalDefinition, given, depth: 0);
    }

    private static bool IsHandler(ITypeSymbol type)
        => type is INamedTypeSymbol { DelegateInvokeMethod: { ReturnsVoid: true, Parameters: { Length: 1 } parameters } } && IsException(parameters[0].Type);

    private static bool IsException(ITypeSymbol? type)
    {
        for (; type is not null; type = type is ITypeParameterSymbol parameter ? parameter.ConstraintTypes.FirstOrDefault() : type.BaseType)
        {
            if (type is { Name: "Exception", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } })
                return true;
        }

        return false;
    }

    private static bool IsNull(IOperation value)
    {
        value = value.Unconverted();
        return value.ConstantValue is { HasValue: true, Value: null } || value is IDefaultValueOperation;
    }

    /// <summary>A handler for all, or one that throws again, is set with static members of the type.</summary>
    private static bool IsSetUpElsewhere(INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
    {
        foreach (var tree in drops.Model.Compilation.SyntaxTrees)
        {
            if (!tree.GetText(cancellationToken).ToString().Contains(type.Name))
                continue;
            var model = drops.Model.Compilation.GetSemanticModel(tree);
            if (tree.GetRoot(cancellationToken).DescendantNodes().OfType<IdentifierNameSyntax>().Any(name => name.Identifier.ValueText == type.Name
                && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, type)))
            {
                return true;
            }
        }

        return false;
    }
}
