using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// The handlers around a timeout by hand. What they catch as a cancellation becomes a <c>TimeoutException</c> when the scope's deadline is what ended the work; each
/// handler goes on catching what it caught before.
/// </summary>
internal sealed class TimeoutHandlers
{
    private const string Cancellation = "OperationCanceledException";
    private const string Late = "TimeoutException";

    private readonly PlaceContext _context;
    private readonly SyntaxNode _function;
    private readonly IReadOnlyList<TimeoutTest> _tests;
    private readonly string? _outer;
    private readonly CancellationToken _cancellationToken;
    private readonly HashSet<ExpressionSyntax> _answered = new();
    private readonly List<TextChange> _changes = new();

    /// <param name="outer">The token from outside that the scope follows, as it is written; null where there is none.</param>
    public TimeoutHandlers(PlaceContext context, SyntaxNode function, IReadOnlyList<TimeoutTest> tests, string? outer, CancellationToken cancellationToken)
    {
        _context = context;
        _function = function;
        _tests = tests;
        _outer = outer;
        _cancellationToken = cancellationToken;
    }

    public IReadOnlyList<TextChange> Changes => _changes;

    /// <summary>Whether the timeout may leave the function, and so becomes an exception of another type for its callers.</summary>
    public bool Escapes { get; private set; } = true;

    /// <summary>Whether the code simply goes on after a timeout, so that the scope may absorb it.</summary>
    public bool MovesOn { get; private set; }

    /// <summary>Types that the new handlers name.</summary>
    public bool IsChanged => _changes.Count > 0;

    /// <summary>Tests of the source that no handler made its own.</summary>
    public IEnumerable<TimeoutTest> Unanswered => _tests.Where(test => !_answered.Contains(test.Expression));

    /// <param name="first">The first statement that runs under the timeout.</param>
    /// <param name="last">The last one.</param>
    /// <param name="mayMoveOn">Whether nothing that they give is used.</param>
    /// <returns>Why the handlers cannot be kept as they are meant; null where they can.</returns>
    public string? Adapt(StatementSyntax first, StatementSyntax last, bool mayMoveOn)
    {
        SyntaxNode inner = first;
        foreach (var outer in first.Ancestors().TakeWhile(node => node != _function))
        {
            if (outer is TryStatementSyntax statement && statement.Block == inner)
            {
                // Who tells a timeout of the work from a cancellation would take the one for the other.
                if (statement.Catches.Any(CatchesTimeouts))
                    return "a handler of its own catches 'TimeoutException'";
                foreach (var clause in statement.Catches)
                {
                    if (Adapt(clause, mayMoveOn && statement.Block.Statements.LastOrDefault() == last) is { } reason)
                        return reason;
                    if (!Escapes)
                        return null;
                }
            }

            inner = outer;
        }

        return null;
    }

    private string? Adapt(CatchClauseSyntax clause, bool mayMoveOn)
    {
        var takes = CancellationHandlers.Takes(clause, _context.Model, _context.Symbols, _cancellationToken);
        if (takes == TakenCancellations.None)
            return null;
        return CancellationHandlers.IsExplicit(clause, _context.Model, _context.Symbols, _cancellationToken) ? AdaptExplicit(clause, mayMoveOn) : AdaptGeneral(clause);
    }

