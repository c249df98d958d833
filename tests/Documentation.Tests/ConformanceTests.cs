using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Structured.Analyzers.Verifiers;

namespace Documentation.Tests;

public class ConformanceTests
{
    /// <summary>A test that was renamed or removed must not go on standing for a behaviour.</summary>
    [Fact]
    public void Every_test_that_the_table_names_exists()
    {
        var tests = Directory.GetFiles(RepositoryFiles.PathOf("tests"), "*Tests.cs", SearchOption.AllDirectories)
            .ToLookup(static file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);
        var missing = new List<string>();
        var named = Regex.Matches(RepositoryFiles.Read("docs/trio-conformance.md"), @"`(\w+Tests)\.(\w+)`");
        foreach (Match match in named)
        {
            if (!tests[match.Groups[1].Value].Any(text => text.Contains($" {match.Groups[2].Value}(")))
                missing.Add(match.Value);
        }

        Assert.Empty(missing);
        Assert.True(named.Count > 80);
    }
}
