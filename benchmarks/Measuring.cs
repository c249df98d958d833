using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Structured.Benchmarks;

/// <summary>How things are measured by default: briefly, and so that a machine with other work on it still gives ratios one can use.</summary>
internal static class Measuring
{
    /// <summary>
    /// Many iterations, each short enough to be left alone by the scheduler now and then; the fastest of them is what the code costs. Warmed up for long, because
    /// on a busy machine the optimizing compiler comes late. In this process: there is nothing to build first.
    /// </summary>
    public static IConfig Brief { get; } = DefaultConfig.Instance
        .AddJob(Job.Default.WithId("Brief").WithToolchain(InProcessEmitToolchain.Instance).WithLaunchCount(1).WithWarmupCount(25).WithIterationCount(40).WithIterationTime(TimeInterval.FromMilliseconds(20)))
        .AddColumn(StatisticColumn.Min, new FastestRatio());

    /// <summary>The ratio of the fastest iterations. That of the means also has in it whatever else the machine did.</summary>
    private sealed class FastestRatio : IColumn
    {
        public string Id => nameof(FastestRatio);

        public string ColumnName => "Min ratio";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Baseline;

        public int PriorityInCategory => 10;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string Legend => "The fastest iteration, as a multiple of the baseline's fastest";

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, summary.Style);

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
        {
            var baseline = summary.GetBaseline(summary.GetLogicalGroupKey(benchmarkCase));
            var own = summary[benchmarkCase]?.ResultStatistics;
            var other = baseline is null ? null : summary[baseline]?.ResultStatistics;
            return own is null || other is null ? "?" : (own.Min / other.Min).ToString("0.00", CultureInfo.InvariantCulture);
        }
    }
}
