namespace Gloss.Search;

/// <summary>What the parts of a score weigh.</summary>
public sealed record SearchWeights
{
    /// <summary>The cosine of the embeddings.</summary><value>1</value>
    public float Meaning { get; init; } = 1;

    /// <summary>
    /// Beside embeddings: the mean log-odds of the text's tags in the picture, as in <c>gloss evaluate retrieval</c>.
    /// The default is the best weight on Flickr8k val with the default model.
    /// </summary>
    /// <value>0.04</value>
    public float TagOdds { get; init; } = 0.04f;

    /// <summary>
    /// Without embeddings: how well the scores of the text's tags stand out in the picture.
    /// </summary>
    /// <value>1</value>
    public float Tags { get; init; } = 1;

    /// <summary>
    /// Without embeddings: how well tags and caption match the text's words (BM25).
    /// </summary>
    /// <value>0.5</value>
    public float Words { get; init; } = 0.5f;

    /// <summary>Beside embeddings: the same.</summary><value>0.05</value>
    public float WordsBesideMeaning { get; init; } = 0.05f;

    /// <summary>
    /// A tag that a person made up, where the text names it: its pictures come before all others.
    /// </summary>
    /// <value>2</value>
    public float OwnTags { get; init; } = 2;
}
