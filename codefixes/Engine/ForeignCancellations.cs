using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Work that may end with a cancellation which nobody around it asked for: the timeout of an <c>HttpClient</c>, an aborted web socket, a delegate that somebody else wrote,
/// a source with a time of its own.
/// </summary>
internal sealed class ForeignCancellations
{
    private const int DeepestCall = 3;

    private readonly HashSet<ISymbol> _seen = new(SymbolEqualityComparer.Default);
    private readonly CancellationToken _cancellationToken;

    private ForeignCancellations(CancellationToken cancellationToken) => _cancellationToken = cancellationToken;

    /// <summary>What in <paramref name="block"/> may be cancelled by somebody else, as a message names it; null where nothing is seen to be.</summary>
    public static string? In(BlockSyntax block, SemanticModel model, CancellationToken cancellationToken)
        => new ForeignCancellations(cancellationToken).Find(block, model, DeepestCall);

    /// <summary>
    /// Whether the block awaits compiled code that is not the framework's: what its tokens mean is not to be seen, and not rarely a timeout of its own is a cancellation.
    /// </summary>
    public static bool MayBeIn(BlockSyntax block, SemanticModel model, CancellationToken cancellationToken)
    {
        var symbols = KnownSymbols.For(model.Compilation);
        return block.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<InvocationExpressionSyntax>()
            .Any(call => model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol { MethodKind: not MethodKind.DelegateInvoke } method
                && Awaitables.IsAwaitable(method.ReturnType, symbols) && !symbols.IsOfRuntime(method.ContainingType)
                && Sources.CompilationOf((method.ReducedFrom ?? method).OriginalDefinition, model.Compilation) is null && !IsOfFramework(method.ContainingAssembly.Name));
    }

    private static bool IsOfFramework(string assembly)
        => assembly is "System" or "mscorlib" or "netstandard" || assembly.StartsWith("System.", System.StringComparison.Ordinal) || assembly.StartsWith("Microsoft.", System.StringComparison.Ordinal);

