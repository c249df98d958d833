using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace Structured.Cli.Tests;

/// <summary>What a process printed and how it ended.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string Error)
{
    public string All => Output + Error;
}

/// <summary>Runs the tool, and the SDK, as a user would: as processes.</summary>
internal static class Tool
{
    public static string RepositoryRoot { get; } = FindRoot();

    public static Task<ProcessResult> RunAsync(string folder, params string[] arguments)
        => DotnetAsync(folder, [Path.Combine(AppContext.BaseDirectory, "structured.dll"), .. arguments]);

    public static Task<ProcessResult> DotnetAsync(string folder, params string[] arguments) => RunProgramAsync(folder, "dotnet", arguments);

    public static async Task<ProcessResult> RunProgramAsync(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        // The test host's own settings are not the user's.
        foreach (var name in new List<string>(start.Environment.Keys))
        {
            if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) && name != "MSBUILDDISABLENODEREUSE")
                start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new System.Threading.CancellationTokenSource(TimeSpan.FromMinutes(5));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        return new ProcessResult(process.ExitCode, await output, await error);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Structured.Analyzers.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}

/// <summary>A folder with a generated project, gone after the test.</summary>
internal sealed class Workspace : IDisposable
{
    public Workspace()
    {
        Folder = Directory.CreateTempSubdirectory("structured-cli-").FullName;
        // Nothing of the repository reaches the projects in here.
        Write("Directory.Build.props", "<Project />");
        Write("Directory.Build.targets", "<Project />");
        Write("Directory.Packages.props", "<Project />");
    }

    public string Folder { get; }

    public string this[string path] => File.ReadAllText(Path.Combine(Folder, path));

    public Workspace Write(string path, string content)
    {
        var file = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        return this;
    }

    public Workspace Project(string path, string properties = "<TargetFramework>net10.0</TargetFramework>", string items = "")
        => Write(path, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                {properties}
                <Nullable>disable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                {items}
              </ItemGroup>
            </Project>
            """);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
