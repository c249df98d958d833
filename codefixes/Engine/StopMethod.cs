using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// The member of an object that ends its background work by closing what that waits for: <c>public void Stop() => _listener.Stop();</c>. An accept or a receive that takes no
/// token ends in no other way.
/// </summary>
internal static class StopMethod
{
    /// <returns>Null where there is none, several, or one that may not be called at any time, or twice.</returns>
    public static IMethodSymbol? Of(ImmutableArray<DropSite> sites, INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var used = new HashSet<ISymbol>(OwnMembers.ReadBy(sites, type, drops, cancellationToken), SymbolEqualityComparer.Default);
        var found = type.GetMembers().OfType<IMethodSymbol>()
            .Where(method => method is { MethodKind: MethodKind.Ordinary, IsStatic: false, IsImplicitlyDeclared: false, ReturnsVoid: true, IsAsync: false, IsGenericMethod: false, Parameters.IsEmpty: true, IsAbstract: false }
                             && method.Name != "Dispose" && !sites.Any(site => SymbolEqualityComparer.Default.Equals(site.Function.Symbol, method)) && Closes(method, used, drops, cancellationToken))
            .Take(2).ToList();
        return found.Count == 1 ? found[0] : null;
    }

    private static bool Closes(IMethodSymbol method, HashSet<ISymbol> used, FunctionDrops drops, CancellationToken cancellationToken)
    {
        if (method.DeclaringSyntaxReferences.Length != 1 || method.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken) is not MethodDeclarationSyntax declaration || OwnMembers.ModelOf(declaration, drops) is not { } model)
            return false;
        if (declaration.DescendantNodes().Any(static node => node is ThrowStatementSyntax or ThrowExpressionSyntax)
            || model.GetOperation(declaration, cancellationToken)?.Descendants().Any(operation => TaskWait.Of(operation, drops.Symbols) is not null) != false)
        {
            return false;
        }

        var closes = false;
        foreach (var call in declaration.DescendantNodes().OfType<InvocationExpressionSyntax>())
        {
            if (model.GetOperation(call, cancellationToken) is not IInvocationOperation { TargetMethod: var called } operation || BlockingCalls.Contains(called))
                return false;
            closes |= WorkEndings.IsClosing(called, drops.Symbols) && Closed(operation) is { } member && used.Contains(member) && IsThere(member, call, declaration, model, cancellationToken);
        }

        return closes;
    }

    private static ISymbol? Closed(IInvocationOperation call)
        => (call.Instance is IConditionalAccessInstanceOperation conditional ? Target(conditional) : call.Instance) switch
        {
            IFieldReferenceOperation { Instance: IInstanceReferenceOperation, Field: var field } => field,
            IPropertyReferenceOperation { Instance: IInstanceReferenceOperation, Property: var property } => property,
            _ => null,
        };

    private static IOperation? Target(IOperation place)
    {
        while (place.Parent is { } parent and not IConditionalAccessOperation)
            place = parent;
        return (place.Parent as IConditionalAccessOperation)?.Operation;
    }

    /// <summary>An object may be disposed of before it was started: what it closes was made with it, or is asked for.</summary>
    private static bool IsThere(ISymbol member, InvocationExpressionSyntax call, MethodDeclarationSyntax declaration, SemanticModel model, CancellationToken cancellationToken)
        => member is IFieldSymbol { IsReadOnly: true } or IPropertySymbol { SetMethod: null }
           || call.Expression is MemberBindingExpressionSyntax
           || declaration.DescendantNodes().OfType<IfStatementSyntax>().Any(guard => guard.Condition.DescendantNodesAndSelf().OfType<SimpleNameSyntax>().Any(name => SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, member)));
}
