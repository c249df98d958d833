using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>A way out of a nursery's body.</summary>
/// <param name="Place">Where it leaves.</param>
/// <param name="Name">What leaves: the nursery, or its token.</param>
/// <param name="How">What becomes of it.</param>
internal sealed record NurseryEscape(Location Place, string Name, string How);

/// <summary>
/// Follows a lexical nursery, its scope, its token and the tokens of its children through the body: through aliases, through delegates that capture them and
/// through objects that were seen to keep them, to where they are put into something that outlives the body. What is passed to a call is passed down.
/// </summary>
internal sealed class NurseryEscapes
{
    private readonly KnownSymbols _symbols;
    private readonly SemanticModel _model;
    private readonly CancellationToken _cancellationToken;
    private readonly IOperation _function;
    private readonly SyntaxNode _member;
    private readonly ObjectKeeping _keeping;
    private readonly Dictionary<ISymbol, Held> _held = new(SymbolEqualityComparer.Default);
    private readonly Queue<ISymbol> _pending = new();
    private readonly HashSet<SyntaxNode> _followed = new();
    private readonly List<NurseryEscape> _found = new();

    private NurseryEscapes(IOperation function, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        _function = function;
        _model = model;
        _symbols = symbols;
        _cancellationToken = cancellationToken;
        _keeping = new ObjectKeeping(symbols, cancellationToken);
        _member = function.Syntax.AncestorsAndSelf().FirstOrDefault(static node => node is MemberDeclarationSyntax and not GlobalStatementSyntax) ?? function.Syntax.SyntaxTree.GetRoot(cancellationToken);
    }

    private enum Form
    {
        /// <summary>The nursery, its scope or its token.</summary>
        Itself,

        /// <summary>A delegate that captures it.</summary>
        Delegate,

        /// <summary>An object that keeps it.</summary>
        Keeper,
    }

    private sealed record Held(string Name, Form Form);

    /// <param name="function">The body: a lambda, or the method or local function whose name was given.</param>
    /// <param name="nursery">The body's parameter.</param>
    /// <param name="model">Of the tree the body stands in.</param>
    /// <param name="symbols">The known symbols.</param>
    /// <param name="cancellationToken">Cancels the analysis.</param>
    public static ImmutableArray<NurseryEscape> Of(IOperation function, IParameterSymbol nursery, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var search = new NurseryEscapes(function, model, symbols, cancellationToken);
        search.Hold(nursery, nursery.Name, Form.Itself);
        while (search._pending.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            search.FollowUsesOf(search._pending.Dequeue());
        }

        return search._found.ToImmutableArray();
    }

    private void Hold(ISymbol symbol, string name, Form form)
    {
        if (_held.ContainsKey(symbol))
            return;
        _held.Add(symbol, new Held(name, form));
        _pending.Enqueue(symbol);
    }

    private void FollowUsesOf(ISymbol symbol)
    {
        var held = _held[symbol];
        foreach (var use in _function.Descendants())
        {
            if (!SymbolEqualityComparer.Default.Equals(ReferencedBy(use), symbol) || use.Parent is INameOfOperation)
                continue;
            if (held.Form == Form.Itself && use.Parent is IInvocationOperation start)
                HoldTokensOfChildren(start, use);
            else if (held.Form == Form.Itself && use.Parent is IConversionOperation or IArgumentOperation && use.Parent.Parent is IInvocationOperation extension)
                HoldTokensOfChildren(extension, use);
            Follow(use, held);
            if (held.Form != Form.Keeper)
                FollowDelegatesAround(use, symbol, held.Name);
        }
    }

    /// <summary>A child's token is the nursery's.</summary>
    private void HoldTokensOfChildren(IInvocationOperation start, IOperation use)
    {
        if (ChildStart.NurseryOf(start, _symbols) is not { } nursery || !nursery.Syntax.Span.Equals(use.Syntax.Span))
            return;
        foreach (var child in start.Arguments.Select(static argument => argument.Value).OfType<IDelegateCreationOperation>().Select(static creation => creation.Target).OfType<IAnonymousFunctionOperation>())
        {
            foreach (var parameter in child.Symbol.Parameters.Where(parameter => KnownSymbols.Is(parameter.Type, _symbols.CancellationToken)))
                Hold(parameter, parameter.Name, Form.Itself);
        }
    }

