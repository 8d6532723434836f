namespace Gloss.Models.RamPlus;

/// <summary>Sizes of a RAM++ model.</summary>
public sealed record RamPlusConfig
{
    /// <summary>The image encoder.</summary>
    public required ImageEncoderConfig ImageEncoder { get; init; }

    /// <summary>Width of CLIP's embeddings, to which image tokens are projected.</summary><value>512</value>
    public long EmbeddingSize { get; init; } = 512;

    /// <summary>Width of the recognition decoder.</summary><value>768</value>
    public long HiddenSize { get; init; } = 768;

    /// <summary>Width inside the feed-forward layers of the recognition decoder.</summary><value>3072</value>
    public long IntermediateSize { get; init; } = 3072;

    /// <summary>Layers of the recognition decoder.</summary><value>2</value>
    public int TaggingHeadLayers { get; init; } = 2;

    /// <summary>Heads of the recognition decoder.</summary><value>4</value>
    public long TaggingHeadHeads { get; init; } = 4;

    /// <summary>Dropout in the recognition decoder.</summary><value>0.1</value>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Tags in the vocabulary.</summary><value>4585</value>
    public int Tags { get; init; } = 4585;

    /// <summary>Texts that describe each tag.</summary><value>51</value>
    public int TextsPerTag { get; init; } = 51;
}
