using Gloss.Data;
using Gloss.Inference;

namespace Gloss.Tests.Inference;

public sealed class TaggingEvaluationTests
{
    [Fact]
    public void Measure_HandMadeScores_GivesTheFiguresByHand()
    {
        using var model = TinyTag2Text.Model();
        var predictor = TinyTag2Text.Predictor(model, new() { Threshold = 0.5f });
        // Four pictures; "dog" and "cat" have two positives each, "red" (threshold 0.9 of its own) two, "beach" one,
        // "run" none.
        float[] scores =
        [
            0.9f, 0.2f, 0.9f, 0.95f, 0.9f,
            0.8f, 0.6f, 0.1f, 0.80f, 0.1f,
            0.7f, 0.5f, 0.1f, 0.10f, 0.1f,
            0.1f, 0.1f, 0.1f, 0.10f, 0.1f,
        ];
        byte[] targets =
        [
            1, 0, 1, 1, 0,
            1, 1, 0, 1, 0,
            0, 1, 0, 0, 0,
            0, 0, 0, 0, 0,
        ];

        var report = TaggingEvaluation.Measure(predictor, scores, targets, minPositives: 2);

        Assert.Equal((4, 5, 3), (report.Pictures, report.Tags, report.CountedTags));
        Assert.Equal(1, report.MeanAveragePrecision, 1e-6);
        Assert.Equal(["dog", "cat", "red"], report.PerTag.Select(t => t.Name));
        // Given: dog 3 (2 right), cat 1 (at 0.5 it is not above), red 1.
        Assert.Equal((2 / 3.0 + 1 + 1) / 3, report.Decisions.CP, 1e-6);
        Assert.Equal((1 + 0.5 + 0.5) / 3, report.Decisions.CR, 1e-6);
        Assert.Equal(4 / 5.0, report.Decisions.OP, 1e-6);
        Assert.Equal(4 / 6.0, report.Decisions.OR, 1e-6);
        // Above 0.2: all six right, dog once wrong.
        Assert.Equal(12 / 13.0, report.BestOverall.OF1, 1e-6);
        Assert.Equal(7 / 4.0, report.TagsPerPicture, 1e-6);
        Assert.Equal(7 / 4.0, report.LabelsPerPicture, 1e-6);
    }

    [Fact]
    public void Measure_TooFewPositives_SaysSo()
    {
        using var model = TinyTag2Text.Model();

        var error = Assert.Throws<DatasetException>(() =>
            TaggingEvaluation.Measure(TinyTag2Text.Predictor(model), new float[5], new byte[5], 1));

        Assert.Contains("no tag has 1 positives among 1 pictures", error.Message, StringComparison.Ordinal);
    }
}
