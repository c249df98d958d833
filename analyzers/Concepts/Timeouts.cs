using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>How long a call may wait, where that is written down.</summary>
internal static class Timeouts
{
    /// <summary>Whether a timeout among the arguments is zero: such a call asks, or gives up its time slice, but does not wait.</summary>
    public static bool IsZero(ImmutableArray<IArgumentOperation> arguments, KnownSymbols symbols)
        => arguments.Any(argument => IsTimeout(argument.Parameter, symbols) && IsZero(argument.Value, symbols));

    private static bool IsTimeout(IParameterSymbol? parameter, KnownSymbols symbols)
        => parameter is not null && (parameter.Type.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64 || KnownSymbols.Is(parameter.Type, symbols.TimeSpan));

    private static bool IsZero(IOperation value, KnownSymbols symbols)
        => value switch
        {
            { ConstantValue: { HasValue: true, Value: 0 or 0L } } => true,
            IFieldReferenceOperation { Field: { Name: "Zero", ContainingType: { } type } } => KnownSymbols.Is(type, symbols.TimeSpan),
            IDefaultValueOperation { Type: { } type } => KnownSymbols.Is(type, symbols.TimeSpan),
            IInvocationOperation { TargetMethod: { IsStatic: true, ContainingType: { } type }, Arguments: { Length: 1 } arguments } when KnownSymbols.Is(type, symbols.TimeSpan)
                => arguments[0].Value.ConstantValue is { HasValue: true, Value: 0 or 0L or 0d },
            _ => false,
        };
}
