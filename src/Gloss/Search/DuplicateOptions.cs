namespace Gloss.Search;

/// <summary>When two pictures count as the same.</summary>
public sealed record DuplicateOptions
{
    /// <summary>Only files with the same bytes.</summary><value>false</value>
    public bool IsExact { get; init; }

    /// <summary>
    /// Least cosine of the embeddings of two pictures that are nearly the same, 0–1.
    /// </summary>
    /// <value>0.9</value>
    public float Similarity { get; init; } = 0.9f;

    /// <summary>
    /// The most bits, 0–64, in which the looks of two pictures may differ that are nearly the same; 64 leaves it to the
    /// embeddings.
    /// </summary><value>16</value>
    public int LookDistance { get; init; } = 16;

    /// <summary>Which pictures come into question.</summary>
    public SearchFilter Filter { get; init; } = new();
}
