using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FindSymbols;

namespace Structured.Analyzers.CodeFixes;

/// <summary>How code refers to a function.</summary>
internal static class FunctionReference
{
    /// <summary>Whether the function is only named: in <c>nameof</c>, in a comment, or by the compiler itself.</summary>
    public static bool IsOnlyNamed(ReferenceLocation location, SyntaxNode root)
        => location.IsImplicit || IsOnlyNamed(NodeOf(location, root));

    private static bool IsOnlyNamed(SyntaxNode node)
        => node.IsPartOfStructuredTrivia() || node.Ancestors().OfType<InvocationExpressionSyntax>().Any(static call => call.Expression is IdentifierNameSyntax { Identifier.ValueText: "nameof" });

    /// <summary>The call that a reference is part of; null where the function is referred to in any other way, or in an expression tree.</summary>
    public static InvocationExpressionSyntax? CallOf(ReferenceLocation location, PlaceContext context, CancellationToken cancellationToken)
    {
        if (location.IsCandidateLocation || NodeOf(location, context.Root) is not SimpleNameSyntax name)
            return null;
        ExpressionSyntax target = name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access : name;
        return target.Parent is InvocationExpressionSyntax call && call.Expression == target && !ExpressionTrees.Contain(context.Model.GetOperation(call, cancellationToken)!, context.Symbols) ? call : null;
    }

    private static SyntaxNode NodeOf(ReferenceLocation location, SyntaxNode root)
        => root.FindNode(location.Location.SourceSpan, findInsideTrivia: true, getInnermostNodeForTie: true);
}
