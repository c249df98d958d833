using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;

namespace Structured.Cli.Tests;

public class FixTests
{
    private const string Leaking = """
        using System;
        using System.Threading.Tasks;

        public static class Program
        {
            public static async Task Main()
            {
                _ = SayAsync("a");
                _ = SayAsync("b");
                Console.WriteLine("main");
            }

            // Zürich
            private static async Task SayAsync(string text)
            {
                Console.WriteLine(text);
                await Task.Yield();
            }
        }

        """;

    [Fact]
    public async Task A_dry_run_shows_a_diff_that_git_understands_and_writes_nothing()
    {
        using var workspace = new Workspace().Project("App.csproj").Write("Program.cs", Leaking);
        var result = await Tool.RunAsync(workspace.Folder, "fix", "--dry-run");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(Leaking, workspace["Program.cs"]);
        Assert.Contains("--- a/Program.cs\n+++ b/Program.cs\n@@ ", result.Output);
        Assert.Contains("+            nursery.StartNow(() => SayAsync(\"a\"));", result.Output);
        Assert.Contains("2 of 2 findings would be fixed in 1 file.", result.Output);
    }

    [Fact]
    public async Task Writes_compiling_code_once_names_the_package_and_keeps_encoding_and_line_ends()
    {
        var text = Leaking.ReplaceLineEndings("\r\n");
        using var workspace = new Workspace().Project("App.csproj", "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>");
        var file = Path.Combine(workspace.Folder, "Program.cs");
        File.WriteAllText(file, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        var result = await Tool.RunAsync(workspace.Folder, "fix", ".");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("changed Program.cs", result.Output);
        Assert.Contains("dotnet add package Structured.Analyzers", result.Output);

        var bytes = File.ReadAllBytes(file);
        Assert.Equal([0xEF, 0xBB, 0xBF], bytes.Take(3));
        var changed = workspace["Program.cs"];
        Assert.Equal(changed.Split('\n').Length - 1, changed.Split("\r\n").Length - 1);
        Assert.Contains("// Zürich", changed);

        // With the runtime referenced, the changed program compiles and says the same; a second run has nothing to do.
        workspace.Project("App.csproj", "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>", $"""<Reference Include="{Path.Combine(AppContext.BaseDirectory, "runtime", "net10.0", "Structured.Concurrency.dll")}" />""");
        var run = await Tool.DotnetAsync(workspace.Folder, "run");
        Assert.Equal("a\nb\nmain\n", run.Output.ReplaceLineEndings("\n"));
        var again = await Tool.RunAsync(workspace.Folder, "fix", ".");
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("0 of 0 findings fixed in 0 files.", again.Output);
        Assert.Equal(changed, workspace["Program.cs"]);
    }

    [Fact]
    public async Task What_cannot_be_fixed_is_listed_with_its_reason_and_the_exit_code_says_so()
    {
        // A dropped task in a static method that is not async: no object to own it, nothing to await it in.
        const string Source = "using System.Threading.Tasks;\npublic static class A { public static void M() { _ = Task.Run(() => { }); } }\n";
        using var workspace = new Workspace().Project("App.csproj").Write("A.cs", Source);
        var result = await Tool.RunAsync(workspace.Folder, "fix");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("A.cs(2): SC1001: static code has no object to own a nursery", result.Output);
        Assert.Equal(Source, workspace["A.cs"]);
    }

    [Fact]
    public async Task Only_the_rules_that_are_named_are_applied()
    {
        const string Source = "using System.Threading;\nusing System.Threading.Tasks;\npublic class A\n{\n    public async Task M()\n    {\n        Thread.Sleep(10);\n        _ = N();\n        await N();\n    }\n    private async Task N() => await Task.Delay(1);\n}\n";
        using var workspace = new Workspace().Project("App.csproj").Write("A.cs", Source);
        var result = await Tool.RunAsync(workspace.Folder, "fix", "--rules", "SC3001");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("await Checkpoint.SleepAsync(10);", workspace["A.cs"]);
        Assert.Contains("_ = N();", workspace["A.cs"]);
    }

    [Fact]
    public async Task The_compilers_own_warning_about_a_forgotten_await_is_fixed_as_well()
    {
        using var workspace = new Workspace().Project("App.csproj")
            .Write("A.cs", "using System.Threading.Tasks;\npublic class A\n{\n    public async Task M()\n    {\n        N();\n        await N();\n    }\n    private async Task N() => await Task.Delay(1);\n}\n");
        var result = await Tool.RunAsync(workspace.Folder, "fix");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("        await N();\n        await N();\n", workspace["A.cs"]);
    }

    [Fact]
    public async Task Generated_code_is_never_touched()
    {
        const string Source = "// <auto-generated/>\nusing System.Threading.Tasks;\npublic class A { public async Task M() { _ = Task.Run(() => { }); await Task.Delay(1); } }\n";
        using var workspace = new Workspace().Project("App.csproj").Write("A.g.cs", Source);
        var result = await Tool.RunAsync(workspace.Folder, "fix");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(Source, workspace["A.g.cs"]);
    }

    [Fact]
    public async Task A_read_only_file_is_named_and_the_others_are_written()
    {
        using var workspace = new Workspace().Project("App.csproj").Write("Program.cs", Leaking).Write("Other.cs", Leaking.Replace("class Program", "class Other").Replace("Task Main", "Task RunAsync"));
        File.SetAttributes(Path.Combine(workspace.Folder, "Other.cs"), FileAttributes.ReadOnly);
        var result = await Tool.RunAsync(workspace.Folder, "fix");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Other.cs was not written: it is read-only", result.Error);
        Assert.Contains("changed Program.cs", result.Output);
        Assert.DoesNotContain("Nursery", workspace["Other.cs"]);
        Assert.Empty(Directory.GetFiles(workspace.Folder, "*.tmp"));
    }

    [Fact]
    public async Task A_file_that_several_frameworks_share_is_changed_once()
    {
        using var workspace = new Workspace().Project("App.csproj", "<TargetFrameworks>net10.0;net8.0</TargetFrameworks>").Write("Program.cs", Leaking);
        var result = await Tool.RunAsync(workspace.Folder, "fix");
        Assert.Equal(0, result.ExitCode);
        Assert.Single(workspace["Program.cs"].Split("Nursery.RunAsync").Skip(1));
    }

    [Fact]
    public async Task A_loop_in_another_project_is_not_looked_into_and_only_the_project_that_changes_needs_the_package()
    {
        using var workspace = new Workspace()
            .Project("Lib/Lib.csproj")
            .Write("Lib/Loop.cs", "using System.Threading.Tasks;\npublic static class Loop\n{\n    public static async Task RunAsync()\n    {\n        await Task.Delay(1);\n    }\n}\n")
            .Project("App/App.csproj", items: "<ProjectReference Include=\"../Lib/Lib.csproj\" />")
            .Write("App/Host.cs", "using System.Threading.Tasks;\npublic sealed class Host\n{\n    public void Start()\n    {\n        _ = Task.Run(() => Loop.RunAsync());\n    }\n}\n")
            .Write("All.slnx", "<Solution><Project Path=\"App/App.csproj\" /><Project Path=\"Lib/Lib.csproj\" /></Solution>");
        var result = await Tool.RunAsync(workspace.Folder, "fix", "All.slnx");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("_nursery.StartSoon(() => Loop.RunAsync());", workspace["App/Host.cs"]);
        Assert.Contains("'dotnet add package Structured.Analyzers':\n  App\n", result.Output);
        Assert.DoesNotContain("  Lib\n", result.Output);
    }
}
