namespace Gloss.Text.Parsing;

/// <summary>How a <see cref="DependencyParser"/> is trained.</summary>
public sealed record DependencyParserOptions
{
    /// <summary>Passes over the treebank for the transitions.</summary>
    /// <value>8</value>
    public int Epochs { get; init; } = 8;

    /// <summary>Hypotheses that are kept in training.</summary>
    /// <value>8</value>
    public int Beam { get; init; } = 8;

    /// <summary>Passes over the treebank for the relations.</summary>
    /// <value>4</value>
    public int RelationEpochs { get; init; } = 4;

    /// <summary>Parts into which the treebank is cut, so that each is tagged by a tagger that has not seen it: the parser must
    /// learn from tags with the faults they will have.</summary>
    /// <value>3</value>
    public int Folds { get; init; } = 3;

    /// <summary>Share of the sentences, 0 to 1, that are trained on a second time, changed to look like captions.</summary>
    /// <value>0.3</value>
    public double AugmentedShare { get; init; } = 0.3;

    /// <summary>Sentences in the manner of captions that are made and added to the treebank.</summary>
    /// <value>5,000</value>
    public int SyntheticCaptions { get; init; } = 5000;

    /// <summary>The heaviest transition features that are kept, of 2^22.</summary>
    /// <value>1,500,000</value>
    public int MaxTransitionFeatures { get; init; } = 1_500_000;

    /// <summary>The heaviest relation features that are kept.</summary>
    /// <value>120,000</value>
    public int MaxRelationFeatures { get; init; } = 120_000;

    /// <summary>Seed of shuffling and changing.</summary>
    /// <value>1</value>
    public int Seed { get; init; } = 1;
}
