using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers.CodeFixes;

/// <summary>What runs when a member of an interface, or an abstract one, is called, as far as its source is at hand. Thread-safe.</summary>
internal static class Implementations
{
    private static readonly ConditionalWeakTable<IAssemblySymbol, List<INamedTypeSymbol>> Types = new();

    /// <summary>Whether the method says nothing of what it does.</summary>
    public static bool AreNeeded(IMethodSymbol method) => method.IsAbstract || method.ContainingType.TypeKind == TypeKind.Interface;

    /// <summary>The classes and structs that a compilation declares, nested ones among them.</summary>
    public static IReadOnlyList<INamedTypeSymbol> TypesIn(Compilation compilation) => Types.GetValue(compilation.Assembly, TypesOf);

    /// <summary>In the member's own assembly, and in the one that is changed.</summary>
    /// <param name="member">As it is declared.</param>
    /// <param name="compilation">What is changed.</param>
    public static IEnumerable<IMethodSymbol> Of(IMethodSymbol member, Compilation compilation)
    {
        foreach (var type in Types.GetValue(compilation.Assembly, TypesOf).Concat(SymbolEqualityComparer.Default.Equals(compilation.Assembly, member.ContainingAssembly) ? [] : Types.GetValue(member.ContainingAssembly, TypesOf)))
        {
            if (member.ContainingType.TypeKind == TypeKind.Interface)
            {
                if (type.AllInterfaces.Any(contract => SymbolEqualityComparer.Default.Equals(contract.OriginalDefinition, member.ContainingType)) && type.FindImplementationForInterfaceMember(Constructed(member, type)) is IMethodSymbol implementation)
                    yield return implementation;
            }
            else
            {
                foreach (var own in type.GetMembers(member.Name).OfType<IMethodSymbol>())
                {
                    if (SymbolEqualityComparer.Default.Equals(own.OverriddenMethod?.OriginalDefinition, member))
                        yield return own;
                }
            }
        }
    }

    /// <summary>The member of the interface as the type has it: <c>ICache&lt;string&gt;</c> for <c>ICache&lt;T&gt;</c>.</summary>
    private static IMethodSymbol Constructed(IMethodSymbol member, INamedTypeSymbol type)
        => type.AllInterfaces.First(contract => SymbolEqualityComparer.Default.Equals(contract.OriginalDefinition, member.ContainingType)).GetMembers(member.Name).OfType<IMethodSymbol>()
            .First(candidate => SymbolEqualityComparer.Default.Equals(candidate.OriginalDefinition, member));

    private static List<INamedTypeSymbol> TypesOf(IAssemblySymbol assembly)
    {
        var found = new List<INamedTypeSymbol>();
        var pending = new Stack<INamespaceOrTypeSymbol>();
        pending.Push(assembly.GlobalNamespace);
        while (pending.Count > 0)
        {
            foreach (var member in pending.Pop().GetMembers())
            {
                if (member is INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct } type)
                    found.Add(type);
                if (member is INamespaceOrTypeSymbol container)
                    pending.Push(container);
            }
        }

        return found;
    }
}
