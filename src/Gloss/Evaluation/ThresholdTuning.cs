namespace Gloss.Evaluation;

/// <summary>
/// Finds, for each tag, the threshold above which it is given best, on pictures whose tags are known.
/// </summary>
public sealed record ThresholdTuning
{
    /// <summary>
    /// The precision to reach: of the thresholds that reach it the one with the highest recall is taken. null: the
    /// threshold with the best F1.
    /// </summary><value>null</value>
    public double? TargetPrecision { get; init; }

    /// <summary>
    /// Positives that a tag needs for a threshold of its own, 1 or more; the others get the best common one.
    /// </summary>
    /// <value>10</value>
    public int MinPositives { get; init; } = 10;

    /// <summary>
    /// Thresholds (K), 0–1, each with as few digits as tell the scores apart. 1, never given, where the target cannot
    /// be reached.
    /// </summary>
    /// <param name="scores">Probabilities (N, K), row-major.</param>
    /// <param name="targets">(N, K), row-major; 0 or 1.</param>
    /// <param name="tags">K.</param>
    /// <exception cref="ArgumentException">Sizes do not fit, or an option is out of range.</exception>
    public float[] Tune(float[] scores, byte[] targets, int tags)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(targets);
        if (TargetPrecision is not null and not (> 0 and <= 1))
            throw new ArgumentException($"TargetPrecision {TargetPrecision}, above 0 to 1");
        ArgumentOutOfRangeException.ThrowIfLessThan(MinPositives, 1);
        var positives = MultiLabelMetrics.PositiveCounts(targets, tags);
        if (scores.Length != targets.Length)
            throw new ArgumentException($"{scores.Length} scores and {targets.Length} targets", nameof(scores));
        var common = Best([.. scores], [.. targets]);
        return [.. Enumerable.Range(0, tags).AsParallel().AsOrdered().Select(k =>
        {
            if (positives[k] < MinPositives)
                return common;
            var rows = scores.Length / tags;
            var (column, truth) = (new float[rows], new byte[rows]);
            for (var row = 0; row < rows; row++)
                (column[row], truth[row]) = (scores[row * tags + k], targets[row * tags + k]);
            return Best(column, truth);
        })];
    }

    // Sorts both arrays.
    private float Best(float[] scores, byte[] truth)
    {
        Array.Sort(scores, truth);
        var positives = truth.Count(t => t != 0);
        var (best, bestFirst, hits) = (double.NegativeInfinity, scores.Length, 0);
        for (var first = scores.Length - 1; first >= 0; first--)
        {
            hits += truth[first] != 0 ? 1 : 0;
            if (first > 0 && scores[first - 1] == scores[first])
                continue;
            var given = scores.Length - first;
            var precision = hits / (double)given;
            // Going down, recall rises: the last that reaches the target has the highest.
            var value = TargetPrecision is { } target
                ? precision >= target ? hits : double.NegativeInfinity
                : 2.0 * hits / (given + positives);
            if (value > best)
                (best, bestFirst) = (value, first);
        }
        if (bestFirst == scores.Length || best <= 0)
            return 1;
        return Between(bestFirst == 0 ? 0 : scores[bestFirst - 1], scores[bestFirst]);
    }

    /// <summary>The shortest decimal t with low ≤ t &lt; high, near their middle.</summary>
    internal static float Between(float low, float high)
    {
        var middle = ((double)low + high) / 2;
        for (var digits = 2; digits <= 8; digits++)
        {
            var rounded = (float)Math.Round(middle, digits);
            if (rounded > low && rounded < high)
                return rounded;
        }
        return low;
    }
}
