using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <summary>The one table of descriptors. Each band of ids is a partial file of its own.</summary>
internal static partial class Descriptors
{
    private const string HelpLinkRoot = "https://github.com/structured-analyzers/structured-analyzers/blob/main/docs/rules/";
    private const string StrictTag = "strict:";

    /// <summary>Every descriptor, in the order of the ids.</summary>
    /// <remarks>Made on each call: initializers of partial files run in no order that could be relied on.</remarks>
    public static ImmutableArray<DiagnosticDescriptor> All
        => Escaping().Concat(Cancellation()).Concat(Blocking()).OrderBy(static descriptor => descriptor.Id, System.StringComparer.Ordinal).ToImmutableArray();

    /// <summary>The severity a rule has in the <c>strict</c> preset.</summary>
    public static DiagnosticSeverity StrictSeverity(DiagnosticDescriptor descriptor)
    {
        var tag = descriptor.CustomTags.First(static tag => tag.StartsWith(StrictTag, System.StringComparison.Ordinal));
        return (DiagnosticSeverity)System.Enum.Parse(typeof(DiagnosticSeverity), tag.Substring(StrictTag.Length));
    }

    private static DiagnosticDescriptor Create(
        string id,
        string title,
        string message,
        string description,
        string category,
        DiagnosticSeverity? recommended,
        DiagnosticSeverity strict,
        params string[] tags)
        => new(
            id,
            title,
            message,
            category,
            recommended ?? DiagnosticSeverity.Info,
            isEnabledByDefault: recommended is not null,
            description,
            HelpLinkRoot + id + ".md",
            [.. tags, StrictTag + strict]);
}

/// <summary>The categories the rules are grouped under, one per band of ids.</summary>
internal static class Categories
{
    public const string Escaping = "Structured.Escaping";
    public const string Cancellation = "Structured.Cancellation";
    public const string Blocking = "Structured.Blocking";
}
