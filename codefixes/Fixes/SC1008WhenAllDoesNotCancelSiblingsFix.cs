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
/// The fix for SC1008: a nursery with one child for each task. Each call is made where and when it was made, with the nursery's token where it can take one; where the results are
/// used, the nursery's body gives them in the same order.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC1008WhenAllDoesNotCancelSiblingsFix))]
public sealed class SC1008WhenAllDoesNotCancelSiblingsFix : PlaceFix
{
    private const string Key = "structured.nursery-per-task";
    private const string Title = "Start them in one nursery, which cancels the others when one fails";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.WhenAllDoesNotCancelSiblings);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (!context.Symbols.HasRuntime)
            return context.Refuse("the runtime is not referenced");
        if (context.Root.FindNode(span, getInnermostNodeForTie: true) is not InvocationExpressionSyntax all || AwaitAround(all) is not { } wait)
            return null;
        return new Join(all, wait, FunctionContext.EnclosingFunction(all), context, cancellationToken).Rewrite();
    }

    private static AwaitExpressionSyntax? AwaitAround(ExpressionSyntax task)
    {
        while (task.Parent is ParenthesizedExpressionSyntax or MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } or InvocationExpressionSyntax)
            task = (ExpressionSyntax)task.Parent;
        return task.Parent as AwaitExpressionSyntax;
    }

    /// <summary>A child: how it is started, without the verb.</summary>
    /// <param name="Source">What it was.</param>
    /// <param name="Delegate">What the nursery is given.</param>
    private sealed record Child(SyntaxNode Source, string Delegate);

    /// <summary>One wait for all, taken apart.</summary>
    private sealed class Join
    {
        private readonly InvocationExpressionSyntax _all;
        private readonly AwaitExpressionSyntax _wait;
        private readonly SyntaxNode _function;
        private readonly PlaceContext _context;
        private readonly CancellationToken _cancellationToken;
        private readonly string _nursery;
        private readonly string _token;
        private readonly HashSet<ISymbol> _outerTokens = new(SymbolEqualityComparer.Default);

        public Join(InvocationExpressionSyntax all, AwaitExpressionSyntax wait, SyntaxNode function, PlaceContext context, CancellationToken cancellationToken)
        {
            _all = all;
            _wait = wait;
            _function = function;
            _context = context;
            _cancellationToken = cancellationToken;
            var scope = (SyntaxNode?)all.FirstAncestorOrSelf<StatementSyntax>() ?? function;
            _nursery = context.FreshName("nursery", all.SpanStart, scope);
            _token = context.FreshName("token", all.SpanStart, scope);
        }

        private bool GivesValues => _context.Model.GetTypeInfo(_all, _cancellationToken).Type is INamedTypeSymbol { IsGenericType: true };

        /// <summary>Whether somebody takes the results from the wait itself.</summary>
        private bool AreValuesTaken => GivesValues && _wait.Parent is not ExpressionStatementSyntax;

        public PlaceEdit? Rewrite()
        {
            var arguments = _all.ArgumentList.Arguments.Select(static argument => argument.Expression).ToList();
            if (arguments.Count == 1 && ElementsOf(arguments[0]) is { } elements)
                arguments = elements;
            if (arguments.Count > 1 && arguments.All(argument => LocalOf(argument) is not null))
                return OfLocals(arguments);
            return arguments.Count == 1 && arguments[0] is InvocationExpressionSyntax sequence ? OfQuery(sequence) : OfCalls(arguments);
        }

        /// <summary><c>Task.WhenAll(A(), B())</c></summary>
        private PlaceEdit? OfCalls(List<ExpressionSyntax> calls)
        {
            if (HasCommentsBeside(_all, calls))
                return _context.Refuse("a comment would be lost");
            var children = new List<Child>();
            foreach (var call in calls)
            {
                if (ChildOf(call) is not { } child)
                    return _context.Refuse(call.DescendantNodes().Any(static node => node is AwaitExpressionSyntax) ? "something is awaited among the arguments of a task: keep it in a variable first" : "one of the tasks is not a plain call");
                children.Add(child);
            }

            if (Outer() is not { } outer)
                return _context.Refuse("the tasks are given different tokens");
            if (AreValuesTaken)
                return Edit([new TextChange(_all.Span, $"Nursery.{RuntimeNames.RunAsync}({_nursery} => Task.WhenAll({string.Join(", ", children.Select(child => $"{Start(child)}.Task"))}){outer})")], Needed.Task);
            return Edit([new TextChange(_all.Span, Body(children.Select(child => $"{Start(child)};"), outer))]);
        }

        /// <summary><c>Task.WhenAll(items.Select(item => F(item)))</c></summary>
        private PlaceEdit? OfQuery(InvocationExpressionSyntax sequence)
        {
            var select = sequence;
            if (select is { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ToArray" or "ToList", Expression: InvocationExpressionSyntax inner }, ArgumentList.Arguments.Count: 0 })
                select = inner;
            if (select is not { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Select", Expression: { } source }, ArgumentList.Arguments: { Count: 1 } arguments }
                || _context.Model.GetSymbolInfo(select, _cancellationToken).Symbol is not IMethodSymbol { Name: "Select", ContainingType: { Name: "Enumerable", ContainingNamespace: var space }, Parameters: { Length: 1 } parameters } || parameters[0].Type is not INamedTypeSymbol { TypeArguments.Length: 2 }
                || space.ToDisplayString() != "System.Linq" || source.DescendantNodesAndSelf().Any(static node => node is AwaitExpressionSyntax))
            {
                return _context.Refuse("the tasks do not come from a 'Select' that makes each of its item alone");
            }

            var selector = arguments[0].Expression;
            string item;
            Child? child;
            switch (selector)
            {
                case LambdaExpressionSyntax lambda:
                    item = (lambda is SimpleLambdaExpressionSyntax simple ? simple.Parameter : ((ParenthesizedLambdaExpressionSyntax)lambda).ParameterList.Parameters[0]).Identifier.ValueText;
                    if (item == "_")
                        return _context.Refuse("the item has no name: give it one");
                    child = lambda is { AsyncKeyword.RawKind: 0, Body: ExpressionSyntax body } ? ChildOf(body) : ChildOf(lambda);
                    break;
                case NameSyntax or MemberAccessExpressionSyntax:
                    item = TaskStatements.FreshName(_context, "item", _function);
                    child = new Child(selector, $"() => {selector}({item})");
                    break;
                default:
                    return _context.Refuse("the tasks are not made by a lambda or a method");
            }

            if (child is null)
                return _context.Refuse("the tasks are not made by a plain call");
            if (Outer() is not { } outer)
                return _context.Refuse("the tasks are given different tokens");
            if (AreValuesTaken)
            {
                return Edit(
                    [
                        new TextChange(new TextSpan(_all.SpanStart, 0), $"Nursery.{RuntimeNames.RunAsync}({_nursery} => "),
                        new TextChange(selector.Span, $"{item} => {Start(child)}.Task"),
                        new TextChange(new TextSpan(_all.Span.End, 0), outer + ")"),
                    ]);
            }

            if (HasCommentsBeside(_all, [source, selector]) || IsOverSeveralLines(source))
                return _context.Refuse("a comment would be lost, or a long query moved");
            return Edit([new TextChange(_all.Span, Body([$"foreach (var {item} in {source})", _context.Layout.Unit + Start(child, depth: 2) + ";"], outer))]);
        }

        /// <summary><c>var a = A(); var b = B(); await Task.WhenAll(a, b);</c> and their results further down.</summary>
        private PlaceEdit? OfLocals(List<ExpressionSyntax> arguments)
        {
            if (_wait.Parent is not ExpressionStatementSyntax statement || TaskStatements.ListOf(statement) is not { } list)
                return _context.Refuse("the tasks are kept in variables, and so are their results");
            var known = new TaskLocals(_function, _context.Model, _context.Symbols, null, _cancellationToken);
            var symbols = arguments.Select(LocalOf).ToList();
            var before = list.TakeWhile(each => each != statement).ToList();
            var declarations = before.Skip(before.Count - symbols.Count).OfType<LocalDeclarationStatementSyntax>().Where(static each => each is { UsingKeyword.RawKind: 0, Declaration.Variables.Count: 1 }).ToList();
            if (declarations.Count != symbols.Count || !_context.Layout.IsFirstOnLine(declarations[0].SpanStart))
                return _context.Refuse("other code stands between the tasks and the wait for them");

            var configured = _context.Text.ToString(TextSpan.FromBounds(_all.Span.End, _wait.Span.End));
            var changes = new List<TextChange>();
            var lines = new List<string>();
            var names = new List<string>();
            var values = new List<string>();
            foreach (var declaration in declarations)
            {
                var declarator = declaration.Declaration.Variables[0];
                if (_context.Model.GetDeclaredSymbol(declarator, _cancellationToken) is not ILocalSymbol local || !symbols.Contains(local, SymbolEqualityComparer.Default)
                    || known.Get(local) is not { IsCollection: false, IsCaptured: false, HasOtherWrites: false, Writes.Length: 1 }
                    || declarator.Initializer?.Value is not { } value || HasCommentsBeside(declaration, [value]) || ChildOf(value) is not { } child)
                {
                    return _context.Refuse("one of the tasks is not a plain call, or is used in another way");
                }

                var isTaken = false;
                foreach (var use in known.UsesOf(local).Where(use => !_all.Span.Contains(use.Span)))
                {
                    if (use.SpanStart < statement.Span.End || ResultAt(use) is not { } result)
                        return _context.Refuse("one of the tasks is used in another way");
                    if (result.Parent is ExpressionStatementSyntax alone)
                    {
                        if (TaskStatements.Removed(alone, _context) is not { } removal)
                            return _context.Refuse("a comment would be lost");
                        changes.Add(removal);
                    }
                    else
                    {
                        isTaken = true;
                        changes.Add(new TextChange(result.Span, local.Name));
                    }
                }

                var kept = "";
                if (isTaken)
                {
                    kept = TaskStatements.FreshName(_context, local.Name + "Child", _function);
                    names.Add(local.Name);
                    values.Add($"await {kept}.Task{configured}");
                    kept = $"var {kept} = ";
                }

                lines.Add(kept + Start(child) + ";");
            }

            if (HasCommentsBeside(statement, []) || declarations.Skip(1).Append<StatementSyntax>(statement).Any(HasCommentAbove))
                return _context.Refuse("a comment would be lost");
            if (Outer() is not { } outer)
                return _context.Refuse("the tasks are given different tokens");
            if (values.Count > 0)
                lines.Add(values.Count == 1 ? $"return {values[0]};" : $"return ({string.Join(", ", values)});");
            var taken = names.Count == 0 ? "" : names.Count == 1 ? $"var {names[0]} = " : $"var ({string.Join(", ", names)}) = ";
            changes.Add(new TextChange(TextSpan.FromBounds(declarations[0].SpanStart, statement.Span.End), $"{taken}await {Body(lines, outer, isAsync: values.Count > 0)}{configured};"));
            return Edit(changes);
        }

        private PlaceEdit Edit(IEnumerable<TextChange> changes, params (string, string)[] needs) => new(Title, Key, changes, needs.Append(Needed.Nursery).ToArray());

        private static List<ExpressionSyntax>? ElementsOf(ExpressionSyntax array)
            => array switch
            {
                ImplicitArrayCreationExpressionSyntax { Initializer: var made } => made.Expressions.ToList(),
                ArrayCreationExpressionSyntax { Initializer: { } made } => made.Expressions.ToList(),
                _ => null,
            };

        private ILocalSymbol? LocalOf(ExpressionSyntax expression) => expression is IdentifierNameSyntax ? _context.Model.GetSymbolInfo(expression, _cancellationToken).Symbol as ILocalSymbol : null;

        /// <summary>What gives the result of a task that has ended; null where the task is asked for something else.</summary>
        private static ExpressionSyntax? ResultAt(IdentifierNameSyntax use)
            => use.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Result" } result && result.Expression == use ? result
                : use.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "GetAwaiter", Parent: InvocationExpressionSyntax { Parent: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "GetResult", Parent: InvocationExpressionSyntax get } } } ? get
                : TaskStatements.AwaitOf(use);

        /// <summary>A call, with the nursery's token where it can take one.</summary>
        private Child? ChildOf(ExpressionSyntax value)
        {
            if (ScopedCall.Of(value, _context, _cancellationToken) is not { } call)
                return null;
            // A token of its own would be the wrong one inside the nursery.
            if (!call.IsGivenToken && call.Call.ArgumentList.Arguments.Any(argument => CancellableWork.IsLiveToken(argument.Expression, _context.Model, _context.Symbols, _cancellationToken)))
                return null;
            if (call.Token is not null && call.OuterToken is { } outer)
                _outerTokens.Add(outer);
            return new Child(value, $"{(call.IsGivenToken ? _token : "()")} => {call.Text(_context, _token)}");
        }

        /// <summary>The code of a lambda, with the nursery's token in place of the one it captures.</summary>
        private Child? ChildOf(LambdaExpressionSyntax lambda)
        {
            var uses = lambda.Body.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>()
                .Where(name => _context.Model.GetSymbolInfo(name, _cancellationToken).Symbol is ILocalSymbol or IParameterSymbol && TokensInReach.IsToken(_context.Model.GetTypeInfo(name, _cancellationToken).Type, _context.Symbols))
                .Where(name => _context.Model.GetSymbolInfo(name, _cancellationToken).Symbol!.DeclaringSyntaxReferences.All(declared => !lambda.Span.Contains(declared.Span))).ToList();
            foreach (var use in uses)
                _outerTokens.Add(_context.Model.GetSymbolInfo(use, _cancellationToken).Symbol!);
            // What it awaits is handed the token where it can take one, as a child that is a call would be.
            var changes = uses.Select(use => new TextChange(use.Span, _token))
                .Concat(lambda.Body.DescendantNodesAndSelf(static node => node is not AnonymousFunctionExpressionSyntax).OfType<AwaitExpressionSyntax>().Select(TokenOf).OfType<TextChange>())
                .OrderByDescending(static change => change.Span.Start).ToList();
            var start = lambda.ArrowToken.Span.End;
            var text = _context.Text.ToString(TextSpan.FromBounds(start, lambda.Body.Span.End));
            foreach (var change in changes)
                text = text.Remove(change.Span.Start - start, change.Span.Length).Insert(change.Span.Start - start, change.NewText!);
            return new Child(lambda, $"{(lambda.AsyncKeyword.RawKind != 0 ? "async " : "")}{(changes.Count > 0 ? _token : "()")} =>{text}");
        }

        private TextChange? TokenOf(AwaitExpressionSyntax wait)
        {
            var call = wait.Expression as InvocationExpressionSyntax;
            if (call is { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait", Expression: InvocationExpressionSyntax inner } })
                call = inner;
            return call is null || _context.Symbols.IsOfRuntime(_context.Model.GetSymbolInfo(call, _cancellationToken).Symbol?.ContainingType) ? null : StartCall.TokenArgument(_context.Model, _context.Symbols, call, outerToken: null, _cancellationToken)?.Invoke(_token);
        }

        /// <summary>The argument with the token that all of them had; empty where they had none, null where they had several.</summary>
        private string? Outer() => _outerTokens.Count > 1 ? null : _outerTokens.Count == 1 ? ", " + _outerTokens.Single().Name : "";

        private string Start(Child child, int depth = 1)
        {
            var text = $"{_nursery}.{RuntimeNames.StartNow}({child.Delegate})";
            if (AreValuesTaken)
                return text;
            var from = _context.Layout.IndentationAt(child.Source.SpanStart);
            var to = _context.Layout.IndentationAt(_wait.SpanStart) + string.Concat(Enumerable.Repeat(_context.Layout.Unit, depth));
            return _context.Layout.Moved(text, from, to);
        }

        private string Body(IEnumerable<string> lines, string outer, bool isAsync = false)
        {
            var layout = _context.Layout;
            var indentation = layout.IndentationAt(_wait.SpanStart);
            return $"Nursery.{RuntimeNames.RunAsync}({(isAsync ? "async " : "")}{_nursery} =>{layout.NewLine}{indentation}{{{layout.NewLine}{string.Concat(lines.Select(line => indentation + layout.Unit + line + layout.NewLine))}{indentation}}}{outer})";
        }

        private static bool HasCommentsBeside(SyntaxNode node, List<ExpressionSyntax> kept)
            => node.DescendantTrivia().Any(trivia => node.Span.Contains(trivia.Span) && !kept.Any(each => each.Span.Contains(trivia.Span)) && (trivia.IsDirective || trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia)));

        private static bool HasCommentAbove(StatementSyntax statement)
            => statement.GetLeadingTrivia().Any(static trivia => trivia.IsDirective || trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia));

        private bool IsOverSeveralLines(SyntaxNode node) => _context.Text.Lines.GetLineFromPosition(node.SpanStart).LineNumber != _context.Text.Lines.GetLineFromPosition(node.Span.End).LineNumber;
    }
}
