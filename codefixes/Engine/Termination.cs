using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers.CodeFixes;

/// <summary>How sure it is that a callee ends.</summary>
internal enum Ending
{
    /// <summary>It waits for something, or loops until something, that others have to do: joining it where it is started may hang.</summary>
    NeedsHelp,

    /// <summary>It calls a delegate of somebody else's, who is not to be waited for.</summary>
    CallsOthers,

    /// <summary>Its code is not at hand.</summary>
    Unknown,

    /// <summary>It ends by itself.</summary>
    ByItself,
}

/// <summary>
/// Whether work ends without later help from outside. Joining a loop that ends when a flag is set further down would hang, so what cannot be seen to end is not
/// joined in place.
/// </summary>
internal sealed class Termination
{
    private const int DeepestCall = 4;

    private static readonly ImmutableHashSet<string> WaitsForOthers = ImmutableHashSet.Create(
        "System.Threading.SemaphoreSlim.WaitAsync",
        "System.Threading.SemaphoreSlim.Wait",
        "System.Threading.WaitHandle.WaitOne",
        "System.Threading.WaitHandle.WaitAny",
        "System.Threading.WaitHandle.WaitAll",
        "System.Threading.ManualResetEventSlim.Wait",
        "System.Threading.CountdownEvent.Wait",
        "System.Threading.Barrier.SignalAndWait",
        "System.Threading.Monitor.Wait",
        "System.Threading.Thread.Join",
        "System.Threading.PeriodicTimer.WaitForNextTickAsync",
        "System.Threading.Channels.ChannelReader.ReadAsync",
        "System.Threading.Channels.ChannelReader.WaitToReadAsync",
        "System.Threading.Channels.ChannelReader.ReadAllAsync",
        "System.Threading.Channels.ChannelWriter.WriteAsync",
        "System.Threading.Channels.ChannelWriter.WaitToWriteAsync",
        "System.Collections.Concurrent.BlockingCollection.Take",
        "System.Collections.Concurrent.BlockingCollection.GetConsumingEnumerable",
        "System.Diagnostics.Process.WaitForExit",
        "System.Diagnostics.Process.WaitForExitAsync",
        "System.Net.HttpListener.GetContextAsync",
        "System.Net.HttpListener.GetContext",
        "System.Net.Sockets.TcpListener.AcceptTcpClientAsync",
        "System.Net.Sockets.TcpListener.AcceptSocketAsync",
        "System.Net.Sockets.TcpListener.AcceptTcpClient",
        "System.Net.Sockets.TcpListener.AcceptSocket",
        "System.Net.Sockets.Socket.Accept",
        "System.Net.Sockets.Socket.AcceptAsync",
        "System.Net.Sockets.Socket.Receive",
        "System.Net.Sockets.Socket.ReceiveAsync",
        "System.Net.Sockets.UdpClient.ReceiveAsync",
        "System.Net.WebSockets.WebSocket.ReceiveAsync",
        "System.IO.Pipelines.PipeReader.ReadAsync",
        "System.IO.Pipes.NamedPipeServerStream.WaitForConnectionAsync",
        "System.Console.ReadLine",
        "System.Console.ReadKey",
        "System.Console.Read",
        RuntimeNames.Checkpoint + ".SleepForeverAsync");

    private readonly Compilation _compilation;
    private readonly KnownSymbols _symbols;
    private readonly CancellationToken _cancellationToken;
    private readonly HashSet<IMethodSymbol> _asking = new(SymbolEqualityComparer.Default);

    public Termination(SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        _compilation = model.Compilation;
        _symbols = symbols;
        _cancellationToken = cancellationToken;
    }

    public static Ending Of(DropSite site, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken) => OfCall(site.Dropped.Call, model, symbols, cancellationToken);

    /// <summary>Of the task that a call gives, queued work included.</summary>
    public static Ending OfCall(IInvocationOperation call, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var termination = new Termination(model, symbols, cancellationToken);
        if (!PoolWork.IsStartedBy(call, symbols) && !DroppedResult.StartsNested(call, symbols) && !UnstructuredStart.IsQueuedWorkItem(call, symbols) && !UnstructuredStart.IsThreadStartedInPlace(call, symbols))
        {
            var ending = termination.OfCallee(call, depth: 0);
            // What it is handed to run or to wait for: `Task.WhenAll(items.Select(async item => …))`.
            var handed = call.Syntax is InvocationExpressionSyntax { ArgumentList: var arguments } ? termination.OfCode(arguments, model, depth: 0) : Ending.ByItself;
            return handed < ending ? handed : ending;
        }

        var work = UnstructuredStart.WorkOf(call);
        while (work is IConversionOperation or IDelegateCreationOperation)
            work = work is IConversionOperation conversion ? conversion.Operand : ((IDelegateCreationOperation)work).Target;
        return work switch
        {
            IAnonymousFunctionOperation lambda => termination.OfBody(lambda.Syntax, model, depth: 0),
            IMethodReferenceOperation reference => termination.OfMethod(reference.Method, depth: 0),
            _ => Ending.Unknown,
        };
    }

