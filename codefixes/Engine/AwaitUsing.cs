using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// A type that was only disposable and now owns a nursery has to be disposed of asynchronously, or its children are only cancelled and not waited for: <c>using</c>
/// becomes <c>await using</c> wherever an await can stand.
/// </summary>
internal static class AwaitUsing
{
    public static async Task<Solution> UpgradeAsync(Document before, Document after, CancellationToken cancellationToken)
    {
        var solution = after.Project.Solution;
        var types = await NewlyAsyncDisposableAsync(before, after, cancellationToken).ConfigureAwait(false);
        if (types.IsEmpty)
            return solution;
        foreach (var id in solution.GetProjectDependencyGraph().GetProjectsThatTransitivelyDependOnThisProject(after.Project.Id).Concat([after.Project.Id]))
        {
            foreach (var document in solution.GetProject(id)!.Documents)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var text = await document.GetTextAsync(cancellationToken).ConfigureAwait(false);
                if (document.FilePath is null || text.ToString() is not { } code || code.IndexOf("using", StringComparison.Ordinal) < 0 || GeneratedFiles.Are(document))
                    continue;
                if (await UpgradeDocumentAsync(solution.GetDocument(document.Id)!, types, cancellationToken).ConfigureAwait(false) is not { } upgraded)
                    continue;
                foreach (var linked in solution.GetDocument(document.Id)!.GetLinkedDocumentIds().Add(document.Id))
                    solution = solution.WithDocumentText(linked, upgraded);
            }
        }

        return solution;
    }

    private static async Task<ImmutableHashSet<string>> NewlyAsyncDisposableAsync(Document before, Document after, CancellationToken cancellationToken)
    {
        var had = await TypesAsync(before, cancellationToken).ConfigureAwait(false);
        var has = await TypesAsync(after, cancellationToken).ConfigureAwait(false);
        return has.Except(had);
    }

    /// <summary>The types of a document that can be disposed of both ways, by documentation id.</summary>
    private static async Task<ImmutableHashSet<string>> TypesAsync(Document document, CancellationToken cancellationToken)
    {
        var model = (await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false))!;
        var root = (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false))!;
        var symbols = KnownSymbols.For(model.Compilation);
        return root.DescendantNodes(static node => node is not MemberDeclarationSyntax or BaseTypeDeclarationSyntax or BaseNamespaceDeclarationSyntax).OfType<ClassDeclarationSyntax>()
            .Select(declaration => model.GetDeclaredSymbol(declaration, cancellationToken))
            .Where(type => KnownSymbols.Implements(type, symbols.Disposable) && KnownSymbols.Implements(type, symbols.AsyncDisposable))
            .Select(static type => type!.GetDocumentationCommentId()!)
            .ToImmutableHashSet(StringComparer.Ordinal);
    }

    private static async Task<SourceText?> UpgradeDocumentAsync(Document document, ImmutableHashSet<string> types, CancellationToken cancellationToken)
    {
        var model = (await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false))!;
        var root = (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false))!;
        var symbols = KnownSymbols.For(model.Compilation);
        var changes = new List<TextChange>();
        foreach (var node in root.DescendantNodes())
        {
            var (keyword, resource) = node switch
            {
                UsingStatementSyntax { AwaitKeyword.RawKind: 0 } statement => (statement.UsingKeyword, (SyntaxNode?)statement.Expression ?? statement.Declaration?.Variables.FirstOrDefault()?.Initializer?.Value),
                LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0, AwaitKeyword.RawKind: 0 } declaration => (declaration.UsingKeyword, declaration.Declaration.Variables.FirstOrDefault()?.Initializer?.Value),
                _ => default,
            };
            if (resource is null || model.GetTypeInfo(resource, cancellationToken).Type?.OriginalDefinition.GetDocumentationCommentId() is not { } id || !types.Contains(id))
                continue;
            var function = FunctionContext.Of(node, model, symbols, cancellationToken);
            if (function.Kind == FunctionKind.Async || function.Node is CompilationUnitSyntax)
                changes.Add(new TextChange(new TextSpan(keyword.SpanStart, 0), "await "));
        }

        if (changes.Count == 0)
            return null;
        var counts = await Verification.CountAsync(document, cancellationToken).ConfigureAwait(false);
        var text = (await document.GetTextAsync(cancellationToken).ConfigureAwait(false)).WithChanges(changes);
        return Verification.IsNoWorse(counts, await Verification.CountAsync(document.WithText(text), cancellationToken).ConfigureAwait(false)) ? text : null;
    }
}
