using Gloss.Evaluation;

namespace Gloss.Tests.Evaluation;

public sealed class ThresholdTuningTests
{
    [Fact]
    public void Tune_BestF1_IsTheBestOfAllThresholds()
    {
        var random = new Random(7);
        for (var round = 0; round < 50; round++)
        {
            var scores = Enumerable.Range(0, 40).Select(_ => random.Next(20) / 20f).ToArray();
            var targets = scores.Select(s => (byte)(random.NextDouble() < s ? 1 : 0)).ToArray();
            if (targets.All(t => t == 0))
                continue;

            var threshold = new ThresholdTuning { MinPositives = 1 }.Tune(scores, targets, 1)[0];

            var best = scores.Append(-1).Max(cut => F1(scores, targets, cut));
            Assert.Equal(best, F1(scores, targets, threshold), 1e-12);
        }
    }

    [Theory]
    [InlineData(0.6)]
    [InlineData(0.9)]
    [InlineData(1.0)]
    public void Tune_TargetPrecision_ReachesItWithTheMostFound(double target)
    {
        var random = new Random(11);
        for (var round = 0; round < 50; round++)
        {
            var scores = Enumerable.Range(0, 60).Select(_ => random.Next(30) / 30f).ToArray();
            var targets = scores.Select(s => (byte)(random.NextDouble() < s ? 1 : 0)).ToArray();

            var threshold = new ThresholdTuning { MinPositives = 1, TargetPrecision = target }.Tune(scores,
                targets, 1)[0];

            var (given, hits) = Count(scores, targets, threshold);
            var reachable = scores.Append(-1).Select(cut => Count(scores, targets, cut))
                .Where(c => c.Given > 0 && c.Hits >= target * c.Given)
                .Select(c => c.Hits).DefaultIfEmpty(0).Max();
            Assert.Equal(reachable, hits);
            Assert.True(given == 0 || hits >= target * given);
        }
    }

    [Fact]
    public void Tune_FewPositives_TakesTheCommonThreshold()
    {
        // The second tag has one positive.
        float[] scores = [0.9f, 0.1f, 0.8f, 0.9f, 0.3f, 0.2f, 0.2f, 0.1f];
        byte[] targets = [1, 0, 1, 1, 0, 0, 0, 0];

        var thresholds = new ThresholdTuning { MinPositives = 2 }.Tune(scores, targets, 2);

        Assert.Equal([0.55f, 0.55f], thresholds);
    }

    [Theory]
    [InlineData(0.3f, 0.8f, 0.55f)]
    [InlineData(0.301f, 0.302f, 0.3015f)]
    [InlineData(0f, 0.004f, 0.002f)]
    public void Between_TwoScores_IsShortAndBetween(float low, float high, float expected) =>
        Assert.Equal(expected, ThresholdTuning.Between(low, high));

    [Fact]
    public void Between_Neighbours_IsTheLower() =>
        Assert.Equal(0.5f, ThresholdTuning.Between(0.5f, MathF.BitIncrement(0.5f)));

    [Fact]
    public void Tune_WrongTarget_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new ThresholdTuning { TargetPrecision = 1.5 }.Tune([0.1f], [1], 1));

    private static (int Given, int Hits) Count(float[] scores, byte[] targets, float threshold) =>
        (scores.Count(s => s > threshold), scores.Where((s, i) => s > threshold && targets[i] != 0).Count());

    private static double F1(float[] scores, byte[] targets, float threshold)
    {
        var (given, hits) = Count(scores, targets, threshold);
        return 2.0 * hits / (given + targets.Count(t => t != 0));
    }
}
