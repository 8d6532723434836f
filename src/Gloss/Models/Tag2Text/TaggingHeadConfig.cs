namespace Gloss.Models.Tag2Text;

/// <summary>Sizes of the recognition decoder.</summary>
public sealed record TaggingHeadConfig
{
    /// <summary>Whether it shares the first layers of the tag encoder, as published.</summary><value>true</value>
    public bool IsShared { get; init; } = true;

    /// <summary>Layers.</summary><value>2</value>
    public int Layers { get; init; } = 2;

    /// <summary>Heads.</summary><value>4</value>
    public long Heads { get; init; } = 4;

    /// <summary>Width of the queries where it has layers of its own.</summary><value>768</value>
    public long HiddenSize { get; init; } = 768;

    /// <summary>Width inside the feed-forward part where it has layers of its own.</summary><value>3072</value>
    public long IntermediateSize { get; init; } = 3072;

    /// <summary>Dropout in training where it has layers of its own.</summary><value>0.1</value>
    public double Dropout { get; init; } = 0.1;
}
