using System.Linq;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using Structured.Benchmarks;

if (args is ["retained"])
{
    await RetainedMemory.PrintAsync();
    return;
}

// Short by default: what counts is the ratio of two things measured in the same run. --job medium, or another one, replaces it.
var config = args.Any(argument => argument is "--job" or "-j") ? DefaultConfig.Instance : DefaultConfig.Instance.AddJob(Job.ShortRun);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
