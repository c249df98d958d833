using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>What a rule is told of each use of a type's private fields and properties.</summary>
internal abstract class PrivateMemberUse
{
    /// <summary>Whether the rule is interested in members of this type.</summary>
    public abstract bool IsWanted(ITypeSymbol type);

    /// <summary>A value that the member is given, where somebody has to look after it; null for other uses.</summary>
    public abstract Location? Given(IOperation reference, CancellationToken cancellationToken);

    /// <summary>Whether the use leaves the value as it is.</summary>
    public abstract bool IsPassing(IOperation reference);
}

/// <summary>
/// Private and internal fields and properties that are given a value which somebody has to look after, while nothing in the type does more than pass by, and no code outside of
/// it names them. Others are seen by code that is not looked at.
/// </summary>
internal static class PrivateMembers
{
    /// <param name="context">Where to register.</param>
    /// <param name="use">The rule's questions.</param>
    /// <param name="report">Called once for each value given to a member that nobody looks after.</param>
    public static void RegisterUnattended(CompilationStartAnalysisContext context, PrivateMemberUse use, System.Action<SymbolAnalysisContext, ISymbol, Location> report)
        => context.RegisterSymbolStartAction(
            start =>
            {
                var type = (INamedTypeSymbol)start.Symbol;
                if (!type.GetMembers().Any(member => IsHolder(member) && KnownSymbols.TypeOf(member) is { } held && use.IsWanted(held)))
                    return;
                var given = new ConcurrentBag<(ISymbol Member, Location Place)>();
                var attended = new ConcurrentDictionary<ISymbol, bool>(SymbolEqualityComparer.Default);
                start.RegisterOperationAction(
                    operation =>
                    {
                        var reference = operation.Operation;
                        var member = ((IMemberReferenceOperation)reference).Member.OriginalDefinition;
                        if (!IsHolder(member) || KnownSymbols.TypeOf(member) is not { } held || !use.IsWanted(held))
                            return;
                        if (!use.IsPassing(reference))
                            attended.TryAdd(member, true);
                        else if (use.Given(reference, operation.CancellationToken) is { } place)
                            given.Add((member, place));
                    },
                    OperationKind.FieldReference,
                    OperationKind.PropertyReference);
                start.RegisterOperationAction(
                    operation =>
                    {
                        var initializer = (ISymbolInitializerOperation)operation.Operation;
                        var members = initializer switch
                        {
                            IFieldInitializerOperation field => field.InitializedFields.CastArray<ISymbol>(),
                            IPropertyInitializerOperation property => property.InitializedProperties.CastArray<ISymbol>(),
                            _ => default,
                        };
                        foreach (var member in members)
                        {
                            if (IsHolder(member) && KnownSymbols.TypeOf(member) is { } held && use.IsWanted(held) && use.Given(initializer, operation.CancellationToken) is { } place)
                                given.Add((member, place));
                        }
                    },
                    OperationKind.FieldInitializer,
                    OperationKind.PropertyInitializer);
                start.RegisterSymbolEndAction(end =>
                {
                    foreach (var (member, place) in given)
                    {
                        if (!attended.ContainsKey(member) && !IsNamedInNestedType(member, end.CancellationToken) && (member.DeclaredAccessibility == Accessibility.Private || !GivesInternalsAway(member.ContainingAssembly) && !IsNamedOutside(member, end.Compilation, end.CancellationToken)))
                            report(end, member, place);
                    }
                });
            },
            SymbolKind.NamedType);

    private static bool IsHolder(ISymbol member)
        => member is { DeclaredAccessibility: Accessibility.Private or Accessibility.Internal or Accessibility.ProtectedAndInternal, IsImplicitlyDeclared: false, IsVirtual: false, IsOverride: false, IsAbstract: false } and (IFieldSymbol or IPropertySymbol { IsIndexer: false })
           && member.ContainingType.TypeKind is TypeKind.Class or TypeKind.Struct;

    private static bool GivesInternalsAway(IAssemblySymbol assembly) => assembly.GetAttributes().Any(static attribute => attribute.AttributeClass is { Name: "InternalsVisibleToAttribute" });

    /// <summary>Whether code outside the type writes the member's name, whatever it means there.</summary>
    private static bool IsNamedOutside(ISymbol member, Compilation compilation, CancellationToken cancellationToken)
    {
        var declarations = member.ContainingType.DeclaringSyntaxReferences;
        foreach (var tree in compilation.SyntaxTrees)
        {
            var own = declarations.Where(reference => reference.SyntaxTree == tree).Select(static reference => reference.Span).ToList();
            if (FileIndex.IdentifiersIn(tree.GetRoot(cancellationToken), member.Name, cancellationToken).Any(token => !own.Exists(span => span.Contains(token.Span))))
                return true;
        }

        return false;
    }

    /// <summary>A nested type sees private members as well.</summary>
    private static bool IsNamedInNestedType(ISymbol member, CancellationToken cancellationToken)
        => member.ContainingType.GetTypeMembers().SelectMany(static nested => nested.DeclaringSyntaxReferences)
            .Any(reference => FileIndex.IdentifiersIn(reference.GetSyntax(cancellationToken), member.Name, cancellationToken).Any());
}
