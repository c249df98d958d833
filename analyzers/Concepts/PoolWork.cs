using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Calls that queue a delegate to the thread pool and give its task.</summary>
internal static class PoolWork
{
    /// <summary><c>Task.Run</c>, <c>Task.Factory.StartNew</c>, <c>TaskFactory.StartNew</c>, <c>new Task(…).Start()</c>.</summary>
    public static bool IsStartedBy(IInvocationOperation call, KnownSymbols symbols)
    {
        var type = call.TargetMethod.ContainingType;
        return call.TargetMethod.Name switch
        {
            "Run" or "Start" => KnownSymbols.Is(type, symbols.Task),
            "StartNew" => KnownSymbols.Is(type, symbols.TaskFactory) || KnownSymbols.Is(type, symbols.TaskFactoryOfT),
            _ => false,
        };
    }

    /// <summary>The call that a local is declared with, in the function around <paramref name="within"/>.</summary>
    public static IInvocationOperation? InitializerOf(ILocalSymbol local, IOperation within)
        => within.Root().Descendants().OfType<IVariableDeclaratorOperation>()
            .FirstOrDefault(declarator => SymbolEqualityComparer.Default.Equals(declarator.Symbol, local))
            ?.GetVariableInitializer()?.Value as IInvocationOperation;
}
