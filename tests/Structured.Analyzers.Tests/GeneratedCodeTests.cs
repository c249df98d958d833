using System.Threading.Tasks;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

/// <summary>Nobody can mend what a tool writes anew: nothing is reported in generated code, whatever says that it is.</summary>
public class GeneratedCodeTests : RuleTest<SC1001TaskRunIsFireAndForget>
{
    private const string Generated = "[System.CodeDom.Compiler.GeneratedCode(\"tool\", \"1\")] ";

    [Theory]
    [InlineData("void M() { [|Task.Run(() => Work())|]; }")]
    [InlineData("void M() { Action a = () => [|Task.Run(() => Work())|]; }")]
    [InlineData("Action A = () => [|Task.Run(() => Work())|];")]
    [InlineData("Action A { get; } = () => [|Task.Run(() => Work())|];")]
    [InlineData("Action A { get { return () => [|Task.Run(() => Work())|]; } }")]
    [InlineData("Action A => () => [|Task.Run(() => Work())|];")]
    [InlineData("Action this[int index] => () => [|Task.Run(() => Work())|];")]
    [InlineData("event Action E { add { Action a = () => [|Task.Run(() => Work())|]; } remove { } }")]
    [InlineData("C() { Action a = () => [|Task.Run(() => Work())|]; }")]
    [InlineData("static C() { Action a = () => [|Task.Run(() => Work())|]; }")]
    [InlineData("public static C operator +(C c) { Action a = () => [|Task.Run(() => Work())|]; return c; }")]
    [InlineData("class N { Action A = () => [|Task.Run(() => Work())|]; }")]
    [InlineData("class N { Action A() { Action Local() => () => [|Task.Run(() => Work())|]; return Local(); } }")]
    public async Task AMemberThatIsMarked(string member)
    {
        await VerifyNewestAsync(member);
        await VerifyNewestAsync(Generated + member.Replace("[|", "").Replace("|]", ""));
        await VerifyNewestAsync(Generated + "class Outer { " + member.Replace("[|", "").Replace("|]", "").Replace("C()", "Outer()").Replace("C operator", "Outer operator").Replace("(C c)", "(Outer c)") + " }");
    }

    [Theory]
    [InlineData("Action A { " + Generated + "get { return () => Task.Run(() => Work()); } }")]
    [InlineData("void M() {\n#line hidden\nAction a = () => Task.Run(() => Work());\n#line default\n}")]
    [InlineData("\n#line hidden\nvoid M() { Task.Run(() => Work()); }\n#line default\n")]
    public Task APartThatIsMarkedOrHidden(string member) => VerifyNewestAsync(member);

    [Theory]
    [InlineData("/0/M.g.cs")]
    [InlineData("/0/M.g.i.cs")]
    [InlineData("/0/M.designer.cs")]
    [InlineData("/0/M.generated.cs")]
    [InlineData("/0/TemporaryGeneratedFile_M.cs")]
    public Task AFileThatIsNamedSo(string path)
    {
        var test = TestOf("class Other { }");
        test.TestState.Sources.Add((path, InClass("void M() { Task.Run(() => Work()); }")));
        return test.RunAsync();
    }

    /// <summary>A partial member belongs to whoever wrote its body.</summary>
    [Theory]
    [InlineData("partial class C { partial void M(); partial void N() { Task.Run(() => Work()); } }", "partial class C { partial void M() { [|Task.Run(() => Work())|]; } partial void N(); static void Work() { } }")]
    [InlineData("partial class C { }", "partial class C { void M() { [|Task.Run(() => Work())|]; } static void Work() { } }")]
    public Task AMemberOfWhichOnePartIsGenerated(string generated, string written)
    {
        var test = TestOf("using System.Threading.Tasks; " + written);
        return Beside(generated, test);
    }

    [Fact]
    public Task AnAccessorWhosePropertyIsDeclaredInGeneratedCode()
        => Beside(
            "partial class C { public partial int P { get; } }",
            TestOf("using System.Threading.Tasks; partial class C { public partial int P { get { [|Task.Run(() => Work())|]; return 1; } } static void Work() { } }", LanguageVersions.CSharp13));

    [Fact]
    public Task AnAsyncVoidMethodThatIsDeclaredInGeneratedCode()
        => Beside("partial class C { partial void M(); }", new CSharpAnalyzerVerifier<SC1003AsyncVoid>.Test { TestCode = "using System.Threading.Tasks; partial class C { async partial void [|M|]() => await Task.Yield(); }" });

    [Fact]
    public Task ATaskThatIsAwaitedInGeneratedCode()
        => Beside("partial class C { Task Stop() => _a; }", new CSharpAnalyzerVerifier<SC1005StoredTaskIsNeverObserved>.Test { TestCode = "using System.Threading.Tasks; partial class C { Task _a, _b; void M() { _a = Task.Run(() => { }); _b = [|Task.Run(() => { })|]; } }" });

    private static Task Beside<TAnalyzer>(string generated, CSharpAnalyzerVerifier<TAnalyzer>.Test test)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        test.TestState.Sources.Add(("/0/C.g.cs", "using System.Threading.Tasks; " + generated));
        test.TestBehaviors = TestBehaviors.SkipGeneratedCodeCheck;
        return test.RunAsync();
    }

    [Theory]
    [InlineData("generated_code = true", "void M() { Task.Run(() => Work()); }")]
    [InlineData("generated_code = false", "void M() { [|Task.Run(() => Work())|]; }")]
    public Task AFileThatTheProjectSaysIsGenerated(string option, string member)
    {
        var test = TestOf(InClass(member));
        test.TestBehaviors = TestBehaviors.SkipGeneratedCodeCheck;
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\n" + option + "\n"));
        return test.RunAsync();
    }
}
