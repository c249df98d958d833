using System;
using System.IO;
using System.Text.RegularExpressions;

namespace Structured.Cli.Commands;

/// <summary>The rules' pages, which come with the tool.</summary>
internal static partial class RulePages
{
    public const string Home = "https://github.com/structured-analyzers/structured-analyzers";

    /// <returns>The page as it is in <c>docs/rules</c>; null where there is none.</returns>
    public static string? Find(string id)
    {
        using var stream = typeof(RulePages).Assembly.GetManifestResourceStream($"rules/{id}.md");
        if (stream is null)
            return null;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>What an example takes for granted is only there for the tests.</summary>
    public static string WithoutComments(string page) => BlankLines().Replace(Comment().Replace(page, ""), "\n\n").Trim() + "\n";

    [GeneratedRegex("<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex("\n{3,}")]
    private static partial Regex BlankLines();
}
