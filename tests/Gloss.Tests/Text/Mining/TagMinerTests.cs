using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Tests.Text.Mining;

public sealed class TagMinerTests
{
    private static readonly TagMiner Miner = new();

    [Theory]
    [InlineData("A group of people in a living room next to a skateboard ramp .",
        "object people, scene living room, object skateboard ramp")]
    [InlineData("A man in a blue shirt and jeans is standing on a ladder .",
        "object man, attribute blue, object shirt, object jeans, action stand, object ladder")]
    [InlineData("two dogs play in snow .", "attribute two, object dog, action play, scene snow")]
    [InlineData("A smiling woman without a hat eats hot dogs near a brick building",
        "attribute smiling, object woman, action eat, object hot dog, attribute brick, object building")]
    [InlineData("", "")]
    public void Mine_Caption_GivesTags(string caption, string expected) =>
        Assert.Equal(
            expected,
            string.Join(", ", Miner.Mine(caption).Select(t => $"{t.Type.ToString().ToLowerInvariant()} {t.Name}")));

    [Fact]
    public void MineIds_CompoundNotInVocabulary_CountsItsHeadAndSynonyms()
    {
        var miner = new TagMiner(new TagVocabulary(
        [
            new Tag(0, "ramp", TagType.Object, []),
            new Tag(1, "Bicycle", TagType.Object, ["Bike"]),
        ]));
        Assert.Equal([0, 1], miner.MineIds("A boy with his bike on a skateboard ramp ."));
    }

    [Fact]
    public void MineIds_WithoutVocabulary_Refuses() =>
        Assert.Throws<InvalidOperationException>(() => Miner.MineIds("a dog"));
}
