namespace Gloss.Text.Parsing;

/// <summary>Trains a <see cref="PosTagger"/> on a treebank.</summary>
public static class PosTaggerTrainer
{
    /// <summary>Trains on sentences and, so that the language of captions is met, on changed copies of them (lower-cased,
    /// without the closing mark, with hyphenated words joined) and on <see cref="SyntheticCaptions"/>.</summary>
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
            .Concat(SyntheticCaptions.Generate(options.SyntheticCaptions, options.Seed))
            .Select(sentence => (
                Words: sentence.Select(t => PosFeatures.Describe(t.Form)).ToArray(),
                Gold: sentence.Select(t => idOf.TryGetValue(t.Tag, out var id) ? id
                    : fallback.GetValueOrDefault(t.Tag.Universal)).ToArray()))
            .ToArray();
        var counts = new Dictionary<uint, int>();
        Span<uint> features = stackalloc uint[PosFeatures.Count];
        foreach (var (words, gold) in sentences)
        {
            for (var i = 0; i < words.Length; i++)
            {
                PosFeatures.Fill(words, i, i > 0 ? gold[i - 1] : -1, i > 1 ? gold[i - 2] : -1, features);
                PerceptronLearner.AddCounts(counts, features);
            }
        }
        var learner = new PerceptronLearner(counts, options.MinFeatureCount);
        var order = Enumerable.Range(0, sentences.Length).ToArray();
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            random.Shuffle(order);
            int right = 0, total = 0;
            foreach (var s in order)
            {
                var (words, gold) = sentences[s];
                int tag1 = -1, tag2 = -1;
                for (var i = 0; i < words.Length; i++)
                {
                    PosFeatures.Fill(words, i, tag1, tag2, features);
                    var guess = learner.Learn(features, gold[i], tags.Length);
                    right += guess == gold[i] ? 1 : 0;
                    total++;
                    (tag1, tag2) = (guess, tag1);
                }
            }
            progress?.Invoke($"tagger: epoch {epoch} of {options.Epochs}, "
                + $"{100.0 * right / total:F2} % of training words right, {learner.Count} features");
        }
        return new PosTagger(tags, learner.Quantise(options.MaxFeatures));
    }

    private static PosTag[] FrequentTags(IReadOnlyList<IReadOnlyList<ConlluToken>> treebank) =>
        [.. treebank.SelectMany(s => s).GroupBy(t => t.Tag).OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key.ToString(), StringComparer.Ordinal).Take(FeatureWeights.RowLength).Select(g => g.Key)];
}
