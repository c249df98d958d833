using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>
/// What a condition depends on: state that other code of the same process changes, and could tell of, or something outside that has to be asked again and again
/// (the clock, a file, another process, any call). What is not known counts as outside.
/// </summary>
internal sealed class PolledState
{
    private const int DeepestGetter = 3;

    /// <summary>Members of the framework that tell of an object which can be waited for as well.</summary>
    private static readonly ImmutableHashSet<string> Waitable = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "System.Threading.Tasks.Task.IsCompleted",
        "System.Threading.Tasks.Task.IsCompletedSuccessfully",
        "System.Threading.Tasks.Task.IsFaulted",
        "System.Threading.Tasks.Task.IsCanceled",
        "System.Threading.Tasks.Task.Status",
        "System.Threading.Tasks.ValueTask.IsCompleted",
        "System.Threading.Tasks.ValueTask.IsCompletedSuccessfully",
        "System.Threading.Thread.IsAlive",
        "System.Threading.Thread.ThreadState",
        "System.Threading.ManualResetEventSlim.IsSet",
        "System.Threading.CountdownEvent.IsSet",
        "System.Threading.CountdownEvent.CurrentCount",
        "System.Threading.SemaphoreSlim.CurrentCount",
        "System.Lazy.IsValueCreated",
        RuntimeNames.Nursery + ".LiveChildCount");

    private readonly KnownSymbols _symbols;
    private readonly CancellationToken _cancellationToken;
    private bool _isOutside;

    public PolledState(KnownSymbols symbols, CancellationToken cancellationToken)
    {
        _symbols = symbols;
        _cancellationToken = cancellationToken;
    }

    /// <summary>What is polled; null where nothing is that this process could tell of.</summary>
    public string? Name { get; private set; }

    public bool CanBeWaitedFor => !_isOutside && Name is not null;

    public void Add(IOperation condition) => Add(condition, depth: 0);

    private void Add(IOperation condition, int depth)
    {
        foreach (var operation in condition.DescendantsAndSelf())
        {
            _cancellationToken.ThrowIfCancellationRequested();
            switch (operation)
            {
                case IInvocationOperation call:
                    AddCall(call);
                    break;
                case IPropertyReferenceOperation property:
                    AddProperty(property, depth);
                    break;
                case IFieldReferenceOperation { Field: { IsConst: false, IsReadOnly: false } field }:
                    Name ??= field.Name;
                    break;
                case IArrayElementReferenceOperation element:
                    Name ??= element.ArrayReference.Syntax.ToString();
                    break;
                case IEventReferenceOperation subscribed:
                    Name ??= subscribed.Event.Name;
                    break;
                case ILocalReferenceOperation { Local: var local } when IsWrittenElsewhere(local, operation):
                    Name ??= local.Name;
                    break;
                case IParameterReferenceOperation { Parameter: var parameter } when IsWrittenElsewhere(parameter, operation):
                    Name ??= parameter.Name;
                    break;
                // A count of attempts ends by itself; an object that is made, awaited or called says something new each time.
                case IIncrementOrDecrementOperation or IAssignmentOperation or IAwaitOperation or IObjectCreationOperation or IAnonymousFunctionOperation or IDynamicInvocationOperation or IDynamicMemberReferenceOperation or IDynamicIndexerAccessOperation or IInvalidOperation or IMethodReferenceOperation:
                    _isOutside = true;
                    break;
            }
        }
    }

    private void AddCall(IInvocationOperation call)
    {
        var type = call.TargetMethod.ContainingType;
        if (call.TargetMethod.Name == "Read" && (KnownSymbols.Is(type, _symbols.Volatile) || KnownSymbols.Is(type, _symbols.Interlocked)))
            return;
        if (!ObjectKeeping.IsCollection(type) || call.TargetMethod.IsStatic || call.Instance is null || IsEnumerator(type))
        {
            _isOutside = true;
            return;
        }

        // Taking items out until there are none is work; trying until there is one is polling.
        if ((ObjectKeeping.IsCollectionAdd(call.TargetMethod) || ObjectKeeping.IsCollectionRemove(call.TargetMethod)) && call.Parent is not IUnaryOperation { OperatorKind: UnaryOperatorKind.Not })
            _isOutside = true;
        else
            Name ??= call.Instance.Syntax.ToString();
    }

    private void AddProperty(IPropertyReferenceOperation reference, int depth)
    {
        var property = reference.Property.OriginalDefinition;
        var type = property.ContainingType;
        // A token can be waited for, but asking it is not what the loop is for.
        if (property.Name == "IsCancellationRequested" && (KnownSymbols.Is(type, _symbols.CancellationToken) || KnownSymbols.IsOrDerivesFrom(type, _symbols.CancellationTokenSource) || KnownSymbols.Is(type, _symbols.CancelScope))
            || property.Name == "Token" && KnownSymbols.IsOrDerivesFrom(type, _symbols.CancellationTokenSource)
            || KnownSymbols.Is(type, _symbols.Checkpoint)
            || property.Name == "CancellationToken" && KnownSymbols.IsOrDerivesFrom(type, _symbols.Nursery))
        {
            return;
        }

        if (type.SpecialType is SpecialType.System_Nullable_T or SpecialType.System_Array or SpecialType.System_String)
            return;
        if (ObjectKeeping.IsCollection(type) && !property.IsStatic && !IsEnumerator(type))
        {
            Name ??= reference.Instance?.Syntax.ToString();
            return;
        }

        for (var current = type; current is not null; current = current.BaseType)
        {
            if (!Waitable.Contains(Namespaces.Around(current) + "." + current.Name + "." + property.Name))
                continue;
            Name ??= reference.Syntax.ToString();
            return;
        }

        AddSourceProperty(property, depth);
    }

    /// <summary>A property of this compilation is what its getter reads; of others nothing is known.</summary>
    private void AddSourceProperty(IPropertySymbol property, int depth)
    {
        property = (IPropertySymbol)property.OriginalDefinition;
        if (property.IsAbstract || property.ContainingType.TypeKind == TypeKind.Interface || property.GetMethod is null || depth > DeepestGetter
            || property.DeclaringSyntaxReferences.FirstOrDefault() is not { } declared || !_symbols.Compilation.ContainsSyntaxTree(declared.SyntaxTree))
        {
            _isOutside = true;
            return;
        }

        if (property.ContainingType.GetMembers().OfType<IFieldSymbol>().Any(field => SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property)))
        {
            if (property.SetMethod is { IsInitOnly: false })
                Name ??= property.Name;
            return;
        }

        SyntaxNode? body = declared.GetSyntax(_cancellationToken) switch
        {
            PropertyDeclarationSyntax { ExpressionBody.Expression: var expression } => expression,
            PropertyDeclarationSyntax { AccessorList: { } accessors } => accessors.Accessors.FirstOrDefault(static accessor => accessor.Keyword.ValueText == "get") switch
            {
                { ExpressionBody.Expression: var expression } => expression,
                { Body: { } block } => block,
                _ => null,
            },
            _ => null,
        };
