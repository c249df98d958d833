using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Structured.Cli.Tests;

/// <summary>The legacy sample, fixed for real: both programs are built and run, and must find the same.</summary>
public class SampleTests
{
    [Fact]
    public async Task The_legacy_health_checker_becomes_a_structured_one_that_finds_the_same()
    {
        using var workspace = new Workspace();
        var original = Path.Combine(Tool.RepositoryRoot, "samples", "LegacyHealthChecker");
        foreach (var file in Directory.GetFiles(original, "*.cs"))
            workspace.Write(Path.GetFileName(file), File.ReadAllText(file));
        workspace.Project(
            "LegacyHealthChecker.csproj",
            "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType><LangVersion>latest</LangVersion>",
            $"""<Reference Include="{Path.Combine(System.AppContext.BaseDirectory, "runtime", "net10.0", "Structured.Concurrency.dll")}" />""");

        var legacy = await Tool.DotnetAsync(workspace.Folder, "run");
        Assert.Equal(0, legacy.ExitCode);
        Assert.Contains("/broken   500", legacy.Output);

        var found = await Tool.RunAsync(workspace.Folder, "check");
        Assert.Equal(1, found.ExitCode);
        foreach (var rule in new[] { "SC1001", "SC1002", "SC3001" })
            Assert.Contains(rule, found.Output);

        // Its two polling loops are suggestions that no fix can know the answer to.
        var fix = await Tool.RunAsync(workspace.Folder, "fix");
        Assert.Equal(1, fix.ExitCode);
        Assert.Contains("SC2006", fix.Output);
        var code = string.Concat(Directory.GetFiles(workspace.Folder, "*.cs").Order().Select(File.ReadAllText));
        Assert.Contains("await Nursery.RunAsync(", code);
        Assert.Contains("OwnedNursery", code);
        Assert.DoesNotContain("Thread.Sleep", code);
        Assert.DoesNotContain("Task.Run", code);
        Assert.DoesNotContain("_ = ", code.Replace("OnChildFailure = _ =>", ""));

        var structured = await Tool.DotnetAsync(workspace.Folder, "run", "-warnaserror");
        Assert.Equal(0, structured.ExitCode);
        Assert.Equal(legacy.Output, structured.Output);
        Assert.Equal(0, (await Tool.RunAsync(workspace.Folder, "check", "--severity", "Warning")).ExitCode);
    }

    [Fact]
    public async Task Without_arguments_the_tool_shows_the_sample_and_says_what_to_type()
    {
        var before = Directory.GetFiles(Path.Combine(Tool.RepositoryRoot, "samples", "LegacyHealthChecker"), "*.cs").ToDictionary(static file => file, File.ReadAllText);
        var result = await Tool.RunAsync(Tool.RepositoryRoot);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("SC1001", result.Output);
        Assert.Contains("+        await Nursery.RunAsync(", result.Output);
        Assert.Contains("structured fix path/to/Your.sln", result.Output);
        foreach (var (file, text) in before)
            Assert.Equal(text, File.ReadAllText(file));
    }
}
