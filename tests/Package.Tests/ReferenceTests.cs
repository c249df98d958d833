using System;
using System.Linq;
using System.Threading.Tasks;

namespace Package.Tests;

/// <summary>The ways in which a project can come to the package, and what each of them gives it.</summary>
[Collection(nameof(PackedPackage))]
public class ReferenceTests(PackedPackage package)
{
    /// <summary>A leak, and something of the runtime, so that the project only compiles where it has that.</summary>
    private const string Leaking = """
        using System.Threading.Tasks;
        using Structured.Concurrency;

        public class Leaking
        {
            public Task RunAsync() => Nursery.RunAsync(nursery => { });

            public void Start() { Task.Run(() => { }); }
        }
        """;

    private string Reference => $"""<PackageReference Include="Structured.Analyzers" Version="{package.Version}" />""";

    /// <summary>
    /// One references the package. Two references the project One. Three references a package made of One; Four references the project Three. The switch is set for all of
    /// them, as a Directory.Build.props does.
    /// </summary>
    [Fact]
    public async Task OnlyTheProjectThatReferencesThePackageIsAnalysedTheOthersGetTheRuntime()
    {
        string[] frameworks = ["net10.0", "netstandard2.0", "net472"];
        var id = "One." + package.Version.Split('.')[^1];
        string Project(string items, string properties = "") => $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFrameworks>{string.Join(';', frameworks)}</TargetFrameworks>
                <LangVersion>latest</LangVersion>
                <NuGetAudit>false</NuGetAudit>
                {properties}
              </PropertyGroup>
              <ItemGroup>{items}</ItemGroup>
            </Project>
            """;
        var consumer = package.NewConsumer()
            .Write("Directory.Build.props", "<Project><PropertyGroup><StructuredConcurrency>recommended</StructuredConcurrency></PropertyGroup></Project>")
            .Write("One/One.csproj", Project(Reference, $"<PackageId>{id}</PackageId>")).Write("One/One.cs", Leaking)
            .Write("Two/Two.csproj", Project("""<ProjectReference Include="../One/One.csproj" />""")).Write("Two/Two.cs", Leaking.Replace("class Leaking", "class Two", StringComparison.Ordinal))
            .Write("Three/Three.csproj", Project($"""<PackageReference Include="{id}" Version="1.0.0" />""")).Write("Three/Three.cs", Leaking.Replace("class Leaking", "class Three", StringComparison.Ordinal))
            .Write("Four/Four.csproj", Project("""<ProjectReference Include="../Three/Three.csproj" />""")).Write("Four/Four.cs", Leaking.Replace("class Leaking", "class Four", StringComparison.Ordinal));

        var packed = (await consumer.RunAsync($"pack One -c Debug --nodereuse:false -m:1 -o \"{package.Feed}\"")).Succeeded();
        foreach (var framework in frameworks)
            Assert.Contains(packed.Output.Split('\n'), line => line.Contains("One.cs(8,", StringComparison.Ordinal) && line.Contains("warning SC1001:", StringComparison.Ordinal) && line.Contains("TargetFramework=" + framework, StringComparison.Ordinal));

        // One was built above, and is not built again.
        (await consumer.BuildAsync("Two -m:1")).Succeeded().DoesNotShow("Two.cs(");
        (await consumer.BuildAsync("Four -m:1")).Succeeded().DoesNotShow(" SC").DoesNotShow("CS9057");
        foreach (var framework in frameworks)
            Assert.DoesNotContain("build_property.StructuredConcurrency", consumer.Read($"Four/obj/Debug/{framework}/Four.GeneratedMSBuildEditorConfig.editorconfig"), StringComparison.Ordinal);
    }

    /// <summary>One line for every project of a repository, with its version managed centrally.</summary>
    [Fact]
    public async Task ADirectoryBuildPropsCanReferenceItForEveryProjectWithACentralVersion()
    {
        var consumer = package.NewConsumer()
            .Write("Directory.Build.props", """
                <Project>
                  <PropertyGroup><StructuredConcurrency>strict</StructuredConcurrency></PropertyGroup>
                  <ItemGroup><PackageReference Include="Structured.Analyzers" /></ItemGroup>
                </Project>
                """)
            .Write("Directory.Packages.props", $"""
                <Project>
                  <PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup>
                  <ItemGroup><PackageVersion Include="Structured.Analyzers" Version="{package.Version}" /></ItemGroup>
                </Project>
                """)
            .WriteProjectWithout("Library/Library.csproj", outputType: "Library").Write("Library/Library.cs", Leaking)
            .WriteProjectWithout("App/App.csproj", items: """<ProjectReference Include="../Library/Library.csproj" />""", outputType: "Library").Write("App/App.cs", Leaking.Replace("class Leaking", "class App", StringComparison.Ordinal));
        (await consumer.BuildAsync("Library")).Failed().Shows("Library.cs(8,").Shows("error SC1001:");
        // Its own findings come up once what it references compiles.
        consumer.Write("Library/Library.cs", "public class Empty { }");
        (await consumer.BuildAsync("App")).Failed().Shows("App.cs(8,").Shows("error SC1001:");
    }

    /// <summary>NuGet gives a global reference no compile-time assets: the rules run, and the fixes that need the runtime are not offered.</summary>
    [Fact]
    public async Task AGlobalReferenceGivesTheRulesWithoutTheRuntime()
    {
        var consumer = package.NewConsumer()
            .Write("Directory.Packages.props", $"""
                <Project>
                  <PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup>
                  <ItemGroup><GlobalPackageReference Include="Structured.Analyzers" Version="{package.Version}" /></ItemGroup>
                </Project>
                """)
            .WriteProjectWithout("App.csproj", outputType: "Library")
            .Write("App.cs", "using System.Threading.Tasks; public class App { public void Start() { Task.Run(() => { }); } public async Task StartAsync() { await Task.Yield(); _ = Task.Run(() => { }); } }");
        (await consumer.BuildAsync()).Succeeded().Shows("App.cs(1,").Shows("warning SC1001:");
        var before = consumer.Read("App.cs");
        (await consumer.RunAsync("format analyzers --diagnostics SC1001 --severity warn --no-restore")).Succeeded();
        Assert.Equal(before, consumer.Read("App.cs"));
        consumer.Write("App.cs", Leaking);
        (await consumer.BuildAsync()).Failed().Shows("error CS0246");
    }
}
