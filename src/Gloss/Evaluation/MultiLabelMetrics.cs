using System.Runtime.InteropServices;

namespace Gloss.Evaluation;

/// <summary>
/// Measures of tagging: average precision, and precision, recall and F1 at a threshold, as the Recognize Anything
/// repository and scikit-learn define them.
/// </summary>
/// <remarks>
/// Scores are (N, K) float32, row-major: N pictures, K classes; any range, but no NaN. Targets are (N, K) in the same
/// order: 0 is negative, all else positive.
/// </remarks>
public static class MultiLabelMetrics
{
    /// <summary>All figures at once.</summary>
    /// <param name="scores">(N, K), row-major.</param>
    /// <param name="targets">(N, K), row-major; 0 or 1.</param>
    /// <param name="numClasses">K.</param>
    /// <param name="threshold">Tags with at least this score are given, compared in float32.</param>
    /// <param name="minPositives">Positives that a class needs to count in the second mAP.</param>
    /// <exception cref="ArgumentException">Sizes do not fit, or a score is NaN.</exception>
    public static MultiLabelResult Compute(
        ReadOnlySpan<float> scores, ReadOnlySpan<byte> targets, int numClasses, float threshold = 0.5f,
        int minPositives = 1)
    {
        var precisions = AveragePrecisions(scores, targets, numClasses);
        var positives = PositiveCounts(targets, numClasses);
        var counted = precisions.Where((_, k) => positives[k] >= minPositives).ToArray();
        return new MultiLabelResult(
            Mean(precisions), Mean(counted), counted.Length, precisions,
            Decide(scores, targets, numClasses, threshold));
    }

    /// <inheritdoc cref="Compute(ReadOnlySpan{float}, ReadOnlySpan{byte}, int, float, int)"/>
    public static MultiLabelResult Compute(
        ReadOnlySpan<float> scores, ReadOnlySpan<bool> targets, int numClasses, float threshold = 0.5f,
        int minPositives = 1) =>
        Compute(scores, MemoryMarshal.AsBytes(targets), numClasses, threshold, minPositives);

