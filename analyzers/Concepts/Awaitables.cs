using System.Linq;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <summary>Whether a type is a task, or can be awaited at all.</summary>
internal static class Awaitables
{
    /// <summary><c>Task</c>, <c>Task&lt;T&gt;</c> or a type derived from them.</summary>
    public static bool IsTask(ITypeSymbol? type, KnownSymbols symbols) => KnownSymbols.IsOrDerivesFrom(type, symbols.Task);

    /// <summary><c>ValueTask</c> or <c>ValueTask&lt;T&gt;</c>.</summary>
    public static bool IsValueTask(ITypeSymbol? type, KnownSymbols symbols)
        => KnownSymbols.Is(type, symbols.ValueTask) || KnownSymbols.Is(type, symbols.ValueTaskOfT);

    public static bool IsTaskOrValueTask(ITypeSymbol? type, KnownSymbols symbols) => IsTask(type, symbols) || IsValueTask(type, symbols);

    /// <summary>
    /// A task, a value task, or any type with an instance <c>GetAwaiter</c> that fits the language's pattern. An extension <c>GetAwaiter</c> does not count:
    /// it makes a <c>TimeSpan</c> or a <c>Process</c> awaitable, which nobody means to await whenever one is made.
    /// </summary>
    public static bool IsAwaitable(ITypeSymbol? type, KnownSymbols symbols)
    {
        if (type is null || type.TypeKind is TypeKind.Dynamic or TypeKind.Error || type.SpecialType != SpecialType.None)
            return false;
        if (IsTaskOrValueTask(type, symbols))
            return true;

        if (type is ITypeParameterSymbol parameter)
            return parameter.ConstraintTypes.Any(constraint => IsAwaitable(constraint, symbols));

        for (var current = type; current is { SpecialType: SpecialType.None }; current = current.BaseType)
        {
            foreach (var member in current.GetMembers("GetAwaiter"))
            {
                if (member is IMethodSymbol { Parameters.IsEmpty: true, IsStatic: false, TypeParameters.IsEmpty: true } getAwaiter && IsAwaiter(getAwaiter.ReturnType, symbols))
                    return true;
            }
        }

        return type.TypeKind == TypeKind.Interface
               && type.AllInterfaces.Any(candidate => candidate.GetMembers("GetAwaiter").OfType<IMethodSymbol>().Any(getAwaiter => getAwaiter.Parameters.IsEmpty && IsAwaiter(getAwaiter.ReturnType, symbols)));
    }

    /// <summary>What <c>await</c> gives for a task or value task; null for the non-generic ones and for other types.</summary>
    public static ITypeSymbol? ResultType(ITypeSymbol? type, KnownSymbols symbols)
    {
        for (; type is INamedTypeSymbol named; type = type.BaseType)
        {
            if (KnownSymbols.Is(named, symbols.TaskOfT) || KnownSymbols.Is(named, symbols.ValueTaskOfT))
                return named.TypeArguments[0];
        }

        return null;
    }

    /// <summary><c>IAsyncEnumerable&lt;T&gt;</c> or <c>IAsyncEnumerator&lt;T&gt;</c>: what an async iterator returns.</summary>
    public static bool IsAsyncSequence(ITypeSymbol? type, KnownSymbols symbols)
        => KnownSymbols.Is(type, symbols.AsyncEnumerable) || KnownSymbols.Is(type, symbols.AsyncEnumerator);

    private static bool IsAwaiter(ITypeSymbol type, KnownSymbols symbols)
        => KnownSymbols.Implements(type, symbols.NotifyCompletion)
           && type.GetMembers("IsCompleted").OfType<IPropertySymbol>().Any(static property => property.Type.SpecialType == SpecialType.System_Boolean)
           && type.GetMembers("GetResult").OfType<IMethodSymbol>().Any(static method => method.Parameters.IsEmpty);
}
