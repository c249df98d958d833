using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Calls that start work of which there is no task: on a thread, on the pool, by a background worker.</summary>
internal static class UnstructuredStart
{
    /// <returns>What is started, for the reader, and the delegates that run, as far as they are known; null where somebody joins it.</returns>
    public static (string? What, ImmutableArray<IOperation> Callbacks) Of(IInvocationOperation call, KnownSymbols symbols, CancellationToken cancellationToken)
    {
        var method = call.TargetMethod;
        switch (method.Name)
        {
            case "Start" or "UnsafeStart" when KnownSymbols.Is(method.ContainingType, symbols.Thread):
                return new StartedThreads(symbols, cancellationToken).UnjoinedCreationOf(call) is { } creation ? ("a thread", DelegatesOf(creation.Arguments)) : default;
            case "QueueUserWorkItem" or "UnsafeQueueUserWorkItem" when KnownSymbols.Is(method.ContainingType, symbols.ThreadPool):
                // An object that is a work item is plumbing, and its own master.
                return method.Parameters.Length > 0 && method.Parameters[0].Type.TypeKind == TypeKind.Delegate ? ("pool work", DelegatesOf(call.Arguments)) : default;
            case "RunWorkerAsync" when KnownSymbols.IsOrDerivesFrom(method.ContainingType, symbols.BackgroundWorker):
                return ("work", HandlersIn(call, symbols));
            default:
                return default;
        }
    }

    /// <summary><c>ThreadPool.QueueUserWorkItem</c> with a delegate.</summary>
    public static bool IsQueuedWorkItem(IInvocationOperation call, KnownSymbols symbols)
        => call.TargetMethod.Name is "QueueUserWorkItem" or "UnsafeQueueUserWorkItem" && KnownSymbols.Is(call.TargetMethod.ContainingType, symbols.ThreadPool) && call.TargetMethod.Parameters[0].Type.TypeKind == TypeKind.Delegate;

    /// <summary><c>new Thread(…).Start()</c>.</summary>
    public static bool IsThreadStartedInPlace(IInvocationOperation call, KnownSymbols symbols)
        => call is { TargetMethod: { Name: "Start", Parameters.IsEmpty: true }, Instance: IObjectCreationOperation } && KnownSymbols.Is(call.TargetMethod.ContainingType, symbols.Thread);

    /// <summary>The delegate that a call queues, or gives to the thread it makes.</summary>
    public static IOperation? WorkOf(IInvocationOperation call)
        => (call.Instance is IObjectCreationOperation thread ? thread.Arguments : call.Arguments).FirstOrDefault(static argument => argument.Parameter is { Ordinal: 0 })?.Value;

    private static ImmutableArray<IOperation> DelegatesOf(ImmutableArray<IArgumentOperation> arguments)
        => arguments.Select(static argument => argument.Value).SelectMany(static value => value.DescendantsAndSelf().OfType<IDelegateCreationOperation>().Take(1))
            .Select(static creation => creation.Target is IDelegateCreationOperation inner ? inner.Target : creation.Target).ToImmutableArray();

    /// <summary>The handlers that the same function gives a background worker.</summary>
    private static ImmutableArray<IOperation> HandlersIn(IInvocationOperation call, KnownSymbols symbols)
        => call.Root().Descendants().OfType<IEventAssignmentOperation>()
            .Where(subscription => KnownSymbols.IsOrDerivesFrom((subscription.EventReference as IEventReferenceOperation)?.Event.ContainingType, symbols.BackgroundWorker))
            .SelectMany(static subscription => subscription.HandlerValue.DescendantsAndSelf().OfType<IDelegateCreationOperation>().Take(1))
            .Select(static creation => creation.Target).ToImmutableArray();
}
