using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis.Text;
using Structured.Cli.Text;

namespace Structured.Cli.Files;

/// <summary>The bytes of a source file: encoding, byte order mark and line ends are kept, and so is every byte outside of the change.</summary>
internal static class SourceFile
{
    // The longer marks first: that of UTF-32 begins with that of UTF-16.
    private static readonly Encoding[] Marked =
    [
        new UTF32Encoding(bigEndian: false, byteOrderMark: true),
        new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true),
    ];

    /// <summary>What the file holds now and what it will hold.</summary>
    /// <returns>The bytes, or why they cannot be told.</returns>
    public static (byte[] Before, byte[] After, string? Refusal) Encode(string path, SourceText before, SourceText after)
    {
        var bytes = File.ReadAllBytes(path);
        var (encoding, mark) = EncodingOf(bytes, before.Encoding);
        var (was, will) = (before.ToString(), after.ToString());
        if (encoding.GetString(bytes, mark, bytes.Length - mark) != was)
            return (bytes, bytes, "it was changed meanwhile; run again");
        // Bytes that are no characters of the encoding, of a file in an older one most likely, would not come back as they were.
        if (!bytes.AsSpan(mark).SequenceEqual(encoding.GetBytes(was)))
        {
            return encoding is UTF8Encoding && ByLine(bytes, mark, was, will) is { } patched
                ? (bytes, patched, null)
                : (bytes, bytes, $"it holds bytes that are not {encoding.WebName} where the fix changes it; save it as UTF-8 first");
        }

        var content = encoding.GetBytes(will);
        if (encoding.GetString(content) != will)
            return (bytes, bytes, $"its encoding, {encoding.WebName}, lacks a character that the fix needs");
        var result = new byte[mark + content.Length];
        bytes.AsSpan(0, mark).CopyTo(result);
        content.CopyTo(result, mark);
        return (bytes, result, null);
    }

    /// <summary>Lines that stay keep their bytes; new ones are ASCII, or old ones with another indentation.</summary>
    private static byte[]? ByLine(byte[] bytes, int mark, string was, string will)
    {
        var (old, changed) = (LineDiff.Lines(was), LineDiff.Lines(will));
        var kept = new List<byte[]>();
        for (var start = mark; start < bytes.Length;)
        {
            var end = Array.IndexOf(bytes, (byte)'\n', start);
            end = end < 0 ? bytes.Length : end + 1;
            kept.Add(bytes[start..end]);
            start = end;
        }

        if (kept.Count != old.Count)
            return null;
        var result = new List<byte>(bytes.Take(mark));
        var removed = new List<int>();
        foreach (var edit in LineDiff.Edits(old, changed))
        {
            if (edit.Kind == ' ')
                removed.Clear();
            if (edit.Kind == '-')
                removed.Add(edit.Old);
            if (edit.Kind == ' ')
                result.AddRange(kept[edit.Old]);
            if (edit.Kind != '+')
                continue;
            var line = changed[edit.New];
            if (Ascii.IsValid(line))
            {
                result.AddRange(Encoding.ASCII.GetBytes(line));
                continue;
            }

            var content = line.TrimStart(' ', '\t');
            var same = removed.FindIndex(each => old[each].TrimStart(' ', '\t') == content);
            if (same < 0)
                return null;
            result.AddRange(Encoding.ASCII.GetBytes(line[..^content.Length]));
            result.AddRange(kept[removed[same]].SkipWhile(static each => each is (byte)' ' or (byte)'\t'));
            removed.RemoveAt(same);
        }

        return [.. result];
    }

    public static bool IsReadOnly(string path) => File.Exists(path) && File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly);

    private static (Encoding Encoding, int Mark) EncodingOf(byte[] bytes, Encoding? known)
    {
        foreach (var encoding in Marked)
        {
            if (bytes.AsSpan().StartsWith(encoding.GetPreamble()))
                return (encoding, encoding.GetPreamble().Length);
        }

        return (known ?? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 0);
    }
}
