namespace Gloss.Evaluation;

/// <summary>
/// BLEU-1 to 4 of a corpus: clipped n-gram precision, geometric mean over orders, brevity penalty against the closest
/// reference length (the shorter one on a tie).
/// </summary>
/// <remarks>
/// As pycocoevalcap 1.2 computes it: (matches + 1e-15) / (n-grams + 1e-9) an order, for items and corpus alike, so that
/// an item without a match is tiny and not zero. The corpus figure pools the counts; it is not the mean of the items.
/// Paper: Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine Translation", ACL 2002.
/// </remarks>
public static class Bleu
{
    private const double Tiny = 1e-15;
    private const double Small = 1e-9;

    /// <summary>BLEU-1, BLEU-2, BLEU-3 and BLEU-4, in this order.</summary>
    /// <param name="hypotheses">One tokenised caption an item (<see cref="PtbTokenizer.Clean"/>).</param>
    /// <param name="references">The tokenised references of each item, in the same order; at least one an item.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or an item has no reference.</exception>
    public static IReadOnlyList<CaptionScore> Compute(
        IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references) =>
        Compute(new CaptionCorpus(hypotheses, references));

    internal static CaptionScore[] Compute(CaptionCorpus corpus)
    {
        var items = new double[CaptionCorpus.MaxOrder][];
        for (var order = 0; order < items.Length; order++)
            items[order] = new double[corpus.Items.Length];
        Span<long> matches = stackalloc long[CaptionCorpus.MaxOrder];
        Span<long> totals = stackalloc long[CaptionCorpus.MaxOrder];
        Span<long> allMatches = stackalloc long[CaptionCorpus.MaxOrder];
        Span<long> allTotals = stackalloc long[CaptionCorpus.MaxOrder];
        Span<double> scores = stackalloc double[CaptionCorpus.MaxOrder];
        long length = 0;
        long referenceLength = 0;
        for (var i = 0; i < corpus.Items.Length; i++)
        {
            var item = corpus.Items[i];
            var closest = ClosestLength(item);
            for (var order = 0; order < matches.Length; order++)
            {
                matches[order] = ClippedMatches(item, order);
                totals[order] = Math.Max(0, item.Hypothesis.Length - order);
                allMatches[order] += matches[order];
                allTotals[order] += totals[order];
            }
            length += item.Hypothesis.Length;
            referenceLength += closest;
            Score(matches, totals, item.Hypothesis.Length, closest, scores);
            for (var order = 0; order < scores.Length; order++)
                items[order][i] = scores[order];
        }
        if (corpus.Items.Length > 0)
            Score(allMatches, allTotals, length, referenceLength, scores);
        var results = new CaptionScore[CaptionCorpus.MaxOrder];
        for (var order = 0; order < results.Length; order++)
            results[order] = new CaptionScore(scores[order], items[order]);
        return results;
    }

    private static void Score(
        ReadOnlySpan<long> matches, ReadOnlySpan<long> totals, long length, long referenceLength, Span<double> scores)
    {
        var ratio = (length + Tiny) / (referenceLength + Small);
        var brevityPenalty = ratio < 1 ? Math.Exp(1 - (1 / ratio)) : 1;
        var product = 1.0;
        for (var order = 0; order < scores.Length; order++)
        {
            product *= (matches[order] + Tiny) / (totals[order] + Small);
            scores[order] = Math.Pow(product, 1.0 / (order + 1)) * brevityPenalty;
        }
    }

    private static int ClosestLength(CaptionCorpus.Item item)
    {
        var length = item.Hypothesis.Length;
        var closest = item.References[0].Length;
        foreach (var reference in item.References)
        {
            var (distance, best) = (Math.Abs(reference.Length - length), Math.Abs(closest - length));
            if (distance < best || (distance == best && reference.Length < closest))
                closest = reference.Length;
        }
        return closest;
    }

    /// <summary>Each n-gram counts at most as often as in the reference that has it most often.</summary>
    private static long ClippedMatches(CaptionCorpus.Item item, int order)
    {
        long matches = 0;
        Span<int> next = stackalloc int[Math.Min(item.References.Length, 64)];
        if (item.References.Length > next.Length)
            next = new int[item.References.Length];
        next.Clear();
        foreach (var (id, count) in item.Hypothesis.Ngrams[order])
        {
            var most = 0;
            for (var r = 0; r < item.References.Length; r++)
            {
                var ngrams = item.References[r].Ngrams[order];
                while (next[r] < ngrams.Length && ngrams[next[r]].Id < id)
                    next[r]++;
                if (next[r] < ngrams.Length && ngrams[next[r]].Id == id)
                    most = Math.Max(most, ngrams[next[r]].Count);
            }
            matches += Math.Min(count, most);
        }
        return matches;
    }
}
