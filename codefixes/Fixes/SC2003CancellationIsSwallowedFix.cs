using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FindSymbols;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// The fix for SC2003: a filter that lets the cancellation through. A handler of failures takes everything but cancellations; a handler of cancellations only
/// those that are not of this code. A handler that cleans up does so, and then throws it again.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SC2003CancellationIsSwallowedFix))]
public sealed class SC2003CancellationIsSwallowedFix : PlaceFix
{
    private const string Key = "structured.let-cancellation-through";

    private static readonly (string Namespace, string Type) Cancellation = ("System", "OperationCanceledException");

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(RuleIds.CancellationIsSwallowed);

    private protected override async Task<PlaceEdit?> RewriteAsync(Document document, PlaceContext context, Diagnostic diagnostic, TextSpan span, CancellationToken cancellationToken)
    {
        if (context.Root.FindToken(span.Start).Parent is not CatchClauseSyntax { Filter: null, Parent: TryStatementSyntax statement } clause)
            return null;
        if (FunctionContext.EnclosingFunction(clause) is { } function
            && context.Model.GetDeclaredSymbol(function, cancellationToken) is IMethodSymbol method
            && await IsCalledInCleanupAsync(method, document.Project.Solution, cancellationToken).ConfigureAwait(false))
        {
            return context.Refuse($"'{method.Name}' is called in a cleanup, where a cancellation would take the place of the exception that is on its way");
        }

        return CancellationHandlers.IsExplicit(clause, context.Model, context.Symbols, cancellationToken)
            ? OnlyOthers(statement, clause, context, cancellationToken)
            : NoCancellations(statement, clause, context, cancellationToken);
    }

