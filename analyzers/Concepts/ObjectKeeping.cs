using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers;

/// <summary>Whether an object keeps what it is given. Where that is not known, the answer is no.</summary>
internal sealed class ObjectKeeping
{
    private const int DeepestChain = 3;

    private static readonly ImmutableHashSet<string> Adding = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "Add", "AddFirst", "AddLast", "AddOrUpdate", "Enqueue", "GetOrAdd", "Insert", "Push", "TryAdd", "TryUpdate");

    private static readonly ImmutableHashSet<string> Removing = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "Clear", "Dequeue", "Pop", "Remove", "RemoveAll", "RemoveAt", "RemoveFirst", "RemoveLast", "RemoveRange", "Take", "TryDequeue", "TryPop", "TryRemove", "TryTake");

    private readonly KnownSymbols _symbols;
    private readonly CancellationToken _cancellationToken;

    public ObjectKeeping(KnownSymbols symbols, CancellationToken cancellationToken)
    {
        _symbols = symbols;
        _cancellationToken = cancellationToken;
    }

    /// <summary>A member of the framework's collections that puts its argument into the collection.</summary>
    public static bool IsCollectionAdd(IMethodSymbol method) => IsCollection(method.ContainingType) && Adding.Contains(method.Name);

    /// <summary>A member of the framework's collections that takes something out of the collection.</summary>
    public static bool IsCollectionRemove(IMethodSymbol method) => IsCollection(method.ContainingType) && Removing.Contains(method.Name);

    /// <summary>Whether the type is one of the framework's collections, or an interface of them.</summary>
    public static bool IsCollection(ITypeSymbol? type)
    {
        for (var space = type?.ContainingNamespace; space is { IsGlobalNamespace: false }; space = space.ContainingNamespace)
        {
            if (space is { Name: "Collections", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } })
                return true;
        }

        return false;
    }

    /// <summary>
    /// Whether a constructor stores the argument in the object: of this compilation's types by their code; of the framework's, where it is given a delegate to
    /// call later, or a value of its own type parameter.
    /// </summary>
    public bool Keeps(IMethodSymbol? constructor, IParameterSymbol? parameter) => constructor is not null && parameter is not null && Keeps(constructor.OriginalDefinition, parameter.Ordinal, depth: 0);

    private bool Keeps(IMethodSymbol constructor, int ordinal, int depth)
    {
        if (depth > DeepestChain || ordinal >= constructor.Parameters.Length)
            return false;
        var parameter = constructor.Parameters[ordinal];
        var type = constructor.ContainingType;
        if (constructor.DeclaringSyntaxReferences.Length != 1 || !_symbols.Compilation.ContainsSyntaxTree(constructor.DeclaringSyntaxReferences[0].SyntaxTree))
        {
            // Threads and tasks run what they are given once.
            return IsOfFramework(type)
                   && !KnownSymbols.Is(type, _symbols.Thread)
                   && !Awaitables.IsTask(type, _symbols)
                   && (parameter.Type.TypeKind == TypeKind.Delegate || parameter.Type is ITypeParameterSymbol);
        }

        var syntax = constructor.DeclaringSyntaxReferences[0].GetSyntax(_cancellationToken);
        if (syntax is RecordDeclarationSyntax)
            return true;
#pragma warning disable RS1030 // The type may be declared in another file; asked only for objects that are made from a nursery.
        var model = _symbols.Compilation.GetSemanticModel(syntax.SyntaxTree);
#pragma warning restore RS1030
        foreach (var name in syntax.DescendantNodes().OfType<IdentifierNameSyntax>())
        {
            if (name.Identifier.ValueText != parameter.Name || !SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, _cancellationToken).Symbol, parameter))
                continue;
            if (IsKeptBy(name, syntax, model, depth))
                return true;
        }

        return false;
    }

    private bool IsKeptBy(ExpressionSyntax use, SyntaxNode constructor, SemanticModel model, int depth)
    {
        while (use.Parent is ParenthesizedExpressionSyntax or CastExpressionSyntax or PostfixUnaryExpressionSyntax || use.Parent is BinaryExpressionSyntax { RawKind: (int)Microsoft.CodeAnalysis.CSharp.SyntaxKind.CoalesceExpression } coalesce && coalesce.Left == use)
            use = (ExpressionSyntax)use.Parent;
        switch (use.Parent)
        {
            case AssignmentExpressionSyntax assignment when assignment.Right == use:
                return model.GetSymbolInfo(assignment.Left, _cancellationToken).Symbol is IFieldSymbol or IPropertySymbol;
            case ArgumentSyntax { Parent: ArgumentListSyntax { Parent: ConstructorInitializerSyntax initializer } arguments } argument when argument.NameColon is null:
                return model.GetSymbolInfo(initializer, _cancellationToken).Symbol is IMethodSymbol next && Keeps(next.OriginalDefinition, arguments.Arguments.IndexOf(argument), depth + 1);
            case EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax or VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax } }:
                return true;
            default:
                // The parameter of a primary constructor that a member reads is a field by another name.
                return constructor is TypeDeclarationSyntax && use.FirstAncestorOrSelf<MemberDeclarationSyntax>() is not (null or TypeDeclarationSyntax or FieldDeclarationSyntax);
        }
    }

    private static bool IsOfFramework(INamedTypeSymbol type)
    {
        var root = type.ContainingNamespace;
        while (root is { ContainingNamespace.IsGlobalNamespace: false })
            root = root.ContainingNamespace;
        return root?.Name == "System";
    }
}
