using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gloss.Text.Parsing;

/// <summary>
/// Learns a linear classifier of at most 64 labels by the averaged perceptron (Collins 2002): weights with their running sums,
/// from which the average is taken at the end.
/// </summary>
internal sealed class PerceptronLearner(Dictionary<uint, int> featureCounts, int minFeatureCount)
{
    private const int RowLength = FeatureWeights.RowLength;
    private readonly Dictionary<uint, int> rowOf = [];
    private readonly List<float[]> weights = [];
    private readonly List<float[]> sums = [];
    private long step = 1;

    /// <summary>Features that have weights.</summary>
    public int Count => rowOf.Count;

    /// <summary>Counts features, for the constructor.</summary>
    public static void AddCounts(Dictionary<uint, int> counts, ReadOnlySpan<uint> features)
    {
        foreach (var key in features)
            CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _)++;
    }

    /// <summary>The label with the highest score; learns where it is not <paramref name="gold"/>.</summary>
    public int Learn(ReadOnlySpan<uint> features, int gold, int labels)
    {
        var guess = Guess(features, labels);
        if (guess != gold)
            Update(features, gold, guess);
        step++;
        return guess;
    }

    /// <summary>The averaged weights of the heaviest features, in bytes.</summary>
    public FeatureWeights Quantise(int maxFeatures)
    {
        var rows = new List<(uint Key, float[] Average, float Norm)>(rowOf.Count);
        foreach (var (key, row) in rowOf)
        {
            var average = new float[RowLength];
            var norm = 0f;
            for (var k = 0; k < RowLength; k++)
            {
                average[k] = weights[row][k] - (sums[row][k] / step);
                norm = Math.Max(norm, Math.Abs(average[k]));
            }
            rows.Add((key, average, norm));
        }
        var kept = rows.OrderByDescending(r => r.Norm).Take(maxFeatures).ToList();
        // One outlier must not take the resolution of all: the scale is set by the 99.9th percentile.
        var scale = 127f / Math.Max(1e-6f, kept.Count == 0 ? 1 : kept[kept.Count / 1000].Norm);
        kept.Sort((a, b) => a.Key.CompareTo(b.Key));
        var bytes = new sbyte[kept.Count * RowLength];
        for (var r = 0; r < kept.Count; r++)
        {
            for (var k = 0; k < RowLength; k++)
                bytes[(r * RowLength) + k] = (sbyte)Math.Clamp(MathF.Round(kept[r].Average[k] * scale), -127, 127);
        }
        return new FeatureWeights([.. kept.Select(r => r.Key)], bytes);
    }

    private int Guess(ReadOnlySpan<uint> features, int labels)
    {
        Span<float> scores = stackalloc float[RowLength];
        scores.Clear();
        ref var score = ref MemoryMarshal.GetReference(scores);
        foreach (var key in features)
        {
            if (!rowOf.TryGetValue(key, out var row))
                continue;
            ref var value = ref weights[row][0];
            for (nuint k = 0; k < RowLength; k += 8)
                (Vector256.LoadUnsafe(ref score, k) + Vector256.LoadUnsafe(ref value, k)).StoreUnsafe(ref score, k);
        }
        var best = 0;
        for (var k = 1; k < labels; k++)
        {
            if (scores[k] > scores[best])
                best = k;
        }
        return best;
    }

    private void Update(ReadOnlySpan<uint> features, int gold, int guess)
    {
        foreach (var key in features)
        {
            if (!rowOf.TryGetValue(key, out var row))
            {
                if (featureCounts.GetValueOrDefault(key) < minFeatureCount)
                    continue;
                row = rowOf[key] = weights.Count;
                weights.Add(new float[RowLength]);
                sums.Add(new float[RowLength]);
            }
            weights[row][gold] += 1;
            sums[row][gold] += step;
            weights[row][guess] -= 1;
            sums[row][guess] -= step;
        }
    }
}
