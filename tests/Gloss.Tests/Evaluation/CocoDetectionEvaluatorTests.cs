using System.Text.Json;
using Gloss.Evaluation;

namespace Gloss.Tests.Evaluation;

public sealed class CocoDetectionEvaluatorTests
{
    private const double Tolerance = 1e-9;

    [Theory]
    [InlineData("plain")]
    [InlineData("ties")]
    [InlineData("many")]
    [InlineData("crowd")]
    [InlineData("sparse")]
    public void Evaluate_OfficialScenario_GivesOfficialFigures(string scenario)
    {
        var expected = MatrixReference.Expected("detection_expected.json").GetProperty(scenario);
        var truth = MatrixReference.Expected(expected.GetProperty("ground_truth").GetString()!);
        var names = truth.GetProperty("categories").EnumerateArray()
            .ToDictionary(x => x.GetProperty("id").GetInt32(), x => x.GetProperty("name").GetString()!);
        var detections = MatrixReference.Expected(expected.GetProperty("detections_file").GetString()!)
            .EnumerateArray()
            .Select(x => new DetectedBox(x[0].GetInt64(), x[1].GetInt32(), Box(x, 2), x[6].GetDouble()))
            .Where(x => scenario != "sparse" || (x.ImageId % 3 == 0 && x.CategoryId % 2 == 0))
            .ToList();
        Assert.Equal(expected.GetProperty("detections").GetInt32(), detections.Count);

        var result = CocoDetectionEvaluator.Evaluate(
            [.. truth.GetProperty("images").EnumerateArray().Select(x => x.GetProperty("id").GetInt64())],
            [.. names.Keys],
            [.. truth.GetProperty("annotations").EnumerateArray().Select(Annotation)],
            detections);

        var summary = expected.GetProperty("summary");
        void Same(string figure, double actual) =>
            Assert.Equal(summary.GetProperty(figure).GetDouble(), actual, Tolerance);
        Same("AP", result.Ap);
        Same("AP50", result.Ap50);
        Same("AP75", result.Ap75);
        Same("AP_small", result.ApSmall);
        Same("AP_medium", result.ApMedium);
        Same("AP_large", result.ApLarge);
        Same("AR_max1", result.ArMax1);
        Same("AR_max10", result.ArMax10);
        Same("AR_max100", result.ArMax100);
        Same("AR_small", result.ArSmall);
        Same("AR_medium", result.ArMedium);
        Same("AR_large", result.ArLarge);
        var byIou = expected.GetProperty("AP_by_iou").EnumerateObject().Select(x => x.Value.GetDouble()).ToArray();
        Assert.Equal(byIou.Length, result.ApByIou.Count);
        for (var i = 0; i < byIou.Length; i++)
            Assert.Equal(byIou[i], result.ApByIou[i], Tolerance);
        foreach (var category in result.Categories)
        {
            var own = expected.GetProperty("per_category").GetProperty(names[category.CategoryId]);
            Assert.Equal(own.GetProperty("ap").GetDouble(), category.Ap, Tolerance);
            Assert.Equal(own.GetProperty("ap50").GetDouble(), category.Ap50, Tolerance);
            Assert.Equal(own.GetProperty("ap75").GetDouble(), category.Ap75, Tolerance);
            Assert.Equal(own.GetProperty("ar100").GetDouble(), category.Ar100, Tolerance);
            Assert.Equal(own.GetProperty("annotations").GetInt32(), category.Annotations);
        }
    }

    [Fact]
    public void Evaluate_ExactBoxes_GivesOne()
    {
        var box = new BoundingBox(10, 10, 40, 40);

        var result = CocoDetectionEvaluator.Evaluate(
            [1, 2], [7], [new(1, 7, box)], [new(1, 7, box, 0.3)]);

        Assert.Equal(1, result.Ap, 1e-12);
        Assert.Equal(1, result.ArMax1, 1e-12);
        Assert.Equal(1, result.ApMedium, 1e-12);
        Assert.Equal(-1, result.ApSmall);
    }

    [Fact]
    public void Evaluate_WrongOneFirst_HalvesPrecision()
    {
        var box = new BoundingBox(0, 0, 50, 50);

        var result = CocoDetectionEvaluator.Evaluate(
            [1], [7], [new(1, 7, box)], [new(1, 7, box, 0.5), new(1, 7, new(200, 0, 50, 50), 0.9)]);

        Assert.Equal(0.5, result.Ap, 1e-12);
        Assert.Equal(0, result.ArMax1, 1e-12);
        Assert.Equal(1, result.ArMax10, 1e-12);
    }

    [Fact]
    public void Evaluate_BoxesInACrowd_AreNotWrong()
    {
        var crowd = new BoundingBox(0, 0, 300, 300);
        var one = new BoundingBox(400, 400, 50, 50);

        var result = CocoDetectionEvaluator.Evaluate(
            [1], [7], [new(1, 7, crowd, IsCrowd: true), new(1, 7, one)],
            [new(1, 7, new(10, 10, 20, 20), 0.9), new(1, 7, new(50, 50, 20, 20), 0.8), new(1, 7, one, 0.7)]);

        Assert.Equal(1, result.Ap, 1e-12);
        Assert.Equal(2, result.Categories[0].Annotations);
    }

    [Fact]
    public void Evaluate_PartialOverlap_CountsUpToItsIou()
    {
        // Intersection 61 x 100 of a union of 100 x 100: IoU 0.61, so right at 0.50, 0.55 and 0.60.
        var result = CocoDetectionEvaluator.Evaluate(
            [1], [7], [new(1, 7, new(0, 0, 100, 100))], [new(1, 7, new(0, 0, 61, 100), 0.9)]);

        Assert.Equal([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], result.ApByIou.Select(x => Math.Round(x, 9)));
    }

    [Fact]
    public void Evaluate_UnknownImage_SaysWhich()
    {
        var error = Assert.Throws<ArgumentException>(
            () => CocoDetectionEvaluator.Evaluate([1], [7], [], [new(5, 7, default, 0.9)]));

        Assert.Contains("detection 0 is of image 5", error.Message);
    }

    private static GroundTruthBox Annotation(JsonElement x) => new(
        x.GetProperty("image_id").GetInt64(), x.GetProperty("category_id").GetInt32(), Box(x.GetProperty("bbox"), 0),
        x.GetProperty("iscrowd").GetInt32() != 0, x.GetProperty("area").GetDouble());

    private static BoundingBox Box(JsonElement x, int at) =>
        new(x[at].GetDouble(), x[at + 1].GetDouble(), x[at + 2].GetDouble(), x[at + 3].GetDouble());
}
