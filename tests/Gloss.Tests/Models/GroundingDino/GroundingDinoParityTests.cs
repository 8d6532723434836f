using Gloss.Models.GroundingDino;
using Gloss.Torch;

namespace Gloss.Tests.Models.GroundingDino;

/// <summary>
/// The small Grounding DINO against the official classes' outputs: 1e-4 absolute on logits and boxes; inside, 1e-4 of
/// the largest value, as bulky intermediates were stored with 15 bits.
/// </summary>
public sealed class GroundingDinoParityTests : IDisposable
{
    private readonly LiveValues live = new();

    public void Dispose() => live.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Forward_OnePicture_EveryStageEqualsTheOfficial(bool isPort)
    {
        using var model = GroundingReference.Model(isPort);
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        var expected = GroundingReference.Tensors("case_a_dots.safetensors");
        var trace = new Dictionary<string, Tensor>();
        var (pixels, sizes) = GroundingReference.Pictures("a");
        var output = model.Forward(model.EncodeImages(pixels, sizes, trace),
            GroundingReference.Captions(model, trace, "dots"), trace);
        var compared = 0;
        foreach (var (stored, value) in expected)
        {
            var name = stored;
            var stride = 1L;
            var isGrid = false;
            var isEdge = false;
            if (name.EndsWith(".row_col", StringComparison.Ordinal))
                (name, isEdge) = (name[..^".row_col".Length], true);
            else if (name.IndexOf(".every", StringComparison.Ordinal) is >= 0 and var at)
            {
                isGrid = name[at..].Contains('_', StringComparison.Ordinal);
                stride = long.Parse(name[at..].TrimStart('.', 'e', 'v', 'r', 'y', '_').Split('x')[0]);
                name = name[..at];
            }
            if (!trace.TryGetValue(name, out var got))
                continue;
            if (name.StartsWith("level", StringComparison.Ordinal))
                got = got.Permute(0, 3, 1, 2);
            if (got.Shape.AsSpan().SequenceEqual(value.Shape))
                stride = 1;
            else if (isGrid)
                got = got.Slice(2, 0, got.Size(2), stride).Slice(3, 0, got.Size(3), stride);
            else if (stride > 1)
                got = got.Slice(1, 0, got.Size(1), stride);
            else if (isEdge)
                // (C, H + W)
                got = TensorShape.Concatenate(-1, got.Select(0, 0).Select(2, 0), got.Select(0, 0).Select(1, 0));
            compared++;
            if (name is "selection.topk_indices")
                Assert.Equal(value.ToArray<long>(), got.ToArray<long>());
            else if (name is "selection.proposals_unsigmoid" or "decoder.ref_unsigmoid")
                TensorAssert.Close(value.Sigmoid(), got.Sigmoid(), 1e-5, name);
            else
                TensorAssert.CloseRelative(value, got, 1e-4, name);
        }
        Assert.True(compared >= 44, $"{compared} stages were compared");
        TensorAssert.Close(expected["pred_logits"], output.Last.Logits, 1e-4, "logits");
        TensorAssert.Close(expected["pred_boxes"], output.Last.Boxes, 1e-4, "boxes");
        foreach (var tensor in trace.Values)
            tensor.Dispose();
    }

    [Theory]
    [InlineData("b", "question")]
    [InlineData("c", "phrases")]
    [InlineData("c", "commas")]
    [InlineData("b", "single")]
    [InlineData("a", "long")]
    [InlineData("b", "accents")]
    public void Forward_EveryCase_LogitsAndBoxesEqualTheOfficial(string picture, string caption)
    {
        using var model = GroundingReference.Model();
        using var scope = TensorScope.Begin();
        using var inference = GradientMode.Inference();
        var expected = GroundingReference.Tensors("cases_final.safetensors");
        var (pixels, sizes) = GroundingReference.Pictures(picture);
        var output = model.Forward(model.EncodeImages(pixels, sizes),
            GroundingReference.Captions(model, null, caption));
        TensorAssert.Close(expected[$"{picture}_{caption}.pred_logits"], output.Last.Logits, 1e-4, "logits");
        TensorAssert.Close(expected[$"{picture}_{caption}.pred_boxes"], output.Last.Boxes, 1e-4, "boxes");
    }

    [Theory]
    [InlineData("same", new[] { "dots", "dots" })]
    [InlineData("different_perhead", new[] { "dots", "question" })]
    public void Forward_PaddedBatch_LogitsAndBoxesEqualTheReference(string name, string[] captions)
    {
        using var model = GroundingReference.Model();
        using var scope = TensorScope.Begin();
        using var inference = GradientMode.Inference();
        var expected = GroundingReference.Tensors("batch_ac.safetensors");
        var (pixels, sizes) = GroundingReference.Pictures("a", "c");
        var output = model.Forward(model.EncodeImages(pixels, sizes),
            GroundingReference.Captions(model, null, captions));
        var finite = expected[$"{name}.pred_logits"].GreaterThan(-1e30);
        TensorAssert.Close(expected[$"{name}.pred_logits"].Index(finite), output.Last.Logits.Index(finite),
            1e-4, "logits");
        TensorAssert.Close(expected[$"{name}.pred_boxes"], output.Last.Boxes, 1e-4, "boxes");
    }

    [Fact]
    public void Forward_PictureWithFewerPlacesThanQueries_GivesAsManyBoxes()
    {
        using var model = GroundingReference.Model();
        using var scope = TensorScope.Begin();
        using var inference = GradientMode.Inference();
        var pixels = Tensors.Zeros([1, 3, 9, 1]);
        var output = model.Forward(model.EncodeImages(pixels), GroundingReference.Captions(model, null, "single"));
        Assert.InRange(output.Last.Boxes.Size(1), 1, 10);
        Assert.True(output.Last.Boxes.IsFinite());
    }
}
