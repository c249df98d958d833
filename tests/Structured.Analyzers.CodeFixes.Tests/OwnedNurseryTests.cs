using System.Threading.Tasks;
using Structured.Analyzers.Verifiers;
using VerifyCS = Structured.Analyzers.Verifiers.CSharpCodeFixVerifier<Structured.Analyzers.SC1002TaskIsDiscarded, Structured.Analyzers.CodeFixes.DroppedTaskFix>;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>A nursery of the object, where the type is declared in several files.</summary>
public class OwnedNurseryTests
{
    private const string Start = """
        using System.Threading.Tasks;
        using Structured.Concurrency;

        partial class Poller
        {
            public void Start()
            {
                _ = {|SC1002:PollAsync()|};
            }
        }
        """;

    private const string Rest = """
        using System;
        using System.Threading.Tasks;

        partial class Poller : IDisposable
        {
            private int _count;

            public event Action<Exception> Failed;

            public Poller()
            {
                _count = 1;
            }

            public void Dispose()
            {
                // How far it came.
                Console.WriteLine(_count);
                Failed = null;
            }

            private async Task PollAsync()
            {
                while (true)
                {
                    _count++;
                    await Task.Delay(1);
                }
            }
        }

        sealed class Ticker
        {
            public void Start()
            {
                _ = {|SC1002:TickAsync()|};
            }

            private async Task TickAsync() => await Task.Delay(1);
        }
        """;

    [Fact]
    public Task The_other_files_of_the_type_change_with_it()
    {
        var test = new VerifyCS.Test { CodeActionEquivalenceKey = "structured.owned-nursery" };
        test.TestState.Sources.Add(("/Poller.cs", Start));
        test.TestState.Sources.Add(("/Poller.Rest.cs", Rest));
        test.FixedState.Sources.Add(("/Poller.cs", """
            using System;
            using System.Threading.Tasks;
            using Structured.Concurrency;

            partial class Poller : IAsyncDisposable
            {
                private readonly OwnedNursery _nursery;

                public void Start()
                {
                    _nursery.StartNow(() => PollAsync());
                }

                public async ValueTask DisposeAsync()
                {
                    Dispose();
                    await _nursery.DisposeAsync().ConfigureAwait(false);
                }
            }
            """));
        test.FixedState.Sources.Add(("/Poller.Rest.cs", """
            using System;
            using System.Threading.Tasks;
            using Structured.Concurrency;

            partial class Poller : IDisposable
            {
                private int _count;

                public event Action<Exception> Failed;

                public Poller()
                {
                    _nursery = Nursery.Open(new NurseryOptions
                    {
                        OnChildFailure = failure =>
                        {
                            if (failure.Exception is OperationCanceledException)
                                return FailureAction.Handled;
                            var handler = Failed;
                            if (handler == null)
                                return FailureAction.Continue;
                            handler(failure.Exception);
                            return FailureAction.Handled;
                        },
                    });
                    _count = 1;
                }

                public void Dispose()
                {
                    // How far it came.
                    _nursery.Cancel();
                    Console.WriteLine(_count);
                    Failed = null;
                }

                private async Task PollAsync()
                {
                    while (true)
                    {
                        await Checkpoint.YieldAsync();
                        _count++;
                        await Task.Delay(1);
                    }
                }
            }

            sealed class Ticker : IAsyncDisposable, IDisposable
            {
                private readonly OwnedNursery _nursery = Nursery.Open(new NurseryOptions { OnChildFailure = _ => FailureAction.Continue });

                public void Start()
                {
                    _nursery.StartNow(() => TickAsync());
                }

                private async Task TickAsync() => await Task.Delay(1);

                public void Dispose() => _nursery.Cancel();

                public async ValueTask DisposeAsync()
                {
                    await _nursery.DisposeAsync().ConfigureAwait(false);
                }
            }
            """));
        return test.RunAsync();
    }

    [Fact]
    public Task A_file_that_a_designer_writes_stays_as_it_is()
    {
        var test = new VerifyCS.Test { CodeActionEquivalenceKey = "structured.owned-nursery", CodeFixTestBehaviors = Verifiers.CodeFixTestBehaviors.SkipFixAllCheck };
        foreach (var state in new[] { test.TestState, test.FixedState })
        {
            state.Sources.Add(("/Poller.cs", Start));
            state.Sources.Add(("/Poller.Designer.cs", """
                using System;
                using System.Threading.Tasks;

                partial class Poller : IDisposable
                {
                    public void Dispose()
                    {
                        Console.WriteLine();
                    }

                    private async Task PollAsync() => await Task.Delay(1);
                }
                """));
        }

        return test.RunAsync();
    }
    [Theory]
    [InlineData("Loops.RunAsync()")]
    [InlineData("PollAsync()")]
    public Task An_endless_loop_in_a_file_of_another_type_is_to_be_mended_first(string call)
    {
        var test = new VerifyCS.Test
        {
            CodeActionEquivalenceKey = "structured.owned-nursery",
            CodeFixTestBehaviors = Verifiers.CodeFixTestBehaviors.SkipFixAllCheck,
            Texts = new FixTexts([], ["it runs an endless loop in another file that nothing can cancel: mend that first (SC2001)"], []),
        };
        foreach (var state in new[] { test.TestState, test.FixedState })
        {
            state.Sources.Add(("/Poller.cs", $$"""
                using System.Threading.Tasks;

                sealed class Poller
                {
                    public void Start()
                    {
                        _ = {|SC1002:{{call}}|};
                    }

                    private async Task PollAsync() => await Loops.RunAsync();
                }
                """));
            state.Sources.Add(("/Loops.cs", """
                using System.Threading.Tasks;

                static class Loops
                {
                    public static async Task RunAsync()
                    {
                        while (true)
                        {
                            await Task.Delay(1);
                        }
                    }
                }
                """));
        }

        return test.RunAsync();
    }

    [Fact]
    public Task A_logger_of_an_object_whose_constructor_is_given_none_is_not_told()
        => new VerifyCS.Test
        {
            CodeActionEquivalenceKey = "structured.owned-nursery",
            LanguageVersion = LanguageVersions.CSharp12,
            TestCode = Named("") + """
                {
                    private readonly Serilog.ILogger _logger = null;

                    public void Start()
                    {
                        _ = {|SC1002:PollAsync()|};
                    }

                    private async Task PollAsync()
                    {
                        await Task.Delay(1);
                        Console.WriteLine(name + _logger);
                    }
                }
                """,
            FixedCode = Named(" : IAsyncDisposable, IDisposable") + """
                {
                    private readonly OwnedNursery _nursery = Nursery.Open(new NurseryOptions { OnChildFailure = _ => FailureAction.Continue });
                    private readonly Serilog.ILogger _logger = null;

                    public void Start()
                    {
                        _nursery.StartNow(() => PollAsync());
                    }

                    private async Task PollAsync()
                    {
                        await Task.Delay(1);
                        Console.WriteLine(name + _logger);
                    }

                    public void Dispose() => _nursery.Cancel();

                    public async ValueTask DisposeAsync()
                    {
                        await _nursery.DisposeAsync().ConfigureAwait(false);
                    }
                }
                """,
        }.RunAsync();

    private static string Named(string bases) => $$"""
        using System;
        using System.Threading.Tasks;
        using Structured.Concurrency;

        namespace Serilog
        {
            public interface ILogger
            {
                void Error(Exception exception, string template);
            }
        }

        sealed class Poller(string name){{bases}}

        """;
}
