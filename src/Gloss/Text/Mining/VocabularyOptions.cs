namespace Gloss.Text.Mining;

/// <summary>How a <see cref="VocabularyBuilder"/> chooses tags.</summary>
public sealed record VocabularyOptions
{
    /// <summary>The most tags.</summary>
    /// <value>2,000</value>
    public int MaxTags { get; init; } = 2000;

    /// <summary>Captions that must name a tag of one word.</summary>
    /// <value>10</value>
    public int MinCount { get; init; } = 10;

    /// <summary>
    /// Captions that must name a compound for it to be a tag of its own; below, its head counts instead.
    /// </summary>
    /// <value>20</value>
    public int MinCompoundCount { get; init; } = 20;

    /// <summary>Captions that are kept as examples of each name.</summary>
    /// <value>3</value>
    public int Examples { get; init; } = 3;
}
