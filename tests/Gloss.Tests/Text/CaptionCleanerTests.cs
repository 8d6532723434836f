using Gloss.Text;

namespace Gloss.Tests.Text;

public sealed class CaptionCleanerTests
{
    [Theory]
    [InlineData("A dog (brown) runs!", "a dog brown runs")]
    [InlineData("  It's red, isn't it?  ", "it's red, isn't it?")]
    [InlineData("a\tb \t c\n", "a\tb c")]
    [InlineData("ΣΊΣΥΦΟΣ.", "σίσυφος")]
    [InlineData("...", "")]
    public void Blip_Caption_IsCleaned(string caption, string expected) =>
        Assert.Equal(expected, CaptionCleaner.Blip(caption));

    [Theory]
    [InlineData("Don't stop, black-and-white!", "dont stop black and white")]
    [InlineData("<person> and/or <dog>", "person and or <dog>")]
    [InlineData("?!", "")]
    public void XVlm_Caption_IsCleaned(string caption, string expected) =>
        Assert.Equal(expected, CaptionCleaner.XVlm(caption));

    [Fact]
    public void BlipAndXVlm_MaxWords_CutsTheRest()
    {
        Assert.Equal("a b", CaptionCleaner.Blip("A b c d", 2));
        Assert.Equal("a b c d", CaptionCleaner.Blip("A b c d", 4));
        Assert.Equal("a", CaptionCleaner.XVlm("A b c d", 1));
        Assert.Equal(30, CaptionCleaner.Blip(string.Concat(Enumerable.Repeat("w ", 50))).Split(' ').Length);
        Assert.Equal(40, CaptionCleaner.XVlm(string.Concat(Enumerable.Repeat("w ", 50))).Split(' ').Length);
    }

    [Fact]
    public void BlipAndXVlm_ReferenceLines_AreEqual()
    {
        var count = 0;
        foreach (var line in ReferenceLines.Read(ReferenceData.Require("reference/tokenizers/pre_caption.jsonl")))
        {
            count++;
            var text = line.Text("text")!;
            Assert.Equal(line.Text("ram30"), CaptionCleaner.Blip(text, 30));
            Assert.Equal(line.Text("ram50") ?? line.Text("ram30"), CaptionCleaner.Blip(text, 50));
            Assert.Equal(line.Text("xvlm40") ?? "", CaptionCleaner.XVlm(text, 40));
            Assert.Equal(line.Text("xvlm30") ?? line.Text("xvlm40") ?? "", CaptionCleaner.XVlm(text, 30));
        }
        Assert.Equal(2000, count);
    }
}
