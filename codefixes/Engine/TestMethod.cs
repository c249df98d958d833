using System.Linq;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers.CodeFixes;

/// <summary>A method that xUnit, NUnit or MSTest runs, and waits for if it returns a task.</summary>
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

    public static bool Is(IMethodSymbol? method) => method?.GetAttributes().Any(static each => IsOrDerivesFromOne(each.AttributeClass)) == true;

    /// <summary>Whether nobody would notice if it returned a task.</summary>
    public static bool MayReturnTask(IMethodSymbol? method)
        => method is { ReturnsVoid: true, IsAsync: false, IsStatic: false, IsVirtual: false, IsOverride: false, MethodKind: MethodKind.Ordinary } && method.Parameters.All(static parameter => parameter.RefKind == RefKind.None) && Is(method);

    private static bool IsOrDerivesFromOne(INamedTypeSymbol? attribute)
    {
        for (var current = attribute; current is not null; current = current.BaseType)
        {
            if (Attributes.Contains(current.ToDisplayString()))
                return true;
        }

        return false;
    }
}
