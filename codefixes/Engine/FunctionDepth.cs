using System;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// How deep lambdas and local functions stand in one another. A compiler binds a lambda anew for each overload it may belong to, and what is in it anew each time: every further level multiplies what the code
/// takes to compile, after a fix as well as while the fix is checked.
/// </summary>
internal static class FunctionDepth
{
    /// <summary>The deepest that a fix may add to.</summary>
    public const int Most = 6;

    public static string Reason(string title) => $"\"{title}\" would nest functions more than {Most} deep, and each level multiplies what compiling takes";

    /// <summary>Whether they are nested deeper than <see cref="Most"/>, and deeper than they were.</summary>
    public static bool IsExceeded(SyntaxNode before, SyntaxNode after)
    {
        var depth = Of(after);
        return depth > Most && depth > Of(before);
    }

    private static int Of(SyntaxNode root)
    {
        var deepest = 0;
        foreach (var node in root.DescendantNodes())
        {
            if (node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
                continue;
            var depth = 1;
            for (var outer = node.Parent; outer is not null and not MemberDeclarationSyntax; outer = outer.Parent)
                depth += outer is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax ? 1 : 0;
            deepest = Math.Max(deepest, depth);
        }

        return deepest;
    }
}
