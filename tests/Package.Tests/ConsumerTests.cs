using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Package.Tests;

/// <summary>What a user sees who references the package: the SDK's own commands on generated projects.</summary>
[Collection(nameof(PackedPackage))]
public class ConsumerTests(PackedPackage package)
{
    private const string Leaking = """
        using System;
        using System.Threading.Tasks;

        class Program
        {
            static async Task Main()
            {
                Task.Run(() => WorkAsync("a")); // SC1001, and CS4014
                await WorkAsync("b");
            }

            static void Start()
            {
                _ = WorkAsync("c"); // SC1002
            }

            static async Task WorkAsync(string name)
            {
                await Task.Delay(1);
                Console.WriteLine(name);
            }
        }
        """;

    [Fact]
    public async Task BuildingShowsTheWarnings()
    {
        var built = await package.NewConsumer().WriteProject().Write("Program.cs", Leaking).BuildAsync();
        built.Succeeded().Shows("Program.cs(8,9): warning SC1001:").Shows("Program.cs(14,").Shows("warning SC1002:").Shows("docs/rules/SC1001.md").DoesNotShow("CS9057").DoesNotShow("AD0001");
    }

    [Fact]
    public async Task WarnAsErrorFailsTheBuild()
    {
        var built = await package.NewConsumer().WriteProject().Write("Program.cs", Leaking).BuildAsync("-warnaserror");
        built.Failed().Shows("error SC1001:").Shows("error SC1002:");
    }

    [Fact]
    public async Task SeveritiesOfTheEditorConfigAreHonoured()
    {
        var consumer = package.NewConsumer().WriteProject().Write("Program.cs", Leaking)
            .Write(".editorconfig", """
                root = true
                [*.cs]
                dotnet_diagnostic.SC1001.severity = error
                dotnet_diagnostic.SC1002.severity = none
                """);
        (await consumer.BuildAsync()).Failed().Shows("error SC1001:").DoesNotShow("SC1002");
    }

    [Fact]
    public async Task OffSilencesEveryRule()
        => (await package.NewConsumer().WriteProject(properties: "<StructuredConcurrency>off</StructuredConcurrency>").Write("Program.cs", Leaking).BuildAsync())
            .Succeeded().DoesNotShow(" SC").Shows("warning CS4014");

    [Fact]
    public async Task StrictMakesErrorsOfThemAndOfTheCompilersOwnWarning()
        => (await package.NewConsumer().WriteProject(properties: "<StructuredConcurrency>strict</StructuredConcurrency>").Write("Program.cs", Leaking).BuildAsync())
            .Failed().Shows("error SC1001:").Shows("error SC1002:").Shows("error CS4014:");

    [Fact]
    public async Task UnderStrictTheEditorConfigStillWins()
    {
        var consumer = package.NewConsumer().WriteProject(properties: "<StructuredConcurrency>strict</StructuredConcurrency>").Write("Program.cs", Leaking)
            .Write(".editorconfig", """
                root = true
                [*.cs]
                dotnet_diagnostic.SC1001.severity = suggestion
                dotnet_diagnostic.SC1002.severity = warning
                dotnet_diagnostic.CS4014.severity = none
                """);
        (await consumer.BuildAsync()).Succeeded().DoesNotShow("SC1001:").Shows("warning SC1002:").DoesNotShow("CS4014:");
    }

    [Fact]
    public async Task UnderStrictAGlobalConfigOfTheProjectStillWins()
    {
        var consumer = package.NewConsumer().WriteProject(properties: "<StructuredConcurrency>strict</StructuredConcurrency>").Write("Program.cs", Leaking)
            .Write(".globalconfig", """
                is_global = true
                dotnet_diagnostic.SC1001.severity = warning
                dotnet_diagnostic.SC1002.severity = warning
                dotnet_diagnostic.CS4014.severity = warning
                """);
        (await consumer.BuildAsync()).Succeeded().Shows("warning SC1001:").Shows("warning SC1002:").Shows("warning CS4014:");
    }

