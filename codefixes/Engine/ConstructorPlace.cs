using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>Where the constructor of a type can run a statement of a fix.</summary>
internal sealed class ConstructorPlace
{
    private readonly DocumentChanges _file;
    private readonly int _position;
    private readonly string _before;
    private readonly string _after;
    private readonly string _indentation;

    private ConstructorPlace(DocumentChanges file, int position, string indentation, string before, string after)
    {
        _file = file;
        _position = position;
        _indentation = indentation;
        _before = before;
        _after = after;
    }

    /// <summary>Behind the assignment of <paramref name="member"/>, or first where the constructor has none.</summary>
    public static ConstructorPlace? After(ISymbol member, INamedTypeSymbol type, FunctionDrops drops, TypeParts parts, CancellationToken cancellationToken)
    {
        if (OnlyConstructor(type, cancellationToken) is not { Body: { } body } constructor || parts.Of(body) is not { Context: var context } file)
            return null;
        var assignment = body.Statements.FirstOrDefault(statement => statement is ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax set }
            && SymbolEqualityComparer.Default.Equals(context.Model.GetSymbolInfo(set.Left, cancellationToken).Symbol, member));
        if (assignment is null)
            return First(body, file);
        if (!context.Layout.IsFirstOnLine(assignment.SpanStart) || drops.Sites.Any(site => site.Owner.FirstAncestorOrSelf<ConstructorDeclarationSyntax>() == constructor && site.Owner.SpanStart < assignment.SpanStart))
            return null;
        var indentation = context.Layout.IndentationAt(assignment.SpanStart);
        return new ConstructorPlace(file, assignment.Span.End, indentation, context.Layout.NewLine + indentation, "");
    }

    /// <summary>First in the constructor; in a new one where there is none.</summary>
    public static ConstructorPlace? Begin(INamedTypeSymbol type, ClassDeclarationSyntax declaration, TypeParts parts, CancellationToken cancellationToken)
    {
        if (type.InstanceConstructors.Length == 1 && type.InstanceConstructors[0].IsImplicitlyDeclared)
            return InNew(type, declaration, parts.Of(declaration)!);
        return OnlyConstructor(type, cancellationToken) is { Body: { } body } && parts.Of(body) is { } file ? First(body, file) : null;
    }

    /// <summary>Adds a statement whose lines are separated by <c>\n</c>.</summary>
    public void Add(string statement, params (string Namespace, string Type)[] needs)
    {
        _file.Changes.Add(new TextChange(new TextSpan(_position, 0), _before + statement.Replace("\n", _file.Context.Layout.NewLine + _indentation) + _after));
        _file.Changes.Need(Needed.Nursery);
        _file.Changes.Need(needs);
    }

    /// <summary>The one that every object runs: the others call it, by <c>: this(…)</c>.</summary>
    private static ConstructorDeclarationSyntax? OnlyConstructor(INamedTypeSymbol type, CancellationToken cancellationToken)
    {
        var own = type.InstanceConstructors.Select(each => each.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken))
            .Where(static each => each is not ConstructorDeclarationSyntax { Initializer.RawKind: (int)SyntaxKind.ThisConstructorInitializer }).ToList();
        return own.Count == 1 ? own[0] as ConstructorDeclarationSyntax : null;
    }

    /// <summary>Right behind the brace, so that comments above the first statement stay with it.</summary>
    private static ConstructorPlace? First(BlockSyntax body, DocumentChanges file)
    {
        var layout = file.Context.Layout;
        var first = body.Statements.FirstOrDefault();
        if (!layout.IsFirstOnLine(first?.SpanStart ?? body.CloseBraceToken.SpanStart))
            return null;
        var indentation = first is null ? layout.IndentationAt(body.CloseBraceToken.SpanStart) + layout.Unit : layout.IndentationAt(first.SpanStart);
        return new ConstructorPlace(file, body.OpenBraceToken.Span.End, indentation, layout.NewLine + indentation, "");
    }

    /// <summary>Behind the fields and events that the class begins with.</summary>
    private static ConstructorPlace? InNew(INamedTypeSymbol type, ClassDeclarationSyntax declaration, DocumentChanges file)
    {
        if (declaration.Members.FirstOrDefault() is not { } first)
            return null;
        var layout = file.Context.Layout;
        var outer = layout.IndentationAt(first.SpanStart);
        var last = declaration.Members.TakeWhile(static member => member is BaseFieldDeclarationSyntax).LastOrDefault();
        var position = file.Context.Text.Lines.GetLineFromPosition(last?.Span.End ?? declaration.OpenBraceToken.SpanStart).EndIncludingLineBreak;
        var head = $"{outer}{(type.IsAbstract ? "protected" : "public")} {type.Name}(){layout.NewLine}{outer}{{{layout.NewLine}{outer}{layout.Unit}";
        var tail = $"{layout.NewLine}{outer}}}{layout.NewLine}";
        return new ConstructorPlace(file, position, outer + layout.Unit, last is null ? head : layout.NewLine + head, last is null ? tail + layout.NewLine : tail);
    }
}
