using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Whether something ends the waits in a shield, which nothing outside can cancel.</summary>
internal static class ShieldLimits
{
    /// <summary>Whether the shield has no timeout and a wait in it has none of its own.</summary>
    public static bool IsUnlimited(IInvocationOperation shield, KnownSymbols symbols)
    {
        var timeout = shield.Arguments.FirstOrDefault(static argument => argument.Parameter?.Name == "timeout");
        if (timeout is null || timeout.ArgumentKind != ArgumentKind.DefaultValue && !IsNone(timeout.Value, symbols))
            return false;
        var body = shield.Arguments.FirstOrDefault(static argument => argument.Parameter?.Name == "body")?.Value.Unconverted();
        return body switch
        {
            IDelegateCreationOperation { Target: IAnonymousFunctionOperation { Body: var code } } => !code.Descendants().Any(operation => Limits(operation, symbols)) && code.Descendants().Any(static operation => operation is IAwaitOperation or IReturnOperation { ReturnedValue: IInvocationOperation or IConversionOperation { Operand: IInvocationOperation } }),
            IDelegateCreationOperation { Target: IMethodReferenceOperation } => true,
            _ => false,
        };
    }

    private static bool IsNone(IOperation value, KnownSymbols symbols)
    {
        value = value.Unconverted();
        return value.ConstantValue is { HasValue: true, Value: null } or { HasValue: true, Value: -1 }
               || value is IDefaultValueOperation { Type: { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } }
               || value is IFieldReferenceOperation { Field: { Name: "InfiniteTimeSpan", IsStatic: true } };
    }

    /// <summary>A deadline, a source with a timeout, or a call that takes a timeout: somebody has thought of it.</summary>
    private static bool Limits(IOperation operation, KnownSymbols symbols)
        => operation switch
        {
            IInvocationOperation { TargetMethod: { ContainingType: var type, Name: var name } } when KnownSymbols.Is(type, symbols.CancelScope) => name != RuntimeNames.ShieldAsync,
            IInvocationOperation { TargetMethod.Name: "CancelAfter" } => true,
            IObjectCreationOperation { Arguments.Length: > 0, Type: var type } when TokensInReach.IsSource(type, symbols) => true,
            IInvocationOperation { Arguments: var arguments } => arguments.Any(argument => argument.ArgumentKind == ArgumentKind.Explicit && KnownSymbols.Is(argument.Value.Type, symbols.TimeSpan)),
            _ => false,
        };
}
