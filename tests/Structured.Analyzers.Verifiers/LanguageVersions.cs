namespace Structured.Analyzers.Verifiers;

/// <summary>Versions of the language by number, so that a test can name one that the oldest host does not know.</summary>
public static class LanguageVersions
{
    public const Microsoft.CodeAnalysis.CSharp.LanguageVersion CSharp73 = Microsoft.CodeAnalysis.CSharp.LanguageVersion.CSharp7_3;
    public const Microsoft.CodeAnalysis.CSharp.LanguageVersion CSharp12 = (Microsoft.CodeAnalysis.CSharp.LanguageVersion)1200;
    public const Microsoft.CodeAnalysis.CSharp.LanguageVersion CSharp13 = (Microsoft.CodeAnalysis.CSharp.LanguageVersion)1300;
    public const Microsoft.CodeAnalysis.CSharp.LanguageVersion CSharp14 = (Microsoft.CodeAnalysis.CSharp.LanguageVersion)1400;
}
