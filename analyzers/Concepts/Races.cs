using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Structured.Analyzers.Flow;

namespace Structured.Analyzers;

/// <summary>Tasks that race each other in <c>Task.WhenAny</c>.</summary>
internal sealed class Races
{
    private readonly TaskLocals _locals;
    private readonly WorkEndings _endings;
    private readonly TaskPaths _paths;
    private readonly SemanticModel _model;
    private readonly KnownSymbols _symbols;
    private readonly CancellationToken _cancellationToken;

    public Races(TaskLocals locals, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        _locals = locals;
        _endings = locals.Endings;
        _paths = new TaskPaths(model, symbols, cancellationToken);
        _model = model;
        _symbols = symbols;
        _cancellationToken = cancellationToken;
    }

    public static bool IsWhenAny(InvocationExpressionSyntax call, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => MayBeWhenAny(call) && model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol { Name: "WhenAny" } method && KnownSymbols.Is(method.ContainingType, symbols.Task);

    /// <summary>Without a look at symbols.</summary>
    public static bool MayBeWhenAny(SyntaxNode? node)
        => node is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "WhenAny" } or SimpleNameSyntax { Identifier.ValueText: "WhenAny" } };

    /// <summary>The <c>WhenAny</c> whose winner an expression gives: awaited, waited for, or by way of a variable.</summary>
    public static InvocationExpressionSyntax? OutcomeOf(ExpressionSyntax expression, SemanticModel model, CancellationToken cancellationToken)
    {
        switch (expression)
        {
            case ParenthesizedExpressionSyntax each:
                return OutcomeOf(each.Expression, model, cancellationToken);
            case AwaitExpressionSyntax each:
                return RaceOf(each.Expression, model, cancellationToken);
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Result" } each:
                return RaceOf(each.Expression, model, cancellationToken);
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "GetResult", Expression: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax awaiter } } }:
                return RaceOf(awaiter.Expression, model, cancellationToken);
            default:
                return null;
        }
    }

    /// <summary>The race at <paramref name="call"/>; null where somebody else gets the outcome, or where nothing that takes part is work of this function.</summary>
    public Race? Of(InvocationExpressionSyntax call)
    {
        if (!IsWaitedForHere(call))
            return null;
        var arguments = call.ArgumentList.Arguments.Select(static argument => argument.Expression).SelectMany(Elements).ToList();
        var values = arguments.Select(_locals.ValueOf).ToList();
        var timeouts = arguments.Where((_, index) => IsDelay(values[index])).SelectMany(DurationOf).ToImmutableHashSet<ISymbol>(SymbolEqualityComparer.Default);
        var racers = ImmutableArray.CreateBuilder<Racer>();
        for (var index = 0; index < arguments.Count; index++)
        {
            var syntax = arguments[index];
            var local = _endings.SymbolOf(syntax) as ILocalSymbol;
            var work = _locals.WorkIn(values[index]);
            var calls = work ?? [];
            var tokens = _endings.TokensOf(calls);
            var receivers = _endings.ReceiversOf(calls);
            var isWork = calls.Count > 0
                         && !(local is not null && _locals.UsesOf(local).Any(use => use.SpanStart < call.SpanStart && _locals.IsHandedOver(use)))
                         && !_endings.HasTimeout(tokens)
                         && !calls.All(each => IsHanded(each, timeouts))
                         && !(arguments.Count > 1 && arguments.Where(other => other != syntax).All(other => EndsOnlyWith(other, tokens)));
            racers.Add(new Racer(syntax, local, _paths.Of(syntax), isWork, IsSpread(syntax), tokens, receivers, local is null ? ImmutableArray<TextSpan>.Empty : WatchesOf(call, local)));
        }

        return racers.Any(static racer => racer.IsWork) ? new Race(call, racers.ToImmutable()) : null;
    }

    /// <summary>What an argument is made of where it is written out: <c>new[] { a, b }</c>.</summary>
    private static IEnumerable<ExpressionSyntax> Elements(ExpressionSyntax argument)
        => argument switch
        {
            ImplicitArrayCreationExpressionSyntax each => each.Initializer.Expressions,
            ArrayCreationExpressionSyntax { Initializer: { } initializer } => initializer.Expressions,
            BaseObjectCreationExpressionSyntax { Initializer: { } initializer, ArgumentList: null or { Arguments.Count: 0 } } => initializer.Expressions,
            _ when argument.Kind().ToString() == "CollectionExpression" && argument.ChildNodes().All(static element => element.Kind().ToString() == "ExpressionElement")
                => argument.ChildNodes().SelectMany(static element => element.ChildNodes()).OfType<ExpressionSyntax>(),
            _ => [argument],
        };

    private static InvocationExpressionSyntax? RaceOf(ExpressionSyntax task, SemanticModel model, CancellationToken cancellationToken)
    {
        while (task is ParenthesizedExpressionSyntax || task is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" or "WaitAsync" } })
            task = task is ParenthesizedExpressionSyntax inner ? inner.Expression : ((MemberAccessExpressionSyntax)((InvocationExpressionSyntax)task).Expression).Expression;
        if (MayBeWhenAny(task))
            return (InvocationExpressionSyntax)task;
        return task is IdentifierNameSyntax
               && model.GetSymbolInfo(task, cancellationToken).Symbol is ILocalSymbol { DeclaringSyntaxReferences: { Length: 1 } declarations }
               && declarations[0].GetSyntax(cancellationToken) is VariableDeclaratorSyntax { Initializer.Value: InvocationExpressionSyntax race }
               && MayBeWhenAny(race)
            ? race
            : null;
    }

    private bool IsWaitedForHere(InvocationExpressionSyntax call)
    {
        SyntaxNode node = call;
        while (true)
        {
            switch (node.Parent)
            {
                case ParenthesizedExpressionSyntax:
                    node = node.Parent;
                    continue;
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" or "Unwrap" or "WaitAsync" or "GetAwaiter" or "GetResult" or "Wait", Parent: InvocationExpressionSyntax link } access when access.Expression == node:
                    node = link;
                    if (access.Name.Identifier.ValueText is "GetResult" or "Wait")
                        return true;
                    continue;
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Result" }:
                case AwaitExpressionSyntax or ReturnStatementSyntax or ArrowExpressionClauseSyntax:
                    return true;
                case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } when _model.GetDeclaredSymbol(declarator, _cancellationToken) is ILocalSymbol local:
                    return _locals.UsesOf(local).All(static use => use.Parent is AwaitExpressionSyntax || use.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" or "Result" or "Wait" or "GetAwaiter" });
                default:
                    return false;
            }
        }
    }

    private bool IsSpread(ExpressionSyntax argument) => !Awaitables.IsTaskOrValueTask(_model.GetTypeInfo(argument, _cancellationToken).Type, _symbols);

    private bool IsDelay(TaskValue value)
        => (value.Origin | value.Parts.SelectMany(_locals.Inside).Select(_locals.Get).OfType<TaskLocal>().SelectMany(static local => local.Writes).Aggregate(TaskOrigin.None, static (all, write) => all | write.Tasks.Origin)) == TaskOrigin.Delay;

    /// <summary>The variables and members that say how long a delay is.</summary>
    private IEnumerable<ISymbol> DurationOf(ExpressionSyntax delay)
        => DelayCalls(delay).SelectMany(call => call.ArgumentList.Arguments.Take(1))
            .SelectMany(static argument => argument.DescendantNodes().OfType<IdentifierNameSyntax>())
            .Select(name => _model.GetSymbolInfo(name, _cancellationToken).Symbol)
            .Where(symbol => symbol switch
            {
                ILocalSymbol each => IsDuration(each.Type),
                IParameterSymbol each => IsDuration(each.Type),
                IFieldSymbol each => IsDuration(each.Type) && !KnownSymbols.Is(each.ContainingType, _symbols.TimeSpan),
                IPropertySymbol each => IsDuration(each.Type),
                _ => false,
            })
            .OfType<ISymbol>();

    private bool IsDuration(ITypeSymbol type) => type.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_Double || KnownSymbols.Is(type, _symbols.TimeSpan);

    private IEnumerable<InvocationExpressionSyntax> DelayCalls(ExpressionSyntax delay)
    {
        var expressions = _endings.SymbolOf(delay) is ILocalSymbol local && _locals.Get(local) is { } known ? known.Writes.Select(static write => write.Value) : [delay];
        return expressions.OfType<InvocationExpressionSyntax>().Where(call => _model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol { Name: "Delay" } method && KnownSymbols.Is(method.ContainingType, _symbols.Task));
    }

    /// <summary>Work that is given the time limit itself keeps to it.</summary>
    private bool IsHanded(InvocationExpressionSyntax work, ImmutableHashSet<ISymbol> timeouts)
        => !timeouts.IsEmpty && work.ArgumentList.Arguments.Any(argument => argument.Expression is not AnonymousFunctionExpressionSyntax && argument.DescendantNodes().OfType<IdentifierNameSyntax>().Any(name => _model.GetSymbolInfo(name, _cancellationToken).Symbol is { } symbol && timeouts.Contains(symbol)));

    /// <summary>Whether a racer can only win when one of <paramref name="tokens"/> is cancelled: an endless delay, or a source that a callback of the token settles.</summary>
    private bool EndsOnlyWith(ExpressionSyntax racer, ImmutableHashSet<ISymbol> tokens)
    {
        if (tokens.IsEmpty)
            return false;
        var delays = DelayCalls(racer).ToList();
        if (delays.Count > 0)
            return delays.All(call => call.ArgumentList.Arguments.Count == 2 && IsInfinite(call.ArgumentList.Arguments[0].Expression) && _endings.TokensOf(call.ArgumentList.Arguments[1]).Overlaps(tokens));
        return racer is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Task" } access
               && _endings.SymbolOf(access.Expression) is ILocalSymbol source
               && _locals.UsesOf(source).Any(use => use.Ancestors().OfType<InvocationExpressionSyntax>().Any(call =>
                   call.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Register" or "UnsafeRegister" } register && _endings.TokensOf(register.Expression).Overlaps(tokens)));
    }

    private bool IsInfinite(ExpressionSyntax duration)
        => _model.GetConstantValue(duration, _cancellationToken) is { HasValue: true, Value: -1 }
           || _model.GetSymbolInfo(duration, _cancellationToken).Symbol is IFieldSymbol { Name: "Infinite" or "InfiniteTimeSpan" };

    /// <summary>The conditions of the loops around the race that do not hold it themselves, and that the work was started before.</summary>
    private ImmutableArray<TextSpan> WatchesOf(InvocationExpressionSyntax call, ILocalSymbol local)
        => call.Ancestors().TakeWhile(node => node != _locals.Function)
            .Select(static node => node switch
            {
                WhileStatementSyntax loop => (Loop: (SyntaxNode)loop, loop.Condition),
                DoStatementSyntax loop => (loop, loop.Condition),
                _ => default,
            })
            .Where(each => each.Condition is not null && !each.Condition.Span.Contains(call.Span) && !each.Loop.Span.Contains(local.Locations[0].SourceSpan))
            .Select(static each => each.Condition.Span)
            .ToImmutableArray();
}
