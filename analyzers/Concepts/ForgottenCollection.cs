using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>A local list or array that tasks are put into and that nobody takes them from.</summary>
internal static class ForgottenCollection
{
    /// <summary>Whether <paramref name="task"/> is put into one, by its initializer, by <c>Add</c> or by index.</summary>
    public static bool Takes(IOperation task, KnownSymbols symbols)
        => LocalOf(task, symbols) is { } local && !local.IsRef && task.Root().Descendants().OfType<ILocalReferenceOperation>()
            .Where(reference => !reference.IsDeclaration && SymbolEqualityComparer.Default.Equals(reference.Local, local))
            .All(reference => IsOnlyFilled(reference) || IsCounted(reference))
           && task.Root().Descendants().OfType<IVariableDeclaratorOperation>().Any(declarator => SymbolEqualityComparer.Default.Equals(declarator.Symbol, local) && IsMadeHere(declarator));

    private static ILocalSymbol? LocalOf(IOperation task, KnownSymbols symbols)
    {
        switch (task.Parent)
        {
            case IArgumentOperation { Parent: IInvocationOperation { TargetMethod.Name: "Add" } add } when IsCollectionOfTasks(add.TargetMethod.ContainingType, symbols):
                return add.Instance switch
                {
                    ILocalReferenceOperation { Local: var local } when add.Parent is IExpressionStatementOperation => local,
                    IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ImplicitReceiver } when add.Parent is IObjectOrCollectionInitializerOperation { Parent: IObjectCreationOperation made } => DeclaredWith(made),
                    _ => null,
                };
            case IArrayInitializerOperation { Parent: IArrayCreationOperation array }:
                return DeclaredWith(array);
            case ISimpleAssignmentOperation { Target: IArrayElementReferenceOperation { ArrayReference: ILocalReferenceOperation { Local: var filled } }, Parent: IExpressionStatementOperation } assignment when assignment.Value == task:
                return filled;
            default:
                return null;
        }
    }

    private static bool IsCollectionOfTasks(INamedTypeSymbol type, KnownSymbols symbols)
        => type.AllInterfaces.Append(type).Any(contract => contract.OriginalDefinition.SpecialType == SpecialType.System_Collections_Generic_ICollection_T && Awaitables.IsTaskOrValueTask(contract.TypeArguments[0], symbols));

    private static ILocalSymbol? DeclaredWith(IOperation made)
    {
        while (made.Parent is IConversionOperation conversion)
            made = conversion;
        return made.Parent is IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator } ? declarator.Symbol : null;
    }

    private static bool IsMadeHere(IVariableDeclaratorOperation declarator)
        => declarator.GetVariableInitializer()?.Value.Unconverted() is IArrayCreationOperation or IObjectCreationOperation { Arguments.IsEmpty: true };

    private static bool IsOnlyFilled(ILocalReferenceOperation reference)
        => reference.Parent is IInvocationOperation { TargetMethod.Name: "Add" or "Clear", Parent: IExpressionStatementOperation } call && call.Instance == reference
           || reference.Parent is IArrayElementReferenceOperation { Parent: ISimpleAssignmentOperation { Parent: IExpressionStatementOperation } assignment } element && assignment.Target == element;

    private static bool IsCounted(ILocalReferenceOperation reference) => reference.Parent is IPropertyReferenceOperation { Property.Name: "Count" or "Length" } property && property.Instance == reference;
}
