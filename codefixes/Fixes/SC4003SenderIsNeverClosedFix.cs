using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// The fix for SC4003: whoever sends disposes of the sender with <c>using</c>, or completes the writer in a <c>finally</c>, right behind the last thing that is sent, so that what
/// is read further down comes to its end.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC4003SenderIsNeverClosedFix))]
public sealed class SC4003SenderIsNeverClosedFix : PlaceFix
{
    private const string Key = "structured.close-sender";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.SenderIsNeverClosed);

    private protected override PlaceEdit? Rewrite(PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (EndAt(context, span, cancellationToken) is not { Local: { } local } end || end.Creation.Syntax.FirstAncestorOrSelf<StatementSyntax>() is not { } made)
            return context.Refuse("the sender is not kept in a variable: keep it in one, and close it");
        var uses = end.Sends.Concat(end.Closes).Concat(end.Others).Select(static use => use.Syntax).ToList();
        var functions = uses.Select(FunctionContext.EnclosingFunction).Distinct().ToList();
        if (functions.Count == 0)
            return context.Refuse("nothing is sent, so there is no place to close it at");
        if (functions.Count > 1)
            return context.Refuse("several functions use it: give each a clone of its own to close");

        var changes = new List<TextChange>();
        foreach (var close in end.Closes)
        {
            if (close.Syntax.FirstAncestorOrSelf<ExpressionStatementSyntax>() is not { Parent: BlockSyntax } statement || TaskStatements.Removed(statement, context) is not { } removal)
                return context.Refuse("it is closed in the middle of other code");
            changes.Add(removal);
        }

        var closer = new Closer(context, local.Name, end.IsWriter, changes);
        if (functions[0] != FunctionContext.EnclosingFunction(made) && (functions[0] is not LambdaExpressionSyntax sending || !IsRunOnce(sending, made, context, cancellationToken)))
            return context.Refuse("what sends may run more than once, and the first to end would close it for the others: give each a clone of its own to close");
        var isDone = functions[0] == FunctionContext.EnclosingFunction(made)
            ? closer.CloseHere(made, uses)
            : closer.CloseIn((LambdaExpressionSyntax)functions[0]!, cancellationToken);
        if (!isDone)
            return context.Refuse("what sends cannot be put into one block that ends before somebody reads: close it by hand after the last send");
        return new PlaceEdit(end.IsWriter ? $"Complete the writer of '{local.Name}' in a 'finally'" : $"Dispose of '{local.Name}' with 'using'", Key, changes);
    }

    private static SendingEnd? EndAt(PlaceContext context, TextSpan span, CancellationToken cancellationToken)
    {
        var node = context.Root.FindNode(span, getInnermostNodeForTie: true);
        var symbol = context.Model.GetDeclaredSymbol(node, cancellationToken);
        var member = node.AncestorsAndSelf().FirstOrDefault(static each => each is MemberDeclarationSyntax and not GlobalStatementSyntax) ?? context.Root;
        return symbol is null ? null : member.DescendantNodes().OfType<InvocationExpressionSyntax>()
            .Select(call => context.Model.GetOperation(call, cancellationToken) as IInvocationOperation)
            .Select(call => call is null ? null : SendingEnds.MadeBy(call, context.Symbols, cancellationToken))
            .FirstOrDefault(end => SymbolEqualityComparer.Default.Equals(end?.Local, symbol));
    }

    /// <summary>A child or queued work that is started once for each time the channel is made: the first to end would close it for the others.</summary>
    private static bool IsRunOnce(LambdaExpressionSyntax lambda, StatementSyntax made, PlaceContext context, CancellationToken cancellationToken)
        => FunctionContext.RoleOfDelegate(lambda, context.Model, context.Symbols, cancellationToken) is FunctionRole.NurseryChild or FunctionRole.PoolWork or FunctionRole.BlockingAllowed
           && !lambda.Ancestors().TakeWhile(node => node != made.Parent).Any(static node => node is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax or WhileStatementSyntax or DoStatementSyntax);

    private sealed class Closer
    {
        private readonly PlaceContext _context;
        private readonly string _name;
        private readonly bool _isWriter;
        private readonly List<TextChange> _changes;

        public Closer(PlaceContext context, string name, bool isWriter, List<TextChange> changes)
        {
            _context = context;
            _name = name;
            _isWriter = isWriter;
            _changes = changes;
        }

        /// <summary>Around everything from the first use to the last, as long as nobody reads in between.</summary>
        public bool CloseHere(StatementSyntax made, IReadOnlyList<SyntaxNode> uses)
        {
            if (TaskStatements.ListOf(made) is not { } list)
                return false;
            var sending = list.Where(statement => statement != made && uses.Any(use => statement.Span.Contains(use.Span))).ToList();
            if (sending.Count == 0 || uses.Any(use => !sending.Any(statement => statement.Span.Contains(use.Span))))
                return false;
            var range = list.SkipWhile(statement => statement != sending[0]).TakeWhile(statement => statement != sending[sending.Count - 1]).Append(sending[sending.Count - 1]).ToList();
            if (range.Any(Reads))
                return false;
            // What only closes goes away with its statement.
            var kept = range.Where(statement => !_changes.Any(change => change.Span.Contains(statement.Span))).ToList();
            return kept.Count > 0 && Wrap(kept[0], kept[kept.Count - 1]);
        }

        public bool CloseIn(LambdaExpressionSyntax lambda, CancellationToken cancellationToken)
        {
            if (lambda.Body is BlockSyntax block)
            {
                var kept = block.Statements.Where(statement => !_changes.Any(change => change.Span.Contains(statement.Span))).ToList();
                return kept.Count > 0 && !kept.Any(Reads) && Wrap(kept[0], kept[kept.Count - 1]);
            }

            if (_isWriter || lambda is { AsyncKeyword.RawKind: 0 } || lambda.Body is not AwaitExpressionSyntax || _context.Model.GetSymbolInfo(lambda, cancellationToken).Symbol is not IMethodSymbol { ReturnType: var type } || !KnownSymbols.Is(type, _context.Symbols.Task))
                return false;
            _changes.Add(new TextChange(new TextSpan(lambda.Body.SpanStart, 0), $"{{ using ({_name}) "));
            _changes.Add(new TextChange(new TextSpan(lambda.Body.Span.End, 0), "; }"));
            return true;
        }

        /// <summary>Whether the statement itself, not a child it starts, reads from a channel.</summary>
        private bool Reads(StatementSyntax statement)
            => statement.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).OfType<ExpressionSyntax>()
                .Any(expression => _context.Model.GetTypeInfo(expression).Type is INamedTypeSymbol type && (KnownSymbols.IsOrDerivesFrom(type, _context.Symbols.ChannelReader) || KnownSymbols.Is(type, _context.Symbols.Receiver)));

        private bool Wrap(StatementSyntax first, StatementSyntax last)
        {
            var layout = _context.Layout;
            if (!layout.IsFirstOnLine(first.SpanStart))
                return false;
            var indentation = layout.IndentationAt(first.SpanStart);
            var line = _context.Text.Lines.GetLineFromPosition(first.SpanStart).LineNumber;
            _changes.Add(new TextChange(new TextSpan(first.SpanStart, 0), $"{(_isWriter ? "try" : $"using ({_name})")}{layout.NewLine}{indentation}{{{layout.NewLine}{indentation}{layout.Unit}"));
            _changes.AddRange(layout.Indent(TextSpan.FromBounds(first.SpanStart, last.Span.End), line).Where(change => !_changes.Any(removal => removal.Span.Length > 0 && removal.Span.Contains(change.Span.Start))));
            var completion = _isWriter ? $"{layout.NewLine}{indentation}finally{layout.NewLine}{indentation}{{{layout.NewLine}{indentation}{layout.Unit}{_name}.Writer.Complete();{layout.NewLine}{indentation}}}" : "";
            _changes.Add(new TextChange(new TextSpan(last.Span.End, 0), $"{layout.NewLine}{indentation}}}{completion}"));
            return true;
        }
    }
}
