using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

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
    public void Handlers(string source, bool expected)
    {
        var markup = Markup.Parse(source);
        Assert.Equal(expected, Index(markup.Text).MayHaveHandler(markup.Spans.Single().Span));
    }

    [Theory]
    [InlineData("void M() { [|while (true) { }|] }", true)]
    [InlineData("void M() { [|do { } while (true);|] }", true)]
    [InlineData("void M() { [|for (;;) { }|] }", true)]
    [InlineData("void M() { [|foreach (var a in b) { }|] }", false)]
    [InlineData("void A() { while (true) { } } void M() { [|Work();|] } void B() { for (;;) { } }", false)]
    public void Loops(string source, bool expected)
    {
        var markup = Markup.Parse(source);
        Assert.Equal(expected, Index(markup.Text).MayHaveLoop(markup.Spans.Single().Span));
    }

    private static FileIndex Index(string source) => FileIndex.Of(CSharpSyntaxTree.ParseText(source), CancellationToken.None);
}
