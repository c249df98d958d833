using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FindSymbols;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Gives a private function a token, together with the private functions that call it, up to callers that have exactly one to give. All of their calls are rewritten,
/// so that nobody is left without.
/// </summary>
internal sealed class TokenClosure : FunctionClosure
{
    private readonly Dictionary<IMethodSymbol, string> _functions = new(SymbolEqualityComparer.Default);

    private TokenClosure(Solution solution, CancellationToken cancellationToken)
        : base(solution, cancellationToken)
    {
    }

    /// <summary>What the function it began with calls its token.</summary>
    public string Token { get; private set; } = "";

    /// <returns>Null where somebody is in the way: a delegate, a caller without a token that others see, one with several.</returns>
    public static async Task<TokenClosure?> OfAsync(Document document, IMethodSymbol function, CancellationToken cancellationToken)
    {
        var closure = new TokenClosure(document.Project.Solution, cancellationToken);
        if (await closure.AddAsync(function).ConfigureAwait(false) is not { } token || !await closure.RunAsync().ConfigureAwait(false))
            return null;
        closure.Token = token;
        return closure;
    }

    /// <summary>The function whose parameter code at a place can name; null where a delegate is in between, which may run at any time.</summary>
    public static IMethodSymbol? FunctionAt(SyntaxNode node, SemanticModel model, CancellationToken cancellationToken)
    {
        var function = FunctionContext.EnclosingFunction(node);
        while (function is LocalFunctionStatementSyntax local && !local.Modifiers.Any(SyntaxKind.StaticKeyword))
            function = FunctionContext.EnclosingFunction(function.Parent!);
        return function is MethodDeclarationSyntax or LocalFunctionStatementSyntax ? model.GetDeclaredSymbol(function, cancellationToken) as IMethodSymbol : null;
    }

    /// <summary>The name of the token that the function has from now on.</summary>
    private async Task<string?> AddAsync(IMethodSymbol function)
    {
        function = function.OriginalDefinition;
        if (_functions.TryGetValue(function, out var known))
            return known;
        if (!IsOwn(function))
            return null;
        var declaration = await function.DeclaringSyntaxReferences[0].GetSyntaxAsync(CancellationToken).ConfigureAwait(false);
        var parameters = declaration switch
        {
            MethodDeclarationSyntax { AttributeLists.Count: 0 } method => method.ParameterList,
            LocalFunctionStatementSyntax { AttributeLists.Count: 0 } local => local.ParameterList,
            _ => null,
        };
        if (parameters is null || Solution.GetDocument(declaration.SyntaxTree) is not { } home || await Changes.OfAsync(home).ConfigureAwait(false) is not { IsCopy: false } document)
            return null;
        // An iterator would need an attribute, and callers that hand their token to the enumerator.
        if (Awaitables.IsAsyncSequence(function.ReturnType, document.Context.Symbols))
            return null;
        if (FunctionContext.Of(parameters, document.Context.Model, document.Context.Symbols, CancellationToken).Role == FunctionRole.EntryPoint)
            return null;

        var name = document.Context.FreshName("cancellationToken", parameters.Span.End, declaration);
        var defaultValue = parameters.Parameters.Any(static parameter => parameter.Default is not null) ? " = default" : "";
        document.Changes.Add(new TextChange(
            new TextSpan(parameters.Parameters.LastOrDefault()?.Span.End ?? parameters.OpenParenToken.Span.End, 0),
            $"{(parameters.Parameters.Count == 0 ? "" : ", ")}CancellationToken {name}{defaultValue}"));
        document.Changes.Need(Needed.CancellationToken);
        _functions.Add(function, name);
        Follow(function);
        return name;
    }

    /// <summary>Nobody but the code of its own type knows the function, and no attribute may have it called in another way.</summary>
    private static bool IsOwn(IMethodSymbol function)
        => (function.MethodKind == MethodKind.LocalFunction || function is { MethodKind: MethodKind.Ordinary, DeclaredAccessibility: Accessibility.Private })
           && !function.IsExtern && !function.IsAbstract && function.PartialDefinitionPart is null && function.PartialImplementationPart is null
           && function.DeclaringSyntaxReferences.Length == 1
           && !function.Parameters.Any(static parameter => parameter.IsParams);

    protected override async Task<bool> FollowAsync(IMethodSymbol function)
    {
        var isCalled = false;
        foreach (var referenced in await SymbolFinder.FindReferencesAsync(function, Solution, CancellationToken).ConfigureAwait(false))
        {
            foreach (var location in referenced.Locations)
            {
                if (await Changes.OfAsync(location.Document).ConfigureAwait(false) is not { } document)
                    return false;
                if (document.IsCopy || FunctionReference.IsOnlyNamed(location, document.Context.Root))
                    continue;
                if (FunctionReference.CallOf(location, document.Context, CancellationToken) is not { } call || await TokenAtAsync(call, document.Context).ConfigureAwait(false) is not { } token)
                    return false;
                Pass(call, token, function, document.Changes);
                isCalled = true;
            }
        }

        return isCalled;
    }

    private async Task<string?> TokenAtAsync(InvocationExpressionSyntax call, PlaceContext context)
    {
        // A cleanup is not to be cut short by what it cleans up after.
        if (Cleanup.Contains(call, context.Model, context.Symbols, CancellationToken))
            return null;
        if (SensibleToken.At(call, context.Model, context.Symbols, CancellationToken) is { } sensible)
            return sensible.IsOnlyOne ? sensible.Token : null;
        if (!TokensInReach.At(call, context.Model, context.Symbols, CancellationToken).IsEmpty)
            return null;
        return FunctionAt(call, context.Model, CancellationToken) is { } caller ? await AddAsync(caller).ConfigureAwait(false) : null;
    }

    private void Pass(InvocationExpressionSyntax call, string token, IMethodSymbol function, CodeChanges changes)
    {
        var arguments = call.ArgumentList.Arguments;
        var isNamed = arguments.Any(static argument => argument.NameColon is not null) || function.Parameters.Any(static parameter => parameter.IsOptional);
        changes.Add(new TextChange(
            new TextSpan(arguments.LastOrDefault()?.Span.End ?? call.ArgumentList.OpenParenToken.Span.End, 0),
            $"{(arguments.Count == 0 ? "" : ", ")}{(isNamed ? _functions[function] + ": " : "")}{token}"));
    }
}
