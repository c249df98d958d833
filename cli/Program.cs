using System;
using System.CommandLine;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Cli;

/// <summary>The entry point: the commands and their options.</summary>
internal static class Program
{
    public const int Clean = 0;
    public const int Findings = 1;
    public const int CouldNotRun = 2;

    public static Task<int> Main(string[] arguments) => RunAsync(arguments, CancellationToken.None);

    public static RootCommand CreateRoot()
    {
        var root = new RootCommand("Structured concurrency for C#: finds tasks that escape, loops that cannot be cancelled and calls that block, and rewrites them.");
        root.Subcommands.Add(Commands.CheckCommand.Create());
        root.Subcommands.Add(Commands.FixCommand.Create());
        root.Subcommands.Add(Commands.ExplainCommand.Create());
        root.SetAction((_, token) => Commands.TourCommand.RunAsync(token));
        return root;
    }

    public static async Task<int> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var root = CreateRoot();
        try
        {
            var parsed = root.Parse(arguments);
            var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(20) }, cancellationToken).ConfigureAwait(false);
            return parsed.Errors.Count > 0 ? CouldNotRun : exitCode;
        }
        catch (Loading.LoadException exception)
        {
            await Console.Error.WriteLineAsync("error: " + exception.Message).ConfigureAwait(false);
            return CouldNotRun;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Cancelled; every file is as it was.").ConfigureAwait(false);
            return CouldNotRun;
        }
        catch (Exception exception) when (exception is System.IO.IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync("error: " + exception.Message).ConfigureAwait(false);
            return CouldNotRun;
        }
        catch (Exception exception)
        {
            // Ours to mend, not the user's: files are written all or none, so nothing is lost.
            await Console.Error.WriteLineAsync($"error: this should not have happened, please report it: {exception}").ConfigureAwait(false);
            return CouldNotRun;
        }
    }
}