    /// <summary>Average precision by class; 0 for a class without positives.</summary>
    /// <param name="scores">(N, K), row-major.</param>
    /// <param name="targets">(N, K), row-major; 0 or 1.</param>
    /// <param name="numClasses">K.</param>
    /// <param name="rule">What equal scores do.</param>
    /// <exception cref="ArgumentException">Sizes do not fit, or a score is NaN.</exception>
    public static double[] AveragePrecisions(
        ReadOnlySpan<float> scores, ReadOnlySpan<byte> targets, int numClasses,
        AveragePrecisionRule rule = AveragePrecisionRule.FirstRowFirst)
    {
        var rows = CheckRows(scores, targets, numClasses);
        var order = new ulong[rows];
        var result = new double[numClasses];
        for (var k = 0; k < numClasses; k++)
        {
            for (var row = 0; row < rows; row++)
            {
                var tie = rule == AveragePrecisionRule.LastRowFirst ? rows - 1 - row : row;
                order[row] = ((ulong)~Sortable(scores[(row * numClasses) + k]) << 32) | (uint)tie;
            }
            Array.Sort(order);
            result[k] = rule switch
            {
                AveragePrecisionRule.TiesGrouped => Grouped(order, targets, numClasses, k),
                AveragePrecisionRule.FirstRowFirst or AveragePrecisionRule.LastRowFirst =>
                    Ranked(order, targets, numClasses, k, rule == AveragePrecisionRule.LastRowFirst),
                _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "average precision: unknown rule"),
            };
        }
        return result;
    }

    /// <summary>Mean of average precisions; 0 of none.</summary>
    public static double Mean(ReadOnlySpan<double> averagePrecisions)
    {
        var sum = 0.0;
        foreach (var value in averagePrecisions)
            sum += value;
        return averagePrecisions.IsEmpty ? 0 : sum / averagePrecisions.Length;
    }

    /// <summary>Mean of the average precisions of the classes with at least so many positives; 0 of none.</summary>
    /// <param name="averagePrecisions">One a class.</param>
    /// <param name="targets">(N, K), row-major; 0 or 1.</param>
    /// <param name="minPositives">Positives that a class needs.</param>
    public static double Mean(ReadOnlySpan<double> averagePrecisions, ReadOnlySpan<byte> targets, int minPositives)
    {
        var positives = PositiveCounts(targets, averagePrecisions.Length);
        var counted = new List<double>();
        for (var k = 0; k < positives.Length; k++)
        {
            if (positives[k] >= minPositives)
                counted.Add(averagePrecisions[k]);
        }
        return Mean(CollectionsMarshal.AsSpan(counted));
    }

    /// <summary>Precision, recall and F1 with one threshold for all classes.</summary>
    /// <param name="scores">(N, K), row-major.</param>
    /// <param name="targets">(N, K), row-major; 0 or 1.</param>
    /// <param name="numClasses">K.</param>
    /// <param name="threshold">Compared in float32.</param>
    /// <param name="isStrict">
    /// True: a tag is given above the threshold, as in published inference. False: also at it, as in published
    /// evaluation.
    /// </param>
    /// <exception cref="ArgumentException">Sizes do not fit, or a score is NaN.</exception>
    public static MultiLabelDecisions Decide(
        ReadOnlySpan<float> scores, ReadOnlySpan<byte> targets, int numClasses, float threshold, bool isStrict = false)
    {
        var thresholds = new float[Math.Max(0, numClasses)];
        Array.Fill(thresholds, threshold);
        return Decide(scores, targets, thresholds, isStrict);
    }

    /// <summary>Precision, recall and F1 with a threshold for each class.</summary>
    /// <param name="scores">(N, K), row-major.</param>
    /// <param name="targets">(N, K), row-major; 0 or 1.</param>
    /// <param name="thresholds">(K), compared in float32.</param>
    /// <param name="isStrict">True: a tag is given above its threshold. False: also at it.</param>
    /// <exception cref="ArgumentException">Sizes do not fit, or a score is NaN.</exception>
    public static MultiLabelDecisions Decide(
        ReadOnlySpan<float> scores, ReadOnlySpan<byte> targets, ReadOnlySpan<float> thresholds, bool isStrict = false)
    {
        var numClasses = thresholds.Length;
        var rows = CheckRows(scores, targets, numClasses);
        var (hits, given, positives) = (new long[numClasses], new long[numClasses], new long[numClasses]);
        for (var row = 0; row < rows; row++)
        {
            for (var k = 0; k < numClasses; k++)
            {
                var i = (row * numClasses) + k;
                var isGiven = isStrict ? scores[i] > thresholds[k] : scores[i] >= thresholds[k];
                var isPositive = targets[i] != 0;
                given[k] += isGiven ? 1 : 0;
                positives[k] += isPositive ? 1 : 0;
                hits[k] += isGiven && isPositive ? 1 : 0;
            }
        }
        var precisions = new double[numClasses];
        var recalls = new double[numClasses];
        var f1 = new double[numClasses];
        for (var k = 0; k < numClasses; k++)
        {
            precisions[k] = hits[k] / (given[k] + 1e-9);
            recalls[k] = hits[k] / (positives[k] + 1e-9);
            f1[k] = HarmonicMean(precisions[k], recalls[k]);
        }
        var (cp, cr) = (Mean(precisions), Mean(recalls));
        var (op, or) = (Ratio(hits.Sum(), given.Sum()), Ratio(hits.Sum(), positives.Sum()));
        return new MultiLabelDecisions(
            precisions, recalls, cp, cr, HarmonicMean(cp, cr), op, or, HarmonicMean(op, or), Mean(f1));
    }

    /// <summary>Positives by class.</summary>
    /// <param name="targets">(N, K), row-major; 0 or 1.</param>
    /// <param name="numClasses">K.</param>
    /// <exception cref="ArgumentException">The targets are no whole number of rows.</exception>
    public static int[] PositiveCounts(ReadOnlySpan<byte> targets, int numClasses)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numClasses);
        if (targets.Length % numClasses != 0)
        {
            throw new ArgumentException(
                $"tagging measures: {targets.Length} targets are no whole number of rows of {numClasses} classes");
        }
        var counts = new int[numClasses];
        for (var i = 0; i < targets.Length; i++)
            counts[i % numClasses] += targets[i] != 0 ? 1 : 0;
        return counts;
    }

    private static double Ranked(
        ReadOnlySpan<ulong> order, ReadOnlySpan<byte> targets, int numClasses, int k, bool isReversed)
    {
        var (sum, positives) = (0.0, 0);
        for (var rank = 0; rank < order.Length; rank++)
        {
            var row = (int)(uint)order[rank];
            row = isReversed ? order.Length - 1 - row : row;
            if (targets[(row * numClasses) + k] != 0)
                sum += ++positives / (double)(rank + 1);
        }
        return sum / (positives + 1e-8);
    }

    /// <summary>Sum over distinct scores of precision there times the gain in recall.</summary>
    private static double Grouped(ReadOnlySpan<ulong> order, ReadOnlySpan<byte> targets, int numClasses, int k)
    {
        var (sum, positives) = (0.0, 0);
        for (int begin = 0, end; begin < order.Length; begin = end)
        {
            var gained = 0;
            for (end = begin; end < order.Length && order[end] >> 32 == order[begin] >> 32; end++)
                gained += targets[((int)(uint)order[end] * numClasses) + k] != 0 ? 1 : 0;
            positives += gained;
            sum += positives / (double)end * gained;
        }
        return positives == 0 ? 0 : sum / positives;
    }

    /// <summary>A number that rises with the score; both zeros give the same.</summary>
    private static uint Sortable(float score)
    {
        var bits = BitConverter.SingleToUInt32Bits(score + 0f);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }

    private static double HarmonicMean(double a, double b) => a + b > 0 ? 2 * a * b / (a + b) : 0;

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : part / (double)whole;

    private static int CheckRows(ReadOnlySpan<float> scores, ReadOnlySpan<byte> targets, int numClasses)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numClasses);
        if (scores.Length != targets.Length || scores.Length % numClasses != 0)
        {
            throw new ArgumentException(
                $"tagging measures: expected scores and targets of the same (N, {numClasses}), got {scores.Length} "
                + $"scores and {targets.Length} targets");
        }
        for (var i = 0; i < scores.Length; i++)
        {
            if (float.IsNaN(scores[i]))
            {
                throw new ArgumentException(
                    $"tagging measures: the score of row {i / numClasses}, class {i % numClasses} is NaN; "
                    + "hint: look for a division by zero or an overflow in the model", nameof(scores));
            }
        }
        return scores.Length / numClasses;
    }
}
