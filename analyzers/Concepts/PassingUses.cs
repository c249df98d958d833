using System;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>
/// Uses of a variable in passing: a value is put into it, it is compared with null, or a member is used that leaves the value as it is. After any other use somebody else
/// may look after the value.
/// </summary>
internal static class PassingUses
{
    /// <param name="reference">The variable, where it is used.</param>
    /// <param name="isPassing">Whether a call or property of the value leaves it as it is.</param>
    public static bool Contain(IOperation reference, Func<IOperation, bool> isPassing)
    {
        var use = reference;
        while (use.Parent is IConversionOperation { IsImplicit: true } conversion)
            use = conversion;
        return use.Parent switch
        {
            INameOfOperation => true,
            ISimpleAssignmentOperation assignment when assignment.Target == use => assignment.Parent is IExpressionStatementOperation,
            ICoalesceAssignmentOperation assignment when assignment.Target == use => assignment.Parent is IExpressionStatementOperation,
            IBinaryOperation comparison => IsNull(comparison.LeftOperand == use ? comparison.RightOperand : comparison.LeftOperand),
            IIsPatternOperation { Pattern: var pattern } => OnlyAsks(pattern, isPassing),
            IConditionalAccessOperation access when access.Operation == use => MemberOf(access) is { } member && isPassing(member),
            IInvocationOperation call when call.Instance == use => isPassing(call),
            IPropertyReferenceOperation property when property.Instance == use => isPassing(property),
            // `nursery.StartSoon(…)` where that is an extension.
            IArgumentOperation { Parameter.Ordinal: 0, Parent: IInvocationOperation { TargetMethod.IsExtensionMethod: true } extension } => isPassing(extension),
            _ => false,
        };
    }

    /// <summary><c>is null</c>, <c>is not null</c>, <c>is { IsCompleted: true }</c>.</summary>
    private static bool OnlyAsks(IPatternOperation pattern, Func<IOperation, bool> isPassing)
        => pattern switch
        {
            IConstantPatternOperation { Value: var value } => IsNull(value),
            INegatedPatternOperation { Pattern: var inner } => OnlyAsks(inner, isPassing),
            IRecursivePatternOperation { DeclaredSymbol: null, DeconstructionSubpatterns.IsEmpty: true } members => members.PropertySubpatterns.All(each => isPassing(each.Member)),
            _ => false,
        };

    /// <summary>The member that <c>value?.Member</c> begins with.</summary>
    private static IOperation? MemberOf(IConditionalAccessOperation access)
        => access.WhenNotNull.DescendantsAndSelf().OfType<IConditionalAccessInstanceOperation>().Select(static instance => instance.Parent is IArgumentOperation { Parent: { } call } ? call : instance.Parent).FirstOrDefault();

    private static bool IsNull(IOperation value) => value.Unconverted().ConstantValue is { HasValue: true, Value: null };
}
