namespace Gloss.Text.Parsing;

/// <summary>Scores the three transitions from the features of a state.</summary>
internal interface ITransitionScorer
{
    /// <summary>Sums the weights of the features, for each transition.</summary>
    void Score(ReadOnlySpan<uint> features, Span<float> scores);
}

/// <summary>Beam search over transitions. Not for several threads at once.</summary>
internal sealed class TransitionBeam
{
    private readonly int width;
    private readonly uint[] features = new uint[ParserFeatures.Capacity];
    private ParserState[] current;
    private ParserState[] following;
    private readonly (float Score, int State, int Action)[] candidates;

    /// <summary>A beam that keeps <paramref name="width"/> hypotheses.</summary>
    public TransitionBeam(int width)
    {
        this.width = width;
        current = [.. Enumerable.Range(0, width).Select(_ => new ParserState())];
        following = [.. Enumerable.Range(0, width).Select(_ => new ParserState())];
        candidates = new (float, int, int)[width];
    }

    /// <summary>The transitions of all hypotheses so far, each with the entry before it.</summary>
    public List<(int Previous, int Action)> History { get; } = [];

    /// <summary>Hypotheses kept after the last step, the best first.</summary>
    public int Count { get; private set; }

    /// <summary>The best hypothesis.</summary>
    public ParserState Best => current[0];

    /// <summary>Hypothesis <paramref name="k"/>.</summary>
    public ParserState this[int k] => current[k];

    /// <summary>Starts a sentence.</summary>
    public void Start(int length)
    {
        current[0].Reset(length);
        Count = 1;
        History.Clear();
    }

    /// <summary>Takes one transition in every hypothesis and keeps the best. <paramref name="goldAction"/> marks which stay on
    /// the gold path; -1 where it is not known.</summary>
    public void Step<TScorer>(ref readonly TScorer scorer, ReadOnlySpan<uint> words, ReadOnlySpan<byte> tags, int goldAction)
        where TScorer : struct, ITransitionScorer
    {
        Span<float> scores = stackalloc float[4];
        var kept = 0;
        for (var k = 0; k < Count; k++)
        {
            var state = current[k];
            bool canShift = state.Allows(ParserState.Shift), canLeft = state.Allows(ParserState.Left),
                canRight = state.Allows(ParserState.Right);
            if ((canShift ? 1 : 0) + (canLeft ? 1 : 0) + (canRight ? 1 : 0) > 1)
            {
                var count = ParserFeatures.Fill(state, words, tags, features);
                scorer.Score(features.AsSpan(0, count), scores);
            }
            else
            {
                scores.Clear();
            }
            for (var action = 0; action < ParserState.Actions; action++)
            {
                if (action == ParserState.Shift ? canShift : action == ParserState.Left ? canLeft : canRight)
                    kept = Insert(kept, (state.Score + scores[action], k, action));
            }
        }
        for (var k = 0; k < kept; k++)
        {
            var (score, from, action) = candidates[k];
            var state = following[k];
            state.CopyFrom(current[from]);
            state.Apply(action);
            state.Score = score;
            state.IsGold &= action == goldAction;
            History.Add((state.History, action));
            state.History = History.Count - 1;
        }
        (current, following) = (following, current);
        Count = kept;
    }

    private int Insert(int kept, (float Score, int State, int Action) candidate)
    {
        if (kept == width && candidate.Score <= candidates[kept - 1].Score)
            return kept;
        var place = kept < width ? kept++ : width - 1;
        while (place > 0 && candidates[place - 1].Score < candidate.Score)
        {
            candidates[place] = candidates[place - 1];
            place--;
        }
        candidates[place] = candidate;
        return kept;
    }
}
