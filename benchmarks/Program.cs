using System.Linq;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Structured.Benchmarks;

if (args is ["retained"])
{
    await RetainedMemory.PrintAsync();
    return;
}

// Another job, --job medium say, replaces the brief one.
var config = args.Any(argument => argument is "--job" or "-j") ? DefaultConfig.Instance : Measuring.Brief;
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