    /// <summary>Of the body of a function.</summary>
    public static Ending OfFunction(SyntaxNode declaration, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => new Termination(model, symbols, cancellationToken).OfBody(declaration, model, depth: 0);

    private Ending OfCallee(IInvocationOperation call, int depth)
    {
        var method = call.TargetMethod;
        if (IsEndlessDelay(call))
            return Ending.NeedsHelp;
        return OfMethod(method, depth);
    }

    private Ending OfMethod(IMethodSymbol method, int depth)
    {
        method = (method.ReducedFrom ?? method).OriginalDefinition;
        method = method.PartialImplementationPart ?? method;
        if (method.DeclaringSyntaxReferences.IsEmpty)
            return OfMetadata(method);
        if (method.IsAbstract || method.IsVirtual || (method.IsOverride && !method.IsSealed && !method.ContainingType.IsSealed) || method.ContainingType.TypeKind == TypeKind.Interface || depth > DeepestCall)
            return Ending.Unknown;
        var declaration = method.DeclaringSyntaxReferences[0].GetSyntax(_cancellationToken);
        // The source of a referenced project belongs to another compilation.
        if (!_compilation.ContainsSyntaxTree(declaration.SyntaxTree) || !_asking.Add(method))
            return Ending.Unknown;
        var ending = OfBody(declaration, _compilation.GetSemanticModel(declaration.SyntaxTree), depth);
        _asking.Remove(method);
        return ending;
    }

    /// <summary>The framework's own calls end by themselves, save those made for waiting; of other assemblies nothing is known.</summary>
    private static Ending OfMetadata(IMethodSymbol method)
    {
        var type = method.ContainingType?.OriginalDefinition;
        // What a delegate does is known to whoever made it, and what an interface does to whoever implements it.
        if (type is null || method.MethodKind == MethodKind.DelegateInvoke || type.TypeKind == TypeKind.Interface)
            return Ending.Unknown;
        for (var current = type; current is not null; current = current.BaseType?.OriginalDefinition)
        {
            if (WaitsForOthers.Contains(current.ContainingNamespace + "." + current.Name + "." + method.Name))
                return Ending.NeedsHelp;
        }

        // Answers to a request, and queries.
        var root = type.ContainingNamespace;
        if (root?.ToDisplayString() is "Microsoft.AspNetCore.Http" or "Microsoft.EntityFrameworkCore")
            return Ending.ByItself;
        while (root is { ContainingNamespace.IsGlobalNamespace: false })
            root = root.ContainingNamespace;
        return root?.Name is "System" or "Structured" ? Ending.ByItself : Ending.Unknown;
    }

    private Ending OfBody(SyntaxNode declaration, SemanticModel model, int depth)
    {
        SyntaxNode? body = declaration switch
        {
            BaseMethodDeclarationSyntax method => method.Body ?? (SyntaxNode?)method.ExpressionBody,
            LocalFunctionStatementSyntax local => local.Body ?? (SyntaxNode?)local.ExpressionBody,
            AnonymousFunctionExpressionSyntax lambda => lambda.Body,
            _ => null,
        };
        return body is null ? Ending.Unknown : OfCode(body, model, depth);
    }

    private Ending OfCode(SyntaxNode body, SemanticModel model, int depth)
    {
        var ending = Ending.ByItself;
        // Lambdas as well: nearly always they are handed to a call that runs them, Task.Run above all.
        foreach (var node in body.DescendantNodesAndSelf(static node => node is not LocalFunctionStatementSyntax))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var next = node switch
            {
                WhileStatementSyntax loop => OfCondition(loop.Condition, model),
                DoStatementSyntax loop => OfCondition(loop.Condition, model),
                ForStatementSyntax loop => loop.Condition is null ? Ending.NeedsHelp : OfCondition(loop.Condition, model),
                CommonForEachStatementSyntax { AwaitKeyword.RawKind: not 0 } => Ending.NeedsHelp,
                AwaitExpressionSyntax { Expression: var awaited } => OfAwaited(awaited, model),
                GotoStatementSyntax => Ending.Unknown,
                InvocationExpressionSyntax call when model.GetOperation(call, _cancellationToken) is IInvocationOperation operation => OfInner(operation, depth),
                _ => Ending.ByItself,
            };
            if (next < ending)
                ending = next;
            if (ending == Ending.NeedsHelp)
                break;
        }

        return ending;
    }

