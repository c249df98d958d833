using System.IO;
using System.Threading.Tasks;

namespace Package.Tests;

/// <summary>A user's project or solution, in a temporary folder.</summary>
internal sealed class Consumer(PackedPackage package, string folder)
{
    public string Folder => folder;

    public string Read(string path) => File.ReadAllText(Path.Combine(folder, path));

    public Consumer Write(string path, string content)
    {
        var file = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        return this;
    }

    /// <summary>A project that references the package directly.</summary>
    public Consumer WriteProject(string path = "App.csproj", string framework = "net10.0", string properties = "", string items = "", string outputType = "Exe")
        => WriteProjectWithout(path, framework, properties, items + $"""<PackageReference Include="Structured.Analyzers" Version="{package.Version}" />""", outputType);

    public Consumer WriteProjectWithout(string path, string framework = "net10.0", string properties = "", string items = "", string outputType = "Exe")
        => Write(path, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>{framework}</TargetFramework>
                <OutputType>{outputType}</OutputType>
                <LangVersion>latest</LangVersion>
                <NuGetAudit>false</NuGetAudit>
                {properties}
              </PropertyGroup>
              <ItemGroup>{items}</ItemGroup>
            </Project>
            """);

    public Task<DotNetResult> BuildAsync(string arguments = "") => RunAsync("build --nodereuse:false " + arguments);

    public Task<DotNetResult> RunAsync(string arguments) => DotNet.RunAsync(folder, arguments);
}
