using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Whether a call could be given a token: by an optional parameter that it leaves out, or by an overload with one parameter more.</summary>
internal static class TokenAcceptance
{
    private static readonly ConditionalWeakTable<IMethodSymbol, object> Overloaded = new();
    private static readonly object Yes = true;
    private static readonly object No = false;

    /// <summary>A cheap first answer, by the declarations alone.</summary>
    public static bool IsLikely(IInvocationOperation call, KnownSymbols symbols)
        => call.Arguments.Any(argument => argument.ArgumentKind == ArgumentKind.DefaultValue && TokensInReach.IsToken(argument.Parameter?.Type, symbols))
           || IsOverloaded((call.TargetMethod.ReducedFrom ?? call.TargetMethod).OriginalDefinition, symbols);

    /// <summary>Whether there is an overload with a token besides. Asked once a method: every call of it asks.</summary>
    private static bool IsOverloaded(IMethodSymbol method, KnownSymbols symbols)
        => (Overloaded.TryGetValue(method, out var known) ? known : FindOverload(method, symbols)) == Yes;

    private static object FindOverload(IMethodSymbol method, KnownSymbols symbols)
        => Overloaded.GetValue(method, declared => Overloads(declared).Any(overload => TakesOneMore(overload, declared, symbols)) ? Yes : No);

    /// <summary>
    /// The argument to add, so that the compiler binds the call to a method that takes the token and gives the same result; null where there is none.
    /// </summary>
    public static string? ArgumentFor(InvocationExpressionSyntax syntax, IInvocationOperation call, string token, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var model = call.SemanticModel!;
        var optional = call.Arguments.FirstOrDefault(argument => argument.ArgumentKind == ArgumentKind.DefaultValue && TokensInReach.IsToken(argument.Parameter?.Type, symbols))?.Parameter;
        if (IsCallOfItself(call.TargetMethod, syntax, model, cancellationToken))
            return null;
        // Inside `?.` the call is no expression of its own that could be bound again.
        if (syntax.DescendantNodes().OfType<MemberBindingExpressionSyntax>().Any(binding => !binding.Ancestors().TakeWhile(node => node != syntax).Any(static node => node is ConditionalAccessExpressionSyntax)))
            return optional is null ? null : optional.Name + ": " + token;

        foreach (var name in new[] { null, optional?.Name ?? Overloads(call.TargetMethod).FirstOrDefault(overload => TakesOneMore(overload, call.TargetMethod, symbols))?.Parameters.First(parameter => TokensInReach.IsToken(parameter.Type, symbols)).Name })
        {
            var argument = SyntaxFactory.Argument(name is null ? null : SyntaxFactory.NameColon(name), default, SyntaxFactory.ParseExpression(token));
            var changed = syntax.WithArgumentList(syntax.ArgumentList.AddArguments(argument));
            if (model.GetSpeculativeSymbolInfo(syntax.SpanStart, changed, SpeculativeBindingOption.BindAsExpression).Symbol is IMethodSymbol bound
                && Receives(bound, name, changed.ArgumentList.Arguments.Count - 1, symbols)
                && SymbolEqualityComparer.Default.Equals(bound.ReturnType, call.Type)
                && !IsCallOfItself(bound, syntax, model, cancellationToken)
                && (!IsObsolete(bound) || IsObsolete(call.TargetMethod)))
            {
                return name is null ? token : name + ": " + token;
            }
        }

        return null;
    }

    private static bool Receives(IMethodSymbol bound, string? name, int position, KnownSymbols symbols)
    {
        var parameter = name is null ? bound.Parameters.ElementAtOrDefault(position) : bound.Parameters.FirstOrDefault(each => each.Name == name);
        return parameter is { IsParams: false } && TokensInReach.IsToken(parameter.Type, symbols);
    }

    private static bool IsObsolete(IMethodSymbol method) => method.GetAttributes().Any(static attribute => attribute.AttributeClass is { Name: "ObsoleteAttribute" });

    /// <summary>An overload that is written in terms of this one would call itself for ever.</summary>
    private static bool IsCallOfItself(IMethodSymbol method, SyntaxNode place, SemanticModel model, CancellationToken cancellationToken)
    {
        var target = (method.ReducedFrom ?? method).OriginalDefinition;
        for (var enclosing = model.GetEnclosingSymbol(place.SpanStart, cancellationToken); enclosing is IMethodSymbol caller; enclosing = caller.ContainingSymbol)
        {
            if (SymbolEqualityComparer.Default.Equals(caller.OriginalDefinition, target))
                return true;
        }

        return false;
    }

    private static IEnumerable<IMethodSymbol> Overloads(IMethodSymbol method)
    {
        var declared = method.ReducedFrom ?? method;
        for (var type = declared.ContainingType; type is not null; type = type.BaseType)
        {
            foreach (var member in type.GetMembers(method.Name))
            {
                if (member is IMethodSymbol overload && !SymbolEqualityComparer.Default.Equals(overload.OriginalDefinition, declared.OriginalDefinition))
                    yield return overload;
            }
        }
    }

    private static bool TakesOneMore(IMethodSymbol overload, IMethodSymbol method, KnownSymbols symbols)
    {
        var original = (method.ReducedFrom ?? method).OriginalDefinition;
        overload = overload.OriginalDefinition;
        if (overload.IsStatic != original.IsStatic || overload.Arity != original.Arity || overload.Parameters.Length != original.Parameters.Length + 1)
            return false;
        var rest = overload.Parameters.Where(parameter => !TokensInReach.IsToken(parameter.Type, symbols)).ToList();
        return rest.Count == original.Parameters.Length
               && rest.Zip(original.Parameters, (left, right) => left.Type is ITypeParameterSymbol && right.Type is ITypeParameterSymbol || left.Type.ToDisplayString() == right.Type.ToDisplayString()).All(static same => same);
    }
}
