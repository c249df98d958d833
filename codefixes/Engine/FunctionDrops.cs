using System.Collections.Generic;
using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>What an action is asked to rewrite: the dropped tasks of one function, in one version of its document.</summary>
internal sealed class FunctionDrops : PlaceContext
{
    private readonly Dictionary<DropSite, string> _variables = new();

    public FunctionDrops(Document document, SemanticModel model, SyntaxNode root, SourceText text, AnalyzerSettings settings, ImmutableArray<DropSite> sites)
        : base(model, root, text)
    {
        Document = document;
        Settings = settings;
        Sites = sites;
    }

    public Document Document { get; }

    public AnalyzerSettings Settings { get; }

    /// <summary>In the order of the source.</summary>
    public ImmutableArray<DropSite> Sites { get; }

    public FunctionContext Function => Sites[0].Function;

    /// <summary>A fresh name for a variable that stands where the task of <paramref name="site"/> is started; no other site is given the same.</summary>
    public string VariableFor(DropSite site, string wanted)
    {
        if (_variables.TryGetValue(site, out var known))
            return known;
        for (var number = 0; ; number++)
        {
            var name = FreshName(number == 0 ? wanted : wanted + number, site.Call.SpanStart, site.Function.Node);
            if (_variables.ContainsValue(name))
                continue;
            _variables.Add(site, name);
            return name;
        }
    }

    public FunctionDrops With(ImmutableArray<DropSite> sites) => new(Document, Model, Root, Text, Settings, sites);

    /// <summary>Notes why an action does not fit.</summary>
    /// <returns>Null, which says that it does not.</returns>
    public new FunctionEdit? Refuse(string reason)
    {
        Refusals.Add(reason);
        return null;
    }
}

/// <summary>What an action would do: changes to the document, and to others that declare parts of the type, and for which of the dropped tasks.</summary>
internal sealed class FunctionEdit
{
    public FunctionEdit(string title, CodeChanges changes, ImmutableArray<DropSite> sites, IReadOnlyCollection<DocumentChanges>? others = null)
    {
        Title = title;
        Changes = changes;
        Sites = sites;
        Others = others ?? [];
    }

    public string Title { get; }

    public CodeChanges Changes { get; }

    public ImmutableArray<DropSite> Sites { get; }

    public IReadOnlyCollection<DocumentChanges> Others { get; }
}

/// <summary>One way to fix dropped tasks. Stateless.</summary>
internal abstract class FixAction
{
    /// <summary>Names the action for fix-all and for tools; stable.</summary>
    public abstract string EquivalenceKey { get; }

    /// <summary>The edit for all the sites together, or null where it would not be right.</summary>
    public abstract FunctionEdit? Rewrite(FunctionDrops drops, CancellationToken cancellationToken);

    /// <summary>Whether the rest of the solution still compiles after the edit. Asked only of an action that changes what others see.</summary>
    public virtual Task<bool> LeavesOthersAloneAsync(FunctionDrops drops, CancellationToken cancellationToken) => Task.FromResult(true);
}
