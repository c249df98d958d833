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
/// The fixes for SC1004: the tasks that are started together become children of one nursery, with what runs beside them as its body; their results are taken after
/// it. Or, where each is sure to end by itself, they are awaited at once, one after the other.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC1004StartedTaskCanBeOrphanedFix))]
public sealed class SC1004StartedTaskCanBeOrphanedFix : PlaceFix
{
    private const string Key = "structured.nursery-for-tasks";
    private const string AtOnceKey = "structured.await-at-once";
    private const string LeavesCode = "the code beside it leaves by a 'goto', 'break', 'continue', 'return' or 'throw' that a nursery around it would change";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.StartedTaskCanBeOrphaned);

    private protected override string SecondKey => AtOnceKey;

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
        => context.Symbols.HasRuntime ? GroupAt(context, span, cancellationToken)?.InNursery() : context.Refuse("the runtime is not referenced");

    private protected override PlaceEdit? RewriteSecond(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
        => GroupAt(context, span, cancellationToken)?.AtOnce();

    private static Group? GroupAt(PlaceContext context, TextSpan span, CancellationToken cancellationToken)
    {
        if (context.Root.FindNode(span, getInnermostNodeForTie: true).FirstAncestorOrSelf<VariableDeclaratorSyntax>() is not { Parent: VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax statement } }
            || TaskStatements.ListOf(statement) is not { } list)
        {
            context.Refuse("it is not declared by a statement of its own");
            return null;
        }

        var function = FunctionContext.Of(statement, context.Model, context.Symbols, cancellationToken);
        if (function.Kind != FunctionKind.Async && function.Role != FunctionRole.EntryPoint)
        {
            context.Refuse(OpenNurseryAction.NotAsync);
            return null;
        }

        return new Group(statement, list.ToList(), function, context, cancellationToken);
    }

    /// <summary>A task that becomes a child.</summary>
    private sealed record Start(LocalDeclarationStatementSyntax Statement, ILocalSymbol Local, ScopedCall Call, ImmutableArray<AwaitExpressionSyntax> Awaits, bool GivesValue)
    {
        /// <summary>Whether somebody takes its result.</summary>
        public bool IsValueUsed => Awaits.Any(static wait => wait.Parent is not ExpressionStatementSyntax);
    }

    private sealed class Group
    {
        private readonly LocalDeclarationStatementSyntax _statement;
        private readonly List<StatementSyntax> _list;
        private readonly FunctionContext _function;
        private readonly PlaceContext _context;
        private readonly CancellationToken _cancellationToken;
        private readonly TaskLocals _locals;

        public Group(LocalDeclarationStatementSyntax statement, List<StatementSyntax> list, FunctionContext function, PlaceContext context, CancellationToken cancellationToken)
        {
            _statement = statement;
            _list = list;
            _function = function;
            _context = context;
            _cancellationToken = cancellationToken;
            _locals = new TaskLocals(function.Node, context.Model, context.Symbols, null, cancellationToken);
        }

        public PlaceEdit? InNursery()
        {
            if (Together() is not { } starts)
                return null;
            var last = _list.IndexOf(starts[starts.Count - 1].Statement);
            // What runs beside them: everything up to the first statement that awaits one of them.
            var beside = _list.Skip(last + 1).TakeWhile(each => !starts.Any(start => start.Awaits.Any(wait => each.Span.Contains(wait.Span)))).ToList();
            var followers = _list.Skip(last + 1 + beside.Count).ToList();
            if (followers.Count == 0)
                return _context.Refuse("it is not awaited in the block in which it is started");
            if (WhyNoChildren(starts, beside) is { } reason)
                return _context.Refuse(reason);
            return AreAwaitedTogether(starts, followers) ? Write(starts, beside) : _context.Refuse("other code stands between the awaits of the tasks, and would come after all of them");
        }

        /// <summary>
        /// Each is awaited where it is started. What is called later than it was must mean the same then, and what ran beside it must not be what it waits for.
        /// </summary>
        public PlaceEdit? AtOnce()
        {
            if (Together() is not { } starts)
                return null;
            if (starts.Any(start => Termination.OfCall(start.Call.Operation, _context.Model, _context.Symbols, _cancellationToken) != Ending.ByItself))
                return _context.Refuse(OpenNurseryAction.MayNotEnd);
            if (starts.Skip(1).Any(start => !IsSteady(start.Call.Value)))
                return _context.Refuse("the object or an argument of a later call may be another once the first task has ended: keep it in a variable");
            if (IsAnotherPending(starts))
                return _context.Refuse("another task is running already, and would be left to itself when this one fails");
            var changes = new List<TextChange>();
            foreach (var start in starts)
            {
                var suffixes = start.Awaits.Select(static wait => wait.Expression is InvocationExpressionSyntax configured ? configured.ToString().Substring(((MemberAccessExpressionSyntax)configured.Expression).Expression.ToString().Length) : "").Distinct().ToList();
                if (suffixes.Count != 1)
                    return _context.Refuse("it is awaited in different ways");
                if (start.Statement.DescendantTrivia().Any(trivia => trivia.SpanStart < start.Call.Value.SpanStart && trivia.SpanStart > start.Statement.SpanStart && !trivia.IsKind(SyntaxKind.WhitespaceTrivia)))
                    return _context.Refuse("a comment would be lost");
                var head = start.GivesValue && start.IsValueUsed ? $"var {start.Local.Name} = await " : "await ";
                changes.Add(new TextChange(TextSpan.FromBounds(start.Statement.SpanStart, start.Call.Value.SpanStart), head));
                if (suffixes[0].Length > 0)
                    changes.Add(new TextChange(new TextSpan(start.Call.Value.Span.End, 0), suffixes[0]));
                if (!TryTakeResults(start, changes))
                    return _context.Refuse(TaskStatements.CannotBeRemoved);
            }

            return new PlaceEdit(starts.Count > 1 ? "Await them at once, one after the other" : "Await it at once", AtOnceKey, changes);
        }

        /// <summary>The tasks that are started one behind the other, this one among them.</summary>
        private List<Start>? Together()
        {
            var at = _list.IndexOf(_statement);
            if (StartAt(_statement) is not { } orphan)
            {
                _context.Refuse(WhyNoStart(_statement));
                return null;
            }

            var starts = new List<Start> { orphan };
            for (var index = at - 1; index >= 0 && StartAt(_list[index]) is { } before; index--)
                starts.Insert(0, before);
            for (var index = at + 1; index < _list.Count && StartAt(_list[index]) is { } after; index++)
                starts.Add(after);
            return starts;
        }

        /// <summary>A task that was started before, and that a failure of these would now orphan.</summary>
        private bool IsAnotherPending(List<Start> starts)
            => _list.TakeWhile(each => each != starts[0].Statement).OfType<LocalDeclarationStatementSyntax>().SelectMany(static each => each.Declaration.Variables)
                .Any(each => _context.Model.GetDeclaredSymbol(each, _cancellationToken) is ILocalSymbol local && Awaitables.IsAwaitable(local.Type, _context.Symbols) && _locals.UsesOf(local).Any(use => use.SpanStart > starts[0].Statement.SpanStart));

        /// <summary>Whether receiver and arguments are what they are whenever the call is made. A delegate reads what it captures when it runs, as before.</summary>
        private bool IsSteady(ExpressionSyntax call)
            => call.DescendantNodes(static node => node is not AnonymousFunctionExpressionSyntax).OfType<ExpressionSyntax>().All(node => node switch
            {
                LiteralExpressionSyntax or AnonymousFunctionExpressionSyntax or ThisExpressionSyntax or PredefinedTypeSyntax => true,
                MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax } => true,
                NameSyntax => _context.Model.GetSymbolInfo(node, _cancellationToken).Symbol is ILocalSymbol or IParameterSymbol or IMethodSymbol or ITypeSymbol or INamespaceSymbol or IFieldSymbol { IsReadOnly: true } or IFieldSymbol { IsConst: true },
                _ => false,
            });

        /// <summary>Awaits of the task go away; where its result was taken, the local now is the result.</summary>
        private bool TryTakeResults(Start start, List<TextChange> changes)
        {
            foreach (var wait in start.Awaits)
            {
                if (wait.Parent is ExpressionStatementSyntax statement)
                {
                    if (statement.Parent is not BlockSyntax and not GlobalStatementSyntax || TaskStatements.Removed(statement, _context) is not { } removal)
                        return false;
                    changes.Add(removal);
                }
                else
                {
                    changes.Add(new TextChange(wait.Span, start.Local.Name));
                }
            }

            return true;
        }

        private string WhyNoStart(LocalDeclarationStatementSyntax statement)
        {
            var declarator = statement.Declaration.Variables[0];
            if (ScopedCall.Of(declarator.Initializer?.Value, _context, _cancellationToken) is null)
                return "it is not the task of a plain call";
            return _context.Model.GetDeclaredSymbol(declarator, _cancellationToken) is ILocalSymbol local && AwaitsOf(local) is { Count: > 0 } awaits && awaits.All(wait => wait is not null && IsInOtherTry(wait, statement))
                ? "it is awaited in a 'try' in which it is not started, or started in one in which it is not awaited"
                : "it is used for more than to be awaited";
        }

        private List<AwaitExpressionSyntax?> AwaitsOf(ILocalSymbol local) => _locals.UsesOf(local).Select(static use => TaskStatements.AwaitOf(use)).ToList();

        private bool IsInOtherTry(AwaitExpressionSyntax wait, StatementSyntax statement) => TaskStatements.TryAround(wait, _function.Node) != TaskStatements.TryAround(statement, _function.Node);

        private Start? StartAt(StatementSyntax statement)
        {
            if (statement is not LocalDeclarationStatementSyntax { UsingKeyword.RawKind: 0, AwaitKeyword.RawKind: 0, Declaration.Variables: { Count: 1 } variables } declaration
                || _context.Model.GetDeclaredSymbol(variables[0], _cancellationToken) is not ILocalSymbol local
                || _locals.Get(local) is not { IsCollection: false, IsCaptured: false, HasOtherWrites: false, Writes: { Length: 1 } writes }
                || writes[0].Tasks.Origin != TaskOrigin.Work
                || ScopedCall.Of(variables[0].Initializer?.Value, _context, _cancellationToken) is not { } call)
            {
                return null;
            }

            var awaits = AwaitsOf(local);
            if (awaits.Count == 0 || awaits.Any(static wait => wait is null) || awaits.Any(wait => IsInOtherTry(wait!, statement)))
                return null;
            return new Start(declaration, local, call, awaits.ToImmutableArray()!, Awaitables.ResultType(call.Operation.Type, _context.Symbols) is not null);
        }

        /// <summary>Why they cannot be joined where the body has failed, or the body cannot be moved; null where nothing is in the way. What can be cancelled, or ends by itself, can be joined.</summary>
        private string? WhyNoChildren(List<Start> starts, List<StatementSyntax> beside)
        {
            foreach (var start in starts)
            {
                if (start.Call.Token is not null)
                    continue;
                var ending = Termination.OfCall(start.Call.Operation, _context.Model, _context.Symbols, _cancellationToken);
                // Siblings that were awaited one after the other end one like the other; what waits for the code beside it may not.
                if (ending == Ending.NeedsHelp || ending != Ending.ByItself && beside.Count > 0)
                    return "it is given no token, and cannot be seen to end once the code beside it has failed: give it a token";
            }

            foreach (var node in beside.SelectMany(static statement => statement.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))))
            {
                if (node is ReturnStatementSyntax or GotoStatementSyntax or LabeledStatementSyntax or YieldStatementSyntax)
                    return LeavesCode;
                if (node is UnsafeStatementSyntax or FixedStatementSyntax or LocalFunctionStatementSyntax or LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 })
                    return "the code beside it holds a local function, a 'using' declaration or unsafe code, which a nursery around it would change";
            }

            if (beside.Count == 0)
                return null;
            var flow = _context.Model.AnalyzeControlFlow(beside[0], beside[beside.Count - 1]);
            return flow is { Succeeded: true, ExitPoints.IsEmpty: true, EntryPoints.IsEmpty: true, EndPointIsReachable: true } ? null : LeavesCode;
        }

        /// <summary>Whether between the first and the last of their awaits there is nothing else that would now come later.</summary>
        private static bool AreAwaitedTogether(List<Start> starts, List<StatementSyntax> followers)
        {
            var pending = starts.SelectMany(static start => start.Awaits).ToList();
            foreach (var statement in followers)
            {
                var here = pending.Where(wait => statement.Span.Contains(wait.Span)).ToList();
                pending.RemoveAll(here.Contains);
                if (pending.Count == 0)
                    return true;
                if (here.Count == 0 || !IsOnlyAwait(statement, here))
                    return false;
            }

            return false;
        }

        private static bool IsOnlyAwait(StatementSyntax statement, List<AwaitExpressionSyntax> awaits)
            => statement switch
            {
                ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax { Left: IdentifierNameSyntax, Right: AwaitExpressionSyntax value } } => awaits.Contains(value),
                ExpressionStatementSyntax { Expression: AwaitExpressionSyntax value } => awaits.Contains(value),
                LocalDeclarationStatementSyntax { Declaration.Variables: { Count: 1 } variables } => variables[0].Initializer?.Value is AwaitExpressionSyntax value && awaits.Contains(value),
                _ => false,
            };

        private PlaceEdit? Write(List<Start> starts, List<StatementSyntax> beside)
        {
            var layout = _context.Layout;
            var first = starts[0].Statement;
            if (!layout.IsFirstOnLine(first.SpanStart))
                return _context.Refuse("its declaration shares a line with other code");
            var indentation = layout.IndentationAt(first.SpanStart);
            var inner = indentation + layout.Unit;
            var nursery = TaskStatements.FreshName(_context, "nursery", _function.Node);
            var token = TaskStatements.FreshName(_context, "token", _function.Node);
            var outer = starts.Where(static start => start.Call.Token is not null).Select(static start => start.Call.OuterToken).OfType<ISymbol>().Distinct<ISymbol>(SymbolEqualityComparer.Default).ToList();
            if (outer.Count > 1)
                return _context.Refuse("the tasks are given different tokens");

            var configured = starts.SelectMany(static start => start.Awaits).All(static wait => wait.Expression.ToString().EndsWith(".ConfigureAwait(false)", System.StringComparison.Ordinal)) ? ".ConfigureAwait(false)" : "";
            var names = new List<string>();
            var values = new List<string>();
            var changes = new List<TextChange>();
            var declared = DeclaredAndUsedLater(beside);
            foreach (var local in declared)
            {
                names.Add(local.Name);
                values.Add(local.Name);
            }

            foreach (var start in starts)
            {
                var child = "";
                if (start.GivesValue && start.IsValueUsed)
                {
                    child = TaskStatements.FreshName(_context, start.Local.Name + "Child", _function.Node);
                    names.Add(start.Local.Name);
                    values.Add($"await {child}.Task{configured}");
                }

                var head = $"{(child.Length > 0 ? $"var {child} = " : "")}{nursery}.{RuntimeNames.StartNow}({(start.Call.IsGivenToken ? token : "()")} => ";
                changes.Add(new TextChange(start.Statement.Span, head + start.Call.Text(_context, token) + ");"));
                if (!TryTakeResults(start, changes))
                    return _context.Refuse(TaskStatements.CannotBeRemoved);
            }

            // `var x = await count;` takes the value under its own name.
            var last = beside.Count > 0 ? beside[beside.Count - 1] : starts[starts.Count - 1].Statement;
            var isAsync = values.Count > 0 || beside.SelectMany(static statement => statement.DescendantNodes(static node => node is not AnonymousFunctionExpressionSyntax)).Any(static node => node is AwaitExpressionSyntax);
            var result = names.Count == 0 ? "" : names.Count == 1 ? $"var {names[0]} = " : $"var ({string.Join(", ", names)}) = ";
            var begin = $"{result}await Nursery.{RuntimeNames.RunAsync}({(isAsync ? "async " : "")}{nursery} =>{layout.NewLine}{indentation}{{{layout.NewLine}";
            var end = values.Count == 0 ? "" : $"{layout.NewLine}{inner}return {(values.Count == 1 ? values[0] : "(" + string.Join(", ", values) + ")")};";
            var tail = $"{end}{layout.NewLine}{indentation}}}{(outer.Count == 1 ? ", " + outer[0].Name : "")}){configured};";

            var firstLine = _context.Text.Lines.GetLineFromPosition(first.SpanStart);
            changes.Add(new TextChange(new TextSpan(firstLine.Start, 0), indentation + begin + layout.Unit));
            changes.AddRange(layout.Indent(TextSpan.FromBounds(firstLine.Start, last.Span.End), exceptLine: firstLine.LineNumber).Where(change => !starts.Any(start => start.Statement.Span.Contains(change.Span.Start) && start.Statement.SpanStart != change.Span.Start)));
            changes.Add(new TextChange(new TextSpan(_context.Text.Lines.GetLineFromPosition(last.Span.End).End, 0), tail));
            return new PlaceEdit(starts.Count > 1 ? "Start them in one nursery" : "Start it in a nursery", Key, changes, Needed.Nursery);
        }

        private List<ILocalSymbol> DeclaredAndUsedLater(List<StatementSyntax> beside)
        {
            if (beside.Count == 0 || _context.Model.AnalyzeDataFlow(beside[0], beside[beside.Count - 1]) is not { Succeeded: true } flow)
                return [];
            var end = beside[beside.Count - 1].Span.End;
            return flow.VariablesDeclared.OfType<ILocalSymbol>().Where(local => _locals.UsesOf(local).Any(use => use.SpanStart > end)).ToList();
        }
    }
}