    /// <summary>The functions between the use and the declaration capture it; what becomes of them is what becomes of it.</summary>
    private void FollowDelegatesAround(IOperation use, ISymbol symbol, string name)
    {
        for (var current = use.Parent; current is not null && current != _function; current = current.Parent)
        {
            if (current is not (IAnonymousFunctionOperation or ILocalFunctionOperation))
                continue;
            if (symbol.DeclaringSyntaxReferences.Any(reference => current.Syntax.Span.Contains(reference.Span)))
                return;
            if (!_followed.Add(current.Syntax))
                return;
            if (current is not ILocalFunctionOperation local)
            {
                Follow(current, new Held(name, Form.Delegate));
                continue;
            }

            foreach (var reference in _function.Descendants().OfType<IMethodReferenceOperation>())
            {
                if (SymbolEqualityComparer.Default.Equals(reference.Method.OriginalDefinition, local.Symbol))
                    Follow(reference, new Held(name, Form.Delegate));
            }
        }
    }

    private void Follow(IOperation value, Held held)
    {
        var (name, form) = (held.Name, held.Form);
        for (var current = value; current.Parent is { } parent; current = parent)
        {
            switch (parent)
            {
                case IConversionOperation or IParenthesizedOperation or ICoalesceOperation or IObjectOrCollectionInitializerOperation or IMemberInitializerOperation or IWithOperation:
                case IConditionalOperation choice when choice.Condition != current:
                case ISwitchExpressionArmOperation arm when arm.Value == current:
                case ISwitchExpressionOperation choices when choices.Value != current:
                case IObjectCreationOperation creation when creation.Initializer == current:
                case IPropertyReferenceOperation part when part.Instance == current && form == Form.Itself && IsPart(part.Property):
                    continue;

                case IDelegateCreationOperation or IMethodReferenceOperation when form != Form.Keeper:
                    form = Form.Delegate;
                    continue;

                case ITupleOperation or IArrayInitializerOperation or IArrayCreationOperation or IAnonymousObjectCreationOperation:
                    form = Form.Keeper;
                    continue;

                case ISimpleAssignmentOperation { Parent: IObjectOrCollectionInitializerOperation or IAnonymousObjectCreationOperation } member when member.Value == current:
                    form = Form.Keeper;
                    continue;

                case IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator }:
                    Hold(declarator.Symbol, name, form);
                    return;

                case IAssignmentOperation { Target: ILocalReferenceOperation { Local: var local } } assignment when assignment.Value == current && IsInside(local):
                    Hold(local, name, form);
                    return;

                case ISimpleAssignmentOperation or ICoalesceAssignmentOperation or ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Add } when ((IAssignmentOperation)parent).Value == current:
                    var target = ((IAssignmentOperation)parent).Target;
                    // Put into an object of the body, which has it from now on.
                    if (OwnerOf(target) is ILocalReferenceOperation { Local: var owner } && IsInside(owner))
                        Hold(owner, name, Form.Keeper);
                    else if (Outlives(target, form) && !IsUndone(SymbolOf(target)))
                        Report(form == Form.Delegate ? target : current, name, form, "stored in '" + SymbolOf(target)!.Name + "'");
                    return;

                case IEventAssignmentOperation { Adds: true, EventReference: IEventReferenceOperation subscribed } subscription when subscription.HandlerValue == current:
                    if (OwnerOutlives(subscribed.Instance, subscribed.Event) && !IsUndone(subscribed.Event))
                        Report(subscribed, name, form, "subscribed to '" + subscribed.Event.Name + "'");
                    return;

                case IReturnOperation:
                    if (EnclosingFunction(parent) == _function && parent.Kind == OperationKind.Return)
                        Report(current, name, form, "returned");
                    return;

                case IArgumentOperation { Parent: IObjectCreationOperation creation } argument:
                    if (!_keeping.Keeps(creation.Constructor, argument.Parameter))
                        return;
                    form = Form.Keeper;
                    parent = creation;
                    continue;

                case IArgumentOperation { Parent: IInvocationOperation call } argument:
                    if (call.TargetMethod.Name == "FromResult" && (KnownSymbols.Is(call.TargetMethod.ContainingType, _symbols.Task) || KnownSymbols.Is(call.TargetMethod.ContainingType, _symbols.ValueTask)))
                    {
                        parent = call;
                        continue;
                    }

                    if (call.Parent is IObjectOrCollectionInitializerOperation)
                    {
                        form = Form.Keeper;
                        parent = call;
                        continue;
                    }

                    FollowIntoCall(call, argument, current, name, form);
                    return;

                default:
                    return;
            }
        }
    }

    /// <summary>Calls that do nothing but store what they are given.</summary>
    private void FollowIntoCall(IInvocationOperation call, IArgumentOperation argument, IOperation value, string name, Form form)
    {
        if (ObjectKeeping.IsCollectionAdd(call.TargetMethod) && call.Instance is { } collection)
        {
            if (collection is ILocalReferenceOperation { Local: var local } && IsInside(local))
                Hold(local, name, Form.Keeper);
            else if (OwnerOutlives(collection, SymbolOf(collection)) && !IsUndone(SymbolOf(collection)))
                Report(value, name, form, "added to '" + (SymbolOf(collection)?.Name ?? collection.Syntax.ToString()) + "'");
        }
        else if (KnownSymbols.Is(call.TargetMethod.ContainingType, _symbols.Interlocked) || KnownSymbols.Is(call.TargetMethod.ContainingType, _symbols.Volatile))
        {
            var target = call.Arguments.FirstOrDefault(static each => each.Parameter?.RefKind == RefKind.Ref)?.Value;
            if (argument.Parameter is { Ordinal: 1 } && target is not null && Outlives(target, form) && !IsUndone(SymbolOf(target)))
                Report(value, name, form, "stored in '" + SymbolOf(target)!.Name + "'");
        }
    }

    private void Report(IOperation place, string name, Form form, string how)
        => _found.Add(new NurseryEscape(place.Syntax.GetLocation(), name, form switch
        {
            Form.Itself => "it is " + how,
            Form.Delegate => "a delegate that captures it is " + how,
            _ => "an object that keeps it is " + how,
        }));

    /// <summary><c>nursery.CancelScope</c>, <c>nursery.CancellationToken</c>, <c>scope.Token</c>.</summary>
    private bool IsPart(IPropertySymbol property)
        => (KnownSymbols.Is(property.ContainingType, _symbols.Nursery) || KnownSymbols.Is(property.ContainingType, _symbols.CancelScope))
           && (KnownSymbols.Is(property.Type, _symbols.CancelScope) || KnownSymbols.Is(property.Type, _symbols.CancellationToken));

    /// <summary>Whether what is stored in <paramref name="target"/> may be read after the body.</summary>
    private bool Outlives(IOperation target, Form form)
        => target switch
        {
            ILocalReferenceOperation { Local: var local } => !IsInside(local) && IsUsedAfter(local, member: null, form),
            IFieldReferenceOperation { Field: var field } reference => field.IsStatic || OwnerOutlives(reference.Instance, field),
            IPropertyReferenceOperation { Property: var property } reference => !IsAmbientValue(property) && (property.IsStatic || OwnerOutlives(reference.Instance, property.IsIndexer ? null : property)),
            IArrayElementReferenceOperation element => OwnerOutlives(element.ArrayReference, member: null),
            IEventReferenceOperation { Event: var own } reference => own.IsStatic || OwnerOutlives(reference.Instance, own),
            _ => false,
        };

    /// <summary>Whether the object lives on after the body, and can be reached. An object that came from elsewhere in the body is not known.</summary>
    private bool OwnerOutlives(IOperation? owner, ISymbol? member)
        => owner switch
        {
            null => true,
            IConversionOperation conversion => OwnerOutlives(conversion.Operand, member),
            IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance } => true,
            ILocalReferenceOperation { Local: var local } => !IsInside(local) && IsUsedAfter(local, member, Form.Keeper),
            IParameterReferenceOperation { Parameter: var parameter } => !IsInside(parameter),
            IFieldReferenceOperation or IPropertyReferenceOperation or IArrayElementReferenceOperation => Outlives(owner, Form.Keeper),
            _ => false,
        };

    /// <summary>An ambient value flows down only, and ends with the function that set it.</summary>
    private static bool IsAmbientValue(IPropertySymbol property)
        => property is { Name: "Value", ContainingType: { Name: "AsyncLocal" or "ThreadLocal" } type } && Namespaces.Around(type) == "System.Threading";

    private bool IsInside(ISymbol symbol)
        => symbol.DeclaringSyntaxReferences.Any(reference => reference.SyntaxTree == _function.Syntax.SyntaxTree && _function.Syntax.Span.Contains(reference.Span));

    /// <summary>
    /// Whether a local from outside is used after the body in a way that reaches what was put there: the member itself, or the local as a whole. A member that only
    /// tells how it ended does no harm.
    /// </summary>
    private bool IsUsedAfter(ILocalSymbol local, ISymbol? member, Form form)
    {
        foreach (var name in _member.DescendantNodes().OfType<IdentifierNameSyntax>())
        {
            if (name.SpanStart < _function.Syntax.Span.End || name.Identifier.ValueText != local.Name || !SymbolEqualityComparer.Default.Equals(_model.GetSymbolInfo(name, _cancellationToken).Symbol, local))
                continue;
            ExpressionSyntax use = name;
            while (use.Parent is PostfixUnaryExpressionSyntax or ParenthesizedExpressionSyntax)
                use = (ExpressionSyntax)use.Parent;
            if (use.Parent is AssignmentExpressionSyntax assigned && assigned.Left == use)
                continue;
            var accessed = use.Parent switch
            {
                MemberAccessExpressionSyntax access when access.Expression == use => access.Name,
                ConditionalAccessExpressionSyntax { WhenNotNull: var chain } access when access.Expression == use => chain.DescendantNodesAndSelf().OfType<MemberBindingExpressionSyntax>().FirstOrDefault()?.Name,
                _ => null,
            };
            if (accessed is null)
                return true;
            var symbol = _model.GetSymbolInfo(accessed, _cancellationToken).Symbol;
            if (member is not null ? SymbolEqualityComparer.Default.Equals(symbol, member) : symbol is IMethodSymbol || form == Form.Keeper)
                return true;
        }

        return false;
    }

    /// <summary>Whether the same member takes it back: sets the field to null, unsubscribes, removes from the collection.</summary>
    private bool IsUndone(ISymbol? symbol)
    {
        if (symbol is null)
            return false;
        foreach (var node in _member.DescendantNodes())
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var undoes = node switch
            {
                AssignmentExpressionSyntax assignment when assignment.IsKind(SyntaxKind.SimpleAssignmentExpression) => IsNothing(assignment.Right) && Means(assignment.Left, symbol),
                AssignmentExpressionSyntax assignment when assignment.IsKind(SyntaxKind.SubtractAssignmentExpression) => Means(assignment.Left, symbol),
                InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call => Means(access.Expression, symbol) && _model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol method && ObjectKeeping.IsCollectionRemove(method)
                    || call.ArgumentList.Arguments.Any(argument => argument.RefKindKeyword.IsKind(SyntaxKind.RefKeyword) && Means(argument.Expression, symbol)) && call.ArgumentList.Arguments.Any(argument => IsNothing(argument.Expression)),
                _ => false,
            };
            if (undoes)
                return true;
        }

        return false;
    }

    private bool IsNothing(ExpressionSyntax expression)
    {
        while (expression is PostfixUnaryExpressionSyntax or ParenthesizedExpressionSyntax)
            expression = expression is PostfixUnaryExpressionSyntax postfix ? postfix.Operand : ((ParenthesizedExpressionSyntax)expression).Expression;
        return expression.IsKind(SyntaxKind.NullLiteralExpression) || expression.IsKind(SyntaxKind.DefaultLiteralExpression) || expression is DefaultExpressionSyntax
               || Operations.IsNoToken(_model.GetSymbolInfo(expression, _cancellationToken).Symbol, _symbols);
    }

    private bool Means(ExpressionSyntax expression, ISymbol symbol) => SymbolEqualityComparer.Default.Equals(_model.GetSymbolInfo(expression, _cancellationToken).Symbol, symbol);

    private static IOperation? EnclosingFunction(IOperation operation)
    {
        var current = operation.Parent;
        while (current is not null and not (IAnonymousFunctionOperation or ILocalFunctionOperation or IMethodBodyOperation))
            current = current.Parent;
        return current;
    }

    private static IOperation? OwnerOf(IOperation target)
        => target switch
        {
            IMemberReferenceOperation { Instance: { } instance } => instance is IConversionOperation conversion ? conversion.Operand : instance,
            IArrayElementReferenceOperation element => element.ArrayReference,
            _ => null,
        };

    private static ISymbol? ReferencedBy(IOperation operation)
        => operation switch
        {
            ILocalReferenceOperation { IsDeclaration: false } each => each.Local,
            IParameterReferenceOperation each => each.Parameter,
            _ => null,
        };

    private static ISymbol? SymbolOf(IOperation operation)
        => operation switch
        {
            ILocalReferenceOperation each => each.Local,
            IParameterReferenceOperation each => each.Parameter,
            IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } indexed } => SymbolOf(indexed),
            IMemberReferenceOperation each => each.Member,
            IArrayElementReferenceOperation each => SymbolOf(each.ArrayReference),
            IConversionOperation each => SymbolOf(each.Operand),
            _ => null,
        };
}
