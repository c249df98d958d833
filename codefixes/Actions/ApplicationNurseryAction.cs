using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FindSymbols;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Starts the task in the nursery of the application, which the object is handed as it is handed its other dependencies. Only where nothing but a container makes
/// such objects; never taken by itself, since the application has to register the nursery.
/// </summary>
internal sealed class ApplicationNurseryAction : FixAction
{
    public const string Key = "structured.application-nursery";

    public override string EquivalenceKey => Key;

    public override FunctionEdit? Rewrite(FunctionDrops drops, CancellationToken cancellationToken)
    {
        if (drops.Model.Compilation.GetTypeByMetadataName(RuntimeNames.HostNurseryExtensions) is null)
            return null;
        if (drops.Function.Node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not ClassDeclarationSyntax declaration
            || !OwnedNurseryAction.HasThis(drops.Function.Node, declaration)
            || drops.Model.GetDeclaredSymbol(declaration, cancellationToken) is not INamedTypeSymbol { IsStatic: false, IsAbstract: false } type
            || type.GetMembers().OfType<IFieldSymbol>().Any(field => KnownSymbols.Is(field.Type, drops.Symbols.OwnedNursery)))
        {
            return null;
        }

        if (ConstructorOf(type, drops, cancellationToken) is not ({ } parameters, var body))
            return null;

        var parts = new TypeParts(drops, type, cancellationToken);
        var isPrimary = body is null;
        var parameter = drops.FreshName("nursery", declaration.OpenBraceToken.Span.End, declaration);
        var nursery = isPrimary ? parameter : OwnedNurseryAction.FreshField(type, declaration, drops);
        var sites = OwnedNurseryAction.Start(drops, nursery, parts, cancellationToken);
        if (sites.IsEmpty)
            return null;
        var changes = parts.Own;
        AddParameter(parameters, parameter, changes);
        if (!isPrimary && !(AddAssignment(body!, (nursery == parameter ? "this." : "") + $"{nursery} = {parameter};", drops, changes) && OwnedNurseryAction.AddDeclaration(declaration, $"private readonly OwnedNursery {nursery};", drops, changes)))
            return null;
        return new FunctionEdit("Start it in the application's nursery (registered with 'AddHostNursery')", changes, sites, parts.Others);
    }

    /// <summary>The one constructor, if all it is given are services. A primary one has no body.</summary>
    private static (ParameterListSyntax? Parameters, BlockSyntax? Body) ConstructorOf(INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
    {
        if (type.InstanceConstructors.Length != 1 || type.InstanceConstructors[0] is not { IsImplicitlyDeclared: false, DeclaredAccessibility: Accessibility.Public or Accessibility.Internal, Parameters.IsEmpty: false } constructor)
            return default;
        if (!constructor.Parameters.All(static parameter => parameter.Type.IsReferenceType && parameter.Type.SpecialType == SpecialType.None && parameter.Type.TypeKind is TypeKind.Interface or TypeKind.Class))
            return default;
        var syntax = constructor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken);
        if (syntax is null || syntax.SyntaxTree != drops.Root.SyntaxTree)
            return default;
        return syntax switch
        {
            ConstructorDeclarationSyntax { Body: { } body, ParameterList: var parameters } => (parameters, body),
            ClassDeclarationSyntax primary => (primary.ChildNodes().OfType<ParameterListSyntax>().FirstOrDefault(), null),
            _ => default,
        };
    }

    /// <summary>Whoever makes such objects by hand, or derives from the type, would not compile any more: the tests of another project, too.</summary>
    public override async Task<bool> LeavesOthersAloneAsync(FunctionDrops drops, CancellationToken cancellationToken)
    {
        var declaration = drops.Function.Node.FirstAncestorOrSelf<ClassDeclarationSyntax>()!;
        var type = (INamedTypeSymbol)drops.Model.GetDeclaredSymbol(declaration, cancellationToken)!;
        var references = await SymbolFinder.FindReferencesAsync(type.InstanceConstructors[0], drops.Document.Project.Solution, cancellationToken).ConfigureAwait(false);
        return references.All(static referenced => !referenced.Locations.Any());
    }

    private static void AddParameter(ParameterListSyntax parameters, string name, CodeChanges changes)
    {
        var optional = parameters.Parameters.FirstOrDefault(static parameter => parameter.Default is not null || parameter.Modifiers.Any(static modifier => modifier.ValueText == "params"));
        changes.Add(optional is null
            ? new TextChange(new TextSpan(parameters.Parameters.Last().Span.End, 0), $", OwnedNursery {name}")
            : new TextChange(new TextSpan(optional.SpanStart, 0), $"OwnedNursery {name}, "));
    }

    private static bool AddAssignment(BlockSyntax body, string statement, FunctionDrops drops, CodeChanges changes)
    {
        var layout = drops.Layout;
        if (body.Statements.FirstOrDefault() is not { } first)
        {
            if (!layout.IsFirstOnLine(body.CloseBraceToken.SpanStart))
                return false;
            changes.Add(new TextChange(new TextSpan(drops.Text.Lines.GetLineFromPosition(body.CloseBraceToken.SpanStart).Start, 0), layout.IndentationAt(body.CloseBraceToken.SpanStart) + layout.Unit + statement + layout.NewLine));
            return true;
        }

        if (!layout.IsFirstOnLine(first.SpanStart))
            return false;
        // Before anything the constructor starts, behind the assignments it begins with.
        var last = body.Statements.TakeWhile(static each => each is ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax { Right: IdentifierNameSyntax or BinaryExpressionSyntax } }).LastOrDefault();
        changes.Add(last is null
            ? new TextChange(new TextSpan(first.SpanStart, 0), statement + layout.NewLine + layout.IndentationAt(first.SpanStart))
            : new TextChange(new TextSpan(last.Span.End, 0), layout.NewLine + layout.IndentationAt(last.SpanStart) + statement));
        return true;
    }
}
