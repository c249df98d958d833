using System.Linq;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <summary>
/// Members that asynchronous code itself is made of, whose contract is to start something and return: an awaiter's <c>OnCompleted</c>, a task scheduler, a
/// synchronization context, a thread pool work item. There is nobody they could give a task to.
/// </summary>
internal static class AsyncPlumbing
{
    public static bool Contains(ISymbol member, KnownSymbols symbols)
    {
        if (member is not IMethodSymbol { ContainingType: { } type } method)
            return false;
        return (method.IsOverride && (KnownSymbols.IsOrDerivesFrom(type, symbols.TaskScheduler) || KnownSymbols.IsOrDerivesFrom(type, symbols.SynchronizationContext)))
               || Implements(method, symbols.NotifyCompletion)
               || Implements(method, symbols.CriticalNotifyCompletion)
               || Implements(method, symbols.ThreadPoolWorkItem)
               || Implements(method, symbols.ValueTaskSource)
               || Implements(method, symbols.ValueTaskSourceOfT);
    }

    private static bool Implements(IMethodSymbol method, INamedTypeSymbol? contract)
        => contract is not null
           && method.ContainingType.AllInterfaces.Any(candidate => KnownSymbols.Is(candidate, contract)
               && candidate.GetMembers().Any(member => SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(member), method)));
}
