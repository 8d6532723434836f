using Gloss.Evaluation;
using Gloss.Tests.Models.GroundingDino;
using Gloss.Torch;

namespace Gloss.Tests.Evaluation;

public sealed class BoxRulesTests
{
    [Fact]
    public void Suppress_ThreeOverlapping_SurestOfEachGroupStays()
    {
        BoundingBox[] boxes = [new(0, 0, 10, 10), new(1, 0, 10, 10), new(0, 1, 10, 10), new(50, 50, 5, 5)];
        Assert.Equal([1, 3], BoxRules.Suppress(boxes, [0.5, 0.9, 0.5, 0.1], null, 0.5));
        Assert.Equal([1, 0, 3], BoxRules.Suppress(boxes, [0.5, 0.9, 0.5, 0.1], [7, 2, 2, 7], 0.5));
        Assert.Equal([1, 0, 2, 3], BoxRules.Suppress(boxes, [0.5, 0.9, 0.5, 0.1], null, 1));
    }

    [Theory]
    [InlineData("0.325")]
    [InlineData("0.515")]
    [InlineData("0.74")]
    public void Suppress_Reference_KeepsWhatTorchvisionKeeps(string threshold)
    {
        using var scope = TensorScope.Begin();
        var data = GroundingReference.Tensors("boxes.safetensors");
        var boxes = Boxes(data["nms.boxes"]);
        double[] scores = [.. data["nms.scores"].ToArray<float>().Select(s => (double)s)];
        int[] classes = [.. data["nms.classes"].ToArray<long>().Select(c => (int)c)];
        var iou = double.Parse(threshold, System.Globalization.CultureInfo.InvariantCulture);
        long[] Kept(int[]? groups) => [.. BoxRules.Suppress(boxes, scores, groups, iou).Select(i => (long)i)];

        Assert.Equal(data[$"nms.keep_at_{threshold}"].ToArray<long>(), Kept(null));
        Assert.Equal(data[$"nms.batched_keep_at_{threshold}"].ToArray<long>(), Kept(classes));
    }

    [Fact]
    public void IntersectionOverUnion_Reference_EqualsTheTableEmptyBoxesToo()
    {
        using var scope = TensorScope.Begin();
        var data = GroundingReference.Tensors("boxes.safetensors");
        var (boxes, expected) = (Boxes(data["xyxy"]), data["iou_exact_zero_if_empty_union"].ToArray<float>());
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], boxes[i / boxes.Length].IntersectionOverUnion(boxes[i % boxes.Length]), 1e-6);
    }

    private static BoundingBox[] Boxes(Tensor corners) =>
        [.. corners.ToArray<float>().Chunk(4)
            .Select(c => new BoundingBox(c[0], c[1], (double)c[2] - c[0], (double)c[3] - c[1]))];

    [Fact]
    public void Union_Boxes_SmallestAroundAll() =>
        Assert.Equal(new BoundingBox(-1, 0, 6, 9), BoxRules.Union([new(0, 0, 5, 5), new(-1, 3, 2, 6)]));

    [Fact]
    public void Measure_PhrasesOfTwoTypes_CountedUnderEachWithTheUnionOfBoxes()
    {
        BoundingBox left = new(0, 0, 10, 10), right = new(10, 0, 10, 10), both = new(0, 0, 20, 10);
        PhraseGrounding[] phrases =
        [
            new(["people"], [left, right], [both]),
            new(["people", "scene"], [left], [right, left]),
            new(["scene"], [left], []),
        ];
        var (all, byType) = PhraseRecall.Measure(phrases);
        Assert.Equal(new PhraseRecall(1 / 3.0, 2 / 3.0, 2 / 3.0, 2 / 3.0, 3), all);
        Assert.Equal([("people", 0.5, 1.0), ("scene", 0, 0.5)],
            byType.Select(t => (t.Type, t.Recall.At1, t.Recall.At5)));
        Assert.Equal(1 / 3.0, PhraseRecall.ReferringAccuracy(phrases));
    }
}
