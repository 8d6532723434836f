using Gloss.Models.Bert;
using Gloss.Torch;

namespace Gloss.Tests.Models;

public sealed class BertTests
{
    private static readonly BertConfig tiny = new()
    {
        HiddenSize = 24, Heads = 3, IntermediateSize = 48, Layers = 2, VocabularySize = 50, MaxPositions = 32,
        Dropout = 0,
    };

    [Fact]
    public void Encode_MiniLm_EqualsTheOriginal()
    {
        var folder = ReferenceData.Require("pretrained/minilm");
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.Inference();
        using var model = new BertModel(new BertConfig
        {
            HiddenSize = 384, Heads = 12, IntermediateSize = 1536, Layers = 6, VocabularySize = 30522, TokenTypes = 2,
        });
        using var weights = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        model.Load(weights.ReadAll());
        model.Train(false);
        using var reference = SafetensorsFile.Open(Path.Combine(folder, "reference.safetensors"));
        var mask = reference.Read("attention_mask").To(ScalarType.Int64);
        var hidden = model.Encode(reference.Read("input_ids").To(ScalarType.Int64), mask);
        var weight = mask.To(ScalarType.Float32).Unsqueeze(-1);
        var embedding = ((hidden * weight).Sum([1]) / weight.Sum([1])).Normalize().ToArray<float>();
        var expected = reference.Read("embedding").ToArray<float>();
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], embedding[i], 1e-5f);
    }

    [Fact]
    public void DecodeNext_StepByStep_EqualsWholeSequence()
    {
        using var live = new LiveValues();
        using (TensorScope.Begin())
        using (GradientMode.Inference())
        {
            Engine.Seed(3);
            using var model = new BertModel(tiny with { EncoderWidth = 16 });
            var context = Tensors.RandomNormal([2, 5, 16]);
            // Two rows of text look at each row of the context.
            var ids = Tensor.FromData([1L, 7, 9, 4, 1, 8, 2, 3, 1, 5, 5, 6, 1, 2, 3, 4], 4, 4);
            var whole = model.Decode(ids, Tensors.Ones([4, 4], ScalarType.Int64), context.RepeatInterleave(2, 0))
                .ToArray<float>();
            using var cache = new DecoderCache(model, context);
            var first = model.DecodeNext(ids.Narrow(1, 0, 2), cache);
            var third = model.DecodeNext(ids.Narrow(1, 2, 1), cache);
            var fourth = model.DecodeNext(ids.Narrow(1, 3, 1), cache);
            var steps = TensorShape.Concatenate(1, first, third, fourth).ToArray<float>();
            for (var i = 0; i < whole.Length; i++)
                Assert.Equal(whole[i], steps[i], 1e-4f);
        }
    }

    [Fact]
    public void Decode_LaterTokens_DoNotChangeEarlierOnes()
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.Inference();
        using var model = new BertModel(tiny);
        var mask = Tensors.Ones([1, 4], ScalarType.Int64);
        var one = model.Decode(Tensor.FromData([1L, 2, 3, 4], 1, 4), mask).Narrow(1, 0, 3).ToArray<float>();
        var other = model.Decode(Tensor.FromData([1L, 2, 3, 9], 1, 4), mask).Narrow(1, 0, 3).ToArray<float>();
        Assert.Equal(one, other);
    }
}
