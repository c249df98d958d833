using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>What a call that queues work says besides the work: a token, options, a scheduler, a state.</summary>
internal sealed class PoolOptions
{
    private const int LongRunning = 2, AttachedToParent = 4;

    /// <summary>A token that decides whether the work starts, and that the work does not look at itself.</summary>
    public string? Guard { get; private set; }

    /// <summary>Whether it asks for a thread of its own.</summary>
    public bool OwnThread { get; private set; }

    /// <summary>The parameters of a lambda that has no use for its state.</summary>
    public TextSpan? UnusedParameters { get; private set; }

    /// <returns>Null, with the reason noted, where a nursery cannot do what the options ask for.</returns>
    public static PoolOptions? Of(IInvocationOperation call, ExpressionSyntax work, bool takesState, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var options = new PoolOptions();
        // A factory of the user's own may have a scheduler, and options.
        if (KnownSymbols.Is(call.TargetMethod.ContainingType, drops.Symbols.TaskFactory) && !(call.Instance is IPropertyReferenceOperation { Property: { Name: "Factory", IsStatic: true } shared } && KnownSymbols.Is(shared.ContainingType, drops.Symbols.Task)))
            return Refuse(drops, call, "factory");
        foreach (var argument in call.Arguments)
        {
            if (argument.IsImplicit || argument.Parameter is not { Ordinal: > 0 } parameter)
                continue;
            if (KnownSymbols.Is(parameter.Type, drops.Symbols.CancellationToken))
            {
                if (argument.Value.IsNoToken(drops.Symbols) || IsLookedAt(argument.Value, work, drops, cancellationToken))
                    continue;
                if (!IsPlain(argument.Value.Syntax))
                    return Refuse(drops, call, "token");
                options.Guard = argument.Value.Syntax is ExpressionSyntax given ? Language.AsReceiver(given) : $"({argument.Value.Syntax})";
            }
            else if (KnownSymbols.Is(parameter.Type, drops.Symbols.TaskCreationOptions))
            {
                if (argument.Value.ConstantValue is not { HasValue: true, Value: int flags } || (flags & AttachedToParent) != 0)
                    return Refuse(drops, call, "options");
                options.OwnThread = (flags & LongRunning) != 0;
            }
            else if (KnownSymbols.Is(parameter.Type, drops.Symbols.TaskScheduler))
            {
                if (!IsDefaultScheduler(argument.Value, drops.Symbols))
                    return Refuse(drops, call, "scheduler");
            }
            else if (!IsConstant(argument.Value))
            {
                return Refuse(drops, call, "state");
            }
        }

        if (!takesState)
            return options;
        var parameters = work switch
        {
            SimpleLambdaExpressionSyntax simple => simple.Parameter.Span,
            ParenthesizedLambdaExpressionSyntax parenthesized => parenthesized.ParameterList.Span,
            _ => default(TextSpan?),
        };
        if (parameters is null || drops.Model.GetSymbolInfo(work, cancellationToken).Symbol is not IMethodSymbol { Parameters.Length: 1 } lambda
            || work.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name => SymbolEqualityComparer.Default.Equals(drops.Model.GetSymbolInfo(name, cancellationToken).Symbol, lambda.Parameters[0])))
        {
            return Refuse(drops, call, "state");
        }

        options.UnusedParameters = parameters;
        return options;
    }

    public static bool IsDefaultScheduler(IOperation value, KnownSymbols symbols)
        => value is IPropertyReferenceOperation { Property: { Name: "Default", IsStatic: true } property } && KnownSymbols.Is(property.ContainingType, symbols.TaskScheduler);

    private static PoolOptions? Refuse(FunctionDrops drops, IInvocationOperation call, string what)
    {
        drops.Refusals.Add($"the {what} of '{call.TargetMethod.Name}' would be lost");
        return null;
    }

    private static bool IsLookedAt(IOperation value, ExpressionSyntax work, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var written = (ExpressionSyntax)value.Unconverted().Syntax;
        // Of `first.Token` and `second.Token`, only one is the token: the whole expression counts, and what it begins with.
        return drops.Model.GetSymbolInfo(written, cancellationToken).Symbol is { } token
               && work.DescendantNodes().OfType<ExpressionSyntax>().Any(use => SyntaxFactory.AreEquivalent(use, written) && SymbolEqualityComparer.Default.Equals(drops.Model.GetSymbolInfo(use, cancellationToken).Symbol, token));
    }

    private static bool IsConstant(IOperation value)
    {
        value = value.Unconverted();
        return value.ConstantValue.HasValue || value is IDefaultValueOperation;
    }

    /// <summary>Names and member accesses only: reading it does nothing else.</summary>
    private static bool IsPlain(SyntaxNode value)
        => value.DescendantNodesAndSelf().All(static node => node is IdentifierNameSyntax or ThisExpressionSyntax or MemberAccessExpressionSyntax or ConditionalAccessExpressionSyntax or MemberBindingExpressionSyntax
            or BinaryExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceExpression });
}
