using System.Runtime.InteropServices;

namespace Gloss.Text.Parsing;

/// <summary>Trains a <see cref="PosTagger"/> on a treebank.</summary>
public static class PosTaggerTrainer
{
    private const int RowLength = FeatureWeights.RowLength;

    /// <summary>Trains on sentences and, so that the language of captions is met, on changed copies of them: lower-cased,
    /// without the closing mark, with hyphenated words joined.</summary>
    /// <param name="treebank">Annotated sentences.</param>
    /// <param name="options">How long, how large.</param>
    /// <param name="progress">Told after each epoch.</param>
    public static PosTagger Train(
        IReadOnlyList<IReadOnlyList<ConlluToken>> treebank, PosTaggerOptions options, Action<string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(treebank);
        ArgumentNullException.ThrowIfNull(options);
        var random = new Random(options.Seed);
        var tags = FrequentTags(treebank);
        var idOf = tags.Select((tag, id) => (tag, id)).ToDictionary(x => x.tag, x => x.id);
        var fallback = new Dictionary<PartOfSpeech, int>();
        for (var id = tags.Length - 1; id >= 0; id--)
            fallback[tags[id].Universal] = id;
        var sentences = TreebankAugmentation.Apply(treebank, options.AugmentedShare, random)
            .Select(sentence => (
                Words: sentence.Select(t => PosFeatures.Describe(t.Form)).ToArray(),
                Gold: sentence.Select(t => idOf.TryGetValue(t.Tag, out var id) ? id
                    : fallback.GetValueOrDefault(t.Tag.Universal)).ToArray()))
            .ToArray();
        var counts = CountFeatures(sentences);
        var learner = new Learner();
        var order = Enumerable.Range(0, sentences.Length).ToArray();
        Span<uint> features = stackalloc uint[PosFeatures.Count];
        Span<float> scores = stackalloc float[RowLength];
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            random.Shuffle(order);
            int wrong = 0, total = 0;
            foreach (var s in order)
            {
                var (words, gold) = sentences[s];
                int tag1 = -1, tag2 = -1;
                for (var i = 0; i < words.Length; i++)
                {
                    PosFeatures.Fill(words, i, tag1, tag2, features);
                    var guess = learner.Guess(features, scores, tags.Length);
                    if (guess != gold[i])
                    {
                        learner.Update(features, gold[i], guess, counts, options.MinFeatureCount);
                        wrong++;
                    }
                    learner.Step++;
                    total++;
                    (tag1, tag2) = (guess, tag1);
                }
            }
            progress?.Invoke($"tagger: epoch {epoch} of {options.Epochs}, "
                + $"{100.0 * (total - wrong) / total:F2} % of training words right, {learner.Count} features");
        }
        return new PosTagger(tags, learner.Quantise(options.MaxFeatures));
    }

    private static PosTag[] FrequentTags(IReadOnlyList<IReadOnlyList<ConlluToken>> treebank) =>
        [.. treebank.SelectMany(s => s).GroupBy(t => t.Tag).OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key.ToString(), StringComparer.Ordinal).Take(RowLength).Select(g => g.Key)];

    private static Dictionary<uint, int> CountFeatures((PosFeatures.Word[] Words, int[] Gold)[] sentences)
    {
        var counts = new Dictionary<uint, int>();
        Span<uint> features = stackalloc uint[PosFeatures.Count];
        foreach (var (words, gold) in sentences)
        {
            for (var i = 0; i < words.Length; i++)
            {
                PosFeatures.Fill(words, i, i > 0 ? gold[i - 1] : -1, i > 1 ? gold[i - 2] : -1, features);
                foreach (var key in features)
                    CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _)++;
            }
        }
        return counts;
    }

    /// <summary>Perceptron weights with their running sums, from which the average is taken at the end.</summary>
    private sealed class Learner
    {
        private readonly Dictionary<uint, int> rowOf = [];
        private readonly List<float[]> weights = [];
        private readonly List<float[]> sums = [];

        public long Step { get; set; } = 1;

        public int Count => rowOf.Count;

        public int Guess(ReadOnlySpan<uint> features, Span<float> scores, int labels)
        {
            scores.Clear();
            foreach (var key in features)
            {
                if (!rowOf.TryGetValue(key, out var row))
                    continue;
                var values = weights[row];
                for (var k = 0; k < RowLength; k++)
                    scores[k] += values[k];
            }
            var best = 0;
            for (var k = 1; k < labels; k++)
            {
                if (scores[k] > scores[best])
                    best = k;
            }
            return best;
        }

        public void Update(
            ReadOnlySpan<uint> features, int gold, int guess, Dictionary<uint, int> counts, int minCount)
        {
            foreach (var key in features)
            {
                if (!rowOf.TryGetValue(key, out var row))
                {
                    if (counts.GetValueOrDefault(key) < minCount)
                        continue;
                    row = rowOf[key] = weights.Count;
                    weights.Add(new float[RowLength]);
                    sums.Add(new float[RowLength]);
                }
                weights[row][gold] += 1;
                sums[row][gold] += Step;
                weights[row][guess] -= 1;
                sums[row][guess] -= Step;
            }
        }

        public FeatureWeights Quantise(int maxFeatures)
        {
            var rows = new List<(uint Key, float[] Average, float Norm)>(rowOf.Count);
            foreach (var (key, row) in rowOf)
            {
                var average = new float[RowLength];
                var norm = 0f;
                for (var k = 0; k < RowLength; k++)
                {
                    average[k] = weights[row][k] - sums[row][k] / Step;
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
    }
}
