using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Structured.Cli.Tests;

/// <summary>The commands that the pages show are commands of the tool, and the steps of the migration guide lead where it says.</summary>
public sealed class DocumentedCommandsTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public static TheoryData<string, string> Commands()
    {
        var data = new TheoryData<string, string>();
        foreach (var page in Directory.GetFiles(Path.Combine(Tool.RepositoryRoot, "docs"), "*.md", SearchOption.AllDirectories).Append(Path.Combine(Tool.RepositoryRoot, "README.md")).Order(StringComparer.Ordinal))
        {
            // A command stands on a line of its own; what follows after many spaces, or after an operator of the shell, says something else.
            foreach (var command in File.ReadAllLines(page).Select(static line => line.Replace("- run:", "", StringComparison.Ordinal).Trim()).Where(static line => line.StartsWith("structured ", StringComparison.Ordinal)).Select(static line => line.Split("   ")[0].Split("||")[0].Trim()).Distinct())
                data.Add(Path.GetRelativePath(Tool.RepositoryRoot, page).Replace('\\', '/'), command);
        }

        return data;
    }

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_that_a_page_shows_is_understood(string page, string command)
    {
        var parsed = Program.CreateRoot().Parse(command["structured ".Length..]);
        Assert.True(parsed.Errors.Count == 0, $"{page}: {command}\n{string.Join("\n", parsed.Errors.Select(static error => error.Message))}");
    }

    [Fact]
    public async Task The_migration_guide_leads_from_a_baseline_to_less_of_it()
    {
        _workspace
            .Write("Shop.sln", """
                Microsoft Visual Studio Solution File, Format Version 12.00
                Project("{9A19103F-16F7-4668-BE54-9A1E7A4F7556}") = "Shop", "Shop.csproj", "{2D2B6E0C-0C43-4C53-9C1C-0C2C5E0E1A01}"
                EndProject
                Global
                EndGlobal
                """)
            .Write("Shop.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup></Project>""")
            .Write("Shop.cs", """
                using System.Threading;
                using System.Threading.Tasks;

                public static class Shop
                {
                    public static async Task SellAsync(CancellationToken cancellationToken)
                    {
                        await ChargeAsync();
                        Thread.Sleep(10);
                    }

                    private static Task ChargeAsync(CancellationToken cancellationToken = default) => Task.Delay(1, cancellationToken);
                }
                """);
        Assert.Equal(0, (await Tool.DotnetAsync(_workspace.Folder, "restore")).ExitCode);
        var written = await Tool.RunAsync(_workspace.Folder, "check", "Shop.sln", "--write-baseline");
        Assert.True(written.ExitCode == 0, written.All);
        Assert.Contains("SC2004", _workspace["structured-baseline.json"], StringComparison.Ordinal);

        var known = await Tool.RunAsync(_workspace.Folder, "check", "Shop.sln", "--baseline", "structured-baseline.json");
        Assert.True(known.ExitCode == 0, known.All);

        var changed = await Tool.RunAsync(_workspace.Folder, "fix", "Shop.sln", "--rules", "SC2004", "--report", "fixes.md");
        Assert.True(changed.ExitCode == 0, changed.All);
        Assert.Contains("await ChargeAsync(cancellationToken);", _workspace["Shop.cs"], StringComparison.Ordinal);
        Assert.Contains("Thread.Sleep(10);", _workspace["Shop.cs"], StringComparison.Ordinal);

        Assert.Equal(0, (await Tool.RunAsync(_workspace.Folder, "check", "Shop.sln", "--write-baseline")).ExitCode);
        Assert.DoesNotContain("SC2004", _workspace["structured-baseline.json"], StringComparison.Ordinal);
        Assert.Contains("SC3001", _workspace["structured-baseline.json"], StringComparison.Ordinal);
    }
}
