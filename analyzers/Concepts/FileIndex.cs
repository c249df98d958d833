using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers;

/// <summary>
/// What a file is written with, found in one walk for all rules: a file that lacks a name cannot use what is called so, and a member without a handler or a loop is not looked at by
/// the rules about those. One instance a tree; immutable, so it may be used by several threads.
/// </summary>
internal sealed class FileIndex
{
    private static readonly ConditionalWeakTable<SyntaxTree, FileIndex> Known = new();

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<int> _handlers = new();
    private readonly List<int> _loops = new();

    private FileIndex(SyntaxNode root, CancellationToken cancellationToken)
    {
        foreach (var node in root.DescendantNodes())
        {
            switch (node)
            {
                case SimpleNameSyntax name:
                    _names.Add(name.Identifier.ValueText);
                    break;
                case CatchClauseSyntax:
                    _handlers.Add(node.SpanStart);
                    break;
                case WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax:
                    _loops.Add(node.SpanStart);
                    cancellationToken.ThrowIfCancellationRequested();
                    break;
            }
        }
    }

    public static FileIndex Of(SyntaxTree tree, CancellationToken cancellationToken)
    {
        if (Known.TryGetValue(tree, out var index))
            return index;
        index = new FileIndex(tree.GetRoot(cancellationToken), cancellationToken);
        return Known.GetValue(tree, _ => index);
    }

    /// <summary>Whether the file uses something called <paramref name="name"/>, whatever it means there.</summary>
    public bool Names(string name) => _names.Contains(name);

    /// <summary>Whether a <c>catch</c> stands in <paramref name="span"/>.</summary>
    public bool HasHandler(TextSpan span) => HasAny(_handlers, span);

    /// <summary>Whether a loop stands in <paramref name="span"/> that may be endless: any but a <c>foreach</c>.</summary>
    public bool HasLoop(TextSpan span) => HasAny(_loops, span);

    /// <summary>The walk goes through a file from its begin to its end, so the places are in order.</summary>
    private static bool HasAny(List<int> places, TextSpan span)
    {
        var index = places.BinarySearch(span.Start);
        index = index < 0 ? ~index : index;
        return index < places.Count && places[index] < span.End;
    }
}
