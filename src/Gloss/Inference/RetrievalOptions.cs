namespace Gloss.Inference;

/// <summary>How pictures and texts are found by each other.</summary>
public sealed record RetrievalOptions
{
    /// <summary>
    /// Candidates of each query, the most similar, that matching ranks anew; 0: none, as with a model without matching.
    /// </summary>
    /// <value>16</value>
    public int Reranked { get; init; } = 16;

    /// <summary>
    /// Weights to try for matching's log-odds beside the similarity of embeddings.
    /// </summary>
    /// <value>0.1</value>
    public IReadOnlyList<double> MatchWeights { get; init; } = [0.1];

    /// <summary>
    /// Weights to try for the tags' term: the mean log-odds, in a picture, of the tags parsed from the text. The first
    /// is the one that re-ranking uses.
    /// </summary><value>0.02</value>
    public IReadOnlyList<double> TagWeights { get; init; } = [0.02];
}
