using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <summary>The one table of descriptors. Each band of ids is a partial file of its own.</summary>
internal static partial class Descriptors
{
    private const string HelpLinkRoot = "https://github.com/structured-analyzers/structured-analyzers/blob/main/docs/rules/";

    /// <summary>Every descriptor, in the order of the ids.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All => Table.All;

    /// <summary>The severity a rule has in the <c>recommended</c> preset; <see cref="ReportDiagnostic.Suppress"/> where it is off.</summary>
    public static ReportDiagnostic RecommendedSeverity(DiagnosticDescriptor descriptor)
        => descriptor.IsEnabledByDefault ? ToReport(descriptor.DefaultSeverity) : ReportDiagnostic.Suppress;

    /// <summary>The severity a rule has in the <c>strict</c> preset.</summary>
    public static ReportDiagnostic StrictSeverity(DiagnosticDescriptor descriptor) => ToReport(StrictSeverities.ById[descriptor.Id]);

    private static ReportDiagnostic ToReport(DiagnosticSeverity severity)
        => severity switch
        {
            DiagnosticSeverity.Error => ReportDiagnostic.Error,
            DiagnosticSeverity.Warning => ReportDiagnostic.Warn,
            DiagnosticSeverity.Info => ReportDiagnostic.Info,
            _ => ReportDiagnostic.Hidden,
        };

    private static DiagnosticDescriptor Create(
        string id,
        string title,
        string message,
        string description,
        string category,
        DiagnosticSeverity? recommended,
        DiagnosticSeverity strict,
        params string[] tags)
    {
        StrictSeverities.ById[id] = strict;
        return new(
            id,
            title,
            message,
            category,
            recommended ?? DiagnosticSeverity.Info,
            isEnabledByDefault: recommended is not null,
            description,
            HelpLinkRoot + id + ".md",
            // Not a collection expression: it would copy spans, and so ask for System.Memory.
            Categories.TagsOf(category).Concat(tags).ToArray());
    }

    /// <summary>Types of their own, so that their fields are ready whichever of the partial files is initialized first.</summary>
    private static class StrictSeverities
    {
        public static readonly Dictionary<string, DiagnosticSeverity> ById = new(StringComparer.Ordinal);
    }

    private static class Table
    {
        public static readonly ImmutableArray<DiagnosticDescriptor> All =
            Configuration().Concat(Escaping()).Concat(Cancellation()).Concat(Blocking()).Concat(Usage()).OrderBy(static descriptor => descriptor.Id, StringComparer.Ordinal).ToImmutableArray();
    }
}

/// <summary>The categories the rules are grouped under, one per band of ids.</summary>
internal static class Categories
{
    public const string Configuration = "Structured.Configuration";
    public const string Escaping = "Structured.Escaping";
    public const string Cancellation = "Structured.Cancellation";
    public const string Blocking = "Structured.Blocking";
    public const string Usage = "Structured.Usage";

    /// <summary>What code scanning and build logs group findings by, whatever tool they come from.</summary>
    public static string[] TagsOf(string category)
        => category switch
        {
            Escaping => ["concurrency", "reliability"],
            Cancellation => ["concurrency", "cancellation"],
            Blocking => ["concurrency", "performance"],
            Usage => ["concurrency", "reliability"],
            _ => ["configuration"],
        };
}
