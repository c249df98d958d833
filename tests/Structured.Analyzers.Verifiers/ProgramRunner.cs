using System;
using System.IO;
using System.Linq;
using System.Runtime.Loader;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Xunit;

namespace Structured.Analyzers.Verifiers;

/// <summary>Compiles a program, runs it in this process, and gives what it printed.</summary>
internal static class ProgramRunner
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    // The console belongs to the process: one program prints to it at a time.
    private static readonly SemaphoreSlim OneAtATime = new(1);

    public static async Task<string> RunAsync(Compilation compilation, CancellationToken cancellationToken)
    {
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image, cancellationToken: cancellationToken);
        Assert.True(emitted.Success, "The program does not compile:\n" + string.Join("\n", emitted.Diagnostics.Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));
        image.Position = 0;

        var context = new AssemblyLoadContext("program", isCollectible: false);
        var entryPoint = context.LoadFromStream(image).EntryPoint ?? throw new InvalidOperationException("The program has no entry point.");
        object?[] arguments = entryPoint.GetParameters().Length == 0 ? [] : [Array.Empty<string>()];

        await OneAtATime.WaitAsync(cancellationToken).ConfigureAwait(false);
        var console = Console.Out;
        using var printed = new StringWriter();
        try
        {
            Console.SetOut(TextWriter.Synchronized(printed));
            // A thread of its own, so that a program that blocks its main thread does not take one of the test's.
            var run = Task.Factory.StartNew(() => entryPoint.Invoke(null, arguments), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            if (await Task.WhenAny(run, Task.Delay(Longest, cancellationToken)).ConfigureAwait(false) != run)
                throw new TimeoutException($"The program did not end within {Longest.TotalSeconds} s. It printed:\n{printed}");
            if (run.IsFaulted)
                printed.WriteLine("Unhandled: " + (run.Exception!.InnerException!.InnerException ?? run.Exception.InnerException).Message);
        }
        finally
        {
            Console.SetOut(console);
            OneAtATime.Release();
        }

        return printed.ToString();
    }
}
