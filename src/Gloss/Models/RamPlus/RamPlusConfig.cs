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

    /// <summary>
    /// What is wrong with the fields, by their keys; a model of a config without faults can be built.
    /// </summary>
    internal IEnumerable<string> Faults() =>
    [
        .. ImageEncoder.Faults().Select(fault => $"image_encoder.{fault}"),
        .. ConfigRanges.Faults(
        [
            ("embedding_size", EmbeddingSize, 1, ConfigRanges.MostWidth),
            ("hidden_size", HiddenSize, 1, ConfigRanges.MostWidth),
            ("intermediate_size", IntermediateSize, 1, 4 * ConfigRanges.MostWidth),
            ("tagging_head_layers", TaggingHeadLayers, 1, ConfigRanges.MostLayers),
            ("tagging_head_heads", TaggingHeadHeads, 1, ConfigRanges.MostWidth),
            ("tags", Tags, 1, ConfigRanges.MostEntries),
            ("texts_per_tag", TextsPerTag, 1, 10_000),
        ]),
        .. ConfigRanges.HeadFaults("tagging_head_heads", TaggingHeadHeads, "hidden_size", HiddenSize),
        .. Dropout is >= 0 and < 1 ? Array.Empty<string>() : [$"dropout: expected 0 to below 1, got {Dropout}"],
    ];
}
