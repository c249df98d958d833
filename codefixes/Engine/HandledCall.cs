using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary><c>SendAsync().SafeFireAndForget(handler)</c> as a child that keeps its handler: a <c>catch</c> that calls it.</summary>
internal static class HandledCall
{
    private const string What = "its handler";

    public static CodeChanges? Rewrite(FunctionDrops drops, DropSite site, HandlingHelper helper, string nursery, ISymbol? outerToken, CancellationToken cancellationToken)
    {
        if (TryChild.Refusal(site, What, drops) is { } reason)
            return Refuse(drops, reason);
        if (BlockOf(helper, site, drops, cancellationToken) is not ({ } exception, { } block, var isUsed))
            return Refuse(drops, "its handler may be another when the task fails, or is more than a block can take over");
        string Filter(string token) => FilterOf(helper, exception, token, drops, cancellationToken);
        var type = KnownSymbols.Is(helper.Caught, drops.Symbols.Exception) ? "Exception" : helper.Caught.ToMinimalDisplayString(drops.Model, site.Call.SpanStart);
        // The compiler warns of a name that nobody uses.
        if (isUsed || Filter("token").Contains(exception))
            type += " " + exception;
        var changes = TryChild.Write(
            drops,
            site,
            nursery,
            outerToken,
            helper.IsOnContext ? "" : ".ConfigureAwait(false)",
            token => $"catch ({type}){Filter(token)}{block}",
            usesToken: Filter("one") != Filter("other"),
            cancellationToken);
        changes?.Need(Needed.Exception, Needed.OperationCanceledException);
        return changes;
    }

    private static CodeChanges? Refuse(FunctionDrops drops, string reason)
    {
        drops.Refuse(reason);
        return null;
    }

    /// <summary>The nursery cancels what it started, which is nothing the handler was ever told of.</summary>
    private static string FilterOf(HandlingHelper helper, string exception, string token, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var cancellation = drops.Symbols.OperationCanceledException;
        string? isGiven = null, isFailure = null;
        var isEither = false;
        if (helper.LetsThroughWithoutHandler && !IsCode(helper.Handler!, drops, cancellationToken))
            isGiven = drops.Root.Knows(LanguageVersion.CSharp9) ? $"{helper.Handler} is not null" : $"{helper.Handler} != null";
        if (KnownSymbols.IsOrDerivesFrom(helper.Caught, cancellation))
        {
            isFailure = $"!{token}.IsCancellationRequested";
        }
        else if (cancellation is not null && KnownSymbols.IsOrDerivesFrom(cancellation, helper.Caught as INamedTypeSymbol))
        {
            isEither = helper.SeesCancellation;
            isFailure = Language.IsNot(drops.Root, exception, "OperationCanceledException") + (isEither ? $" || !{token}.IsCancellationRequested" : "");
        }

        return (isGiven, isFailure) switch
        {
            (null, null) => "",
            (null, _) or (_, null) => $" when ({isGiven ?? isFailure})",
            _ => $" when ({isGiven} && {(isEither ? $"({isFailure})" : isFailure)})",
        };
    }

    private static bool IsCode(ExpressionSyntax handler, FunctionDrops drops, CancellationToken cancellationToken)
        => handler is AnonymousFunctionExpressionSyntax || drops.Model.GetSymbolInfo(handler, cancellationToken).Symbol is IMethodSymbol;

    /// <summary>The name of the exception, the block that handles it, and whether that looks at the exception.</summary>
    private static (string? Exception, string? Block, bool IsUsed) BlockOf(HandlingHelper helper, DropSite site, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var handler = helper.Handler!;
        if (handler is AnonymousFunctionExpressionSyntax function)
        {
            if (drops.Model.GetSymbolInfo(function, cancellationToken).Symbol is not IMethodSymbol { IsAsync: false, Parameters.Length: 1 } lambda)
                return default;
            var own = lambda.Parameters[0].Name;
            var isUsed = function.Body.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().Any(name => SymbolEqualityComparer.Default.Equals(drops.Model.GetSymbolInfo(name, cancellationToken).Symbol, lambda.Parameters[0]));
            return (own == "_" && !isUsed ? Fresh(site, drops) : own, MovedBlock.Text(MovedBlock.Body(function), drops, each => drops.Text.ToString(each.Span)), isUsed);
        }

        var exception = Fresh(site, drops);
        string? call = null;
        if (drops.Model.GetSymbolInfo(handler, cancellationToken).Symbol is IMethodSymbol { IsAsync: false } method)
            call = handler is IdentifierNameSyntax || method.IsStatic || handler is MemberAccessExpressionSyntax { Expression: var target } && Stable.Is(target, drops, cancellationToken) ? $"{handler}({exception});" : null;
        else if (Stable.Is(handler, drops, cancellationToken))
            call = helper.HandlerIsOptional && !helper.LetsThroughWithoutHandler ? $"{handler}?.Invoke({exception});" : $"{handler}({exception});";
        return (exception, call is null ? null : MovedBlock.Of([drops.Layout.Unit + call]), IsUsed: true);
    }

    private static string Fresh(DropSite site, FunctionDrops drops) => drops.FreshName("exception", site.Call.SpanStart, site.Owner);
}
