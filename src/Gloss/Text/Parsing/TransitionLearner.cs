namespace Gloss.Text.Parsing;

/// <summary>Learns the weights of transitions by the structured averaged perceptron.</summary>
internal sealed class TransitionLearner
{
    private const int Places = 1 << ParserFeatures.Bits;
    private readonly float[] weights = new float[4 * Places];
    private readonly float[] sums = new float[4 * Places];
    private readonly byte[] counts = new byte[Places];
    private readonly uint[] features = new uint[ParserFeatures.Capacity];
    private readonly ParserState replay = new();
    private float step = 1;

    /// <summary>Counts the features on the gold path: only those seen twice are learnt.</summary>
    public void CountGold(DependencyParserTrainer.Example example)
    {
        foreach (var action in GoldActions(example))
        {
            var count = ParserFeatures.Fill(replay, example.Words, example.Tags, features);
            foreach (var feature in features.AsSpan(0, count))
                counts[feature] = (byte)Math.Min(counts[feature] + 1, 255);
            replay.Apply(action);
        }
    }

    /// <summary>Parses a sentence and, where the tree is wrong, moves the weights from the best wrong prefix to the gold one,
    /// at the step where their scores differ most. Gives whether the tree was right.</summary>
    public bool Learn(DependencyParserTrainer.Example example, TransitionBeam beam)
    {
        var gold = GoldActions(example, apply: true).ToArray();
        var scorer = new Scorer(weights);
        beam.Start(example.Words.Length - 1);
        var goldState = new ParserState();
        goldState.Reset(example.Words.Length - 1);
        Span<float> scores = stackalloc float[4];
        var worst = 0f;
        var worstStep = -1;
        var worstHistory = -1;
        for (var s = 0; s < gold.Length; s++)
        {
            if (IsChoice(goldState))
            {
                var count = ParserFeatures.Fill(goldState, example.Words, example.Tags, features);
                scorer.Score(features.AsSpan(0, count), scores);
                goldState.Score += scores[gold[s]];
            }
            goldState.Apply(gold[s]);
            beam.Step(in scorer, example.Words, example.Tags, gold[s]);
            var violation = beam.Best.Score - goldState.Score;
            if (!beam.Best.IsGold && violation >= worst)
                (worst, worstStep, worstHistory) = (violation, s, beam.Best.History);
            // Far behind: what follows a lost gold path teaches little and costs time.
            if (worstStep >= 0 && s > worstStep + 40)
                break;
        }
        var isRight = beam.Best.IsGold && worstStep < 0;
        if (worstStep >= 0)
        {
            var wrong = new int[worstStep + 1];
            for (int s = worstStep, at = worstHistory; s >= 0; s--)
                (at, wrong[s]) = beam.History[at];
            Update(example, gold.AsSpan(0, worstStep + 1), 1);
            Update(example, wrong, -1);
        }
        step++;
        return isRight;
    }

    /// <summary>The averaged weights of the heaviest features, four bytes a feature.</summary>
    public sbyte[] Quantise(int maxFeatures)
    {
        var norms = new float[Places];
        for (var place = 0; place < Places; place++)
        {
            for (var k = 0; k < ParserState.Actions; k++)
            {
                norms[place] = Math.Max(norms[place], Math.Abs(Average((4 * place) + k)));
            }
        }
        var sorted = Array.FindAll(norms, norm => norm > 0);
        Array.Sort(sorted);
        Array.Reverse(sorted);
        var kept = Math.Min(maxFeatures, sorted.Length);
        var least = kept == 0 ? float.MaxValue : sorted[kept - 1];
        // One outlier must not take the resolution of all.
        var scale = kept == 0 ? 1 : 127f / sorted[kept / 2000];
        var bytes = new sbyte[4 * Places];
        for (var place = 0; place < Places; place++)
        {
            for (var k = 0; k < ParserState.Actions && norms[place] >= least; k++)
                bytes[(4 * place) + k] = (sbyte)Math.Clamp(MathF.Round(Average((4 * place) + k) * scale), -127, 127);
        }
        return bytes;
    }

    private float Average(int at) => weights[at] - (sums[at] / step);

    private IEnumerable<int> GoldActions(DependencyParserTrainer.Example example, bool apply = false)
    {
        var length = example.Words.Length - 1;
        var rightmost = new int[length + 1];
        for (var i = 1; i <= length; i++)
            rightmost[i] = i;
        for (var i = 1; i <= length; i++)
            rightmost[example.Heads[i]] = Math.Max(rightmost[example.Heads[i]], i);
        replay.Reset(length);
        for (var s = 0; s < 2 * length; s++)
        {
            var action = replay.GoldAction(example.Heads, rightmost);
            yield return action;
            if (apply)
                replay.Apply(action);
        }
    }

    private void Update(DependencyParserTrainer.Example example, ReadOnlySpan<int> actions, float by)
    {
        replay.Reset(example.Words.Length - 1);
        foreach (var action in actions)
        {
            if (IsChoice(replay))
            {
                var count = ParserFeatures.Fill(replay, example.Words, example.Tags, features);
                foreach (var feature in features.AsSpan(0, count))
                {
                    if (counts[feature] < 2)
                        continue;
                    var at = (4 * feature) + action;
                    weights[at] += by;
                    sums[at] += by * step;
                }
            }
            replay.Apply(action);
        }
    }

    private static bool IsChoice(ParserState state) =>
        (state.Allows(ParserState.Shift) ? 1 : 0) + (state.Allows(ParserState.Left) ? 1 : 0)
        + (state.Allows(ParserState.Right) ? 1 : 0) > 1;

    private readonly struct Scorer(float[] weights) : ITransitionScorer
    {
        public void Score(ReadOnlySpan<uint> features, Span<float> scores)
        {
            float shift = 0, left = 0, right = 0;
            foreach (var feature in features)
            {
                var at = feature << 2;
                shift += weights[at];
                left += weights[at + 1];
                right += weights[at + 2];
            }
            scores[0] = shift;
            scores[1] = left;
            scores[2] = right;
        }
    }
}
