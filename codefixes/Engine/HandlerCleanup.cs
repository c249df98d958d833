using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// What a handler closes, gives back, completes or sets back. It is due whatever ended the <c>try</c>, a cancellation as well: a filter that lets that through
/// would skip it.
/// </summary>
internal sealed class HandlerCleanup
{
    private readonly CatchClauseSyntax _clause;
    private readonly PlaceContext _context;
    private readonly CancellationToken _cancellationToken;

    private HandlerCleanup(CatchClauseSyntax clause, PlaceContext context, CancellationToken cancellationToken)
    {
        _clause = clause;
        _context = context;
        _cancellationToken = cancellationToken;
    }

    /// <summary>The last statement of the handler that cleans up; null where none does.</summary>
    public static StatementSyntax? LastIn(CatchClauseSyntax clause, PlaceContext context, CancellationToken cancellationToken)
    {
        var cleanup = new HandlerCleanup(clause, context, cancellationToken);
        return clause.Block.Statements.LastOrDefault(cleanup.CleansUp);
    }

    /// <summary>Whether every way through the handler comes to the end of <paramref name="last"/>, unless something fails.</summary>
    public static bool IsAlwaysPassed(StatementSyntax last)
        => ((BlockSyntax)last.Parent!).Statements.TakeWhile(each => each.SpanStart <= last.SpanStart).SelectMany(CodeOf)
            .All(static node => node is not (ReturnStatementSyntax or ThrowStatementSyntax or GotoStatementSyntax or YieldStatementSyntax or BreakStatementSyntax or ContinueStatementSyntax or LabeledStatementSyntax));

    private static IEnumerable<SyntaxNode> CodeOf(StatementSyntax statement)
        => statement.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax));

    private bool CleansUp(StatementSyntax statement) => CodeOf(statement).Any(node => node switch
    {
        InvocationExpressionSyntax call => _context.Model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol method && Ends(method) && !IsMadeHere(ReceiverOf(call)),
        AssignmentExpressionSyntax assignment => IsSetBack(assignment.Left),
        _ => false,
    });

    private bool Ends(IMethodSymbol method)
    {
        var type = (method.ReducedFrom ?? method).ContainingType;
        if (KnownSymbols.Is(type.OriginalDefinition, _context.Symbols.TaskCompletionSource) || KnownSymbols.Is(type.OriginalDefinition, _context.Symbols.TaskCompletionSourceOfT))
            return method.Name.StartsWith("Set", System.StringComparison.Ordinal) || method.Name.StartsWith("TrySet", System.StringComparison.Ordinal);
        if (KnownSymbols.IsOrDerivesFrom(type, _context.Symbols.ChannelWriter))
            return method.Name is "Complete" or "TryComplete";
        return Namespaces.Around(type) switch
        {
            // What is measured or traced is nobody's resource.
            "System.Diagnostics" when type.Name != "Process" => false,
            "System.Threading" when method.Name is "Release" or "Exit" or "ExitReadLock" or "ExitWriteLock" or "ExitUpgradeableReadLock" or "Set" or "Signal" => true,
            "System.Threading" when KnownSymbols.Is(type, _context.Symbols.Interlocked) || KnownSymbols.Is(type, _context.Symbols.Volatile) => method.Name is "Exchange" or "CompareExchange" or "Decrement" or "Write",
            // With whatever it takes: `AbortAsync(code, reason, timeout)`.
            _ => WorkEndings.IsClosingName(method.Name),
        };
    }

    private static ExpressionSyntax? ReceiverOf(InvocationExpressionSyntax call)
        => call.Expression switch
        {
            MemberAccessExpressionSyntax access => access.Expression,
            MemberBindingExpressionSyntax => call.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>()?.Expression,
            _ => null,
        };

    /// <summary>What the handler itself begins is no cleanup of the <c>try</c>.</summary>
    private bool IsMadeHere(ExpressionSyntax? receiver)
        => receiver is IdentifierNameSyntax && _context.Model.GetSymbolInfo(receiver, _cancellationToken).Symbol is ILocalSymbol local
           && local.DeclaringSyntaxReferences.Any(declared => declared.SyntaxTree == _clause.SyntaxTree && _clause.Block.Span.Contains(declared.Span));

    /// <summary>A member that the function sets before as well: <c>_isBusy = true; try { … } catch { _isBusy = false; }</c>.</summary>
    private bool IsSetBack(ExpressionSyntax target)
    {
        var member = _context.Model.GetSymbolInfo(target, _cancellationToken).Symbol;
        if (member is not (IFieldSymbol or IPropertySymbol { IsIndexer: false }))
            return false;
        return FunctionContext.EnclosingFunction(_clause).DescendantNodes().OfType<AssignmentExpressionSyntax>()
            .Any(each => each.SpanStart < _clause.SpanStart && SyntaxFactory.AreEquivalent(each.Left, target) && SymbolEqualityComparer.Default.Equals(_context.Model.GetSymbolInfo(each.Left, _cancellationToken).Symbol, member));
    }
}
