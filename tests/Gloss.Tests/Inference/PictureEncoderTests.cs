using Gloss.Images;
using Gloss.Inference;
using Gloss.Models.RamPlus;
using Gloss.Models.Swin;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Tests.Inference;

public sealed class PictureEncoderTests
{
    [Fact]
    public void Products_Int8OfASwinModel_MovesProbabilitiesLittle()
    {
        Assert.SkipUnless(OneDnn.HasByteLinear, "this processor has no products of bytes");
        using var live = new LiveValues();
        Engine.Seed(1);
        using var model = new RamPlusModel(new RamPlusConfig
        {
            ImageEncoder = new() { Swin = new SwinConfig { ImageSize = 96, WindowSize = 6, EmbedDim = 64,
                Depths = [2, 2, 2], NumHeads = [2, 4, 8] } },
            HiddenSize = 96, IntermediateSize = 384, Tags = 40, TextsPerTag = 3, EmbeddingSize = 128,
        });
        model.PrepareForInference();
        var random = new Random(1);
        var pictures = Enumerable.Range(0, 3).Select(_ =>
        {
            var picture = new RgbImage(96, 96);
            random.NextBytes(picture.Pixels);
            return picture;
        }).ToArray();
        var exact = Probabilities(model, pictures, InferencePrecision.Float32);
        var rough = Probabilities(model, pictures, InferencePrecision.Int8);
        Assert.NotEqual(exact, rough);
        for (var i = 0; i < exact.Length; i++)
            Assert.True(Math.Abs(exact[i] - rough[i]) < 0.02, $"[{i}]: {exact[i]} in float32, {rough[i]} in 8 bits");
    }

    private static float[] Probabilities(RamPlusModel model, RgbImage[] pictures, InferencePrecision precision)
    {
        using var encoder = new PictureEncoder(model, Preprocessing.ImageNet, precision);
        Assert.Equal(precision, encoder.Precision);
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var tokens = encoder.Encode(pictures);
        using var products = encoder.Products();
        return model.TagLogits(tokens).Sigmoid().ToArray<float>();
    }
}
