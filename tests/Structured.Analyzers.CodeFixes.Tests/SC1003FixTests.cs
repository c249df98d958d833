using System.Threading.Tasks;
using VerifyCS = Structured.Analyzers.Verifiers.CSharpCodeFixVerifier<Structured.Analyzers.SC1003AsyncVoid, Structured.Analyzers.CodeFixes.SC1003AsyncVoidFix>;

namespace Structured.Analyzers.CodeFixes.Tests;

public class SC1003FixTests
{
    private const string Source = """
        using System.Threading.Tasks;

        public static class Loader
        {
            public static async void [|Load|]() => await Task.Yield();
        }
        """;

    [Theory]
    [InlineData("class Program { public static void Run() => Loader.Load(); }")]
    [InlineData("class Program { public static async System.Threading.Tasks.Task Run() { Loader.Load(); await System.Threading.Tasks.Task.Yield(); } }")]
    public Task A_method_that_another_project_calls_is_left_alone(string caller)
        => VerifyAsync(Source, caller);

    [Fact]
    public Task A_method_that_another_project_only_names_returns_a_task()
        => VerifyAsync(Source.Replace("async void [|Load|]", "async Task Load"), "class Program { public const string Name = nameof(Loader.Load); }");

    [Fact]
    public Task A_method_that_another_file_calls_has_to_be_looked_at()
    {
        var test = new VerifyCS.Test
        {
            CodeFixTestBehaviors = Verifiers.CodeFixTestBehaviors.SkipFixAllCheck,
            Texts = new Verifiers.FixTexts([], ["'Load' is used in another file, which has to be looked at"], []),
        };
        foreach (var state in new[] { test.TestState, test.FixedState })
        {
            state.Sources.Add(("/Loader.cs", Source));
            state.Sources.Add(("/Program.cs", "class Program { public static void Run() => Loader.Load(); }"));
        }

        return test.RunAsync();
    }

    private static Task VerifyAsync(string after, string other)
    {
        var test = new VerifyCS.Test { TestCode = Source, FixedCode = after };
        foreach (var state in new[] { test.TestState, test.FixedState })
        {
            state.AdditionalProjects["Callers"].Sources.Add(other);
            state.AdditionalProjects["Callers"].AdditionalProjectReferences.Add("TestProject");
        }

        return test.RunAsync();
    }
}
