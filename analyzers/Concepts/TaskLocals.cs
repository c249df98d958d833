using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>A variable of a function that holds tasks.</summary>
internal sealed class TaskLocal
{
    public TaskLocal(ILocalSymbol symbol, bool isCollection, bool isCaptured, ImmutableArray<(ExpressionSyntax Value, TaskValue Tasks)> writes, bool hasOtherWrites)
    {
        Symbol = symbol;
        IsCollection = isCollection;
        IsCaptured = isCaptured;
        Writes = writes;
        HasOtherWrites = hasOtherWrites;
    }

    public ILocalSymbol Symbol { get; }

    /// <summary>A list, an array: not one task.</summary>
    public bool IsCollection { get; }

    /// <summary>Whether a lambda or local function uses it: when that runs is not known.</summary>
    public bool IsCaptured { get; }

    /// <summary>What it is given, and what is added to it.</summary>
    public ImmutableArray<(ExpressionSyntax Value, TaskValue Tasks)> Writes { get; }

    /// <summary>Whether it is also given something in a way that is not followed.</summary>
    public bool HasOtherWrites { get; }
}

/// <summary>The variables of one function that hold tasks, and what is known about each use of them. Not thread-safe.</summary>
internal sealed class TaskLocals
{
    private readonly Dictionary<ILocalSymbol, TaskLocal?> _locals = new(SymbolEqualityComparer.Default);
    private readonly SyntaxNode _function;
    private readonly SemanticModel _model;
    private readonly KnownSymbols _symbols;
    private readonly TaskOrigins _origins;
    private readonly TaskPaths _paths;
    private readonly AnalyzerSettings? _settings;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<string, ILookup<ISymbol?, IdentifierNameSyntax>> _uses = new(StringComparer.Ordinal);
    private readonly Dictionary<ILocalSymbol, ImmutableHashSet<ILocalSymbol>> _inside = new(SymbolEqualityComparer.Default);

    private WorkEndings? _endings;

    public TaskLocals(SyntaxNode function, SemanticModel model, KnownSymbols symbols, AnalyzerSettings? settings, CancellationToken cancellationToken)
    {
        _function = function;
        _model = model;
        _symbols = symbols;
        _origins = TaskOrigins.For(model.Compilation);
        _paths = new TaskPaths(model, symbols, cancellationToken);
        _settings = settings;
        _cancellationToken = cancellationToken;
    }

    /// <summary>The variables of a function, as the rule before may have looked at them.</summary>
    public static TaskLocals Of(SyntaxNode function, SemanticModel model, RuleContext rule, CancellationToken cancellationToken)
        => rule.Settings.LastTaskLocals.Get(
            last => last._function == function && last._model == model && last._cancellationToken == cancellationToken,
            () => new TaskLocals(function, model, rule.Symbols, rule.Settings, cancellationToken));

    public SyntaxNode Function => _function;

    /// <summary>How work that the function starts is told to stop.</summary>
    public WorkEndings Endings => _endings ??= new WorkEndings(this, _model, _symbols, _cancellationToken);

    public TaskValue ValueOf(ExpressionSyntax expression) => _origins.Of(expression, _model, _settings, _cancellationToken);

    /// <summary>Null for a variable of another function, or one that holds no tasks.</summary>
    public TaskLocal? Get(ILocalSymbol local)
    {
        if (!_locals.TryGetValue(local, out var known))
            _locals.Add(local, known = Look(local));
        return known;
    }

    /// <summary>The variables whose tasks are in <paramref name="local"/>, itself included.</summary>
    public ImmutableHashSet<ILocalSymbol> Inside(ILocalSymbol local)
    {
        if (_inside.TryGetValue(local, out var known))
            return known;
        _inside.Add(local, known = Collect(local));
        return known;
    }

    private ImmutableHashSet<ILocalSymbol> Collect(ILocalSymbol local)
    {
        var found = ImmutableHashSet.CreateBuilder<ILocalSymbol>(SymbolEqualityComparer.Default);
        var pending = new Stack<ILocalSymbol>();
        pending.Push(local);
        while (pending.Count > 0)
        {
            var next = pending.Pop();
            if (!found.Add(next) || Get(next) is not { } known)
                continue;
            foreach (var part in known.Writes.SelectMany(static write => write.Tasks.Parts))
                pending.Push(part);
        }

        return found.ToImmutable();
    }

