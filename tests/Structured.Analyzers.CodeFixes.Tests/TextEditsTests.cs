using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.CodeFixes.Tests;

/// <summary>How changes that were thought of separately come together.</summary>
public class TextEditsTests
{
    private const string Before = "0123456789";

    [Fact]
    public void Changes_are_made_whatever_their_order()
        => Assert.Equal("0a234b9", Apply(new(new(5, 4), "b"), new(new(1, 1), "a")));

    [Fact]
    public void Changes_that_touch_the_same_characters_are_not_made()
    {
        Assert.Null(Apply(new(new(1, 3), "a"), new(new(3, 2), "b")));
        Assert.Null(Apply(new(new(1, 3), "a"), new(new(2, 0), "b")));
        Assert.Null(Apply(new(new(0, 1), ""), new(new(4, 3), "a"), new(new(6, 1), "b")));
    }

    [Fact]
    public void Changes_that_follow_each_other_are_made()
        => Assert.Equal("0ab56789", Apply(new(new(1, 2), "a"), new(new(3, 2), "b")));

    [Fact]
    public void Insertions_at_one_place_keep_their_order()
        => Assert.Equal("01abc56789", Apply(new(new(2, 0), "a"), new(new(2, 0), "b"), new(new(2, 3), "c")));

    [Fact]
    public void Nothing_to_change_changes_nothing()
        => Assert.Equal(Before, Apply());

    [Theory]
    [InlineData(0, 2, "01")]
    [InlineData(1, 5, "1XX4")]
    [InlineData(4, 6, "45")]
    [InlineData(6, 8, "67")]
    [InlineData(7, 10, "789")]
    public void A_span_goes_with_its_code(int start, int end, string expected)
    {
        TextChange[] changes = [new(new(2, 2), "XX"), new(new(6, 0), "YYY"), new(new(0, 0), "Z")];
        // What is inserted at the end of a span is not part of it, what is inserted at its start stands before it.
        var text = TextEdits.Apply(SourceText.From(Before), changes, out var ordered)!.ToString();
        var moved = TextEdits.Moved(TextSpan.FromBounds(start, end), ordered);
        Assert.Equal(expected, text.Substring(moved.Start, moved.Length));
    }

    private static string? Apply(params TextChange[] changes) => TextEdits.Apply(SourceText.From(Before), changes, out _)?.ToString();
}
