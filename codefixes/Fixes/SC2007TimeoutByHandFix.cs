using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>The fix for SC2007: the call or block runs in a cancel scope with the timeout, and the handlers around it go on catching what they caught.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC2007TimeoutByHandFix))]
public sealed class SC2007TimeoutByHandFix : PlaceFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.TimeoutByHand);

    private protected override async Task<PlaceEdit?> RewriteAsync(Document document, PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (!context.Symbols.HasRuntime)
            return context.Refuse("the runtime is not referenced");
        var node = context.Root.FindNode(span, getInnermostNodeForTie: true);
        var function = FunctionContext.Of(node, context.Model, context.Symbols, cancellationToken);
        if (function.Kind != FunctionKind.Async && function.Role != FunctionRole.EntryPoint)
            return context.Refuse("a scope is awaited, and the function is not async");
        // Cleanup has to run although the scope around it was cancelled, and often because of that.
        if (Cleanup.ContainsWithHandlers(node, context.Model, context.Symbols, cancellationToken))
            return context.Refuse("it is part of a cleanup, which a scope around it would end when that is cancelled");
        if (node is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "WaitAsync" } wait } call)
            return new AbandonedWait(call, wait.Expression, function.Node, context, cancellationToken).Rewrite();
        if (SourceAt(node, context, cancellationToken) is not { } source)
            return node.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Token" } ? context.Refuse("its source has no name: keep it in a variable") : null;
        var timeout = HandMadeTimeout.Of(source, context.Model, context.Symbols, cancellationToken);
        if (timeout is null)
            return null;
        var rewriting = new SourceOfTimeout(timeout, function.Node, context, cancellationToken);
        if (rewriting.Rewrite() is not { } edit)
            return null;
        if (!rewriting.Escapes)
            return edit;
        if (function.Symbol is not { MethodKind: MethodKind.Ordinary or MethodKind.ExplicitInterfaceImplementation } method)
            return function.Role == FunctionRole.EntryPoint ? edit : context.Refuse("the timeout would become a 'TimeoutException', and whoever runs this function may expect the cancellation that it is now");
        return await CancellationCallers.CatchAsync(method, document.Project.Solution, cancellationToken).ConfigureAwait(false)
            ? context.Refuse("the timeout would become a 'TimeoutException', and a caller catches the cancellation that it is now")
            : edit;
    }

    /// <summary>The declarator of the source that is reported: where it is made, or where its time is set.</summary>
    private static VariableDeclaratorSyntax? SourceAt(SyntaxNode node, PlaceContext context, CancellationToken cancellationToken)
        => node switch
        {
            { Parent: EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } } => declarator,
            InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CancelAfter" } access }
                => context.Model.GetSymbolInfo(access.Expression, cancellationToken).Symbol?.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) as VariableDeclaratorSyntax,
            _ => null,
        };

    /// <summary><c>await work.WaitAsync(timeout)</c>.</summary>
    private sealed class AbandonedWait(InvocationExpressionSyntax call, ExpressionSyntax task, SyntaxNode function, PlaceContext context, CancellationToken cancellationToken)
    {
        public PlaceEdit? Rewrite()
        {
            var changes = new List<TextChange>();
            var value = task;
            while (value is ParenthesizedExpressionSyntax parenthesized)
                value = parenthesized.Expression;
            if (value is IdentifierNameSyntax && context.Model.GetSymbolInfo(value, cancellationToken).Symbol is ILocalSymbol local)
            {
                // The work is started where it is waited for: nothing may stand in between.
                if (local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is not VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax declaration } } declarator
                    || call.FirstAncestorOrSelf<StatementSyntax>() is not { } statement || TaskStatements.ListOf(statement)?.TakeWhile(each => each != statement).LastOrDefault() != declaration
                    || TaskStatements.Removed(declaration, context) is not { } removal)
                {
                    return context.Refuse("other code stands between the start of the work and the wait");
                }

                changes.Add(removal);
                value = declarator.Initializer!.Value;
            }

            if (ScopedCall.Of(value, context, cancellationToken) is not { } work)
                return context.Refuse("the work is not a plain call");
            if (TimeoutScope.Duration(call.ArgumentList.Arguments[0].Expression, context, cancellationToken) is not { } duration)
                return context.Refuse("the time is not a plain value");
            if (OuterToken(work) is not { } outer)
                return context.Refuse("a scope follows one token, and there are two");
            // A finding may be older than the text, in which nobody awaits it any more.
            if (call.AncestorsAndSelf().FirstOrDefault(static node => node.Parent is AwaitExpressionSyntax) is not { } awaited)
                return null;
            var configured = context.Text.ToString(TextSpan.FromBounds(call.Span.End, awaited.Span.End)).TrimStart(')');
            var token = TaskStatements.FreshName(context, "token", function);
            var body = work.Text(context, token) + (work.Token is null ? $".WaitAsync({token})" : "");
            changes.Add(new TextChange(awaited.Parent!.Span, TimeoutScope.Await(TimeoutScope.FailAfter, duration, token, body, outer, configured)));
            return TimeoutScope.Edit(TimeoutScope.FailAfter, "", changes);
        }

        /// <summary>The one token that ends the wait or the work besides the time, as the last argument; null where there are several.</summary>
        private string? OuterToken(ScopedCall work)
        {
            var given = call.ArgumentList.Arguments.Skip(1).Select(static argument => argument.Expression).FirstOrDefault(each => !Operations.IsNoToken(context.Model.GetSymbolInfo(each, cancellationToken).Symbol, context.Symbols));
            var ofWork = work.Token is null ? null : work.OuterToken;
            if (given is null)
                return ofWork is null ? "" : ", " + ofWork.Name;
            return ofWork is null || SymbolEqualityComparer.Default.Equals(ofWork, context.Model.GetSymbolInfo(given, cancellationToken).Symbol) ? ", " + given : null;
        }
    }

    /// <summary>A source that ends the waits of one call or block.</summary>
    private sealed class SourceOfTimeout(HandMadeTimeout timeout, SyntaxNode function, PlaceContext context, CancellationToken cancellationToken)
    {
        private readonly List<TextChange> _changes = new();
        private readonly Dictionary<int, int> _shifts = new();

        /// <summary>Whether callers get another type of exception than before.</summary>
        public bool Escapes { get; private set; }

        public PlaceEdit? Rewrite()
        {
            if (TimeoutScope.Duration(timeout.Duration, context, cancellationToken) is not { } duration)
                return context.Refuse("the time is not a plain value");
            var outers = timeout.Outer.Where(each => CancellableWork.IsLiveToken(each, context.Model, context.Symbols, cancellationToken)).ToList();
            if (outers.Count > 1 || outers.Any(static each => each.DescendantNodesAndSelf().Any(static node => node is InvocationExpressionSyntax or AwaitExpressionSyntax)))
                return context.Refuse("a scope follows one token, and there are several");
            var outer = outers.Count == 0 ? null : outers[0].ToString();
            var name = NameOfToken();
            var region = timeout.Region;
            var isCall = CallIn(region) is not null;
            if (!isCall && region.Any(node => AsyncLocals.AreSetIn(node, context.Model, cancellationToken)))
                return context.Refuse("what it sets in an AsyncLocal would be lost at the end of the scope");
            if (!isCall)
                region = WithReturn(region);
            var inside = TextSpan.FromBounds(region[0].SpanStart, region[region.Length - 1].Span.End);
            var tests = timeout.Tests.Where(test => !inside.Contains(test.Expression.Span)).ToList();

            var isUnused = isCall ? CallIn(region) is { Parent: ExpressionStatementSyntax } : !region.SelectMany(static each => each.DescendantNodesAndSelf()).OfType<ReturnStatementSyntax>().Any();
            var handlers = new TimeoutHandlers(context, function, tests, outer, cancellationToken);
            if (handlers.Adapt(region[0], region[region.Length - 1], isUnused) is { } reason)
                return context.Refuse(reason);
            if (handlers.Unanswered.Any())
                return context.Refuse("the source is asked whether the time was up outside of any handler, where the scope is gone: ask in a handler");
            Escapes = handlers.Escapes;
            _changes.AddRange(handlers.Changes);
            foreach (var test in timeout.Tests.Except(tests))
            {
                // The scope's token follows the clock and everything outside.
                if (!test.IsLinked && outer is not null)
                    return context.Refuse("the source is asked whether the time alone was up, and a scope ends with the token from outside as well");
                _changes.Add(new TextChange(test.Expression.Span, name + ".IsCancellationRequested"));
            }

            foreach (var token in timeout.Tokens)
                _changes.Add(new TextChange(token.Span, name));
            if (!RemoveSource(region))
                return null;
            var method = handlers.MovesOn ? TimeoutScope.MoveOnAfter : TimeoutScope.FailAfter;
            var last = outer is null ? "" : ", " + outer;
            if (!(isCall ? WrapCall(CallIn(region)!, method, duration, name, last) : WrapBlock(region, method, duration, name, last)))
                return null;
            var removed = _changes.Where(static change => !change.Span.IsEmpty && change.NewText!.Length == 0).ToList();
            foreach (var shift in _shifts.Where(static each => each.Value != 0))
            {
                var line = context.Text.Lines[shift.Key];
                // A line that goes away as a whole.
                if (removed.Any(change => change.Span.Start <= line.Start && change.Span.End > line.Start))
                    continue;
                _changes.AddRange(shift.Value > 0 ? context.Layout.Indent(line.Span) : context.Layout.Outdent(line.Span, -shift.Value));
            }

            var edit = TimeoutScope.Edit(method, Escapes ? " (a timeout is now a 'TimeoutException')" : "", _changes);
            return handlers.IsChanged ? new PlaceEdit(edit.Title, edit.EquivalenceKey, edit.Changes, edit.Needs.Concat([("System", "TimeoutException"), ("System", "Exception")]).ToArray()) : edit;
        }

        /// <summary>The variable that held the token gives it its name; the variable goes away.</summary>
        private string NameOfToken()
            => timeout.Tokens.OfType<IdentifierNameSyntax>().FirstOrDefault() is { } alias && timeout.Tokens.OfType<IdentifierNameSyntax>().All(each => each.Identifier.ValueText == alias.Identifier.ValueText)
                ? alias.Identifier.ValueText
                : TaskStatements.FreshName(context, "token", function);

        /// <summary>The only await of the region, where it holds every use of the token.</summary>
        private AwaitExpressionSyntax? CallIn(ImmutableArray<StatementSyntax> region)
            => region.Length == 1 && timeout.Waits.Length == 1 && timeout.Waits[0] is AwaitExpressionSyntax wait && timeout.Tokens.All(token => wait.Span.Contains(token.Span)) && !timeout.Tests.Any(test => region[0].Span.Contains(test.Expression.Span) && !IsInHandler(test, region[0]))
               && !wait.Expression.DescendantNodes(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(static node => node is AwaitExpressionSyntax)
               && !wait.Ancestors().TakeWhile(node => node != region[0]).Any(static node => node is StatementSyntax)
                ? wait
                : null;

        private static bool IsInHandler(TimeoutTest test, StatementSyntax statement) => test.Expression.Ancestors().TakeWhile(node => node != statement).Any(static node => node is CatchClauseSyntax);

        /// <summary>A <c>return</c> right behind the region gives what the region has computed.</summary>
        private static ImmutableArray<StatementSyntax> WithReturn(ImmutableArray<StatementSyntax> region)
            => TaskStatements.ListOf(region[0])?.SkipWhile(each => each != region[region.Length - 1]).Skip(1).FirstOrDefault() is ReturnStatementSyntax { Expression: not null } next && !next.DescendantNodes().Any(static node => node is AwaitExpressionSyntax)
                ? region.Add(next)
                : region;

        private bool WrapCall(AwaitExpressionSyntax wait, string method, string duration, string name, string outer)
        {
            var task = wait.Expression;
            var configured = "";
            if (task is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } access })
            {
                configured = context.Text.ToString(TextSpan.FromBounds(access.Expression.Span.End, task.Span.End));
                task = access.Expression;
            }

            var type = context.Model.GetTypeInfo(task, cancellationToken).Type;
            if (task.DescendantNodes().Any(static node => node is DeclarationExpressionSyntax or RefExpressionSyntax) || task is ConditionalAccessExpressionSyntax)
                return Refused("the call declares variables, or may not be made at all");
            string before = $"CancelScope.{method}({duration}, {name} => ", after = "";
            if (Awaitables.IsValueTask(type, context.Symbols))
                after = ".AsTask()";
            else if (!Awaitables.IsTask(type, context.Symbols))
                before = $"CancelScope.{method}({duration}, async {name} => await ";
            _changes.Add(new TextChange(new TextSpan(task.SpanStart, 0), before));
            _changes.Add(new TextChange(TextSpan.FromBounds(task.Span.End, wait.Expression.Span.End), after + outer + ")" + configured));
            return true;
        }

        private bool WrapBlock(ImmutableArray<StatementSyntax> region, string method, string duration, string name, string outer)
        {
            var first = region[0];
            var last = region[region.Length - 1];
            if (TaskStatements.ListOf(first) is null || !context.Layout.IsFirstOnLine(first.SpanStart))
                return Refused("the block does not stand on lines of its own");
            var control = context.Model.AnalyzeControlFlow(first, last);
            var data = context.Model.AnalyzeDataFlow(first, last);
            if (control is not { Succeeded: true } || data is not { Succeeded: true } || !control.EntryPoints.IsEmpty || control.ExitPoints.Any(static exit => exit is not ReturnStatementSyntax))
                return Refused("the block is left or entered by a jump");
            var returns = control.ReturnStatements.OfType<ReturnStatementSyntax>().ToList();
            var isValue = returns.Any(static each => each.Expression is not null);
            if (returns.Count > 0 && control.EndPointIsReachable || returns.Any(each => each.Expression is not null && !IsOfResult(each)))
                return Refused("the block may return, or go on");
            // What is disposed of at the end counts as used behind the block.
            var isTail = returns.Count > 0 || TaskStatements.ListOf(first)!.Last() == last;
            if (!isTail && region.OfType<LocalDeclarationStatementSyntax>().Any(static each => each.UsingKeyword.RawKind != 0))
                return Refused("what the block disposes of is to live longer");
            if (returns.Count == 0 && data.VariablesDeclared.Any(variable => data.ReadOutside.Contains(variable) || data.WrittenOutside.Contains(variable)))
                return Refused("what the block declares is used behind it");

            var indentation = context.Layout.IndentationAt(first.SpanStart);
            var newLine = context.Layout.NewLine;
            for (var line = context.Text.Lines.GetLineFromPosition(first.SpanStart).LineNumber; line <= context.Text.Lines.GetLineFromPosition(last.Span.End).LineNumber; line++)
                _shifts[line] = _shifts.TryGetValue(line, out var shift) ? shift + 1 : 1;
            var start = context.Text.Lines.GetLineFromPosition(first.SpanStart).Start;
            var outside = _shifts.Values.Any(static value => value == 0) && indentation.EndsWith(context.Layout.Unit, System.StringComparison.Ordinal) ? indentation.Substring(context.Layout.Unit.Length) : indentation;
            _changes.Add(new TextChange(new TextSpan(start, 0), $"{outside}{(isValue ? "return " : "")}await CancelScope.{method}({duration}, async {name} =>{newLine}{outside}{{{newLine}"));
            // What the block returned from, the code around it returns from now.
            var leaves = returns.Count > 0 && !isValue && !EndsFunction(last) ? $"{newLine}{outside}return;" : "";
            _changes.Add(new TextChange(new TextSpan(last.Span.End, 0), $"{newLine}{outside}}}{outer}){context.Layout.Configured};{leaves}"));
            return true;

            bool IsOfResult(ReturnStatementSyntax statement)
            {
                var type = context.Model.GetTypeInfo(statement.Expression!, cancellationToken);
                return SymbolEqualityComparer.Default.Equals(type.Type, type.ConvertedType);
            }
        }

        /// <summary>Whether nothing of the function follows a statement, so that it need not return there.</summary>
        private bool EndsFunction(SyntaxNode statement)
        {
            for (var node = statement; node.Parent is { } parent; node = parent)
            {
                if (parent == function)
                    return true;
                var isLast = parent switch
                {
                    BlockSyntax block => block.Statements.Last() == node,
                    // What it does in the end, it does either way.
                    TryStatementSyntax or CatchClauseSyntax or UsingStatementSyntax or IfStatementSyntax or ElseClauseSyntax => true,
                    _ => false,
                };
                if (!isLast)
                    return false;
            }

            return false;
        }

        /// <summary>Takes away what made the source; a <c>using</c> statement leaves its block's statements behind.</summary>
        private bool RemoveSource(ImmutableArray<StatementSyntax> region)
        {
            foreach (var declarator in timeout.Declarations)
            {
                switch (declarator.Parent?.Parent)
                {
                    case LocalDeclarationStatementSyntax { Declaration.Variables.Count: 1 } statement:
                        if (!Remove(statement))
                            return false;
                        break;
                    case UsingStatementSyntax { Declaration.Variables.Count: 1, AwaitKeyword.RawKind: 0 } statement:
                        if (!Unwrap(statement))
                            return false;
                        break;
                    default:
                        return Refused("the source is declared together with others");
                }
            }

            if (timeout.Arming is not null && !Remove(timeout.Arming))
                return false;
            foreach (var disposal in timeout.Disposals)
            {
                if (disposal.Parent is not BlockSyntax { Statements.Count: > 1 } || !Remove(disposal))
                    return Refused("the source is disposed of by itself");
            }

            return true;
        }

        private bool Remove(StatementSyntax statement)
        {
            if (statement.Parent is not (BlockSyntax or GlobalStatementSyntax) || TaskStatements.Removed(statement, context) is not { } removal)
                return Refused("a comment or directive stands in the code that would go away");
            _changes.Add(WithBlankLine(statement, removal));
            return true;
        }

        /// <summary>Takes away the blank line behind the last of the removed statements, where nothing is left in front of it but another, or a comment on what follows.</summary>
        private TextChange WithBlankLine(StatementSyntax statement, TextChange removal)
        {
            if (statement.Parent is not BlockSyntax block || IsRemoved(block.Statements.SkipWhile(each => each != statement).Skip(1).FirstOrDefault()))
                return removal;
            var lines = context.Text.Lines;
            var first = block.Statements.TakeWhile(each => each.SpanStart <= statement.SpanStart).Reverse().TakeWhile(IsRemoved).LastOrDefault() ?? statement;
            var above = lines[System.Math.Max(0, lines.GetLineFromPosition(first.SpanStart).LineNumber - 1)].ToString().Trim();
            if (first != block.Statements[0] && above.Length > 0 && !above.StartsWith("//", System.StringComparison.Ordinal))
                return removal;
            var line = lines.GetLineFromPosition(removal.Span.End);
            return line.Start == removal.Span.End && line.ToString().Trim().Length == 0 && line.EndIncludingLineBreak > line.End ? new TextChange(TextSpan.FromBounds(removal.Span.Start, line.EndIncludingLineBreak), "") : removal;

            bool IsRemoved(StatementSyntax? each) => each is not null && (each == timeout.Arming || timeout.Declarations.Any(declarator => declarator.Parent?.Parent == each));
        }

        private bool Unwrap(UsingStatementSyntax statement)
        {
            // `using (a) using (b) …`: only the header goes away.
            if (statement.Statement is not BlockSyntax block)
            {
                if (!context.Layout.IsFirstOnLine(statement.SpanStart) || !context.Layout.IsFirstOnLine(statement.Statement.SpanStart) || HasComment(TextSpan.FromBounds(statement.SpanStart, statement.Statement.SpanStart)))
                    return Refused("the source is declared in a 'using' that something else hangs on");
                _changes.Add(new TextChange(TextSpan.FromBounds(context.Text.Lines.GetLineFromPosition(statement.SpanStart).Start, context.Text.Lines.GetLineFromPosition(statement.Statement.SpanStart).Start), ""));
                var from = context.Text.Lines.GetLineFromPosition(statement.Statement.SpanStart).LineNumber;
                if (context.Layout.IndentationAt(statement.Statement.SpanStart).Length > context.Layout.IndentationAt(statement.SpanStart).Length)
                    Shift(from, context.Text.Lines.GetLineFromPosition(statement.Span.End).LineNumber);
                return true;
            }

            if (statement.Parent is not BlockSyntax outer || block.Statements.Count == 0
                || outer.Statements.Last() != statement && block.Statements.OfType<LocalDeclarationStatementSyntax>().Any(static each => each.UsingKeyword.RawKind != 0)
                || !context.Layout.IsFirstOnLine(statement.SpanStart) || !context.Layout.IsFirstOnLine(block.Statements[0].SpanStart) || !context.Layout.IsFirstOnLine(block.CloseBraceToken.SpanStart)
                || HasComment(TextSpan.FromBounds(statement.SpanStart, block.OpenBraceToken.Span.End)))
            {
                return Refused("the source is declared in a 'using' that something else hangs on");
            }

            var lines = context.Text.Lines;
            var open = lines.GetLineFromPosition(block.OpenBraceToken.Span.End);
            var close = lines.GetLineFromPosition(block.CloseBraceToken.SpanStart);
            if (context.Text.ToString(TextSpan.FromBounds(block.OpenBraceToken.Span.End, open.End)).Trim().Length > 0 || context.Text.ToString(TextSpan.FromBounds(block.CloseBraceToken.Span.End, close.End)).Trim().Length > 0)
                return Refused("a comment or directive stands in the code that would go away");
            _changes.Add(new TextChange(TextSpan.FromBounds(lines.GetLineFromPosition(statement.SpanStart).Start, open.EndIncludingLineBreak), ""));
            _changes.Add(new TextChange(TextSpan.FromBounds(close.Start, close.EndIncludingLineBreak), ""));
            Shift(open.LineNumber + 1, close.LineNumber - 1);
            return true;
        }

        private void Shift(int from, int to)
        {
            for (var line = from; line <= to; line++)
                _shifts[line] = _shifts.TryGetValue(line, out var shift) ? shift - 1 : -1;
        }

        private bool HasComment(TextSpan span) => context.Root.DescendantTrivia(span).Any(trivia => span.Contains(trivia.Span) && (trivia.IsDirective || trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia)));

        private bool Refused(string reason)
        {
            context.Refuse(reason);
            return false;
        }
    }
}
