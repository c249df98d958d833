using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Structured.Analyzers;

/// <summary>Calls of the framework that block their thread until somebody else does something.</summary>
internal static class BlockingCalls
{
    private static readonly ImmutableHashSet<string> Names = ImmutableHashSet.Create(
        "System.Threading.Thread.Sleep",
        "System.Threading.Thread.Join",
        "System.Threading.Monitor.Wait",
        "System.Threading.WaitHandle.WaitOne",
        "System.Threading.WaitHandle.WaitAny",
        "System.Threading.WaitHandle.WaitAll",
        "System.Threading.ManualResetEventSlim.Wait",
        "System.Threading.SemaphoreSlim.Wait",
        "System.Threading.CountdownEvent.Wait",
        "System.Threading.Barrier.SignalAndWait",
        "System.Threading.SpinWait.SpinUntil",
        "System.Threading.Tasks.Task.Wait",
        "System.Threading.Tasks.Task.WaitAll",
        "System.Threading.Tasks.Task.WaitAny",
        "System.Collections.Concurrent.BlockingCollection.Take",
        "System.Collections.Concurrent.BlockingCollection.GetConsumingEnumerable",
        "System.Diagnostics.Process.WaitForExit",
        "System.Console.Read",
        "System.Console.ReadKey",
        "System.Console.ReadLine",
        "System.Net.Sockets.Socket.Accept",
        "System.Net.Sockets.Socket.Receive",
        "System.Net.Sockets.TcpListener.AcceptTcpClient",
        "System.Net.Sockets.TcpListener.AcceptSocket",
        "System.Net.Sockets.UdpClient.Receive",
        "System.Net.HttpListener.GetContext");

    private static readonly ImmutableHashSet<string> InputAndOutput = ImmutableHashSet.Create(
        "System.IO.File",
        "System.IO.FileInfo",
        "System.IO.FileStream",
        "System.IO.Stream",
        "System.IO.Compression.ZipFile",
        "System.IO.Compression.ZipFileExtensions",
        "System.Net.Sockets.Socket",
        "System.Net.Sockets.UdpClient",
        "System.Data.Common.DbCommand",
        "System.Data.IDbCommand");

    // Looked at first: the names of types have to be put together.
    private static readonly ImmutableHashSet<string> MethodNames = Names.Select(static name => name.Substring(name.LastIndexOf('.') + 1)).ToImmutableHashSet();
    private static readonly ImmutableHashSet<string> NamesOfTypes = InputAndOutput.Select(static name => name.Substring(name.LastIndexOf('.') + 1)).ToImmutableHashSet();

    /// <summary>Whether a call may be one of them, by the word that it is written with: what it means need not be asked of most.</summary>
    public static bool MayBe(InvocationExpressionSyntax call) => Operations.NameOfCallee(call) is { } name && MethodNames.Contains(name);

    public static bool Contains(IMethodSymbol method)
    {
        if (!MethodNames.Contains(method.Name))
            return false;
        for (var type = method.ContainingType?.OriginalDefinition; type is not null; type = type.BaseType?.OriginalDefinition)
        {
            if (Names.Contains(Namespaces.Around(type) + "." + type.Name + "." + method.Name))
                return true;
        }

        return false;
    }

    /// <summary>Whether the method reads or writes something outside of the process: files, sockets, a database.</summary>
    public static bool ReadsOrWrites(IMethodSymbol method)
    {
        if (method.Name is "Exists" or "Flush" or "Dispose" or "Close" or "Seek" || method.MethodKind != MethodKind.Ordinary)
            return false;
        for (var type = method.ContainingType?.OriginalDefinition; type is not null; type = type.BaseType?.OriginalDefinition)
        {
            if (NamesOfTypes.Contains(type.Name) && InputAndOutput.Contains(Namespaces.Around(type) + "." + type.Name))
                return true;
        }

        return false;
    }

    /// <summary>Whether the code itself, not a lambda in it, makes such a call.</summary>
    public static bool In(SyntaxNode code, SemanticModel model, KnownSymbols symbols, CancellationToken cancellationToken)
        => code.DescendantNodesAndSelf(static node => node is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
            .OfType<InvocationExpressionSyntax>()
            .Any(call => MayBe(call) && model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol method && Contains(method));
}
