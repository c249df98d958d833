using System.Collections.Generic;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers;

/// <summary>
/// The words that a file is written with, wherever they stand, comments and strings included: a file that lacks a name cannot use what is called so, and a member without the word
/// <c>catch</c> has no handler. Every yes is a perhaps. Read from the text, which costs a fraction of a walk through its nodes. One instance a tree; immutable, so
/// it may be used by several threads.
/// </summary>
internal sealed class FileIndex
{
    private static readonly ConditionalWeakTable<SyntaxTree, FileIndex> Known = new();

    private static readonly int Catch = HashOf("catch");
    private static readonly int While = HashOf("while");
    private static readonly int Do = HashOf("do");
    private static readonly int For = HashOf("for");

    private readonly HashSet<int> _words = new();
    private readonly List<int> _handlers = new();
    private readonly List<int> _loops = new();

    // Names may be spelled with escapes, and with characters that do not count.
    private readonly bool _mayHideNames;

    private FileIndex(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            _mayHideNames |= text[index] == '\\' && index + 1 < text.Length && text[index + 1] is 'u' or 'U';
            if (!IsInWord(text[index]))
                continue;
            var start = index;
            var hash = HashOfNothing;
            for (; index < text.Length && IsInWord(text[index]); index++)
            {
                hash = With(hash, text[index]);
                _mayHideNames |= text[index] > '\u007f' && CharUnicodeInfo.GetUnicodeCategory(text[index]) == UnicodeCategory.Format;
            }

            index--;
            _words.Add(hash);
            if (hash == Catch)
                _handlers.Add(start);
            else if (hash == While || hash == Do || hash == For)
                _loops.Add(start);
        }
    }

    public static FileIndex Of(SyntaxTree tree, CancellationToken cancellationToken)
    {
        if (Known.TryGetValue(tree, out var index))
            return index;
        index = new FileIndex(tree.GetText(cancellationToken).ToString());
        return Known.GetValue(tree, _ => index);
    }

    /// <summary>Whether the file may use something called <paramref name="name"/>, whatever it means there.</summary>
    public bool MayName(string name) => _mayHideNames || _words.Contains(HashOf(name));

    /// <summary>Whether a <c>catch</c> may stand in <paramref name="span"/>.</summary>
    public bool MayHaveHandler(TextSpan span) => HasAny(_handlers, span);

    /// <summary>Whether a loop may stand in <paramref name="span"/> that may be endless: any but a <c>foreach</c>.</summary>
    public bool MayHaveLoop(TextSpan span) => HasAny(_loops, span);

    /// <summary>The places are in the order of the text.</summary>
    private static bool HasAny(List<int> places, TextSpan span)
    {
        var index = places.BinarySearch(span.Start);
        index = index < 0 ? ~index : index;
        return index < places.Count && places[index] < span.End;
    }

    private static bool IsInWord(char character)
        => character is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9' or '_' || character > '\u007f' && SyntaxFacts.IsIdentifierPartCharacter(character);

    // FNV-1a. Words that share a hash only make another perhaps.
    private const int HashOfNothing = unchecked((int)2166136261);

    private static int With(int hash, char character) => unchecked((hash ^ character) * 16777619);

    private static int HashOf(string word)
    {
        var hash = HashOfNothing;
        foreach (var character in word)
            hash = With(hash, character);
        return hash;
    }
}
