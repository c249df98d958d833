using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers;

/// <summary>
/// Which token sources of a type may not be the one, where code would ask for their token: null, because <c>Start</c> makes it or <c>Stop</c> forgets it, or the last
/// round's.
/// </summary>
internal static class UnsetSources
{
    private static readonly ConditionalWeakTable<ISymbol, StrongBox<bool>> AlwaysSet = new();

    /// <param name="source">A field or property that holds a source.</param>
    /// <param name="node">The code that would ask for the token.</param>
    /// <param name="model">The model of that code.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    public static bool MayContain(ISymbol source, SyntaxNode node, SemanticModel model, CancellationToken cancellationToken)
    {
        if (AnnotationOf(source) == NullableAnnotation.Annotated)
            return true;
        if (!AlwaysSet.TryGetValue(source, out var isSet))
            isSet = AlwaysSet.GetValue(source, member => new StrongBox<bool>(IsAlwaysSet(member, cancellationToken)));
        return !isSet.Value && !IsUsedBefore(source, node, model, cancellationToken);
    }

    /// <summary>Whether a loop around the code makes a new source each time round, which serves that round and not what is between two.</summary>
    public static bool IsMadeByRound(ISymbol source, SyntaxNode node, SemanticModel model, CancellationToken cancellationToken)
        => node.Ancestors().TakeWhile(static each => each is not MemberDeclarationSyntax).Where(static each => each is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax)
            .SelectMany(static loop => loop.DescendantNodes().OfType<AssignmentExpressionSyntax>())
            .Any(assignment => IsNamed(assignment.Left, source) && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(assignment.Left, cancellationToken).Symbol, source));

    /// <summary>By its declaration or by every constructor, and never null later. A nullable context vouches for what is not null by its type, save where code silences it.</summary>
    private static bool IsAlwaysSet(ISymbol member, CancellationToken cancellationToken)
    {
        // What another assembly declares cannot be looked into.
        var declarations = member.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(cancellationToken)).ToList();
        if (declarations.Count == 0)
            return true;
        var initializer = declarations.Select(static declaration => declaration switch
        {
            VariableDeclaratorSyntax variable => variable.Initializer?.Value,
            PropertyDeclarationSyntax property => property.Initializer?.Value,
            _ => null,
        }).FirstOrDefault(static value => value is not null);
        if (initializer is not null && IsNull(initializer))
            return false;

        var isSet = initializer is not null || AnnotationOf(member) == NullableAnnotation.NotAnnotated;
        var constructors = 0;
        var setting = 0;
        foreach (var part in member.ContainingType.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(cancellationToken)))
        {
            if (FileIndex.NamesIn(part, member.Name, cancellationToken).Any(name => AsyncCode.UseOf(name).Parent is AssignmentExpressionSyntax assignment && IsNamed(assignment.Left, member) && IsNull(assignment.Right)))
                return false;
            foreach (var constructor in part.ChildNodes().OfType<ConstructorDeclarationSyntax>())
            {
                if (constructor.Modifiers.Any(SyntaxKind.StaticKeyword) != member.IsStatic || constructor.Initializer?.RawKind == (int)SyntaxKind.ThisConstructorInitializer)
                    continue;
                constructors++;
                if (constructor.Body is { } body ? body.Statements.Any(statement => statement is ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax set } && IsNamed(set.Left, member)) : constructor.ExpressionBody?.Expression is AssignmentExpressionSyntax only && IsNamed(only.Left, member))
                    setting++;
            }
        }

        return isSet || constructors > 0 && setting == constructors;
    }

    private static NullableAnnotation AnnotationOf(ISymbol member)
        => member switch
        {
            IFieldSymbol field => field.NullableAnnotation,
            IPropertySymbol property => property.NullableAnnotation,
            _ => NullableAnnotation.None,
        };

    /// <summary>Whether code that comes first whenever <paramref name="node"/> runs would have failed, had there been no source; or makes one.</summary>
    private static bool IsUsedBefore(ISymbol source, SyntaxNode node, SemanticModel model, CancellationToken cancellationToken)
    {
        for (var current = node; current.Parent is { } parent and not TypeDeclarationSyntax; current = parent)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = parent switch
            {
                BlockSyntax block => block.Statements.TakeWhile(statement => statement != current),
                SwitchSectionSyntax section => section.Statements.TakeWhile(statement => statement != current),
                IfStatementSyntax choice when current != choice.Condition => [choice.Condition],
                WhileStatementSyntax loop when current == loop.Statement => [loop.Condition],
                ForStatementSyntax { Condition: { } condition } loop when current == loop.Statement => [condition],
                _ => Enumerable.Empty<SyntaxNode>(),
            };
            if (before.Any(code => FileIndex.NamesIn(code, source.Name, cancellationToken).OfType<IdentifierNameSyntax>().Any(name => IsUse(name) && AlwaysRuns(name, code) && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, source))))
                return true;
        }

        return false;

        bool IsUse(IdentifierNameSyntax name)
        {
            var expression = WithThis(name);
            return expression.Parent is MemberAccessExpressionSyntax access && access.Expression == expression
                   || expression.Parent is AssignmentExpressionSyntax { Right: BaseObjectCreationExpressionSyntax or InvocationExpressionSyntax } assignment && assignment.Left == expression;
        }
    }

    private static bool AlwaysRuns(SyntaxNode part, SyntaxNode code)
    {
        for (var current = part; current != code; current = current.Parent!)
        {
            var isCertain = current.Parent switch
            {
                AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or CatchClauseSyntax or ElseClauseSyntax or SwitchSectionSyntax or SwitchExpressionArmSyntax => false,
                IfStatementSyntax choice => current == choice.Condition,
                WhileStatementSyntax loop => current == loop.Condition,
                ForStatementSyntax loop => current == loop.Condition || current == loop.Declaration,
                CommonForEachStatementSyntax loop => current == loop.Expression,
                ConditionalExpressionSyntax choice => current == choice.Condition,
                ConditionalAccessExpressionSyntax access => current == access.Expression,
                TryStatementSyntax { Catches.Count: > 0 } attempt => current == attempt.Finally,
                BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression or (int)SyntaxKind.LogicalOrExpression or (int)SyntaxKind.CoalesceExpression } either => current == either.Left,
                AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceAssignmentExpression } assignment => current == assignment.Left,
                _ => true,
            };
            if (!isCertain)
                return false;
        }

        return true;
    }

    private static ExpressionSyntax WithThis(IdentifierNameSyntax name) => name.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own ? own : name;

    /// <summary>By its text: a local of the same name only makes the answer more careful.</summary>
    private static bool IsNamed(ExpressionSyntax expression, ISymbol member)
        => expression is IdentifierNameSyntax name && name.Identifier.ValueText == member.Name
           || expression is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name.Identifier.ValueText: var own } && own == member.Name;

    private static bool IsNull(ExpressionSyntax value)
        => value switch
        {
            PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } silenced => IsNull(silenced.Operand),
            ParenthesizedExpressionSyntax inner => IsNull(inner.Expression),
            LiteralExpressionSyntax or DefaultExpressionSyntax => true,
            _ => false,
        };
}
