using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Locks that belong to the thread that took them: nothing can be awaited while one is held, since the code behind the await may run on another thread.</summary>
internal static class ThreadBoundLocks
{
    /// <summary>Whether the code runs inside a <c>lock</c>, or between the calls that take and release such a lock.</summary>
    public static bool AreHeldAt(IOperation place)
    {
        IOperation function = place;
        for (; function.Parent is { } parent && function is not (IAnonymousFunctionOperation or ILocalFunctionOperation); function = parent)
        {
            if (parent is ILockOperation held && function == held.Body)
                return true;
        }

        var calls = function.Descendants().OfType<IInvocationOperation>().Where(static call => IsLock(call.TargetMethod.ContainingType)).ToList();
        return calls.Exists(taken => Takes(taken.TargetMethod) && taken.Syntax.Span.End <= place.Syntax.SpanStart && calls.Exists(released => !Takes(released.TargetMethod) && released.Syntax.SpanStart >= place.Syntax.Span.End));
    }

    private static bool Takes(IMethodSymbol method) => method.Name.StartsWith("Enter", System.StringComparison.Ordinal) || method.Name.StartsWith("TryEnter", System.StringComparison.Ordinal);

    private static bool IsLock(INamedTypeSymbol? type)
        => type is { Name: "ReaderWriterLockSlim" or "Monitor" or "Lock" or "SpinLock", ContainingNamespace: { Name: "Threading", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } } };
}
