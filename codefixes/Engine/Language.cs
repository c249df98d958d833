using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Structured.Analyzers.CodeFixes;

/// <summary>How new code is written in the version of the language that a file is in.</summary>
internal static class Language
{
    public static bool Knows(this SyntaxNode node, LanguageVersion version) => ((CSharpParseOptions)node.SyntaxTree.Options).LanguageVersion >= version;

    /// <summary>The test that <paramref name="value"/> is not of a type, or not null.</summary>
    public static string IsNot(SyntaxNode node, string value, string what) => node.Knows(LanguageVersion.CSharp9) ? $"{value} is not {what}" : $"!({value} is {what})";
}
