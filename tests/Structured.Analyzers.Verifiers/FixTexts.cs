using System.Collections.Generic;
using System.Linq;

namespace Structured.Analyzers.Verifiers;

/// <summary>What a user is told of a fix, each text once.</summary>
/// <param name="Titles">The titles of the actions taken, one place at a time.</param>
/// <param name="Refused">Why what is left then was left alone; empty where that is not told, null where nothing is left alone.</param>
/// <param name="Instead">The titles of the actions that fix-all takes for what is left then, in place of the one the test asks for.</param>
public sealed record FixTexts(IReadOnlyList<string> Titles, IReadOnlyList<string>? Refused, IReadOnlyList<string> Instead)
{
    /// <summary>As a case states it.</summary>
    public override string ToString()
        => string.Join("\n", Section("title", Titles.Count == 0 ? null : Titles).Concat(Section("refused", Refused)).Concat(Section("instead", Instead.Count == 0 ? null : Instead)));

    private static IEnumerable<string> Section(string name, IReadOnlyList<string>? lines) => lines is null ? [] : lines.Prepend("-- " + name);
}
