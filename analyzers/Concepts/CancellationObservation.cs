using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>
/// Whether code looks at a cancellation at all, by itself or in what it calls. Any token that is handed on counts, for where it comes from is not always to be
/// seen; so do objects that were made with one.
/// </summary>
internal sealed class CancellationObservation
{
    private const int MostCallees = 12;

    private readonly KnownSymbols _symbols;
    private readonly Checkpoints _checkpoints;
    private readonly ConcurrentDictionary<(IMethodSymbol Method, bool IsUnderScope), bool> _callees = new();

    public CancellationObservation(KnownSymbols symbols, Checkpoints checkpoints)
    {
        _symbols = symbols;
        _checkpoints = checkpoints;
    }

    /// <param name="code">The code, with the lambdas in it.</param>
    /// <param name="meant">The cancellation that is meant for it.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public bool In(IOperation code, SensibleToken meant, CancellationToken cancellationToken)
    {
        List<IMethodSymbol>? callees = null;
        var carrier = meant.Symbol is IParameterSymbol { Type: var type } parameter && !IsTokenOrSource(type) ? parameter : null;
        foreach (var operation in code.DescendantsAndSelf())
        {
            if (IsMention(operation) || (_checkpoints.Of(operation) & CheckpointKinds.Cancel) != 0)
                return true;
            if (carrier is not null && operation is IInvocationOperation or IObjectCreationOperation && operation.Descendants().Any(each => each is IParameterReferenceOperation use && SymbolEqualityComparer.Default.Equals(use.Parameter, carrier)))
                return true;
            if (operation is ILocalReferenceOperation { Local: var local } && !code.Syntax.Span.Contains(local.Locations[0].SourceSpan) && IsMadeWithToken(local, operation.SemanticModel!, cancellationToken))
                return true;
            // The runtime's own sequences observe the surrounding scope as they are walked.
            if (operation is IForEachLoopOperation { IsAsynchronous: true, Collection: var items } && IsOfRuntime(items))
                return true;
            if (CalleeOf(operation) is { } callee)
                (callees ??= new List<IMethodSymbol>()).Add(callee);
        }

        // What it calls is looked through only where it does nothing itself.
        return callees?.Any(callee => CalleeObserves(callee, meant.Token is null, new HashSet<IMethodSymbol>(SymbolEqualityComparer.Default), cancellationToken)) == true;
    }

    private bool IsOfRuntime(IOperation items)
        => _symbols.IsOfRuntime(items.Unconverted().Type);

    private static IMethodSymbol? CalleeOf(IOperation operation)
        => operation switch
        {
            IInvocationOperation call => call.TargetMethod,
            IMethodReferenceOperation reference => reference.Method,
            IPropertyReferenceOperation property => property.Property.GetMethod,
            _ => null,
        };

    /// <summary>A token or source that is named and is neither <c>None</c> nor a default.</summary>
    private bool IsMention(IOperation operation)
        => operation switch
        {
            ILocalReferenceOperation or IParameterReferenceOperation or IFieldReferenceOperation or IInvocationOperation => IsTokenOrSource(operation.Type),
            IPropertyReferenceOperation property => IsTokenOrSource(property.Type) && !Operations.IsNoToken(property.Property, _symbols),
            _ => false,
        };

    /// <summary><c>var reader = new Reader(stream, token)</c>, <c>Func&lt;Task&gt; next = () => ReadAsync(token)</c>: what it does, it does under the token.</summary>
    private bool IsMadeWithToken(ILocalSymbol local, SemanticModel model, CancellationToken cancellationToken)
    {
        var declared = local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) switch
        {
            VariableDeclaratorSyntax declarator => declarator.Initializer?.Value ?? (SyntaxNode)declarator,
            SingleVariableDesignationSyntax { Parent: DeclarationExpressionSyntax { Parent: AssignmentExpressionSyntax { Right: var value } } } => value,
            _ => null,
        };
        return declared is not null && Mentions(declared)
               || declared is not null && FunctionContext.EnclosingFunction(declared).DescendantNodes().OfType<AssignmentExpressionSyntax>()
                   .Any(assignment => assignment.Left is IdentifierNameSyntax name && name.Identifier.ValueText == local.Name && Mentions(assignment.Right));

