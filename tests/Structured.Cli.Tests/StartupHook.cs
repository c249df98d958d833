using System;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading;
using Structured.Cli.Files;
using Structured.Cli.Tests;

/// <summary>
/// Run by .NET in the tool's process before its Main, when a test asks for it by DOTNET_STARTUP_HOOKS. It kills or slows the process at a step of its writing, so that
/// tests need no such code in the tool.
/// </summary>
#pragma warning disable CA1050 // .NET looks for exactly this name, outside of any namespace.
internal static class StartupHook
#pragma warning restore CA1050
{
    public static void Initialize()
    {
        // The SDK's processes, which the tool starts, are asked as well; they do not know the types below.
        if (AppDomain.CurrentDomain.FriendlyName == "structured")
            Watch();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Watch()
    {
        var killAt = Number("STRUCTURED_VICTIM_KILL_AT");
        var killAtName = Environment.GetEnvironmentVariable("STRUCTURED_VICTIM_KILL_AT_NAME");
        var pause = Number("STRUCTURED_VICTIM_PAUSE") ?? 0;
        var root = Environment.GetEnvironmentVariable("STRUCTURED_VICTIM_ROOT");
        var what = Environment.GetEnvironmentVariable("STRUCTURED_VICTIM");
        var steps = 0;
        ChangeSet.Step = step =>
        {
            if (killAt is null && killAtName is null && what is not null)
                Thread.Sleep(1);
            if (steps++ == killAt || (killAtName?.Split(' ') is [var kind, var file] && step.StartsWith(kind, StringComparison.Ordinal) && step.EndsWith(file, StringComparison.Ordinal)))
                Process.GetCurrentProcess().Kill();
            if (pause > 0 && step.StartsWith("rename", StringComparison.Ordinal))
            {
                Console.WriteLine("step: " + step);
                Thread.Sleep(pause);
            }
        };
        if (what is null)
            return;

        Console.WriteLine("ready");
        if (what == "apply")
        {
            using var set = ChangeSet.Begin(root!);
            set.Apply(SourceTree.PlanFor(root!, Number("STRUCTURED_VICTIM_FILES")!.Value), CancellationToken.None);
            set.Commit();
        }
        else
        {
            ChangeSet.Recover(root!);
        }

        Environment.Exit(0);
    }

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;
}
