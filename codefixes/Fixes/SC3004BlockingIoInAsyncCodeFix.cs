using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC3004: the asynchronous twin of the call, awaited, with the token in reach.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC3004BlockingIoInAsyncCodeFix))]
public sealed class SC3004BlockingIoInAsyncCodeFix : AwaitInsteadFix
{
    private const string Key = "structured.blocking-io";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.BlockingIoInAsyncCode);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (!diagnostic.Properties.TryGetValue(SC3004BlockingIoInAsyncCode.TwinProperty, out var twin) || twin is null)
            return null;
        if (context.Root.FindNode(span, getInnermostNodeForTie: true) is not InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call)
            return context.Refuse(AwaitEdit.NothingToAwait);
        var token = SensibleToken.ToPassOn(call, context.Model, context.Symbols, cancellationToken);
        if (ArgumentFor(call, access, twin, token, context, cancellationToken) is not { } argument)
            return context.Refuse($"'{twin}' takes other arguments, or gives another result");

        var changes = new List<TextChange> { new(access.Name.Span, twin) };
        if (argument.Length > 0)
            changes.Add(new TextChange(new TextSpan(call.ArgumentList.CloseParenToken.SpanStart, 0), call.ArgumentList.Arguments.Count == 0 ? argument : ", " + argument));
        var function = FunctionContext.Of(call, context.Model, context.Symbols, cancellationToken);
        if (!AwaitEdit.Wrap(call, changes, context.Layout))
            return context.Refuse(AwaitEdit.NothingToAwait);
        if (function.Kind != FunctionKind.Async && !AsyncModifier.Add(function, context, changes, cancellationToken))
            return null;
        return new PlaceEdit($"Await '{twin}'", Key, changes, Needed.Task);
    }

    /// <returns>The argument to add, empty where there is none; null where no overload of the twin gives what the call gave.</returns>
    private static string? ArgumentFor(InvocationExpressionSyntax call, MemberAccessExpressionSyntax access, string twin, string? token, PlaceContext context, CancellationToken cancellationToken)
    {
        var result = context.Model.GetTypeInfo(call, cancellationToken).Type;
        var asynchronous = call.WithExpression(access.WithName(SyntaxFactory.IdentifierName(twin)));
        if (token is not null && Bound(asynchronous.AddArgumentListArguments(SyntaxFactory.Argument(SyntaxFactory.ParseExpression(token)))) is not null)
            return token;
        if (Bound(asynchronous) is not { } bound)
            return null;
        // Behind other parameters that are left out, it has to be named.
        var optional = token is null ? null : bound.Parameters.Skip(call.ArgumentList.Arguments.Count).FirstOrDefault(parameter => parameter.IsOptional && TokensInReach.IsToken(parameter.Type, context.Symbols));
        return optional is null ? "" : $"{optional.Name}: {token}";

        IMethodSymbol? Bound(InvocationExpressionSyntax candidate)
            => context.Model.GetSpeculativeSymbolInfo(call.SpanStart, candidate, SpeculativeBindingOption.BindAsExpression).Symbol is IMethodSymbol method
               && (call.Parent is ExpressionStatementSyntax || SymbolEqualityComparer.Default.Equals(Awaitables.ResultType(method.ReturnType, context.Symbols), result))
                ? method
                : null;
    }
}
