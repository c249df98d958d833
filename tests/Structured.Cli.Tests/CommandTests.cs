using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Structured.Cli.Checking;
using Structured.Cli.Commands;
using Structured.Cli.Files;
using Structured.Cli.Loading;

namespace Structured.Cli.Tests;

/// <summary>The commands as they are run, on solutions that are loaded without the SDK: what they print, write and return.</summary>
[Collection("steps of a change set")]
public sealed class CommandTests : IDisposable
{
    private const string Leaking = """
        using System.Threading.Tasks;
        public class Mailer
        {
            public async Task SendAllAsync()
            {
                _ = SendAsync(1);
                await Task.Delay(1);
            }

            public async Task SendMoreAsync()
            {
                _ = SendAsync(2);
                await Task.Delay(2);
            }

            private static async Task SendAsync(int number) => await Task.Delay(number);
        }

        """;

    private readonly Workspace _workspace = new Workspace().Project("App.csproj").Write("src/Mailer.cs", Leaking);

    public void Dispose()
    {
        ChangeSet.Step = null;
        _workspace.Dispose();
    }

    [Fact]
    public async Task Json_gives_each_finding_with_its_place_and_how_many_there_are()
    {
        var result = await CheckAsync(new CheckRequest(_workspace.Folder, new CheckOptions(), "json"));
        Assert.Equal(1, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        var finding = json.RootElement.GetProperty("findings")[0];
        Assert.Equal(("SC1002", "src/Mailer.cs", 6, 13, 6, 25), (finding.GetProperty("id").GetString(), finding.GetProperty("file").GetString(), finding.GetProperty("line").GetInt32(), finding.GetProperty("column").GetInt32(), finding.GetProperty("endLine").GetInt32(), finding.GetProperty("endColumn").GetInt32()));
        Assert.Equal("Mailer.SendAllAsync", finding.GetProperty("member").GetString());
        Assert.Equal(2, json.RootElement.GetProperty("counts").GetProperty("SC1002").GetInt32());
        Assert.Equal(1, json.RootElement.GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task Sarif_names_rules_places_and_fingerprints()
    {
        _workspace.Write("src/with space#1/Ümlaut.cs", Leaking.Replace("Mailer", "Other"));
        var result = await CheckAsync(new CheckRequest(_workspace.Folder, new CheckOptions(), "sarif"));
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal("2.1.0", json.RootElement.GetProperty("version").GetString());
        var run = Assert.Single(json.RootElement.GetProperty("runs").EnumerateArray());
        var rules = run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().ToList();
        Assert.Equal(Checker.Rules.Select(static rule => rule.Id), rules.Select(static rule => rule.GetProperty("id").GetString()));
        Assert.All(rules, static rule =>
        {
            Assert.StartsWith("https://", rule.GetProperty("helpUri").GetString(), StringComparison.Ordinal);
            Assert.NotEmpty(rule.GetProperty("shortDescription").GetProperty("text").GetString()!);
            Assert.Contains(rule.GetProperty("defaultConfiguration").GetProperty("level").GetString(), new[] { "error", "warning", "note" });
        });

        var results = run.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(4, results.Count);
        Assert.All(results, each => Assert.Equal(each.GetProperty("ruleId").GetString(), rules[each.GetProperty("ruleIndex").GetInt32()].GetProperty("id").GetString()));
        Assert.Equal(4, results.Select(static each => each.GetProperty("partialFingerprints").GetProperty("structuredFinding/v1").GetString()).Distinct().Count());
        var place = results[0].GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal("src/Mailer.cs", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal("%SRCROOT%", place.GetProperty("artifactLocation").GetProperty("uriBaseId").GetString());
        Assert.EndsWith("/", run.GetProperty("originalUriBaseIds").GetProperty("%SRCROOT%").GetProperty("uri").GetString(), StringComparison.Ordinal);
        Assert.Equal((6, 13, 6, 25), (place.GetProperty("region").GetProperty("startLine").GetInt32(), place.GetProperty("region").GetProperty("startColumn").GetInt32(), place.GetProperty("region").GetProperty("endLine").GetInt32(), place.GetProperty("region").GetProperty("endColumn").GetInt32()));
        Assert.Contains(results, static each => each.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString() == "src/with%20space%231/%C3%9Cmlaut.cs");
        Assert.True(run.GetProperty("invocations")[0].GetProperty("executionSuccessful").GetBoolean());
    }

    [Fact]
    public async Task GitHub_shows_an_annotation_for_each_finding()
    {
        var result = await CheckAsync(new CheckRequest(_workspace.Folder, new CheckOptions(), "github"));
        Assert.Equal(2, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("::warning file=src/Mailer.cs,line=6,endLine=6,col=13,endColumn=25,title=SC1002%3A Task is discarded::The task returned by 'Mailer.SendAsync' is dropped: ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_in_a_file_leaves_the_summary_on_the_terminal()
    {
        var file = Path.Combine(_workspace.Folder, "out", "findings.sarif");
        var result = await CheckAsync(new CheckRequest(_workspace.Folder, new CheckOptions(), "sarif", Output: file));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("SC1002      2  Task is discarded\n2 findings.\nWritten to ", result.Output.ReplaceLineEndings("\n"));
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        Assert.False(File.Exists(file + ".tmp"));
    }

    [Fact]
    public async Task With_a_baseline_only_new_findings_count()
    {
        var baseline = Path.Combine(_workspace.Folder, "baseline.json");
        var written = await CheckAsync(new CheckRequest(_workspace.Folder, new CheckOptions(), WriteBaseline: baseline));
        Assert.Equal(0, written.ExitCode);
        Assert.Contains("2 findings written to", written.Output);

        var clean = await CheckAsync(new CheckRequest(_workspace.Folder, new CheckOptions(), Baseline: baseline));
        Assert.Equal(0, clean.ExitCode);
        Assert.Contains("No findings.", clean.Output);
        Assert.Contains("2 more are in the baseline.", clean.Output);
        Assert.Equal(0, (await FixAsync(new FixRequest(_workspace.Folder, new CheckOptions(), Baseline: baseline))).ExitCode);
        Assert.Equal(Leaking, _workspace["src/Mailer.cs"]);

        _workspace.Write("src/New.cs", Leaking.Replace("Mailer", "New"));
        var found = await CheckAsync(new CheckRequest(_workspace.Folder, new CheckOptions(), Baseline: baseline));
        Assert.Equal(1, found.ExitCode);
        Assert.Contains("2 findings.", found.Output);
        Assert.DoesNotContain("Mailer.cs", found.Output);
    }

    [Fact]
    public async Task Since_a_revision_only_what_changed_is_found_and_fixed()
    {
        await GitAsync();
        _workspace.Write("src/Mailer.cs", Leaking.Replace("_ = SendAsync(2);", "_ = SendAsync(22);"));
        var result = await CheckAsync(new CheckRequest(_workspace.Folder, new CheckOptions(), Since: "HEAD"));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Mailer.cs(12,13)", result.Output);
        Assert.Contains("1 finding.", result.Output);
        Assert.Contains("1 more lies in lines that did not change.", result.Output);

        // What is not committed yet was asked for by --since HEAD, so it needs --force.
        Assert.Equal(0, (await FixAsync(new FixRequest(_workspace.Folder, new CheckOptions(), Since: "HEAD", Force: true))).ExitCode);
        Assert.Contains("_ = SendAsync(1);", _workspace["src/Mailer.cs"]);
        Assert.DoesNotContain("_ = SendAsync(22);", _workspace["src/Mailer.cs"]);
        Assert.Contains("no revision 'nowhere'", (await Assert.ThrowsAsync<LoadException>(() => CheckAsync(new CheckRequest(_workspace.Folder, new CheckOptions(), Since: "nowhere")))).Message);
    }

    [Fact]
    public async Task Uncommitted_changes_in_a_file_to_be_fixed_are_in_the_way_and_elsewhere_they_are_not()
    {
        await GitAsync();
        _workspace.Write("src/Other.cs", "public class Other { }\n");
        _workspace.Write("src/Mailer.cs", Leaking + "// mine\n");
        var exception = await Assert.ThrowsAsync<LoadException>(() => FixAsync(new FixRequest(_workspace.Folder, new CheckOptions())));
        Assert.Contains("src/Mailer.cs", exception.Message);
        Assert.DoesNotContain("Other.cs", exception.Message);
        Assert.Contains("--force", exception.Message);
        Assert.Equal(Leaking + "// mine\n", _workspace["src/Mailer.cs"]);
        Assert.Equal(0, (await FixAsync(new FixRequest(_workspace.Folder, new CheckOptions(), DryRun: true))).ExitCode);

        // What is staged can be told apart, and had back.
        await Tool.RunProgramAsync(_workspace.Folder, "git", "add", "src/Mailer.cs");
        Assert.Equal(0, (await FixAsync(new FixRequest(_workspace.Folder, new CheckOptions()))).ExitCode);
        Assert.Contains("Nursery", _workspace["src/Mailer.cs"]);
        Assert.DoesNotContain(ChangeSet.FolderName, (await Tool.RunProgramAsync(_workspace.Folder, "git", "status", "--short", "--ignored")).Output);
    }

    [Fact]
    public async Task A_command_that_fails_afterwards_has_everything_restored()
    {
        if (OperatingSystem.IsWindows())
            return;
        var result = await FixAsync(new FixRequest(_workspace.Folder, new CheckOptions(), Verify: "grep -q Nursery src/Mailer.cs && touch seen && exit 7", Report: Path.Combine(_workspace.Folder, "report.json")));
        Assert.Equal(2, result.ExitCode);
        Assert.True(File.Exists(Path.Combine(_workspace.Folder, "seen")), "The command runs on the fixed code.");
        Assert.Contains("exit code 7; all 1 files are as they were", result.Error);
        Assert.Equal(Leaking, _workspace["src/Mailer.cs"]);
        Assert.False(Directory.Exists(Path.Combine(_workspace.Folder, ChangeSet.FolderName)));
        using var json = JsonDocument.Parse(_workspace["report.json"]);
        Assert.Equal("restored", json.RootElement.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task A_command_that_succeeds_afterwards_keeps_the_change()
    {
        if (OperatingSystem.IsWindows())
            return;
        var result = await FixAsync(new FixRequest(_workspace.Folder, new CheckOptions(), Verify: "grep -q Nursery src/Mailer.cs"));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Nursery", _workspace["src/Mailer.cs"]);
    }

    [Fact]
    public async Task The_report_names_what_was_fixed_and_what_was_left_and_why()
    {
        _workspace.Write("src/Static.cs", "public static class Static { public static void M() { _ = System.Threading.Tasks.Task.Run(() => { }); } }\n");
        var result = await FixAsync(new FixRequest(_workspace.Folder, new CheckOptions(), DryRun: true, Report: Path.Combine(_workspace.Folder, "report.md")));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("2 of 3 findings would be fixed, in 1 file.", _workspace["report.md"]);
        Assert.Contains("### src/Mailer.cs", _workspace["report.md"]);
        Assert.Contains("| SC1001 | 0 | 1 |", _workspace["report.md"]);
        Assert.Contains("static code has no object to own a nursery", _workspace["report.md"]);

        await FixAsync(new FixRequest(_workspace.Folder, new CheckOptions(), Report: Path.Combine(_workspace.Folder, "report.json")));
        using var json = JsonDocument.Parse(_workspace["report.json"]);
        Assert.Equal("written", json.RootElement.GetProperty("outcome").GetString());
        Assert.Equal([6, 12], json.RootElement.GetProperty("fixed").EnumerateArray().Select(static place => place.GetProperty("line").GetInt32()));
        Assert.Equal("src/Static.cs", Assert.Single(json.RootElement.GetProperty("leftAlone").EnumerateArray()).GetProperty("file").GetString());
    }

    [Fact]
    public async Task Answers_decide_place_by_place()
    {
        var result = await FixAsync(new FixRequest(_workspace.Folder, new CheckOptions(Rules: ["SC1002"]), Interactive: true), input: "s\nwhat?\n2\ny\n");
        Assert.Contains("src/Mailer.cs(6,13): SC1002: ", result.Output);
        Assert.Contains("+        await Nursery.RunAsync(", result.Output);
        Assert.Contains("y takes the change that is shown", result.Output);
        Assert.Contains("_ = SendAsync(1);", _workspace["src/Mailer.cs"]);
        Assert.Contains("        await SendAsync(2);", _workspace["src/Mailer.cs"]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("it was skipped", result.Output);
    }

    [Fact]
    public async Task A_run_after_an_interrupted_one_restores_first_and_says_so()
    {
        // Dead in the middle of its writing.
        var renames = 0;
        _workspace.Write("src/Second.cs", Leaking.Replace("Mailer", "Second"));
        ChangeSet.Step = step =>
        {
            if (step.StartsWith("rename", StringComparison.Ordinal) && ++renames == 2 || renames >= 2)
                throw new InvalidOperationException("dead");
        };
        await Assert.ThrowsAsync<InvalidOperationException>(() => FixAsync(new FixRequest(_workspace.Folder, new CheckOptions())));
        ChangeSet.Step = null;
        Assert.Contains("Nursery", _workspace["src/Mailer.cs"]);
        Assert.DoesNotContain("Nursery", _workspace["src/Second.cs"]);

        Assert.Contains("a fix was interrupted", (await CheckAsync(new CheckRequest(_workspace.Folder, new CheckOptions()))).Error);
        var next = await FixAsync(new FixRequest(_workspace.Folder, new CheckOptions()));
        Assert.Equal(0, next.ExitCode);
        Assert.Contains("An earlier run was interrupted while it wrote; 1 file is as before it again.", next.Error);
        Assert.Contains("4 of 4 findings fixed in 2 files.", next.Output);
    }

    [Fact]
    public async Task Stopping_on_errors_changes_nothing()
    {
        _workspace.Write("src/Broken.cs", "class Broken : Missing { }\n");
        Assert.Contains("compile error", (await Assert.ThrowsAsync<LoadException>(() => FixAsync(new FixRequest(_workspace.Folder, new CheckOptions(), StopOnError: true)))).Message);
        Assert.Contains("Missing", (await Assert.ThrowsAsync<LoadException>(() => CheckAsync(new CheckRequest(_workspace.Folder, new CheckOptions(), StopOnError: true)))).Message);
        Assert.Equal(Leaking, _workspace["src/Mailer.cs"]);
    }

    [Fact]
    public async Task Bytes_outside_of_the_change_stay_in_every_encoding_and_with_every_line_end()
    {
        foreach (var (encoding, newLine) in new (System.Text.Encoding, string)[]
                 {
                     (new System.Text.UTF8Encoding(true), "\r\n"), (new System.Text.UTF8Encoding(false), "\n"), (new System.Text.UnicodeEncoding(false, true), "\r\n"),
                     (new System.Text.UnicodeEncoding(true, true), "\n"), (System.Text.Encoding.Latin1, "\r\n"),
                 })
        {
            // In the lines that are wrapped there is something that is not ASCII as well.
            var text = ("// Größe\n" + Leaking.Replace("await Task.Delay(1);", "await Task.Yield(); // später")).ReplaceLineEndings(newLine);
            var file = Path.Combine(_workspace.Folder, "src", "Mailer.cs");
            File.WriteAllBytes(file, [.. encoding.GetPreamble(), .. encoding.GetBytes(text)]);
            var result = await FixAsync(new FixRequest(_workspace.Folder, new CheckOptions()));
            Assert.True(result.ExitCode == 0, $"{encoding.WebName}: {result.Output}{result.Error}");
            var bytes = File.ReadAllBytes(file);
            var head = encoding.GetPreamble().Concat(encoding.GetBytes("// Größe" + newLine + "using System.Threading.Tasks;")).ToArray();
            Assert.Equal(head, bytes.Take(head.Length));
            var tail = encoding.GetBytes(newLine + "    private static async Task SendAsync(int number) => await Task.Delay(number);" + newLine + "}" + newLine);
            Assert.Equal(tail, bytes.TakeLast(tail.Length));
            var changed = encoding.GetString(bytes);
            Assert.Contains("Nursery", changed);
            Assert.Contains("    await Task.Yield(); // später" + newLine, changed);
            Assert.Equal(newLine == "\r\n", changed.Contains('\r'));
            Assert.Equal(changed, changed.ReplaceLineEndings(newLine));
        }
    }

    [Fact]
    public async Task A_rule_is_explained_in_plain_text_and_the_list_names_them_all()
    {
        var page = await Capture(static () => Task.FromResult(ExplainCommand.Run("sc1001")));
        Assert.StartsWith("SC1001: Task.Run is fire-and-forget", page.Output, StringComparison.Ordinal);
        Assert.Contains("    async Task RefreshAsync(string[] keys)", page.Output);
        Assert.False(page.Output.Contains('\u001b'), "Escape sequences are for terminals.");
        Assert.DoesNotContain("<!--", page.Output);
        Assert.DoesNotContain("```", page.Output);
        var list = await Capture(static () => Task.FromResult(ExplainCommand.Run(null)));
        Assert.All(Checker.Rules, rule => Assert.Contains(rule.Id, list.Output));
        Assert.Contains("There is no rule SC9999", Assert.Throws<LoadException>(static () => ExplainCommand.Run("SC9999")).Message);
    }

    private Task<ProcessResult> CheckAsync(CheckRequest request) => Capture(() => CheckCommand.RunAsync(request, CancellationToken.None, Load));

    private Task<ProcessResult> FixAsync(FixRequest request, string? input = null) => Capture(() => FixCommand.RunAsync(request, CancellationToken.None, Load), input);

    private Task<LoadedSolution> Load(string path, Action<string> progress, CancellationToken cancellationToken) => Task.FromResult(InMemory.Load(_workspace));

    private async Task GitAsync()
    {
        foreach (var arguments in new[] { "init -q", "add -A", "-c user.name=a -c user.email=a@b -c commit.gpgsign=false commit -q -m start" })
            Assert.Equal(0, (await Tool.RunProgramAsync(_workspace.Folder, "git", arguments.Split(' '))).ExitCode);
    }

    private static async Task<ProcessResult> Capture(Func<Task<int>> run, string? input = null)
    {
        var (output, error, reader) = (Console.Out, Console.Error, Console.In);
        using var newOutput = new StringWriter();
        using var newError = new StringWriter();
        Console.SetOut(newOutput);
        Console.SetError(newError);
        Console.SetIn(new StringReader(input ?? ""));
        try
        {
            var exitCode = await run();
            return new ProcessResult(exitCode, newOutput.ToString(), newError.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
            Console.SetIn(reader);
        }
    }
}