    /// <summary>
    /// A synchronous call whose body is not at hand is taken to return, as code everywhere takes it; one that gives a task has to be seen, and so has a delegate of
    /// somebody else's: whoever raises an event on another thread does not want to wait for those who handle it.
    /// </summary>
    private Ending OfInner(IInvocationOperation call, int depth)
    {
        if (call.TargetMethod.MethodKind == MethodKind.DelegateInvoke)
        {
            return call.Instance switch
            {
                ILocalReferenceOperation or null => Awaitables.IsAwaitable(call.Type, _symbols) ? Ending.Unknown : Ending.ByItself,
                // Whoever hands a function over is looked at where he does.
                IParameterReferenceOperation => Ending.Unknown,
                _ => Ending.CallsOthers,
            };
        }

        var ending = OfCallee(call, depth + 1);
        return ending == Ending.Unknown && !Awaitables.IsAwaitable(call.Type, _symbols) ? Ending.ByItself : ending;
    }

    /// <summary>A loop that counts in its own locals ends; one that asks a token, a field, a property or an awaited call ends when others say so.</summary>
    private Ending OfCondition(ExpressionSyntax condition, SemanticModel model)
    {
        if (model.GetConstantValue(condition, _cancellationToken) is { HasValue: true, Value: true })
            return Ending.NeedsHelp;
        foreach (var node in condition.DescendantNodesAndSelf())
        {
            if (node is AwaitExpressionSyntax)
                return Ending.NeedsHelp;
            if (node is not IdentifierNameSyntax name)
                continue;
            switch (model.GetSymbolInfo(name, _cancellationToken).Symbol)
            {
                case IFieldSymbol { IsConst: false, IsReadOnly: false }:
                case IPropertySymbol property when property.Name == "IsCancellationRequested" || !property.ContainingType.ContainingNamespace.ToDisplayString().StartsWith("System.Collections", System.StringComparison.Ordinal) && property.Type.SpecialType == SpecialType.System_Boolean:
                    return Ending.NeedsHelp;
            }
        }

        return Ending.ByItself;
    }

    private Ending OfAwaited(ExpressionSyntax awaited, SemanticModel model)
    {
        while (awaited is ParenthesizedExpressionSyntax parenthesized)
            awaited = parenthesized.Expression;
        // A call is looked at as a call. A task that is held somewhere, a completion source's above all, is ended by others.
        return awaited is InvocationExpressionSyntax or AwaitExpressionSyntax or IdentifierNameSyntax && (awaited is not IdentifierNameSyntax || model.GetSymbolInfo(awaited, _cancellationToken).Symbol is ILocalSymbol)
            ? Ending.ByItself
            : awaited is IdentifierNameSyntax or MemberAccessExpressionSyntax ? Ending.NeedsHelp : Ending.ByItself;
    }

    private bool IsEndlessDelay(IInvocationOperation call)
    {
        if (call.TargetMethod.Name != "Delay" || !KnownSymbols.Is(call.TargetMethod.ContainingType, _symbols.Task))
            return false;
        var delay = call.Arguments.FirstOrDefault(static argument => argument.Parameter is { Ordinal: 0 })?.Value;
        return delay?.ConstantValue is { HasValue: true, Value: -1 } || delay is IFieldReferenceOperation { Field.Name: "InfiniteTimeSpan" } || IsSetTime(delay) && IsFirstOfWork(call) && call.Arguments.Any(IsLiveToken);
    }

    /// <summary>A time that somebody configured, in a field or property: seconds, or hours.</summary>
    private static bool IsSetTime(IOperation? delay)
        => delay?.Unconverted() is IFieldReferenceOperation { Field: { IsConst: false, ContainingNamespace.Name: not "System" } } or IPropertyReferenceOperation;

    /// <summary>A watchdog: work that begins with the wait, and only does something where nobody ended that.</summary>
    private static bool IsFirstOfWork(IInvocationOperation call)
    {
        var function = FunctionContext.EnclosingFunction(call.Syntax);
        return function is AnonymousFunctionExpressionSyntax or MethodDeclarationSyntax or LocalFunctionStatementSyntax
               && function.DescendantNodes().OfType<InvocationExpressionSyntax>().FirstOrDefault() is { } first && first.Span.Contains(call.Syntax.Span);
    }

    private bool IsLiveToken(IArgumentOperation argument)
        => argument.ArgumentKind != ArgumentKind.DefaultValue && TokensInReach.IsToken(argument.Parameter?.Type, _symbols) && !Operations.IsNoToken(argument.Value.ReferencedSymbol(), _symbols);
}