    [Theory]
    [InlineData("dotnet_analyzer_diagnostic.severity = none")]
    [InlineData("dotnet_analyzer_diagnostic.category-Structured.Escaping.severity = none")]
    public async Task UnderRecommendedARuleCanBeSwitchedOffWithItsWholeCategory(string line)
    {
        var consumer = package.NewConsumer().WriteProject().Write("Program.cs", Leaking).Write(".editorconfig", "root = true\n[*.cs]\n" + line + "\n");
        (await consumer.BuildAsync()).Succeeded().DoesNotShow("SC1001:");
    }

    [Fact]
    public async Task AWrongValueIsToldAndTakenForRecommended()
        => (await package.NewConsumer().WriteProject(properties: "<StructuredConcurrency>stricter</StructuredConcurrency>").Write("Program.cs", Leaking).BuildAsync())
            .Succeeded().Shows("warning SC0001: The property StructuredConcurrency is 'stricter'.").Shows("warning SC1001:");

    [Fact]
    public async Task ThePresetCanComeFromTheCommandLine()
        => (await package.NewConsumer().WriteProject().Write("Program.cs", Leaking).BuildAsync("-p:StructuredConcurrency=Strict")).Failed().Shows("error SC1001:").DoesNotShow("SC0001:");

    [Fact]
    public async Task DotNetFormatAppliesTheFixAndTheResultBuildsAndRuns()
    {
        var consumer = package.NewConsumer().WriteProject().Write("Program.cs", Leaking
            .Replace("static void Start()", "static async Task StartAsync()", StringComparison.Ordinal)
            .Replace("_ = WorkAsync(\"c\"); // SC1002", "_ = WorkAsync(\"c\");\n        await WorkAsync(\"d\");", StringComparison.Ordinal)
            .Replace("await WorkAsync(\"b\");", "await WorkAsync(\"b\");\n        await StartAsync();", StringComparison.Ordinal));
        (await consumer.RunAsync("restore")).Succeeded();
        Assert.Equal(2, (await consumer.RunAsync("format analyzers --diagnostics SC1001 --severity warn --no-restore --verify-no-changes")).ExitCode);
        (await consumer.RunAsync("format analyzers --diagnostics SC1001 --severity warn --no-restore")).Succeeded();
        Assert.Contains("nursery.StartSoon(", consumer.Read("Program.cs"), StringComparison.Ordinal);
        // As docs/editors.md has it.
        (await consumer.RunAsync("format analyzers --diagnostics SC1002 --severity info --no-restore")).Succeeded();
        Assert.Contains("nursery.StartNow(", consumer.Read("Program.cs"), StringComparison.Ordinal);
        (await consumer.BuildAsync("-warnaserror")).Succeeded();
        var ran = (await consumer.RunAsync("run --no-build")).Succeeded();
        // The legacy program could end before its tasks did; the nurseries wait for them.
        Assert.Equal(["a", "b", "c", "d"], ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("net8.0", "latest")]
    [InlineData("netstandard2.0", "latest")]
    [InlineData("net472", "7.3")]
    public async Task OtherFrameworksBuildAgainstTheRuntimeOfTheirOwn(string framework, string language)
    {
        var consumer = package.NewConsumer().WriteProject(framework: framework, properties: $"<LangVersion>{language}</LangVersion>", outputType: "Library").Write("Class1.cs", """
            using System;
            using System.Threading;
            using System.Threading.Tasks;
            using Structured.Concurrency;

            public class Class1
            {
                public Task FooAsync(CancellationToken cancellationToken)
                    => Nursery.RunAsync(async nursery => { nursery.StartSoon(ct => Task.Delay(1, ct)); await Checkpoint.SleepAsync(TimeSpan.Zero, cancellationToken); }, cancellationToken);

                public void Bar() { _ = FooAsync(default); }
            }
            """);
        (await consumer.BuildAsync()).Succeeded().Shows("warning SC1002:").DoesNotShow("CS9057").DoesNotShow("MSB3277");
    }

    /// <summary>A library for .NET Standard is compiled against one build of the runtime, and runs with another.</summary>
    [Theory]
    [InlineData("netstandard2.0", "7.3")]
    [InlineData("net8.0", "latest")]
    public async Task ALibraryForAnOlderFrameworkRunsInANewerProgram(string framework, string language)
    {
        var consumer = package.NewConsumer()
            .WriteProject("Library/Library.csproj", framework, $"<LangVersion>{language}</LangVersion>", outputType: "Library")
            .Write("Library/Library.cs", """
                using System;
                using System.Threading;
                using System.Threading.Tasks;
                using Structured.Concurrency;

                public static class Library
                {
                    public static async Task<int> RunAsync()
                    {
                        var sum = 0;
                        var owned = Nursery.Open(new NurseryOptions { Name = "library", MaxConcurrency = 2, AlwaysAggregate = true, OnChildFailure = _ => FailureAction.Handled });
                        owned.StartSoon(async () => { await Task.Yield(); throw new FormatException(); });
                        await owned.JoinAsync();
                        await CancelScope.RunAsync(
                            async scope =>
                            {
                                scope.Deadline = DateTimeOffset.UtcNow.AddMinutes(1);
                                await Nursery.RunAsync(async nursery =>
                                {
                                    var three = await nursery.StartAsync<int>((started, token) => { started.Set(3); return Checkpoint.SleepForeverAsync(token); });
                                    var child = nursery.StartSoon(token => new ValueTask<int>(4));
                                    sum = three + await child.Task;
                                    nursery.Cancel();
                                });
                            },
                            new CancelScopeOptions { Name = "scope", Timeout = TimeSpan.FromMinutes(2), Shield = true });
                        await Checkpoint.YieldAsync();
                        var statistics = new CapacityLimiter(5).Statistics;
                        return sum + statistics.Total;
                    }
                }
                """)
            .WriteProjectWithout("App/App.csproj", items: """<ProjectReference Include="../Library/Library.csproj" />""")
            .Write("App/Program.cs", "System.Console.WriteLine(\"sum \" + await Library.RunAsync());");
        (await consumer.RunAsync("run --project App/App.csproj")).Succeeded().Shows("sum 12");
    }

    [NativeFact]
    public async Task AProgramThatIsCompiledToNativeCodeRunsWithoutAWarning()
    {
        var consumer = package.NewConsumer()
            .WriteProject(framework: "net8.0", properties: $"<PublishAot>true</PublishAot><InvariantGlobalization>true</InvariantGlobalization><TreatWarningsAsErrors>true</TreatWarningsAsErrors><CppCompilerAndLinker>{NativeFactAttribute.Compiler}</CppCompilerAndLinker>")
            .Write("Program.cs", """
                using System;
                using System.Threading.Tasks;
                using Structured.Concurrency;

                return await Nursery.RunMainAsync(async nursery =>
                {
                    var child = nursery.StartSoon(async () => { await Task.Yield(); return 41; });
                    var started = await nursery.StartAsync<int>((signal, token) => { signal.Set(1); return Checkpoint.SleepForeverAsync(token); });
                    var (sender, receiver) = MemoryChannel.Open<int>(0);
                    nursery.StartSoon(async () => { using (sender) await sender.SendAsync(started + await child.Task); });
                    Console.WriteLine("received " + await receiver.ReceiveAsync());
                    Console.Write(TaskTree.Capture());
                    nursery.Cancel();
                });
                """);
        (await consumer.RunAsync($"publish App.csproj -c Release -r linux-{System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()} -o native")).Succeeded().DoesNotShow("warning IL");
        using var program = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(Path.Combine(consumer.Folder, "native", "App")) { RedirectStandardOutput = true })!;
        var output = await program.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(1));
        await program.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(0, program.ExitCode);
        Assert.Contains("received 42\nnursery 'main' (Program.cs:5), ", output);
    }
}

/// <summary>Runs where native code can be made: on Linux, with a C compiler at hand.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NativeFactAttribute : FactAttribute
{
    public NativeFactAttribute()
    {
        if (Compiler is null)
            Skip = "There is no C compiler to link native code with.";
    }

    public static string? Compiler { get; } = OperatingSystem.IsLinux()
        ? new[] { "clang", "gcc" }.FirstOrDefault(static name => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name))))
        : null;
}
