using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Token sources that an object made for its own background work: who disposes of the object may cancel them.</summary>
internal static class OwnSources
{
    /// <summary>The sources of <paramref name="type"/> whose tokens the children read, in the order of their names.</summary>
    public static IReadOnlyList<ISymbol> WatchedBy(ImmutableArray<DropSite> sites, INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
        => ReadBy(sites, type, drops, source => IsMadeHere(source, type, drops, cancellationToken), cancellationToken);

    /// <summary>Whether a source that the object has, whoever made it and disposes of it, may end a child.</summary>
    public static bool MayCancel(ImmutableArray<DropSite> sites, INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
        => ReadBy(sites, type, drops, cancellationToken).Count > 0;

    /// <summary>The sources that the object has, whoever made them, whose tokens the children read.</summary>
    public static IReadOnlyList<ISymbol> ReadBy(ImmutableArray<DropSite> sites, INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
        => ReadBy(sites, type, drops, static _ => true, cancellationToken);

    /// <summary>A source that a child makes anew, linked to no other, for what it goes on with: whoever cancelled the one before does not end that.</summary>
    public static ISymbol? MadeAnewBy(DropSite site, INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
        => OwnMembers.ReadBy(ImmutableArray.Create(site), type, drops, cancellationToken, IsMadeAnew, depth: 4).FirstOrDefault(member => !member.IsStatic && KnownSymbols.Is(KnownSymbols.TypeOf(member), drops.Symbols.CancellationTokenSource));

    /// <summary><c>_round = new CancellationTokenSource();</c></summary>
    private static bool IsMadeAnew(SimpleNameSyntax name)
    {
        ExpressionSyntax whole = name.Parent is MemberAccessExpressionSyntax qualified && qualified.Name == name ? qualified : name;
        return whole.Parent is AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression, Right: BaseObjectCreationExpressionSyntax { ArgumentList: null or { Arguments.Count: 0 } } } assignment && assignment.Left == whole;
    }

    private static IReadOnlyList<ISymbol> ReadBy(ImmutableArray<DropSite> sites, INamedTypeSymbol type, FunctionDrops drops, System.Func<ISymbol, bool> isCandidate, CancellationToken cancellationToken)
    {
        var candidates = type.GetMembers().Where(member => !member.IsStatic && !member.IsImplicitlyDeclared && KnownSymbols.Is(KnownSymbols.TypeOf(member), drops.Symbols.CancellationTokenSource) && isCandidate(member)).ToList();
        if (candidates.Count == 0)
            return candidates;
        var watched = new HashSet<ISymbol>(OwnMembers.ReadBy(sites, type, drops, cancellationToken, Reads), SymbolEqualityComparer.Default);
        return candidates.Where(watched.Contains).OrderBy(static source => source.Name, System.StringComparer.Ordinal).ToList();
    }

    /// <summary>The statement that cancels it.</summary>
    public static string Cancel(ISymbol source)
    {
        var isAlwaysThere = source is IFieldSymbol { IsReadOnly: true } or IPropertySymbol { SetMethod: null };
        return $"{(SyntaxFacts.GetKeywordKind(source.Name) == SyntaxKind.None ? "" : "@")}{source.Name}{(isAlwaysThere ? "" : "?")}.Cancel();";
    }

    public static bool IsUsedIn(IMethodSymbol method, ISymbol source, FunctionDrops drops, CancellationToken cancellationToken)
        => method.DeclaringSyntaxReferences.Any(reference => reference.GetSyntax(cancellationToken) is var code && OwnMembers.ModelOf(code, drops) is { } model
            && code.DescendantNodes().OfType<SimpleNameSyntax>().Any(name => name.Identifier.ValueText == source.Name && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, source)));

    /// <summary><c>_stop.Token</c>, <c>_stop.IsCancellationRequested</c>.</summary>
    private static bool Reads(SimpleNameSyntax name)
    {
        ExpressionSyntax whole = name.Parent is MemberAccessExpressionSyntax qualified && qualified.Name == name ? qualified : name;
        return whole.Parent switch
        {
            MemberAccessExpressionSyntax access => access.Expression == whole && access.Name.Identifier.ValueText is "Token" or "IsCancellationRequested",
            ConditionalAccessExpressionSyntax access => access.Expression == whole,
            PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } => true,
            _ => false,
        };
    }

    /// <summary>
    /// Whether the object alone makes the source, and does not dispose of it before its own end: cancelling that of somebody else would end more than this object,
    /// and cancelling one that was disposed of throws.
    /// </summary>
    private static bool IsMadeHere(ISymbol source, INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var isMade = false;
        foreach (var reference in type.DeclaringSyntaxReferences)
        {
            var part = reference.GetSyntax(cancellationToken);
            if (OwnMembers.ModelOf(part, drops) is not { } model)
                return false;
            foreach (var node in part.DescendantNodes())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var initial = node switch
                {
                    VariableDeclaratorSyntax field => field.Initializer?.Value,
                    PropertyDeclarationSyntax property => property.Initializer?.Value,
                    _ => null,
                };
                if (initial is not null && SymbolEqualityComparer.Default.Equals(model.GetDeclaredSymbol(node, cancellationToken), source))
                {
                    if (!Makes(initial, model))
                        return false;
                    isMade |= !IsNothing(initial);
                }

                if (node is not SimpleNameSyntax name || name.Identifier.ValueText != source.Name || !SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, source))
                    continue;
                ExpressionSyntax whole = name.Parent is MemberAccessExpressionSyntax qualified && qualified.Name == name ? qualified : name;
                switch (whole.Parent)
                {
                    case AssignmentExpressionSyntax assignment when assignment.Left == whole:
                        if (!Makes(assignment.Right, model))
                            return false;
                        isMade |= !IsNothing(assignment.Right);
                        break;
                    case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Dispose" } access when access.Expression == whole:
                    case ConditionalAccessExpressionSyntax { WhenNotNull: InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax { Name.Identifier.ValueText: "Dispose" } } }:
                    case ArgumentSyntax:
                    case EqualsValueClauseSyntax:
                    case AssignmentExpressionSyntax:
                        return false;
                }
            }
        }

        return isMade;
    }

    private static bool IsNothing(ExpressionSyntax value) => value is LiteralExpressionSyntax or PostfixUnaryExpressionSyntax { Operand: LiteralExpressionSyntax };

    private static bool Makes(ExpressionSyntax value, SemanticModel model)
        => IsNothing(value) || value is BaseObjectCreationExpressionSyntax
           || value is InvocationExpressionSyntax && model.GetSymbolInfo(value).Symbol is IMethodSymbol { Name: nameof(CancellationTokenSource.CreateLinkedTokenSource), IsStatic: true };
}
