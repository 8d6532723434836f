using Gloss.Models.EfficientNet;
using Gloss.Torch;

namespace Gloss.Tests.Models;

public sealed class EfficientNetLiteTests
{
    [Theory]
    [InlineData("lite0")]
    [InlineData("lite2")]
    public void Classify_ReferencePhotos_EqualsTheOriginal(string name)
    {
        var folder = ReferenceData.Require($"pretrained/efficientnet_lite/{name}");
        using var live = new LiveValues();
        using (TensorScope.Begin())
        using (GradientMode.Inference())
        {
            var config = (name == "lite0" ? EfficientNetLiteConfig.Lite0 : EfficientNetLiteConfig.Lite2)
                with { Classes = 1000 };
            using var model = new EfficientNetLite(config);
            using var weights = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
            model.Load(weights.ReadAll());
            using var reference = SafetensorsFile.Open(Path.Combine(folder, "reference.safetensors"));

            var pixels = (reference.Read("input_uint8_nhwc").To(ScalarType.Float32) - 127.0) / 128.0;
            pixels = pixels.Permute(0, 3, 1, 2).Contiguous();
            var stages = model.Stages(pixels);
            var names = new[] { "stem", "stage1", "stage2", "stage3", "stage4", "stage5", "stage6", "stage7" };
            for (var i = 0; i < names.Length; i++)
            {
                // 1e-4 of the stage's largest value: the reference's own rounding between engines.
                Near(reference.Read($"{names[i]}.slice"), stages[i].Narrow(1, 0, 8).Narrow(2, 0, 4).Narrow(3, 0, 4),
                    1e-4, names[i]);
                Near(reference.Read($"{names[i]}.channel_mean"), stages[i].Mean([2, 3]), 1e-4, names[i]);
            }
            Near(reference.Read("pooled"), model.Forward(pixels).Select(1, 0), 1e-4, "pooled");
            var logits = model.Classify(pixels).ToArray<float>();
            var expected = reference.Read("logits").ToArray<float>();
            for (var i = 0; i < logits.Length; i++)
                Assert.Equal(expected[i], logits[i], 1e-3f);
        }
    }

    [Fact]
    public void Forward_AnySize_TokensAreTheGridAndItsMean()
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.Inference();
        Engine.Seed(1);
        using var model = new EfficientNetLite(new EfficientNetLiteConfig { ImageSize = 75 });
        var tokens = model.Forward(Tensors.RandomNormal([2, 3, 75, 75]));
        Assert.Equal([2, model.TokenCount, model.Width], tokens.Shape);
        Assert.Equal(10, model.TokenCount);
        var mean = tokens.Narrow(1, 1, 9).Mean([1]).ToArray<float>();
        var first = tokens.Select(1, 0).ToArray<float>();
        for (var i = 0; i < mean.Length; i++)
            Assert.Equal(mean[i], first[i], 1e-5f);
    }

    [Fact]
    public void Forward_FrozenStatistics_EqualsEvaluation()
    {
        using var scope = TensorScope.Begin();
        Engine.Seed(2);
        using var model = new EfficientNetLite(new EfficientNetLiteConfig { ImageSize = 64 });
        var pixels = Tensors.RandomNormal([2, 3, 64, 64]);
        model.Train();
        using (GradientMode.None())
            model.Forward(pixels); // moves the statistics away from their initial values
        model.FreezeStatistics();
        var frozen = model.Forward(pixels).ToArray<float>();
        model.Train(false);
        Assert.Equal(frozen, model.Forward(pixels).ToArray<float>());
    }

    private static void Near(Tensor expected, Tensor got, double relative, string what)
    {
        Assert.Equal(expected.Shape, got.Shape);
        var scale = expected.Abs().Max([.. Enumerable.Range(0, expected.Rank)]).ToDouble();
        var worst = (expected - got).Abs().Max([.. Enumerable.Range(0, expected.Rank)]).ToDouble();
        Assert.True(worst <= relative * Math.Max(1, scale), $"{what}: off by {worst}, scale {scale}");
    }
}
