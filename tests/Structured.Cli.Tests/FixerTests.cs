using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Structured.Cli.Checking;
using Structured.Cli.Fixing;
using Structured.Cli.Loading;

namespace Structured.Cli.Tests;

/// <summary>What is fixed in a solution, what is left alone, and what is said of it.</summary>
public sealed class FixerTests : IDisposable
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

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task Each_fixed_place_is_named_with_its_original_line_and_the_action_that_was_taken()
    {
        _workspace.Write("Mailer.cs", Leaking);
        var result = await InMemory.FixAsync(InMemory.Load(_workspace));
        Assert.Equal([("SC1002", 6), ("SC1002", 12)], result.Fixed.Select(static place => (place.Id, place.Line)));
        Assert.All(result.Fixed, static place => Assert.StartsWith("Open a nursery here", place.Action, StringComparison.Ordinal));
        Assert.Empty(result.LeftAlone);
    }

    /// <summary>A test may drop a task because it fails. Waiting for it would turn the test red.</summary>
    [Fact]
    public async Task What_a_test_drops_is_left_for_people_to_decide()
    {
        _workspace.Write("Tests.cs", """
            using System.Threading.Tasks;
            public class Tests
            {
                [Xunit.Fact]
                public void Sends()
                {
                    _ = SendAsync();
                }

                private static Task SendAsync() => Task.FromException(new System.InvalidOperationException());
            }
            namespace Xunit { class FactAttribute : System.Attribute { } }

            """);
        var result = await InMemory.FixAsync(InMemory.Load(_workspace));
        Assert.Empty(result.Files);
        Assert.Contains("may fail", Assert.Single(result.LeftAlone).Reason, StringComparison.Ordinal);
    }

    /// <summary>Whoever writes <c>_ =</c> does not want to wait, nor to fail with it; no nursery can be opened around half of an <c>#if</c>.</summary>
    [Fact]
    public async Task A_discard_is_awaited_only_where_somebody_chooses_that()
    {
        _workspace.Write("Mailer.cs", """
            using System;
            using System.Threading.Tasks;
            public static class Mailer
            {
                public static async Task RunAsync()
                {
                    try
                    {
                        _ = SendAsync();
                        await Task.Yield();
                    }
                    catch (InvalidOperationException)
                    {
                        Console.WriteLine("failed");
                    }
            #if !SLIM
                    finally
                    {
                        Console.WriteLine("over");
                    }
            #endif
                }

                private static async Task SendAsync() => await Task.Delay(1);
            }

            """);
        Assert.Empty((await InMemory.FixAsync(InMemory.Load(_workspace))).Files);
        var chooser = new Script((Answer.Take, 0));
        Assert.Contains("await SendAsync();", Assert.Single((await InMemory.FixAsync(InMemory.Load(_workspace), chooser: chooser)).Files).After.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_loop_is_not_given_a_checkpoint_beside_the_wait_that_another_fix_gives_it()
    {
        _workspace.Write("Poller.cs", """
            using System.Threading;
            using System.Threading.Tasks;
            public class Poller
            {
                public async Task RunAsync(CancellationToken token)
                {
                    await Task.Yield();
                    while (true)
                    {
                        Poll();
                        Thread.Sleep(1000);
                    }
                }

                private static void Poll() { }
            }

            """);
        var result = await InMemory.FixAsync(InMemory.Load(_workspace));
        var text = Assert.Single(result.Files).After.ToString();
        Assert.Contains("await Task.Delay(1000, token);", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Checkpoint", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ThrowIfCancellationRequested", text, StringComparison.Ordinal);
    }

    /// <summary>A step that takes a while is what a test waits for; it must not end early because the token is there to be passed.</summary>
    [Fact]
    public async Task How_long_test_code_waits_is_left_for_people_to_decide()
    {
        _workspace.Write("Steps.cs", """
            using System.Threading;
            using System.Threading.Tasks;
            public class LongStep
            {
                public static bool Ended;

                public async Task RunAsync(CancellationToken token)
                {
                    await Task.Delay(5000);
                    Ended = true;
                }
            }
            namespace Xunit { class FactAttribute : System.Attribute { } }

            """);
        var result = await InMemory.FixAsync(InMemory.Load(_workspace));
        Assert.Empty(result.Files);
        var left = Assert.Single(result.LeftAlone);
        Assert.Equal(("SC2008", "a test may count on how long it waits"), (left.Id, left.Reason));
    }

    [Fact]
    public async Task A_wait_in_a_scope_ends_with_the_scope_in_test_code_too()
    {
        _workspace.Write("Tests.cs", """
            using System;
            using System.Threading.Tasks;
            using Structured.Concurrency;
            public class Tests
            {
                [Xunit.Fact]
                public async Task Waits()
                {
                    await CancelScope.FailAfterAsync(TimeSpan.FromSeconds(5), async token =>
                    {
                        while (DateTime.Now.Year < 2000)
                            await Task.Delay(100);
                    });
                }
            }
            namespace Xunit { class FactAttribute : Attribute { } }

            """);
        var result = await InMemory.FixAsync(InMemory.Load(_workspace));
        Assert.DoesNotContain(result.LeftAlone, static left => left.Id == "SC2008");
    }

    [Fact]
    public async Task A_second_run_over_the_result_has_nothing_to_do()
    {
        _workspace.Write("Mailer.cs", Leaking).Write("Sleeper.cs", "using System.Threading;\nusing System.Threading.Tasks;\npublic class Sleeper\n{\n    public async Task M(CancellationToken token)\n    {\n        _ = Task.Run(() => { });\n        while (true)\n        {\n            Thread.Sleep(5);\n            if (token.IsCancellationRequested)\n                await Task.Delay(3);\n        }\n    }\n}\n");
        foreach (var file in (await InMemory.FixAsync(InMemory.Load(_workspace))).Files)
            File.WriteAllText(file.Path, file.After.ToString());
        Assert.Empty((await InMemory.FixAsync(InMemory.Load(_workspace))).Files);
    }

    [Fact]
    public async Task A_file_that_projects_share_is_fixed_once_and_must_suit_them_all()
    {
        _workspace.Write("Mailer.cs", Leaking);
        var shared = await InMemory.FixAsync(InMemory.Load(_workspace, ("One", "", []), ("Two", "", [])));
        Assert.Equal(2, shared.Only().Split("Nursery.RunAsync").Length - 1);

        // Under the second project the fixed code would not compile: `SendAsync` is something else there.
        _workspace.Write("Mailer.cs", "#if TWO\n#error The second project does not like this file.\n#endif\n" + Leaking);
        var broken = await InMemory.FixAsync(InMemory.Load(_workspace, ("One", "", []), ("Two", "", ["TWO"])));
        Assert.Empty(broken.Files);
        Assert.All(broken.LeftAlone, static left => Assert.Equal("its project Two does not compile", left.Reason));
    }

    [Fact]
    public async Task What_only_one_framework_compiles_is_fixed_as_well()
    {
        _workspace.Write("A.cs", "using System.Threading.Tasks;\npublic class A\n{\n    public async Task M()\n    {\n#if ONE\n        _ = One();\n#else\n        _ = Two();\n#endif\n        await Task.Delay(1);\n    }\n    private static async Task One() => await Task.Delay(1);\n    private static async Task Two() => await Task.Delay(2);\n}\n");
        var result = await InMemory.FixAsync(InMemory.Load(_workspace, ("App (one)", "", ["ONE"]), ("App (two)", "", [])));
        Assert.Equal(2, result.Fixed.Length + result.LeftAlone.Length);
        foreach (var place in result.LeftAlone)
            Assert.NotEmpty(place.Reason);
    }

    [Fact]
    public async Task A_project_that_does_not_compile_is_left_alone_and_named_and_the_others_are_fixed()
    {
        _workspace.Write("good/Mailer.cs", Leaking).Write("bad/Mailer.cs", Leaking.Replace("class Mailer", "class Mailer : Missing"));
        var result = await InMemory.FixAsync(InMemory.Load(_workspace, ("Good", "good", []), ("Bad", "bad", [])));
        Assert.EndsWith(Path.Combine("good", "Mailer.cs"), Assert.Single(result.Files).Path, StringComparison.Ordinal);
        Assert.All(result.LeftAlone, static left => Assert.Equal("its project Bad does not compile", left.Reason));
        Assert.Equal(2, result.LeftAlone.Length);
        Assert.Contains("Missing", Assert.Single(result.First.ProjectsWithErrors).FirstError);
    }

    [Theory]
    [InlineData("public class A { public void M(System.Threading.Tasks.TaskScheduler s) { _ = System.Threading.Tasks.Task.Factory.StartNew(() => { }, default, default, s); } }", "scheduler")]
    [InlineData("public static class A { public static void M() { _ = System.Threading.Tasks.Task.Run(() => { }); } }", "static code has no object to own a nursery")]
    public async Task Why_a_place_is_left_alone_is_told(string source, string reason)
    {
        _workspace.Write("A.cs", source);
        var left = Assert.Single((await InMemory.FixAsync(InMemory.Load(_workspace))).LeftAlone);
        Assert.Contains(reason, left.Reason);
    }

    [Fact]
    public async Task Findings_of_the_baseline_stay_also_where_fixes_move_them()
    {
        _workspace.Write("Mailer.cs", Leaking);
        var known = (await InMemory.CheckAsync(_workspace)).Findings.Where(static finding => finding.Line == 12);
        var path = Path.Combine(_workspace.Folder, "baseline.json");
        Baseline.Write(path, known, static _ => true, static _ => true);
        var result = await InMemory.FixAsync(InMemory.Load(_workspace), selection: new Selection(null, Baseline.Read(path)));
        Assert.Contains("_ = SendAsync(2);", result.Only());
        Assert.DoesNotContain("_ = SendAsync(1);", result.Only());
        Assert.Equal((1, 0, 1), (result.Fixed.Length, result.LeftAlone.Length, result.Selected.Known));
    }

    [Fact]
    public async Task Only_findings_in_changed_lines_are_fixed_when_that_is_asked()
    {
        _workspace.Write("Mailer.cs", Leaking);
        var changed = ChangedLines.Parse($"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -6 +6 @@\n-a\n+b\n", _ => Path.Combine(_workspace.Folder, "Mailer.cs"));
        var result = await InMemory.FixAsync(InMemory.Load(_workspace), selection: new Selection(changed, null));
        Assert.Contains("_ = SendAsync(2);", result.Only());
        Assert.DoesNotContain("_ = SendAsync(1);", result.Only());
        Assert.Equal(1, result.Selected.Unchanged);
    }

    [Fact]
    public async Task Asked_place_by_place_what_is_taken_is_what_was_shown()
    {
        _workspace.Write("Mailer.cs", Leaking);
        var chooser = new Script((Answer.Skip, 0), (Answer.Take, 1));
        var result = await InMemory.FixAsync(InMemory.Load(_workspace), chooser: chooser);
        Assert.Equal(["SC1002 6", "SC1002 12"], chooser.Asked.Select(static each => $"{each.Finding.Id} {each.Finding.Line}"));
        Assert.Contains("Await it", chooser.Asked[1].Offers.Select(static offer => offer.Title));
        Assert.Contains("_ = SendAsync(1);", result.Only());
        Assert.Contains("await SendAsync(2);", result.Only());
        Assert.Contains("+        await SendAsync(2);", chooser.Asked[1].Offers[1].Diff);
        Assert.Equal("it was skipped", Assert.Single(result.LeftAlone).Reason);
        Assert.Equal("Await it", Assert.Single(result.Fixed).Action);
    }

    [Fact]
    public async Task All_takes_the_rest_and_quit_leaves_it()
    {
        _workspace.Write("Mailer.cs", Leaking);
        Assert.Equal(2, (await InMemory.FixAsync(InMemory.Load(_workspace), chooser: new Script((Answer.All, 0)))).Fixed.Length);
        var quit = await InMemory.FixAsync(InMemory.Load(_workspace), chooser: new Script((Answer.Take, 0), (Answer.Quit, 0)));
        Assert.Equal(6, Assert.Single(quit.Fixed).Line);
        Assert.Equal("it was not decided on", Assert.Single(quit.LeftAlone, static left => left.LineBefore == 12).Reason);
        Assert.Contains("_ = SendAsync(2);", quit.Only());
    }

    private sealed class Script(params (Answer, int)[] answers) : IChooser
    {
        private int _next;

        public List<(Finding Finding, IReadOnlyList<Offer> Offers)> Asked { get; } = [];

        public (Answer Answer, int Action) Choose(Finding finding, string shownPath, IReadOnlyList<Offer> offers)
        {
            Asked.Add((finding, offers));
            return answers[_next++];
        }

        public void Say(string message) => Assert.Fail(message);
    }
}
