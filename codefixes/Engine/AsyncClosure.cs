using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FindSymbols;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Makes a synchronous function async together with everything that has to follow: whoever calls it awaits it and becomes async as well, and so do the members it
/// overrides or implements and those that override or implement it, through the whole solution.
/// </summary>
internal sealed class AsyncClosure
{
    private const int MostFunctions = 40;

    private readonly Solution _solution;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<DocumentId, (PlaceContext Context, List<TextChange> Changes)> _documents = new();
    private readonly HashSet<string> _files = new(System.StringComparer.Ordinal);
    private readonly Queue<IMethodSymbol> _pending = new();
    private readonly HashSet<IMethodSymbol> _functions = new(SymbolEqualityComparer.Default);
    private readonly HashSet<SyntaxNode> _modified = new();
    private readonly HashSet<SyntaxNode> _awaited = new();

    private AsyncClosure(Solution solution, CancellationToken cancellationToken)
    {
        _solution = solution;
        _cancellationToken = cancellationToken;
    }

    /// <summary>How many functions become async.</summary>
    public int Count => _functions.Count;

    /// <summary>The solution with all of them async; the function it began with awaits nothing yet.</summary>
    public Solution Changed { get; private set; } = null!;

    public IEnumerable<DocumentId> ChangedDocuments => _documents.Keys;

    /// <returns>Null where somebody is in the way: a member of other people's types, a delegate, a constructor, a property.</returns>
    public static async Task<AsyncClosure?> OfAsync(Document document, IMethodSymbol function, CancellationToken cancellationToken)
    {
        var closure = new AsyncClosure(document.Project.Solution, cancellationToken);
        return closure.Add(function) && await closure.RunAsync().ConfigureAwait(false) ? closure : null;
    }

    /// <summary>Where a span of a document is after the change.</summary>
    public TextSpan Moved(DocumentId document, TextSpan span)
        => _documents.TryGetValue(document, out var changed) && TextEdits.Apply(changed.Context.Text, changed.Changes, out var ordered) is not null ? TextEdits.Moved(span, ordered) : span;

    private async Task<bool> RunAsync()
    {
        while (_pending.Count > 0)
        {
            if (_functions.Count > MostFunctions || !await FollowAsync(_pending.Dequeue()).ConfigureAwait(false))
                return false;
        }

        var solution = _solution;
        foreach (var pair in _documents)
        {
            var (context, changes) = pair.Value;
            var all = changes.Concat(Usings.Missing(context.Root, context.Text, context.Model, changes[0].Span.Start, [("System.Threading.Tasks", "Task")], _cancellationToken));
            if (TextEdits.Apply(context.Text, all, out var ordered) is not { } text)
                return false;
            changes.Clear();
            changes.AddRange(ordered);
            foreach (var linked in solution.GetDocument(pair.Key)!.GetLinkedDocumentIds().Add(pair.Key))
                solution = solution.WithDocumentText(linked, text, PreservationMode.PreserveValue);
        }

        Changed = solution;
        return true;
    }

    private bool Add(IMethodSymbol function)
    {
        function = function.OriginalDefinition;
        if (_functions.Contains(function))
            return true;
        if (function.MethodKind is not (MethodKind.Ordinary or MethodKind.LocalFunction or MethodKind.ExplicitInterfaceImplementation)
            || function.IsAsync || function.IsExtern || function.RefKind != RefKind.None || function.PartialDefinitionPart is not null || function.PartialImplementationPart is not null
            || function.Parameters.Any(static parameter => parameter.RefKind != RefKind.None || parameter.Type.IsRefLikeType) || function.ReturnType.IsRefLikeType
            || function.DeclaringSyntaxReferences.Length != 1)
        {
            return false;
        }

        _functions.Add(function);
        _pending.Enqueue(function);
        return true;
    }

