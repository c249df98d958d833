using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>How new code is written in the version of the language that a file is in.</summary>
internal static class Language
{
    public static bool Knows(this SyntaxNode node, LanguageVersion version) => ((CSharpParseOptions)node.SyntaxTree.Options).LanguageVersion >= version;

    /// <summary>The test that <paramref name="value"/> is not of a type, or not null.</summary>
    public static string IsNot(SyntaxNode node, string value, string what) => node.Knows(LanguageVersion.CSharp9) ? $"{value} is not {what}" : $"!({value} is {what})";

    /// <summary>Whether an expression has to be put into parentheses before a member of it can be named: <c>(linked?.Token ?? token).IsCancellationRequested</c>.</summary>
    public static bool NeedsParentheses(ExpressionSyntax receiver)
        => receiver is not (SimpleNameSyntax or MemberAccessExpressionSyntax or InvocationExpressionSyntax or ElementAccessExpressionSyntax or ParenthesizedExpressionSyntax or ThisExpressionSyntax or BaseObjectCreationExpressionSyntax or DefaultExpressionSyntax);

    /// <summary>The text of an expression, as something of which a member is named.</summary>
    public static string AsReceiver(ExpressionSyntax receiver) => NeedsParentheses(receiver) ? $"({receiver})" : receiver.ToString();
}
