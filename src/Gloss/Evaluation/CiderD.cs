namespace Gloss.Evaluation;

/// <summary>
/// CIDEr-D: cosine similarity of tf-idf weighted n-grams (n = 1 to 4) with clipped counts and a Gaussian penalty on the
/// difference in length, mean over references and n, times 10. The corpus figure is the mean of the items.
/// </summary>
/// <remarks>
/// As pycocoevalcap 1.2 computes it: document frequency counts the items of this corpus whose references hold the
/// n-gram, so scores depend on which items are scored together, and a corpus of one scores 0; "length" is the number of
/// bigrams. Paper: Vedantam et al., "CIDEr: Consensus-based Image Description Evaluation", CVPR 2015.
/// </remarks>
public static class CiderD
{
    private const double Sigma = 6;

    /// <summary>CIDEr-D of the corpus and of each item.</summary>
    /// <param name="hypotheses">One tokenised caption an item (<see cref="PtbTokenizer.Clean"/>).</param>
    /// <param name="references">The tokenised references of each item, in the same order; at least one an item.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or an item has no reference.</exception>
    public static CaptionScore Compute(
        IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references) =>
        Compute(new CaptionCorpus(hypotheses, references));

    internal static CaptionScore Compute(CaptionCorpus corpus)
    {
        var idf = InverseDocumentFrequencies(corpus);
        var items = new double[corpus.Items.Length];
        for (var i = 0; i < items.Length; i++)
            items[i] = Score(corpus.Items[i].Hypothesis, corpus.Items[i].References, idf);
        return new CaptionScore(items.Length == 0 ? 0 : items.Average(), items);
    }

    /// <summary>CIDEr-D of one caption; n-grams beyond the end of <paramref name="idf"/> are in no reference.</summary>
    internal static double Score(CaptionCorpus.Caption hypothesis, CaptionCorpus.Caption[] references,
        InverseFrequencies idf)
    {
        var sum = 0.0;
        for (var order = 0; order < CaptionCorpus.MaxOrder; order++)
        {
            var norm = Norm(hypothesis, order, idf);
            foreach (var reference in references)
            {
                var referenceNorm = Norm(reference, order, idf);
                if (norm == 0 || referenceNorm == 0)
                    continue;
                double difference = Bigrams(hypothesis) - Bigrams(reference);
                sum += Dot(hypothesis.Ngrams[order], reference.Ngrams[order], idf.Known[order])
                    / (norm * referenceNorm) * Math.Exp(-(difference * difference) / (2 * Sigma * Sigma));
            }
        }
        return 10 * sum / CaptionCorpus.MaxOrder / references.Length;
    }

    internal static InverseFrequencies InverseDocumentFrequencies(CaptionCorpus corpus)
    {
        var all = Math.Log(corpus.Items.Length);
        var idf = new double[CaptionCorpus.MaxOrder][];
        for (var order = 0; order < idf.Length; order++)
        {
            var frequency = new int[corpus.DistinctCount(order)];
            var lastItem = new int[frequency.Length];
            for (var i = 0; i < corpus.Items.Length; i++)
            {
                foreach (var reference in corpus.Items[i].References)
                {
                    foreach (var (id, _) in reference.Ngrams[order])
                    {
                        if (lastItem[id] == i + 1)
                            continue;
                        lastItem[id] = i + 1;
                        frequency[id]++;
                    }
                }
            }
            idf[order] = Array.ConvertAll(frequency, df => all - Math.Log(Math.Max(1, df)));
        }
        return new InverseFrequencies(idf, all);
    }

    private static int Bigrams(CaptionCorpus.Caption caption) => Math.Max(0, caption.Length - 1);

    private static double Norm(CaptionCorpus.Caption caption, int order, InverseFrequencies idf)
    {
        var sum = 0.0;
        foreach (var (id, count) in caption.Ngrams[order])
        {
            var weight = count * (id < idf.Known[order].Length ? idf.Known[order][id] : idf.Unknown);
            sum += weight * weight;
        }
        return Math.Sqrt(sum);
    }

    private static double Dot(
        CaptionCorpus.NgramCount[] hypothesis, CaptionCorpus.NgramCount[] reference, double[] idf)
    {
        var sum = 0.0;
        for (int h = 0, r = 0; h < hypothesis.Length && r < reference.Length;)
        {
            if (hypothesis[h].Id == reference[r].Id)
            {
                var weight = idf[reference[r].Id];
                sum += Math.Min(hypothesis[h].Count, reference[r].Count) * weight * reference[r].Count * weight;
                h++;
                r++;
            }
            else if (hypothesis[h].Id < reference[r].Id)
            {
                h++;
            }
            else
            {
                r++;
            }
        }
        return sum;
    }

    /// <summary>
    /// Inverse document frequencies of the n-grams that references have, by order (n-1) and id, and of all others.
    /// </summary>
    internal sealed record InverseFrequencies(double[][] Known, double Unknown);
}