    /// <summary>The calls whose work is in <paramref name="value"/>; null where it may be somebody else's, or is none.</summary>
    public IReadOnlyList<InvocationExpressionSyntax>? WorkIn(TaskValue value)
    {
        if ((value.Origin & TaskOrigin.Elsewhere) != 0)
            return null;
        var calls = value.Calls.ToList();
        foreach (var local in value.Parts.SelectMany(Inside).Distinct<ILocalSymbol>(SymbolEqualityComparer.Default))
        {
            if (Get(local) is not { IsCaptured: false, HasOtherWrites: false } known || known.Writes.Any(static write => (write.Tasks.Origin & TaskOrigin.Elsewhere) != 0))
                return null;
            calls.AddRange(known.Writes.SelectMany(static write => write.Tasks.Calls));
        }

        return calls.Count == 0 ? null : calls;
    }

    /// <summary>Every use of a variable in the function.</summary>
    public IEnumerable<IdentifierNameSyntax> UsesOf(ISymbol symbol)
    {
        // Many variables of a function may have the same name, each in a block of its own.
        if (!_uses.TryGetValue(symbol.Name, out var named))
            _uses.Add(symbol.Name, named = FileIndex.NamesIn(_function, symbol.Name, _cancellationToken).OfType<IdentifierNameSyntax>().ToLookup(name => _model.GetSymbolInfo(name, _cancellationToken).Symbol, SymbolEqualityComparer.Default));
        return named[symbol];
    }

    /// <summary>Whether a use only looks at the task: compares it, asks for its state, assigns another one.</summary>
    public bool IsOnlyLook(SyntaxNode use)
    {
        var node = use;
        while (node.Parent is ParenthesizedExpressionSyntax or PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } or CastExpressionSyntax)
            node = node.Parent;
        switch (node.Parent)
        {
            case BinaryExpressionSyntax binary when binary.IsKind(SyntaxKind.EqualsExpression) || binary.IsKind(SyntaxKind.NotEqualsExpression):
            case IsPatternExpressionSyntax:
                return true;
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceExpression } choice when choice.Left == node:
                return choice.Ancestors().OfType<AssignmentExpressionSyntax>().FirstOrDefault() is { } restart && restart.Left.ToString() == use.ToString();
            case AssignmentExpressionSyntax assignment when assignment.Left == node:
                return true;
            case MemberAccessExpressionSyntax access when access.Expression == node:
                return access.Name.Identifier.ValueText is "IsCompleted" or "IsCompletedSuccessfully" or "IsFaulted" or "IsCanceled" or "Status" or "Exception" or "Id" or "AsyncState" or "CreationOptions";
            case ConditionalAccessExpressionSyntax access when access.Expression == node:
                return access.WhenNotNull is MemberBindingExpressionSyntax;
            case ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call }:
                return call.Expression is IdentifierNameSyntax { Identifier.ValueText: "nameof" }
                       || _model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol { Name: "ReferenceEquals" or "Equals", ContainingType.SpecialType: SpecialType.System_Object };
            default:
                return false;
        }
    }

    /// <summary>Whether a use gives the task to somebody else, who may watch over it: a call, a continuation, a field.</summary>
    public bool IsHandedOver(IdentifierNameSyntax use)
        => use.Parent switch
        {
            ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call } => !IsOnlyLook(use) && !(_model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol { Name: "WhenAny" or "WhenAll" } method && KnownSymbols.Is(method.ContainingType, _symbols.Task)) && !IsAddedToOwn(call),
            MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax call } => _model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol { Name: "ContinueWith" } or IMethodSymbol { IsExtensionMethod: true },
            AssignmentExpressionSyntax assignment => assignment.Right == use && _model.GetSymbolInfo(assignment.Left, _cancellationToken).Symbol is IFieldSymbol or IPropertySymbol,
            _ => false,
        };

    /// <summary>A list of the function itself.</summary>
    private bool IsAddedToOwn(InvocationExpressionSyntax call)
        => call.Expression is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax list } && _model.GetSymbolInfo(list, _cancellationToken).Symbol is ILocalSymbol local && Get(local) is not null;

    private TaskLocal? Look(ILocalSymbol local)
    {
        if (!_paths.IsOrHoldsTask(local.Type) || local.IsRef || local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is not { } declaration || FunctionContext.EnclosingFunction(declaration) != _function)
            return null;
        var writes = ImmutableArray.CreateBuilder<(ExpressionSyntax, TaskValue)>();
        // `if (task is Task<int> counted)`: another name for the same task.
        var other = declaration is SingleVariableDesignationSyntax { Parent: PatternSyntax { Parent: IsPatternExpressionSyntax test } pattern } && pattern is DeclarationPatternSyntax or VarPatternSyntax or RecursivePatternSyntax ? test.Expression : null;
        var hasOther = declaration is not VariableDeclaratorSyntax && other is null;
        var isCaptured = false;
        var isCollection = !Awaitables.IsTaskOrValueTask(local.Type, _symbols);
        if (declaration is VariableDeclaratorSyntax { Initializer.Value: { } initializer })
            AddWrite(initializer);
        else if (other is not null)
            AddWrite(other);
        foreach (var use in UsesOf(local))
        {
            isCaptured |= FunctionContext.EnclosingFunction(use) != _function;
            switch (use.Parent)
            {
                case AssignmentExpressionSyntax assignment when assignment.Left == use:
                    if (assignment.IsKind(SyntaxKind.SimpleAssignmentExpression) || assignment.IsKind(SyntaxKind.CoalesceAssignmentExpression))
                        AddWrite(assignment.Right);
                    else
                        hasOther = true;
                    break;
                case ArgumentSyntax { RefKindKeyword.RawKind: not 0 } or PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.AddressOfExpression } or RefExpressionSyntax:
                case ArgumentSyntax { Parent: TupleExpressionSyntax { Parent: AssignmentExpressionSyntax target } tuple } when target.Left == tuple:
                    hasOther = true;
                    break;
                case ElementAccessExpressionSyntax { Parent: AssignmentExpressionSyntax element } access when access.Expression == use && element.Left == access:
                    AddWrite(element.Right);
                    break;
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Add" or "AddRange" or "Insert" or "Enqueue" or "Push" or "TryAdd", Parent: InvocationExpressionSyntax call } access when isCollection && access.Expression == use:
                    foreach (var argument in call.ArgumentList.Arguments)
                    {
                        if (_paths.IsOrHoldsTask(_model.GetTypeInfo(argument.Expression, _cancellationToken).Type))
                            AddWrite(argument.Expression);
                    }

                    break;
            }
        }

        return new TaskLocal(local, isCollection, isCaptured, writes.ToImmutable(), hasOther);

        void AddWrite(ExpressionSyntax value) => writes.Add((value, ValueOf(value)));
    }
}

