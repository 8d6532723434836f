namespace Gloss.Evaluation;

/// <summary>
/// CIDEr-D of any number of captions against the references of a fixed corpus, whose document frequencies count: what
/// self-critical training rewards. Safe on several threads at once.
/// </summary>
public sealed class CiderReward
{
    private readonly CaptionCorpus corpus;
    private readonly CiderD.InverseFrequencies idf;

    /// <summary>Counts the references.</summary>
    /// <param name="references">The tokenised references of each item (<see cref="PtbTokenizer.Clean"/>); at least one
    /// an item.</param>
    /// <exception cref="ArgumentException">An item has no reference.</exception>
    public CiderReward(IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        corpus = new CaptionCorpus([.. references.Select(_ => "")], references);
        idf = CiderD.InverseDocumentFrequencies(corpus);
    }

    /// <summary>
    /// CIDEr-D, 0–10, of a tokenised caption of item <paramref name="item"/>; as <see cref="CiderD"/> gives it.
    /// </summary>
    public double Score(int item, string caption) =>
        CiderD.Score(corpus.Look(caption), corpus.Items[item].References, idf);
}
