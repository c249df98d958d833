using System;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Calls that block their thread until somebody signals, other than sleeping and waiting for a task.</summary>
internal static class BlockingWaits
{
    private static readonly ImmutableHashSet<string> Names = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "System.Threading.WaitHandle.WaitOne",
        "System.Threading.WaitHandle.WaitAny",
        "System.Threading.WaitHandle.WaitAll",
        "System.Threading.WaitHandle.SignalAndWait",
        "System.Threading.ManualResetEventSlim.Wait",
        "System.Threading.SemaphoreSlim.Wait",
        "System.Threading.CountdownEvent.Wait",
        "System.Threading.Barrier.SignalAndWait",
        "System.Threading.Monitor.Wait",
        "System.Threading.Thread.Join",
        "System.Threading.Tasks.Parallel.For",
        "System.Threading.Tasks.Parallel.ForEach",
        "System.Threading.Tasks.Parallel.Invoke",
        "System.Collections.Concurrent.BlockingCollection.Take",
        "System.Collections.Concurrent.BlockingCollection.TakeFromAny",
        "System.Collections.Concurrent.BlockingCollection.GetConsumingEnumerable",
        "System.Diagnostics.Process.WaitForExit",
        "System.Console.Read",
        "System.Console.ReadKey",
        "System.Console.ReadLine");

    /// <summary>Most calls have another name: they are told apart before anything is put together.</summary>
    private static readonly ImmutableHashSet<string> MethodNames = Names.Select(static name => name.Substring(name.LastIndexOf('.') + 1)).ToImmutableHashSet(StringComparer.Ordinal);

    private static readonly ImmutableHashSet<string> NamesOfTypes = Names.Select(static name => name.Split('.')).Select(static parts => parts[parts.Length - 2]).ToImmutableHashSet(StringComparer.Ordinal);

    public static bool Contains(IMethodSymbol method)
    {
        if (!MethodNames.Contains(method.Name))
            return false;
        var candidate = method.OriginalDefinition;
        // An override (a subclass of WaitHandle with its own WaitOne) waits as what it overrides does.
        while (candidate.OverriddenMethod is { } overridden)
            candidate = overridden.OriginalDefinition;
        return candidate.ContainingType is { } type && NamesOfTypes.Contains(type.Name) && Names.Contains(Namespaces.Around(type) + "." + type.Name + "." + candidate.Name);
    }

    /// <summary>
    /// <c>WaitForExit()</c> after the asynchronous wait, or a test that the process has exited, only drains its output.
    /// </summary>
    public static bool HasEnded(IInvocationOperation call)
    {
        if (call.TargetMethod.Name != "WaitForExit" || call.Instance.ReferencedSymbol() is not { } process)
            return false;
        return call.Root().Descendants().Any(other => other.Syntax.SpanStart < call.Syntax.SpanStart && other switch
        {
            IInvocationOperation { TargetMethod.Name: "WaitForExitAsync", Instance: { } instance } => SymbolEqualityComparer.Default.Equals(instance.ReferencedSymbol(), process),
            IPropertyReferenceOperation { Property.Name: "HasExited", Instance: { } instance } => SymbolEqualityComparer.Default.Equals(instance.ReferencedSymbol(), process),
            _ => false,
        });
    }
}
