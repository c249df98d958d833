using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Structured.Cli.Loading;
using Structured.Concurrency;

namespace Structured.Cli.Checking;

/// <summary>Which findings are asked for: those in lines changed since a revision, those that are not in the baseline, or all.</summary>
/// <param name="Since">The lines that changed; null for all.</param>
/// <param name="Baseline">What is known; null for nothing.</param>
internal sealed record Selection(ChangedLines? Since, Baseline? Baseline)
{
    public static readonly Selection Everything = new(null, null);

    public static async Task<Selection> CreateAsync(string folder, string? since, string? baseline, CancellationToken cancellationToken)
    {
        var known = baseline is null ? null : await ToThread.RunAsync(() => Checking.Baseline.Read(baseline), cancellationToken: cancellationToken).ConfigureAwait(false);
        if (since is null)
            return new Selection(null, known);
        var tree = await GitTree.FindAsync(folder, cancellationToken).ConfigureAwait(false)
            ?? throw new LoadException($"--since needs git, and '{folder}' is in no git working tree.");
        return new Selection(await tree.ChangedSinceAsync(since, cancellationToken).ConfigureAwait(false), known);
    }

    public Selected Select(CheckResult result, CheckOptions options, Func<string, bool> isFileChecked)
    {
        var inReach = Since is null ? result.Findings : result.Findings.Where(IsChanged).ToImmutableArray();
        var match = Baseline?.Match(inReach, id => options.Rules is null || options.Rules.Contains(id), isFileChecked);
        var findings = match is null ? inReach : inReach.Where(finding => !match.Known.Contains(finding)).ToImmutableArray();
        return new Selected(findings, result.Findings.Length - inReach.Length, match?.Known.Count ?? 0, Since is null ? match?.Gone ?? 0 : 0);
    }

    private bool IsChanged(Finding finding)
    {
        var (first, last) = finding.Lines;
        return Since!.Touches(finding.Path, first, last);
    }
}

/// <summary>The findings asked for, and how many are not.</summary>
/// <param name="Findings">Those asked for.</param>
/// <param name="Unchanged">How many lie in lines that did not change.</param>
/// <param name="Known">How many are in the baseline.</param>
/// <param name="Gone">How many of the baseline are found no more.</param>
internal sealed record Selected(ImmutableArray<Finding> Findings, int Unchanged, int Known, int Gone);
