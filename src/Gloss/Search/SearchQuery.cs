namespace Gloss.Search;

/// <summary>
/// What is looked for. Without text and example: all pictures that the filter lets through, the likeliest for its tags
/// first, else the newest.
/// </summary>
public sealed record SearchQuery
{
    /// <summary>Words: their tags, and what tags and captions say.</summary><value>null</value>
    public string? Text { get; init; }

    /// <summary>
    /// The text in the space of the catalogue's embeddings, where its model has a text side.
    /// </summary>
    /// <value>null</value>
    public float[]? TextEmbedding { get; init; }

    /// <summary>The embedding of a picture: those that are like it.</summary><value>null</value>
    public float[]? Example { get; init; }

    /// <summary>A picture that is left out: the example itself.</summary><value>null</value>
    public long? ExampleId { get; init; }

    /// <summary>Which pictures come into question.</summary>
    public SearchFilter Filter { get; init; } = new();

    /// <summary>The most results, at least 1.</summary><value>20</value>
    public int Limit { get; init; } = 20;

    /// <summary>What the parts of a score weigh.</summary>
    public SearchWeights Weights { get; init; } = new();
}
