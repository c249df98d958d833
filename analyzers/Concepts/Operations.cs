using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Small questions that every rule asks about operations and symbols.</summary>
internal static class Operations
{
    /// <summary>What is converted, however often.</summary>
    public static IOperation Unconverted(this IOperation operation)
    {
        while (operation is IConversionOperation conversion)
            operation = conversion.Operand;
        return operation;
    }

    /// <summary>The whole member that the operation is part of.</summary>
    public static IOperation Root(this IOperation operation)
    {
        while (operation.Parent is { } parent)
            operation = parent;
        return operation;
    }

    /// <summary>The operation and what is in it, in the order of the source, without the functions declared in it.</summary>
    public static IEnumerable<IOperation> DescendantsInFunction(this IOperation operation)
    {
        yield return operation;
        foreach (var child in operation.ChildOperations)
        {
            if (child is IAnonymousFunctionOperation or ILocalFunctionOperation)
                continue;
            foreach (var inner in child.DescendantsInFunction())
                yield return inner;
        }
    }

    /// <summary>What the callee of a call is written as; null where it is no name.</summary>
    public static string? NameOfCallee(InvocationExpressionSyntax call)
        => call.Expression switch
        {
            SimpleNameSyntax name => name.Identifier.ValueText,
            MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
            MemberBindingExpressionSyntax binding => binding.Name.Identifier.ValueText,
            _ => null,
        };

    /// <summary>The local, parameter or member that is named; null for anything else.</summary>
    public static ISymbol? ReferencedSymbol(this IOperation? operation)
        => operation?.Unconverted() switch
        {
            ILocalReferenceOperation local => local.Local,
            IParameterReferenceOperation parameter => parameter.Parameter,
            IMemberReferenceOperation member => member.Member,
            _ => null,
        };

    /// <summary><c>CancellationToken.None</c>.</summary>
    public static bool IsNoToken(ISymbol? symbol, KnownSymbols symbols)
        => symbol is IPropertySymbol { Name: "None", IsStatic: true } && KnownSymbols.Is(symbol.ContainingType, symbols.CancellationToken);

    /// <summary><c>CancellationToken.None</c>, <c>default</c>, or <c>new CancellationToken()</c>: nothing ever cancels it.</summary>
    public static bool IsNoToken(this IOperation value, KnownSymbols symbols)
        => value.Unconverted() switch
        {
            IDefaultValueOperation => true,
            IPropertyReferenceOperation { Property: var property } => IsNoToken(property, symbols),
            IObjectCreationOperation { Arguments.IsEmpty: true } => true,
            _ => false,
        };

    /// <summary><c>Task.CompletedTask</c> and its like of <c>ValueTask</c>.</summary>
    public static bool IsCompletedTask(ISymbol? symbol, KnownSymbols symbols)
        => symbol is IPropertySymbol { Name: "CompletedTask", IsStatic: true } && Awaitables.IsTaskOrValueTask(symbol.ContainingType, symbols);
}
