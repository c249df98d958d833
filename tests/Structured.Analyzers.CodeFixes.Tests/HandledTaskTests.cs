using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>Helpers of other assemblies that take a task and a handler.</summary>
public class HandledTaskTests
{
    private const string WellKnown = """
        using System;
        using System.Threading.Tasks;

        namespace AsyncAwaitBestPractices
        {
            public static class SafeFireAndForgetExtensions
            {
                public static void SafeFireAndForget(this Task task, in Action<Exception> onException = null, in bool continueOnCapturedContext = false) { }
                public static void SafeFireAndForget<TException>(this Task task, in Action<TException> onException = null, in bool continueOnCapturedContext = false) where TException : Exception { }
                public static void SetDefaultExceptionHandling(in Action<Exception> onException) { }
            }
        }
        """;

    [Fact]
    public Task The_handler_of_a_well_known_helper_is_kept()
        => VerifyAsync(
            WellKnown,
            """
            using System;
            using System.Threading.Tasks;
            using AsyncAwaitBestPractices;
            using Structured.Concurrency;

            class C
            {
                void M(Nursery nursery)
                {
                    {|SC1002:PingAsync()|}.SafeFireAndForget(ex => Console.WriteLine(ex));
                    {|SC1002:PingAsync()|}.SafeFireAndForget<TimeoutException>(Log, continueOnCapturedContext: true);
                    {|SC1002:PingAsync()|}.SafeFireAndForget(continueOnCapturedContext: true);
                }

                void Log(TimeoutException exception) { }

                async Task PingAsync() => await Task.Delay(1);
            }
            """,
            """
            using System;
            using System.Threading.Tasks;
            using AsyncAwaitBestPractices;
            using Structured.Concurrency;

            class C
            {
                void M(Nursery nursery)
                {
                    nursery.StartNow(async token =>
                    {
                        try
                        {
                            await PingAsync().ConfigureAwait(false);
                        }
                        catch (Exception ex) when (ex is not OperationCanceledException || !token.IsCancellationRequested)
                        {
                            Console.WriteLine(ex);
                        }
                    });
                    nursery.StartNow(async () =>
                    {
                        try
                        {
                            await PingAsync();
                        }
                        catch (TimeoutException exception)
                        {
                            Log(exception);
                        }
                    });
                    nursery.StartNow(() => PingAsync());
                }

                void Log(TimeoutException exception) { }

                async Task PingAsync() => await Task.Delay(1);
            }
            """);

    [Fact]
    public Task The_handler_is_kept_in_an_old_version_of_the_language()
        => VerifyAsync(
            WellKnown,
            """
            using System;
            using System.Threading.Tasks;
            using AsyncAwaitBestPractices;
            using Structured.Concurrency;

            class C
            {
                private readonly Action<Exception> _handler;

                void M(Nursery nursery)
                {
                    {|SC1002:PingAsync()|}.SafeFireAndForget(_handler);
                }

                async Task PingAsync() => await Task.Delay(1);
            }
            """,
            """
            using System;
            using System.Threading.Tasks;
            using AsyncAwaitBestPractices;
            using Structured.Concurrency;

            class C
            {
                private readonly Action<Exception> _handler;

                void M(Nursery nursery)
                {
                    nursery.StartNow(async token =>
                    {
                        try
                        {
                            await PingAsync().ConfigureAwait(false);
                        }
                        catch (Exception exception) when (_handler != null && (!(exception is OperationCanceledException) || !token.IsCancellationRequested))
                        {
                            _handler(exception);
                        }
                    });
                }

                async Task PingAsync() => await Task.Delay(1);
            }
            """,
            LanguageVersion.CSharp7_3);

    [Fact]
    public Task A_well_known_helper_that_the_project_sets_up_is_left_alone()
    {
        const string Source = """
            using System;
            using System.Threading.Tasks;
            using AsyncAwaitBestPractices;
            using Structured.Concurrency;

            class C
            {
                C() => SafeFireAndForgetExtensions.SetDefaultExceptionHandling(ex => Console.WriteLine(ex));

                void M(Nursery nursery)
                {
                    {|SC1002:PingAsync()|}.SafeFireAndForget(ex => Console.WriteLine(ex));
                }

                async Task PingAsync() => await Task.Delay(1);
            }
            """;
        return VerifyAsync(WellKnown, Source, Source);
    }

    [Fact]
    public Task A_helper_of_another_project_is_read()
        => VerifyAsync(
            """
            using System;
            using System.Threading.Tasks;

            public static class TaskExtensions
            {
                public static async void Forget(this Task task, Action<Exception> handler = null)
                {
                    try
                    {
                        await task;
                    }
                    catch (Exception exception) when (!(exception is OperationCanceledException))
                    {
                        handler?.Invoke(exception);
                    }
                }

                public static async void ForgetAndCount(this Task task, Action<Exception> handler)
                {
                    try
                    {
                        await task;
                    }
                    catch (Exception exception)
                    {
                        Count++;
                        handler(exception);
                    }
                }

                public static int Count;
            }
            """,
            """
            using System;
            using System.Threading.Tasks;
            using Structured.Concurrency;

            class C
            {
                void M(Nursery nursery, Action<Exception> handler)
                {
                    {|SC1002:PingAsync()|}.Forget(handler);
                    {|SC1002:PingAsync()|}.ForgetAndCount(handler);
                }

                async Task PingAsync() => await Task.Delay(1);
            }
            """,
            """
            using System;
            using System.Threading.Tasks;
            using Structured.Concurrency;

            class C
            {
                void M(Nursery nursery, Action<Exception> handler)
                {
                    nursery.StartNow(async () =>
                    {
                        try
                        {
                            await PingAsync();
                        }
                        catch (Exception exception) when (exception is not OperationCanceledException)
                        {
                            handler?.Invoke(exception);
                        }
                    });
                    {|SC1002:PingAsync()|}.ForgetAndCount(handler);
                }

                async Task PingAsync() => await Task.Delay(1);
            }
            """);

    private static Task VerifyAsync(string helper, string before, string after, LanguageVersion? version = null)
    {
        var test = new CSharpCodeFixVerifier<SC1002TaskIsDiscarded, DroppedTaskFix>.Test
        {
            TestCode = before,
            FixedCode = after,
            CodeActionEquivalenceKey = "structured.nursery-in-scope",
            TestBehaviors = TestBehaviors.SkipSuppressionCheck,
        };
        if (version is { } old)
            (test.LanguageVersion, test.Nullable) = (old, NullableContextOptions.Disable);
        foreach (var state in new[] { test.TestState, test.FixedState })
        {
            state.AdditionalProjects["Helpers"].Sources.Add(helper);
            state.AdditionalProjectReferences.Add("Helpers");
        }

        return test.RunAsync();
    }
}