        bool Mentions(SyntaxNode value) => model.GetOperation(value, cancellationToken)?.DescendantsAndSelf().Any(IsMention) == true;
    }

    /// <summary>
    /// A callee can see what it captures, the members of its object and the surrounding scope; its own parameters and variables are not the caller's token.
    /// </summary>
    private bool CalleeObserves(IMethodSymbol method, bool isUnderScope, HashSet<IMethodSymbol> seen, CancellationToken cancellationToken)
    {
        method = (method.ReducedFrom ?? method).OriginalDefinition;
        if (method.DeclaringSyntaxReferences.Length != 1 || !_symbols.Compilation.ContainsSyntaxTree(method.DeclaringSyntaxReferences[0].SyntaxTree))
            return false;
        if (_callees.TryGetValue((method, isUnderScope), out var known))
            return known;
        if (seen.Count == MostCallees || !seen.Add(method))
            return false;
        var isFirst = seen.Count == 1;
        var answer = BodyObserves(method, isUnderScope, seen, cancellationToken);
        // What was cut short by the limit or by a recursion is no answer for somebody else.
        if (answer || isFirst)
            _callees[(method, isUnderScope)] = answer;
        return answer;
    }

    private bool BodyObserves(IMethodSymbol method, bool isUnderScope, HashSet<IMethodSymbol> seen, CancellationToken cancellationToken)
    {
        var declaration = method.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken);
#pragma warning disable RS1030 // The callee may live in another file; asked only for calls in loops that observe nothing themselves, and the answer is cached.
        var model = _symbols.Compilation.GetSemanticModel(declaration.SyntaxTree);
#pragma warning restore RS1030
        List<IMethodSymbol>? callees = null;
        foreach (var body in BodiesOf(declaration))
        {
            if (model.GetOperation(body, cancellationToken) is not { } code)
                continue;
            foreach (var operation in code.DescendantsAndSelf())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (IsMention(operation) && IsFromOutside(operation, declaration))
                    return true;
                if (isUnderScope && operation is IInvocationOperation { Arguments: var arguments } && !arguments.Any(argument => IsTokenOrSource(argument.Value.Type)) && (_checkpoints.Of(operation) & CheckpointKinds.Cancel) != 0)
                    return true;
                if (CalleeOf(operation) is { } callee)
                    (callees ??= new List<IMethodSymbol>()).Add(callee);
            }
        }

        return callees?.Any(callee => CalleeObserves(callee, isUnderScope, seen, cancellationToken)) == true;
    }

    private static IEnumerable<SyntaxNode> BodiesOf(SyntaxNode declaration)
        => declaration switch
        {
            BaseMethodDeclarationSyntax method => Some(method.Body, method.ExpressionBody?.Expression),
            LocalFunctionStatementSyntax local => Some(local.Body, local.ExpressionBody?.Expression),
            AccessorDeclarationSyntax accessor => Some(accessor.Body, accessor.ExpressionBody?.Expression),
            ArrowExpressionClauseSyntax arrow => Some(arrow.Expression),
            _ => [],
        };

    private static IEnumerable<SyntaxNode> Some(params SyntaxNode?[] bodies) => bodies.OfType<SyntaxNode>();

    private static bool IsFromOutside(IOperation? mention, SyntaxNode declaration)
        => mention switch
        {
            IFieldReferenceOperation { Instance: { } instance } => IsFromOutside(instance, declaration),
            IPropertyReferenceOperation { Instance: { } instance } => IsFromOutside(instance, declaration),
            IFieldReferenceOperation or IPropertyReferenceOperation or IInstanceReferenceOperation => true,
            ILocalReferenceOperation { Local: var local } => IsOutside(local, declaration),
            IParameterReferenceOperation { Parameter: var parameter } => IsOutside(parameter, declaration),
            _ => false,
        };

    private static bool IsOutside(ISymbol symbol, SyntaxNode declaration)
        => symbol.DeclaringSyntaxReferences.FirstOrDefault() is { } reference && !(reference.SyntaxTree == declaration.SyntaxTree && declaration.Span.Contains(reference.Span));

    private bool IsTokenOrSource(ITypeSymbol? type) => TokensInReach.IsToken(type, _symbols) || TokensInReach.IsSource(type, _symbols);
}
