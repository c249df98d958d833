using System.Globalization;
using System.Linq;
using System.Text;

namespace Robustness.Tests;

/// <summary>Many seeds in one file, each in a namespace of its own.</summary>
internal static class LargeFile
{
    public static string Make(int lines)
    {
        var text = new StringBuilder();
        var count = 0;
        for (var index = 0; count < lines; index++)
        {
            var seed = Seeds.Cases[(index * 37) % Seeds.Cases.Length];
            text.Append("namespace N").Append(index.ToString(CultureInfo.InvariantCulture)).Append("\n{\n").Append(seed).Append("\n}\n");
            count += seed.Count(static character => character == '\n') + 4;
        }

        return text.ToString();
    }
}
