using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class TestMethodTests
{
    private const string Frameworks = """

        namespace Xunit { public class FactAttribute : System.Attribute { } public class TheoryAttribute : FactAttribute { } }
        namespace NUnit.Framework { public class TestAttribute : System.Attribute { } public class TestCaseAttribute : System.Attribute { } public class TestCaseSourceAttribute : System.Attribute { } public class TheoryAttribute : System.Attribute { } public class SetUpAttribute : System.Attribute { } }
        namespace Microsoft.VisualStudio.TestTools.UnitTesting { public class TestMethodAttribute : System.Attribute { } public class DataTestMethodAttribute : TestMethodAttribute { } public class TestInitializeAttribute : System.Attribute { } }
        namespace TUnit.Core { public class TestAttribute : System.Attribute { } }
        """;

    [Theory]
    [InlineData("[Xunit.Fact] public void M() { }", true)]
    [InlineData("[Xunit.Theory] public void M(int number) { }", true)]
    [InlineData("[NUnit.Framework.Test] public void M() { }", true)]
    [InlineData("[NUnit.Framework.SetUp] public void M() { }", true)]
    [InlineData("[Microsoft.VisualStudio.TestTools.UnitTesting.TestMethod] public void M() { }", true)]
    [InlineData("[Microsoft.VisualStudio.TestTools.UnitTesting.TestInitialize] public void M() { }", true)]
    [InlineData("[TUnit.Core.Test] public void M() { }", true)]
    [InlineData("[System.Obsolete, Xunit.Fact] public void M() { }", true)]
    [InlineData("[System.Obsolete] public void M() { }", false)]
    [InlineData("public void M() { }", false)]
    public void ATestFrameworkIsToldOfIt(string method, bool expected) => Assert.Equal(expected, TestMethod.Is(MethodOf(method)));

    [Theory]
    [InlineData("[Xunit.Fact] public void M() { }", true)]
    [InlineData("[Xunit.Theory] public void M(int number) { }", true)]
    [InlineData("[NUnit.Framework.Test] public void M() { }", true)]
    [InlineData("[NUnit.Framework.TestCase] public void M() { }", true)]
    [InlineData("[NUnit.Framework.TestCaseSource] public void M() { }", true)]
    [InlineData("[NUnit.Framework.Theory] public void M() { }", true)]
    [InlineData("[Microsoft.VisualStudio.TestTools.UnitTesting.DataTestMethod] public void M() { }", true)]
    [InlineData("[NUnit.Framework.SetUp] public void M() { }", false)]
    [InlineData("[TUnit.Core.Test] public void M() { }", false)]
    [InlineData("[Xunit.Fact] public int M() => 1;", false)]
    [InlineData("[Xunit.Fact] public async void M() { await System.Threading.Tasks.Task.Yield(); }", false)]
    [InlineData("[Xunit.Fact] public static void M() { }", false)]
    [InlineData("[Xunit.Fact] public virtual void M() { }", false)]
    [InlineData("[Xunit.Fact] public override void M() { }", false)]
    [InlineData("[Xunit.Theory] public void M(ref int number) { }", false)]
    [InlineData("public void M() { }", false)]
    public void ItsTaskWouldBeWaitedFor(string method, bool expected) => Assert.Equal(expected, TestMethod.MayReturnTask(MethodOf(method)));

    [Fact]
    public void NoMethodIsNoTest()
    {
        Assert.False(TestMethod.Is(null));
        Assert.False(TestMethod.MayReturnTask(null));
    }

    [Theory]
    [InlineData("class C { }", false)]
    [InlineData("namespace Xunit { public class FactAttribute : System.Attribute { } }", true)]
    [InlineData("namespace NUnit.Framework { public class TestAttribute : System.Attribute { } }", true)]
    [InlineData("namespace NUnit.Framework { public class TestCaseAttribute : System.Attribute { } }", true)]
    [InlineData("namespace NUnit.Framework { public class TestCaseSourceAttribute : System.Attribute { } }", true)]
    [InlineData("namespace NUnit.Framework { public class TheoryAttribute : System.Attribute { } }", true)]
    [InlineData("namespace Microsoft.VisualStudio.TestTools.UnitTesting { public class TestMethodAttribute : System.Attribute { } }", true)]
    public void WhereTestsAre(string source, bool expected) => Assert.Equal(expected, TestMethod.AreIn(Compile(source)));

    private static IMethodSymbol MethodOf(string method)
        => Compile("abstract class B { public abstract void M(); } class C" + (method.Contains("override", System.StringComparison.Ordinal) ? " : B" : "") + " { " + method + " }" + Frameworks)
            .GetTypeByMetadataName("C")!.GetMembers("M").OfType<IMethodSymbol>().Single();

    private static CSharpCompilation Compile(string source)
    {
        var compilation = CSharpCompilation.Create("Case", [CSharpSyntaxTree.ParseText(source)], References.Framework, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.Empty(compilation.GetDiagnostics().Where(static each => each.Severity == DiagnosticSeverity.Error));
        return compilation;
    }
}
