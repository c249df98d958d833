using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
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
    public static PoolOptions? Of(IInvocationOperation call, ExpressionSyntax work, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var options = new PoolOptions();
        foreach (var argument in call.Arguments)
        {
            if (argument.IsImplicit || argument.Parameter is not { Ordinal: > 0 } parameter)
                continue;
            if (KnownSymbols.Is(parameter.Type, drops.Symbols.CancellationToken))
            {
                if (StartCall.IsNoToken(argument.Value) || IsLookedAt(argument.Value, work, drops, cancellationToken))
                    continue;
                if (!IsPlain(argument.Value.Syntax))
                    return Refuse(drops, call, "token");
                options.Guard = argument.Value.Syntax is IdentifierNameSyntax or MemberAccessExpressionSyntax ? argument.Value.Syntax.ToString() : $"({argument.Value.Syntax})";
            }
            else if (parameter.Type.Name == "TaskCreationOptions")
            {
                if (argument.Value.ConstantValue is not { HasValue: true, Value: int flags } || (flags & AttachedToParent) != 0)
                    return Refuse(drops, call, "options");
                options.OwnThread = (flags & LongRunning) != 0;
            }
            else if (parameter.Type.Name == "TaskScheduler")
            {
                if (!Continued.IsDefaultScheduler(argument.Value))
                    return Refuse(drops, call, "scheduler");
            }
            else if (!IsConstant(argument.Value))
            {
                return Refuse(drops, call, "state");
            }
        }

        var state = ((call.Arguments.First(static argument => argument.Parameter is { Ordinal: 0 }).Parameter!.Type as INamedTypeSymbol)!).DelegateInvokeMethod!.Parameters;
        if (state.IsEmpty)
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

    private static PoolOptions? Refuse(FunctionDrops drops, IInvocationOperation call, string what)
    {
        drops.Refusals.Add($"the {what} given to '{call.TargetMethod.Name}' would be lost");
        return null;
    }

    private static bool IsLookedAt(IOperation value, ExpressionSyntax work, FunctionDrops drops, CancellationToken cancellationToken)
    {
        while (value is IConversionOperation conversion)
            value = conversion.Operand;
        return drops.Model.GetSymbolInfo(value.Syntax, cancellationToken).Symbol is { } token
               && work.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name => SymbolEqualityComparer.Default.Equals(drops.Model.GetSymbolInfo(name, cancellationToken).Symbol, token));
    }

    private static bool IsConstant(IOperation value)
    {
        while (value is IConversionOperation conversion)
            value = conversion.Operand;
        return value.ConstantValue.HasValue || value is IDefaultValueOperation;
    }

    /// <summary>Names and member accesses only: reading it does nothing else.</summary>
    private static bool IsPlain(SyntaxNode value)
        => value.DescendantNodesAndSelf().All(static node => node is IdentifierNameSyntax or ThisExpressionSyntax or MemberAccessExpressionSyntax or ConditionalAccessExpressionSyntax or MemberBindingExpressionSyntax
            or BinaryExpressionSyntax { RawKind: (int)Microsoft.CodeAnalysis.CSharp.SyntaxKind.CoalesceExpression });
}
