using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

/// <summary>A name may be declared by several assemblies, or by none; the rules ask for the type that the code means.</summary>
public class KnownSymbolsTests
{
    private const string Nursery = "namespace Structured.Concurrency { public class Nursery { } }";

    [Fact]
    public void AbsentTypesAreNull()
    {
        var symbols = KnownSymbols.For(Compile("Code", ""));
        Assert.Null(symbols.Nursery);
        Assert.False(symbols.HasRuntime);
        Assert.Equal("System.Threading.Tasks.Task", symbols.Task!.ToDisplayString());
        Assert.Equal("System.Threading.Tasks.Task<TResult>", symbols.TaskOfT!.ToDisplayString());
    }

    [Fact]
    public void WithoutAnyReferenceEverythingIsNull() => Assert.Null(KnownSymbols.For(CSharpCompilation.Create("Code")).Task);

    [Fact]
    public void TheCodesOwnTypeWins()
        => Assert.Equal("Code", KnownSymbols.For(Compile("Code", Nursery, Assembly("Library", Nursery))).Nursery!.ContainingAssembly.Name);

    [Fact]
    public void TheCodesOwnTypeWinsOverTheFrameworks()
        => Assert.Equal("Code", KnownSymbols.For(Compile("Code", "namespace System.Threading.Tasks { public class Task { } }")).Task!.ContainingAssembly.Name);

    [Fact]
    public void TheFrameworksTypeWinsOverABackport()
    {
        const string Task = "namespace System.Threading.Tasks { public class Task { } }";
        var core = Compile("Code", "").GetSpecialType(SpecialType.System_Object).ContainingAssembly;
        Assert.Equal(core.Name, KnownSymbols.For(Compile("Code", "", Assembly("Backport", Task))).Task!.ContainingAssembly.Name);
    }

    [Fact]
    public void APublicTypeWinsOverAnInternalOne()
        => Assert.Equal("Library", KnownSymbols.For(Compile("Code", "", Assembly("Hidden", Nursery.Replace("public", "internal", System.StringComparison.Ordinal)), Assembly("Library", Nursery))).Nursery!.ContainingAssembly.Name);

    [Fact]
    public void ATypeBehindAnAliasIsFound()
        => Assert.Equal("Library", KnownSymbols.For(Compile("Code", "", Assembly("Library", Nursery).WithAliases(ImmutableArray.Create("runtime")))).Nursery!.ContainingAssembly.Name);

    private static CSharpCompilation Compile(string name, string source, params MetadataReference[] references)
        => CSharpCompilation.Create(name, [CSharpSyntaxTree.ParseText(source)], References.Framework.Concat(references), new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));

    private static MetadataReference Assembly(string name, string source) => Compile(name, source).ToMetadataReference();
}
