using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Structured.Cli.Loading;

/// <summary>Something that keeps a project or the whole command from being carried out; the message is for the user.</summary>
internal sealed class LoadException(string message) : System.Exception(message);

/// <summary>What one project, for one target framework, hands to the compiler.</summary>
internal sealed record CompilerCall(string ProjectPath, string? TargetFramework, ImmutableArray<string> Arguments, ImmutableArray<string> OutputPaths)
{
    /// <summary>Whether this is all there is of the project: it is restored and has no other framework.</summary>
    public bool IsComplete { get; init; }
}

/// <summary>
/// Asks the user's own SDK about projects. No MSBuild is loaded into this process, so the tool cannot disagree with the SDK that builds the code.
/// </summary>
internal static class MSBuildQuery
{
    public static async Task<ImmutableArray<string>> ProjectsOfSolutionAsync(string solutionPath, CancellationToken cancellationToken)
    {
        var (exitCode, output, error) = await RunAsync(Path.GetDirectoryName(solutionPath)!, ["sln", solutionPath, "list"], cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
            throw new LoadException($"'{solutionPath}' is not a solution that the SDK can read: {FirstLine(error, output)}");
        var folder = Path.GetDirectoryName(solutionPath)!;
        return output.Split('\n').Select(static line => line.Trim()).Where(static line => line.EndsWith(".csproj", System.StringComparison.OrdinalIgnoreCase))
            .Select(line => Path.GetFullPath(Path.Combine(folder, line.Replace('\\', Path.DirectorySeparatorChar)))).ToImmutableArray();
    }

    public static async Task<ImmutableArray<CompilerCall>> CompilerCallsAsync(string projectPath, CancellationToken cancellationToken)
    {
        // Most projects have one framework and are restored: then one question answers everything.
        if (!await MentionsSeveralFrameworksAsync(projectPath, cancellationToken).ConfigureAwait(false) && await TryCompilerCallAsync(projectPath, cancellationToken).ConfigureAwait(false) is { } only)
            return [only];

        var properties = await PropertiesAsync(projectPath, cancellationToken).ConfigureAwait(false);
        if (!File.Exists(properties.GetValueOrDefault("ProjectAssetsFile")))
            await RestoreAsync(projectPath, cancellationToken).ConfigureAwait(false);
        var frameworks = properties.GetValueOrDefault("TargetFrameworks") is { Length: > 0 } several
            ? (string?[])several.Split(';', System.StringSplitOptions.RemoveEmptyEntries | System.StringSplitOptions.TrimEntries).Distinct().ToArray()
            : new string?[] { null };
        var calls = ImmutableArray.CreateBuilder<CompilerCall>();
        foreach (var framework in frameworks)
            calls.Add(await CompilerCallAsync(projectPath, framework, properties.GetValueOrDefault("TargetFramework"), cancellationToken).ConfigureAwait(false));
        return calls.ToImmutable();
    }

    /// <summary>Only to save a question that would be asked in vain; several frameworks that come from elsewhere are found out by the answer.</summary>
    private static async Task<bool> MentionsSeveralFrameworksAsync(string projectPath, CancellationToken cancellationToken)
        => (await File.ReadAllTextAsync(projectPath, cancellationToken).ConfigureAwait(false)).Contains("<TargetFrameworks", System.StringComparison.OrdinalIgnoreCase);

    /// <returns>Null where it takes more than one question: several frameworks, not restored, or something is wrong.</returns>
    private static async Task<CompilerCall?> TryCompilerCallAsync(string projectPath, CancellationToken cancellationToken)
    {
        try
        {
            var call = await CompilerCallAsync(projectPath, framework: null, onlyFramework: null, cancellationToken).ConfigureAwait(false);
            return call.IsComplete ? call : null;
        }
        catch (LoadException)
        {
            return null;
        }
    }

    private static async Task<Dictionary<string, string>> PropertiesAsync(string projectPath, CancellationToken cancellationToken)
    {
        var (exitCode, output, error) = await RunAsync(
            Path.GetDirectoryName(projectPath)!,
            ["msbuild", projectPath, "-nologo", "-getProperty:TargetFrameworks", "-getProperty:TargetFramework", "-getProperty:ProjectAssetsFile"],
            cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
            throw new LoadException(FirstLine(error, output));
        using var json = Parse(output);
        return json.RootElement.GetProperty("Properties").EnumerateObject().ToDictionary(static property => property.Name, static property => property.Value.GetString() ?? "");
    }

    private static async Task RestoreAsync(string projectPath, CancellationToken cancellationToken)
    {
        var (exitCode, output, error) = await RunAsync(Path.GetDirectoryName(projectPath)!, ["restore", projectPath, "-nologo", "-v", "q"], cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
            throw new LoadException("it is not restored, and 'dotnet restore' failed: " + FirstLine(error, output));
    }

    private static async Task<CompilerCall> CompilerCallAsync(string projectPath, string? framework, string? onlyFramework, CancellationToken cancellationToken)
    {
        var arguments = new List<string>
        {
            "msbuild", projectPath, "-nologo", "-t:Compile", "-p:DesignTimeBuild=true", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true", "-p:NonExistentFile=__none__/__none__",
            "-getItem:CscCommandLineArgs", "-getProperty:TargetPath", "-getProperty:TargetRefPath", "-getProperty:MSBuildProjectDirectory",
            "-getProperty:TargetFrameworks", "-getProperty:TargetFramework", "-getProperty:ProjectAssetsFile",
        };
        if (framework is not null)
            arguments.Add("-p:TargetFramework=" + framework);
        var (exitCode, output, error) = await RunAsync(Path.GetDirectoryName(projectPath)!, arguments, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
            throw new LoadException(FirstLine(error, output));
        using var json = Parse(output);
        var items = json.RootElement.GetProperty("Items");
        var compilerArguments = items.TryGetProperty("CscCommandLineArgs", out var list)
            ? list.EnumerateArray().Select(static item => item.GetProperty("Identity").GetString()!).ToImmutableArray()
            : [];
        if (compilerArguments.IsEmpty)
            throw new LoadException("its build never calls the C# compiler");
        var folder = Path.GetDirectoryName(projectPath)!;
        var outputs = json.RootElement.GetProperty("Properties").EnumerateObject()
            .Where(static property => property.Name is "TargetPath" or "TargetRefPath")
            .Select(static property => property.Value.GetString())
            .Concat(compilerArguments.Where(static argument => argument.StartsWith("/out:", System.StringComparison.Ordinal) || argument.StartsWith("/refout:", System.StringComparison.Ordinal)).Select(static argument => argument[(argument.IndexOf(':') + 1)..].Trim('"')))
            .Where(static path => !string.IsNullOrEmpty(path))
            .Select(path => Path.GetFullPath(Path.Combine(folder, path!)))
            .Distinct().ToImmutableArray();
        var properties = json.RootElement.GetProperty("Properties");
        var own = properties.TryGetProperty("TargetFramework", out var value) ? value.GetString() : null;
        var isComplete = (!properties.TryGetProperty("TargetFrameworks", out var several) || string.IsNullOrEmpty(several.GetString()))
            && properties.TryGetProperty("ProjectAssetsFile", out var assets) && File.Exists(assets.GetString());
        return new CompilerCall(projectPath, new[] { framework, onlyFramework, own }.FirstOrDefault(static each => !string.IsNullOrEmpty(each)), compilerArguments, outputs) { IsComplete = isComplete };
    }

    private static JsonDocument Parse(string output)
    {
        var start = output.IndexOf('{');
        if (start < 0)
            throw new LoadException(FirstLine("", output));
        try
        {
            return JsonDocument.Parse(output.AsMemory(start));
        }
        catch (JsonException exception)
        {
            throw new LoadException("the SDK's answer cannot be read: " + exception.Message);
        }
    }

    private static string FirstLine(string error, string output)
    {
        var lines = (error + "\n" + output).Split('\n').Select(static line => line.Trim()).Where(static line => line.Length > 0).ToList();
        return lines.Find(static line => line.Contains("error", System.StringComparison.OrdinalIgnoreCase)) ?? lines.FirstOrDefault() ?? "no reason given";
    }

    private static async Task<ProcessResult> RunAsync(string folder, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder };
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        // `dotnet run` tells its child which MSBuild it uses; the user's solution may pin another SDK.
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("MSBUILD", System.StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        try
        {
            return await ChildProcess.CaptureAsync(start, cancellationToken).ConfigureAwait(false);
        }
        catch (Win32Exception)
        {
            throw new LoadException("'dotnet' was not found on the path; the .NET SDK that builds the solution is needed.");
        }
    }
}