#pragma warning disable RS1030 // The property may live in another file; asked only for the conditions of loops that do nothing but wait.
        if (body is not null && _symbols.Compilation.GetSemanticModel(body.SyntaxTree).GetOperation(body, _cancellationToken) is { } getter)
#pragma warning restore RS1030
            Add(getter, depth + 1);
        else
            _isOutside = true;
        if (!_isOutside && Name is not null && depth == 0)
            Name = property.Name;
    }

    private static bool IsEnumerator(ITypeSymbol type) => type.Name.EndsWith("Enumerator", StringComparison.Ordinal);

    /// <summary>Whether another function than the one around <paramref name="use"/> assigns the variable.</summary>
    private static bool IsWrittenElsewhere(ISymbol variable, IOperation use)
    {
        var home = FunctionOf(use);
        return use.Root().Descendants().Any(operation => operation switch
        {
            IAssignmentOperation assignment => IsIt(assignment.Target) && FunctionOf(assignment) != home,
            IIncrementOrDecrementOperation step => IsIt(step.Target) && FunctionOf(step) != home,
            IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument => IsIt(argument.Value) && FunctionOf(argument) != home,
            _ => false,
        });

        bool IsIt(IOperation target)
            => target switch
            {
                ILocalReferenceOperation each => SymbolEqualityComparer.Default.Equals(each.Local, variable),
                IParameterReferenceOperation each => SymbolEqualityComparer.Default.Equals(each.Parameter, variable),
                _ => false,
            };
    }

    private static IOperation? FunctionOf(IOperation operation)
    {
        var current = operation.Parent;
        while (current is not null and not (IAnonymousFunctionOperation or ILocalFunctionOperation))
            current = current.Parent;
        return current;
    }
}
