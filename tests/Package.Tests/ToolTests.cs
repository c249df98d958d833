using System;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace Package.Tests;

/// <summary>The command line as a .NET tool: packed, installed from a folder, and run on a solution that knows nothing of it.</summary>
[Collection(nameof(PackedPackage))]
public sealed class ToolTests(PackedPackage package) : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("structured-tool-");

    private string Tool => Path.Combine(_folder.FullName, "bin", OperatingSystem.IsWindows() ? "structured.exe" : "structured");

    public async Task InitializeAsync()
    {
        var feed = Path.Combine(_folder.FullName, "feed");
        (await DotNet.RunAsync(PackedPackage.RepositoryRoot, $"pack cli --no-build -c {PackedPackage.Configuration} -m:1 -o \"{feed}\" -p:PackageVersion={package.Version}")).Succeeded();
        File.WriteAllText(Path.Combine(_folder.FullName, "NuGet.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_folder.FullName, "packages")}" /></config>
              <packageSources><clear /><add key="feed" value="{feed}" /></packageSources>
              <packageSourceMapping><clear /></packageSourceMapping>
            </configuration>
            """);
        (await DotNet.RunAsync(_folder.FullName, $"tool install Structured.Cli --version {package.Version} --tool-path bin --configfile NuGet.config")).Succeeded();
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task FixesAProjectThatDoesNotReferenceThePackage()
    {
        var project = new Consumer(package, Path.Combine(_folder.FullName, "App"))
            .WriteProjectWithout("App.csproj", outputType: "Library")
            .Write("Mailer.cs", """
                using System.Threading.Tasks;

                public class Mailer
                {
                    public async Task SendAsync()
                    {
                        _ = LogAsync();
                        await Task.Yield();
                    }

                    private static async Task LogAsync() => await Task.Yield();
                }
                """);

        var (checkedWith, found) = await RunAsync("check App");
        Assert.Equal(1, checkedWith);
        Assert.Contains("SC1002", found, StringComparison.Ordinal);

        var (fixedWith, report) = await RunAsync("fix App");
        Assert.True(fixedWith == 0, report);
        Assert.Contains("await Nursery.RunAsync(", project.Read("Mailer.cs"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExplainsARule()
    {
        var (exitCode, page) = await RunAsync("explain SC1001");
        Assert.Equal(0, exitCode);
        Assert.StartsWith("SC1001: Task.Run is fire-and-forget", page, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Tool, arguments) { WorkingDirectory = _folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