/// <summary>How work that a function starts is told to stop: by a source whose token it was given, or by the end of what it runs on.</summary>
internal sealed class WorkEndings
{
    private readonly TaskLocals _locals;
    private readonly SemanticModel _model;
    private readonly KnownSymbols _symbols;
    private readonly CancellationToken _cancellationToken;

    public WorkEndings(TaskLocals locals, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        _locals = locals;
        _model = model;
        _symbols = symbols;
        _cancellationToken = cancellationToken;
    }

    /// <summary>The tokens and sources that the calls are handed, with those they follow.</summary>
    public ImmutableHashSet<ISymbol> TokensOf(IEnumerable<InvocationExpressionSyntax> calls) => Union(calls.SelectMany(TokensOf));

    /// <summary>What the calls that start work are made on: variables, fields.</summary>
    public ImmutableHashSet<ISymbol> ReceiversOf(IEnumerable<InvocationExpressionSyntax> calls) => Union(calls.Select(ReceiverOf).OfType<ISymbol>());

    private static ImmutableHashSet<ISymbol> Union(IEnumerable<ISymbol> symbols) => symbols.ToImmutableHashSet<ISymbol>(SymbolEqualityComparer.Default);

    /// <summary>The tokens and sources that a call is handed, with those they follow.</summary>
    public ImmutableHashSet<ISymbol> TokensOf(SyntaxNode call)
    {
        var found = ImmutableHashSet.CreateBuilder<ISymbol>(SymbolEqualityComparer.Default);
        var holders = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        var pending = new Stack<SyntaxNode>();
        pending.Push(call);
        while (pending.Count > 0)
        {
            foreach (var name in pending.Pop().DescendantNodesAndSelf().OfType<IdentifierNameSyntax>())
            {
                if (AsyncCode.CallAt(name) is not null)
                    continue;
                var symbol = _model.GetSymbolInfo(name, _cancellationToken).Symbol;
                // `var options = new Options(token)`: who is given the object is given the token.
                if (symbol is ILocalSymbol holder && !IsTokenOrSource(holder.Type))
                {
                    if (holder.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is VariableDeclaratorSyntax { Initializer.Value: BaseObjectCreationExpressionSyntax held } && holders.Add(holder))
                        pending.Push(held);
                    continue;
                }

                if (symbol is not (ILocalSymbol or IParameterSymbol or IFieldSymbol or IPropertySymbol) || !IsTokenOrSource(KnownSymbols.TypeOf(symbol)) || symbol.Name is "Token" or "None" && symbol is IPropertySymbol || !found.Add(symbol))
                    continue;
                if (symbol is not ILocalSymbol)
                    continue;
                if (symbol.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is VariableDeclaratorSyntax { Initializer.Value: { } made })
                    pending.Push(made);
                foreach (var use in _locals.UsesOf(symbol))
                {
                    if (use.Parent is AssignmentExpressionSyntax assignment && assignment.Left == use)
                        pending.Push(assignment.Right);
                }
            }
        }

        return found.ToImmutable();
    }

