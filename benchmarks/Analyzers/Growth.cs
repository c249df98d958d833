using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Structured.Analyzers.Benchmarks;

/// <summary>Whether a rule's time grows as the code does: the same code once, ten and a hundred times, each copy in a namespace of its own.</summary>
internal static class Growth
{
    private const int FilesOfOne = 4;

    public static async Task PrintAsync(int rounds)
    {
        int[] sizes = [1, 10, 100];
        var times = new Dictionary<int, List<Pass>>();
        foreach (var size in sizes)
            times[size] = [];
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var size in sizes)
            {
                var subject = Copies(size * FilesOfOne);
                var pass = await Measurement.OfAsync(async () => [await subject.AnalyzeAsync(AnalyzerPackage.Ours)]);
                if (round > 0)
                    times[size].Add(pass);
            }
        }

        Console.WriteLine($"The same code, in {FilesOfOne} files and {Copies(FilesOfOne).Lines:N0} lines at 1 ×: time for each copy, median of {rounds} rounds.");
        Console.WriteLine();
        Console.WriteLine("| rule | 1 × | 10 × | 100 × |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var rule in times[1][0].Rules.Keys.Order(StringComparer.Ordinal))
            Console.WriteLine($"| {rule[..6]} | " + string.Join(" | ", sizes.Select(size => $"{Measurement.Median(times[size].Select(pass => pass.Rules[rule])).TotalMicroseconds / (size * FilesOfOne):N0} µs")) + " |");
    }

    private static Subject Copies(int count)
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var references = Directory.GetFiles(framework, "System*.dll").Append(Path.Combine(framework, "netstandard.dll")).Where(IsManaged)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtime", "net10.0", "Structured.Concurrency.dll")).Select(static path => MetadataReference.CreateFromFile(path));
        var trees = Enumerable.Range(0, count).Select(static index => CSharpSyntaxTree.ParseText($"namespace Copy{index}\n{{\n{Source}\n}}\n", path: $"Copy{index}.cs"));
        var compilation = CSharpCompilation.Create("Copies", trees, references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        return new Subject(compilation, new AnalyzerOptions(ImmutableArray<AdditionalText>.Empty));
    }

    private static bool IsManaged(string path)
    {
        try
        {
            System.Reflection.AssemblyName.GetAssemblyName(path);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }

    /// <summary>Something for every rule to look at: loops, handlers, races, timers, nurseries, sync calls and async ones, with and without a finding.</summary>
    private const string Source = """
        using System;
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using System.Threading;
        using System.Threading.Tasks;
        using Structured.Concurrency;

        public sealed class Worker : IDisposable
        {
            private readonly SemaphoreSlim _gate = new SemaphoreSlim(1);
            private readonly CancellationTokenSource _stopping = new CancellationTokenSource();
            private readonly List<Task> _tasks = new List<Task>();
            private Task _loop = Task.CompletedTask;
            private Timer _timer;

            public event EventHandler Changed;

            public void Start()
            {
                _loop = RunAsync(_stopping.Token);
                _timer = new Timer(_ => Changed?.Invoke(this, EventArgs.Empty), null, 1000, 1000);
                _ = Task.Run(() => Compute(3));
            }

            public void Dispose()
            {
                _stopping.Cancel();
                _timer.Dispose();
                _loop.GetAwaiter().GetResult();
            }

            private static int Compute(int count)
            {
                var sum = 0;
                for (var i = 0; i < count; i++)
                    sum += i;
                return sum;
            }

            private async Task RunAsync(CancellationToken token)
            {
                while (true)
                {
                    try
                    {
                        await _gate.WaitAsync(token);
                        try
                        {
                            await StepAsync(1);
                        }
                        finally
                        {
                            _gate.Release();
                        }
                    }
                    catch (Exception exception)
                    {
                        Console.WriteLine(exception);
                    }

                    await Task.Delay(100);
                }
            }

            private async Task StepAsync(int count, CancellationToken token = default)
            {
                var first = LoadAsync("a", token);
                var second = LoadAsync("b", token);
                await first;
                await second;
                if (await Task.WhenAny(LoadAsync("c", token), Task.Delay(1000, token)) is Task<string> loaded)
                    Console.WriteLine(await loaded);
                foreach (var item in Enumerable.Range(0, count))
                    _tasks.Add(LoadAsync(item.ToString(), token));
                await Task.WhenAll(_tasks);
                while (!_loop.IsCompleted)
                    await Task.Delay(10, token);
            }

            private async Task<string> LoadAsync(string path, CancellationToken token)
            {
                using (var reader = new StreamReader(path))
                {
                    Thread.Sleep(1);
                    var line = reader.ReadLine();
                    return line + await reader.ReadToEndAsync();
                }
            }

            public Task CollectAsync(IReadOnlyList<string> paths, CancellationToken token)
                => Nursery.RunAsync(
                    async nursery =>
                    {
                        foreach (var path in paths)
                            nursery.StartSoon(own => LoadAsync(path, own));
                        await Checkpoint.YieldAsync(nursery.CancellationToken);
                    },
                    token);
        }
        """;
}
