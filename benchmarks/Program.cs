using System.Globalization;
using System.Linq;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Structured.Benchmarks;

if (args is ["retained"])
{
    await RetainedMemory.PrintAsync();
    return;
}

if (args is ["side-by-side", ..])
{
    await SideBySide.PrintAsync(args.Length > 1 ? args[1] : "", args.Length > 2 ? double.Parse(args[2], CultureInfo.InvariantCulture) : 6);
    return;
}

// Another job, --job medium say, replaces the brief one.
var config = args.Any(argument => argument is "--job" or "-j") ? DefaultConfig.Instance : Measuring.Brief;
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
