using System.Threading.Tasks;
using VerifyCS = Structured.Analyzers.Verifiers.CSharpCodeFixVerifier<Structured.Analyzers.SC2001LoopWithoutCheckpoint, Structured.Analyzers.CodeFixes.SC2001LoopWithoutCheckpointFix>;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>SC2001's fix: a checkpoint as the first statement of the loop.</summary>
public class SC2001FixTests
{
    [Theory]
    // Asynchronous, no token in reach: the surrounding scope is observed.
    [InlineData(
        "async Task M()\n    {\n        await A();\n        [|while|] (true)\n        {\n            Work();\n        }\n    }",
        "async Task M()\n    {\n        await A();\n        while (true)\n        {\n            await Checkpoint.YieldAsync();\n            Work();\n        }\n    }")]
    // A token in reach is given.
    [InlineData(
        "async Task M(CancellationToken token)\n    {\n        await A();\n        [|for|] (;;)\n        {\n            Work();\n        }\n    }",
        "async Task M(CancellationToken token)\n    {\n        await A();\n        for (;;)\n        {\n            await Checkpoint.YieldAsync(token);\n            Work();\n        }\n    }")]
    // Synchronous.
    [InlineData(
        "void M(CancellationToken token)\n    {\n        [|while|] (true)\n        {\n            Work();\n        }\n    }",
        "void M(CancellationToken token)\n    {\n        while (true)\n        {\n            token.ThrowIfCancellationRequested();\n            Work();\n        }\n    }")]
    [InlineData(
        "CancellationTokenSource _stop = new CancellationTokenSource();\n    void M()\n    {\n        [|do|]\n        {\n            Work();\n        }\n        while (true);\n    }",
        "CancellationTokenSource _stop = new CancellationTokenSource();\n    void M()\n    {\n        do\n        {\n            _stop.Token.ThrowIfCancellationRequested();\n            Work();\n        }\n        while (true);\n    }")]
    // Queued to the pool, without any token.
    [InlineData(
        "Task M() => Task.Run(() =>\n    {\n        [|while|] (true)\n        {\n            Work();\n        }\n    });",
        "Task M() => Task.Run(() =>\n    {\n        while (true)\n        {\n            Checkpoint.ThrowIfCancelled();\n            Work();\n        }\n    });")]
    // Bodies without braces.
    [InlineData(
        "async Task M()\n    {\n        await A();\n        [|while|] (true)\n            Work();\n    }",
        "async Task M()\n    {\n        await A();\n        while (true)\n        {\n            await Checkpoint.YieldAsync();\n            Work();\n        }\n    }")]
    [InlineData(
        "async Task M() { await A(); [|while|] (true) Work(); }",
        "async Task M() { await A(); while (true) { await Checkpoint.YieldAsync(); Work(); } }")]
    [InlineData(
        "async Task M() { await A(); [|while|] (true) { Work(); } }",
        "async Task M() { await A(); while (true) { await Checkpoint.YieldAsync(); Work(); } }")]
    [InlineData(
        "async Task M() { await A(); [|while|] (true) { } }",
        "async Task M() { await A(); while (true) { await Checkpoint.YieldAsync(); } }")]
    [InlineData(
        "async Task M() { await A(); [|while|] (true); }",
        "async Task M() { await A(); while (true) { await Checkpoint.YieldAsync(); } }")]
    // Comments, blank lines and tabs stay.
    [InlineData(
        "async Task M()\n    {\n        await A();\n        [|while|] (true) // for ever\n        { // open\n            // about the work\n            Work();\n\n            Work(); // again\n        }\n    }",
        "async Task M()\n    {\n        await A();\n        while (true) // for ever\n        {\n            await Checkpoint.YieldAsync(); // open\n            // about the work\n            Work();\n\n            Work(); // again\n        }\n    }")]
    [InlineData(
        "async Task M()\n\t{\n\t\tawait A();\n\t\t[|while|] (true)\n\t\t{\n\t\t\tWork();\n\t\t}\n\t}",
        "async Task M()\n\t{\n\t\tawait A();\n\t\twhile (true)\n\t\t{\n\t\t\tawait Checkpoint.YieldAsync();\n\t\t\tWork();\n\t\t}\n\t}")]
    // A continue that skipped the only await.
    [InlineData(
        "async Task M()\n    {\n        [|while|] (true)\n        {\n            if (Test())\n                continue;\n            await A();\n        }\n    }",
        "async Task M()\n    {\n        while (true)\n        {\n            await Checkpoint.YieldAsync();\n            if (Test())\n                continue;\n            await A();\n        }\n    }")]
    // The token of the lambda is nearer than that of the method.
    [InlineData(
        "Func<CancellationToken, Task> M(CancellationToken outer) => async inner =>\n    {\n        await A();\n        [|while|] (true)\n        {\n            Work();\n        }\n    };",
        "Func<CancellationToken, Task> M(CancellationToken outer) => async inner =>\n    {\n        await A();\n        while (true)\n        {\n            await Checkpoint.YieldAsync(inner);\n            Work();\n        }\n    };")]
    // Two loops, both fixed at once by fix-all.
    [InlineData(
        "async Task M()\n    {\n        await A();\n        [|while|] (true)\n        {\n            Work();\n        }\n    }\n    async Task N()\n    {\n        await A();\n        [|while|] (true)\n        {\n            Work();\n        }\n    }",
        "async Task M()\n    {\n        await A();\n        while (true)\n        {\n            await Checkpoint.YieldAsync();\n            Work();\n        }\n    }\n    async Task N()\n    {\n        await A();\n        while (true)\n        {\n            await Checkpoint.YieldAsync();\n            Work();\n        }\n    }")]
    public Task Inserts_a_checkpoint(string member, string expected)
        => new VerifyCS.Test { TestCode = InClass(member, true), FixedCode = InClass(expected, true) }.RunAsync();

