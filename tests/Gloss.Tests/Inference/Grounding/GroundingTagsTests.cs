using System.Text.Json;
using Gloss.Inference.Grounding;
using Gloss.Tests.Models.GroundingDino;
using Gloss.Text;

namespace Gloss.Tests.Inference.Grounding;

public sealed class GroundingTagsTests
{
    private static readonly WordPieceTokenizer tokenizer = TinyGrounding.Tokenizer;

    [Fact]
    public void Constructor_MoreTagsThanAPassHolds_SplitsWithoutCuttingATag()
    {
        var tags = new GroundingTags(tokenizer, ["red dog", "car", "man", "red car", "dog"], maxTokens: 8);
        Assert.All(tags.Passes, pass => Assert.InRange(pass.Text.Ids.Count, 3, 8));
        Assert.Equal(["red dog", "car", "man", "red car", "dog"],
            tags.Passes.SelectMany(p => p.Tags).Select(i => tags.Names[i]));
        foreach (var pass in tags.Passes)
        {
            for (var i = 0; i < pass.Tags.Count; i++)
            {
                var range = pass.Text.Phrases[i];
                Assert.Equal(tags.Names[pass.Tags[i]],
                    string.Join(' ', pass.Text.Ids.Skip(range.Start).Take(range.Count).Select(tokenizer.TokenOf)));
            }
        }
    }

    [Fact]
    public void Constructor_SeveralPasses_FilledEvenly()
    {
        // Five words with their marks fill a pass, and seven are to be placed.
        var tags = new GroundingTags(tokenizer, ["dog", "car", "man", "red", "a", "house", "left"], maxTokens: 12);
        Assert.Equal([10, 8], tags.Passes.Select(p => p.Text.Ids.Count));
        Assert.Equal(Enumerable.Range(0, 7), tags.Passes.SelectMany(p => p.Tags));
    }

    [Fact]
    public void Constructor_EmptyTooLongAndEqualTags_SkippedWithAReason()
    {
        var tags = new GroundingTags(tokenizer, ["  ", "Dog", "dog.", " dog ", "red red red red red red red"],
            maxTokens: 8);
        Assert.Equal(["Dog"], tags.Names);
        Assert.Equal(2, tags.Skipped.Count);
    }

    [Fact]
    public void Constructor_TagsThatTheModelCannotRead_SkippedAndNamed()
    {
        var tags = new GroundingTags(tokenizer, ["dog", "?", "狗", "猫 🐶", "red zebra", "red lion", "DOG."],
            maxTokens: 24);
        Assert.Equal(["dog", "red zebra"], tags.Names);
        Assert.Equal(["'?' has no letters that the model reads", "'狗' has no letters that the model reads",
            "'猫 🐶' has no letters that the model reads", "'red lion' reads as 'red zebra' does to the model"],
                tags.Skipped);
    }

    [Theory]
    [InlineData()]
    [InlineData(" ", "")]
    public void Constructor_NothingLeft_Refused(params string[] tags) =>
        Assert.Contains("no tags to look for",
            Assert.Throws<ArgumentException>(() => new GroundingTags(tokenizer, tags, 256)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Constructor_TenThousandTags_LaidOutInPasses()
    {
        var words = new[] { "red", "dog", "car", "man", "a", "house" };
        var tags = new GroundingTags(tokenizer, [.. Enumerable.Range(0, 10_000).Select(i =>
            string.Join(' ', Enumerable.Range(0, 6).Select(d => words[i / (int)Math.Pow(6, d) % 6])))], 256);
        Assert.Equal(10_000, tags.Names.Count);
        Assert.Equal(10_000, tags.Passes.Sum(p => p.Tags.Count));
        Assert.True(tags.Passes.Count <= 10_000 * 7 / 254 + 10);
    }

    [Fact]
    public void SizeFor_ReferenceSizes_AreTheOfficial()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(GroundingReference.Path("resize_sizes.json")));
        var settings = new GroundingSettings();
        foreach (var item in json.RootElement.GetProperty("cases").EnumerateArray())
        {
            var size = settings.SizeFor(item.GetProperty("width").GetInt32(), item.GetProperty("height").GetInt32());
            Assert.Equal((item.GetProperty("resized_width").GetInt32(), item.GetProperty("resized_height").GetInt32()),
                (size.Width, size.Height));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(20_000, 1)]
    [InlineData(1, 20_000)]
    [InlineData(20_000, 900)]
    public void SizeFor_ExtremeShapes_AtLeastAPixelAndNoLongerThanTwiceTheLongest(int width, int height)
    {
        var size = new GroundingSettings().SizeFor(width, height);
        Assert.InRange(size.Width, 1, 2666);
        Assert.InRange(size.Height, 1, 2666);
    }
}
