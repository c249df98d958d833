using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using System.Xml.Linq;

namespace Package.Tests;

/// <summary>
/// The package, packed once for a run into a feed of its own, with a version that no cache knows. Consumers restore from this feed alone; what else they need
/// was restored for the repository itself, and so no network is asked.
/// </summary>
public sealed class PackedPackage : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("structured-package-");

    public static string RepositoryRoot { get; } = Metadata("RepositoryRoot");

    public static string Configuration { get; } = Metadata("Configuration");

    public string Version { get; } = "99.0.0-test." + DateTime.UtcNow.ToString("yyyyMMddHHmmssfff", System.Globalization.CultureInfo.InvariantCulture);

    public string Path => System.IO.Path.Combine(Feed, $"Structured.Analyzers.{Version}.nupkg");

    public string Feed => System.IO.Path.Combine(_folder.FullName, "feed");

    /// <summary>The lines that <c>dotnet pack</c> printed.</summary>
    internal DotNetResult Packing { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        // Only the package's version: the assemblies stay those that the other tests run on.
        Packing = await DotNet.RunAsync(RepositoryRoot, $"pack package --no-restore -c {Configuration} -m:1 -o \"{Feed}\" -p:PackageVersion={Version} -p:ContinuousIntegrationBuild=false");
        Packing.Succeeded();
        File.WriteAllText(System.IO.Path.Combine(_folder.FullName, "NuGet.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{System.IO.Path.Combine(_folder.FullName, "packages")}" /></config>
              <packageSources><clear /><add key="feed" value="{Feed}" /></packageSources>
              <packageSourceMapping><clear /></packageSourceMapping>
              <fallbackPackageFolders><clear /><add key="restored" value="{Metadata("NuGetPackageRoot")}" /></fallbackPackageFolders>
            </configuration>
            """);
        // Nothing above the temporary folder may reach into the consumers.
        File.WriteAllText(System.IO.Path.Combine(_folder.FullName, "Directory.Build.props"), "<Project />");
        File.WriteAllText(System.IO.Path.Combine(_folder.FullName, "Directory.Build.targets"), "<Project />");
        File.WriteAllText(System.IO.Path.Combine(_folder.FullName, "Directory.Packages.props"), "<Project />");
        File.WriteAllText(System.IO.Path.Combine(_folder.FullName, ".editorconfig"), "root = true\n");
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    public ZipArchive Open() => ZipFile.OpenRead(Path);

    public XDocument Nuspec()
    {
        using var archive = Open();
        using var stream = archive.Entries.Single(static entry => entry.Name == "Structured.Analyzers.nuspec").Open();
        return XDocument.Load(stream);
    }

    /// <summary>An empty folder for one consumer.</summary>
    internal Consumer NewConsumer()
        => new(this, Directory.CreateDirectory(System.IO.Path.Combine(_folder.FullName, "consumers", Guid.NewGuid().ToString("N")[..8])).FullName);

    private static string Metadata(string key)
        => typeof(PackedPackage).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}

[CollectionDefinition(nameof(PackedPackage))]
public sealed class PackedPackageCollection : ICollectionFixture<PackedPackage>;
