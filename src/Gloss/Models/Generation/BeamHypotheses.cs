namespace Gloss.Models.Generation;

/// <summary>
/// The finished texts of one picture: the best few by score per length, as transformers 4.25 keeps them.
/// </summary>
internal sealed class BeamHypotheses(int capacity, double lengthPenalty)
{
    private readonly List<(double Score, int[] Tokens)> items = [];
    private double worst = 1e9;

    /// <summary>Takes a text whose log-probabilities sum to <paramref name="sum"/>.</summary>
    public void Add(int[] tokens, float sum)
    {
        var score = sum / Math.Pow(tokens.Length, lengthPenalty);
        if (items.Count >= capacity && score <= worst)
            return;
        items.Add((score, tokens));
        if (items.Count > capacity)
        {
            // The first of the lowest goes, as a stable sort has it.
            items.RemoveAt(Enumerable.Range(0, items.Count).MinBy(i => items[i].Score));
            worst = items.Min(i => i.Score);
        }
        else
        {
            worst = Math.Min(score, worst);
        }
    }

    /// <summary>
    /// Whether no running text can still get in: the best sum divided by the present length is not above the worst
    /// kept.
    /// </summary>
    public bool IsDone(float bestSum, int length) =>
        items.Count >= capacity && worst >= bestSum / Math.Pow(length, lengthPenalty);

    /// <summary>The best text and its score; of equals the last that came.</summary>
    public (double Score, int[] Tokens) Best()
    {
        var best = items[0];
        foreach (var item in items)
        {
            if (item.Score >= best.Score)
                best = item;
        }
        return best;
    }
}
