using Gloss.Models.Tag2Text;
using Gloss.Tests.Inference;
using Gloss.Torch;

namespace Gloss.Tests.Models.Tag2Text;

public sealed class ClassEvidenceTests
{
    // More classes than an image token is wide: their probabilities take three rows.
    private const int Classes = 30;

    [Fact]
    public void TagLogits_Evidence_IsAddedToTheDecodersByTheClassesProbabilities()
    {
        using var live = new LiveValues();
        using var noGradient = GradientMode.None();
        using var scope = TensorScope.Begin();
        using var model = TinyTag2Text.Model(TinyTag2Text.Config with { Classes = Classes });
        var evidence = model.ClassEvidence!;
        var bias = new float[Classes];
        bias[17] = 15; // nearly certain
        evidence.Classes.Bias!.Value.CopyInPlace(Tensor.FromData(bias));
        var encoded = Tensors.RandomNormal([2, model.VisualEncoder.TokenCount, model.VisualEncoder.Width]);
        var tokens = model.ProjectTokens(encoded);
        var without = model.TagLogits(tokens).ToArray<float>();
        evidence.Tags.Weight.Value.Select(1, 17).CopyInPlace(Tensor.FromData([4f, 0f, 0f, -2f, 0f]));

        var with = model.TagLogits(tokens).ToArray<float>();
        var some = model.TagLogits(tokens, Tensor.FromData([3L, 0L])).ToArray<float>();

        var expected = evidence.Classes.Forward(encoded.Select(1, 0)).Softmax(-1).ToArray<float>();
        Assert.Equal(expected, evidence.Probabilities(tokens).ToArray<float>(), (a, b) => MathF.Abs(a - b) < 1e-6f);
        float[] added = [4, 0, 0, -2, 0];
        for (var i = 0; i < with.Length; i++)
            Assert.Equal(added[i % 5], with[i] - without[i], 0.02);
        Assert.Equal([with[3], with[0], with[8], with[5]], some, (a, b) => MathF.Abs(a - b) < 1e-5f);
    }

    [Fact]
    public void OtherParts_Evidence_IsNotSeen()
    {
        using var live = new LiveValues();
        using var noGradient = GradientMode.None();
        using var scope = TensorScope.Begin();
        var config = TinyTag2Text.Config with
        {
            ImageProjection = 16, DecoderSeesImage = true,
            Alignment = new AlignmentConfig { Layers = 1, Width = 8, PoolingHeads = 2, MaxTokens = 16 },
        };
        using var without = TinyTag2Text.Model(config);
        using var with = TinyTag2Text.Model(config with { Classes = Classes });
        with.Load(without.State(), mayMiss: name => name.StartsWith("class_evidence."));
        var encoded = Tensors.RandomNormal([2, with.VisualEncoder.TokenCount, with.VisualEncoder.Width]);
        var (plain, carrying) = (without.ProjectTokens(encoded), with.ProjectTokens(encoded));
        Assert.Equal(plain.Size(1) + 2, carrying.Size(1));
        var tags = Tensor.FromData([21L, 8L, 21L, 9L], 2, 2);
        var mask = Tensors.Ones([2, 2], ScalarType.Int64);

        Assert.Equal(without.EncodeTags(tags, mask, plain).ToArray<float>(),
            with.EncodeTags(tags, mask, carrying).ToArray<float>());
        Assert.Equal(without.Alignment!.EmbedImages(plain).ToArray<float>(),
            with.Alignment!.EmbedImages(carrying).ToArray<float>());
        Assert.Equal(without.WhereSeen(plain, Tensor.FromData([1L])).ToArray<float>(),
            with.WhereSeen(carrying, Tensor.FromData([1L])).ToArray<float>());
        Assert.Equal(without.TagLogits(plain).ToArray<float>(), with.TagLogits(carrying).ToArray<float>());
    }

    [Fact]
    public void Faults_Classes_HaveToBeAtLeastOne() => Assert.Contains(
        (TinyTag2Text.Config with { Classes = 0 }).Faults(), fault => fault.StartsWith("classes: "));
}
