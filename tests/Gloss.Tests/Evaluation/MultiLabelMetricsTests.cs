using System.Globalization;
using Gloss.Evaluation;

namespace Gloss.Tests.Evaluation;

public sealed class MultiLabelMetricsTests
{
    private const int NumClasses = 30;
    private const double Tolerance = 1e-9;

    [Theory]
    [InlineData("score", "scores", "stable_first_row_first_AP", AveragePrecisionRule.FirstRowFirst)]
    [InlineData("score", "scores", "stable_last_row_first_AP", AveragePrecisionRule.LastRowFirst)]
    [InlineData("score", "scores", "ram_AP", AveragePrecisionRule.FirstRowFirst)]
    [InlineData("score", "scores", "sklearn_AP", AveragePrecisionRule.TiesGrouped)]
    [InlineData("tied", "scores_tied", "stable_first_row_first_AP", AveragePrecisionRule.FirstRowFirst)]
    [InlineData("tied", "scores_tied", "stable_last_row_first_AP", AveragePrecisionRule.LastRowFirst)]
    [InlineData("tied", "scores_tied", "sklearn_AP", AveragePrecisionRule.TiesGrouped)]
    public void AveragePrecisions_OfficialScores_AreEqual(
        string set, string matrix, string figure, AveragePrecisionRule rule)
    {
        var expected = MatrixReference.Expected("multilabel_expected.json").GetProperty(set).GetProperty(figure);

        var actual = MultiLabelMetrics.AveragePrecisions(
            MatrixReference.Floats(matrix), MatrixReference.Bytes("targets"), NumClasses, rule);

        Assert.Equal(NumClasses, expected.GetArrayLength());
        for (var k = 0; k < NumClasses; k++)
            Assert.Equal(expected[k].GetDouble(), actual[k], Tolerance);
    }

    [Theory]
    [InlineData("score", "scores", "ram_mAP", "ram_mAP_classes_with_positives_only",
        AveragePrecisionRule.FirstRowFirst)]
    [InlineData("tied", "scores_tied", "sklearn_mAP", "sklearn_mAP_classes_with_positives_only",
        AveragePrecisionRule.TiesGrouped)]
    public void Mean_OfficialScores_IsEqual(
        string set, string matrix, string all, string withPositives, AveragePrecisionRule rule)
    {
        var expected = MatrixReference.Expected("multilabel_expected.json").GetProperty(set);
        var targets = MatrixReference.Bytes("targets");

        var actual = MultiLabelMetrics.AveragePrecisions(MatrixReference.Floats(matrix), targets, NumClasses, rule);

        Assert.Equal(expected.GetProperty(all).GetDouble(), MultiLabelMetrics.Mean(actual), Tolerance);
        Assert.Equal(
            expected.GetProperty(withPositives).GetDouble(), MultiLabelMetrics.Mean(actual, targets, 1), Tolerance);
    }

    [Theory]
    [InlineData("score", "scores")]
    [InlineData("tied", "scores_tied")]
    public void Decide_OfficialScores_GivesOfficialFigures(string set, string matrix)
    {
        var thresholds = MatrixReference.Expected("multilabel_expected.json")
            .GetProperty(set).GetProperty("thresholds");
        var compared = 0;
        foreach (var threshold in thresholds.EnumerateObject())
        {
            var parts = threshold.Name.Split(' ');
            var actual = MultiLabelMetrics.Decide(
                MatrixReference.Floats(matrix), MatrixReference.Bytes("targets"), NumClasses,
                float.Parse(parts[1], CultureInfo.InvariantCulture), isStrict: parts[0] == ">");
            var expected = threshold.Value;
            for (var k = 0; k < NumClasses; k++)
            {
                Assert.Equal(expected.GetProperty("ram_P")[k].GetDouble(), actual.ClassPrecisions[k], Tolerance);
                Assert.Equal(expected.GetProperty("ram_R")[k].GetDouble(), actual.ClassRecalls[k], Tolerance);
            }
            Assert.Equal(expected.GetProperty("ram_CP").GetDouble(), actual.CP, Tolerance);
            Assert.Equal(expected.GetProperty("ram_CR").GetDouble(), actual.CR, Tolerance);
            Assert.Equal(expected.GetProperty("CF1").GetDouble(), actual.CF1, Tolerance);
            Assert.Equal(expected.GetProperty("OP").GetDouble(), actual.OP, Tolerance);
            Assert.Equal(expected.GetProperty("OR").GetDouble(), actual.OR, Tolerance);
            Assert.Equal(expected.GetProperty("OF1").GetDouble(), actual.OF1, Tolerance);
            // Theirs has no 1e-9 in the denominators of each class.
            Assert.Equal(expected.GetProperty("mean_of_class_F1").GetDouble(), actual.MeanOfClassF1, 1e-8);
            compared++;
        }
        Assert.Equal(4, compared);
    }

    [Fact]
    public void AveragePrecisions_PositivesFirstAndThird_GivesFiveSixths()
    {
        float[] scores = [0.9f, 0.8f, -0.1f, -5f];
        byte[] targets = [1, 0, 1, 0];

        foreach (var rule in Enum.GetValues<AveragePrecisionRule>())
            Assert.Equal(5.0 / 6, MultiLabelMetrics.AveragePrecisions(scores, targets, 1, rule)[0], 1e-8);
    }

    [Theory]
    [InlineData(AveragePrecisionRule.FirstRowFirst, 0.5)]
    [InlineData(AveragePrecisionRule.LastRowFirst, 1)]
    [InlineData(AveragePrecisionRule.TiesGrouped, 0.5)]
    public void AveragePrecisions_EqualScores_FollowTheRule(AveragePrecisionRule rule, double expected)
    {
        // Both zeros are one score.
        Assert.Equal(expected, MultiLabelMetrics.AveragePrecisions([0f, -0f], [0, 1], 1, rule)[0], 1e-7);
    }

    [Fact]
    public void Compute_RareClass_IsLeftOutOfTheSecondMean()
    {
        // Class 0: positives in rows 0 and 1, ranked first. Class 1: one positive, ranked last of three.
        float[] scores = [0.9f, 0.9f, 0.8f, 0.8f, 0.1f, 0.1f];
        bool[] targets = [true, false, true, false, false, true];

        var result = MultiLabelMetrics.Compute(scores, targets, 2, threshold: 0.8f, minPositives: 2);

        Assert.Equal((1 + (1 / 3.0)) / 2, result.MeanAveragePrecision, 1e-7);
        Assert.Equal(1, result.MeanAveragePrecisionOfCounted, 1e-7);
        Assert.Equal(1, result.CountedClasses);
        Assert.Equal(0.5, result.Decisions.OP, 1e-12);
        Assert.Equal(2.0 / 3, result.Decisions.OR, 1e-12);
    }

    [Fact]
    public void Decide_ThresholdsByClass_AreUsedEach()
    {
        var result = MultiLabelMetrics.Decide([0.5f, 0.5f], [1, 1], [0.5f, 0.6f]);

        Assert.Equal(1, result.ClassRecalls[0], 1e-8);
        Assert.Equal(0, result.ClassRecalls[1]);
    }

    [Fact]
    public void AveragePrecisions_NotANumber_SaysWhere()
    {
        var error = Assert.Throws<ArgumentException>(
            () => MultiLabelMetrics.AveragePrecisions([0, 1, 2, float.NaN], [0, 0, 0, 0], 2));

        Assert.Contains("row 1, class 1", error.Message);
    }
}
