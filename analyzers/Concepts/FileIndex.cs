using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers;

/// <summary>
/// What a file is written with: where its names, handlers and loops stand, read from the text, which costs a fraction of a walk through its nodes. Comments and strings have words as well, so
/// each place is looked up in the tree before it is given. One instance a tree, which several threads may use.
/// </summary>
internal sealed class FileIndex
{
    private static readonly ConditionalWeakTable<SyntaxTree, FileIndex> Known = new();

    private static readonly ConditionalWeakTable<Compilation, (SyntaxTree Tree, FileIndex Index)[]> OfCompilations = new();

    private static readonly char[] LineEnds = ['\r', '\n', '\u0085', '\u2028', '\u2029'];

    private static readonly bool[] AsciiInWords = Enumerable.Range(0, 128).Select(static each => SyntaxFacts.IsIdentifierPartCharacter((char)each)).ToArray();

    /// <summary>What may begin a comment, a string of several lines, or an escape.</summary>
    private static readonly bool[] AsciiToLookAt = Enumerable.Range(0, 128).Select(static each => (char)each is '/' or '"' or '\\').ToArray();

    // A bit for each hash, as many as there are characters or more, so that few of them are set: one that another word set is another perhaps.
    private readonly ulong[] _words;
    private readonly List<int> _handlers = new();
    private readonly List<int> _loops = new();

    // Names may be spelled with escapes, and with characters that do not count.
    private readonly bool _mayHideNames;

    // A long file's text is kept in pieces; they are put together once, as long as there is room.
    private readonly WeakReference<string> _text;

    private FileIndex(string text)
    {
        _text = new WeakReference<string>(text);
        var size = 16;
        while (size * 64 < text.Length)
            size *= 2;
        _words = new ulong[size];
        // Every character of the compilation passes here: what the loop needs is at hand, and a word is read where it ends.
        var inWords = AsciiInWords;
        var toLookAt = AsciiToLookAt;
        var length = text.Length;
        var index = 0;
        var isAscii = true;
        // A line that begins with two slashes is passed over. Where a comment of the other kind or a string of several lines may be open, it may go on as code, or have a hole with code.
        var passesComments = true;
        while (index < length)
        {
            var character = text[index];
            if (!(character < 128 ? inWords[character] : IsInWord(character)))
            {
                index++;
                if (character >= 128 || !toLookAt[character])
                    continue;
                var next = index < length ? text[index] : '\0';
                if (character == '\\')
                    _mayHideNames |= next is 'u' or 'U';
                else if (character == '"')
                    passesComments &= !OpensLines(text, index - 1);
                else if (next == '*')
                    passesComments = false;
                else if (next == '/' && passesComments && IsFirstOfItsLine(text, index - 1))
                    index = text.IndexOfAny(LineEnds, index) is >= 0 and var end ? end : length;
                continue;
            }

            var start = index;
            do
            {
                isAscii &= character < 128;
                index++;
            }
            while (index < length && ((character = text[index]) < 128 ? inWords[character] : IsInWord(character)));

            var hash = HashOf(text, start, index - start);
            _words[PlaceOf(hash)] |= BitOf(hash);
            if (IsWord(text, start, index, "catch"))
                _handlers.Add(start);
            else if (IsWord(text, start, index, "while") || IsWord(text, start, index, "do") || IsWord(text, start, index, "for"))
                _loops.Add(start);
        }

        _mayHideNames |= !isAscii && text.Any(static character => character > '\u007f' && CharUnicodeInfo.GetUnicodeCategory(character) == UnicodeCategory.Format);
    }

    /// <summary>Whether a quote is that of a string whose further lines may end it, or have a hole: <c>@"</c>, <c>@$"</c>, <c>$"""</c>.</summary>
    private static bool OpensLines(string text, int quote)
        => quote > 0 && (text[quote - 1] == '@' || text[quote - 1] == '$' && (quote > 1 && text[quote - 2] == '@' || string.CompareOrdinal(text, quote, "\"\"\"", 0, 3) == 0));

