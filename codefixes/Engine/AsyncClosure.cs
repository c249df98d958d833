using System.Collections.Generic;
using System.Collections.Immutable;
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
/// Makes a synchronous function async together with everything that has to follow: whoever calls it awaits it and becomes async as well, and so do the members it
/// overrides or implements and those that override or implement it, through the whole solution.
/// </summary>
internal sealed class AsyncClosure : FunctionClosure
{
    private readonly HashSet<IMethodSymbol> _functions = new(SymbolEqualityComparer.Default);
    private readonly HashSet<SyntaxNode> _modified = new();
    private readonly HashSet<SyntaxNode> _awaited = new();

    private AsyncClosure(Solution solution, CancellationToken cancellationToken)
        : base(solution, cancellationToken)
    {
    }

    /// <returns>Null where somebody is in the way: a member of other people's types, a delegate, a constructor, a property.</returns>
    public static async Task<AsyncClosure?> OfAsync(Document document, IMethodSymbol function, CancellationToken cancellationToken)
    {
        var closure = new AsyncClosure(document.Project.Solution, cancellationToken);
        return closure.Add(function) && await closure.RunAsync().ConfigureAwait(false) ? closure : null;
    }

    private bool Add(IMethodSymbol function)
    {
        function = function.OriginalDefinition;
        if (_functions.Contains(function))
            return true;
        if (function.MethodKind is not (MethodKind.Ordinary or MethodKind.LocalFunction or MethodKind.ExplicitInterfaceImplementation)
            || function.IsAsync || function.IsExtern || function.RefKind != RefKind.None || function.PartialDefinitionPart is not null || function.PartialImplementationPart is not null
            || function.Parameters.Any(static parameter => parameter.RefKind != RefKind.None || parameter.Type.IsRefLikeType) || function.ReturnType.IsRefLikeType
            || function.DeclaringSyntaxReferences.Length != 1)
        {
            return false;
        }

        _functions.Add(function);
        Follow(function);
        return true;
    }

    protected override async Task<bool> FollowAsync(IMethodSymbol function)
    {
        var declaration = await function.DeclaringSyntaxReferences[0].GetSyntaxAsync(CancellationToken).ConfigureAwait(false);
        if (Solution.GetDocument(declaration.SyntaxTree) is not { } home || await Changes.OfAsync(home).ConfigureAwait(false) is not { } document || !AddModifier(declaration, function, document.Context, document.Changes))
            return false;
        foreach (var referenced in await SymbolFinder.FindReferencesAsync(function, Solution, CancellationToken).ConfigureAwait(false))
        {
            // What it overrides or implements, and what overrides or implements it.
            if (referenced.Definition is not IMethodSymbol related || !related.Locations.Any(static location => location.IsInSource) || !Add(related))
                return false;
            foreach (var location in referenced.Locations)
            {
                if (!await AwaitAsync(location).ConfigureAwait(false))
                    return false;
            }
        }

        return true;
    }

    private bool AddModifier(SyntaxNode declaration, IMethodSymbol function, PlaceContext context, CodeChanges changes)
    {
        var (returnType, hasBody) = declaration switch
        {
            MethodDeclarationSyntax method when !(function.Name == "Main" && method.AttributeLists.Count > 0) => (method.ReturnType, method.Body is not null || method.ExpressionBody is not null),
            LocalFunctionStatementSyntax local => (local.ReturnType, local.Body is not null || local.ExpressionBody is not null),
            _ => default,
        };
        if (returnType is null || Awaitables.IsAwaitable(function.ReturnType, context.Symbols)
            || AsyncLocals.AreSetIn(declaration, context.Model, CancellationToken)
            || declaration.DescendantNodes(node => node == declaration || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(static node => node is YieldStatementSyntax))
        {
            return false;
        }

        changes.Need(Needed.Task);
        changes.Add(new TextChange(returnType.Span, (hasBody ? "async " : "") + (function.ReturnsVoid ? "Task" : $"Task<{returnType}>")));
        return true;
    }

    private async Task<bool> AwaitAsync(ReferenceLocation location)
    {
        if (await Changes.OfAsync(location.Document).ConfigureAwait(false) is not { } document)
            return false;
        var (context, changes, isCopy) = document;
        if (isCopy || FunctionReference.IsOnlyNamed(location, context.Root))
            return true;
        if (FunctionReference.CallOf(location, context, CancellationToken) is not { } call)
            return false;

        // Found once for each member of a hierarchy.
        if (!_awaited.Add(call))
            return true;
        var caller = FunctionContext.Of(call, context.Model, context.Symbols, CancellationToken);
        if (caller.Kind != FunctionKind.Async && caller.Node is not CompilationUnitSyntax && _modified.Add(caller.Node))
        {
            var isMember = caller.Kind == FunctionKind.Sync && caller.Symbol is { MethodKind: MethodKind.Ordinary or MethodKind.LocalFunction or MethodKind.ExplicitInterfaceImplementation };
            if (isMember ? !Add(caller.Symbol!) : !AsyncModifier.Add(caller, context, changes, CancellationToken))
                return false;
        }

        return AwaitEdit.Wrap(call, changes, context.Layout);
    }
}
