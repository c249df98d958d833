using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Package.Tests;

/// <summary>What the package holds.</summary>
[Collection(nameof(PackedPackage))]
public class ContentTests(PackedPackage package)
{
    private static readonly string[] Frameworks = ["net10.0", "net8.0", "netstandard2.0"];

    [Fact]
    public void PackingWarnsOfNothing() => package.Packing.DoesNotShow("warning");

    [Fact]
    public void HoldsTheRuntimeTheAnalyzersAndTheBuildFilesAndNothingElse()
    {
        using var archive = package.Open();
        var files = archive.Entries.Select(static entry => entry.FullName)
            .Where(static name => !name.StartsWith("_rels/", StringComparison.Ordinal) && !name.StartsWith("package/", StringComparison.Ordinal) && name != "[Content_Types].xml");
        string[] wanted =
        [
            "LICENSE",
            "README.md",
            "Structured.Analyzers.nuspec",
            "analyzers/dotnet/cs/Structured.Analyzers.CodeFixes.dll",
            "analyzers/dotnet/cs/Structured.Analyzers.dll",
            "build/Structured.Analyzers.props",
            "build/Structured.Analyzers.targets",
            "build/presets/Structured.Analyzers.strict.globalconfig",
            "icon.png",
            .. Frameworks.SelectMany(static framework => new[] { $"lib/{framework}/Structured.Concurrency.dll", $"lib/{framework}/Structured.Concurrency.xml" }),
        ];
        Assert.Equal(wanted.Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void NewerFrameworksNeedNoOtherPackage()
    {
        var groups = DependencyGroups();
        Assert.Equal(Frameworks.Select(Canonical).Order(StringComparer.Ordinal), groups.Keys.Order(StringComparer.Ordinal));
        Assert.Empty(groups["net10.0"]);
        Assert.Empty(groups["net8.0"]);
    }

    [Fact]
    public void OnNetStandardTheDependenciesAreTheBackPortsThatTheRuntimeUses()
    {
        using var archive = package.Open();
        var used = References(archive, "lib/netstandard2.0/Structured.Concurrency.dll").Where(static name => name != "netstandard");
        // A back-port may carry another (Bcl.AsyncInterfaces brings Tasks.Extensions); every one that the code names is listed.
        Assert.Empty(used.Except(DependencyGroups()[Canonical("netstandard2.0")]));
        Assert.All(DependencyGroups()[Canonical("netstandard2.0")], static id => Assert.Matches("^(Microsoft.Bcl|System).", id));
    }

    [Fact]
    public void TheAnalyzersReferenceNothingThatACompilerOfTheFloorLacks()
    {
        using var archive = package.Open();
        string[] known = ["netstandard", "Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp", "System.Collections.Immutable", "System.Reflection.Metadata"];
        Assert.Empty(References(archive, "analyzers/dotnet/cs/Structured.Analyzers.dll").Except(known));
        Assert.Empty(References(archive, "analyzers/dotnet/cs/Structured.Analyzers.CodeFixes.dll")
            .Except([.. known, "Structured.Analyzers", "Microsoft.CodeAnalysis.Workspaces", "Microsoft.CodeAnalysis.CSharp.Workspaces", "System.Composition.AttributedModel"]));
    }

    [Fact]
    public void EveryAssemblyCarriesItsSymbols()
    {
        using var archive = package.Open();
        foreach (var entry in archive.Entries.Where(static entry => entry.Name.EndsWith(".dll", StringComparison.Ordinal)))
        {
            using var image = new PEReader(new MemoryStream(Bytes(archive, entry.FullName)));
            var kinds = image.ReadDebugDirectory().Select(static each => each.Type).ToList();
            Assert.Contains(DebugDirectoryEntryType.EmbeddedPortablePdb, kinds);
            Assert.Contains(DebugDirectoryEntryType.Reproducible, kinds);
        }
    }

    [Fact]
    public void TheDescriptionOfThePackageIsComplete()
    {
        var metadata = package.Nuspec().Root!.Elements().Single();
        string Value(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;
        Assert.Equal("Structured.Analyzers", Value("id"));
        Assert.Equal("MIT", Value("license"));
        Assert.Equal("README.md", Value("readme"));
        Assert.Equal("icon.png", Value("icon"));
        Assert.NotEmpty(Value("description"));
        Assert.Equal("git", metadata.Elements().Single(static element => element.Name.LocalName == "repository").Attribute("type")!.Value);
    }

    private static string Canonical(string framework) => framework == "netstandard2.0" ? ".NETStandard2.0" : framework;

    private static byte[] Bytes(System.IO.Compression.ZipArchive archive, string name)
    {
        using var stream = archive.GetEntry(name)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static List<string> References(System.IO.Compression.ZipArchive archive, string name)
    {
        using var image = new PEReader(new MemoryStream(Bytes(archive, name)));
        var metadata = image.GetMetadataReader();
        return metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)).ToList();
    }

    private Dictionary<string, List<string>> DependencyGroups()
        => package.Nuspec().Descendants().Where(static element => element.Name.LocalName == "group")
            .ToDictionary(static group => group.Attribute("targetFramework")!.Value, static group => group.Elements().Select(static each => each.Attribute("id")!.Value).ToList());
}
