using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Where a thread that is started was made, and whether anybody in reach can wait for its end.</summary>
internal sealed class StartedThreads
{
    private readonly KnownSymbols _symbols;
    private readonly CancellationToken _cancellationToken;

    public StartedThreads(KnownSymbols symbols, CancellationToken cancellationToken)
    {
        _symbols = symbols;
        _cancellationToken = cancellationToken;
    }

    /// <summary>
    /// The creation of the thread, where nobody joins it; null where somebody may, and where the thread came from elsewhere.
    /// </summary>
    public IObjectCreationOperation? UnjoinedCreationOf(IInvocationOperation start)
    {
        switch (start.Instance?.Unconverted())
        {
            case IObjectCreationOperation creation:
                return creation;
            case ILocalReferenceOperation { Local: { IsRef: false } local }:
                return local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is VariableDeclaratorSyntax ? OfVariable(local, MemberAround(start.Syntax), start) : null;
            case IFieldReferenceOperation { Field: { DeclaredAccessibility: Accessibility.Private } field } when IsInSameTree(field, start):
                return OfVariable(field, TypeAround(start.Syntax), start);
            case IPropertyReferenceOperation { Property: { DeclaredAccessibility: Accessibility.Private } property } when IsInSameTree(property, start):
                return OfVariable(property, TypeAround(start.Syntax), start);
            default:
                return null;
        }
    }

    private static SyntaxNode MemberAround(SyntaxNode node)
        => node.Ancestors().FirstOrDefault(static each => each is MemberDeclarationSyntax and not GlobalStatementSyntax) ?? node.SyntaxTree.GetRoot();

    private static SyntaxNode TypeAround(SyntaxNode node) => node.Ancestors().OfType<TypeDeclarationSyntax>().LastOrDefault() ?? node.SyntaxTree.GetRoot();

    /// <summary>A part of the type in another file may join it.</summary>
    private static bool IsInSameTree(ISymbol member, IInvocationOperation start)
        => member.ContainingType.DeclaringSyntaxReferences.All(reference => reference.SyntaxTree == start.Syntax.SyntaxTree);

    private IObjectCreationOperation? OfVariable(ISymbol variable, SyntaxNode home, IInvocationOperation start)
    {
        var model = start.SemanticModel!;
        IObjectCreationOperation? creation = null;
        var declared = variable.DeclaringSyntaxReferences[0].GetSyntax(_cancellationToken);
        if (Initializer(declared) is { } value)
            creation = CreationIn(value, model);
        foreach (var name in home.DescendantNodes().OfType<IdentifierNameSyntax>())
        {
            if (name.Identifier.ValueText != variable.Name || !SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, _cancellationToken).Symbol, variable))
                continue;
            ExpressionSyntax use = name.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own ? own : name;
            while (use.Parent is PostfixUnaryExpressionSyntax or ParenthesizedExpressionSyntax)
                use = (ExpressionSyntax)use.Parent;
            switch (use.Parent)
            {
                case MemberAccessExpressionSyntax access when access.Expression == use:
                    if (IsWait(access.Name))
                        return null;
                    break;
                case ConditionalAccessExpressionSyntax access when access.Expression == use:
                    if (access.WhenNotNull.DescendantNodesAndSelf().OfType<MemberBindingExpressionSyntax>().Any(binding => IsWait(binding.Name)))
                        return null;
                    break;
                case AssignmentExpressionSyntax assignment when assignment.Left == use:
                    creation ??= CreationIn(assignment.Right, model);
                    break;
                case BinaryExpressionSyntax or IsPatternExpressionSyntax:
                    break;
                // Kept in a collection or another variable: joined there, if anybody joins any thread here.
                case ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } when model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol method && ObjectKeeping.IsCollectionAdd(method):
                case AssignmentExpressionSyntax or EqualsValueClauseSyntax or InitializerExpressionSyntax:
                    if (AnyJoin(TypeAround(start.Syntax), model))
                        return null;
                    break;
                // Handed to somebody else, or returned.
                default:
                    return null;
            }
        }

        return creation;
    }

    private static ExpressionSyntax? Initializer(SyntaxNode declared)
        => declared switch
        {
            VariableDeclaratorSyntax { Initializer.Value: var value } => value,
            PropertyDeclarationSyntax { Initializer.Value: var value } => value,
            _ => null,
        };

    private IObjectCreationOperation? CreationIn(ExpressionSyntax value, SemanticModel model)
    {
        return model.GetOperation(value, _cancellationToken)?.Unconverted() is IObjectCreationOperation creation && KnownSymbols.Is(creation.Type, _symbols.Thread) ? creation : null;
    }

    /// <summary>Waiting for the end, or looking whether it has come.</summary>
    private static bool IsWait(SimpleNameSyntax member) => member.Identifier.ValueText is "Join" or "IsAlive" or "ThreadState";

    private bool AnyJoin(SyntaxNode home, SemanticModel model)
        => home.DescendantNodes().OfType<SimpleNameSyntax>()
            .Any(name => name.Identifier.ValueText is "Join" or "IsAlive" && KnownSymbols.Is(model.GetSymbolInfo(name, _cancellationToken).Symbol?.ContainingType, _symbols.Thread));
}