    /// <summary>Whether the work ends by itself after a time: its token's source has a timeout.</summary>
    public bool HasTimeout(ImmutableHashSet<ISymbol> tokens)
        => tokens.OfType<ILocalSymbol>().Where(local => TokensInReach.IsSource(local.Type, _symbols)).Any(source =>
            source.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is VariableDeclaratorSyntax { Initializer.Value: BaseObjectCreationExpressionSyntax { ArgumentList.Arguments.Count: > 0 } }
            || _locals.UsesOf(source).Any(static use => use.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "CancelAfter" }));

    /// <summary>What the call that starts work is made on: a variable, a field.</summary>
    public ISymbol? ReceiverOf(InvocationExpressionSyntax call)
    {
        var first = (call.Expression as MemberAccessExpressionSyntax)?.Expression ?? (call.Expression is MemberBindingExpressionSyntax binding ? TaskPaths.Receiver(binding) : null);
        return SymbolOf(first);
    }

    /// <summary>The source that a call cancels, where it is known; <paramref name="isCancel"/> tells whether it cancels anything.</summary>
    public ISymbol? CancelledBy(IInvocationOperation call, out bool isCancel)
    {
        var type = call.TargetMethod.ContainingType;
        var isSource = TokensInReach.IsSource(type, _symbols);
        isCancel = call.TargetMethod.Name is "Cancel" or "CancelAsync" or "CancelAfter" && (isSource || KnownSymbols.IsOrDerivesFrom(type, _symbols.Nursery) || KnownSymbols.Is(type, _symbols.CancelScope));
        return isCancel && isSource ? SymbolOf((call.Syntax as InvocationExpressionSyntax)?.Expression is MemberAccessExpressionSyntax access ? access.Expression : call.Instance?.Syntax) : null;
    }

    /// <summary>What a call closes down: <c>client.Dispose()</c>, <c>process.Kill()</c>, also at the end of a <c>using</c>.</summary>
    public ISymbol? ClosedBy(IInvocationOperation call) => IsClosing(call.TargetMethod, _symbols) ? SymbolOf(call.Instance?.Unconverted()) : null;

    /// <summary>A member of the same object that cancels or closes something: what it ends is not looked into further.</summary>
    public bool MayEndWork(IInvocationOperation call)
    {
        var method = call.TargetMethod.OriginalDefinition;
        if (call.Instance is not IInstanceReferenceOperation && method.MethodKind != MethodKind.LocalFunction || method.DeclaringSyntaxReferences.Length != 1)
            return false;
        var declaration = method.DeclaringSyntaxReferences[0].GetSyntax(_cancellationToken);
        return declaration.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(static each => each.Expression switch
        {
            MemberAccessExpressionSyntax access => IsClosingName(access.Name.Identifier.ValueText),
            MemberBindingExpressionSyntax binding => IsClosingName(binding.Name.Identifier.ValueText),
            _ => false,
        });
    }

    /// <summary>The variable or member that an operation reads. The operation is asked first: one that the compiler adds has the syntax of something else.</summary>
    public ISymbol? SymbolOf(IOperation? operation)
        => operation switch
        {
            ILocalReferenceOperation local => local.Local,
            IFieldReferenceOperation field => field.Field,
            IPropertyReferenceOperation property => property.Property,
            IParameterReferenceOperation parameter => parameter.Parameter,
            _ => SymbolOf(operation?.Syntax),
        };

    public ISymbol? SymbolOf(SyntaxNode? expression)
    {
        while (expression is ParenthesizedExpressionSyntax inner)
            expression = inner.Expression;
        return expression is IdentifierNameSyntax or MemberAccessExpressionSyntax && _model.GetSymbolInfo(expression, _cancellationToken).Symbol is (ILocalSymbol or IFieldSymbol or IPropertySymbol or IParameterSymbol) and var symbol ? symbol : null;
    }

    /// <summary>Whether a method closes what it is called on, as far as its name and parameters tell.</summary>
    public static bool IsClosing(IMethodSymbol method, KnownSymbols symbols)
        => IsClosingName(method.Name) && method.Parameters.All(parameter => parameter.IsOptional || parameter.Type.SpecialType is SpecialType.System_Boolean or SpecialType.System_String || TokensInReach.IsToken(parameter.Type, symbols));

    public static bool IsClosingName(string name)
        => name is "Dispose" or "DisposeAsync" or "Close" or "CloseAsync" or "Abort" or "AbortAsync" or "Kill" or "Stop" or "StopAsync" or "Cancel" or "CancelAsync" or "CancelAll" or "Shutdown" or "ShutdownAsync" or "Disconnect" or "DisconnectAsync";

    private bool IsTokenOrSource(ITypeSymbol? type) => TokensInReach.IsToken(type, _symbols) || TokensInReach.IsSource(type, _symbols);
}
