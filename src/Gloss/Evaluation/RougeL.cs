namespace Gloss.Evaluation;

/// <summary>
/// ROUGE-L: longest common subsequence with each reference; the best precision and the best recall, taken apart from
/// one another over the references, are combined with beta = 1.2. The corpus figure is the mean of the items.
/// </summary>
/// <remarks>
/// As pycocoevalcap 1.2 computes it: captions are split at single blanks, so that an empty caption is one empty token.
/// Paper: Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004.
/// </remarks>
public static class RougeL
{
    private const double Beta = 1.2;

    /// <summary>ROUGE-L of the corpus and of each item.</summary>
    /// <param name="hypotheses">One tokenised caption an item (<see cref="PtbTokenizer.Clean"/>).</param>
    /// <param name="references">The tokenised references of each item, in the same order; at least one an item.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or an item has no reference.</exception>
    public static CaptionScore Compute(
        IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references)
    {
        CaptionCorpus.Check(hypotheses, references);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var items = new double[hypotheses.Count];
        for (var i = 0; i < items.Length; i++)
        {
            var hypothesis = Ids(hypotheses[i], ids);
            var (precision, recall) = (0.0, 0.0);
            foreach (var text in references[i])
            {
                var reference = Ids(text, ids);
                var common = (double)LongestCommonSubsequence(hypothesis, reference);
                precision = Math.Max(precision, common / hypothesis.Length);
                recall = Math.Max(recall, common / reference.Length);
            }
            if (precision > 0 && recall > 0)
                items[i] = (1 + (Beta * Beta)) * precision * recall / (recall + (Beta * Beta * precision));
        }
        return new CaptionScore(items.Length == 0 ? 0 : items.Average(), items);
    }

    private static int[] Ids(string text, Dictionary<string, int> ids)
    {
        var tokens = text.Split(' ');
        var result = new int[tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            if (!ids.TryGetValue(tokens[i], out result[i]))
                ids.Add(tokens[i], result[i] = ids.Count);
        }
        return result;
    }

    private static int LongestCommonSubsequence(int[] a, int[] b)
    {
        // row[j] is the length for the tokens of a seen so far and the first j of b.
        var row = new int[b.Length + 1];
        foreach (var token in a)
        {
            var diagonal = 0;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = token == b[j - 1] ? diagonal + 1 : Math.Max(above, row[j - 1]);
                diagonal = above;
            }
        }
        return row[^1];
    }
}
