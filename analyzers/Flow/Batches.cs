using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace Structured.Analyzers.Flow;

/// <summary>An analysis follows as many things at once as a word has bits; more than that are followed one batch after another.</summary>
internal static class Batches
{
    private const int BitsOfWord = 64;

    public static IEnumerable<ImmutableArray<T>> Of<T>(IReadOnlyCollection<T> items)
    {
        for (var first = 0; first < items.Count; first += BitsOfWord)
            yield return items.Skip(first).Take(BitsOfWord).ToImmutableArray();
    }

    /// <summary>Groups whose <paramref name="parts"/> are followed together, in the order they come. One that is too large by itself is left out.</summary>
    public static IEnumerable<ImmutableArray<T>> Of<T>(IEnumerable<T> groups, System.Func<T, int> parts)
    {
        var batch = ImmutableArray.CreateBuilder<T>();
        var size = 0;
        foreach (var group in groups)
        {
            var more = parts(group);
            if (more > BitsOfWord)
                continue;
            if (size + more > BitsOfWord)
            {
                yield return batch.ToImmutable();
                batch.Clear();
                size = 0;
            }

            batch.Add(group);
            size += more;
        }

        if (batch.Count > 0)
            yield return batch.ToImmutable();
    }
}