    private bool CatchesTimeouts(CatchClauseSyntax clause)
        => clause.Declaration is { Type: var type } && _context.Model.GetTypeInfo(type, _cancellationToken).Type is { Name: Late, ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } };

    /// <summary><c>catch (Exception e)</c>: it catches the new exception as it did the old one, as long as it does not tell them apart.</summary>
    private string? AdaptGeneral(CatchClauseSyntax clause)
    {
        if (CancellationHandlers.SpeaksOfCancellation(clause, _context.Model, _context.Symbols, _cancellationToken))
            return "its handler tells cancellations from other exceptions";
        if (clause.Filter is null && !Rethrows(clause))
            Escapes = false;
        return null;
    }

    private string? AdaptExplicit(CatchClauseSyntax clause, bool mayMoveOn)
    {
        var conditions = clause.Filter is { FilterExpression: var filter } ? Conditions(filter).ToList() : [];
        if (conditions.Any(IsOuterCancelled))
            return null;
        var declared = clause.Declaration!.Identifier.ValueText;
        var type = clause.Declaration.Type.ToString();
        var tests = conditions.Where(condition => TestAt(condition) is not null).ToList();
        var isOnlyTimeout = tests.Count > 0 && (tests.Any(condition => !TestAt(condition)!.IsLinked) || conditions.Any(IsOuterNotCancelled));
        foreach (var test in tests)
            _answered.Add(TestAt(test)!.Expression);
        var rest = conditions.Except(tests).Select(static condition => condition.ToString()).ToList();
        if (conditions.Except(tests).Any(condition => _tests.Any(test => condition.Span.Contains(test.Expression.Span))) || clause.Block.DescendantNodes().Any(node => _tests.Any(test => test.Expression == node)))
            return "its handler asks the source in more ways than one";
        if (tests.Count == 0 && clause.Block.Statements.Count == 0 && mayMoveOn && conditions.All(IsOuterNotCancelled))
        {
            MovesOn = true;
            Escapes = false;
            return null;
        }

        if (clause.DescendantNodes().Any(node => _context.Model.GetSymbolInfo(node, _cancellationToken).Symbol is IPropertySymbol { Name: "CancellationToken", ContainingType: { Name: Cancellation, ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } } }))
            return "its handler asks the exception for its token, and a 'TimeoutException' has none";

        string header;
        if (isOnlyTimeout)
        {
            header = $"({Late}{(declared.Length > 0 ? " " + declared : "")})" + (rest.Count > 0 ? $" when ({string.Join(" && ", rest)})" : "");
        }
        else
        {
            var name = declared.Length > 0 ? declared : _context.FreshName("exception", clause.SpanStart, _function);
            string taken;
            if (tests.Count > 0)
            {
                if (_outer is null)
                    return "its handler asks the source in more ways than one";
                taken = $"{name} is {Late} || {name} is {type} && {_outer}.IsCancellationRequested";
            }
            else
            {
                taken = $"{name} is {type} || {name} is {Late}";
            }

            header = $"(Exception {name}) when ({(rest.Count > 0 ? $"({taken}) && {string.Join(" && ", rest)}" : taken)})";
        }

        _changes.Add(new TextChange(TextSpan.FromBounds(clause.Declaration.SpanStart, clause.Filter?.Span.End ?? clause.Declaration.Span.End), header));
        if (!Rethrows(clause) && (rest.Count == 0 || conditions.Except(tests).All(IsOuterNotCancelled)))
            Escapes = false;
        return null;
    }

    private static bool Rethrows(CatchClauseSyntax clause)
        => clause.Block.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<ThrowStatementSyntax>()
            .Any(each => each.Expression is null || clause.Declaration is { Identifier.ValueText: { Length: > 0 } name } && each.Expression is IdentifierNameSyntax thrown && thrown.Identifier.ValueText == name);

    private static IEnumerable<ExpressionSyntax> Conditions(ExpressionSyntax expression)
        => expression switch
        {
            ParenthesizedExpressionSyntax each => Conditions(each.Expression),
            BinaryExpressionSyntax each when each.IsKind(SyntaxKind.LogicalAndExpression) => Conditions(each.Left).Concat(Conditions(each.Right)),
            _ => [expression],
        };

    private TimeoutTest? TestAt(ExpressionSyntax condition) => _tests.FirstOrDefault(test => test.Expression == condition);

    private bool IsOuterCancelled(ExpressionSyntax condition)
        => _outer is not null && condition is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCancellationRequested" } asked
           && (asked.Expression.ToString() == _outer || _outer.EndsWith(".Token", StringComparison.Ordinal) && asked.Expression + ".Token" == _outer);

    private bool IsOuterNotCancelled(ExpressionSyntax condition)
        => condition is PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression } negation && IsOuterCancelled(negation.Operand);
}
