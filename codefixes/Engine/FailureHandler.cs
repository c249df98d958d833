using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// What a nursery that belongs to an object does when a child fails. Its siblings go on; the failure goes to the logger of the type, or the one event that it
/// raises for failures, so that a long-lived object does not hoard them; else it surfaces when the object is disposed of. A child that a token of somebody else
/// cancelled has not failed: nobody was told of that when its task was dropped.
/// </summary>
internal sealed class FailureHandler
{
    private const string Failure = "failure.Exception";
    private const string Cancellation = "OperationCanceledException";

    private static readonly FailureHandler GoesOn = new([], null);

    /// <summary>The object cancels its children by a token of its own, besides that of the nursery.</summary>
    private static readonly FailureHandler GoesOnUnlessCancelled = new([], null);

    private readonly IReadOnlyList<string> _statements;
    private readonly ConstructorPlace? _place;
    private readonly (string, string)? _need;

    /// <summary>Whether the join may throw what a child failed with.</summary>
    public bool MaySurface { get; }

    private FailureHandler(IReadOnlyList<string> statements, ConstructorPlace? place, (string, string)? need = null, bool maySurface = true)
    {
        _statements = statements;
        _place = place;
        _need = need;
        MaySurface = maySurface;
    }

    public static FailureHandler For(INamedTypeSymbol type, ClassDeclarationSyntax declaration, ImmutableArray<DropSite> sites, FunctionDrops drops, TypeParts parts, CancellationToken cancellationToken)
        => OfLogger(type, declaration, drops, parts, cancellationToken)
           ?? OfEvent(type, declaration, drops, parts, cancellationToken)
           ?? (OwnSources.MayCancel(sites, type, drops, cancellationToken) ? GoesOnUnlessCancelled : GoesOn);

    /// <summary>Adds the field, and what opens the nursery where the field cannot do it by itself.</summary>
    public bool AddField(string field, string nursery, ClassDeclarationSyntax declaration, FunctionDrops drops, CodeChanges changes)
    {
        if (!OwnedNurseryAction.AddDeclaration(declaration, _place is null ? $"private readonly OwnedNursery {field} = {Open(drops)}" : $"private readonly OwnedNursery {field};", drops, changes))
            return false;
        (string, string)[] needs = this == GoesOn ? [] : _need is { } need ? [Needed.OperationCanceledException, need] : [Needed.OperationCanceledException];
        _place?.Add($"{nursery} = {Open(drops)}", needs);
        changes.Need(needs);
        return true;
    }

    private static FailureHandler? OfLogger(INamedTypeSymbol type, ClassDeclarationSyntax declaration, FunctionDrops drops, TypeParts parts, CancellationToken cancellationToken)
    {
        foreach (var kind in LoggerKind.In(drops.Model.Compilation))
        {
            if (OfLogger(kind, type, declaration, drops, parts, cancellationToken) is { } handler)
                return handler;
        }

        return null;
    }