    private async Task<bool> FollowAsync(IMethodSymbol function)
    {
        var declaration = await function.DeclaringSyntaxReferences[0].GetSyntaxAsync(_cancellationToken).ConfigureAwait(false);
        if (_solution.GetDocument(declaration.SyntaxTree) is not { } home || await ContextAsync(home).ConfigureAwait(false) is not ({ } context, { } changes) || !AddModifier(declaration, function, context, changes))
            return false;
        foreach (var referenced in await SymbolFinder.FindReferencesAsync(function, _solution, _cancellationToken).ConfigureAwait(false))
        {
            // What it overrides or implements, and what overrides or implements it.
            if (referenced.Definition is not IMethodSymbol related || !related.Locations.Any(static location => location.IsInSource) || !Add(related))
                return false;
            foreach (var location in referenced.Locations)
            {
                if (!await AwaitAsync(location).ConfigureAwait(false))
                    return false;
            }
        }

        return true;
    }

    private bool AddModifier(SyntaxNode declaration, IMethodSymbol function, PlaceContext context, List<TextChange> changes)
    {
        var (returnType, hasBody) = declaration switch
        {
            MethodDeclarationSyntax method when !(function.Name == "Main" && method.AttributeLists.Count > 0) => (method.ReturnType, method.Body is not null || method.ExpressionBody is not null),
            LocalFunctionStatementSyntax local => (local.ReturnType, local.Body is not null || local.ExpressionBody is not null),
            _ => default,
        };
        if (returnType is null || Awaitables.IsAwaitable(function.ReturnType, context.Symbols)
            || declaration.DescendantNodes(node => node == declaration || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).Any(static node => node is YieldStatementSyntax))
        {
            return false;
        }

        changes.Add(new TextChange(returnType.Span, (hasBody ? "async " : "") + (function.ReturnsVoid ? "Task" : $"Task<{returnType}>")));
        return true;
    }

    private async Task<bool> AwaitAsync(ReferenceLocation location)
    {
        if (location.IsImplicit)
            return true;
        if (await ContextAsync(location.Document).ConfigureAwait(false) is not ({ } context, { } changes))
            return false;
        // A file that several projects share is changed once.
        if (!_documents.ContainsKey(location.Document.Id))
            return true;
        var node = context.Root.FindNode(location.Location.SourceSpan, findInsideTrivia: true, getInnermostNodeForTie: true);
        if (node.IsPartOfStructuredTrivia() || node.Ancestors().OfType<InvocationExpressionSyntax>().Any(static call => call.Expression is IdentifierNameSyntax { Identifier.ValueText: "nameof" }))
            return true;
        if (location.IsCandidateLocation || node is not SimpleNameSyntax name)
            return false;
        ExpressionSyntax target = name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access : name;
        if (target.Parent is not InvocationExpressionSyntax call || call.Expression != target || ExpressionTrees.Contain(context.Model.GetOperation(call, _cancellationToken)!, context.Symbols))
            return false;

        // Found once for each member of a hierarchy.
        if (!_awaited.Add(call))
            return true;
        var caller = FunctionContext.Of(call, context.Model, context.Symbols, _cancellationToken);
        if (caller.Kind != FunctionKind.Async && caller.Node is not CompilationUnitSyntax && _modified.Add(caller.Node))
        {
            var isMember = caller.Kind == FunctionKind.Sync && caller.Symbol is { MethodKind: MethodKind.Ordinary or MethodKind.LocalFunction or MethodKind.ExplicitInterfaceImplementation };
            if (isMember ? !Add(caller.Symbol!) : !AsyncModifier.Add(caller, context, changes, _cancellationToken))
                return false;
        }

        return AwaitEdit.Wrap(call, changes, context.Layout);
    }

    private async Task<(PlaceContext? Context, List<TextChange>? Changes)> ContextAsync(Document document)
    {
        if (_documents.TryGetValue(document.Id, out var known))
            return known;
        if (document is SourceGeneratedDocument
            || await document.GetSemanticModelAsync(_cancellationToken).ConfigureAwait(false) is not { } model
            || await document.GetSyntaxRootAsync(_cancellationToken).ConfigureAwait(false) is not { } root)
        {
            return default;
        }

        var context = new PlaceContext(model, root, await document.GetTextAsync(_cancellationToken).ConfigureAwait(false));
        var changes = new List<TextChange>();
        if (document.FilePath is null || _files.Add(document.FilePath))
            _documents.Add(document.Id, (context, changes));
        return (context, changes);
    }
}
