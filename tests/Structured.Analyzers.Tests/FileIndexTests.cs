using System.Threading;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.Tests;

/// <summary>A file says no only where it is sure.</summary>
public class FileIndexTests
{
    [Theory]
    [InlineData("class C { void M() { Work(); } }", true)]
    [InlineData("class C { void M() { @Work(); } }", true)]
    [InlineData("class C { void M() { Wo\\u0072k(); } }", true)]
    [InlineData("class C { void M() { Wo\u200Drk(); } }", true)]
    [InlineData("// Work", true)]
    [InlineData("Work", true)]
    [InlineData("class C { void M() { WorkMore(); ReWork(); } }", false)]
    [InlineData("class C { void M() { Wörk(); } }", false)]
    [InlineData("", false)]
    public void Names(string source, bool expected) => Assert.Equal(expected, Index(source).MayName("Work"));

    [Theory]
    [InlineData("void M() { try { } [|catch|] { } }", true)]
    [InlineData("void M() { [|try { } |]catch { } }", false)]
    [InlineData("void M() { try { } catch[| { }|] }", false)]
    [InlineData("void M() { [|try { } finally { } catching();|] }", false)]
    public void Handlers(string markup, bool expected)
    {
        var (source, span) = Parse(markup);
        Assert.Equal(expected, Index(source).MayHaveHandler(span));
    }

    [Theory]
    [InlineData("void M() { [|while (true) { }|] }", true)]
    [InlineData("void M() { [|do { } while (true);|] }", true)]
    [InlineData("void M() { [|for (;;) { }|] }", true)]
    [InlineData("void M() { [|foreach (var a in b) { }|] }", false)]
    [InlineData("void A() { while (true) { } } void M() { [|Work();|] } void B() { for (;;) { } }", false)]
    public void Loops(string markup, bool expected)
    {
        var (source, span) = Parse(markup);
        Assert.Equal(expected, Index(source).MayHaveLoop(span));
    }

    private static FileIndex Index(string source) => FileIndex.Of(CSharpSyntaxTree.ParseText(source), CancellationToken.None);

    private static (string Source, TextSpan Span) Parse(string markup)
    {
        var start = markup.IndexOf("[|", System.StringComparison.Ordinal);
        var end = markup.IndexOf("|]", System.StringComparison.Ordinal) - 2;
        return (markup.Replace("[|", "", System.StringComparison.Ordinal).Replace("|]", "", System.StringComparison.Ordinal), TextSpan.FromBounds(start, end));
    }
}
