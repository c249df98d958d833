using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// The cleanup that a call right before a <c>try</c> would skip if it could throw a cancellation: that of something which had begun before the call. What the <c>try</c> takes or
/// begins itself, a lock above all, needs none where it was not reached.
/// </summary>
internal sealed class SkippedCleanup
{
    private readonly ExpressionSyntax _call;
    private readonly StatementSyntax _statement;
    private readonly TryStatementSyntax _try;
    private readonly SyntaxNode _function;
    private readonly PlaceContext _context;
    private readonly CancellationToken _cancellationToken;

    private SkippedCleanup(ExpressionSyntax call, StatementSyntax statement, TryStatementSyntax next, PlaceContext context, CancellationToken cancellationToken)
    {
        _call = call;
        _statement = statement;
        _try = next;
        _function = FunctionContext.EnclosingFunction(call);
        _context = context;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Names what would not be cleaned up if <paramref name="call"/> were given the token; null where nothing is skipped.</summary>
    public static string? Of(ExpressionSyntax call, ExpressionSyntax token, PlaceContext context, CancellationToken cancellationToken)
        => call.FirstAncestorOrSelf<StatementSyntax>() is { } statement && Next(statement) is TryStatementSyntax next && !statement.DescendantNodesAndSelf().OfType<AnonymousFunctionExpressionSyntax>().Any(lambda => lambda.Span.Contains(call.Span))
            ? new SkippedCleanup(call, statement, next, context, cancellationToken).Find(token)?.Name
            : null;

    /// <summary>The statement that is run next; <c>if (useLock) { await gate.WaitAsync(); } try { … }</c>.</summary>
    private static StatementSyntax? Next(StatementSyntax statement)
    {
        for (StatementSyntax current = statement; ;)
        {
            if (current.Parent is BlockSyntax block && block.Statements.SkipWhile(each => each != current).Skip(1).FirstOrDefault() is { } next)
                return next;
            switch (current.Parent)
            {
                case BlockSyntax { Parent: BlockSyntax or IfStatementSyntax or ElseClauseSyntax } outer:
                    current = outer;
                    break;
                case IfStatementSyntax choice:
                    current = choice;
                    break;
                case ElseClauseSyntax { Parent: IfStatementSyntax choice }:
                    current = choice;
                    break;
                default:
                    return null;
            }
        }
    }

    private ISymbol? Find(ExpressionSyntax token)
    {
        // Handlers clean up after a cancellation only where the `try` could be cancelled.
        var handlers = CancellationHandlers.Of(_try, _context.Model, _context.Symbols, _cancellationToken).Select(static each => each.Clause.Block).ToList();
        if (_try.Block.DescendantNodes().OfType<ExpressionSyntax>().Any(each => SyntaxFactory.AreEquivalent(each, token))
            && handlers.SelectMany(ClosedIn).FirstOrDefault(HadBegun) is { } closed)
        {
            return closed;
        }

        if (_try.Finally is { } last)
        {
            handlers.Add(last.Block);
            if (ClosedIn(last).FirstOrDefault(each => HadBegun(each) && (each is ILocalSymbol || NamesIn(_function).Any(name => name.SpanStart < _statement.SpanStart && Means(name, each)))) is { } ended)
                return ended;
        }

        var before = WritesIn(_function).Where(write => write.Place.SpanStart < _statement.SpanStart).Select(static write => write.Member).ToList();
        return handlers.SelectMany(WritesIn).Select(static write => write.Member)
            .FirstOrDefault(member => member is IFieldSymbol or IPropertySymbol && before.Contains(member, SymbolEqualityComparer.Default));
    }

    private IEnumerable<ISymbol> ClosedIn(SyntaxNode cleanup)
        => cleanup.DescendantNodes().OfType<InvocationExpressionSyntax>()
            .Select(each => _context.Model.GetOperation(each, _cancellationToken)).OfType<IInvocationOperation>()
            .Where(each => WorkEndings.IsClosing(each.TargetMethod, _context.Symbols))
            .Select(static each => (each.Instance is IConditionalAccessInstanceOperation place ? TargetOf(place) : each.Instance).ReferencedSymbol()).OfType<ISymbol>();

    private static IOperation? TargetOf(IOperation place)
    {
        while (place.Parent is { } parent and not IConditionalAccessOperation)
            place = parent;
        return (place.Parent as IConditionalAccessOperation)?.Operation;
    }

    /// <summary>Whether it was there before: neither the call nor the <c>try</c> makes it, and the call is not what opens it.</summary>
    private bool HadBegun(ISymbol closed)
        => !NamesIn(_call).Any(name => Means(name, closed))
           && !WritesIn(_statement).Concat(WritesIn(_try.Block)).Any(write => SymbolEqualityComparer.Default.Equals(write.Member, closed))
           && closed.DeclaringSyntaxReferences.All(reference => reference.SyntaxTree != _try.SyntaxTree || !_try.Span.Contains(reference.Span) && !_statement.Span.Contains(reference.Span));

    private IEnumerable<(ISymbol Member, SyntaxNode Place)> WritesIn(SyntaxNode code)
    {
        foreach (var node in code.DescendantNodes())
        {
            var target = node switch
            {
                AssignmentExpressionSyntax assignment => assignment.Left,
                PrefixUnaryExpressionSyntax prefix when prefix.IsKind(SyntaxKind.PreIncrementExpression) || prefix.IsKind(SyntaxKind.PreDecrementExpression) => prefix.Operand,
                PostfixUnaryExpressionSyntax postfix when !postfix.IsKind(SyntaxKind.SuppressNullableWarningExpression) => postfix.Operand,
                ArgumentSyntax { RefKindKeyword.RawKind: not 0 } argument => argument.Expression,
                _ => null,
            };
            if (target is not null && _context.Model.GetSymbolInfo(target, _cancellationToken).Symbol is { } member)
                yield return (member, node);
        }
    }

    private static IEnumerable<SimpleNameSyntax> NamesIn(SyntaxNode code) => code.DescendantNodesAndSelf().OfType<SimpleNameSyntax>();

    private bool Means(SimpleNameSyntax name, ISymbol symbol) => name.Identifier.ValueText == symbol.Name && SymbolEqualityComparer.Default.Equals(_context.Model.GetSymbolInfo(name, _cancellationToken).Symbol, symbol);
}
