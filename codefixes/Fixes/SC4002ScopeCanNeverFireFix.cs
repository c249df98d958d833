using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC4002: the calls in the body are given the scope's token, where they can take one.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC4002ScopeCanNeverFireFix))]
public sealed class SC4002ScopeCanNeverFireFix : PlaceFix
{
    private const string Key = "structured.use-token";

    /// <summary>Stands for the token, which has no name yet, while calls are bound.</summary>
    private const string Placeholder = "default(System.Threading.CancellationToken)";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.ScopeCanNeverFire);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (context.Root.FindNode(span, getInnermostNodeForTie: true).FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } syntax
            || context.Model.GetOperation(syntax, cancellationToken) is not IInvocationOperation scope
            || SC4002ScopeCanNeverFire.BodyOf(scope) is not { Symbol.Parameters: { Length: 1 } parameters } body
            || ParameterOf(body.Syntax) is not { } parameter)
        {
            return null;
        }

        var changes = new List<TextChange>();
        var name = parameters[0].Name;
        if (name.All(static letter => letter == '_'))
        {
            name = context.FreshName(TokensInReach.IsToken(parameters[0].Type, context.Symbols) ? "token" : "scope", syntax.SpanStart, syntax);
            changes.Add(new TextChange(parameter.Identifier.Span, name));
        }

        var token = TokensInReach.IsToken(parameters[0].Type, context.Symbols) ? name : name + ".Token";
        ExpressionSyntax? outer = null;
        var isPassed = false;
        var isRefused = false;
        foreach (var call in body.Body.Descendants().OfType<IInvocationOperation>())
        {
            if (call.Syntax is not InvocationExpressionSyntax written || FunctionContext.EnclosingFunction(written) != body.Syntax || IsOfTasks(call.TargetMethod, context.Symbols))
                continue;
            var given = call.Arguments.Where(argument => argument.ArgumentKind == ArgumentKind.Explicit && TokensInReach.IsToken(argument.Value.Type, context.Symbols)).ToList();
            if (given.Count > 1)
                return context.Refuse("a call is given several tokens");
            if (given.Count == 1)
            {
                if (given[0].Value.IsNoToken(context.Symbols) || given[0].Syntax is not ArgumentSyntax { Expression: var expression })
                {
                    isRefused = true;
                    continue;
                }

                if (outer is not null && outer.ToString() != expression.ToString())
                    return context.Refuse("its calls are given several tokens");
                outer = expression;
                changes.Add(new TextChange(expression.Span, token));
                isPassed = true;
            }
            else if (TokenAcceptance.ArgumentFor(written, call, Placeholder, context.Symbols, cancellationToken) is { } argument)
            {
                argument = argument.Replace(Placeholder, token);
                var arguments = written.ArgumentList.Arguments;
                changes.Add(arguments.Count == 0
                    ? new TextChange(new TextSpan(written.ArgumentList.OpenParenToken.Span.End, 0), argument)
                    : new TextChange(new TextSpan(arguments.Last().Span.End, 0), ", " + argument));
                isPassed = true;
            }
        }

        if (!isPassed)
            return context.Refuse(isRefused ? "its calls are given 'CancellationToken.None': give them the scope's token, or take the scope away" : "nothing in its body can take a token: call something that does, or take the scope away");
        if (outer is not null && !Follows(scope, outer, syntax, changes))
            return context.Refuse("its calls are given a token that the scope cannot follow");
        return new PlaceEdit($"Pass '{token}'", Key, changes);
    }

    /// <summary>A delay takes a token like any other wait; what combines tasks, or goes on from one, does not begin anything.</summary>
    private static bool IsOfTasks(IMethodSymbol method, KnownSymbols symbols)
        => Awaitables.IsTaskOrValueTask(method.ContainingType, symbols) && method.Name != "Delay" || KnownSymbols.Is(method.ContainingType, symbols.TaskFactory);

    private static ParameterSyntax? ParameterOf(SyntaxNode function)
        => function switch
        {
            SimpleLambdaExpressionSyntax each => each.Parameter,
            ParenthesizedLambdaExpressionSyntax { ParameterList.Parameters: { Count: 1 } list } => list[0],
            AnonymousMethodExpressionSyntax { ParameterList.Parameters: { Count: 1 } list } => list[0],
            _ => null,
        };

    /// <summary>The token that the calls had goes to the scope, which hands it on.</summary>
    private static bool Follows(IInvocationOperation scope, ExpressionSyntax outer, InvocationExpressionSyntax syntax, List<TextChange> changes)
    {
        var own = scope.Arguments.FirstOrDefault(static argument => argument.Parameter?.Name == "cancellationToken");
        if (own is { ArgumentKind: ArgumentKind.Explicit, Syntax: ArgumentSyntax { Expression: var given } })
            return given.ToString() == outer.ToString();
        if (own is null)
            return false;
        var isInOrder = syntax.ArgumentList.Arguments.Count == own.Parameter!.Ordinal && syntax.ArgumentList.Arguments.All(static argument => argument.NameColon is null);
        changes.Add(new TextChange(new TextSpan(syntax.ArgumentList.Arguments.Last().Span.End, 0), ", " + (isInOrder ? "" : "cancellationToken: ") + outer));
        return true;
    }
}
