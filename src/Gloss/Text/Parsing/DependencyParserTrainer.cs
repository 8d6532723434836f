namespace Gloss.Text.Parsing;

/// <summary>Trains a <see cref="DependencyParser"/> on a treebank.</summary>
public static class DependencyParserTrainer
{
    /// <summary>Trains relations on gold trees, then transitions (structured perceptron with beam search and max-violation
    /// updates, Huang, Fayong, Guo 2012). Trees with crossing arcs are made projective by lifting arcs.</summary>
    /// <param name="treebank">Annotated sentences.</param>
    /// <param name="tagger">The tagger that will tag what is parsed.</param>
    /// <param name="options">How long, how large.</param>
    /// <param name="progress">Told after each epoch.</param>
    /// <param name="checkpoint">Given the parser as it is after each epoch; the last is also returned.</param>
    public static DependencyParser Train(
        IReadOnlyList<IReadOnlyList<ConlluToken>> treebank, PosTagger tagger, DependencyParserOptions options,
        Action<string>? progress = null, Action<DependencyParser>? checkpoint = null)
    {
        ArgumentNullException.ThrowIfNull(treebank);
        ArgumentNullException.ThrowIfNull(tagger);
        ArgumentNullException.ThrowIfNull(options);
        var random = new Random(options.Seed);
        var relations = treebank.SelectMany(s => s).GroupBy(t => t.Relation).OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key, StringComparer.Ordinal).Take(FeatureWeights.RowLength).Select(g => g.Key).ToArray();
        var examples = MakeExamples(treebank, tagger, options, relations, random, progress);
        var relationWeights = LearnRelations(examples, relations.Length, options, random, progress);
        DependencyParser? parser = null;
        foreach (var transitions in LearnTransitions(examples, options, random, checkpoint is not null, progress))
        {
            parser = new DependencyParser(tagger, relations, transitions, relationWeights);
            checkpoint?.Invoke(parser);
        }
        return parser ?? throw new ArgumentException("parser: expected at least one epoch", nameof(options));
    }

    private static List<Example> MakeExamples(
        IReadOnlyList<IReadOnlyList<ConlluToken>> treebank, PosTagger tagger, DependencyParserOptions options,
        string[] relations, Random random, Action<string>? progress)
    {
        var tagIds = DependencyParser.NumberTags(tagger.Tags);
        var relationIds = relations.Select((name, id) => (name, id)).ToDictionary(x => x.name, x => x.id);
        var examples = new List<Example>();
        var foldOf = treebank.Select(_ => random.Next(options.Folds)).ToArray();
        for (var fold = 0; fold < options.Folds; fold++)
        {
            var others = treebank.Where((_, i) => foldOf[i] != fold || options.Folds == 1).ToList();
            var own = treebank.Where((_, i) => foldOf[i] == fold).ToList();
            var foldTagger = options.Folds == 1 ? tagger : PosTaggerTrainer.Train(
                others, new PosTaggerOptions { Epochs = 2, AugmentedShare = 0.1, SyntheticCaptions = 1000 });
            foreach (var sentence in TreebankAugmentation.Apply(own, options.AugmentedShare, random))
                Add(sentence, foldTagger);
            progress?.Invoke($"parser: tagged part {fold + 1} of {options.Folds}");
        }
        foreach (var sentence in SyntheticCaptions.Generate(options.SyntheticCaptions, options.Seed + 1))
            Add(sentence, tagger);
        return examples;

        void Add(IReadOnlyList<ConlluToken> sentence, PosTagger by)
        {
            var forms = sentence.Select(t => t.Form).ToList();
            if (forms.Count is 0 or > 150 || !IsTree(sentence))
                return;
            byte[] tags = [0, .. by.Tag(forms).Select(t => tagIds.GetValueOrDefault(t))];
            int[] heads = [-1, .. sentence.Select(t => t.Head)];
            int[] named = [0, .. sentence.Select(t => relationIds.GetValueOrDefault(t.Relation))];
            MakeProjective(heads);
            examples.Add(new Example(DependencyParser.HashWords(forms), tags, heads, named));
        }
    }

    private static IEnumerable<sbyte[]> LearnTransitions(
        List<Example> examples, DependencyParserOptions options, Random random, bool everyEpoch, Action<string>? progress)
    {
        var learner = new TransitionLearner();
        foreach (var example in examples)
            learner.CountGold(example);
        var beam = new TransitionBeam(options.Beam);
        var order = Enumerable.Range(0, examples.Count).ToArray();
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            random.Shuffle(order);
            var right = 0;
            foreach (var index in order)
                right += learner.Learn(examples[index], beam) ? 1 : 0;
            progress?.Invoke($"parser: transitions, epoch {epoch} of {options.Epochs}, "
                + $"{100.0 * right / examples.Count:F2} % of training sentences right");
            if (everyEpoch || epoch == options.Epochs)
                yield return learner.Quantise(options.MaxTransitionFeatures);
        }
    }

    private static FeatureWeights LearnRelations(
        List<Example> examples, int labels, DependencyParserOptions options, Random random, Action<string>? progress)
    {
        var counts = new Dictionary<uint, int>();
        Span<uint> features = stackalloc uint[RelationFeatures.Count];
        foreach (var e in examples)
        {
            var dependents = RelationFeatures.Dependents(e.Heads);
            for (var i = 1; i < e.Words.Length; i++)
            {
                RelationFeatures.Fill(i, e.Words, e.Tags, e.Heads, dependents, e.Relations, features);
                PerceptronLearner.AddCounts(counts, features);
            }
        }
        var learner = new PerceptronLearner(counts, minFeatureCount: 2);
        var order = Enumerable.Range(0, examples.Count).ToArray();
        for (var epoch = 1; epoch <= options.RelationEpochs; epoch++)
        {
            random.Shuffle(order);
            int right = 0, total = 0;
            foreach (var index in order)
            {
                var e = examples[index];
                var dependents = RelationFeatures.Dependents(e.Heads);
                var named = new int[e.Words.Length];
                for (var i = 1; i < e.Words.Length; i++)
                {
                    RelationFeatures.Fill(i, e.Words, e.Tags, e.Heads, dependents, named, features);
                    named[i] = learner.Learn(features, e.Relations[i], labels);
                    right += named[i] == e.Relations[i] ? 1 : 0;
                    total++;
                }
            }
            progress?.Invoke($"parser: relations, epoch {epoch} of {options.RelationEpochs}, "
                + $"{100.0 * right / total:F2} % of training relations right");
        }
        return learner.Quantise(options.MaxRelationFeatures);
    }

    /// <summary>Lifts the shortest crossing arc to the head's head until none crosses (Nivre and Nilsson 2005).</summary>
    internal static void MakeProjective(int[] heads)
    {
        while (true)
        {
            var shortest = -1;
            for (var i = 1; i < heads.Length; i++)
            {
                if (heads[i] > 0 && Crosses(heads, i)
                    && (shortest < 0 || Math.Abs(heads[i] - i) < Math.Abs(heads[shortest] - shortest)))
                {
                    shortest = i;
                }
            }
            if (shortest < 0)
                return;
            heads[shortest] = heads[heads[shortest]];
        }
    }

    /// <summary>Whether there is one root and every word depends on it: joining hyphenated words may make circles.</summary>
    private static bool IsTree(IReadOnlyList<ConlluToken> sentence)
    {
        if (sentence.Count(t => t.Head == 0) != 1)
            return false;
        for (var i = 1; i <= sentence.Count; i++)
        {
            var steps = 0;
            for (var up = i; up != 0; up = sentence[up - 1].Head)
            {
                if (++steps > sentence.Count)
                    return false;
            }
        }
        return true;
    }

    private static bool Crosses(int[] heads, int i)
    {
        int low = Math.Min(i, heads[i]), high = Math.Max(i, heads[i]);
        for (var k = low + 1; k < high; k++)
        {
            var up = k;
            while (up > 0 && up != heads[i])
                up = heads[up];
            if (up != heads[i])
                return true;
        }
        return false;
    }

    /// <summary>A sentence to learn from; all is indexed from 1, 0 is the root.</summary>
    internal sealed record Example(uint[] Words, byte[] Tags, int[] Heads, int[] Relations);
}
