namespace Gloss.Text.Parsing;

/// <summary>How a <see cref="PosTagger"/> is trained.</summary>
public sealed record PosTaggerOptions
{
    /// <summary>Passes over the treebank.</summary>
    /// <value>6</value>
    public int Epochs { get; init; } = 6;

    /// <summary>Features seen fewer times in training are never learnt.</summary>
    /// <value>2</value>
    public int MinFeatureCount { get; init; } = 2;

    /// <summary>The heaviest features that are kept.</summary>
    /// <value>160,000</value>
    public int MaxFeatures { get; init; } = 160_000;

    /// <summary>Share of the sentences, 0 to 1, that are trained on a second time, changed to look like captions.</summary>
    /// <value>0.5</value>
    public double AugmentedShare { get; init; } = 0.5;

    /// <summary>Sentences in the manner of captions that are made and added to the treebank.</summary>
    /// <value>8,000</value>
    public int SyntheticCaptions { get; init; } = 8000;

    /// <summary>Seed of shuffling and changing.</summary>
    /// <value>1</value>
    public int Seed { get; init; } = 1;
}