    private static bool IsFirstOfItsLine(string text, int place)
    {
        while (--place >= 0)
        {
            if (text[place] is '\n')
                return true;
            if (text[place] is not (' ' or '\t'))
                return false;
        }

        return true;
    }

    private static bool IsWord(string text, int start, int end, string word) => end - start == word.Length && text[start] == word[0] && string.CompareOrdinal(text, start, word, 0, word.Length) == 0;

    /// <summary>The index of a tree.</summary>
    public static FileIndex Of(SyntaxTree tree, CancellationToken cancellationToken)
    {
        if (Known.TryGetValue(tree, out var index))
            return index;
        index = new FileIndex(tree.GetText(cancellationToken).ToString());
        return Known.GetValue(tree, _ => index);
    }

    /// <summary>
    /// The identifiers in <paramref name="code"/> that are called <paramref name="name"/>, whatever they mean there, in the order of the text. They are searched for in the text, which
    /// costs little beside a walk through all nodes.
    /// </summary>
    public static IEnumerable<SyntaxToken> IdentifiersIn(SyntaxNode code, string name, CancellationToken cancellationToken)
    {
        var index = Of(code.SyntaxTree, cancellationToken);
        return !index.MayName(name) ? Array.Empty<SyntaxToken>() : index.Search(code, name, cancellationToken);
    }

    private IEnumerable<SyntaxToken> Search(SyntaxNode code, string name, CancellationToken cancellationToken)
    {
        if (_mayHideNames)
        {
            foreach (var token in code.DescendantTokens())
            {
                if (IsCalled(token, name))
                    yield return token;
            }

            yield break;
        }

        var text = TextOf(code.SyntaxTree, cancellationToken);
        var end = code.Span.End;
        for (var place = code.SpanStart; (place = text.IndexOf(name, place, end - place, StringComparison.Ordinal)) >= 0; place += name.Length)
        {
            if (IsPartOfWord(text, place, name.Length))
                continue;
            // In a comment or a string it is no identifier.
            cancellationToken.ThrowIfCancellationRequested();
            if (code.FindToken(place) is var token && token.Span.Contains(place) && IsCalled(token, name))
                yield return token;
        }
    }

    /// <summary>The names in <paramref name="code"/> that are written <paramref name="name"/>, with type arguments or without.</summary>
    public static IEnumerable<SimpleNameSyntax> NamesIn(SyntaxNode code, string name, CancellationToken cancellationToken)
    {
        foreach (var token in IdentifiersIn(code, name, cancellationToken))
        {
            if (token.Parent is SimpleNameSyntax each)
                yield return each;
        }
    }

    private static bool IsCalled(SyntaxToken token, string name) => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText == name;

    private string TextOf(SyntaxTree tree, CancellationToken cancellationToken)
    {
        if (_text.TryGetTarget(out var text))
            return text;
        text = tree.GetText(cancellationToken).ToString();
        _text.SetTarget(text);
        return text;
    }

    /// <summary>Whether a file may have the word in its code, a keyword or a name.</summary>
    public static bool MayHave(SyntaxTree tree, string word, CancellationToken cancellationToken) => Of(tree, cancellationToken).MayName(word);

    /// <summary>The files of a compilation that may have the word in their code.</summary>
    public static IEnumerable<SyntaxTree> TreesWith(Compilation compilation, string word, CancellationToken cancellationToken)
    {
        // What is called nothing, for its name is yet to be typed, is named nowhere.
        if (word.Length == 0)
            yield break;
        if (!OfCompilations.TryGetValue(compilation, out var indexes))
            indexes = OfCompilations.GetValue(compilation, each => each.SyntaxTrees.Select(tree => (tree, Of(tree, cancellationToken))).ToArray());
        var hash = HashOf(word, 0, word.Length);
        foreach (var (tree, index) in indexes)
        {
            if (index.MayName(hash))
                yield return tree;
        }
    }

