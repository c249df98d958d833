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

/// <summary>
/// The fix for SC1006 where the race is a timeout by hand, one piece of work against one delay: the work runs in a cancel scope with that timeout, and the code
/// asks the scope's outcome instead of the winner.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC1006WhenAnyLeavesTheLosersRunningFix))]
public sealed class SC1006WhenAnyLeavesTheLosersRunningFix : PlaceFix
{
    private const string NoTimeout = "it is not a race of one piece of work against one delay: cancel the losers and await them";
    private const string WinnerIsUsed = "the winner is used for more than to ask which task it is";
    private const string WorkIsUsed = "the work is used where it may have lost the race, or for more than to be awaited";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.WhenAnyLeavesTheLosersRunning);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (!context.Symbols.HasRuntime)
            return context.Refuse("the runtime is not referenced");
        if (context.Root.FindNode(span, getInnermostNodeForTie: true) is not InvocationExpressionSyntax { ArgumentList.Arguments.Count: 2 } race)
            return context.Refuse(NoTimeout);
        var function = FunctionContext.Of(race, context.Model, context.Symbols, cancellationToken);
        if (function.Kind != FunctionKind.Async && function.Role != FunctionRole.EntryPoint)
            return context.Refuse(OpenNurseryAction.NotAsync);
        return new Timeout(race, function.Node, context, cancellationToken).Rewrite();
    }

    /// <summary>One race, taken apart.</summary>
    private sealed class Timeout
    {
        private readonly InvocationExpressionSyntax _race;
        private readonly SyntaxNode _function;
        private readonly PlaceContext _context;
        private readonly CancellationToken _cancellationToken;
        private readonly TaskLocals _locals;
        private readonly List<TextChange> _changes = new();
        private readonly HashSet<StatementSyntax> _removed = new();
        private ILocalSymbol? _work;
        private ILocalSymbol? _delay;
        private ILocalSymbol? _winner;
        private ILocalSymbol? _flag;
        private AwaitExpressionSyntax _await = null!;
        private StatementSyntax _statement = null!;

        public Timeout(InvocationExpressionSyntax race, SyntaxNode function, PlaceContext context, CancellationToken cancellationToken)
        {
            _race = race;
            _function = function;
            _context = context;
            _cancellationToken = cancellationToken;
            _locals = new TaskLocals(function, context.Model, context.Symbols, null, cancellationToken);
        }

        public PlaceEdit? Rewrite()
        {
            if (AwaitOfRace() is not { } wait || wait.FirstAncestorOrSelf<StatementSyntax>() is not { } statement || TaskStatements.ListOf(statement) is not { } list)
                return _context.Refuse("the race is not awaited where it is written");
            (_await, _statement) = (wait, statement);

            var arguments = _race.ArgumentList.Arguments.Select(static argument => argument.Expression).ToList();
            var delayIndex = arguments.FindIndex(argument => DelayOf(argument) is not null);
            if (delayIndex < 0 || DelayOf(arguments[delayIndex]) is not { } delay || DelayOf(arguments[1 - delayIndex]) is not null)
                return _context.Refuse(NoTimeout);
            _delay = LocalOf(arguments[delayIndex]);
            _work = LocalOf(arguments[1 - delayIndex]);
            if (ScopedCall.Of(_work is null ? arguments[1 - delayIndex] : InitializerOf(_work), _context, _cancellationToken) is not { } work)
                return _context.Refuse("the work is not a plain call");
            if (DurationOf(delay) is not { } duration)
                return _context.Refuse("the time is not a plain value: keep it in a variable");
            if (!TryTokens(delay, work, out var outer))
                return _context.Refuse("the work and the delay are given different tokens, or the source of one is used for more than to end the delay, and a scope follows one token");
            if (!FollowAtOnce(list))
                return _context.Refuse("other code stands between the start of the work and the race");
            return Write(work, duration, outer);
        }

        private AwaitExpressionSyntax? AwaitOfRace() => TaskStatements.AwaitOf(_race);

        private ILocalSymbol? LocalOf(ExpressionSyntax expression) => expression is IdentifierNameSyntax ? _context.Model.GetSymbolInfo(expression, _cancellationToken).Symbol as ILocalSymbol : null;

        private ExpressionSyntax? InitializerOf(ILocalSymbol local) => DeclaratorOf(local)?.Initializer?.Value;

        private VariableDeclaratorSyntax? DeclaratorOf(ILocalSymbol local)
            => local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) as VariableDeclaratorSyntax;

        private InvocationExpressionSyntax? DelayOf(ExpressionSyntax expression)
        {
            var value = LocalOf(expression) is { } local ? InitializerOf(local) : expression;
            return value is InvocationExpressionSyntax call && _context.Model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol { Name: "Delay" } method && KnownSymbols.Is(method.ContainingType, _context.Symbols.Task) ? call : null;
        }

        /// <summary>The timeout as a <c>TimeSpan</c>; it is evaluated a little earlier than before, so it must not do anything.</summary>
        private string? DurationOf(InvocationExpressionSyntax delay)
        {
            var arguments = delay.ArgumentList.Arguments;
            if (arguments.Count is 0 or > 2 || arguments[0].NameColon is not null)
                return null;
            return TimeoutScope.Duration(arguments[0].Expression, _context, _cancellationToken);
        }

        /// <summary>The token that the scope is to follow: what the work or the delay is handed now. A source that only ends the delay goes away with it.</summary>
        private bool TryTokens(InvocationExpressionSyntax delay, ScopedCall work, out string outer)
        {
            outer = "";
            var symbol = work.Token is null ? null : work.OuterToken;
            if (delay.ArgumentList.Arguments.Count == 2)
            {
                var token = delay.ArgumentList.Arguments[1].Expression;
                if (token is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Token" } access && LocalOf(access.Expression) is { } source && TokensInReach.IsSource(source.Type, _context.Symbols))
                    return RemoveSource(source, access) && Set(symbol, ref outer);
                var given = _context.Model.GetSymbolInfo(token, _cancellationToken).Symbol;
                if (!Operations.IsNoToken(given, _context.Symbols))
                {
                    if (given is not (IParameterSymbol or ILocalSymbol or IFieldSymbol) || symbol is not null && !SymbolEqualityComparer.Default.Equals(given, symbol))
                        return false;
                    symbol = given;
                }
            }

            return Set(symbol, ref outer);

            static bool Set(ISymbol? symbol, ref string outer)
            {
                outer = symbol is null ? "" : ", " + symbol.Name;
                return true;
            }
        }

        private bool RemoveSource(ILocalSymbol source, MemberAccessExpressionSyntax token)
        {
            if (DeclaratorOf(source) is not { Initializer.Value: BaseObjectCreationExpressionSyntax { ArgumentList: null or { Arguments.Count: 0 } }, Parent: VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax declaration } })
                return false;
            _removed.Add(declaration);
            foreach (var use in _locals.UsesOf(source))
            {
                if (use.Parent == token)
                    continue;
                if (use.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Cancel" or "CancelAsync" or "Dispose" } || use.FirstAncestorOrSelf<StatementSyntax>() is not ExpressionStatementSyntax { Parent: BlockSyntax } statement || statement.Expression is AssignmentExpressionSyntax)
                    return false;
                _removed.Add(statement);
            }

            return true;
        }

        /// <summary>Whether nothing but the declarations of the race stands between the start of the work and the race.</summary>
        private bool FollowAtOnce(IReadOnlyList<StatementSyntax> list)
        {
            foreach (var local in new[] { _work, _delay })
            {
                if (local is null)
                    continue;
                if (DeclaratorOf(local) is not { Parent: VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax declaration } } || !list.Contains(declaration) || _locals.Get(local) is not { IsCaptured: false, Writes.Length: 1 })
                    return false;
                _removed.Add(declaration);
            }

            if (_work is null)
                return _delay is null || list.SkipWhile(each => !_removed.Contains(each)).TakeWhile(each => each != _statement).All(_removed.Contains);
            var start = DeclaratorOf(_work)!.FirstAncestorOrSelf<StatementSyntax>();
            return list.SkipWhile(each => each != start).TakeWhile(each => each != _statement).All(_removed.Contains);
        }

        private PlaceEdit? Write(ScopedCall work, string duration, string outer)
        {
            var token = TaskStatements.FreshName(_context, "token", _function);
            var outcome = TaskStatements.FreshName(_context, "outcome", _function);
            var body = work.Text(_context, token) + (work.Token is null ? $".WaitAsync({token})" : "");
            var configured = _await.Expression == _race ? "" : _context.Text.ToString(TextSpan.FromBounds(_race.Span.End, _await.Expression.Span.End));
            string Scope(string method) => TimeoutScope.Await(method, duration, token, body, outer, configured);

            if (_await.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Variables.Count: 1 } } declarator } && _statement is LocalDeclarationStatementSyntax)
                _winner = _context.Model.GetDeclaredSymbol(declarator, _cancellationToken) as ILocalSymbol;
            else if (_await.Parent is not (BinaryExpressionSyntax or ParenthesizedExpressionSyntax or ExpressionStatementSyntax))
                return _context.Refuse(WinnerIsUsed);
            if (ComparisonAround(_await) is { Parent: EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Variables.Count: 1 } } named } })
                _flag = _context.Model.GetDeclaredSymbol(named, _cancellationToken) as ILocalSymbol;
            if (_winner is not null && !_locals.UsesOf(_winner).All(use => ComparisonAround(use) is not null) || _delay is not null && !_locals.UsesOf(_delay).All(use => use.Parent is ArgumentSyntax && use.Ancestors().Contains(_race) || ComparisonAround(use) is not null))
                return _context.Refuse(WinnerIsUsed);
            if (_winner is null && _await.Parent is not ExpressionStatementSyntax && (ComparisonAround(_await) is not { } inline || !IsEvaluatedFirst(inline)))
                return _context.Refuse(WinnerIsUsed);

            var uses = _work is null ? [] : _locals.UsesOf(_work).Where(use => !_race.Span.Contains(use.Span) && ComparisonAround(use) is null).ToList();
            if (TryFailAfter(uses, Scope(TimeoutScope.FailAfter)) is { } fail)
                return fail;

            var isUsed = false;
            foreach (var comparison in Comparisons())
            {
                isUsed = true;
                if (Polarity(comparison) is not { } polarity)
                    return _context.Refuse(WinnerIsUsed);
                _changes.Add(new TextChange(comparison.Span, (polarity ? "" : "!") + outcome + ".Completed"));
            }

            foreach (var use in uses)
            {
                if (use.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "IsCompleted" } asked)
                {
                    isUsed = true;
                    _changes.Add(new TextChange(asked.Span, outcome + ".Completed"));
                    continue;
                }

                if (TaskStatements.AwaitOf(use) is not { } wait || TaskStatements.TryAround(wait, _function) != TaskStatements.TryAround(_await, _function) || !IsInTime(wait))
                    return _context.Refuse(WorkIsUsed);
                if (wait.Parent is ExpressionStatementSyntax statement)
                {
                    if (!RemoveAwait(statement))
                        return _context.Refuse(WorkIsUsed);
                    continue;
                }

                isUsed = true;
                _changes.Add(new TextChange(wait.Span, outcome + ".Result"));
            }

            var text = (isUsed ? $"var {outcome} = " : "") + Scope(TimeoutScope.MoveOnAfter);
            if (_winner is not null || _statement is ExpressionStatementSyntax)
                _changes.Add(new TextChange(TextSpan.FromBounds(_statement.SpanStart, _statement.Span.End), text + ";"));
            else
                _changes.Add(new TextChange(new TextSpan(_statement.SpanStart, 0), text + ";" + (_context.Layout.IsFirstOnLine(_statement.SpanStart) ? _context.Layout.NewLine + _context.Layout.IndentationAt(_statement.SpanStart) : " ")));
            return Finish(TimeoutScope.MoveOnAfter, outer);
        }

        private PlaceEdit? Finish(string method, string outer)
        {
            foreach (var statement in _removed)
            {
                if (TaskStatements.Removed(statement, _context) is not { } removal)
                    return _context.Refuse(TaskStatements.CannotBeRemoved);
                _changes.Add(removal);
            }

            var mayThrow = outer.Length > 0 ? $" (may now throw when '{outer.Substring(2)}' is cancelled)" : "";
            return TimeoutScope.Edit(method, mayThrow, _changes);
        }

        /// <summary><c>if (timed out) throw new TimeoutException();</c> and nothing else: the scope throws the same.</summary>
        private PlaceEdit? TryFailAfter(List<IdentifierNameSyntax> uses, string scope)
        {
            var choice = _winner is null ? _statement as IfStatementSyntax : Following(_statement) as IfStatementSyntax;
            if (choice is not { Else: null } || Comparisons().Count != 1 || uses.Count > 1)
                return null;
            var comparison = Comparisons()[0];
            var condition = (ExpressionSyntax)comparison;
            while (condition.Parent is ParenthesizedExpressionSyntax)
                condition = (ExpressionSyntax)condition.Parent;
            if (choice.Condition != condition || Polarity(comparison) != false)
                return null;
            var thrown = choice.Statement is BlockSyntax { Statements: { Count: 1 } inner } ? inner[0] : choice.Statement;
            if (thrown is not ThrowStatementSyntax { Expression: ObjectCreationExpressionSyntax { ArgumentList: { Arguments.Count: 0 }, Initializer: null } made }
                || _context.Model.GetTypeInfo(made, _cancellationToken).Type is not { Name: "TimeoutException" } type || type.ContainingNamespace?.ToDisplayString() != "System")
            {
                return null;
            }

            if (_winner is not null)
                _removed.Add(_statement);
            if (uses.Count == 0)
            {
                _changes.Add(new TextChange(choice.Span, scope + ";"));
                return Finish(TimeoutScope.FailAfter, "");
            }

            if (TaskStatements.AwaitOf(uses[0]) is not { } wait || Following(choice) is not { } next || !next.Span.Contains(wait.Span)
                || wait.Parent is not (ExpressionStatementSyntax or ReturnStatementSyntax or EqualsValueClauseSyntax) || next != wait.FirstAncestorOrSelf<StatementSyntax>())
            {
                _removed.Remove(_statement);
                return null;
            }

            _removed.Add(choice);
            _changes.Add(new TextChange(wait.Span, scope));
            return Finish(TimeoutScope.FailAfter, "");
        }

        private static StatementSyntax? Following(StatementSyntax statement) => TaskStatements.ListOf(statement)?.SkipWhile(each => each != statement).Skip(1).FirstOrDefault();

        /// <summary>Everything that is to become a question to the outcome: the comparisons, without what a flag made of one says again.</summary>
        private List<BinaryExpressionSyntax> Comparisons()
        {
            var found = new List<BinaryExpressionSyntax>();
            if (_winner is not null)
                found.AddRange(_locals.UsesOf(_winner).Select(ComparisonAround).OfType<BinaryExpressionSyntax>());
            else if (ComparisonAround(_await) is { } inline)
                found.Add(inline);
            return found.Distinct().ToList();
        }

        private static BinaryExpressionSyntax? ComparisonAround(ExpressionSyntax operand)
        {
            SyntaxNode node = operand;
            while (node.Parent is ParenthesizedExpressionSyntax)
                node = node.Parent;
            return node.Parent is BinaryExpressionSyntax binary && (binary.IsKind(SyntaxKind.EqualsExpression) || binary.IsKind(SyntaxKind.NotEqualsExpression)) ? binary : null;
        }

        /// <summary>Whether the comparison is true where the work ended in time; null where it compares something else.</summary>
        private bool? Polarity(BinaryExpressionSyntax comparison)
        {
            var isEqual = comparison.IsKind(SyntaxKind.EqualsExpression);
            foreach (var (side, other) in new[] { (comparison.Left, comparison.Right), (comparison.Right, comparison.Left) })
            {
                if (!IsWinner(side) || LocalOf(other) is not { } named)
                    continue;
                if (SymbolEqualityComparer.Default.Equals(named, _work))
                    return isEqual;
                if (SymbolEqualityComparer.Default.Equals(named, _delay))
                    return !isEqual;
            }

            return null;
        }

        private bool IsWinner(ExpressionSyntax side)
        {
            while (side is ParenthesizedExpressionSyntax inner)
                side = inner.Expression;
            return side == _await || _winner is not null && SymbolEqualityComparer.Default.Equals(LocalOf(side), _winner);
        }

        private bool? Meaning(ExpressionSyntax condition)
            => condition switch
            {
                ParenthesizedExpressionSyntax each => Meaning(each.Expression),
                PrefixUnaryExpressionSyntax each when each.IsKind(SyntaxKind.LogicalNotExpression) => !Meaning(each.Operand),
                BinaryExpressionSyntax each => Polarity(each),
                IdentifierNameSyntax when _flag is not null && SymbolEqualityComparer.Default.Equals(LocalOf(condition), _flag) => Comparisons().Select(Polarity).FirstOrDefault(),
                _ => null,
            };

        /// <summary>Whether the statement does nothing before it looks who won.</summary>
        private bool IsEvaluatedFirst(BinaryExpressionSyntax comparison)
        {
            SyntaxNode node = comparison;
            while (node != _statement)
            {
                switch (node.Parent)
                {
                    case ParenthesizedExpressionSyntax or PrefixUnaryExpressionSyntax or EqualsValueClauseSyntax or VariableDeclaratorSyntax or ReturnStatementSyntax:
                    case VariableDeclarationSyntax { Variables.Count: 1 } or LocalDeclarationStatementSyntax:
                    case BinaryExpressionSyntax binary when binary.Left == node:
                    case ConditionalExpressionSyntax choice when choice.Condition == node:
                    case IfStatementSyntax statement when statement.Condition == node:
                        node = node.Parent;
                        continue;
                    default:
                        return false;
                }
            }

            return true;
        }

        /// <summary>Whether a place is only reached where the work has ended in time.</summary>
        private bool IsInTime(SyntaxNode place)
        {
            for (var node = place; node != _function && node.Parent is not null; node = node.Parent)
            {
                switch (node.Parent)
                {
                    case IfStatementSyntax choice when choice.Statement == node && Meaning(choice.Condition) == true:
                    case ElseClauseSyntax { Parent: IfStatementSyntax other } when Meaning(other.Condition) == false:
                    case ConditionalExpressionSyntax first when first.WhenTrue == node && Meaning(first.Condition) == true:
                    case ConditionalExpressionSyntax second when second.WhenFalse == node && Meaning(second.Condition) == false:
                        return true;
                }

                if (node is StatementSyntax statement && TaskStatements.ListOf(statement) is { } list
                    && list.TakeWhile(each => each != statement).OfType<IfStatementSyntax>().Any(each => Meaning(each.Condition) == false && Leaves(each.Statement)))
                {
                    return true;
                }
            }

            return false;
        }

        private bool Leaves(StatementSyntax statement) => _context.Model.AnalyzeControlFlow(statement) is { Succeeded: true, EndPointIsReachable: false };

        /// <summary>The scope has awaited the work already.</summary>
        private bool RemoveAwait(ExpressionStatementSyntax statement)
        {
            var alone = statement.Parent is BlockSyntax { Statements.Count: 1 } block ? block : (StatementSyntax)statement;
            if (alone.Parent is IfStatementSyntax choice && choice.Statement == alone)
            {
                if (choice.Else is not { } other || choice.Condition is not BinaryExpressionSyntax comparison || Meaning(comparison) != true || alone.DescendantTrivia().Any(static trivia => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia)))
                    return false;
                // `if (in time) await work; else …` becomes `if (!in time) …`.
                _changes.RemoveAll(change => change.Span == comparison.Span);
                var outcome = TaskStatements.FreshName(_context, "outcome", _function);
                _changes.Add(new TextChange(comparison.Span, "!" + outcome + ".Completed"));
                _changes.Add(new TextChange(TextSpan.FromBounds(alone.SpanStart, other.Statement.SpanStart), ""));
                return true;
            }

            if (statement.Parent is not BlockSyntax and not GlobalStatementSyntax)
                return false;
            return _removed.Add(statement);
        }
    }
}