    private static FailureHandler? OfLogger(LoggerKind kind, INamedTypeSymbol type, ClassDeclarationSyntax declaration, FunctionDrops drops, TypeParts parts, CancellationToken cancellationToken)
    {
        FailureHandler Log(string name, ConstructorPlace? place)
            => new(
                [$"if ({Language.IsNot(drops.Root, Failure, Cancellation)})", $"{drops.Layout.Unit}{name}.{kind.Method}({Failure}, \"Background work failed.\");", "return FailureAction.Handled;"],
                place,
                kind.Need,
                maySurface: false);

        // What a field initializer may name: static members, and the parameters of a primary constructor.
        var members = type.GetMembers().Where(member => !member.IsImplicitlyDeclared && IsSet(member) && kind.Is(KnownSymbols.TypeOf(member))).ToList();
        if (members.FirstOrDefault(static member => member.IsStatic) is { } shared)
            return Log(shared.Name, null);
        if (PrimaryParameters(declaration) is { } primary)
        {
            var given = primary.Parameters.FirstOrDefault(parameter => drops.Model.GetDeclaredSymbol(parameter, cancellationToken) is IParameterSymbol symbol && kind.Is(symbol.Type));
            return given is null ? null : Log(given.Identifier.ValueText, null);
        }

        // Anything else is there once the constructor has set it.
        if (members.FirstOrDefault() is not { } own)
            return null;
        var place = type.InstanceConstructors.All(static constructor => constructor.IsImplicitlyDeclared)
            ? IsInitialized(own) ? ConstructorPlace.Begin(type, declaration, parts, cancellationToken) : null
            : ConstructorPlace.After(own, type, drops, parts, cancellationToken);
        return place is null ? null : Log(own.Name, place);

        // A property that others set may not be set yet.
        bool IsSet(ISymbol member) => member is IFieldSymbol or IPropertySymbol { IsIndexer: false, GetMethod: not null, SetMethod: null or { DeclaredAccessibility: Accessibility.Private } };
        bool IsInitialized(ISymbol member) => member.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(cancellationToken)).Any(static each => each is VariableDeclaratorSyntax { Initializer: not null } or PropertyDeclarationSyntax { Initializer: not null } or PropertyDeclarationSyntax { ExpressionBody: not null });
    }

    /// <summary>The one event that tells of failures. With nobody listening a failure surfaces later: none is lost.</summary>
    private static FailureHandler? OfEvent(INamedTypeSymbol type, ClassDeclarationSyntax declaration, FunctionDrops drops, TypeParts parts, CancellationToken cancellationToken)
    {
        var raised = type.GetMembers().OfType<IEventSymbol>()
            .Where(static each => !each.IsStatic && !each.IsAbstract && each.AddMethod is { IsImplicitlyDeclared: true })
            .Select(each => (Event: each, Arguments: ArgumentsOf(each, drops.Model, declaration.SpanStart)))
            .Where(static each => each.Arguments is not null).ToList();
        // The object itself can be named in a constructor only, and a primary one has no body.
        if (raised.Count != 1 || PrimaryParameters(declaration) is not null || ConstructorPlace.Begin(type, declaration, parts, cancellationToken) is not { } place)
            return null;
        var handler = drops.FreshName("handler", declaration.OpenBraceToken.Span.End, declaration);
        return new FailureHandler(
            [$"if ({Failure} is {Cancellation})", $"{drops.Layout.Unit}return FailureAction.Handled;", $"var {handler} = {raised[0].Event.Name};", $"if ({handler} == null)", $"{drops.Layout.Unit}return FailureAction.Continue;", $"{handler}({raised[0].Arguments});", "return FailureAction.Handled;"],
            place);
    }

    /// <summary>How the event tells of an exception; null where it tells of anything else.</summary>
    private static string? ArgumentsOf(IEventSymbol raised, SemanticModel model, int position)
    {
        if (raised.Type is not INamedTypeSymbol { DelegateInvokeMethod: { ReturnsVoid: true, Parameters: var parameters } })
            return null;
        if (parameters.Length == 1)
            return IsException(parameters[0].Type) && SaysFailure(raised.Name) ? "failure.Exception" : null;
        if (parameters.Length != 2 || parameters[0].Type.SpecialType != SpecialType.System_Object)
            return null;
        if (IsException(parameters[1].Type))
            return SaysFailure(raised.Name) ? "this, failure.Exception" : null;
        return parameters[1].Type is INamedTypeSymbol { TypeKind: TypeKind.Class, IsAbstract: false } arguments
               && (SaysFailure(raised.Name) || SaysFailure(arguments.Name))
               && arguments.InstanceConstructors.Any(constructor => constructor.Parameters.Length == 1 && IsException(constructor.Parameters[0].Type) && model.IsAccessible(position, constructor))
            ? $"this, new {arguments.ToMinimalDisplayString(model, position)}(failure.Exception)"
            : null;
    }

    private static bool IsException(ITypeSymbol type) => type is { Name: "Exception", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } };

    /// <summary>An exception may also be why a connection was closed, which is no failure of the object. What kind of event it is, only its name says.</summary>
    private static bool SaysFailure(string name) => name.Contains("Error") || name.Contains("Exception") || name.Contains("Fail") || name.Contains("Fault");

    private static ParameterListSyntax? PrimaryParameters(ClassDeclarationSyntax declaration) => declaration.ChildNodes().OfType<ParameterListSyntax>().FirstOrDefault();

    private string Open(FunctionDrops drops)
    {
        if (this == GoesOnUnlessCancelled)
            return $"Nursery.Open(new NurseryOptions {{ OnChildFailure = failure => {Failure} is {Cancellation} ? FailureAction.Handled : FailureAction.Continue }});";
        if (_statements.Count == 0)
            return "Nursery.Open(new NurseryOptions { OnChildFailure = _ => FailureAction.Continue });";
        var unit = drops.Layout.Unit;
        return $"Nursery.Open(new NurseryOptions\n{{\n{unit}OnChildFailure = failure =>\n{unit}{{\n{string.Join("\n", _statements.Select(statement => unit + unit + statement))}\n{unit}}},\n}});";
    }
}
