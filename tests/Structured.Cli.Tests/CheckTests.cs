using System.IO;
using System.Threading.Tasks;

namespace Structured.Cli.Tests;

public class CheckTests
{
    private const string Leaking = """
        using System.Threading.Tasks;
        public class Mailer
        {
            public async Task SendAllAsync()
            {
                _ = SendAsync();
                await Task.Delay(1);
            }
            public async Task SendAsync() => await Task.Delay(1);
        }
        """;

    [Fact]
    public async Task Lists_each_finding_with_its_place_and_a_count_per_rule()
    {
        using var workspace = new Workspace().Project("App/App.csproj").Write("App/Mailer.cs", Leaking);
        var result = await Tool.RunAsync(workspace.Folder, "check", "App");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(Path.Combine("App", "Mailer.cs") + "(6,13): warning SC1002: The task returned by 'Mailer.SendAsync' is dropped", result.Output);
        Assert.Matches(@"SC1002\s+1\s+Task is discarded", result.Output);
        Assert.Contains("1 finding.", result.Output);
    }

    [Fact]
    public async Task A_clean_project_exits_with_zero()
    {
        using var workspace = new Workspace().Project("App.csproj").Write("A.cs", "public class A { public void M() { } }");
        var result = await Tool.RunAsync(workspace.Folder, "check", "App.csproj");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("No findings.", result.Output);
    }

    [Theory]
    [InlineData("no-such.sln", "does not exist")]
    [InlineData("Directory.Build.props", "neither a solution")]
    [InlineData(".", "holds neither a solution nor a C# project")]
    public async Task A_path_that_cannot_be_loaded_is_named_and_exits_with_two(string path, string message)
    {
        using var workspace = new Workspace();
        var result = await Tool.RunAsync(workspace.Folder, "check", path);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error);
        Assert.DoesNotContain("   at ", result.All);
    }

    [Fact]
    public async Task A_rule_that_does_not_exist_is_named_and_exits_with_two()
    {
        using var workspace = new Workspace().Project("App.csproj");
        var result = await Tool.RunAsync(workspace.Folder, "check", "--rules", "SC9999");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("There is no rule SC9999", result.Error);
    }

    [Fact]
    public async Task A_project_that_does_not_load_is_left_out_with_its_reason_and_the_others_are_checked()
    {
        using var workspace = new Workspace().Project("Good/Good.csproj").Write("Good/Mailer.cs", Leaking).Write("Bad/Bad.csproj", "<Project><Broken");
        workspace.Write("All.slnx", """
            <Solution>
              <Project Path="Good/Good.csproj" />
              <Project Path="Bad/Bad.csproj" />
              <Project Path="Gone/Gone.csproj" />
            </Solution>
            """);
        var result = await Tool.RunAsync(workspace.Folder, "check", "All.slnx");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("SC1002", result.Output);
        Assert.Matches(@"Bad\.csproj was left out: ", result.Error);
        Assert.Matches(@"Gone\.csproj was left out: the file does not exist", result.Error);
    }

    [Fact]
    public async Task Code_that_does_not_compile_is_said_so_and_checked_as_far_as_it_goes()
    {
        using var workspace = new Workspace().Project("App.csproj").Write("Mailer.cs", Leaking).Write("Broken.cs", "class Broken { Missing field; void M( }");
        var result = await Tool.RunAsync(workspace.Folder, "check", ".");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("SC1002", result.Output);
        Assert.Contains("compile error", result.Error);
    }

    [Fact]
    public async Task The_editor_configuration_of_the_project_is_honoured()
    {
        using var workspace = new Workspace().Project("App.csproj").Write("Mailer.cs", Leaking).Write(".editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.SC1002.severity = none\n");
        var result = await Tool.RunAsync(workspace.Folder, "check");
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task A_loop_that_only_the_strict_preset_minds_is_found_with_it()
    {
        using var workspace = new Workspace().Project("App.csproj").Write("A.cs", """
            using System.Threading.Tasks;
            public class A { public async Task LoopAsync() { while (true) { await Task.Delay(1); } } }
            """);
        Assert.Equal(0, (await Tool.RunAsync(workspace.Folder, "check", "--rules", "SC2001")).ExitCode);
        var strict = await Tool.RunAsync(workspace.Folder, "check", "--rules", "SC2001", "--preset", "strict");
        Assert.Equal(1, strict.ExitCode);
        Assert.Contains("SC2001", strict.Output);
    }

    [Fact]
    public async Task Several_target_frameworks_are_one_finding()
    {
        using var workspace = new Workspace().Project("App.csproj", "<TargetFrameworks>net10.0;net8.0</TargetFrameworks>").Write("Mailer.cs", Leaking);
        var result = await Tool.RunAsync(workspace.Folder, "check", "--summary");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("1 finding.", result.Output);
    }

    [Fact]
    public async Task A_rule_that_is_named_is_on_whatever_the_configuration_says()
    {
        using var workspace = new Workspace().Project("App.csproj").Write("Mailer.cs", Leaking).Write(".editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.SC1002.severity = none\n");
        Assert.Equal(0, (await Tool.RunAsync(workspace.Folder, "check")).ExitCode);
        var result = await Tool.RunAsync(workspace.Folder, "check", "--rules", "SC1002");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("(6,13): warning SC1002", result.Output);
    }

    [Fact]
    public async Task The_strict_preset_brings_its_severities_and_the_configuration_comes_before_them()
    {
        using var workspace = new Workspace().Project("App.csproj").Write("Mailer.cs", Leaking);
        Assert.Contains("(6,13): error SC1002", (await Tool.RunAsync(workspace.Folder, "check", "--preset", "strict")).Output);
        workspace.Write(".editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.SC1002.severity = suggestion\n");
        Assert.Contains("(6,13): info SC1002", (await Tool.RunAsync(workspace.Folder, "check", "--preset", "strict")).Output);
    }
}
