using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Structured.Analyzers.Flow;

namespace Structured.Analyzers.CodeFixes;

/// <summary>
/// Finds where a child waits, without a token, for something that others have to do: an accept, a receive, an element of a channel. Who joins the child waits for ever
/// where nothing closes, before the join, what it waits for. What methods of other types wait for, on members of their own, ends when the object they are called on is closed.
/// </summary>
internal sealed class UnendedWait
{
    private const int DeepestCall = 3;
    private const int MostImplementations = 100;

    private static readonly ImmutableHashSet<string> WaitsForOthers = ImmutableHashSet.Create(
        "System.Threading.Channels.ChannelReader.ReadAsync",
        "System.Threading.Channels.ChannelReader.WaitToReadAsync",
        "System.Threading.Channels.ChannelReader.ReadAllAsync",
        "System.Threading.PeriodicTimer.WaitForNextTickAsync",
        "System.Threading.SemaphoreSlim.WaitAsync",
        "System.Diagnostics.Process.WaitForExitAsync",
        "System.Net.HttpListener.GetContextAsync",
        "System.Net.Sockets.TcpListener.AcceptTcpClientAsync",
        "System.Net.Sockets.TcpListener.AcceptSocketAsync",
        "System.Net.Sockets.Socket.AcceptAsync",
        "System.Net.Sockets.Socket.ReceiveAsync",
        "System.Net.Sockets.Socket.ReceiveFromAsync",
        "System.Net.Sockets.Socket.ReceiveMessageFromAsync",
        "System.Net.Sockets.SocketTaskExtensions.AcceptAsync",
        "System.Net.Sockets.SocketTaskExtensions.ReceiveAsync",
        "System.Net.Sockets.SocketTaskExtensions.ReceiveFromAsync",
        "System.Net.Sockets.UdpClient.ReceiveAsync",
        "System.Net.WebSockets.WebSocket.ReceiveAsync",
        "System.Net.Security.SslStream.AuthenticateAsServerAsync",
        "System.Net.Security.SslStream.AuthenticateAsClientAsync",
        "System.Net.Security.NegotiateStream.AuthenticateAsServerAsync",
        "System.Net.Security.NegotiateStream.AuthenticateAsClientAsync",
        "System.IO.Pipes.NamedPipeServerStream.WaitForConnectionAsync",
        // What `TaskFactory.FromAsync` is given to begin.
        "System.Net.HttpListener.BeginGetContext",
        "System.Net.Sockets.TcpListener.BeginAcceptTcpClient",
        "System.Net.Sockets.TcpListener.BeginAcceptSocket",
        "System.Net.Sockets.Socket.BeginAccept",
        "System.Net.Sockets.Socket.BeginReceive",
        "System.Net.Sockets.Socket.BeginReceiveFrom",
        "System.Net.Sockets.Socket.BeginReceiveMessageFrom",
        "System.Net.Sockets.UdpClient.BeginReceive",
        "System.Net.Security.SslStream.BeginAuthenticateAsServer",
        "System.Net.Security.SslStream.BeginAuthenticateAsClient",
        "System.Net.Security.NegotiateStream.BeginAuthenticateAsServer",
        "System.Net.Security.NegotiateStream.BeginAuthenticateAsClient",
        "System.IO.Pipes.NamedPipeServerStream.BeginWaitForConnection");

    /// <summary>They hold their thread until others do something.</summary>
    private static readonly ImmutableHashSet<string> BlocksForOthers = ImmutableHashSet.Create(
        "System.Diagnostics.Process.WaitForExit",
        "System.Threading.WaitHandle.WaitOne",
        "System.Threading.SemaphoreSlim.Wait",
        "System.Threading.ManualResetEventSlim.Wait",
        "System.Threading.CountdownEvent.Wait",
        "System.Threading.Barrier.SignalAndWait",
        "System.Collections.Concurrent.BlockingCollection.Take",
        "System.Collections.Concurrent.BlockingCollection.GetConsumingEnumerable",
        "System.Net.HttpListener.GetContext",
        "System.Net.Sockets.TcpListener.AcceptTcpClient",
        "System.Net.Sockets.TcpListener.AcceptSocket",
        "System.Net.Sockets.Socket.Accept",
        "System.Net.Sockets.Socket.Receive",
        "System.IO.Pipes.NamedPipeServerStream.WaitForConnection");

    private static readonly ImmutableHashSet<string> Signals = ImmutableHashSet.Create(
        "System.Threading.Tasks.TaskCompletionSource",
        "System.Threading.SemaphoreSlim",
        "System.Threading.WaitHandle",
        "System.Threading.ManualResetEventSlim",
        "System.Threading.CountdownEvent",
        "System.Threading.Barrier",
        "System.Collections.Concurrent.BlockingCollection");

    /// <summary>They wait for others where the stream comes from a network or another process.</summary>
    private static readonly ImmutableHashSet<string> Reads = ImmutableHashSet.Create(
        "System.IO.Stream.BeginRead",
        "System.IO.Stream.ReadAsync",
        "System.IO.Stream.ReadExactlyAsync",
        "System.IO.Stream.ReadAtLeastAsync",
        "System.IO.TextReader.ReadLineAsync",
        "System.IO.TextReader.ReadAsync");

    private static readonly ImmutableHashSet<string> NetworkStreams = ImmutableHashSet.Create("System.Net.Sockets.NetworkStream", "System.Net.Security.AuthenticatedStream", "System.IO.Pipes.PipeStream");

    private static readonly ImmutableHashSet<string> AwaitedProperties = ImmutableHashSet.Create("System.Threading.Channels.ChannelReader.Completion", "System.Threading.Tasks.TaskCompletionSource.Task");

