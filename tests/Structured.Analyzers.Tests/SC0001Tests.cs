using System.Threading.Tasks;
using Structured.Analyzers.Verifiers;
using VerifyCS = Structured.Analyzers.Verifiers.CSharpAnalyzerVerifier<Structured.Analyzers.SC0001OptionIsNotUnderstood>;

namespace Structured.Analyzers.Tests;

public class SC0001Tests
{
    private const string StrictnessHint = "expected 'schedule' or 'cancel'";
    private const string ListHint = "expected documentation-comment ids such as 'M:Namespace.Type.Method(System.Threading.Tasks.Task)' or 'T:Namespace.Type', separated by '|'";

    [Theory]
    [InlineData("checkpoint_strictness", "cancle", "cancle", StrictnessHint)]
    [InlineData("detached_methods", "TaskExtensions.Forget", "TaskExtensions.Forget", ListHint)]
    [InlineData("observing_methods", "M:X.Track(System.Threading.Tasks.Task) | Track", "Track", ListHint)]
    [InlineData("checkpoint_methods", "P:X.Y", "P:X.Y", ListHint)]
    [InlineData("async_void_entry_points", "M:X.Track(System.Threading.Tasks.Task", "M:X.Track(System.Threading.Tasks.Task", ListHint)]
    public Task NotUnderstood(string option, string written, string value, string hint)
    {
        var test = TestOf(option + " = " + written);
        // Said once, though it holds for two files.
        test.TestState.Sources.Add("class D { }");
        test.ExpectedDiagnostics.Add(VerifyCS.Diagnostic("SC0001").WithMessage($"The option 'structured_concurrency.{option}' has the value '{value}', which is not understood and so ignored: {hint}"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("checkpoint_strictness = cancel")]
    [InlineData("checkpoint_strictness = Schedule")]
    [InlineData("detached_methods = M:X.Forget(System.Threading.Tasks.Task)")]
    [InlineData("detached_methods = M:X.Forget``1(System.Threading.Tasks.Task{``0})|T:X|M:Y.Z")]
    [InlineData("detached_methods = M:X.op_Implicit(X)~System.Int32 |")]
    [InlineData("detached_methods =")]
    public Task Understood(string option) => TestOf(option).RunAsync();

    private static VerifyCS.Test TestOf(string option)
    {
        var test = new VerifyCS.Test { TestCode = "class C { }", TestBehaviors = TestBehaviors.SkipSuppressionCheck | TestBehaviors.SkipGeneratedCodeCheck };
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\nstructured_concurrency." + option + "\n"));
        return test;
    }
}