    /// <summary>Whether the file may use something called <paramref name="name"/>, whatever it means there.</summary>
    private bool MayName(string name) => name.Length > 0 && MayName(HashOf(name, 0, name.Length));

    private bool MayName(int hash) => _mayHideNames || (_words[PlaceOf(hash)] & BitOf(hash)) != 0;

    /// <summary>Whether the keyword may stand in <paramref name="code"/>: it does, or it is a word of a comment or string there.</summary>
    public static bool MayHave(SyntaxNode code, string keyword, CancellationToken cancellationToken)
    {
        var index = Of(code.SyntaxTree, cancellationToken);
        if (!index.MayName(keyword))
            return false;
        var text = index.TextOf(code.SyntaxTree, cancellationToken);
        var end = code.Span.End;
        for (var place = code.SpanStart; (place = text.IndexOf(keyword, place, end - place, StringComparison.Ordinal)) >= 0; place += keyword.Length)
        {
            if (!IsPartOfWord(text, place, keyword.Length))
                return true;
        }

        return false;
    }

    private static bool IsPartOfWord(string text, int place, int length) => place > 0 && IsInWord(text[place - 1]) || place + length < text.Length && IsInWord(text[place + length]);

    /// <summary>The <c>try</c> statements in <paramref name="code"/> that have handlers, in the order of their first one.</summary>
    public static ImmutableArray<TryStatementSyntax> HandledIn(SyntaxNode code, CancellationToken cancellationToken)
        => TokensAt(Of(code.SyntaxTree, cancellationToken)._handlers, code) is { IsEmpty: false } keywords
            ? keywords.Select(static keyword => keyword.Parent?.Parent).OfType<TryStatementSyntax>().Distinct().ToImmutableArray()
            : ImmutableArray<TryStatementSyntax>.Empty;

    /// <summary>The loops in <paramref name="code"/> that may be endless, in the order of their keywords: any but a <c>foreach</c>.</summary>
    public static ImmutableArray<StatementSyntax> LoopsIn(SyntaxNode code, CancellationToken cancellationToken)
        => TokensAt(Of(code.SyntaxTree, cancellationToken)._loops, code) is { IsEmpty: false } keywords
            ? keywords.Where(static keyword => keyword.Parent is WhileStatementSyntax or ForStatementSyntax || keyword.IsKind(SyntaxKind.DoKeyword)).Select(static keyword => keyword.Parent).OfType<StatementSyntax>().ToImmutableArray()
            : ImmutableArray<StatementSyntax>.Empty;

    /// <summary>The tokens that begin at one of the places, which are in the order of the text.</summary>
    private static ImmutableArray<SyntaxToken> TokensAt(List<int> places, SyntaxNode code)
    {
        var index = places.BinarySearch(code.SpanStart);
        index = index < 0 ? ~index : index;
        if (index == places.Count || places[index] >= code.Span.End)
            return ImmutableArray<SyntaxToken>.Empty;
        var found = ImmutableArray.CreateBuilder<SyntaxToken>();
        for (; index < places.Count && places[index] < code.Span.End; index++)
        {
            // In a comment or a string it is no keyword.
            if (code.FindToken(places[index]) is var token && token.SpanStart == places[index])
                found.Add(token);
        }

        return found.ToImmutable();
    }

    private static bool IsInWord(char character) => character < 128 ? AsciiInWords[character] : SyntaxFacts.IsIdentifierPartCharacter(character);

    private int PlaceOf(int hash) => (int)((uint)hash >> 6) & (_words.Length - 1);

    private static ulong BitOf(int hash) => 1UL << (hash & 63);

    // Of some of its characters: words that share a hash only make another perhaps.
    private static int HashOf(string text, int start, int length)
    {
        var last = start + length - 1;
        var hash = unchecked((uint)(length ^ text[start] << 4 ^ text[last] << 10 ^ text[start + (length >> 1)] << 16 ^ text[start + (length >> 2)] << 21 ^ text[last - (length >> 2)] << 25) * 2654435769);
        return (int)(hash ^ hash >> 15);
    }
}