    private string? Find(SyntaxNode code, SemanticModel model, int depth)
    {
        foreach (var node in code.DescendantNodes(node => node == code || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            if (node is not (InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax) || model.GetSymbolInfo(node, _cancellationToken).Symbol is not IMethodSymbol method)
                continue;
            if (Of((ExpressionSyntax)node, method, model, depth) is { } found && !IsSortedOut(node, code, model))
                return found;
        }

        return null;
    }

    private string? Of(ExpressionSyntax work, IMethodSymbol method, SemanticModel model, int depth)
    {
        var symbols = KnownSymbols.For(model.Compilation);
        // What the function itself makes for its own work is its own, and SC2003 knows it.
        if (depth < DeepestCall && HasTime(method, symbols) && !NamesCancellations(work, model, symbols))
            return method.ContainingType.Name;
        if (work is not InvocationExpressionSyntax call || !Awaitables.IsTask(method.ReturnType, symbols) && !Awaitables.IsValueTask(method.ReturnType, symbols))
            return null;
        if (method.MethodKind == MethodKind.DelegateInvoke)
            return IsOfOthers(call, model, depth) ? call.Expression.ToString() : null;
        if (CancelsByItself(method, model.Compilation) || IsWrittenByUsers(method, model.Compilation) && !CancellableWork.HasToken(call, model, symbols, _cancellationToken))
            return method.Name;
        return depth > 0 && MayLeave(method, model.Compilation, depth - 1) ? method.Name : null;
    }

    /// <summary><c>new CancellationTokenSource(time)</c>, <c>source.CancelAfter(time)</c></summary>
    private static bool HasTime(IMethodSymbol method, KnownSymbols symbols)
        => TokensInReach.IsSource(method.ContainingType, symbols) && (method.MethodKind == MethodKind.Constructor ? method.Parameters.Length > 0 : method.Name == nameof(CancellationTokenSource.CancelAfter));

    /// <summary>Whether the function around the place has a handler that is written for cancellations: it makes something else of its own ones.</summary>
    private bool NamesCancellations(SyntaxNode place, SemanticModel model, KnownSymbols symbols)
        => FunctionContext.EnclosingFunction(place).DescendantNodes().OfType<CatchClauseSyntax>()
            .Any(clause => CancellationHandlers.IsExplicit(clause, model, symbols, _cancellationToken) || clause.Filter is { } filter && CancellationHandlers.SpeaksOfCancellation(filter, model, symbols, _cancellationToken));

    /// <summary>A delegate that is kept, or given to the function that is looked at. What a callee is given comes from that function, and is in sight there.</summary>
    private bool IsOfOthers(InvocationExpressionSyntax call, SemanticModel model, int depth)
    {
        var target = call.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Invoke", Expression: var value } ? value : call.Expression;
        return model.GetSymbolInfo(target, _cancellationToken).Symbol is IFieldSymbol or IPropertySymbol or IEventSymbol || depth == DeepestCall && model.GetSymbolInfo(target, _cancellationToken).Symbol is IParameterSymbol;
    }

    /// <summary>Types of the framework that end their work with a cancellation of their own: after a time, or when they are closed meanwhile.</summary>
    private static bool CancelsByItself(IMethodSymbol method, Compilation compilation)
    {
        var receiver = method.ReducedFrom?.Parameters[0].Type ?? method.ContainingType;
        return KnownSymbols.IsOrDerivesFrom(receiver, compilation.GetTypeByMetadataName("System.Net.Http.HttpClient"))
               || KnownSymbols.IsOrDerivesFrom(receiver, compilation.GetTypeByMetadataName("System.Net.WebSockets.WebSocket"));
    }

    /// <summary>What a library calls of an interface it publishes, and never gets a token to, is its users' code.</summary>
    private static bool IsWrittenByUsers(IMethodSymbol method, Compilation compilation)
    {
        if (compilation.Options.OutputKind != OutputKind.DynamicallyLinkedLibrary || !Implementations.AreNeeded(method) || !SymbolEqualityComparer.Default.Equals(method.ContainingAssembly, compilation.Assembly))
            return false;
        for (INamedTypeSymbol? type = method.ContainingType; type is not null; type = type.ContainingType)
        {
            if (type.DeclaredAccessibility != Accessibility.Public)
                return false;
        }

        return true;
    }

    private bool MayLeave(IMethodSymbol method, Compilation compilation, int depth)
    {
        method = (method.ReducedFrom ?? method).OriginalDefinition;
        method = method.PartialImplementationPart ?? method;
        if (!_seen.Add(method) || Sources.CompilationOf(method, compilation) is null)
            return false;
        return Implementations.AreNeeded(method)
            ? Implementations.Of(method, compilation).Any(implementation => MayLeave(implementation, compilation, depth))
            : Sources.DeclarationsOf(method, compilation, _cancellationToken).Any(each => Find(each.Declaration, each.Model, depth) is not null);
    }

    /// <summary>Whether a handler around the place, inside <paramref name="code"/>, takes cancellations, or tells one from the other.</summary>
    private bool IsSortedOut(SyntaxNode place, SyntaxNode code, SemanticModel model)
    {
        var symbols = KnownSymbols.For(model.Compilation);
        for (var inner = place; inner != code && inner.Parent is { } outer; inner = outer)
        {
            if (outer is TryStatementSyntax statement
                && (statement.Block == inner || inner is not (CatchClauseSyntax or FinallyClauseSyntax))
                && statement.Catches.Any(clause => CancellationHandlers.Takes(clause, model, symbols, _cancellationToken) != TakenCancellations.None
                    && !(clause.Filter is null && clause.Block.Statements.LastOrDefault() is ThrowStatementSyntax { Expression: null })))
            {
                return true;
            }
        }

        return false;
    }
}
