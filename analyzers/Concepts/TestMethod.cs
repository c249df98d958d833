using System;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers;

/// <summary>Methods of a test class.</summary>
internal static class TestMethod
{
    private static readonly string[] Attributes =
    [
        "Xunit.FactAttribute",
        "NUnit.Framework.TestAttribute",
        "NUnit.Framework.TestCaseAttribute",
        "NUnit.Framework.TestCaseSourceAttribute",
        "NUnit.Framework.TheoryAttribute",
        "Microsoft.VisualStudio.TestTools.UnitTesting.TestMethodAttribute",
    ];

    /// <summary>Whether a test framework is told anything of the method: it is a test, or sets one up.</summary>
    public static bool Is(IMethodSymbol? method)
        => Has(method, static attribute => Namespaces.Around(attribute) is "Xunit" or "Xunit.v3" or "NUnit.Framework" or "Microsoft.VisualStudio.TestTools.UnitTesting" or "TUnit.Core");

    /// <summary>Whether it is a test that xUnit, NUnit or MSTest would wait for if it returned a task, and nobody else would notice.</summary>
    public static bool MayReturnTask(IMethodSymbol? method)
        => method is { ReturnsVoid: true, IsAsync: false, IsStatic: false, IsVirtual: false, IsOverride: false, MethodKind: MethodKind.Ordinary } && method.Parameters.All(static parameter => parameter.RefKind == RefKind.None)
           && Has(method, static attribute => Attributes.Contains(attribute.ToDisplayString()));

    /// <summary>Whether the compilation is made of tests, or of what tests share.</summary>
    public static bool AreIn(Compilation compilation) => Attributes.Any(attribute => compilation.GetTypeByMetadataName(attribute) is not null);

    private static bool Has(IMethodSymbol? method, Func<INamedTypeSymbol, bool> isWanted)
    {
        if (method is null)
            return false;
        foreach (var attribute in method.GetAttributes())
        {
            for (var type = attribute.AttributeClass; type is not null; type = type.BaseType)
            {
                if (isWanted(type))
                    return true;
            }
        }

        return false;
    }
}
