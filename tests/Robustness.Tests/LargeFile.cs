using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis.CSharp;

namespace Robustness.Tests;

/// <summary>Many seeds in one file, each in a namespace of its own.</summary>
internal static class LargeFile
{
    private static readonly Lazy<ImmutableArray<string>> Readable = new(static () =>
        [.. Seeds.Cases.Where(static seed => !CSharpSyntaxTree.ParseText("namespace N\n{\n" + seed + "\n}\n").GetDiagnostics().Any())]);

    public static string Make(int lines)
    {
        var text = new StringBuilder();
        var count = 0;
        for (var index = 0; count < lines; index++)
        {
            var seed = Readable.Value[(index * 37) % Readable.Value.Length];
            text.Append("namespace N").Append(index.ToString(CultureInfo.InvariantCulture)).Append("\n{\n").Append(seed).Append("\n}\n");
            count += seed.Count(static character => character == '\n') + 4;
        }

        return text.ToString();
    }
}
