using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Tests.Text.Mining;

public sealed class VocabularyBuilderTests
{
    [Fact]
    public void Build_Captions_RanksMergesAndBlocks()
    {
        var builder = new VocabularyBuilder(new VocabularyOptions { MinCount = 1, MinCompoundCount = 2 });
        builder.Add("A boy rides a bike near a tennis court .");
        builder.Add("A boy rides a bicycle near a tennis court .");
        builder.Add("A boy is near a basketball court .");
        var tags = builder.Build();
        Assert.True(tags.TryFind("bike", out var bicycle));
        Assert.Equal(("bicycle", TagType.Object), (bicycle.Name, bicycle.Type));
        Assert.True(tags.TryFind("tennis court", out var court));
        Assert.Equal(TagType.Scene, court.Type);
        Assert.True(tags.TryFind("court", out _));
        Assert.False(tags.TryFind("basketball court", out _));
        Assert.Equal("boy", tags[0].Name);
    }

    [Fact]
    public void Build_BlockedName_IsLeftOut()
    {
        var builder = new VocabularyBuilder(new VocabularyOptions { MinCount = 1 }, blocked: ["dog"]);
        builder.Add("A dog and a cat .");
        Assert.Equal(["cat"], builder.Build().Select(t => t.Name));
    }

    [Fact]
    public void SynonymGroups_WordInTwoGroups_SaysWhich()
    {
        var error = Assert.Throws<VocabularyException>(
            () => new SynonymGroups(["thing\tcar\tauto", "thing\tvehicle\tauto"], "x"));
        Assert.Contains("\"auto\" is a synonym of \"car\" and of \"vehicle\"", error.Message, StringComparison.Ordinal);
    }
}
