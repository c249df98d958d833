using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers;

/// <summary>
/// Names for the places a task may be kept in: a variable, a member of one, an element of a collection. Equal names mean the same place; a longer name that begins with
/// a shorter one lies inside it.
/// </summary>
internal sealed class TaskPaths
{
    private readonly SemanticModel _model;
    private readonly KnownSymbols _symbols;
    private readonly CancellationToken _cancellationToken;

    public TaskPaths(SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        _model = model;
        _symbols = symbols;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Whether <paramref name="path"/> is <paramref name="place"/> or lies inside it.</summary>
    public static bool IsIn(string path, string place)
        => path.StartsWith(place, System.StringComparison.Ordinal) && (path.Length == place.Length || path[place.Length] is '.' or '[');

    /// <summary>The place that an expression reads; null where it makes something new.</summary>
    public string? Of(SyntaxNode? expression)
    {
        switch (expression)
        {
            case ParenthesizedExpressionSyntax each:
                return Of(each.Expression);
            case CastExpressionSyntax each:
                return Of(each.Expression);
            case PostfixUnaryExpressionSyntax each when each.IsKind(SyntaxKind.SuppressNullableWarningExpression):
                return Of(each.Operand);
            case BinaryExpressionSyntax each when each.IsKind(SyntaxKind.AsExpression):
                return Of(each.Left);
            case IdentifierNameSyntax each:
                return Of(_model.GetSymbolInfo(each, _cancellationToken).Symbol);
            case MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax or BaseExpressionSyntax } each:
                return Of(_model.GetSymbolInfo(each, _cancellationToken).Symbol);
            case MemberAccessExpressionSyntax each when each.IsKind(SyntaxKind.SimpleMemberAccessExpression):
                return _model.GetSymbolInfo(each, _cancellationToken).Symbol switch
                {
                    IFieldSymbol { IsStatic: true } or IPropertySymbol { IsStatic: true } => Of(_model.GetSymbolInfo(each, _cancellationToken).Symbol),
                    IFieldSymbol or IPropertySymbol => Of(each.Expression) is { } owner ? owner + "." + each.Name.Identifier.ValueText : null,
                    _ => null,
                };
            case MemberBindingExpressionSyntax each:
                return Receiver(each) is { } bound && Of(bound) is { } place ? place + "." + each.Name.Identifier.ValueText : null;
            case ConditionalAccessExpressionSyntax each:
                return Of(each.WhenNotNull);
            case ElementAccessExpressionSyntax each:
                return Of(each.Expression) is { } collection ? collection + each.ArgumentList : null;
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } each when GivesElements(each):
                return Of(access.Expression) is { } source ? source + "." + access.Name.Identifier.ValueText + each.ArgumentList : null;
            default:
                return null;
        }
    }

    /// <summary>What <c>?.</c> is applied to.</summary>
    public static ExpressionSyntax? Receiver(MemberBindingExpressionSyntax binding)
        => binding.Ancestors().OfType<ConditionalAccessExpressionSyntax>().FirstOrDefault(access => access.WhenNotNull.Span.Contains(binding.Span))?.Expression;

    /// <summary>The places of tasks, or of collections of them, that an expression reads, lambdas in it left out.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="anyType">Whether a collection of something that holds a task counts as well.</param>
    public IEnumerable<string> In(SyntaxNode expression, bool anyType = false)
    {
        foreach (var node in expression.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or AwaitExpressionSyntax)))
        {
            if (node is not ExpressionSyntax each || each is MemberBindingExpressionSyntax && node.Parent is InvocationExpressionSyntax || Of(each) is not { } path)
                continue;
            if (anyType || IsOrHoldsTask(_model.GetTypeInfo(each, _cancellationToken).Type))
                yield return path;
        }
    }

    /// <summary>A task, or a collection, tuple or pair of them.</summary>
    public bool IsOrHoldsTask(ITypeSymbol? type, int depth = 3)
        => depth > 0 && type switch
        {
            null => false,
            IArrayTypeSymbol array => IsOrHoldsTask(array.ElementType, depth - 1),
            _ when Awaitables.IsTaskOrValueTask(type, _symbols) => true,
            INamedTypeSymbol { TypeKind: not TypeKind.Delegate } named => named.TypeArguments.Any(argument => IsOrHoldsTask(argument, depth - 1)),
            _ => false,
        };

    /// <summary>The place that a variable or member is; null for anything else.</summary>
    public static string? Of(ISymbol? symbol)
        => symbol switch
        {
            ILocalSymbol or IParameterSymbol => symbol.Name + "@" + (symbol.Locations.IsEmpty ? 0 : symbol.Locations[0].SourceSpan.Start).ToString(System.Globalization.CultureInfo.InvariantCulture),
            IFieldSymbol or IPropertySymbol => symbol.ContainingType?.Name + "::" + symbol.Name,
            _ => null,
        };

    /// <summary>Query operators and members of collections give back what is in them; any other call may start something.</summary>
    private bool GivesElements(InvocationExpressionSyntax call)
        => _model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol method
           && Namespaces.Around(method) is "System.Linq" or "System.Collections.Generic" or "System.Collections.Concurrent" or "System.Collections.Immutable" or "System.Collections.ObjectModel";
}