    /// <summary>Whether somebody relies on the function to end without a cancellation: in a cleanup, unless a handler there takes it, or no live token is passed.</summary>
    private static async Task<bool> IsCalledInCleanupAsync(IMethodSymbol method, Solution solution, CancellationToken cancellationToken)
    {
        foreach (var referenced in await SymbolFinder.FindReferencesAsync(method, solution, cancellationToken).ConfigureAwait(false))
        {
            foreach (var location in referenced.Locations)
            {
                if (await location.Document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root
                    || root.FindNode(location.Location.SourceSpan, getInnermostNodeForTie: true).FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } call || !CancellationHandlers.IsBehindFailure(call)
                    || await location.Document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false) is not { } model)
                {
                    continue;
                }

                var symbols = KnownSymbols.For(model.Compilation);
                if (!method.Parameters.Any(parameter => KnownSymbols.Is(parameter.Type, symbols.CancellationToken))
                    || call.ArgumentList.Arguments.Any(argument => CancellableWork.IsLiveToken(argument.Expression, model, symbols, cancellationToken)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static PlaceEdit? NoCancellations(TryStatementSyntax statement, CatchClauseSyntax clause, PlaceContext context, CancellationToken cancellationToken)
    {
        string? asked = null;
        if (ForeignCancellations.In(statement.Block, context.Model, cancellationToken) is { } other)
        {
            // A timeout of somebody else's is a failure, and goes on being handled as one.
            asked = AskedOutside(statement, context, cancellationToken);
            if (asked is null)
                return context.Refuse($"'{other}' may be cancelled by others as well, and no single token tells here whether this code is: write a filter that asks the right ones");
        }
        else if (ForeignCancellations.MayBeIn(statement.Block, context.Model, cancellationToken))
        {
            asked = AskedOutside(statement, context, cancellationToken);
        }

        var changes = new List<TextChange>();
        if (HandlerCleanup.LastIn(clause, context, cancellationToken) is { } last)
        {
            var caught = NameOf(clause, changes);
            return Rethrow(last, $"{caught} is {Cancellation.Type}{(asked is null ? "" : $" && {asked}")}", changes, context);
        }

        var filter = ExcludeCancellations(clause, asked, changes);
        return new PlaceEdit($"Add '{filter}'", Key, changes, Cancellation);
    }

    /// <summary>What the handler cleans up is cleaned up after a cancellation, too; then that goes on its way.</summary>
    private static PlaceEdit? Rethrow(StatementSyntax last, string condition, List<TextChange> changes, PlaceContext context)
    {
        if (!HandlerCleanup.IsAlwaysPassed(last))
            return context.Refuse("its handler cleans up, which a filter would skip, and does not always come to the end of that: throw the cancellation again behind it");
        var layout = context.Layout;
        if (!layout.IsFirstOnLine(last.SpanStart))
            return context.Refuse("its handler cleans up, which a filter would skip: throw the cancellation again behind that");
        var indentation = layout.IndentationAt(last.SpanStart);
        var rethrow = $"if ({condition})";
        changes.Add(new TextChange(new TextSpan(EndOfLine(last), 0), $"{layout.NewLine}{indentation}{rethrow}{layout.NewLine}{indentation}{layout.Unit}throw;"));
        return new PlaceEdit($"Add '{rethrow} throw;'", Key, changes, Cancellation);
    }

    /// <summary>Behind a comment on the statement's last line, which is about the statement.</summary>
    private static int EndOfLine(StatementSyntax statement)
    {
        var trailing = statement.GetTrailingTrivia();
        var end = trailing.TakeWhile(static each => !each.IsKind(SyntaxKind.EndOfLineTrivia)).LastOrDefault(static each => each.IsKind(SyntaxKind.SingleLineCommentTrivia) || each.IsKind(SyntaxKind.MultiLineCommentTrivia));
        return end.RawKind == 0 ? statement.Span.End : end.Span.End;
    }

    /// <summary>How a filter asks whether the work's one token was cancelled; null where there are several, or where the filter cannot rely on it.</summary>
    private static string? AskedOutside(TryStatementSyntax statement, PlaceContext context, CancellationToken cancellationToken)
    {
        var tokens = CancellableWork.TokensOfCode(statement.Block, context.Model, context.Symbols, cancellationToken).GroupBy(static token => token.ToString()).ToList();
        if (tokens.Count != 1)
            return null;
        var token = tokens[0].First();
        // What a disposed source throws when it is asked for its token, a filter takes for a no.
        if (token is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Token", Expression: var source } && TokensInReach.IsSource(context.Model.GetTypeInfo(source, cancellationToken).Type, context.Symbols))
            token = source;
        else if (!KnownSymbols.Is(context.Model.GetTypeInfo(token, cancellationToken).Type, context.Symbols.CancellationToken))
            return null;
        return IsKnownOutside() ? $"{token}.IsCancellationRequested" : null;

        bool IsKnownOutside()
            => context.Model.GetSymbolInfo(token, cancellationToken).Symbol switch
            {
                IParameterSymbol => true,
                ILocalSymbol local => local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is VariableDeclaratorSyntax { Initializer: not null } declarator && !statement.Span.Contains(declarator.Span),
                IFieldSymbol { Type.IsValueType: var isValue, IsReadOnly: var isReadOnly } => (isValue || isReadOnly) && token is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax },
                IPropertySymbol { Type.IsValueType: true } => token is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax or IdentifierNameSyntax },
                _ => false,
            };
    }

    /// <summary>Gives a clause that has none the filter that lets every cancellation pass, and the name it needs.</summary>
    /// <param name="asked">Where given, how the filter asks whether this code was cancelled: only then do cancellations pass.</param>
    private static string ExcludeCancellations(CatchClauseSyntax clause, string? asked, List<TextChange> changes)
    {
        var name = NameOf(clause, changes);
        var end = clause.Declaration?.Span.End ?? clause.CatchKeyword.Span.End;
        var filter = $"when ({Language.IsNot(clause, name, Cancellation.Type)}{(asked is null ? "" : $" || !{asked}")})";
        changes.Add(new TextChange(new TextSpan(end, 0), " " + filter));
        return filter;
    }

    /// <summary>What the clause calls the exception; where it has no name for it, it gets one.</summary>
    private static string NameOf(CatchClauseSyntax clause, List<TextChange> changes)
    {
        if (clause.Declaration is { Identifier: { ValueText.Length: > 0, Text: var declared } })
            return declared;
        var name = FreeName(clause);
        changes.Add(clause.Declaration is { } declaration
            ? new TextChange(new TextSpan(declaration.Type.Span.End, 0), " " + name)
            : new TextChange(new TextSpan(clause.CatchKeyword.Span.End, 0), $" (Exception {name})"));
        return name;
    }

    private static PlaceEdit? OnlyOthers(TryStatementSyntax statement, CatchClauseSyntax clause, PlaceContext context, CancellationToken cancellationToken)
    {
        var given = CancellableWork.TokensOfCode(statement.Block, context.Model, context.Symbols, cancellationToken).ToList();
        var tokens = given.Select(static token => token.ToString()).Distinct().ToList();
        if (tokens.Count == 0)
            return null;
        if (tokens.Count > 1)
            return context.Refuse("its code is given several tokens, and the filter would ask one of them: write one that asks the right ones");
        if (given.SelectMany(static token => token.DescendantNodesAndSelf()).Any(node => context.Model.GetSymbolInfo(node, cancellationToken).Symbol is ILocalSymbol local && local.DeclaringSyntaxReferences.Any(declared => statement.Block.Span.Contains(declared.Span))))
            return context.Refuse($"'{tokens[0]}' is declared in the 'try', where the filter cannot see it: declare it before");
        if (HandlerCleanup.LastIn(clause, context, cancellationToken) is { } last)
            return Rethrow(last, $"{Language.AsReceiver(given[0])}.IsCancellationRequested", [], context);
        var filter = $"when (!{Language.AsReceiver(given[0])}.IsCancellationRequested)";
        var changes = new List<TextChange> { new(new TextSpan(clause.Declaration!.Span.End, 0), " " + filter) };
        // What the filter turns down would only fall into the next handler that takes everything.
        foreach (var later in statement.Catches.Skip(statement.Catches.IndexOf(clause) + 1))
        {
            var takes = CancellationHandlers.Takes(later, context.Model, context.Symbols, cancellationToken);
            if (takes == TakenCancellations.None || later.Filter is not null && CancellationHandlers.SpeaksOfCancellation(later.Filter, context.Model, context.Symbols, cancellationToken))
                continue;
            if (later.Filter is not null)
                return context.Refuse("a later handler, with a filter of its own, would take the cancellation instead");
            if (later.Block.Statements.FirstOrDefault() is not ThrowStatementSyntax { Expression: null })
            {
                if (CancellationHandlers.IsExplicit(later, context.Model, context.Symbols, cancellationToken))
                    changes.Add(new TextChange(new TextSpan(later.Declaration!.Span.End, 0), " " + filter));
                else
                    ExcludeCancellations(later, asked: null, changes);
            }

            if (takes == TakenCancellations.All)
                break;
        }

        return changes.Any(static change => change.NewText!.Contains(Cancellation.Type))
            ? new PlaceEdit($"Add '{filter}'", Key, changes, Cancellation)
            : new PlaceEdit($"Add '{filter}'", Key, changes);
    }

    private static string FreeName(CatchClauseSyntax clause)
    {
        var member = (SyntaxNode?)clause.FirstAncestorOrSelf<MemberDeclarationSyntax>() ?? clause.SyntaxTree.GetRoot();
        var taken = new HashSet<string>(member.DescendantTokens().Where(static token => token.IsKind(SyntaxKind.IdentifierToken)).Select(static token => token.ValueText), System.StringComparer.Ordinal);
        var name = "exception";
        for (var number = 1; taken.Contains(name); number++)
            name = "exception" + number;
        return name;
    }
}