    [Fact]
    public Task Adds_the_using_directive_once_and_where_it_belongs()
        => new VerifyCS.Test
        {
            TestCode = InClass("async Task M() { await A(); [|while|] (true) { Work(); } }", false),
            FixedCode = InClass("async Task M() { await A(); while (true) { await Checkpoint.YieldAsync(); Work(); } }", true),
        }.RunAsync();

    [Fact]
    public Task Windows_line_ends_stay()
        => new VerifyCS.Test
        {
            TestCode = InClass("async Task M()\n    {\n        await A();\n        [|while|] (true)\n        {\n            Work();\n        }\n    }", true).Replace("\n", "\r\n"),
            FixedCode = InClass("async Task M()\n    {\n        await A();\n        while (true)\n        {\n            await Checkpoint.YieldAsync();\n            Work();\n        }\n    }", true).Replace("\n", "\r\n"),
        }.RunAsync();

    [Fact]
    public Task Is_not_offered_where_an_await_cannot_stand()
    {
        var source = InClass("async Task M() { await A(); lock (this) { [|while|] (true) { Work(); } } }", true);
        return new VerifyCS.Test { TestCode = source, FixedCode = source }.RunAsync();
    }

    [Fact]
    public Task The_program_prints_the_same_and_can_now_be_cancelled()
        => new VerifyCS.Test
        {
            TestCode = """
                using System;
                using System.Threading;
                using System.Threading.Tasks;
                class C
                {
                    static async Task Main()
                    {
                        var count = 0;
                        try
                        {
                            await CountAsync(() => { if (++count == 3) throw new InvalidOperationException("three"); });
                        }
                        catch (InvalidOperationException exception)
                        {
                            Console.WriteLine(exception.Message + " " + count);
                        }
                    }
                    static async Task CountAsync(Action step)
                    {
                        await Task.Yield();
                        [|while|] (true)
                        {
                            step();
                        }
                    }
                }
                """,
            FixedCode = """
                using System;
                using System.Threading;
                using System.Threading.Tasks;
                using Structured.Concurrency;
                class C
                {
                    static async Task Main()
                    {
                        var count = 0;
                        try
                        {
                            await CountAsync(() => { if (++count == 3) throw new InvalidOperationException("three"); });
                        }
                        catch (InvalidOperationException exception)
                        {
                            Console.WriteLine(exception.Message + " " + count);
                        }
                    }
                    static async Task CountAsync(Action step)
                    {
                        await Task.Yield();
                        while (true)
                        {
                            await Checkpoint.YieldAsync();
                            step();
                        }
                    }
                }
                """,
            ExpectedOutput = "three 3",
        }.RunAsync();

    private static string InClass(string member, bool withUsing)
        => $$"""
        using System;
        using System.Threading;
        using System.Threading.Tasks;{{(withUsing ? "\nusing Structured.Concurrency;" : "")}}
        class C
        {
            {{member}}
            Task A() => Task.Delay(1);
            void Work() { }
            bool Test() => true;
        }
        """;
}
