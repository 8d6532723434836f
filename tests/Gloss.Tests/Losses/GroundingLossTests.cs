using System.Text.Json;
using Gloss.Losses;
using Gloss.Tests.Models;
using Gloss.Tests.Models.GroundingDino;
using Gloss.Torch;

namespace Gloss.Tests.Losses;

/// <summary>
/// Against losses, assignments and gradients of the reference script (float64): 1e-5 of the largest value.
/// </summary>
public sealed class GroundingLossTests : IDisposable
{
    private readonly LiveValues live = new();

    public void Dispose() => live.Dispose();

    [Theory]
    [InlineData("decoder0")]
    [InlineData("decoder1")]
    [InlineData("encoder")]
    public void Compute_Reference_AssignmentLossesAndGradientsAreEqual(string layer)
    {
        using var scope = TensorScope.Begin();
        var data = GroundingReference.Tensors("training.safetensors");
        using var json = JsonDocument.Parse(File.ReadAllText(GroundingReference.Path("training.json")));
        var expected = json.RootElement.GetProperty("layers").GetProperty(layer);
        var (logits, boxes) = (data[$"{layer}.logits"].Clone().SetRequiresGrad(),
            data[$"{layer}.boxes"].Clone().SetRequiresGrad());
        var targets = Enumerable.Range(0, 3)
            .Select(i => Targets(data[$"targets.{i}.boxes"], data[$"targets.{i}.positive_map"])).ToList();
        var loss = new GroundingLoss();
        for (var b = 0; b < 3; b++)
        {
            var (l, x) = (logits.Select(0, b).ToArray<float>(), boxes.Select(0, b).ToArray<float>());
            var costs = data[$"{layer}.cost.{b}"].ToArray<float>();
            var got = loss.Matcher.Costs(l, x, targets[b]);
            for (var i = 0; i < costs.Length; i++)
                Assert.Equal(costs[i], got[i], 1e-4);
            var matched = loss.Matcher.Match(l, x, targets[b]).Select((q, t) => (Query: (long)q, Target: (long)t))
                .OrderBy(p => p.Query).ToArray();
            Assert.Equal(data[$"{layer}.matched_queries.{b}"].ToArray<long>(), matched.Select(m => m.Query));
            Assert.Equal(data[$"{layer}.matched_targets.{b}"].ToArray<long>(), matched.Select(m => m.Target));
        }
        var parts = loss.Compute(logits, boxes, data["text_token_mask"], targets);
        Assert.Equal(expected.GetProperty("loss_class").GetDouble(), parts.Words.ToDouble(), 1e-4);
        Assert.Equal(expected.GetProperty("loss_bbox").GetDouble(), parts.Boxes.ToDouble(), 1e-5);
        Assert.Equal(expected.GetProperty("loss_giou").GetDouble(), parts.Overlap.ToDouble(), 1e-5);
        Assert.Equal(expected.GetProperty("weighted_total").GetDouble(), parts.Total.ToDouble(), 2e-4);
        parts.Total.Backward();
        TensorAssert.CloseRelative(data[$"{layer}.grad_of_layer_total.boxes"], boxes.Gradient()!, 1e-5,
            "gradient of boxes");
        TensorAssert.CloseRelative(data[$"{layer}.grad_of_layer_total.logits"], logits.Gradient()!, 1e-5,
            "gradient of logits");
    }

    [Fact]
    public void Focal_Reference_EqualsElementByElement()
    {
        using var scope = TensorScope.Begin();
        var data = GroundingReference.Tensors("training.safetensors");
        TensorAssert.Close(data["focal.elementwise"], new GroundingLoss()
            .Focal(data["focal.logits"], data["focal.targets"]), 1e-5);
    }

    [Fact]
    public void Compute_PaddingOfTheTextAtMinusInfinity_GradientsAreFinite()
    {
        using var scope = TensorScope.Begin();
        var logits = Tensor.FromData([0.5f, float.NegativeInfinity, -1, float.NegativeInfinity], 1, 2, 2)
            .SetRequiresGrad();
        var boxes = Tensor.FromData([0.5f, 0.5f, 0.2f, 0.2f, 0.3f, 0.3f, 0.1f, 0.1f], 1, 2, 4).SetRequiresGrad();
        var parts = new GroundingLoss().Compute(logits, boxes, Tensor.FromData([1L, 0], 1, 2),
            [[new(0.5f, 0.5f, 0.2f, 0.3f, [0])]]);
        parts.Total.Backward();
        Assert.True(logits.Gradient()!.IsFinite());
        Assert.True(boxes.Gradient()!.IsFinite());
    }

    [Fact]
    public void Compute_NoTargetsAtAll_OnlyWordsCount()
    {
        using var scope = TensorScope.Begin();
        var boxes = Tensor.FromData([0.5f, 0.5f, 0.2f, 0.2f], 1, 1, 4).SetRequiresGrad();
        var parts = new GroundingLoss().Compute(Tensors.Zeros([1, 1, 3]).SetRequiresGrad(), boxes,
            Tensors.Ones([1, 3]), [[]]);
        Assert.True(parts.Words.ToDouble() > 0);
        Assert.Equal(0, parts.Boxes.ToDouble());
        parts.Total.Backward();
        Assert.NotNull(boxes.Gradient());
    }

    private static List<GroundingTarget> Targets(Tensor boxes, Tensor map)
    {
        var (b, m) = (boxes.ToArray<float>(), map.ToArray<float>());
        var T = (int)map.Size(1);
        return [.. Enumerable.Range(0, b.Length / 4)
            .Select(i => new GroundingTarget(b[4 * i], b[4 * i + 1], b[4 * i + 2], b[4 * i + 3],
            [.. Enumerable.Range(0, T).Where(t => m[i * T + t] > 0)]))];
    }
}
