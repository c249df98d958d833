using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC2009: the token that a consumer has for a sequence does not reach the code that makes the sequence.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC2009AsyncIteratorIgnoresItsConsumersToken : StructuredAnalyzer
{
    /// <summary>The token to pass with <c>WithCancellation</c>; for the fix. Absent where a parameter lacks its attribute.</summary>
    internal const string TokenProperty = "token";

    /// <summary>Creates the rule.</summary>
    public SC2009AsyncIteratorIgnoresItsConsumersToken()
        : base(Descriptors.AsyncIteratorIgnoresItsConsumersToken)
    {
    }

    private protected override void Register(RuleContext context)
    {
        if (context.Symbols.AsyncEnumerable is null)
            return;
        var symbols = context.Symbols;
        if (symbols.EnumeratorCancellation is not null)
            context.Start.RegisterSyntaxNodeAction(node => AnalyzeIterator(node, symbols), SyntaxKind.MethodDeclaration, SyntaxKind.LocalFunctionStatement);
        context.Start.RegisterOperationAction(operation => AnalyzeLoop(operation, symbols), OperationKind.Loop);
    }

    private static void AnalyzeIterator(SyntaxNodeAnalysisContext context, KnownSymbols symbols)
    {
        var modifiers = (context.Node as MethodDeclarationSyntax)?.Modifiers ?? ((LocalFunctionStatementSyntax)context.Node).Modifiers;
        if (!modifiers.Any(SyntaxKind.AsyncKeyword)
            || !FileIndex.MayHave(context.Node.SyntaxTree, "yield", context.CancellationToken)
            || context.SemanticModel.GetDeclaredSymbol(context.Node, context.CancellationToken) is not IMethodSymbol method
            || !KnownSymbols.Is(method.ReturnType, symbols.AsyncEnumerable)
            || !IsIterator(context.Node)
            || method.Parameters.FirstOrDefault(parameter => TokensInReach.IsToken(parameter.Type, symbols)) is not { } token
            || TakesConsumersToken(method, symbols))
        {
            return;
        }

        context.Report(Diagnostic.Create(
            Descriptors.AsyncIteratorIgnoresItsConsumersToken,
            token.Locations[0],
            $"'{token.Name}' does not get the token of whoever walks the sequence '{method.Name}'; mark it [EnumeratorCancellation]"));
    }

    private static void AnalyzeLoop(OperationAnalysisContext context, KnownSymbols symbols)
    {
        if (context.Operation is not IForEachLoopOperation { Syntax: CommonForEachStatementSyntax loop } operation || MissingToken(operation, symbols, context.CancellationToken) is not { } token)
            return;
        context.Report(Diagnostic.Create(
            Descriptors.AsyncIteratorIgnoresItsConsumersToken,
            Unconfigured(loop.Expression, operation.SemanticModel!, context.CancellationToken).GetLocation(),
            ImmutableDictionary<string, string?>.Empty.Add(TokenProperty, token),
            $"This sequence is walked without '{token}', so it runs on when that is cancelled; add '.WithCancellation({token})'"));
    }

    /// <summary>The token in reach that an <c>await foreach</c> is walked without; null where this rule has nothing to say about the loop.</summary>
    internal static string? MissingToken(IForEachLoopOperation operation, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        if (operation is not { IsAsynchronous: true, Syntax: CommonForEachStatementSyntax loop, SemanticModel: { } model } || loop.Expression.ContainsDiagnostics)
            return null;
        var source = Unconfigured(loop.Expression, model, cancellationToken);
        var type = model.GetTypeInfo(source, cancellationToken).Type;
        if (!KnownSymbols.Implements(type, symbols.AsyncEnumerable) || symbols.IsOfRuntime(type))
            return null;
        if (HasToken(source, model, symbols, cancellationToken) || WouldNotListen(source, model, symbols, cancellationToken) || Cleanup.Contains(loop, model, symbols, cancellationToken))
            return null;
        if (SensibleToken.At(loop, model, symbols, cancellationToken) is not { IsOnlyOne: true } sensible
            || sensible.Symbol is { } symbol && (!SensibleToken.IsMeantForFunction(symbol, loop, model, cancellationToken) || SensibleToken.IsOutlived(symbol, loop, model, symbols, cancellationToken)))
        {
            return null;
        }

        return sensible.Token ?? SensibleToken.OfScope(loop, model, symbols, cancellationToken);
    }

    /// <summary>One that only says <c>yield break</c> has nothing that could be cancelled.</summary>
    private static bool IsIterator(SyntaxNode function)
        => function.DescendantNodes(node => node == function || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(static node => node.IsKind(SyntaxKind.YieldReturnStatement));

    private static bool TakesConsumersToken(IMethodSymbol method, KnownSymbols symbols)
        => method.Parameters.Any(parameter => parameter.GetAttributes().Any(attribute => KnownSymbols.Is(attribute.AttributeClass, symbols.EnumeratorCancellation)));

    /// <summary>What stands before <c>.ConfigureAwait(false)</c>.</summary>
    private static ExpressionSyntax Unconfigured(ExpressionSyntax expression, SemanticModel model, CancellationToken cancellationToken)
        => expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } access } call
           && model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol { ContainingType.Name: "TaskAsyncEnumerableExtensions" }
            ? access.Expression
            : expression;

    /// <summary>Whether a token went into the sequence, or could go in as an argument, which another rule reports.</summary>
    private static bool HasToken(ExpressionSyntax source, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        foreach (var node in source.DescendantNodesAndSelf())
        {
            switch (node)
            {
                case ExpressionSyntax expression when model.GetTypeInfo(expression, cancellationToken).Type is { } type && (TokensInReach.IsToken(type, symbols) || TokensInReach.IsSource(type, symbols)):
                    return true;
                case InvocationExpressionSyntax call when model.GetOperation(call, cancellationToken) is IInvocationOperation operation && TokenAcceptance.IsLikely(operation, symbols):
                    return true;
                case IdentifierNameSyntax name when model.GetSymbolInfo(name, cancellationToken).Symbol is ILocalSymbol local
                    && local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is VariableDeclaratorSyntax { Initializer.Value: { } value } && value.SyntaxTree == source.SyntaxTree && !value.Span.Contains(source.Span):
                    if (HasToken(value, model, symbols, cancellationToken))
                        return true;
                    break;
            }
        }

        return false;
    }

    /// <summary>An iterator of this project without a parameter for it is given the token in vain.</summary>
    private static bool WouldNotListen(ExpressionSyntax source, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => model.GetSymbolInfo(source, cancellationToken).Symbol is IMethodSymbol { DeclaringSyntaxReferences: { Length: 1 } declarations } method
           && method.IsAsync
           && !TakesConsumersToken(method.OriginalDefinition, symbols)
           && IsIterator(declarations[0].GetSyntax(cancellationToken));
}
