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

/// <summary>What an action is asked to rewrite: the dropped tasks of one function, in one version of its document.</summary>
internal sealed class FunctionDrops
{
    private readonly Dictionary<DropSite, string> _variables = new();

    public FunctionDrops(Document document, SemanticModel model, SyntaxNode root, SourceText text, KnownSymbols symbols, AnalyzerSettings settings, ImmutableArray<DropSite> sites)
    {
        Document = document;
        Model = model;
        Root = root;
        Text = text;
        Symbols = symbols;
        Settings = settings;
        Sites = sites;
        Layout = new SourceLayout(text, root);
    }

    public Document Document { get; }

    public SemanticModel Model { get; }

    public SyntaxNode Root { get; }

    public SourceText Text { get; }

    public KnownSymbols Symbols { get; }

    public AnalyzerSettings Settings { get; }

    /// <summary>In the order of the source.</summary>
    public ImmutableArray<DropSite> Sites { get; }

    public SourceLayout Layout { get; }

    public Refusals Refusals { get; } = new();

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

    public FunctionDrops With(ImmutableArray<DropSite> sites) => new(Document, Model, Root, Text, Symbols, Settings, sites);

    /// <summary>Notes why an action does not fit.</summary>
    /// <returns>Null, which says that it does not.</returns>
    public FunctionEdit? Refuse(string reason)
    {
        Refusals.Add(reason);
        return null;
    }

    /// <summary>A name that means nothing yet at <paramref name="position"/> or anywhere inside <paramref name="scope"/>.</summary>
    public string FreshName(string wanted, int position, SyntaxNode scope)
    {
        for (var number = 0; ; number++)
        {
            var name = number == 0 ? wanted : wanted + number;
            if (Model.LookupSymbols(position, name: name).IsEmpty && !scope.DescendantTokens().Any(token => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText == name))
                return name;
        }
    }
}

/// <summary>What an action would do: changes to the text of one document, and for which of the dropped tasks.</summary>
internal sealed class FunctionEdit
{
    public FunctionEdit(string title, ImmutableArray<TextChange> changes, ImmutableArray<DropSite> sites)
    {
        Title = title;
        Changes = changes;
        Sites = sites;
    }

    public string Title { get; }

    public ImmutableArray<TextChange> Changes { get; }

    public ImmutableArray<DropSite> Sites { get; }
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
