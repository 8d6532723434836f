using Gloss.Models.Published;
using Gloss.Torch;

namespace Gloss.Tests.Models.Published;

public sealed class PublishedTag2TextTests
{
    [Theory]
    [InlineData(null, 224, 7)]
    [InlineData(12L, 384, 12)]
    public void Build_ReferenceFile_TellsItsSizesAndGivesTheOfficialLogits(long? window, long imageSize, long expectedWindow)
    {
        using var live = new LiveValues();
        var path = RamFamilyReference.Path("tag2text/config.json");
        var options = PublishedOptions.Read(File.ReadAllText(path), path) with { WindowSize = window, ImageSize = null };
        using var file = CheckpointFile.Open(RamFamilyReference.Path("tag2text/model.pth"));
        var weights = PublishedTag2Text.Weights(file);
        var config = PublishedTag2Text.Config(weights, options);
        var swin = config.ImageEncoder.Swin!;
        Assert.Equal((imageSize, expectedWindow, 12L, 4L), (swin.ImageSize, swin.WindowSize, swin.EmbedDim, swin.PatchSize));
        Assert.Equal([2, 2, 2, 2], swin.Depths);
        Assert.Equal([1, 2, 4, 8], swin.NumHeads);
        Assert.Equal((48L, 192L, 30524L, 512L), (config.HiddenSize, config.IntermediateSize, config.VocabularySize, config.MaxPositions));
        Assert.Equal((3, 3, 2, 48), (config.TagEncoderLayers, config.TextDecoderLayers, config.TaggingHead.Layers, config.Tags));
        Assert.Equal([23, 47], options.ExcludedFor(48));
        Assert.Equal(0.7f, options.ThresholdsFor(48)[2]);

        using var model = PublishedTag2Text.Build(config, weights);
        using var scope = TensorScope.Begin();
        if (window is null)
        {
            var expected = RamFamilyReference.Tensors("tag2text/outputs.safetensors")["logits"];
            TensorAssert.Close(expected, model.TagLogits(model.EncodeImages(RamFamilyReference.Photos(0, 1, 2))), 1e-4, "logits");
        }
        else
        {
            var expected = RamFamilyReference.Tensors("tag2text/loaded_at_384.safetensors")["table.layers.3.blocks.1"];
            TensorAssert.Close(expected, model.State()["visual_encoder.layers.3.blocks.1.attn.relative_position_bias_table"], 1e-5, "table");
        }
    }

    [Theory]
    [InlineData("ram/model.pth", "family RAM;")]
    [InlineData("ram_plus/model.pth", "family RAM++;")]
    [InlineData("clip/model_state.pt", "family CLIP;")]
    public void Weights_OtherFamily_SaysWhich(string relative, string expected)
    {
        using var file = CheckpointFile.Open(RamFamilyReference.Path(relative));
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => PublishedTag2Text.Weights(file)).Message);
    }

    [Fact]
    public void Config_NothingThatTellsSizes_ListsEveryFault()
    {
        var message = Assert.Throws<CheckpointException>(
            () => PublishedTag2Text.Config(new Dictionary<string, CheckpointTensor>(), new PublishedOptions())).Message;
        Assert.Contains("label_embed.weight", message);
        Assert.Contains("word_embeddings", message);
    }

    [Fact]
    public void Read_PublishedList_HasTheFixedIds()
    {
        var options = PublishedOptions.Read("{}", "test");
        Assert.Equal(7, options.ExcludedFor(3429).Count);
        Assert.Equal(0.7f, options.ThresholdsFor(3429)[2701]);
        Assert.Empty(options.ExcludedFor(100));
        Assert.Throws<ArgumentException>(() => PublishedOptions.Read("""{"image_size": "large"}""", "test"));
    }
}
