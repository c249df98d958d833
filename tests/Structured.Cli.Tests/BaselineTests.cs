using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Structured.Cli.Checking;
using Structured.Cli.Loading;

namespace Structured.Cli.Tests;

/// <summary>A baseline knows a finding again while code moves around it, and no other finding for it.</summary>
public sealed class BaselineTests : System.IDisposable
{
    private const string Mailer = """
        using System.Threading.Tasks;
        public class Mailer
        {
            public async Task SendAllAsync()
            {
                _ = SendAsync(1);
                _ = SendAsync(2);
                await Task.Delay(1);
            }
            public async Task SendAsync(int number) => await Task.Delay(number);
        }
        """;

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task Findings_of_the_baseline_are_known_and_it_is_readable()
    {
        await WriteAsync(Mailer);
        Assert.Equal((0, 2, 0), await MatchAsync(Mailer));
        Assert.Contains("\"code\": \"_ = SendAsync(1);\"", _workspace["baseline.json"]);
        Assert.Contains("\"file\": \"src/Mailer.cs\"", _workspace["baseline.json"]);
        Assert.Contains("\"member\": \"Mailer.SendAllAsync\"", _workspace["baseline.json"]);
    }

    [Fact]
    public async Task Moved_and_newly_indented_lines_are_the_same_finding()
    {
        await WriteAsync(Mailer);
        var moved = Mailer.Replace("public class Mailer", "// A comment.\n\n\npublic class Mailer").Replace("        _ = SendAsync(2);", "        if (true)\n        {\n            _ = SendAsync(2);\n        }");
        Assert.Equal((0, 2, 0), await MatchAsync(moved));
    }

    [Fact]
    public async Task A_new_finding_is_not_known_nor_is_a_second_one_like_the_first()
    {
        await WriteAsync(Mailer);
        Assert.Equal((1, 2, 0), await MatchAsync(Mailer.Replace("await Task.Delay(1);", "_ = SendAsync(3);\n        await Task.Delay(1);")));
        Assert.Equal((1, 2, 0), await MatchAsync(Mailer.Replace("await Task.Delay(1);", "_ = SendAsync(2);\n        await Task.Delay(1);")));
    }

    [Fact]
    public async Task The_same_code_in_another_member_is_another_finding_and_what_was_fixed_is_gone()
    {
        await WriteAsync(Mailer);
        Assert.Equal((2, 0, 2), await MatchAsync(Mailer.Replace("SendAllAsync", "SendEverythingAsync")));
        Assert.Equal((0, 1, 1), await MatchAsync(Mailer.Replace("_ = SendAsync(1)", "await SendAsync(1)")));
    }

    [Fact]
    public async Task A_renamed_file_takes_its_findings_along()
    {
        await WriteAsync(Mailer);
        File.Delete(Path.Combine(_workspace.Folder, "src", "Mailer.cs"));
        Assert.Equal((0, 2, 0), await MatchAsync(Mailer, "src/Post/Mail.cs"));
    }

    [Fact]
    public async Task Writing_after_a_look_at_some_rules_or_files_keeps_what_it_says_of_the_others()
    {
        await WriteAsync(Mailer);
        var other = await FindingsAsync(Mailer.Replace("class Mailer", "class Other"), "other/Other.cs");
        Baseline.Write(PathOf, other.Where(static finding => finding.Path.EndsWith("Other.cs", System.StringComparison.Ordinal)), static _ => true, static file => file.EndsWith("Other.cs", System.StringComparison.Ordinal));
        Assert.Equal(4, Baseline.Read(PathOf).Match(await FindingsAsync(Mailer), static _ => true, static _ => true).Known.Count);

        Baseline.Write(PathOf, [], static rule => rule != "SC1002", static _ => true);
        Assert.Equal(4, Baseline.Read(PathOf).Match(await FindingsAsync(Mailer), static _ => true, static _ => true).Known.Count);
        Baseline.Write(PathOf, [], static _ => true, static _ => true);
        Assert.Empty(Baseline.Read(PathOf).Match(await FindingsAsync(Mailer), static _ => true, static _ => true).Known);
    }

    [Theory]
    [InlineData("{", "is not a baseline")]
    [InlineData("[]", "is not a baseline")]
    [InlineData("{\"version\":1}", "is not a baseline")]
    [InlineData("{\"version\":1,\"findings\":[{}]}", "is not a baseline")]
    [InlineData("{\"version\":7,\"findings\":[]}", "version 7")]
    [InlineData(null, "--write-baseline")]
    public void A_file_that_is_no_baseline_is_named(string? content, string message)
    {
        if (content is not null)
            _workspace.Write("baseline.json", content);
        var exception = Assert.Throws<LoadException>(() => Baseline.Read(PathOf));
        Assert.Contains(message, exception.Message);
        Assert.Contains(PathOf, exception.Message);
    }

    private string PathOf => Path.Combine(_workspace.Folder, "baseline.json");

    private async Task WriteAsync(string source) => Baseline.Write(PathOf, await FindingsAsync(source), static _ => true, static _ => true);

    private async Task<ImmutableArray<Finding>> FindingsAsync(string source, string file = "src/Mailer.cs")
    {
        _workspace.Write(file, source);
        return (await InMemory.CheckAsync(_workspace)).Findings;
    }

    /// <summary>How many findings are new, known, and gone.</summary>
    private async Task<(int New, int Known, int Gone)> MatchAsync(string source, string file = "src/Mailer.cs")
    {
        var findings = await FindingsAsync(source, file);
        var match = Baseline.Read(PathOf).Match(findings, static _ => true, static _ => true);
        return (findings.Length - match.Known.Count, match.Known.Count, match.Gone);
    }
}
