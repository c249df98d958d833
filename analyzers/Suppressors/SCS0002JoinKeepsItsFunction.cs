using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Structured.Analyzers;

/// <summary>
/// SCS0002: an async function that only awaits a nursery or a scope, or is the body of one. It stays async: what its children failed with names it in the stack, and
/// a line added behind the await runs after it.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SCS0002JoinKeepsItsFunction : StructuredSuppressor
{
    /// <summary>Creates the suppressor.</summary>
    public SCS0002JoinKeepsItsFunction()
        : base("SCS0002", "The function joins what it started, and stays on the stack while it does.", "AsyncFixer01", "MA0215", "RCS1174", "VSTHRD202")
    {
    }

    private protected override bool IsMistaken(SyntaxNode node, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var function = node.AncestorsAndSelf().FirstOrDefault(static each => each is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MethodDeclarationSyntax);
        if (function is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax && FunctionContext.RoleOfDelegate(function, model, symbols, cancellationToken) is FunctionRole.NurseryBody or FunctionRole.NurseryChild or FunctionRole.ScopeBody)
            return true;
        var awaits = function?.DescendantNodes(each => each == function || each is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<AwaitExpressionSyntax>().ToList();
        return awaits is { Count: > 0 } && awaits.All(each => symbols.IsOfRuntime(model.GetSymbolInfo(Awaited(each.Expression), cancellationToken).Symbol));
    }

    private static ExpressionSyntax Awaited(ExpressionSyntax expression)
        => expression is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } configured } ? configured.Expression : expression;
}
