using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

/// <summary>What is found by the text is what a walk through the nodes would find.</summary>
public class FileIndexTests
{
    [Theory]
    [InlineData("class C { void M() { [|Work|](); this.[|Work|](); [|Work|]<int>(); } }")]
    [InlineData("class C { void M() { [|@Work|](); } }")]
    [InlineData("class C { void M() { [|Wo\\u0072k|](); } }")]
    [InlineData("class C { void M() { [|Wo\u200Drk|](); Other(); } }")]
    [InlineData("class C { void [|Work|]() { } }")]
    [InlineData("class C { string M() => $\"Work {[|Work|]()}\" + \"Work\" + 'W'; }")]
    [InlineData("class C { /* Work */ void M() { } // Work\n}")]
    [InlineData("#if Work\nclass C { void M() { Work(); } }\n#endif")]
    [InlineData("/// <see cref=\"Work\"/>\nclass C { }")]
    [InlineData("class C { void M() { WorkMore(); ReWork(); Wörk(); Workö(); öWork(); WorkWork(); } }")]
    [InlineData("class C { void M() { WorkWork([|Work|]); } }")]
    [InlineData("class C {\n// Work\n    /// Work\r\n\t//Work\n void M() { [|Work|](); }\n// Work")]
    [InlineData("class C { void M() { Other(1 // Work\n, [|Work|]()); } }")]
    [InlineData("class C {\n/* Work\n// Work */ void M() { [|Work|](); } }")]
    [InlineData("class C { string M() => @\"\n// Work\" + [|Work|](); }")]
    [InlineData("class C { string M() => $@\"\n// {[|Work|]()}\"; }")]
    [InlineData("class C { string M() => @$\"\n// {[|Work|]()}\"; }")]
    [InlineData("class C { string M() => $\"\"\"\n  // {[|Work|]()}\n  \"\"\"; }")]
    [InlineData("class C { string M() => \"\"\"\n  // Work\n  \"\"\" + [|Work|](); }")]
    [InlineData("class C { string M() => $\"{\n// Work\n[|Work|]()}\"; }")]
    [InlineData("// Work\r\n[|Work|]\r// Work\u2028[|Work|]")]
    [InlineData("[|Work|]")]
    [InlineData("")]
    public void Identifiers(string source) => AssertFound(source, static root => FileIndex.IdentifiersIn(root, "Work", CancellationToken.None));

    [Theory]
    [InlineData("class C { void Work() { [|Work|](); x.[|Work|]<int>(); } }")]
    public void Names(string source) => AssertFound(source, static root => FileIndex.NamesIn(root, "Work", CancellationToken.None).Select(static name => name.Identifier));

    [Fact]
    public void OnlyInTheCodeThatIsAskedFor()
        => AssertFound(
            "class C { void A() { Work(); while (true) { } try { } catch { } } void M() { [|Work|](); [|for|] (;;) { } [|try|] { } catch { } } void B() { Work(); while (true) { } try { } catch { } }",
            static root =>
            {
                var member = root.DescendantNodes().OfType<MethodDeclarationSyntax>().Single(static each => each.Identifier.ValueText == "M");
                return FileIndex.IdentifiersIn(member, "Work", CancellationToken.None)
                    .Concat(FileIndex.LoopsIn(member, CancellationToken.None).Select(static each => each.GetFirstToken()))
                    .Concat(FileIndex.HandledIn(member, CancellationToken.None).Select(static each => each.TryKeyword));
            });

    [Theory]
    [InlineData("void M() { [|try|] { } catch { } }")]
    [InlineData("void M() { [|try|] { } catch (A) { [|try|] { } catch { } } catch { } finally { } }")]
    [InlineData("void M() { try { } finally { catching(); @catch(); } /* catch */ }")]
    [InlineData("catch")]
    public void Handled(string source) => AssertFound(source, static root => FileIndex.HandledIn(root, CancellationToken.None).Select(static each => each.TryKeyword));

    [Theory]
    [InlineData("void M() { [|while|] (true) { } }")]
    [InlineData("void M() { [|do|] { } while (true); }")]
    [InlineData("void M() { [|do|] { [|while|] (true) { } } while (true); }")]
    [InlineData("void M() { [|for|] (;;) { } }")]
    [InlineData("void M() { foreach (var a in b) { } @while(); /* for */ whileTrue(); }")]
    [InlineData("[|do|]")]
    public void Loops(string source) => AssertFound(source, static root => FileIndex.LoopsIn(root, CancellationToken.None).Select(static each => each.GetFirstToken()));

    private static void AssertFound(string source, System.Func<SyntaxNode, IEnumerable<SyntaxToken>> search)
    {
        var markup = Markup.Parse(source);
        var root = CSharpSyntaxTree.ParseText(SourceText.From(markup.Text)).GetRoot();
        Assert.Equal(markup.Spans.Select(static each => each.Span), search(root).Select(static token => token.Span));
    }
}
