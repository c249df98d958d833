using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Structured.Concurrency.Testing;
using Tour;

namespace Samples.Tests;

/// <summary>What the tour prints: the text, and the order where there is one. Examples whose time is virtual run under several seeds, so no order is luck.</summary>
public class TourTests
{
    [Fact]
    public Task Two_tasks_run_beside_each_other_and_the_parent_waits_for_both() => UnderManySeedsAsync("two-tasks", lines =>
    {
        Assert.Equal(["parent: started", "parent: starting child 1", "parent: starting child 2", "parent: waiting for the children"], lines.Take(4));
        Assert.Equal(["  child 1: started, sleeping", "  child 2: started, sleeping"], lines.Skip(4).Take(2).Order());
        Assert.Equal(["  child 1: done", "  child 2: done"], lines.Skip(6).Take(2).Order());
        Assert.Equal("parent: both have ended", lines[8]);
        Assert.Equal(9, lines.Count);
    });

    [Fact]
    public Task Fetches_end_when_they_are_done_and_results_come_in_the_order_asked_for() => UnderManySeedsAsync("fetches", lines =>
        Assert.Equal(["  fetched weather", "  fetched sport", "  fetched news", "<news>, <weather>, <sport>"], lines));

    [Fact]
    public Task A_failure_cancels_the_sibling_which_cleans_up_before_the_failure_is_caught() => UnderManySeedsAsync("failure", lines =>
        Assert.Equal(["  patient: waiting for ever", "  hasty: failing", "  patient: cancelled, cleaned up", "caught outside: this is no number"], lines));

    [Fact]
    public Task A_timeout_moves_on_or_fails() => UnderManySeedsAsync("timeouts", lines =>
        Assert.Equal(["  sleeping, for up to 0.1 s", "moved on", "failed: TimeoutException", "in time: 42"], lines));

    [Fact]
    public Task The_consumer_gets_everything_in_order_and_the_producer_is_never_far_ahead() => UnderManySeedsAsync("channel", lines =>
    {
        var consumer = lines.Where(line => line.StartsWith("  consumer", StringComparison.Ordinal)).ToList();
        Assert.Equal(["  consumer: got 1", "  consumer: got 2", "  consumer: got 3", "  consumer: got 4", "  consumer: got 5", "  consumer: the channel has ended"], consumer);
        // Two in the buffer and one taken: the fifth is sent when the third is received, at the earliest.
        Assert.True(lines.IndexOf("  producer: sent everything") >= lines.IndexOf("  consumer: got 2"));
        Assert.Equal(7, lines.Count);
    });

    [Fact]
    public Task What_a_helper_starts_ends_before_the_nursery_it_was_given() => UnderManySeedsAsync("helper", lines =>
        Assert.Equal(["parent: the watchers are started", "  watcher of files: done", "  watcher of clock: done", "parent: the watchers have ended"], lines));

    [Fact]
    public async Task A_computation_is_stopped_by_its_checkpoints()
    {
        var lines = await ShowAsync("cpu-loop");
        Assert.Equal("stopped after 0.2 s", lines[0]);
        // How many depends on what else the machine does.
        Assert.Matches("^(more than a hundred|[0-9]+) primes found$", lines[1]);
    }

    [Fact]
    public async Task Blocking_work_runs_two_at_a_time()
    {
        var lines = await ShowAsync("threads");
        Assert.Equal(6, lines.Count(line => line == "  one done, told from the thread"));
        Assert.Contains(lines[^1], new[] { "six done, 2 at a time", "six done, 1 at a time" });
    }

    [Fact]
    public async Task Pages_are_fetched_over_http()
        => Assert.Equal(["  apples: 7 characters", "  pears: 6 characters", "  plums: 6 characters"], await ShowAsync("http"));

    [Fact]
    public async Task The_health_checker_reports_every_kind_of_answer()
        => Assert.Equal(
            ["  /fine      200", "  /missing   404", "  /broken    500", "  /fine-too  200", "  /slow      200", "  /stuck     too slow", "  /nobody    unreachable"],
            await ShowAsync("health-checker"));

    [Fact]
    public async Task A_name_that_is_none_lists_those_there_are()
    {
        var output = new StringWriter();
        Assert.Equal(2, await Program.ShowAsync(["nonsense"], output));
        foreach (var (name, _, _) in Program.Examples)
            Assert.Contains(name, output.ToString(), StringComparison.Ordinal);
    }

    private static async Task UnderManySeedsAsync(string name, Action<List<string>> check)
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var output = new StringWriter();
            await DeterministicRun.RunAsync(seed, () => Example(name).Run(output));
            check(LinesOf(output));
        }
    }

    private static async Task<List<string>> ShowAsync(string name)
    {
        var output = new StringWriter();
        Assert.Equal(0, await Program.ShowAsync([name], output));
        var lines = LinesOf(output);
        Assert.Equal($"== {name}: {Example(name).Shows}", lines[0]);
        return lines.Skip(1).ToList();
    }

    private static (string Name, string Shows, Func<TextWriter, Task> Run) Example(string name) => Program.Examples.Single(example => example.Name == name);

    private static List<string> LinesOf(StringWriter output) => output.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').ToList();
}
