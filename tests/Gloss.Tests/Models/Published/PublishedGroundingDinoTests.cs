using Gloss.Models.Published;
using Gloss.Tests.Models.GroundingDino;
using Gloss.Torch;

namespace Gloss.Tests.Models.Published;

public sealed class PublishedGroundingDinoTests
{
    [Fact]
    public void Read_BothNamings_EveryKeyIsAWeightOrLeftOutWithAReason()
    {
        foreach (var path in new[] { "checkpoint.pth", "hf/model.safetensors" })
        {
            using var file = CheckpointFile.Open(GroundingReference.Path(path));
            Assert.True(PublishedGroundingDino.Is(file));
            var published = PublishedGroundingDino.Read(file);
            Assert.All(published.LeftOut, entry => Assert.NotEmpty(entry.Value));
            Assert.DoesNotContain(published.LeftOut.Keys, name =>
                name.Contains("transformer", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Build_BothNamings_SameWeights()
    {
        using var official = GroundingReference.Model();
        using var port = GroundingReference.Model(isPort: true);
        var others = port.NamedParameters().ToDictionary(p => p.Name, p => p.Parameter.Value);
        foreach (var (name, parameter) in official.NamedParameters())
            TensorAssert.Close(parameter.Value, others[name], 0, name);
        Assert.Equal(official.Config with { BoxEpsilon = 0, Backbone = port.Config.Backbone, Text = port.Config.Text },
            port.Config with { BoxEpsilon = 0 });
    }

    [Fact]
    public void Config_WrongHeads_SaysWhatDoesNotFit()
    {
        using var file = CheckpointFile.Open(GroundingReference.Path("checkpoint.pth"));
        var error = Assert.Throws<CheckpointException>(() => PublishedGroundingDino.Read(file)
            .Config(new PublishedGroundingOptions()));
        Assert.Contains("heads are no divisor", error.Message, StringComparison.Ordinal);
    }
}
