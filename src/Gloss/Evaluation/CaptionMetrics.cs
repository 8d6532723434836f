namespace Gloss.Evaluation;

/// <summary>
/// Scores captions against references as the COCO caption tool (pycocoevalcap 1.2) does: BLEU-1 to 4, ROUGE-L, CIDEr-D.
/// </summary>
/// <remarks>
/// METEOR and SPICE are left out on purpose. METEOR 1.5 matches by WordNet synonyms and by a table of paraphrases of
/// several hundred thousand lines, and SPICE by a trained parser of scenes; without those data a number under their
/// names would not be comparable with any published one.
/// </remarks>
public static class CaptionMetrics
{
    /// <summary>Tokenises plain captions (<see cref="PtbTokenizer.Clean"/>) and scores them.</summary>
    /// <param name="hypotheses">One caption an item, as a model wrote it; may be empty text.</param>
    /// <param name="references">The references of each item, in the same order; at least one an item.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or an item has no reference.</exception>
    public static CaptionMetricsResult Compute(
        IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references)
    {
        CaptionCorpus.Check(hypotheses, references);
        return ComputeTokenized(
            [.. hypotheses.Select(PtbTokenizer.Clean)],
            [.. references.Select(item => (IReadOnlyList<string>)[.. item.Select(PtbTokenizer.Clean)])]);
    }

    /// <summary>Scores tokenised captions: tokens joined by single blanks, without punctuation.</summary>
    /// <param name="hypotheses">One tokenised caption an item.</param>
    /// <param name="references">The tokenised references of each item, in the same order; at least one an item.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or an item has no reference.</exception>
    public static CaptionMetricsResult ComputeTokenized(
        IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references)
    {
        var corpus = new CaptionCorpus(hypotheses, references);
        var bleu = Bleu.Compute(corpus);
        return new CaptionMetricsResult(
            bleu[0], bleu[1], bleu[2], bleu[3], RougeL.Compute(hypotheses, references), CiderD.Compute(corpus));
    }
}