    private static readonly ImmutableHashSet<string> Completions = ImmutableHashSet.Create(
        "System.Threading.Channels.ChannelWriter.Complete",
        "System.Threading.Channels.ChannelWriter.TryComplete",
        "System.Collections.Concurrent.BlockingCollection.CompleteAdding",
        "System.Threading.EventWaitHandle.Set",
        "System.Threading.ManualResetEventSlim.Set",
        "System.Threading.CountdownEvent.Signal",
        "System.Diagnostics.Process.Kill",
        "System.Threading.Tasks.TaskCompletionSource.SetResult",
        "System.Threading.Tasks.TaskCompletionSource.SetException",
        "System.Threading.Tasks.TaskCompletionSource.SetCanceled",
        "System.Threading.Tasks.TaskCompletionSource.SetFromTask",
        "System.Threading.Tasks.TaskCompletionSource.TrySetResult",
        "System.Threading.Tasks.TaskCompletionSource.TrySetException",
        "System.Threading.Tasks.TaskCompletionSource.TrySetCanceled",
        "System.Threading.Tasks.TaskCompletionSource.TrySetFromTask");

    /// <summary>What gives a new connection: closing the listener does not close it.</summary>
    private static readonly ImmutableHashSet<string> Accepts = ImmutableHashSet.Create("AcceptTcpClient", "AcceptSocket", "Accept", "EndAccept", "EndAcceptSocket", "EndAcceptTcpClient");

    private readonly INamedTypeSymbol _type;
    private readonly Compilation _compilation;
    private readonly KnownSymbols _symbols;
    private readonly Others _others;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<SyntaxTree, SemanticModel> _models = new();
    private readonly Dictionary<ISymbol, (int Depth, List<Wait> Waits)> _ofMethods = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, List<ExpressionSyntax>> _values = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, ISymbol> _sameAs = new(SymbolEqualityComparer.Default);
    private readonly Closings _onCancellation = new();

    public UnendedWait(INamedTypeSymbol type, FunctionDrops drops, CancellationToken cancellationToken)
        : this(type, drops.Model, new Others(), cancellationToken)
    {
    }

    private UnendedWait(INamedTypeSymbol type, SemanticModel model, Others others, CancellationToken cancellationToken)
    {
        _type = type;
        _compilation = model.Compilation;
        _symbols = KnownSymbols.For(_compilation);
        _models.Add(model.SyntaxTree, model);
        _others = others;
        _cancellationToken = cancellationToken;
        foreach (var reference in type.DeclaringSyntaxReferences)
            LearnFrom(reference.GetSyntax(cancellationToken));
    }

    /// <summary>The first wait of a child that the object's end does not end: what is written there; null where there is none.</summary>
    public string? Of(DropSite site, Closings closings) => WaitsOf(site).FirstOrDefault(wait => !IsEnded(wait, closings))?.Text;

    /// <summary>Whether <paramref name="code"/> ends a wait of one of the children.</summary>
    public bool IsEndedBy(ImmutableArray<DropSite> sites, SyntaxNode code)
    {
        var closings = ClosedBy([code]);
        return closings.Any && sites.SelectMany(WaitsOf).Any(wait => !wait.IsLock && IsEnded(wait, closings));
    }

    /// <summary>Whose token a child watches, and the object's end disposes of without cancelling it: nothing would cancel it any more.</summary>
    public ISymbol? CutOff(IEnumerable<ISymbol> sources, Closings closings) => sources.FirstOrDefault(source => closings.OnlyDisposesOf(source, this));

    /// <summary>Whoever waits for a lock gets it when those who hold it are done; once it is disposed of, nobody is woken any more.</summary>
    private bool IsEnded(Wait wait, Closings closings)
        => wait.IsLock ? !closings.OnlyDisposesOf(wait.Root, this) : closings.Contains(wait, this) || _onCancellation.Contains(wait, this);

    /// <summary>Null for code of another project.</summary>
    private SemanticModel? ModelOf(SyntaxNode code)
    {
        if (!_models.TryGetValue(code.SyntaxTree, out var model) && _compilation.ContainsSyntaxTree(code.SyntaxTree))
            _models.Add(code.SyntaxTree, model = _compilation.GetSemanticModel(code.SyntaxTree));
        return model;
    }

    // ---- What the type says of its members.

    private void LearnFrom(SyntaxNode part)
    {
        if (ModelOf(part) is not { } model)
            return;
        foreach (var node in part.DescendantNodes())
        {
            _cancellationToken.ThrowIfCancellationRequested();
            switch (node)
            {
                case VariableDeclaratorSyntax { Initializer.Value: { } value }:
                    Learn(model.GetDeclaredSymbol(node, _cancellationToken), value, model);
                    break;
                case PropertyDeclarationSyntax property when (property.Initializer?.Value ?? property.ExpressionBody?.Expression) is { } value:
                    Learn(model.GetDeclaredSymbol(node, _cancellationToken), value, model);
                    break;
                case AssignmentExpressionSyntax { Right: var value } assignment when assignment.IsKind(SyntaxKind.SimpleAssignmentExpression) || assignment.IsKind(SyntaxKind.CoalesceAssignmentExpression):
                    if (assignment.Left is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax })
                        Learn(model.GetSymbolInfo(assignment.Left, _cancellationToken).Symbol, value, model);
                    break;
                // What is closed once a token is cancelled: `token.Register(() => listener.Stop())`.
                case InvocationExpressionSyntax { ArgumentList: var arguments } call when model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol { Name: "Register" or "UnsafeRegister" } method && TokensInReach.IsToken(method.ContainingType, _symbols):
                    foreach (var name in arguments.DescendantNodes().OfType<IdentifierNameSyntax>())
                    {
                        if (RootOf(name, model, NoBindings) is { } root)
                            _onCancellation.Add(root, null);
                    }

                    break;
            }
        }

