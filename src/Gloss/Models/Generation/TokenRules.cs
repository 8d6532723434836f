namespace Gloss.Models.Generation;

/// <summary>Rules that change scores before tokens are chosen.</summary>
internal static class TokenRules
{
    /// <summary>
    /// Divides positive and multiplies negative scores of the tokens that stand in <paramref name="text"/>, each once.
    /// </summary>
    public static void PenaliseRepetition(Span<float> scores, ReadOnlySpan<int> text, double penalty)
    {
        if (penalty == 1)
            return;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[..i].Contains(text[i]))
                continue;
            ref var score = ref scores[text[i]];
            score = score < 0 ? score * (float)penalty : score / (float)penalty;
        }
    }

    /// <summary>Keeps the text from ending before it has <paramref name="minLength"/> tokens.</summary>
    public static void RequireLength(Span<float> scores, int length, int minLength, int end)
    {
        if (length < minLength)
            scores[end] = float.NegativeInfinity;
    }

    /// <summary>Leaves the <paramref name="count"/> highest scores (and their equals), the others become −∞.</summary>
    public static void KeepTopK(Span<float> scores, int count)
    {
        if (count <= 0 || count >= scores.Length)
            return;
        var sorted = scores.ToArray();
        Array.Sort(sorted);
        var threshold = sorted[^count];
        foreach (ref var score in scores)
        {
            if (score < threshold)
                score = float.NegativeInfinity;
        }
    }

    /// <summary>
    /// Leaves the most likely tokens up to and including the one with which their probability passes
    /// <paramref name="share"/>, the others become −∞.
    /// </summary>
    public static void KeepTopP(Span<float> scores, double share)
    {
        if (share >= 1)
            return;
        var values = scores.ToArray();
        var order = new int[values.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(order, (a, b) => values[b] != values[a] ? values[b].CompareTo(values[a]) : a.CompareTo(b));
        var probabilities = Softmax(scores);
        var cumulative = 0f;
        for (var rank = 0; rank < order.Length; rank++)
        {
            if (rank > 0 && cumulative > share)
                scores[order[rank]] = float.NegativeInfinity;
            cumulative += (float)probabilities[order[rank]];
        }
    }

    /// <summary>Probabilities of scores; −∞ gives 0.</summary>
    public static double[] Softmax(ReadOnlySpan<float> scores)
    {
        var max = float.NegativeInfinity;
        foreach (var score in scores)
            max = Math.Max(max, score);
        var result = new double[scores.Length];
        var sum = 0.0;
        for (var i = 0; i < result.Length; i++)
            sum += result[i] = Math.Exp(scores[i] - max);
        for (var i = 0; i < result.Length; i++)
            result[i] /= sum;
        return result;
    }
}
