using Gloss.Text.Parsing;

namespace Gloss.Tests.Text.Parsing;

public sealed class CaptionTokenizerTests
{
    [Theory]
    [InlineData("A man stands .", "A man stands .")]
    [InlineData("a dog's ball, red/blue.", "a dog 's ball , red / blue .")]
    [InlineData("He doesn't \"like\" it (much)!", "He does n't \" like \" it ( much ) !")]
    [InlineData("snow - covered ground", "snow-covered ground")]
    [InlineData("a snow covered hill is covered with snow", "a snow-covered hill is covered with snow")]
    [InlineData("fully covered wagons , a wall covered in ivy , two filled glasses",
        "fully covered wagons , a wall covered in ivy , two filled glasses")]
    [InlineData("Close up of a cat close up", "Close-up of a cat close up")]
    [InlineData("green t-shirt at 5:30 p.m. today", "green t-shirt at 5:30 p.m. today")]
    [InlineData("dogs , cats...", "dogs , cats ...")]
    [InlineData(" \t ", "")]
    [InlineData("café scène 日本", "café scène 日本")]
    public void Tokenize_Text_GivesTokens(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', CaptionTokenizer.Tokenize(text).Select(t => t.Text)));

    [Fact]
    public void Tokenize_AnyText_OffsetsCutTheTokensOut()
    {
        const string text = "The dog's ball (red) can't roll; it's flat, see? \u201cYes\u201d";
        foreach (var token in CaptionTokenizer.Tokenize(text))
            Assert.Equal(token.Text, text[token.Start..token.End]);
    }

    [Fact]
    public void SplitSentences_TwoSentences_EndsBehindTheMark()
    {
        var tokens = CaptionTokenizer.Tokenize("A dog runs. Two cats sleep");
        Assert.Equal([0..4, 4..7], CaptionTokenizer.SplitSentences(tokens));
    }

    [Fact]
    public void SplitSentences_TenThousandWords_CutsAtTheLimit()
    {
        var tokens = CaptionTokenizer.Tokenize(string.Join(' ', Enumerable.Repeat("dog", 10_000)));
        Assert.Equal(50, CaptionTokenizer.SplitSentences(tokens).Count());
    }
}
