using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// What a nursery that belongs to an object does when a child fails. Its siblings go on; the failure goes to the logger of the type where it has one, so that a
/// long-lived object does not hoard failures, else it surfaces when the object is disposed of.
/// </summary>
internal sealed class FailureHandler
{
    private const string Logger = "Microsoft.Extensions.Logging.ILogger";
    private const string LoggerExtensions = "Microsoft.Extensions.Logging.LoggerExtensions";

    private readonly string? _logger;
    private readonly int? _position;
    private readonly bool _before;

    private FailureHandler(string? logger, int? position, bool before)
    {
        _logger = logger;
        _position = position;
        _before = before;
    }

    public static FailureHandler For(INamedTypeSymbol type, ClassDeclarationSyntax declaration, FunctionDrops drops, CancellationToken cancellationToken)
    {
        var none = new FailureHandler(null, null, before: false);
        var compilation = drops.Model.Compilation;
        if (compilation.GetTypeByMetadataName(Logger) is not { } logger || compilation.GetTypeByMetadataName(LoggerExtensions) is null)
            return none;
        bool IsLogger(ITypeSymbol candidate) => KnownSymbols.Is(candidate, logger) || KnownSymbols.Implements(candidate, logger);

        // What a field initializer may name: static members, and the parameters of a primary constructor.
        var fields = type.GetMembers().OfType<IFieldSymbol>().Where(field => !field.IsImplicitlyDeclared && IsLogger(field.Type)).ToList();
        if (fields.FirstOrDefault(static field => field.IsStatic) is { } shared)
            return new FailureHandler(shared.Name, null, before: false);
        if (declaration.ChildNodes().OfType<ParameterListSyntax>().FirstOrDefault() is { } primary)
        {
            var given = primary.Parameters.FirstOrDefault(parameter => drops.Model.GetDeclaredSymbol(parameter, cancellationToken) is IParameterSymbol symbol && IsLogger(symbol.Type));
            return given is null ? none : new FailureHandler(given.Identifier.ValueText, null, before: false);
        }

        // Anything else is there once the constructor has set it.
        if (fields.FirstOrDefault() is not { } own
            || type.InstanceConstructors.Length != 1
            || type.InstanceConstructors[0].DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is not ConstructorDeclarationSyntax { Body.Statements: { Count: > 0 } statements } constructor
            || constructor.SyntaxTree != drops.Root.SyntaxTree)
        {
            return none;
        }

        var assignment = statements.FirstOrDefault(statement => statement is ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax set }
            && SymbolEqualityComparer.Default.Equals(drops.Model.GetSymbolInfo(set.Left, cancellationToken).Symbol, own));
        if (assignment is not null && drops.Sites.Any(site => constructor.Span.Contains(site.Owner.Span) && site.Owner.SpanStart < assignment.SpanStart))
            return none;
        var anchor = assignment ?? statements[0];
        return drops.Layout.IsFirstOnLine(anchor.SpanStart) ? new FailureHandler(own.Name, assignment is null ? anchor.SpanStart : anchor.Span.End, before: assignment is null) : none;
    }

    /// <summary>The field, its lines separated by <c>\n</c>.</summary>
    public string Declaration(string field, FunctionDrops drops)
        => _position is null ? $"private readonly OwnedNursery {field} = {Open(drops)}" : $"private readonly OwnedNursery {field};";

    /// <summary>Opens the nursery in the constructor, where the field cannot do it by itself.</summary>
    public void AddAssignment(string field, FunctionDrops drops, List<TextChange> changes)
    {
        if (_position is not { } position)
            return;
        var line = drops.Layout.NewLine + drops.Layout.IndentationAt(position);
        var statement = $"{field} = {Open(drops).Replace("\n", line)}";
        changes.Add(new TextChange(new TextSpan(position, 0), _before ? statement + line : line + statement));
    }

    private string Open(FunctionDrops drops)
    {
        if (_logger is null)
            return "Nursery.Open(new NurseryOptions { OnChildFailure = _ => FailureAction.Continue });";
        var unit = drops.Layout.Unit;
        return $"Nursery.Open(new NurseryOptions\n{{\n{unit}OnChildFailure = failure =>\n{unit}{{\n{unit}{unit}{_logger}.LogError(failure.Exception, \"Background work failed.\");\n{unit}{unit}return FailureAction.Handled;\n{unit}}},\n}});";
    }
}