        // After all values are known: `_reader = channel.Reader; _writer = channel.Writer;` speak of one channel.
        foreach (var pair in _values.Where(static pair => pair.Key is IFieldSymbol or IPropertySymbol).ToList())
        {
            foreach (var value in pair.Value.Where(value => value.SyntaxTree == part.SyntaxTree))
            {
                foreach (var root in RootsOf(value, model, NoBindings))
                    Unite(pair.Key, root);
            }
        }
    }

    private void Learn(ISymbol? symbol, ExpressionSyntax value, SemanticModel model)
    {
        if (symbol is not (IFieldSymbol or IPropertySymbol or ILocalSymbol) || value is LiteralExpressionSyntax or PostfixUnaryExpressionSyntax { Operand: LiteralExpressionSyntax })
            return;
        if (!_values.TryGetValue(symbol, out var values))
            _values.Add(symbol, values = new List<ExpressionSyntax>());
        values.Add(value);
    }

    private void Unite(ISymbol one, ISymbol other)
    {
        var (first, second) = (Representative(one), Representative(other));
        if (!SymbolEqualityComparer.Default.Equals(first, second))
            _sameAs[first] = second;
    }

    private ISymbol Representative(ISymbol symbol)
    {
        while (_sameAs.TryGetValue(symbol, out var next))
            symbol = next;
        return symbol;
    }

    // ---- What the children wait for.

    private static readonly ImmutableDictionary<ISymbol, ISymbol?> NoBindings = ImmutableDictionary.Create<ISymbol, ISymbol?>(SymbolEqualityComparer.Default);

    private List<Wait> WaitsOf(DropSite site)
    {
        var found = new List<Wait>();
        var seen = new HashSet<SyntaxNode>();
        // What the function handed to the object before it started the child.
        var published = PublishedBefore(site.Call, site.Function.Node, ModelOf(site.Call)!, NoBindings, ImmutableHashSet.Create<ISymbol>(SymbolEqualityComparer.Default));
        Awaited(site.Call, ModelOf(site.Call)!, NoBindings, published, DeepestCall, seen, found);
        return found;
    }

    /// <summary>Looks at an expression whose end is waited for.</summary>
    private void Awaited(ExpressionSyntax awaited, SemanticModel model, ImmutableDictionary<ISymbol, ISymbol?> bindings, ImmutableHashSet<ISymbol> published, int depth, HashSet<SyntaxNode> seen, List<Wait> found)
    {
        awaited = Bare(awaited);
        if (awaited is ConditionalAccessExpressionSyntax access)
            awaited = Bare(access.WhenNotNull);
        if (awaited is MemberAccessExpressionSyntax property && model.GetSymbolInfo(property, _cancellationToken).Symbol is IPropertySymbol asked && AwaitedProperties.Contains(NameOf(asked)))
        {
            Note(awaited, property.Expression, asked.ContainingType, model, bindings, published, found);
            return;
        }

        if (awaited is IdentifierNameSyntax name)
        {
            foreach (var task in TasksIn(name, model))
                Awaited(task, model, bindings, published, depth, seen, found);
            return;
        }

        if (awaited is not InvocationExpressionSyntax call || model.GetOperation(call, _cancellationToken) is not IInvocationOperation operation)
            return;
        var method = operation.TargetMethod;
        // Only how the result is awaited; one that is given a time or a token ends.
        if (method.Name is "ConfigureAwait" or "AsTask" or "Preserve" or "Unwrap" && ReceiverOf(call) is { } inner)
        {
            Awaited(inner, model, bindings, published, depth, seen, found);
            return;
        }

        if (method.Name is "WaitAsync" or "WithCancellation" or "WhenAny" && IsOfFramework(method) && !KnownSymbols.Is(method.ContainingType, _symbols.SemaphoreSlim))
            return;
        if (method.Name == "FromAsync" && NameOf(method.ContainingType) == "System.Threading.Tasks.TaskFactory" && call.ArgumentList.Arguments.FirstOrDefault()?.Expression is { } begin)
        {
            foreach (var (begun, on) in Begun(begin, model, 3))
            {
                if (IsForOthers(begun, on, model))
                    Note(call, on, begun.ContainingType, model, bindings, published, found);
            }

            return;
        }

        if (ReceiverOf(call) is { } receiver && IsWait(operation, receiver, model, bindings))
        {
            Note(call, receiver, method.ContainingType, model, bindings, published, found);
            return;
        }

        var definition = (method.ReducedFrom ?? method).OriginalDefinition;
        if (definition.MethodKind == MethodKind.LocalFunction || SymbolEqualityComparer.Default.Equals(definition.ContainingType, _type.OriginalDefinition))
        {
            Follow(definition, operation, model, bindings, published, depth, seen, found);
            return;
        }

        FollowOther(definition, operation, call, model, bindings, published, depth, found);

        // What the call runs, and what it waits for: `Task.Run(…)`, `Task.WhenAll(…)`.
        foreach (var argument in call.ArgumentList.Arguments)
        {
            switch (argument.Expression)
            {
                case AnonymousFunctionExpressionSyntax lambda:
                    Walk(lambda, model, bindings, published, depth, seen, found);
                    break;
                case InvocationExpressionSyntax task when method.Name == "WhenAll":
                    Awaited(task, model, bindings, published, depth, seen, found);
                    break;
                case var group when model.GetSymbolInfo(group, _cancellationToken).Symbol is IMethodSymbol handed && group is not InvocationExpressionSyntax
                                    && SymbolEqualityComparer.Default.Equals(handed.ContainingType.OriginalDefinition, _type.OriginalDefinition):
                    Follow(handed.OriginalDefinition, null, model, bindings, published, depth, seen, found);
                    break;
            }
        }
    }

    private void Follow(IMethodSymbol method, IInvocationOperation? call, SemanticModel model, ImmutableDictionary<ISymbol, ISymbol?> bindings, ImmutableHashSet<ISymbol> published, int depth, HashSet<SyntaxNode> seen, List<Wait> found)
    {
        method = method.PartialImplementationPart ?? method;
        if (depth == 0 || method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is not { } declaration || ModelOf(declaration) is not { } inside)
            return;
        Walk(declaration, inside, Bind(method, call, model, bindings), published, depth - 1, seen, found);
    }

    /// <summary>
    /// What a method of another type waits for, or those that implement it: on members of its own object, it waits until that is closed, which is what the call is made on;
    /// on what it is handed, until that is.
    /// </summary>
    private void FollowOther(IMethodSymbol method, IInvocationOperation operation, InvocationExpressionSyntax call, SemanticModel model, ImmutableDictionary<ISymbol, ISymbol?> bindings, ImmutableHashSet<ISymbol> published, int depth, List<Wait> found)
    {
        if (depth == 0 || Sources.CompilationOf(method, model.Compilation) is null)
            return;
        foreach (var (implementation, other) in _others.Behind(method, model.Compilation, _cancellationToken))
        {
            foreach (var wait in other.WaitsOf(implementation, depth))
            {
                var on = wait.Root is IParameterSymbol parameter
                    ? operation.Arguments.FirstOrDefault(argument => argument.Parameter?.Ordinal == parameter.Ordinal && argument.ArgumentKind == ArgumentKind.Explicit)?.Value.Syntax as ExpressionSyntax
                    : ReceiverOf(call);
                if (on is not null && RootOf(on, model, bindings) is { } root && IsOwnOrConnection(root, other._type))
                    found.Add(new Wait(wait.Inner is null ? $"{wait.Text}' of '{implementation.ContainingType.Name}.{implementation.Name}" : wait.Text, root, published, other, wait));
            }
        }
    }

    /// <summary>The waits of a method of the type that its caller can end: on members of the object, or on what the method is handed.</summary>
    private List<Wait> WaitsOf(IMethodSymbol method, int depth)
    {
        if (_ofMethods.TryGetValue(method, out var known) && known.Depth >= depth)
            return known.Waits;
        // As long as it is looked at, it waits for nothing: methods may call each other.
        _ofMethods[method] = (depth, []);
        var found = new List<Wait>();
        if (Source(method) is { } declaration && ModelOf(declaration) is { } model)
            Walk(declaration, model, NoBindings, ImmutableHashSet.Create<ISymbol>(SymbolEqualityComparer.Default), depth - 1, new HashSet<SyntaxNode>(), found);
        found.RemoveAll(wait => wait.IsLock || wait.Root.IsStatic || _onCancellation.Contains(wait, this)
            || wait.Root is not (IFieldSymbol or IPropertySymbol) && !(wait.Root is IParameterSymbol && SymbolEqualityComparer.Default.Equals(wait.Root.ContainingSymbol, method)));
        _ofMethods[method] = (depth, found);
        return found;
    }

    /// <summary>Whether a method of the type closes what another of its methods waits for.</summary>
    private bool IsEndedBy(IMethodSymbol method, Wait wait)
        => _others.Behind(method, _compilation, _cancellationToken).Any(each => each.Type == this && each.Method.DeclaringSyntaxReferences.Length > 0
            && ClosedBy(each.Method.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(_cancellationToken))).Contains(wait, this));

    private SyntaxNode? Source(IMethodSymbol method) => method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken);

    /// <summary>What a local holds, where it is only waited for: with a time or another task beside it, it may be given up.</summary>
    private IEnumerable<ExpressionSyntax> TasksIn(IdentifierNameSyntax name, SemanticModel model)
        => model.GetSymbolInfo(name, _cancellationToken).Symbol is ILocalSymbol local && _values.TryGetValue(local, out var values)
           && local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken).FirstAncestorOrSelf<MemberDeclarationSyntax>() is { } member
           && !member.DescendantNodes().OfType<IdentifierNameSyntax>().Any(use => use.Identifier.ValueText == local.Name && use.Parent is ArgumentSyntax)
            ? values.Where(static value => Bare(value) is InvocationExpressionSyntax)
            : [];

    /// <summary>What a function begins, and on what: <c>_stream.BeginRead</c>, <c>(callback, state) => _stream.BeginRead(…, callback, state)</c>, a local that holds that.</summary>
    private IEnumerable<(IMethodSymbol Begun, ExpressionSyntax On)> Begun(ExpressionSyntax begin, SemanticModel model, int depth)
    {
        begin = Bare(begin);
        if (depth == 0)
            return [];
        switch (begin)
        {
            case AnonymousFunctionExpressionSyntax { ExpressionBody: { } body }:
                return Begun(body, model, depth - 1);
            case AnonymousFunctionExpressionSyntax { Block: { } block } function:
                return InFunction(function).OfType<ReturnStatementSyntax>().Where(each => each.Expression is not null && block.Span.Contains(each.Span)).SelectMany(each => Begun(each.Expression!, model, depth - 1));
            case BaseObjectCreationExpressionSyntax { ArgumentList.Arguments: { Count: 1 } arguments }:
                return Begun(arguments[0].Expression, model, depth - 1);
        }

        switch (model.GetSymbolInfo(begin, _cancellationToken).Symbol)
        {
            case IMethodSymbol method when (begin is InvocationExpressionSyntax call ? ReceiverOf(call) : (begin as MemberAccessExpressionSyntax)?.Expression) is { } on:
                return [(method, on)];
            case (ILocalSymbol or IFieldSymbol) and var variable when _values.TryGetValue(variable, out var values):
                return values.SelectMany(value => ModelOf(value) is { } inside ? Begun(value, inside, depth - 1) : []);
            default:
                return [];
        }
    }

    private ImmutableDictionary<ISymbol, ISymbol?> Bind(IMethodSymbol method, IInvocationOperation? call, SemanticModel model, ImmutableDictionary<ISymbol, ISymbol?> bindings)
    {
        foreach (var argument in call?.Arguments ?? ImmutableArray<IArgumentOperation>.Empty)
        {
            if (LeftOut(argument) is { } none && argument.Parameter!.Ordinal < method.Parameters.Length)
                bindings = bindings.SetItem(method.Parameters[argument.Parameter.Ordinal], none);
            else if (argument.Parameter is { } parameter && parameter.Ordinal < method.Parameters.Length && argument.Value.Syntax is ExpressionSyntax value && !argument.IsImplicit)
                bindings = bindings.SetItem(method.Parameters[parameter.Ordinal], RootOf(value, model, bindings));
        }

        return bindings;
    }

    private void Walk(SyntaxNode function, SemanticModel model, ImmutableDictionary<ISymbol, ISymbol?> bindings, ImmutableHashSet<ISymbol> published, int depth, HashSet<SyntaxNode> seen, List<Wait> found)
    {
        if (!seen.Add(function))
            return;
        var isAsync = function.ChildTokens().Any(static token => token.IsKind(SyntaxKind.AsyncKeyword)) || function is AnonymousFunctionExpressionSyntax { AsyncKeyword.RawKind: not 0 };
        foreach (var node in InFunction(function))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var awaited = node switch
            {
                AwaitExpressionSyntax each => each.Expression,
                CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 } each => each.Expression,
                ReturnStatementSyntax { Expression: { } given } when !isAsync => given,
                ArrowExpressionClauseSyntax arrow when !isAsync => arrow.Expression,
                ExpressionSyntax given when !isAsync && given.Parent == function => given,
                _ => null,
            };
            if (awaited is not null)
                Awaited(awaited, model, bindings, PublishedBefore(awaited, function, model, bindings, published), depth, seen, found);
            // What a lambda gives may hold its thread: `() => process.WaitForExit()`.
            if (node is InvocationExpressionSyntax call && Blocks(call, model, bindings) is { } waits)
                Note(call, ReceiverOf(call)!, waits, model, bindings, PublishedBefore(call, function, model, bindings, published), found);
        }
    }

    private void Note(ExpressionSyntax place, ExpressionSyntax receiver, ITypeSymbol waits, SemanticModel model, ImmutableDictionary<ISymbol, ISymbol?> bindings, ImmutableHashSet<ISymbol> published, List<Wait> found)
    {
        if (RootOf(receiver, model, bindings) is not { } root || !IsOwnOrConnection(root, waits))
            return;
        if (NameOf(waits) == "System.Threading.PeriodicTimer" && !IsCondition(place))
            return;
        var text = place.ToString();
        found.Add(new Wait(text.Contains("\n") && place is InvocationExpressionSyntax call ? call.Expression.ToString() : text, root, published)
        {
            IsLock = KnownSymbols.Is(waits.OriginalDefinition, _symbols.SemaphoreSlim) && !StartsEmpty(root) && !IsGivenBackByOthers(root, place),
        });
    }

    /// <summary>What a base class waits for, that may end as well.</summary>
    private bool IsOwnOrConnection(ISymbol root, ITypeSymbol waits)
        => root is IFieldSymbol or IPropertySymbol ? SymbolEqualityComparer.Default.Equals(root.ContainingType.OriginalDefinition, _type.OriginalDefinition) : IsConnection(root, waits);

    /// <summary>What a local or a parameter may stand for: of a completion source, a signal or a channel of its own, the function knows how it ends.</summary>
    private bool IsConnection(ISymbol root, ITypeSymbol waits)
        => !SelfAndBases(waits).Any(static each => Signals.Contains(NameOf(each))) && !SelfAndBases(KnownSymbols.TypeOf(root)).Any(static each => NameOf(each) == "System.Threading.Channels.Channel");

    /// <summary>A timer ticks by itself: only a loop that nothing but the timer ends goes on.</summary>
    private static bool IsCondition(ExpressionSyntax wait)
        => wait.Ancestors().OfType<StatementSyntax>().FirstOrDefault() is { } loop
           && loop switch
           {
               WhileStatementSyntax each => each.Condition.Span.Contains(wait.Span),
               DoStatementSyntax each => each.Condition.Span.Contains(wait.Span),
               _ => false,
           }
           && !loop.DescendantNodes().Any(node => EndlessLoop.Leaves(node, loop));

    /// <summary>A semaphore with a count is a lock, which those who hold it let go of; one without is a signal.</summary>
    private bool StartsEmpty(ISymbol root)
        => _values.TryGetValue(root, out var values) && values.Any(value => value is BaseObjectCreationExpressionSyntax { ArgumentList.Arguments: { Count: > 0 } arguments }
            && ModelOf(value)?.GetConstantValue(arguments[0].Expression, _cancellationToken) is { HasValue: true, Value: 0 });

    /// <summary>
    /// Whether permits come back only where somebody outside calls a method for it: <c>CommitAsync</c>, <c>RejectAsync</c>. Who takes one lets go of a lock himself, or calls what does.
    /// </summary>
    private bool IsGivenBackByOthers(ISymbol root, ExpressionSyntax place)
    {
        var releases = _type.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(_cancellationToken)).SelectMany(static part => part.DescendantNodes().OfType<InvocationExpressionSyntax>())
            .Where(call => call.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: nameof(SemaphoreSlim.Release) } or MemberBindingExpressionSyntax { Name.Identifier.ValueText: nameof(SemaphoreSlim.Release) }
                && ModelOf(call) is { } model && ReceiverOf(call) is { } receiver && RootsOf(receiver, model, NoBindings).Any(each => SymbolEqualityComparer.Default.Equals(Representative(each), Representative(root)))).ToList();
        return releases.Count > 0 && releases.All(release => release.FirstAncestorOrSelf<MemberDeclarationSyntax>() is MethodDeclarationSyntax method && !method.Contains(place)
            && ModelOf(method)?.GetDeclaredSymbol(method, _cancellationToken) is { DeclaredAccessibility: not Accessibility.Private } declared && !IsCalledHere(declared));

        bool IsCalledHere(IMethodSymbol method)
            => _type.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(_cancellationToken)).SelectMany(static part => part.DescendantNodes().OfType<IdentifierNameSyntax>())
                .Any(name => name.Identifier.ValueText == method.Name && ModelOf(name) is { } model && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, _cancellationToken).Symbol?.OriginalDefinition, method));
    }

    private bool IsWait(IInvocationOperation call, ExpressionSyntax receiver, SemanticModel model, ImmutableDictionary<ISymbol, ISymbol?> bindings)
        => !call.Arguments.Any(argument => IsToken(argument, bindings)) && (Awaitables.IsAwaitable(call.Type, _symbols) || call.TargetMethod.Name == "ReadAllAsync")
           && IsForOthers(call.TargetMethod.ReducedFrom ?? call.TargetMethod, receiver, model);

    /// <summary>The type whose method holds the thread for as long as others like; null where it is given a time or a token.</summary>
    private INamedTypeSymbol? Blocks(InvocationExpressionSyntax call, SemanticModel model, ImmutableDictionary<ISymbol, ISymbol?> bindings)
    {
        if (ReceiverOf(call) is null || model.GetOperation(call, _cancellationToken) is not IInvocationOperation operation || operation.Arguments.Any(argument => IsToken(argument, bindings) || IsTime(argument.Parameter!.Type)))
            return null;
        return SelfAndBases(operation.TargetMethod.ContainingType).Any(type => BlocksForOthers.Contains(NameOf(type) + "." + operation.TargetMethod.Name)) ? operation.TargetMethod.ContainingType : null;

        // Sockets take sizes and flags, which are numbers too.
        bool IsTime(ITypeSymbol type) => type.ToDisplayString() == "System.TimeSpan" || type.SpecialType == SpecialType.System_Int32 && NameOf(operation.TargetMethod.ContainingType) != "System.Net.Sockets.Socket";
    }

    private bool IsForOthers(IMethodSymbol method, ExpressionSyntax receiver, SemanticModel model)
    {
        foreach (var current in SelfAndBases(method.ContainingType))
        {
            var name = NameOf(current) + "." + method.Name;
            if (WaitsForOthers.Contains(name))
                return !KnownSymbols.Is(current, _symbols.SemaphoreSlim) || method.Parameters.All(parameter => TokensInReach.IsToken(parameter.Type, _symbols));
            if (Reads.Contains(name))
                return IsOfNetwork(receiver, model, 3);
        }

        return false;
    }

    /// <summary>Whether a token is handed over; which one it is, is hard to know, but one that never fires is easily seen.</summary>
    private bool IsToken(IArgumentOperation argument, ImmutableDictionary<ISymbol, ISymbol?> bindings)
        => argument.Parameter is { } parameter && TokensInReach.IsToken(parameter.Type, _symbols) && argument.ArgumentKind != ArgumentKind.DefaultValue && !IsNone(argument.Value, bindings);

    /// <summary>Also a parameter that stands for <c>None</c> in this call, and what is <c>None</c> where nothing is given: <c>token ?? CancellationToken.None</c>.</summary>
    private bool IsNone(IOperation value, ImmutableDictionary<ISymbol, ISymbol?> bindings)
        => value.Unconverted() switch
        {
            IDefaultValueOperation or IObjectCreationOperation { Arguments.IsEmpty: true } => true,
            IPropertyReferenceOperation { Property: var property } => property is { Name: "None", IsStatic: true },
            IParameterReferenceOperation { Parameter: var parameter } => bindings.TryGetValue(parameter, out var given) && given is IPropertySymbol { Name: "None", IsStatic: true },
            ICoalesceOperation { Value: var first, WhenNull: var otherwise } => IsNone(first, bindings) && IsNone(otherwise, bindings),
            _ => false,
        };

    /// <summary>A parameter for a token that a call leaves out stands for <c>None</c>.</summary>
    private ISymbol? LeftOut(IArgumentOperation argument)
        => argument is { ArgumentKind: ArgumentKind.DefaultValue, Parameter.Type: var type } && _symbols.CancellationToken is { } token
           && (KnownSymbols.Is(type, token) || type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T, TypeArguments: var inner } && KnownSymbols.Is(inner[0], token))
            ? token.GetMembers("None").FirstOrDefault()
            : null;

    private bool IsOfNetwork(ExpressionSyntax value, SemanticModel model, int depth)
    {
        value = Bare(value);
        if (SelfAndBases(model.GetTypeInfo(value, _cancellationToken).Type).Any(static each => NetworkStreams.Contains(NameOf(each))))
            return true;
        if (depth == 0)
            return false;
        if (value is BaseObjectCreationExpressionSyntax { ArgumentList.Arguments: var arguments })
            return arguments.Any(argument => IsOfNetwork(argument.Expression, model, depth - 1));
        if (value is ConditionalExpressionSyntax { WhenTrue: var one, WhenFalse: var other })
            return IsOfNetwork(one, model, depth - 1) || IsOfNetwork(other, model, depth - 1);
        return value is IdentifierNameSyntax or MemberAccessExpressionSyntax && model.GetSymbolInfo(value, _cancellationToken).Symbol is { } symbol && _values.TryGetValue(symbol, out var values)
               && values.Any(each => ModelOf(each) is { } inside && IsOfNetwork(each, inside, depth - 1));
    }

    // ---- What an expression speaks of.

    private ISymbol? RootOf(ExpressionSyntax expression, SemanticModel model, ImmutableDictionary<ISymbol, ISymbol?> bindings) => RootsOf(expression, model, bindings).FirstOrDefault();

    /// <summary>The members, locals and parameters that an expression is made from: <c>_client</c> of <c>new SslStream(_client.GetStream())</c>. None where that is not known.</summary>
    private IEnumerable<ISymbol> RootsOf(ExpressionSyntax expression, SemanticModel model, ImmutableDictionary<ISymbol, ISymbol?> bindings, int depth = 6)
    {
        expression = Bare(expression);
        if (depth == 0)
            return [];
        switch (expression)
        {
            case BaseObjectCreationExpressionSyntax { ArgumentList.Arguments: var arguments }:
                return arguments.SelectMany(argument => RootsOf(argument.Expression, model, bindings, depth - 1)).Where(IsClosable);
            case ConditionalAccessExpressionSyntax access:
                return RootsOf(access.Expression, model, bindings, depth - 1);
            case ElementAccessExpressionSyntax access:
                return RootsOf(access.Expression, model, bindings, depth - 1);
            case MemberBindingExpressionSyntax binding when TaskPaths.Receiver(binding) is { } before:
                return RootsOf(before, model, bindings, depth - 1);
            case InvocationExpressionSyntax call:
                return model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol method && (!method.IsStatic || method.ReducedFrom is not null) && IsOfFramework(method) && !Accepts.Contains(method.Name) && ReceiverOf(call) is { } receiver
                    ? RootsOf(receiver, model, bindings, depth - 1)
                    : [];
            case MemberAccessExpressionSyntax { Expression: not (ThisExpressionSyntax or BaseExpressionSyntax) } access when model.GetSymbolInfo(access, _cancellationToken).Symbol is { IsStatic: false }:
                return RootsOf(access.Expression, model, bindings, depth - 1);
            case IdentifierNameSyntax or MemberAccessExpressionSyntax:
                return model.GetSymbolInfo(expression, _cancellationToken).Symbol switch
                {
                    ILocalSymbol local => RootsOfLocal(local, model, bindings, depth),
                    IParameterSymbol parameter when bindings.TryGetValue(parameter, out var bound) => bound is null ? [] : [bound],
                    IParameterSymbol parameter => [parameter],
                    (IFieldSymbol or IPropertySymbol) and var member => [member],
                    _ => [],
                };
            default:
                return [];
        }
    }

    private IEnumerable<ISymbol> RootsOfLocal(ILocalSymbol local, SemanticModel model, ImmutableDictionary<ISymbol, ISymbol?> bindings, int depth)
    {
        if (local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is ForEachStatementSyntax each)
            return RootsOf(each.Expression, model, bindings, depth - 1);
        // One that a pattern or a call gives may stand for anything.
        if (local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is not VariableDeclaratorSyntax || !_values.TryGetValue(local, out var values))
            return [];
        var roots = values.SelectMany(value => RootsOf(value, model, bindings, depth - 1)).ToList();
        if (roots.Count > 0)
            return roots;
        // What a method of its own gives may be a field.
        return values.Any(value => Bare(value) is InvocationExpressionSyntax call && model.GetSymbolInfo(call, _cancellationToken).Symbol is IMethodSymbol method && !IsOfFramework(method)) ? [] : [local];
    }

    private bool IsClosable(ISymbol symbol) => KnownSymbols.TypeOf(symbol) is { IsReferenceType: true, SpecialType: not SpecialType.System_String };

    private static bool IsOfFramework(IMethodSymbol method)
    {
        var root = method.ContainingNamespace;
        while (root is { ContainingNamespace.IsGlobalNamespace: false })
            root = root.ContainingNamespace;
        return root?.Name == "System";
    }

    /// <summary>Locals and parameters that were handed to a member of the object before <paramref name="place"/>: its end may close them there.</summary>
    private ImmutableHashSet<ISymbol> PublishedBefore(SyntaxNode place, SyntaxNode function, SemanticModel model, ImmutableDictionary<ISymbol, ISymbol?> bindings, ImmutableHashSet<ISymbol> published)
    {
        foreach (var node in function.DescendantNodes().TakeWhile(node => node.SpanStart < place.SpanStart))
        {
            switch (node)
            {
                case AssignmentExpressionSyntax assignment when RootOf(assignment.Left, model, bindings) is IFieldSymbol or IPropertySymbol:
                    Publish(assignment.Right);
                    break;
                case InvocationExpressionSyntax call when ReceiverOf(call) is { } receiver && RootOf(receiver, model, bindings) is IFieldSymbol or IPropertySymbol:
                    foreach (var argument in call.ArgumentList.Arguments)
                        Publish(argument.Expression);
                    break;
            }
        }

        return published;

        void Publish(ExpressionSyntax value)
        {
            if (Bare(value) is IdentifierNameSyntax or BaseObjectCreationExpressionSyntax && model.GetTypeInfo(value, _cancellationToken).Type is { IsReferenceType: true, SpecialType: SpecialType.None } type && RootOf(value, model, bindings) is (ILocalSymbol or IParameterSymbol) and var root)
                published = published.Add(root).Add(type);
        }
    }

    // ---- What the end of the object closes.

    public Closings ClosedBy(IEnumerable<SyntaxNode> end)
    {
        var closings = new Closings();
        var seen = new HashSet<SyntaxNode>();
        foreach (var code in end)
            Close(code, NoBindings, DeepestCall);
        return closings;

        void Close(SyntaxNode code, ImmutableDictionary<ISymbol, ISymbol?> bindings, int depth)
        {
            if (!seen.Add(code) || ModelOf(code) is not { } model)
                return;
            foreach (var node in code.DescendantNodesAndSelf())
            {
                _cancellationToken.ThrowIfCancellationRequested();
                switch (node)
                {
                    case UsingStatementSyntax { Expression: { } resource }:
                        Add(resource);
                        break;
                    case InvocationExpressionSyntax call when model.GetOperation(call, _cancellationToken) is IInvocationOperation operation:
                        var method = operation.TargetMethod;
                        if (ReceiverOf(call) is { } disposed && IsDisposalOfSignal(method))
                        {
                            foreach (var root in RootsOf(disposed, model, bindings))
                                closings.AddDisposed(root);
                        }

                        if (ReceiverOf(call) is { } receiver && (IsEnding(method) || method.ReducedFrom is not null))
                            Add(receiver);
                        else if (ReceiverOf(call) is { } asked)
                            Call(asked, method.OriginalDefinition);
                        var isOwn = SymbolEqualityComparer.Default.Equals(method.OriginalDefinition.ContainingType, _type.OriginalDefinition) || method.MethodKind == MethodKind.LocalFunction;
                        if (isOwn && depth > 0 && method.OriginalDefinition.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellationToken) is { } declaration)
                        {
                            Close(declaration, Bind(method.OriginalDefinition, operation, model, bindings), depth - 1);
                            break;
                        }

                        // Whoever is given it may close it.
                        foreach (var argument in call.ArgumentList.Arguments)
                            Add(argument.Expression);
                        break;
                }
            }

            void Call(ExpressionSyntax asked, IMethodSymbol method)
            {
                foreach (var root in RootsOf(asked, model, bindings))
                    closings.AddCall(root, method);
            }

            void Add(ExpressionSyntax closed)
            {
                foreach (var root in RootsOf(closed, model, bindings))
                    closings.Add(root, model.GetTypeInfo(closed, _cancellationToken).Type);
                closings.Add(null, model.GetTypeInfo(closed, _cancellationToken).Type);
            }
        }
    }

    /// <summary>It wakes nobody.</summary>
    private bool IsDisposalOfSignal(IMethodSymbol method)
        => method.Name == "Dispose" && (KnownSymbols.Is(method.ContainingType, _symbols.SemaphoreSlim) || TokensInReach.IsSource(method.ContainingType, _symbols));

    private bool IsEnding(IMethodSymbol method)
    {
        if (TokensInReach.IsSource(method.ContainingType, _symbols))
            return method.Name is "Cancel" or "CancelAsync";
        // Disposing of a semaphore wakes nobody.
        if (KnownSymbols.Is(method.ContainingType, _symbols.SemaphoreSlim))
            return method.Name == "Release";
        return WorkEndings.IsClosing(method, _symbols) || Completions.Contains(NameOf(method));
    }

    // ---- Small things.

    private static IEnumerable<SyntaxNode> InFunction(SyntaxNode function)
        => function.DescendantNodes(node => node == function || node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax));

    private static ExpressionSyntax? ReceiverOf(InvocationExpressionSyntax call)
        => call.Expression switch
        {
            MemberAccessExpressionSyntax access => access.Expression,
            MemberBindingExpressionSyntax binding => TaskPaths.Receiver(binding),
            _ => null,
        };

    private static ExpressionSyntax Bare(ExpressionSyntax expression)
    {
        while (true)
        {
            switch (expression)
            {
                case ParenthesizedExpressionSyntax each:
                    expression = each.Expression;
                    break;
                case PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } each:
                    expression = each.Operand;
                    break;
                case CastExpressionSyntax each:
                    expression = each.Expression;
                    break;
                default:
                    return expression;
            }
        }
    }

    /// <summary>Without type parameters.</summary>
    private static string NameOf(ISymbol symbol) => (symbol.ContainingType is { } type ? NameOf(type) : symbol.ContainingNamespace?.ToDisplayString()) + "." + symbol.Name;

    private static IEnumerable<ITypeSymbol> SelfAndBases(ITypeSymbol? type)
    {
        for (; type is not null; type = type.BaseType)
            yield return type;
    }

    /// <summary>A wait: what is written, on what, and what was handed to the object before.</summary>
    public sealed class Wait
    {
        public Wait(string text, ISymbol root, ImmutableHashSet<ISymbol> published, UnendedWait? other = null, Wait? inner = null)
        {
            Text = text;
            Root = root;
            Published = published;
            Other = other;
            Inner = inner;
        }

        public string Text { get; }

        public ISymbol Root { get; }

        public ImmutableHashSet<ISymbol> Published { get; }

        /// <summary>Whether it waits for a lock, which is let go of by those who hold it.</summary>
        public bool IsLock { get; set; }

        /// <summary>The type whose method waits, where that is another, which waits for <see cref="Inner"/>.</summary>
        public UnendedWait? Other { get; }

        public Wait? Inner { get; }
    }

    /// <summary>Types that children call, in whatever project their source is.</summary>
    private sealed class Others
    {
        private readonly Dictionary<ISymbol, UnendedWait> _types = new(SymbolEqualityComparer.Default);

        /// <summary>The methods that a call runs, as their own project declares them.</summary>
        public IEnumerable<(IMethodSymbol Method, UnendedWait Type)> Behind(IMethodSymbol method, Compilation compilation, CancellationToken cancellationToken)
        {
            var candidates = Implementations.AreNeeded(method) ? Implementations.Of(method, compilation).Take(MostImplementations) : [method];
            foreach (var candidate in candidates)
            {
                var implementation = candidate.PartialImplementationPart ?? candidate;
                if (implementation.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is not { } declaration || Sources.CompilationOf(candidate, compilation) is not { } home || !home.ContainsSyntaxTree(declaration.SyntaxTree))
                    continue;
                var model = home.GetSemanticModel(declaration.SyntaxTree);
                if (model.GetDeclaredSymbol(declaration, cancellationToken) is not IMethodSymbol { ContainingType: { } type } declared)
                    continue;
                if (!_types.TryGetValue(type, out var known))
                    _types.Add(type, known = new UnendedWait(type, model, this, cancellationToken));
                yield return (declared, known);
            }
        }
    }

    /// <summary>What code closes, completes, cancels or disposes of.</summary>
    public sealed class Closings
    {
        private readonly HashSet<ISymbol> _roots = new(SymbolEqualityComparer.Default);
        private readonly HashSet<ITypeSymbol> _types = new(SymbolEqualityComparer.Default);

        private readonly HashSet<ISymbol> _disposed = new(SymbolEqualityComparer.Default);
        private readonly List<(ISymbol Root, IMethodSymbol Method)> _calls = new();

        public bool Any => _roots.Count > 0 || _types.Count > 0 || _calls.Count > 0;

        /// <summary>A method that may close what others of the same object wait for.</summary>
        public void AddCall(ISymbol root, IMethodSymbol method) => _calls.Add((root, method));

        public void AddDisposed(ISymbol root) => _disposed.Add(root);

        public bool OnlyDisposesOf(ISymbol signal, UnendedWait waits)
        {
            return Has(_disposed) && !Has(_roots);

            bool Has(HashSet<ISymbol> symbols) => symbols.Any(each => SymbolEqualityComparer.Default.Equals(waits.Representative(each), waits.Representative(signal)));
        }

        public void Add(ISymbol? root, ITypeSymbol? type)
        {
            if (root is not null)
                _roots.Add(root);
            if (type is not null)
                _types.Add(type);
        }

        /// <summary>A field or a property by what it is made from; what was added to a collection, by its type.</summary>
        public bool Contains(Wait wait, UnendedWait waits)
        {
            var root = waits.Representative(wait.Root);
            return _roots.Any(closed => SymbolEqualityComparer.Default.Equals(waits.Representative(closed), root))
                   || wait is { Other: { } other, Inner: { } inner } && _calls.Any(call => SymbolEqualityComparer.Default.Equals(waits.Representative(call.Root), root) && other.IsEndedBy(call.Method, inner))
                   || wait.Published.Contains(wait.Root) && (_types.Overlaps(wait.Published.OfType<ITypeSymbol>()) || KnownSymbols.TypeOf(wait.Root) is { } type && _types.Contains(type));
        }
    }
}
