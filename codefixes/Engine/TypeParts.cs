using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Changes to a type that may be declared in several files: to the file of its dropped tasks, and to the other parts.</summary>
internal sealed class TypeParts
{
    private readonly FunctionDrops _drops;
    private readonly INamedTypeSymbol _type;
    private readonly Dictionary<SyntaxTree, DocumentChanges> _others = new();
    private readonly CancellationToken _cancellationToken;

    public TypeParts(FunctionDrops drops, INamedTypeSymbol type, CancellationToken cancellationToken)
    {
        _drops = drops;
        _type = type;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Changes to the file of the dropped tasks.</summary>
    public CodeChanges Own { get; } = new();

    /// <summary>Changes to the other files.</summary>
    public IReadOnlyCollection<DocumentChanges> Others => _others.Values.Where(static other => other.Changes.Count > 0).ToList();

    /// <summary>The file that <paramref name="node"/> lies in, and the changes to it; null where that declares no part of the type, or nobody writes it by hand.</summary>
    public DocumentChanges? Of(SyntaxNode node)
    {
        var tree = node.SyntaxTree;
        if (tree == _drops.Root.SyntaxTree)
            return new DocumentChanges(_drops, Own, IsCopy: false);
        if (_others.TryGetValue(tree, out var known))
            return known;
        if (_type.DeclaringSyntaxReferences.All(part => part.SyntaxTree != tree) || _drops.Document.Project.GetDocument(tree) is not { } document || GeneratedFiles.Are(document))
            return null;
        var context = new PlaceContext(_drops.Model.Compilation.GetSemanticModel(tree), tree.GetRoot(_cancellationToken), tree.GetText(_cancellationToken));
        var part = new DocumentChanges(context, new CodeChanges(), IsCopy: false);
        _others.Add(tree, part);
        return part;
    }
}

/// <summary>Files that a tool writes again and again.</summary>
internal static class GeneratedFiles
{
    public static bool Are(Document document)
        => document is SourceGeneratedDocument || document.FilePath is { } path
           && (path.EndsWith(".g.cs", System.StringComparison.OrdinalIgnoreCase) || path.EndsWith(".Designer.cs", System.StringComparison.OrdinalIgnoreCase));
}
